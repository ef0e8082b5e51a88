// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device with several queues: an open file uses all of them, each session one.
 *
 * Needs iomem=relaxed on the kernel's command line, and --sleep of vm.sh.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"
#include "lose.h"
#include "several.h"

#define FLIGHT 16
#define TOGETHER 48

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

/* --- calls under way --- */

static void *call_often(void *argument)
{
	const struct caller *caller = argument;

	for (int i = 0; i < caller->times; i++)
		encrypts(caller->ses);
	return NULL;
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

static const struct check_case cases[] = {
	{ "sessions of a file are spread over the queues, each on one", sessions_are_spread },
	{ "a session after the other is on one queue", one_is_on_one },
	{ "a session is made on the queue that has the fewest of its file", the_emptiest_is_next },
	{ "files begin with another queue each", files_begin_with_another },
	{ "threads that share a session are on its queue", threads_share_a_session },
	{ "two processes use the sessions of all queues", a_fork_uses_all },
	{ "operations that are begun together share a notification", begun_together_told_together },
	{ "a file is closed with calls in flight on all queues", closed_in_flight },
	{ "what nobody needs is told by the clock, on all queues", told_by_the_clock },
	{ "the machine sleeps: sessions of all queues go on", the_machine_sleeps },
	{ "the device is reset: sessions of all queues go on", the_device_is_reset },
	{ "the device goes with calls in flight on all queues", unplugged_in_flight },
};

int main(void)
{
	several_begin();
	return check_main(cases, ARRAY_SIZE(cases));
}
