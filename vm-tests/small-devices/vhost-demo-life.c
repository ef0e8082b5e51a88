// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ring and the register change hands; and everything may end at any time.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "vhost-demo-rig.h"

#define ROUNDS 50
#define IN_FLIGHT 60

static void the_register_changes_hands(void)
{
	struct rig rig;

	rig_set_up(&rig, &(struct rig_options){ 0 });
	CHECK_OK(rig_start(&rig, 0xabcd));
	CHECK_EQ(rig_read(&rig), 0xabcd);
	rig_write(&rig, 0x2333);
	CHECK_EQ(rig_stop(&rig), 0x2333);
	CHECK_EQ(rig_stop(&rig), 0x2333);
	CHECK_OK(rig_start(&rig, 0x4444));
	CHECK_EQ(rig_read(&rig), 0x4444);
	rig_free(&rig);
}

/* While nobody serves the ring, nothing happens; then it goes on where it was, without a kick. */
static void requests_wait_while_stopped(void)
{
	struct vhost_vring_state base = { 0 };
	struct message message;
	struct sim_used used;
	struct rig rig;

	rig_open(&rig);
	rig_write(&rig, 0x2333);
	rig_stop(&rig);
	message = rig_post(&rig, OPCODE_READ, 0, MESSAGE, MESSAGE, SIM_DIRECT);
	REQUIRE(!eventfd_write(rig.kick, 1));
	usleep(50000);
	CHECK_EQ(load32(message.reply.host), 0xa5a5a5a5);
	CHECK_OK(ioctl(rig.fd, VHOST_GET_VRING_BASE, &base));
	CHECK_EQ(base.num, 1);
	CHECK_OK(ioctl(rig.fd, VHOST_SET_VRING_BASE, &base));
	CHECK_OK(rig_start(&rig, 0x2333));
	CHECK(rig_wait(&rig, &used));
	CHECK_EQ(load32(message.reply.host + 4), 0x2333);
	CHECK_EQ(rig_read(&rig), 0x2333);
	rig_free(&rig);
}

static void a_reset_forgets_everything(void)
{
	struct rig_options options = { 0 };
	uint32_t value = 0;
	struct rig rig;

	rig_open(&rig);
	rig_write(&rig, 0x2333);
	CHECK_OK(ioctl(rig.fd, VHOST_RESET_OWNER));
	CHECK_ERRNO(rig_start(&rig, 0), EPERM);
	CHECK_OK(ioctl(rig.fd, VHOST_SET_OWNER));
	CHECK_ERRNO(rig_start(&rig, 0), EFAULT);
	CHECK_OK(ioctl(rig.fd, VHOST_DEMO_STOP, &value));
	CHECK_EQ(value, FIRST_VALUE);
	rig_new_ring(&rig, &options);
	rig_tell_ring(&rig, &options);
	CHECK_OK(rig_start(&rig, FIRST_VALUE));
	CHECK_EQ(rig_read(&rig), FIRST_VALUE);
	rig_free(&rig);
}

static void post_some(struct rig *rig)
{
	struct sim_buffer arena = sim_alloc(&rig->memory, 2 * MESSAGE * IN_FLIGHT);

	REQUIRE(!rig_tell_memory(rig));
	rig_post_writes(rig, arena, 0, IN_FLIGHT);
	rig_kick(rig);
}

/* Sums up all that the device may write. */
static uint64_t fingerprint(const struct rig *rig)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < rig->memory.table.count; i++) {
		const struct vcrypto_region *region = &rig->memory.table.regions[i];
		const uint8_t *bytes = region->host;

		for (size_t j = 0; j < region->len; j++)
			sum = sum * 31 + bytes[j];
	}
	return sum;
}

static void stop_it(struct rig *rig)
{
	uint32_t value = rig_stop(rig);
	uint16_t answered = sim_used_idx(&rig->ring);

	/* They are served in order, so the register tells how far it came. */
	CHECK_EQ(value, answered ? answered - 1u : FIRST_VALUE);
}

static void reset_it(struct rig *rig)
{
	CHECK_OK(ioctl(rig->fd, VHOST_RESET_OWNER));
}

/* Nothing is written to memory after @end has returned, however many requests are in the ring. */
static void end_with_requests_in_flight(void (*end)(struct rig *))
{
	for (int round = 0; round < ROUNDS; round++) {
		struct rig rig;
		uint64_t before;

		rig_open(&rig);
		post_some(&rig);
		usleep((useconds_t)round * 20);
		end(&rig);
		before = fingerprint(&rig);
		usleep(2000);
		CHECK(fingerprint(&rig) == before);
		CHECK(!rig.ring.error);
		rig_free(&rig);
	}
}

static void stop_with_requests_in_flight(void)
{
	end_with_requests_in_flight(stop_it);
}

static void reset_with_requests_in_flight(void)
{
	end_with_requests_in_flight(reset_it);
}

static void close_with_requests_in_flight(void)
{
	end_with_requests_in_flight(rig_close);
}

/* Stopped and started again and again, every request is answered exactly once. */
static void nothing_is_lost_by_stopping(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		struct sim_used used;
		uint32_t answers = 0;
		struct rig rig;

		rig_open(&rig);
		post_some(&rig);
		for (int i = 0; i < 10; i++) {
			uint32_t value = rig_stop(&rig);

			CHECK_OK(rig_start(&rig, value));
		}
		while (rig.ring.in_flight && rig_wait(&rig, &used))
			answers++;
		CHECK_EQ(answers, IN_FLIGHT);
		CHECK(!rig.ring.error);
		CHECK_EQ(rig_stop(&rig), IN_FLIGHT - 1);
		rig_free(&rig);
	}
}

static void serve_until_killed(void *ready)
{
	struct rig rig;

	rig_open(&rig);
	rig_read(&rig);
	REQUIRE(!eventfd_write(*(int *)ready, 1));
	for (;;)
		rig_write(&rig, 0x2333);
}

static void a_process_may_be_killed(void)
{
	for (int round = 0; round < 10; round++) {
		int ready = eventfd(0, 0);
		eventfd_t count;
		pid_t child;

		REQUIRE(ready >= 0);
		child = check_fork(serve_until_killed, &ready);
		REQUIRE(!eventfd_read(ready, &count));
		usleep((useconds_t)round * 1000);
		REQUIRE(!kill(child, SIGKILL));
		REQUIRE(waitpid(child, NULL, 0) == child);
		close(ready);
	}
}

/* The last case: nobody holds the module. */
static void nothing_is_left(void)
{
	FILE *file = fopen("/sys/module/vhost_demo/refcnt", "re");
	int references = -1;

	REQUIRE(file);
	CHECK_EQ(fscanf(file, "%d", &references), 1);
	CHECK_EQ(references, 0);
	fclose(file);
}

static const struct check_case cases[] = {
	{ "the register changes hands", the_register_changes_hands },
	{ "requests wait while it is stopped", requests_wait_while_stopped },
	{ "a reset forgets everything", a_reset_forgets_everything },
	{ "stop, with requests in flight", stop_with_requests_in_flight },
	{ "reset, with requests in flight", reset_with_requests_in_flight },
	{ "close, with requests in flight", close_with_requests_in_flight },
	{ "nothing is lost by stopping", nothing_is_lost_by_stopping },
	{ "a process may be killed", a_process_may_be_killed },
	{ "nothing is left", nothing_is_left },
};

CHECK_MAIN(cases)
