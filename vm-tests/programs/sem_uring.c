// SPDX-License-Identifier: GPL-2.0-or-later
/* Commands of io_uring's: what they do, and in which order. */
#include <errno.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "async.h"
#include "auth.h"
#include "check.h"
#include "dev.h"
#include "ring.h"

#define LONG (3u * 1024 * 1024 + 48)
#define MANY 32
#define PART 256

static const uint8_t key[16] = { 1 };
static uint8_t first_iv[16], iv[16];
static uint8_t src[LONG], dst[LONG + 16], expected[LONG + 16];
static struct ring ring;
static unsigned int ring_flags;
static int fd;
static uint32_t cbc;

static void start(void)
{
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	memcpy(iv, first_iv, sizeof(iv));
	ring_open(&ring, 2 * MANY, ring_flags);
}

static void finish(void)
{
	struct ring_result cqe;

	CHECK(!ring_try(&ring, &cqe));
	CHECK_ERRNO(async_try_fetch(fd, &(struct crypt_op){ 0 }), EBUSY);
	ring_close(&ring);
	CHECK_OK(close(fd));
}

static struct crypt_op encryption(const uint8_t *from, size_t len, uint8_t *to, uint8_t *with)
{
	return (struct crypt_op){
		.ses = cbc,
		.len = (uint32_t)len,
		.src = dev_unconst(from),
		.dst = to,
		.iv = with,
	};
}

/* Some are copied, some are pinned, some go in pieces. */
static const size_t lengths[] = { 0, 16, 512, 528, 4096, 65536, 1u << 20, (1u << 20) + 16, LONG };

/* 4.URING.1, 6.COMPAT */
static void same_result_as_waiting(void)
{
	struct session_op both = dev_session_op(CRYPTO_AES_CBC, key, sizeof(key), CRYPTO_SHA1,
						NULL, 0);
	uint8_t digest[20], waited_digest[20], next[16];
	uint32_t ses;

	start();
	ses = dev_session(fd, &both);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct crypt_op op = encryption(src, lengths[i], expected, next);

		op.ses = ses;
		op.flags = COP_FLAG_WRITE_IV | COP_FLAG_RESET;
		op.mac = waited_digest;
		memcpy(next, first_iv, sizeof(next));
		memcpy(iv, first_iv, sizeof(iv));
		memset(digest, 0, sizeof(digest));
		memset(dst, 0, sizeof(dst));
		CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
		op.dst = dst;
		op.mac = digest;
		op.iv = iv;
		CHECK_EQ(ring_do_crypt(&ring, fd, &op), 0);
		CHECK_MEM(dst, expected, lengths[i]);
		CHECK_MEM(digest, waited_digest, sizeof(digest));
		CHECK_MEM(iv, next, sizeof(iv));
	}
	finish();
}

/* Which take @count commands from @ops, each of which is to succeed, in any order. */
static void take(const struct crypt_op *ops, size_t count)
{
	bool seen[4 * MANY] = { false };

	for (size_t i = 0; i < count; i++) {
		struct ring_result cqe = ring_wait(&ring);
		size_t index = (size_t)(cqe.user_data - (uintptr_t)ops) / sizeof(*ops);

		CHECK_EQ(cqe.res, 0);
		if (CHECK(index < count && !seen[index]))
			seen[index] = true;
	}
}

/* 4.URING.1, 4.URING.4: Each goes on from the one before. */
static void one_submission_of_many(void)
{
	struct crypt_op ops[MANY];

	start();
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, MANY * PART, expected, iv));
	for (size_t i = 0; i < MANY; i++) {
		ops[i] = encryption(src + i * PART, PART, dst + i * PART, i ? NULL : iv);
		ring_crypt(&ring, fd, &ops[i]);
	}
	ring_submit(&ring, MANY);
	take(ops, MANY);
	CHECK_MEM(dst, expected, MANY * PART);
	finish();
}

