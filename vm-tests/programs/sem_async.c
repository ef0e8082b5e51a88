// SPDX-License-Identifier: GPL-2.0-or-later
/* CIOCASYNCCRYPT and CIOCASYNCFETCH: what they do, and in which order. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"

#define LONG (3u * 1024 * 1024 + 48)

static const uint8_t key[16] = { 1 };
static uint8_t first_iv[16], iv[16];
static uint8_t src[LONG], dst[LONG], expected[LONG];
static int fd;
static uint32_t cbc;

static void start(void)
{
	fd = dev_open();
	cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	memcpy(iv, first_iv, sizeof(iv));
}

static void finish(void)
{
	CHECK_ERRNO(async_try_fetch(fd, &(struct crypt_op){ 0 }), EBUSY);
	CHECK_OK(close(fd));
}

static uint32_t cipher_and_hash(void)
{
	struct session_op session = {
		.cipher = CRYPTO_AES_CBC,
		.keylen = sizeof(key),
		.key = dev_unconst(key),
		.mac = CRYPTO_SHA1,
	};

	return dev_session(fd, &session);
}

/* Including the pointers, but not the padding, which is nobody's. */
static void check_same(const struct crypt_op *a, const struct crypt_op *b)
{
	CHECK_MEM(a, b, offsetof(struct crypt_op, len) + sizeof(a->len));
	CHECK_MEM(&a->src, &b->src, sizeof(*a) - offsetof(struct crypt_op, src));
}

/* Some are copied, some are pinned, some go in pieces. */
static const size_t lengths[] = { 0, 16, 512, 528, 4096, 65536, 1u << 20, (1u << 20) + 16, LONG };

/* 4.ASYNC.1, 6.COMPAT */
static void same_result_as_waiting(void)
{
	uint8_t digest[20], waited_digest[20], next[16];
	uint32_t ses;

	start();
	ses = cipher_and_hash();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct crypt_op op = {
			.ses = ses,
			.flags = COP_FLAG_WRITE_IV | COP_FLAG_RESET,
			.len = (uint32_t)lengths[i],
			.src = src,
			.dst = expected,
			.mac = waited_digest,
			.iv = next,
		}, fetched;

		memcpy(next, first_iv, sizeof(next));
		memcpy(iv, first_iv, sizeof(iv));
		memset(digest, 0, sizeof(digest));
		CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
		op.dst = dst;
		op.mac = digest;
		op.iv = iv;
		CHECK_OK(ioctl(fd, CIOCASYNCCRYPT, &op));
		CHECK_OK(async_fetch(fd, &fetched));
		check_same(&fetched, &op);
		CHECK_MEM(dst, expected, lengths[i]);
		CHECK_MEM(digest, waited_digest, sizeof(digest));
		CHECK_MEM(iv, next, sizeof(iv));
	}
	finish();
}

/* 4.ASYNC.2 */
static void refused_at_once(void)
{
	struct crypt_op good = { .len = 64, .src = src, .dst = dst }, op;

	start();
	good.ses = cbc;
#define REFUSED(error, ...)                                                                        \
	do {                                                                                       \
		op = good;                                                                         \
		__VA_ARGS__;                                                                       \
		CHECK_ERRNO(ioctl(fd, CIOCASYNCCRYPT, &op), error);                                \
	} while (0)
	REFUSED(EINVAL, op.flags = COP_FLAG_NO_ZC);
	REFUSED(EINVAL, op.flags = COP_FLAG_NO_ZC | COP_FLAG_WRITE_IV);
	REFUSED(EINVAL, op.ses += 100);
	REFUSED(EINVAL, op.op = 2);
	REFUSED(EINVAL, op.len = 17);
	REFUSED(EFAULT, op.iv = dev_unconst((void *)16));
	CHECK_ERRNO(ioctl(fd, CIOCASYNCCRYPT, NULL), EFAULT);
	/* None of these is outstanding. */
	finish();
}

