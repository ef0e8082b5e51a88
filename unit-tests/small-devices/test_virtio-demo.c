// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "ring.h"

static struct vcrypto_virtio_demo demo;
static struct ring ring;

static uint32_t handle(void *device, struct vcrypto_cursor readable, struct vcrypto_cursor writable)
{
	return vcrypto_virtio_demo_chain(device, readable, writable);
}

static int start(void **state)
{
	(void)state;
	vcrypto_virtio_demo_reset(&demo);
	ring_start(&ring, handle, &demo);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	ring_stop(&ring);
	return 0;
}

static struct vcrypto_virtio_demo_message message(uint32_t opcode, uint32_t operand)
{
	return (struct vcrypto_virtio_demo_message){ vcrypto_put32(opcode),
						     vcrypto_put32(operand) };
}

/* Sends a request; the reply must have this opcode and operand. */
static void assert_reply(uint32_t opcode, uint32_t operand, uint32_t reply_opcode,
			 uint32_t reply_operand)
{
	struct vcrypto_virtio_demo_message request = message(opcode, operand);
	struct vcrypto_virtio_demo_message reply;

	assert_int_equal(ring_call(&ring, &request, 8, 8), 8);
	memcpy(&reply, ring.reply, sizeof(reply));
	assert_int_equal(vcrypto_get32(reply.opcode), reply_opcode);
	assert_int_equal(vcrypto_get32(reply.operand), reply_operand);
}

static void assert_value(uint32_t value)
{
	assert_int_equal(demo.value, value);
	assert_reply(VCRYPTO_VIRTIO_DEMO_READ, 0, VCRYPTO_VIRTIO_DEMO_READ, value);
}

static void store(uint32_t value)
{
	assert_reply(VCRYPTO_VIRTIO_DEMO_WRITE, value, VCRYPTO_VIRTIO_DEMO_WRITE, value);
}

static void the_register_starts_as_0x1333(void **state)
{
	(void)state;
	assert_value(0x1333);
}

static void what_was_written_is_read(void **state)
{
	static const uint32_t values[] = { 0x1333, 0x2333, 0x3333, 0, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		store(values[i]);
		assert_value(values[i]);
	}
	vcrypto_virtio_demo_reset(&demo);
	assert_value(0x1333);
}

static void the_operand_of_a_read_is_ignored(void **state)
{
	(void)state;
	assert_reply(VCRYPTO_VIRTIO_DEMO_READ, 77, VCRYPTO_VIRTIO_DEMO_READ, 0x1333);
}

static void messages_are_little_endian(void **state)
{
	static const uint8_t request[8] = { 1, 0, 0, 0, 0x44, 0x33, 0x22, 0x11 };

	(void)state;
	assert_int_equal(ring_call(&ring, request, 8, 8), 8);
	assert_memory_equal(ring.reply, request, 8);
	assert_int_equal(demo.value, 0x11223344);
}

static void unknown_opcodes_are_refused_and_change_nothing(void **state)
{
	static const uint32_t opcodes[] = { 2, 3, 0x100, 0x10000, 0x1000000, 0x80000001,
					    UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(opcodes) / sizeof(opcodes[0]); i++) {
		assert_reply(opcodes[i], 77, VCRYPTO_VIRTIO_DEMO_REFUSED, 0);
		assert_value(0x1333);
	}
}

static void requests_of_another_length_are_refused(void **state)
{
	uint8_t request[16] = { VCRYPTO_VIRTIO_DEMO_WRITE };
	static const uint8_t refusal[8] = { 0xff, 0xff, 0xff, 0xff };

	(void)state;
	for (size_t len = 1; len <= sizeof(request); len++) {
		if (len == 8)
			continue;
		assert_int_equal(ring_call(&ring, request, len, 8), 8);
		assert_memory_equal(ring.reply, refusal, 8);
		assert_int_equal(demo.value, 0x1333);
	}
}

static void no_more_is_written_than_the_reply(void **state)
{
	struct vcrypto_virtio_demo_message request = message(VCRYPTO_VIRTIO_DEMO_READ, 0);

	(void)state;
	for (size_t room = 8; room < 64; room++)
		assert_int_equal(ring_call(&ring, &request, 8, room), 8);
}

static void without_room_for_a_reply_nothing_is_executed(void **state)
{
	struct vcrypto_virtio_demo_message request = message(VCRYPTO_VIRTIO_DEMO_WRITE, 7);

	(void)state;
	for (size_t room = 1; room < 8; room++) {
		assert_int_equal(ring_call(&ring, &request, 8, room), RING_BROKEN);
		assert_int_equal(demo.value, 0x1333);
		ring_reset(&ring);
	}
	store(7);
}

static void cuts_do_not_matter(void **state)
{
	struct vcrypto_virtio_demo_message request = message(VCRYPTO_VIRTIO_DEMO_WRITE, 7);

	(void)state;
	ring_check_cuts(&ring, &request, 8, 8);
	request = message(99, 7);
	ring_check_cuts(&ring, &request, 8, 12);
}

static void overlapping_buffers_do_not_matter(void **state)
{
	struct vcrypto_virtio_demo_message request = message(VCRYPTO_VIRTIO_DEMO_WRITE, 7);

	(void)state;
	for (size_t offset = 0; offset <= 8; offset++) {
		assert_int_equal(ring_call_overlapping(&ring, &request, 8, offset, 8), 8);
		assert_memory_equal(ring.reply, &request, 8);
	}
}

static void a_full_ring_is_answered_in_order(void **state)
{
	struct sim_buffer requests = sim_alloc(&ring.memory, 64 * 8);
	struct sim_buffer replies = sim_alloc(&ring.memory, 64 * 8);
	struct sim_buffer out = requests, in = replies;
	struct sim_used used;

	(void)state;
	for (uint32_t i = 0; i < 64; i++) {
		struct vcrypto_virtio_demo_message request =
			message(i % 2 ? VCRYPTO_VIRTIO_DEMO_READ : VCRYPTO_VIRTIO_DEMO_WRITE, i);
		struct sim_buffer from = sim_take(&out, 8), to = sim_take(&in, 8);
		struct sim_part parts[] = { sim_readable(from), sim_writable(to) };

		memcpy(from.host, &request, 8);
		sim_publish(&ring.driver,
			    (uint16_t)sim_chain(&ring.driver, parts, 2, SIM_DIRECT, to.host));
	}
	assert_true(ring_serve(&ring));
	for (uint32_t i = 0; i < 64; i++) {
		assert_true(sim_collect(&ring.driver, &used));
		assert_int_equal(((uint8_t *)used.cookie)[4], i & ~1u);
	}
	sim_free(&ring.memory, &requests);
	sim_free(&ring.memory, &replies);
}

static void hostile_chains_break_the_ring_until_reset(void **state)
{
	struct vcrypto_virtio_demo_message request = message(VCRYPTO_VIRTIO_DEMO_READ, 0);

	(void)state;
	ring_check_hostile(&ring, &request, 8, 8);
	assert_value(0x1333);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_register_starts_as_0x1333),
		TEST(what_was_written_is_read),
		TEST(the_operand_of_a_read_is_ignored),
		TEST(messages_are_little_endian),
		TEST(unknown_opcodes_are_refused_and_change_nothing),
		TEST(requests_of_another_length_are_refused),
		TEST(no_more_is_written_than_the_reply),
		TEST(without_room_for_a_reply_nothing_is_executed),
		TEST(cuts_do_not_matter),
		TEST(overlapping_buffers_do_not_matter),
		TEST(a_full_ring_is_answered_in_order),
		TEST(hostile_chains_break_the_ring_until_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