static long notifications(void)
{
	long count = -1, more;
	glob_t found;
	FILE *file;

	REQUIRE(!glob("/sys/bus/virtio/drivers/vcrypto/virtio*/queue_notifications", 0, NULL,
		      &found));
	file = fopen(found.gl_pathv[0], "re");
	REQUIRE(file && fscanf(file, "%ld", &count) == 1);
	while (fscanf(file, "%ld", &more) == 1)
		count += more;
	fclose(file);
	globfree(&found);
	return count;
}

static long notifications_of_many(void)
{
	struct crypt_op ops[MANY];
	long before = notifications();

	for (size_t i = 0; i < MANY / 2; i++) {
		ops[i] = encryption(src, 64, dst + 64 * i, iv);
		ring_crypt(&ring, fd, &ops[i]);
	}
	ring_submit(&ring, 0);
	take(ops, MANY / 2);
	return notifications() - before;
}

/* A device is told after some time in any case, so it may happen more often; but not always. */
static void one_notification(void)
{
	long least = MANY;

	start();
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, 64, expected, iv));
	for (int i = 0; i < 100 && least > 1; i++) {
		long count = notifications_of_many();

		least = count < least ? count : least;
	}
	CHECK_EQ(least, 1);
	finish();
}

/* 4.URING.2 */
static void refused(void)
{
	struct crypt_op good, op;
	uint8_t *nowhere = dev_unconst((void *)16);

	start();
	good = encryption(src, 64, dst, iv);
#define REFUSED(error, ...)                                                                        \
	do {                                                                                       \
		op = good;                                                                         \
		__VA_ARGS__;                                                                       \
		CHECK_EQ(ring_do_crypt(&ring, fd, &op), -(error));                                 \
	} while (0)
	REFUSED(EINVAL, op.ses += 100);
	REFUSED(EINVAL, op.op = 2);
	REFUSED(EINVAL, op.len = 17);
	REFUSED(EFAULT, op.iv = nowhere);
	REFUSED(EFAULT, op.src = NULL);
	REFUSED(EFAULT, op.dst = nowhere);
	REFUSED(EFAULT, op.len = 4096, op.dst = nowhere);
	REFUSED(EFAULT, op.len = LONG, op.src = nowhere);
	/* What is not to be pinned is copied, as with the ioctl. */
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, 4096, expected, iv));
	REFUSED(0, op.len = 4096, op.flags = COP_FLAG_NO_ZC);
	CHECK_MEM(dst, expected, 4096);
	finish();
}

static int result_of(struct io_uring_sqe *sqe)
{
	(void)sqe;
	ring_submit(&ring, 1);
	return ring_wait(&ring).res;
}

static void register_buffer(void)
{
	struct iovec buffer = { .iov_base = dst, .iov_len = 4096 };

	REQUIRE(syscall(__NR_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS, &buffer, 1) == 0);
}

/* A kernel 7.3 takes commands for drivers that cannot poll, and does not poll. */
static void check_polling_ring(struct crypt_op *op)
{
	ring_open(&ring, 1, IORING_SETUP_IOPOLL);
	CHECK_EQ(result_of(ring_crypt(&ring, fd, op)), dev_kernel_since(7, 3) ? 0 : -EOPNOTSUPP);
}

/* 4.URING.2: What is wrong with the submission itself. */
static void bad_submissions(void)
{
	static const unsigned long others[] = { CIOCGSESSION, CIOCFSESSION,   CIOCASYNCCRYPT,
						CIOCCPHASH,   CIOCASYNCFETCH, CRIOGET,
						0,	      ~0u };
	struct crypt_op op;
	struct io_uring_sqe *sqe;

	start();
	op = encryption(src, 64, dst, iv);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		sqe = ring_crypt(&ring, fd, &op);
		sqe->cmd_op = (uint32_t)others[i];
		CHECK_EQ(result_of(sqe), -EOPNOTSUPP);
	}
	CHECK_EQ(result_of(ring_crypt(&ring, fd, NULL)), -EFAULT);
	CHECK_EQ(result_of(ring_auth(&ring, fd, NULL)), -EFAULT);
	CHECK_EQ(result_of(ring_crypt(&ring, fd, (struct crypt_op *)(void *)dev_unconst((void *)16))), -EFAULT);
	sqe = ring_crypt(&ring, fd, &op);
	sqe->addr3 |= 1ull << 63;
	CHECK_EQ(result_of(sqe), -EFAULT);
	sqe = ring_crypt(&ring, fd, &op);
	sqe->__pad2[0] = 1;
	CHECK_EQ(result_of(sqe), -EINVAL);
	sqe = ring_crypt(&ring, fd, &op);
	sqe->__pad2[0] = 1ull << 63;
	CHECK_EQ(result_of(sqe), -EINVAL);
	register_buffer();
	sqe = ring_crypt(&ring, fd, &op);
	sqe->uring_cmd_flags = IORING_URING_CMD_FIXED;
	CHECK_EQ(result_of(sqe), -EINVAL);
	CHECK_EQ(ring_do_crypt(&ring, fd, &op), 0);
	ring_close(&ring);
	check_polling_ring(&op);
	finish();
}