/* 4.ASYNC.1: Addresses are looked at when the operation is done; only the IV is read at once. */
static void bad_addresses(void)
{
	struct crypt_op good = { .len = 64, .src = src, .dst = dst }, op;
	uint8_t *nowhere = dev_unconst((void *)16);

	start();
	good.ses = cbc;
#define TOLD(error, ...)                                                                           \
	do {                                                                                       \
		op = good;                                                                         \
		__VA_ARGS__;                                                                       \
		CHECK_OK(ioctl(fd, CIOCASYNCCRYPT, &op));                                          \
		REQUIRE(async_poll(fd, POLLIN, 60000) == POLLIN);                                  \
		good.src = op.src;                                                                 \
		good.dst = op.dst;                                                                 \
		CHECK_ERRNO(async_try_fetch(fd, &op), error);                                      \
		CHECK_EQ(op.ses, cbc);                                                             \
		CHECK_EQ(op.src == good.src && op.dst == good.dst, 1);                             \
		good.src = src;                                                                    \
		good.dst = dst;                                                                    \
	} while (0)
	TOLD(EFAULT, op.src = NULL);
	TOLD(EFAULT, op.dst = nowhere);
	TOLD(EFAULT, op.len = 4096, op.src = NULL);
	TOLD(EFAULT, op.len = 4096, op.dst = nowhere);
	TOLD(EFAULT, op.len = LONG, op.src = nowhere);
	/* Others of the session are done. */
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, 4096, expected, iv));
	CHECK_OK(async_encrypt(fd, cbc, nowhere, 4096, dst, iv));
	CHECK_OK(async_encrypt(fd, cbc, src, 4096, dst, iv));
	CHECK_ERRNO(async_fetch(fd, &op), EFAULT);
	CHECK_OK(async_fetch(fd, &op));
	CHECK_MEM(dst, expected, 4096);
	finish();
}

/* 4.ASYNC.1 */
static void order_within_a_session(void)
{
	enum { PARTS = 24, LEN = 4096 * 3 };
	struct crypt_op op;

	start();
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, PARTS * LEN, expected, iv));
	/* Each goes on from the IV of the one before; every third one waits. */
	for (size_t i = 0; i < PARTS; i++) {
		uint8_t *from = src + i * LEN, *to = dst + i * LEN;

		if (i % 3 == 1)
			CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, from, LEN, to, NULL));
		else
			CHECK_OK(async_encrypt(fd, cbc, from, LEN, to, i ? NULL : iv));
	}
	for (size_t i = 0; i < PARTS; i++) {
		if (i % 3 == 1)
			continue;
		CHECK_OK(async_fetch(fd, &op));
		CHECK_EQ(op.src - src, i * LEN);
	}
	CHECK_MEM(dst, expected, PARTS * LEN);
	finish();
}

/*
 * 4.ASYNC.1: The short one is in the ring when the device is told of the long one, so both come
 * back at once.  Whatever their IVs are, the session goes on from the last.
 */
static void order_of_what_comes_back_together(void)
{
	static const size_t lens[] = { 64, 512, 32768 };
	uint8_t other[16] = { 5, 4, 3 };
	struct crypt_op op;
	size_t at = 0;

	start();
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, lens[2], expected, other));
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, 4096, expected, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		CHECK_OK(async_encrypt(fd, cbc, src, lens[i], dst + at, i == 2 ? other : iv));
		at += lens[i];
	}
	at = 0;
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		CHECK_OK(async_fetch(fd, &op));
		CHECK_EQ(op.dst - dst, at);
		at += lens[i];
	}
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, 4096, dst, NULL));
	CHECK_MEM(dst, expected, 4096);
	finish();
}

/* The copy takes the state after all that was begun before, and before all that comes after. */
static void hash_copies_keep_their_place(void)
{
	uint32_t one, two;
	uint8_t digest[20], right[20];
	struct cphash_op copy;
	struct crypt_op op = { .flags = COP_FLAG_UPDATE, .len = LONG / 2, .src = src };

	start();
	one = dev_hash(fd, CRYPTO_SHA1, NULL, 0);
	two = dev_hash(fd, CRYPTO_SHA1, NULL, 0);
	CHECK_OK(dev_digest(fd, one, 0, src, LONG / 2, right));
	copy = (struct cphash_op){ .dst_ses = two, .src_ses = one };
	op.ses = one;
	CHECK_OK(ioctl(fd, CIOCASYNCCRYPT, &op));
	CHECK_OK(ioctl(fd, CIOCCPHASH, &copy));
	CHECK_OK(ioctl(fd, CIOCASYNCCRYPT, &op));
	CHECK_OK(dev_digest(fd, two, COP_FLAG_FINAL, NULL, 0, digest));
	CHECK_MEM(digest, right, sizeof(right));
	CHECK_OK(dev_digest(fd, one, 0, src, LONG / 2 * 2, right));
	CHECK_OK(async_fetch(fd, &op));
	CHECK_OK(async_fetch(fd, &op));
	finish();
}

