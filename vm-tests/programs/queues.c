// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device with several queues: an open file uses all of them, each session one.
 *
 * usage: queues			iomem=relaxed, suspend.pm_test_delay=0 on the kernel's command line
 *	queues SESSIONS			of each queue: the limits
 */
#include <errno.h>
#include <glob.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"
#include "lose.h"

#define MAX_QUEUES 8
#define SIZE 20
#define MANY 1000
#define FLIGHT 16
#define TOGETHER 48

static const uint8_t key[32] = { 2, 7, 1, 8 };
static const char text[] = "What is copied is a hash, wherever it has begun.";
static uint8_t data[4096], iv[16];
static int fd, queues, device_sessions;

/* A line for each queue in a file of the device's; returns how many there are. */
static int read_lines(const char *pattern, long long numbers[MAX_QUEUES])
{
	glob_t found;
	FILE *file;
	int number = 0;

	REQUIRE(glob(pattern, 0, NULL, &found) == 0);
	file = fopen(found.gl_pathv[0], "re");
	REQUIRE(file);
	while (number < MAX_QUEUES && fscanf(file, "%lld", &numbers[number]) == 1)
		number++;
	fclose(file);
	globfree(&found);
	return number;
}

/* What each has been given. */
static int count(long long requests[MAX_QUEUES])
{
	return read_lines("/sys/bus/virtio/drivers/vcrypto/virtio*/queue_requests", requests);
}

/* Of the device, by all queues. */
static long long notifications(void)
{
	long long numbers[MAX_QUEUES], sum = 0;
	int number = read_lines("/sys/bus/virtio/drivers/vcrypto/virtio*/queue_notifications",
				numbers);

	for (int i = 0; i < number; i++)
		sum += numbers[i];
	return sum;
}

/* How many queues have been given something since then. */
static int busy_since(const long long before[MAX_QUEUES])
{
	long long now[MAX_QUEUES];
	int busy = 0;

	REQUIRE(count(now) == queues);
	for (int i = 0; i < queues; i++)
		busy += now[i] > before[i];
	return busy;
}

static uint32_t cipher(void)
{
	return dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
}

static uint32_t hash(void)
{
	return dev_hash(fd, CRYPTO_SHA1_HMAC, key, sizeof(key));
}

static int copy(uint32_t to, uint32_t from)
{
	struct cphash_op op = { .dst_ses = to, .src_ses = from };

	return ioctl(fd, CIOCCPHASH, &op);
}

static int update(uint32_t ses, size_t from, size_t to)
{
	return dev_digest(fd, ses, COP_FLAG_UPDATE, text + from, to - from, NULL);
}

/* Which begins with so much that it has been given. */
static void expect_digest(uint32_t ses, size_t from)
{
	uint8_t actual[SIZE], expected[SIZE];

	CHECK_OK(dev_digest(fd, ses, COP_FLAG_UPDATE | COP_FLAG_FINAL, text + from,
			    sizeof(text) - from, actual));
	CHECK_OK(dev_digest(fd, hash(), 0, text, sizeof(text), expected));
	CHECK_MEM(actual, expected, SIZE);
}

static void encrypts(uint32_t ses)
{
	uint8_t room[64];

	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data, 64, room, iv));
	CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, room, 64, room, iv));
	CHECK_MEM(room, data, 64);
}

static void finish(void)
{
	CHECK_OK(close(fd));
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
}

/* --- where sessions are --- */

static void sessions_are_spread(void)
{
	long long begin[MAX_QUEUES], before[MAX_QUEUES];
	uint32_t sessions[MAX_QUEUES];

	fd = dev_open();
	count(begin);
	for (int i = 0; i < queues; i++)
		sessions[i] = cipher();
	for (int i = 0; i < queues; i++) {
		count(before);
		encrypts(sessions[i]);
		CHECK_EQ(busy_since(before), 1);
	}
	CHECK_EQ(busy_since(begin), queues);
	CHECK_EQ(dev_counter("contexts"), queues);
	finish();
}

