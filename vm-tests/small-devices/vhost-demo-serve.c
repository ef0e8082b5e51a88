// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an honest driver sees of a ring that the host's kernel serves.
 */
#include <stdlib.h>
#include <sys/ioctl.h>

#include "check.h"
#include "vhost-demo-rig.h"

static void what_is_written_is_read(void)
{
	static const uint32_t values[] = { 0x1333, 0x2333, 0x3333, 0, UINT32_MAX };
	long served = rig_served();
	struct rig rig;

	rig_open(&rig);
	CHECK_EQ(rig_read(&rig), FIRST_VALUE);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		rig_write(&rig, values[i]);
		CHECK_EQ(rig_read(&rig), values[i]);
	}
	CHECK_EQ(rig_stop(&rig), UINT32_MAX);
	CHECK_EQ(rig_served() - served, 1 + 2 * (long)ARRAY_SIZE(values));
	rig_free(&rig);
}

static void an_unknown_opcode_is_refused(void)
{
	static const uint32_t opcodes[] = { 2, 0x100, OPCODE_REFUSED };
	struct rig rig;

	rig_open(&rig);
	rig_write(&rig, 0x2333);
	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		struct answer answer = rig_do(&rig, opcodes[i], 0x4444);

		CHECK_EQ(answer.used, MESSAGE);
		CHECK_EQ(answer.opcode, OPCODE_REFUSED);
		CHECK_EQ(answer.operand, 0);
	}
	CHECK_EQ(rig_read(&rig), 0x2333);
	CHECK(!rig_failed(&rig));
	rig_free(&rig);
}

static void a_request_that_is_no_message_is_refused(void)
{
	static const size_t lengths[] = { 0, 1, MESSAGE - 1, MESSAGE + 1, 4096 };
	struct rig rig;

	rig_open(&rig);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct message message =
			rig_post(&rig, OPCODE_WRITE, 0x5555, lengths[i], MESSAGE, SIM_INDIRECT);
		struct sim_used used = { 0 };

		rig_kick(&rig);
		CHECK(rig_wait(&rig, &used));
		CHECK_EQ(used.len, MESSAGE);
		CHECK_EQ(load32(message.reply.host), OPCODE_REFUSED);
		CHECK_EQ(load32(message.reply.host + 4), 0);
	}
	CHECK_EQ(rig_read(&rig), FIRST_VALUE);
	CHECK(!rig_failed(&rig));
	rig_free(&rig);
}

static void the_layout_of_a_chain_does_not_matter(void)
{
	static const enum sim_layout layouts[] = { SIM_DIRECT, SIM_INDIRECT, SIM_MIXED };
	struct sim_part pieces[2 * MESSAGE];
	struct rig rig;

	rig_open(&rig);
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		for (uint32_t cut = 1; cut <= MESSAGE; cut++) {
			struct sim_buffer request = sim_alloc(&rig.memory, MESSAGE);
			struct sim_buffer reply = sim_alloc(&rig.memory, MESSAGE);
			struct sim_part parts[] = { sim_readable(request), sim_writable(reply) };
			size_t count = sim_cut(parts, 2, cut, pieces, ARRAY_SIZE(pieces));
			struct sim_used used = { 0 };

			rig_write(&rig, 0x10 * cut);
			memset(request.host, 0, MESSAGE); /* a read */
			rig_add(&rig, pieces, count, layouts[i]);
			rig_kick(&rig);
			CHECK(rig_wait(&rig, &used));
			CHECK_EQ(used.len, MESSAGE);
			CHECK_EQ(load32(reply.host), OPCODE_READ);
			CHECK_EQ(load32(reply.host + 4), 0x10 * cut);
			sim_free(&rig.memory, &request);
			sim_free(&rig.memory, &reply);
		}
	}
	rig_free(&rig);
}

static void room_beyond_the_reply_is_left_alone(void)
{
	struct message message;
	struct sim_used used = { 0 };
	struct rig rig;

	rig_open(&rig);
	message = rig_post(&rig, OPCODE_WRITE, 0x2333, MESSAGE, MESSAGE + 100, SIM_DIRECT);
	rig_kick(&rig);
	CHECK(rig_wait(&rig, &used));
	CHECK_EQ(used.len, MESSAGE);
	for (size_t i = MESSAGE; i < message.reply.len; i++)
		CHECK_EQ(message.reply.host[i], SIM_FILL);
	CHECK_EQ(rig_read(&rig), 0x2333);
	rig_free(&rig);
}

/* @total requests through a ring, as many at a time as go in. */
static void flood(const struct rig_options *options, uint32_t total)
{
	struct sim_buffer arena;
	uint32_t count = 0;
	struct rig rig;

	rig_set_up(&rig, options);
	arena = sim_alloc(&rig.memory, (size_t)MESSAGE * rig.ring.setup.size);
	REQUIRE(!rig_tell_memory(&rig));
	REQUIRE(!rig_start(&rig, FIRST_VALUE));
	while (count < total) {
		struct sim_used used;

		rig_post_writes(&rig, arena, count, UINT32_MAX);
		rig_kick(&rig);
		while (rig.ring.in_flight && rig_wait(&rig, &used))
			count++;
		if (!CHECK_EQ(rig.ring.in_flight, 0))
			break;
		CHECK(!rig.ring.error);
	}
	CHECK_EQ(rig_stop(&rig), count - 1);
	rig_free(&rig);
}

