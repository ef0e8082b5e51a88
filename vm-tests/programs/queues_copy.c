// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device with several queues: CIOCCPHASH between sessions on different ones, for which the
 * destination goes to the source's queue.
 *
 * Needs iomem=relaxed on the kernel's command line.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"
#include "several.h"

/* 4.CPHASH: From the first to all others, which are made, used, in the middle, or new. */
static void hashes_are_copied(void)
{
	fd = dev_open();
	for (int used = 0; used < 4; used++) {
		uint32_t sessions[MAX_QUEUES];

		for (int i = 0; i < queues; i++)
			sessions[i] = hash();
		CHECK_OK(update(sessions[0], 0, 10));
		for (int i = 1; i < queues; i++) {
			if (used & 1)
				CHECK_OK(dev_digest(fd, sessions[i], 0, data, 100, data));
			if (used & 2)
				CHECK_OK(update(sessions[i], 20, 30));
			CHECK_OK(copy(sessions[i], sessions[0]));
		}
		for (int i = 0; i < queues; i++)
			expect_digest(sessions[i], 10);
		for (int i = 0; i < queues; i++)
			CHECK_OK(dev_free(fd, sessions[i]));
	}
	finish();
}

/* 4.CPHASH.4: Nothing was hashed, but there is a key. */
static void keys_are_copied(void)
{
	static const uint8_t other[4] = { 1 };
	uint32_t from, to;

	fd = dev_open();
	from = hash();
	to = dev_hash(fd, CRYPTO_SHA1_HMAC, other, sizeof(other));
	CHECK_OK(copy(to, from));
	expect_digest(to, 0);
	finish();
}

/* 4.CPHASH: To and fro, with nothing between that would be waited for. */
static void copies_of_copies(void)
{
	uint32_t sessions[2];

	fd = dev_open();
	for (int i = 0; i < 50; i++) {
		sessions[0] = hash();
		sessions[1] = hash();
		CHECK_OK(update(sessions[i % 2], 0, 7));
		CHECK_OK(copy(sessions[1 - i % 2], sessions[i % 2]));
		CHECK_OK(copy(sessions[i % 2], sessions[1 - i % 2]));
		expect_digest(sessions[i % 2], 7);
		expect_digest(sessions[1 - i % 2], 7);
		CHECK_OK(dev_free(fd, sessions[0]));
		CHECK_OK(dev_free(fd, sessions[1]));
	}
	finish();
}

static uint32_t stream(void)
{
	struct session_op op = dev_session_op(CRYPTO_ARC4, key, 16, CRYPTO_SHA1_HMAC, key,
					      sizeof(key));

	return dev_session(fd, &op);
}

/* The place in a key stream is the device's, and cannot be taken along. */
static void a_stream_stays(void)
{
	uint8_t expected[32], actual[32];
	uint32_t whole, one, other, hashes[MAX_QUEUES];
	struct crypt_op op = { .flags = COP_FLAG_UPDATE, .len = 16, .src = data, .dst = actual };

	fd = dev_open();
	if (dev_try_session(fd, CRYPTO_ARC4, key, 16, 0, NULL, 0)) {
		check_note("SKIP: the device has no ARC4");
		finish();
		return;
	}
	close(fd);
	fd = dev_open();
	for (int i = 0; i < queues; i++) {
		hashes[i] = hash();
		CHECK_OK(update(hashes[i], 0, 10));
	}
	whole = dev_cipher(fd, CRYPTO_ARC4, key, 16);
	CHECK_OK(dev_crypt(fd, whole, COP_ENCRYPT, data, 32, expected, NULL));
	one = stream();
	other = stream();
	op.ses = one;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
	/* All such are together, on the first. */
	CHECK_OK(copy(other, one));
	CHECK_OK(copy(one, other));
	CHECK_OK(copy(one, hashes[0]));
	for (int i = 1; i < queues; i++)
		CHECK_ERRNO(copy(one, hashes[i]), ESTALE);
	/* Another one that has encrypted nothing yet may go anywhere. */
	CHECK_OK(copy(other, hashes[queues - 1]));
	op.src += 16;
	op.dst += 16;
	CHECK_OK(ioctl(fd, CIOCCRYPT, &op));
	CHECK_MEM(actual, expected, 32);
	finish();
}

static void *copy_often(void *argument)
{
	const struct caller *caller = argument;

	for (int i = 0; i < caller->times; i++) {
		uint32_t from = hash(), to = hash();

		CHECK_OK(update(from, 0, 10));
		CHECK_OK(copy(to, from));
		expect_digest(to, 10);
		CHECK_OK(copy(caller->ses, from));
		CHECK_OK(dev_free(fd, from));
		CHECK_OK(dev_free(fd, to));
	}
	return NULL;
}

/* 4.CPHASH: The last of a copy's destinations is drawn to and fro by all threads. */
static void threads_copy_hashes(void)
{
	struct caller callers[4];
	uint32_t shared;

	fd = dev_open();
	shared = hash();
	for (int i = 0; i < 4; i++)
		callers[i] = (struct caller){ .ses = shared, .times = 100 };
	run_all(callers, 4, copy_often);
	CHECK_OK(dev_digest(fd, shared, COP_FLAG_FINAL, NULL, 0, data));
	finish();
}

static void copy_between(void *sessions)
{
	CHECK_OK(copy(((uint32_t *)sessions)[0], ((uint32_t *)sessions)[1]));
}

/* 6.KILLED: What becomes of a copy here is known before the session is elsewhere. */
static void a_copy_waits_for_the_one_before(void)
{
	uint32_t sessions[MAX_QUEUES + 1];
	pid_t child;

	fd = dev_open();
	for (int i = 0; i <= queues; i++)
		CHECK_OK(update(sessions[i] = hash(), 0, (size_t)i + 1));
	/* The last is on the first one's queue. */
	hang_begin();
	CHECK_OK(copy(sessions[queues], sessions[0]));
	child = check_fork(copy_between, (uint32_t[]){ sessions[queues], sessions[1] });
	usleep(100000);
	CHECK_EQ(waitpid(child, NULL, WNOHANG), 0);
	CHECK_OK(kill(child, SIGKILL));
	CHECK_EQ(waitpid(child, NULL, 0), child);
	hang_end();
	expect_digest(sessions[queues], 1);
	finish();
}

static const struct check_case cases[] = {
	{ "a hash is copied to sessions on other queues", hashes_are_copied },
	{ "a MAC's key is copied to a session on another queue", keys_are_copied },
	{ "copies of copies between queues", copies_of_copies },
	{ "a session in the middle of a key stream stays on its queue", a_stream_stays },
	{ "threads copy hashes between queues", threads_copy_hashes },
	{ "a copy from another queue waits for one that is under way", a_copy_waits_for_the_one_before },
};

int main(void)
{
	several_begin();
	return check_main(cases, ARRAY_SIZE(cases));
}