static void one_is_on_one(void)
{
	long long before[MAX_QUEUES];

	fd = dev_open();
	count(before);
	for (int i = 0; i < 10; i++) {
		uint32_t ses = cipher();

		encrypts(ses);
		CHECK_OK(dev_free(fd, ses));
	}
	CHECK_EQ(busy_since(before), 1);
	CHECK_EQ(dev_counter("contexts"), 1);
	finish();
}

/* Those that stay are spread, whatever order the others go in. */
static void the_emptiest_is_next(void)
{
	long long before[MAX_QUEUES];
	uint32_t sessions[4 * MAX_QUEUES];

	fd = dev_open();
	for (int i = 0; i < 4 * queues; i++)
		sessions[i] = cipher();
	/* All that are on the first queue. */
	for (int i = 0; i < 4 * queues; i += queues)
		CHECK_OK(dev_free(fd, sessions[i]));
	count(before);
	for (int i = 0; i < 4; i++)
		encrypts(cipher());
	CHECK_EQ(busy_since(before), 1);
	finish();
}

static void files_begin_with_another(void)
{
	long long before[MAX_QUEUES];
	int fds[MAX_QUEUES];

	count(before);
	for (int i = 0; i < queues; i++) {
		fds[i] = fd = dev_open();
		encrypts(cipher());
	}
	CHECK_EQ(busy_since(before), queues);
	for (int i = 0; i + 1 < queues; i++)
		close(fds[i]);
	finish();
}

/* --- CIOCCPHASH --- */

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

/* --- calls under way --- */

struct caller {
	pthread_t thread;
	uint32_t ses;
	int times;
};