static void session_freed_behind_them(void)
{
	struct crypt_op op;

	start();
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, 1 << 20, expected, iv));
	for (int i = 0; i < 8; i++)
		CHECK_OK(async_encrypt(fd, cbc, src + (i << 17), 1 << 17, dst + (i << 17),
				       i ? NULL : iv));
	CHECK_OK(dev_free(fd, cbc));
	CHECK_ERRNO(async_encrypt(fd, cbc, src, 16, dst, iv), EINVAL);
	for (int i = 0; i < 8; i++)
		CHECK_OK(async_fetch(fd, &op));
	CHECK_MEM(dst, expected, 1 << 20);
	finish();
}

/* A fetch, whoever makes it, has nothing to write but the structure. */
static void fetch_in_child(void *unused)
{
	struct crypt_op op;
	static const uint8_t zero[4096];

	(void)unused;
	for (int i = 0; i < 3; i++) {
		CHECK_OK(async_fetch(fd, &op));
		CHECK_MEM(op.dst, zero, op.len < 4096 ? op.len : 4096);
	}
}

/* 4.ASYNC.1: Copied, pinned, in pieces: all is in the memory of who began it. */
static void another_process_fetches(void)
{
	pid_t child;

	start();
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, LONG, expected, iv));
	memset(dst, 0, sizeof(dst));
	child = check_fork(fetch_in_child, NULL);
	CHECK_OK(async_encrypt(fd, cbc, src, 32, dst, iv));
	CHECK_OK(async_encrypt(fd, cbc, src, 4096, dst + 4096, iv));
	CHECK_OK(async_encrypt(fd, cbc, src, LONG - 16384, dst + 16384, iv));
	check_wait(child);
	CHECK_MEM(dst, expected, 32);
	CHECK_MEM(dst + 4096, expected, 4096);
	CHECK_MEM(dst + 16384, expected, LONG - 16384);
	finish();
}

/* 4.ASYNC.1: And it is there before anybody fetches. */
static void results_are_there_before(void)
{
	uint8_t digest[20], right[20], next[16];
	struct crypt_op op = { .flags = COP_FLAG_WRITE_IV | COP_FLAG_RESET,
			       .src = src,
			       .dst = expected,
			       .mac = right,
			       .iv = next };

	start();
	op.ses = cipher_and_hash();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		op.len = (uint32_t)lengths[i];
		op.dst = expected;
		op.mac = right;
		op.iv = next;
		memcpy(next, first_iv, sizeof(next));
		CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
		op.dst = dst;
		op.mac = digest;
		op.iv = iv;
		memset(dst, 0, sizeof(dst));
		memcpy(iv, first_iv, sizeof(iv));
		CHECK_OK(ioctl(fd, CIOCASYNCCRYPT, &op));
		REQUIRE(async_poll(fd, POLLIN, 60000) == POLLIN);
		CHECK_MEM(dst, expected, lengths[i]);
		CHECK_MEM(digest, right, sizeof(right));
		CHECK_MEM(iv, next, sizeof(iv));
		memset(dst, 0x55, 16);
		CHECK_OK(async_try_fetch(fd, &op));
		CHECK_EQ(dst[0], 0x55);
	}
	finish();
}

/* 4.ASYNC.1 */
static void told_or_not_fetched(void)
{
	struct crypt_op op;
	uint8_t *gone =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	start();
	REQUIRE(gone != MAP_FAILED);
	CHECK_OK(async_encrypt(fd, cbc, src, 64, dst, iv));
	REQUIRE(async_poll(fd, POLLIN, 60000) == POLLIN);
	CHECK_ERRNO(ioctl(fd, CIOCASYNCFETCH, NULL), EFAULT);
	CHECK_EQ(async_poll(fd, POLLIN, 0), POLLIN);
	CHECK_OK(async_try_fetch(fd, &op));
	CHECK_EQ(op.len, 64);
	/* What has finished needs its memory no more. */
	CHECK_OK(async_encrypt(fd, cbc, src, 80, gone, iv));
	REQUIRE(async_poll(fd, POLLIN, 60000) == POLLIN);
	REQUIRE(munmap(gone, 4096) == 0);
	CHECK_OK(async_try_fetch(fd, &op));
	CHECK_EQ(op.len, 80);
	CHECK_EQ(op.ses, cbc);
	finish();
}