static struct crypt_auth_op message(uint32_t gcm, uint16_t op, uint8_t *from, size_t len,
				    uint8_t *to)
{
	return (struct crypt_auth_op){
		.ses = gcm,
		.op = op,
		.len = (uint32_t)len,
		.auth_src = src + 100,
		.auth_len = 20,
		.src = from,
		.dst = to,
		.iv = iv,
		.iv_len = 12,
	};
}

/* 4.URING.1, 4.AEAD.4, 6.COMPAT */
static void messages(void)
{
	uint32_t gcm;

	start();
	gcm = dev_cipher(fd, CRYPTO_AES_GCM, key, sizeof(key));
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		size_t len = lengths[i];
		struct crypt_auth_op op = message(gcm, COP_ENCRYPT, src, len, expected);

		CHECK_OK(auth_call(fd, &op));
		op = message(gcm, COP_ENCRYPT, src, len, dst);
		CHECK_EQ(ring_do_auth(&ring, fd, &op), 0);
		CHECK_MEM(dst, expected, len + 16);
		CHECK_EQ(op.len, len + 16);
		CHECK_EQ(op.tag_len, 16);
		CHECK_EQ(op.tag - dst, len);
		op = message(gcm, COP_DECRYPT, dst, len + 16, dst);
		CHECK_EQ(ring_do_auth(&ring, fd, &op), 0);
		CHECK_MEM(dst, src, len);
		CHECK_EQ(op.len, len);
		/* One bit, and nothing is left of the plaintext. */
		expected[len + 15] ^= 1;
		memset(dst, 0x55, len);
		op = message(gcm, COP_DECRYPT, expected, len + 16, dst);
		CHECK_EQ(ring_do_auth(&ring, fd, &op), -EBADMSG);
		CHECK(is_all(dst, 0, len));
		CHECK_EQ(op.len, len + 16);
		CHECK_EQ(op.tag == NULL, 1);
	}
	finish();
}

/* 4.URING.3: Calls of three kinds, each of which goes on from the one before. */
static void order_within_a_session(void)
{
	enum { PARTS = 24, LEN = 4096 * 3 };
	struct crypt_op ops[PARTS];

	start();
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, PARTS * LEN, expected, iv));
	for (size_t i = 0; i < PARTS; i++) {
		uint8_t *from = src + i * LEN, *to = dst + i * LEN;

		ops[i] = encryption(from, LEN, to, i ? NULL : iv);
		if (i % 3 == 0)
			CHECK_OK(ioctl(fd, CIOCASYNCCRYPT, &ops[i]));
		else if (i % 6 == 4)
			CHECK_OK(ioctl(fd, CIOCCRYPT, &ops[i]));
		else
			ring_submit((ring_crypt(&ring, fd, &ops[i]), &ring), 0);
	}
	for (size_t i = 0; i < PARTS; i += 3)
		CHECK_OK(async_fetch(fd, &(struct crypt_op){ 0 }));
	for (size_t i = 0; i < PARTS; i++)
		if (i % 3 && i % 6 != 4)
			CHECK_EQ(ring_wait(&ring).res, 0);
	CHECK_MEM(dst, expected, PARTS * LEN);
	finish();
}