static void *call_often(void *argument)
{
	const struct caller *caller = argument;

	for (int i = 0; i < caller->times; i++)
		encrypts(caller->ses);
	return NULL;
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

static void run_all(struct caller *callers, int number, void *(*run)(void *))
{
	for (int i = 0; i < number; i++)
		REQUIRE(!pthread_create(&callers[i].thread, NULL, run, &callers[i]));
	for (int i = 0; i < number; i++)
		REQUIRE(!pthread_join(callers[i].thread, NULL));
}

static void threads_share_a_session(void)
{
	struct caller callers[4];
	long long before[MAX_QUEUES];
	uint32_t ses;

	fd = dev_open();
	ses = cipher();
	count(before);
	for (int i = 0; i < 4; i++)
		callers[i] = (struct caller){ .ses = ses, .times = 300 };
	run_all(callers, 4, call_often);
	CHECK_EQ(busy_since(before), 1);
	finish();
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

static void use_all(void *sessions)
{
	for (int i = 0; i < queues; i++)
		encrypts(((uint32_t *)sessions)[i]);
	encrypts(cipher());
}

/* 4.OPEN.3 */
static void a_fork_uses_all(void)
{
	uint32_t sessions[MAX_QUEUES];
	pid_t child;

	fd = dev_open();
	for (int i = 0; i < queues; i++)
		sessions[i] = cipher();
	child = check_fork(use_all, sessions);
	use_all(sessions);
	check_wait(child);
	finish();
}

/*
 * The first is told at once, the others of each queue together: when they are asked for, or by
 * the clock.
 */
static void begun_together_told_together(void)
{
	static uint8_t room[TOGETHER][64];
	uint32_t sessions[MAX_QUEUES];
	struct crypt_op op;
	long long told, milliseconds;

	fd = dev_open();
	for (int i = 0; i < queues; i++)
		encrypts(sessions[i] = cipher());
	milliseconds = dev_milliseconds();
	told = notifications();
	for (int i = 0; i < TOGETHER; i++)
		CHECK_OK(async_encrypt(fd, sessions[i % queues], data, 64, room[i], iv));
	for (int i = 0; i < TOGETHER; i++)
		CHECK_OK(async_fetch(fd, &op));
	told = notifications() - told;
	milliseconds = dev_milliseconds() - milliseconds;
	check_note("%lld notifications of %d operations in %lld ms", told, TOGETHER, milliseconds);
	/* On a machine that is so slow the clock may have come each time. */
	CHECK(told <= queues * (2 + milliseconds));
	for (int i = 1; i < TOGETHER; i++)
		CHECK_MEM(room[i], room[0], 64);
	finish();
}

static void closed_in_flight(void)
{
	static uint8_t room[FLIGHT][sizeof(data)];
	uint32_t sessions[MAX_QUEUES];

	fd = dev_open();
	for (int i = 0; i < queues; i++) {
		sessions[i] = cipher();
		encrypts(sessions[i]);
	}
	hang_begin();
	for (int i = 0; i < FLIGHT; i++)
		CHECK_OK(async_encrypt(fd, sessions[i % queues], data, sizeof(data), room[i], iv));
	/* Who asks has the device told of all. */
	async_poll(fd, POLLIN, 0);
	CHECK_EQ(hang_in_flight(), FLIGHT);
	CHECK_OK(close(fd));
	hang_end();
	fd = dev_open();
	encrypts(cipher());
	finish();
	CHECK_EQ(dev_pinned_pages_become(0), 0);
}

/* 6.UNPLUG */
static void unplugged_in_flight(void)
{
	static uint8_t room[FLIGHT][sizeof(data)];
	struct crypt_op op;
	uint32_t sessions[MAX_QUEUES];

	fd = dev_open();
	for (int i = 0; i < queues; i++)
		sessions[i] = cipher();
	hang_begin();
	for (int i = 0; i < FLIGHT; i++)
		CHECK_OK(async_encrypt(fd, sessions[i % queues], data, sizeof(data), room[i], iv));
	dev_unplug();
	for (int i = 0; i < FLIGHT; i++)
		CHECK_ERRNO(async_fetch(fd, &op), ENODEV);
	CHECK_EQ(async_poll(fd, POLLIN, 0) & (POLLERR | POLLHUP), POLLERR | POLLHUP);
	for (int i = 0; i < queues; i++)
		CHECK_ERRNO(dev_crypt(fd, sessions[i], COP_ENCRYPT, data, 64, data, iv), ENODEV);
	CHECK_OK(close(fd));
	dev_rescan();
	fd = dev_open();
	encrypts(cipher());
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

/* What is posted is on all queues; nobody asks, which would tell the device. */
static void told_by_the_clock(void)
{
	uint32_t sessions[MAX_QUEUES];

	fd = dev_open();
	for (int i = 0; i < queues; i++)
		encrypts(sessions[i] = cipher());
	for (int i = 0; i < queues; i++)
		CHECK_OK(dev_free(fd, sessions[i]));
	for (int tries = 0; tries < 500 && hang_in_flight(); tries++)
		usleep(10000);
	CHECK_EQ(hang_in_flight(), 0);
	finish();
}

/* --- the device loses its tables --- */

static void lost(const char *way)
{
	uint32_t ciphers[MAX_QUEUES], hashes[MAX_QUEUES], copied;

	if (!lose_can(way))
		return;
	fd = dev_open();
	for (int i = 0; i < queues; i++)
		encrypts(ciphers[i] = cipher());
	for (int i = 0; i < queues; i++)
		CHECK_OK(update(hashes[i] = hash(), 0, 10));
	copied = hash();
	CHECK_OK(copy(copied, hashes[queues - 1]));
	lose(way);
	for (int i = 0; i < queues; i++)
		encrypts(ciphers[i]);
	for (int i = 0; i < queues; i++) {
		CHECK_ERRNO(update(hashes[i], 10, 20), ESTALE);
		CHECK_ERRNO(copy(copied, hashes[i]), ESTALE);
		CHECK_OK(dev_digest(fd, hashes[i], COP_FLAG_RESET | COP_FLAG_UPDATE, text, 10, NULL));
		CHECK_OK(copy(copied, hashes[i]));
		expect_digest(copied, 10);
		expect_digest(hashes[i], 10);
	}
	CHECK_EQ(dev_counter("contexts"), queues);
	finish();
}

/* 6.OUTLIVE, 6.ESTALE */
static void the_machine_sleeps(void)
{
	lost("freeze");
}

/* 6.OUTLIVE, 6.ESTALE */
static void the_device_is_reset(void)
{
	lost("broken");
}

/* --- limits --- */

static int fill(int file)
{
	struct session_op session = { .mac = CRYPTO_SHA1_HMAC, .mackey = dev_unconst(key),
				      .mackeylen = sizeof(key) };
	int made = 0;

	while (made < MANY && ioctl(file, CIOCGSESSION, &session) == 0)
		made++;
	CHECK_EQ(errno, ENOSPC);
	return made;
}

/* Also if another file has taken more of one than of the others. */
static void all_tables_are_used(void)
{
	uint32_t others[2 * MAX_QUEUES];
	int other;

	other = fd = dev_open();
	for (int i = 0; i < 2 * queues; i++)
		others[i] = cipher();
	for (int i = 0; i < 2 * queues; i++)
		if (i % queues)
			CHECK_OK(dev_free(fd, others[i]));
	fd = dev_open();
	CHECK_EQ(fill(fd), queues * device_sessions - 2);
	close(other);
	CHECK_EQ(fill(fd), 2);
	finish();
}

/* Where one queue is full, another has the next; but a hash can be copied there only. */
static void a_full_queue(void)
{
	uint32_t from, to;
	int other = dev_open();

	fd = dev_open();
	from = hash();
	to = hash();
	CHECK_OK(update(from, 0, 10));
	CHECK_OK(update(to, 0, 20));
	CHECK_EQ(fill(other), queues * device_sessions - 2);
	CHECK_ERRNO(copy(to, from), ENOSPC);
	/* Nothing has changed. */
	close(other);
	expect_digest(from, 10);
	expect_digest(to, 20);
	finish();
}

static const struct check_case cases[] = {
	{ "sessions of a file are spread over the queues, each on one", sessions_are_spread },
	{ "a session after the other is on one queue", one_is_on_one },
	{ "a session is made on the queue that has the fewest of its file", the_emptiest_is_next },
	{ "files begin with another queue each", files_begin_with_another },
	{ "a hash is copied to sessions on other queues", hashes_are_copied },
	{ "a MAC's key is copied to a session on another queue", keys_are_copied },
	{ "copies of copies between queues", copies_of_copies },
	{ "a session in the middle of a key stream stays on its queue", a_stream_stays },
	{ "threads that share a session are on its queue", threads_share_a_session },
	{ "threads copy hashes between queues", threads_copy_hashes },
	{ "two processes use the sessions of all queues", a_fork_uses_all },
	{ "a copy from another queue waits for one that is under way", a_copy_waits_for_the_one_before },
	{ "operations that are begun together share a notification", begun_together_told_together },
	{ "a file is closed with calls in flight on all queues", closed_in_flight },
	{ "what nobody needs is told by the clock, on all queues", told_by_the_clock },
	{ "the machine sleeps: sessions of all queues go on", the_machine_sleeps },
	{ "the device is reset: sessions of all queues go on", the_device_is_reset },
	{ "the device goes with calls in flight on all queues", unplugged_in_flight },
};

static const struct check_case limit_cases[] = {
	{ "a file can have the sessions of all queues", all_tables_are_used },
	{ "a hash is not copied to a queue that is full", a_full_queue },
};

int main(int argc, char **argv)
{
	long long requests[MAX_QUEUES];

	queues = count(requests);
	REQUIRE(queues > 1);
	dev_fill(data, sizeof(data), 1);
	if (argc < 2)
		return check_main(cases, ARRAY_SIZE(cases));
	device_sessions = atoi(argv[1]);
	return check_main(limit_cases, ARRAY_SIZE(limit_cases));
}