/* 4.ASYNC.4 */
static void poll_and_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct crypt_op op;

	start();
	REQUIRE(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0);
	CHECK_EQ(async_poll(fd, POLLIN | POLLOUT, 0), POLLOUT);
	CHECK_EQ(epoll_wait(epoll, &event, 1, 0), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_OK(async_encrypt(fd, cbc, src, LONG, dst, iv));
		CHECK_EQ(epoll_wait(epoll, &event, 1, 60000), 1);
		CHECK_EQ(event.events, EPOLLIN);
		/* Edge triggered: told once. */
		CHECK_EQ(epoll_wait(epoll, &event, 1, 0), 0);
		CHECK_EQ(async_poll(fd, POLLIN | POLLOUT, 0), POLLIN | POLLOUT);
		CHECK_OK(async_try_fetch(fd, &op));
		CHECK_EQ(async_poll(fd, POLLIN | POLLOUT, 0), POLLOUT);
	}
	close(epoll);
	finish();
}

/* 4.ASYNC.3 */
static void sixty_four_are_outstanding(void)
{
	struct crypt_op op;

	start();
	/* Finished or not makes no difference; what is refused is not outstanding. */
	for (int i = 0; i < ASYNC_MAX; i++) {
		CHECK_EQ(async_poll(fd, POLLOUT, 0), POLLOUT);
		CHECK_ERRNO(async_encrypt(fd, cbc, src, 17, dst, iv), EINVAL);
		CHECK_OK(async_encrypt(fd, cbc, src, 16, dst + 16 * i, iv));
	}
	CHECK_EQ(async_poll(fd, POLLOUT, 0), 0);
	CHECK_ERRNO(async_encrypt(fd, cbc, src, 16, dst, iv), EBUSY);
	/* Calls that are waited for are not concerned, nor are other files. */
	CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, src, 16, expected, iv));
	CHECK_OK(async_fetch(fd, &op));
	CHECK_EQ(async_poll(fd, POLLOUT, 0), POLLOUT);
	CHECK_OK(async_encrypt(fd, cbc, src, 16, dst, iv));
	CHECK_ERRNO(async_encrypt(fd, cbc, src, 16, dst, iv), EBUSY);
	for (int i = 0; i < ASYNC_MAX; i++)
		CHECK_OK(async_fetch(fd, &op));
	for (int i = 0; i < ASYNC_MAX; i++)
		CHECK_MEM(dst + 16 * i, expected, 16);
	finish();
}

static const struct check_case cases[] = {
	{ "an operation's result is that of CIOCCRYPT, and fetch returns it as it was given",
	  same_result_as_waiting },
	{ "what makes no sense is refused at once, and so is NO_ZC", refused_at_once },
	{ "addresses that are wrong are told by fetch, and hurt no other operation",
	  bad_addresses },
	{ "operations and calls of one session keep their order", order_within_a_session },
	{ "so do operations that come back together", order_of_what_comes_back_together },
	{ "CIOCCPHASH keeps its place among operations", hash_copies_keep_their_place },
	{ "operations go on when their session has been freed", session_freed_behind_them },
	{ "who began it has the results, whoever fetches", another_process_fetches },
	{ "results are there before they are fetched", results_are_there_before },
	{ "one that fetch cannot tell of stays; one that has finished needs no memory",
	  told_or_not_fetched },
	{ "poll and epoll tell of what is finished", poll_and_epoll },
	{ "64 operations of a file may be outstanding, and not one more",
	  sixty_four_are_outstanding },
};

int main(void)
{
	dev_fill(src, sizeof(src), 1);
	dev_fill(first_iv, sizeof(first_iv), 2);
	return check_main(cases, ARRAY_SIZE(cases));
}