/* 4.URING.4: What is not fetched has a place; with none left a command does not begin. */
static void more_than_places(void)
{
	struct crypt_op ops[2 * MANY], op;
	struct ring_result cqe;

	start();
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, 4096, expected, iv));
	for (int i = 0; i < ASYNC_MAX; i++)
		CHECK_OK(async_encrypt(fd, cbc, src, 16, dst, iv));
	memset(dst, 0, 2 * MANY * 4096);
	for (size_t i = 0; i < 2 * MANY; i++) {
		ops[i] = encryption(src, 4096, dst + 4096 * i, iv);
		ring_crypt(&ring, fd, &ops[i]);
	}
	ring_submit(&ring, 0);
	CHECK(ring_worker_sleeps());
	REQUIRE(!ring_try(&ring, &cqe));
	CHECK(is_all(dst + 16, 0, 2 * MANY * 4096 - 16));
	CHECK_OK(async_fetch(fd, &op));
	take(ops, 2 * MANY);
	for (size_t i = 0; i < 2 * MANY; i++)
		CHECK_MEM(dst + 4096 * i, expected, 4096);
	for (int i = 1; i < ASYNC_MAX; i++)
		CHECK_OK(async_fetch(fd, &op));
	finish();
}

/* In a worker of io_uring's, one after the other, and behind the file's last descriptor. */
static void ways_of_submitting(void)
{
	struct crypt_op ops[3];
	struct io_uring_sqe *sqe;

	start();
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, 3 * PART, expected, iv));
	for (size_t i = 0; i < 3; i++) {
		ops[i] = encryption(src + i * PART, PART, dst + i * PART, i ? NULL : iv);
		sqe = ring_crypt(&ring, fd, &ops[i]);
		sqe->flags = i < 2 ? IOSQE_ASYNC | IOSQE_IO_LINK : IOSQE_ASYNC;
	}
	ring_submit(&ring, 0);
	for (size_t i = 0; i < 3; i++) {
		struct ring_result cqe = ring_wait(&ring);

		CHECK_EQ(cqe.res, 0);
		CHECK_EQ(cqe.user_data, (uintptr_t)&ops[i]);
	}
	CHECK_MEM(dst, expected, 3 * PART);
	for (size_t i = 0; i < 3; i++)
		ring_crypt(&ring, fd, &ops[i]);
	memset(dst, 0, sizeof(dst));
	ring_submit(&ring, 0);
	CHECK_OK(close(fd));
	take(ops, 3);
	CHECK_MEM(dst, expected, 3 * PART);
	fd = dev_open();
	finish();
}

static const struct check_case cases[] = {
	{ "a command's result is that of CIOCCRYPT", same_result_as_waiting },
	{ "one submission of 32 commands is done in its order", one_submission_of_many },
	{ "one submission of short commands is one notification", one_notification },
	{ "what makes no sense is refused, as by the ioctl", refused },
	{ "submissions that make no sense are refused", bad_submissions },
	{ "messages are sealed, opened and refused as by CIOCAUTHCRYPT", messages },
	{ "commands, operations and calls of one session keep their order", order_within_a_session },
	{ "commands wait until the file has a place for them, and then all are done",
	  more_than_places },
	{ "commands may be linked, may come from a worker, and their file may be closed",
	  ways_of_submitting },
};

/* All cases on all of them. */
static const struct {
	unsigned int flags;
	const char *name;
} kinds[] = {
	{ 0, "" },
	{ IORING_SETUP_SQPOLL, " (SQPOLL)" },
	{ IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN, " (DEFER_TASKRUN)" },
};

static void run_on(unsigned int flags, const char *name)
{
	bool offered = ring_has(flags);
	const char *reason = offered ? "" : strerrorname_np(errno);

	ring_flags = flags;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (offered)
			check_begin("%s%s", cases[i].name, name);
		else
			check_begin("%s%s # SKIP no such ring: %s", cases[i].name, name, reason);
		if (offered)
			cases[i].run();
		check_end();
	}
}

int main(void)
{
	if (!ring_offered())
		return 0;
	dev_fill(src, sizeof(src), 1);
	dev_fill(first_iv, sizeof(first_iv), 2);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		run_on(kinds[i].flags, kinds[i].name);
	return check_plan();
}