static void all_of_many_requests_are_answered(void)
{
	long served = rig_served();

	flood(&(struct rig_options){ 0 }, 6400);
	flood(&(struct rig_options){ .no_event_idx = true }, 6400);
	CHECK_EQ(rig_served() - served, 12800);
}

/* 512 requests at one kick: the thread takes 256 in a turn, and has to come back by itself. */
static void one_kick_suffices_for_more_than_a_turn(void)
{
	flood(&(struct rig_options){ .size = 1024 }, 512);
	flood(&(struct rig_options){ .size = 1024, .no_event_idx = true }, 512);
}

/*
 * Requests come one by one, at random distances, so that often the device has just looked a last time and goes to
 * sleep. One that it overlooks then is announced by nothing; and with event indexes, nor are those after it.
 */
static void race(const struct rig_options *options)
{
	struct sim_buffer arena;
	struct sim_used used;
	uint32_t answers = 0;
	struct rig rig;

	rig_set_up(&rig, options);
	arena = sim_alloc(&rig.memory, 2 * MESSAGE);
	REQUIRE(!rig_tell_memory(&rig));
	REQUIRE(!rig_start(&rig, FIRST_VALUE));
	for (uint32_t i = 0, random = 1; i < 20000; i++) {
		random = random * 1103515245 + 12345;
		for (volatile uint32_t delay = random >> 16 & 0x7ff; delay; delay--)
			;
		if (rig.ring.free_count < 2 && !rig_wait(&rig, &used))
			break;
		rig_post_writes(&rig, arena, i, 1);
		rig_kick(&rig);
		while (sim_collect(&rig.ring, &used))
			answers++;
	}
	while (rig.ring.in_flight && CHECK(rig_wait(&rig, &used)))
		answers++;
	CHECK(!rig.ring.error);
	CHECK(answers <= 20000);
	rig_stop(&rig);
	rig_free(&rig);
}

static void none_is_overlooked_when_the_device_falls_asleep(void)
{
	race(&(struct rig_options){ 0 });
	race(&(struct rig_options){ .no_event_idx = true });
}

static void indexes_wrap(void)
{
	flood(&(struct rig_options){ .first = 65500 }, 640);
	flood(&(struct rig_options){ .first = 65500, .no_event_idx = true }, 640);
}

static void devices_are_independent(void)
{
	struct rig one, two;

	rig_open(&one);
	rig_open(&two);
	rig_write(&one, 0x2333);
	CHECK_EQ(rig_read(&two), FIRST_VALUE);
	rig_write(&two, 0x3333);
	CHECK_EQ(rig_read(&one), 0x2333);
	rig_free(&one);
	CHECK_EQ(rig_read(&two), 0x3333);
	rig_free(&two);
}

/* While a machine migrates: a bit for each page that the device has written. Our guest's memory begins at 64 KiB
 * and has a page for each buffer. */
static void what_is_written_is_noted(void)
{
	static uint64_t bits[16]; /* of the first 4 MiB */
	struct rig_options options = { .features = 1ull << VHOST_F_LOG_ALL };
	uint64_t log = (uintptr_t)bits;
	struct vhost_vring_addr address = { .flags = 1 << VHOST_VRING_F_LOG };
	struct message message;
	struct sim_used used;
	struct rig rig;
	uint64_t page;

	rig_set_up(&rig, &(struct rig_options){ 0 });
	REQUIRE(!ioctl(rig.fd, VHOST_SET_LOG_BASE, &log));
	rig_tell_ring(&rig, &options);
	address.desc_user_addr = (uintptr_t)rig.ring.desc.host;
	address.avail_user_addr = (uintptr_t)rig.ring.avail.host;
	address.used_user_addr = (uintptr_t)rig.ring.used.host;
	address.log_guest_addr = rig.ring.used.guest;
	REQUIRE(!ioctl(rig.fd, VHOST_SET_VRING_ADDR, &address));
	REQUIRE(!rig_start(&rig, FIRST_VALUE));
	message = rig_post(&rig, OPCODE_READ, 0, MESSAGE, MESSAGE, SIM_DIRECT);
	rig_kick(&rig);
	CHECK(rig_wait(&rig, &used));
	rig_stop(&rig);
	page = message.reply.guest / 4096;
	CHECK_EQ(bits[page / 64] >> page % 64 & 1, 1);
	page = message.request.guest / 4096;
	CHECK_EQ(bits[page / 64] >> page % 64 & 1, 0);
	page = rig.ring.used.guest / 4096;
	CHECK_EQ(bits[page / 64] >> page % 64 & 1, 1);
	rig_free(&rig);
}

static const struct check_case cases[] = {
	{ "what is written is read", what_is_written_is_read },
	{ "an unknown opcode is refused", an_unknown_opcode_is_refused },
	{ "the layout of a chain does not matter", the_layout_of_a_chain_does_not_matter },
	{ "a request that is no message is refused", a_request_that_is_no_message_is_refused },
	{ "room beyond the reply is left alone", room_beyond_the_reply_is_left_alone },
	{ "all of many requests are answered", all_of_many_requests_are_answered },
	{ "one kick suffices for more than a turn", one_kick_suffices_for_more_than_a_turn },
	{ "none is overlooked when the device falls asleep", none_is_overlooked_when_the_device_falls_asleep },
	{ "indexes wrap", indexes_wrap },
	{ "devices are independent", devices_are_independent },
	{ "what is written is noted, for migration", what_is_written_is_noted },
};

CHECK_MAIN(cases)
