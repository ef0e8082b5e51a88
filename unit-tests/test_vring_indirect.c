// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Indirect tables that break the rules (virtio 1.2, 2.7.5.3; protocol 2.6), and
 * tables, rings and buffers that overlap each other: the guest may hurt itself,
 * and nobody else.
 */
#include <vcrypto/serve.h>

#include "rig.h"

#define SIZE 8

static struct rig rig;
static struct sim_buffer table;		/* SIZE + 1 descriptors */

static int start(void **state)
{
	(void)state;
	rig_start(&rig, SIZE, RIG_FEATURES, 0);
	table = sim_alloc(&rig.memory, (SIZE + 1) * 16);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

static void entry(uint32_t index, uint64_t guest, uint32_t len, uint32_t flags, uint32_t next)
{
	sim_set_desc((struct vcrypto_desc *)(void *)table.host + index, guest, len, flags, next);
}

/* Two good entries. */
static void good_table(void)
{
	entry(0, rig.in.guest, 16, VCRYPTO_DESC_NEXT, 1);
	entry(1, rig.out.guest, 16, VCRYPTO_DESC_WRITE, 0);
}

static void must_break(void)
{
	sim_publish(&rig.ring, 0);
	rig_must_break(&rig);
	stop(NULL);
	start(NULL);
}

static void a_table_that_was_not_negotiated_breaks_the_ring(void **state)
{
	(void)state;
	rig_stop(&rig);
	rig_start(&rig, SIZE, VCRYPTO_VRING_F_EVENT_IDX, 0);
	table = sim_alloc(&rig.memory, 32);
	good_table();
	rig_desc(&rig, 0, table.guest, 32, VCRYPTO_DESC_INDIRECT, 0);
	sim_publish(&rig.ring, 0);
	rig_must_break(&rig);
	assert_string_equal(vcrypto_vring_broken(&rig.vring),
			    "an indirect table, which was not negotiated");
}

static void a_nested_table_breaks_the_ring(void **state)
{
	(void)state;
	good_table();
	entry(0, rig.in.guest, 16, VCRYPTO_DESC_NEXT, 1);
	entry(1, table.guest + 32, 32, VCRYPTO_DESC_INDIRECT, 0);
	entry(2, rig.out.guest, 16, VCRYPTO_DESC_WRITE, 0);
	rig_desc(&rig, 0, table.guest, 32, VCRYPTO_DESC_INDIRECT, 0);
	must_break();
	/* A table that points to itself. */
	entry(0, table.guest, 16, VCRYPTO_DESC_INDIRECT, 0);
	rig_desc(&rig, 0, table.guest, 16, VCRYPTO_DESC_INDIRECT, 0);
	must_break();
}

static void a_table_with_next_beside_it_breaks_the_ring(void **state)
{
	(void)state;
	good_table();
	rig_desc(&rig, 0, table.guest, 32, VCRYPTO_DESC_INDIRECT | VCRYPTO_DESC_NEXT, 1);
	rig_desc(&rig, 1, rig.out.guest, 16, VCRYPTO_DESC_WRITE, 0);
	must_break();
	good_table();
	rig_desc(&rig, 0, table.guest, 32, VCRYPTO_DESC_INDIRECT | VCRYPTO_DESC_NEXT, 0);
	must_break();
}

static void a_table_of_an_impossible_length_breaks_the_ring(void **state)
{
	static const uint32_t lens[] = { 0, 1, 15, 17, 31, 33, 16 * (SIZE + 1), 0x10000,
					 0x80000000, 0xfffffff0, 0xffffffff };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(lens); i++) {
		good_table();
		rig_desc(&rig, 0, table.guest, lens[i], VCRYPTO_DESC_INDIRECT, 0);
		must_break();
	}
}

static void a_table_outside_memory_breaks_the_ring(void **state)
{
	const uint64_t places[] = { 0, 0x900000000, UINT64_MAX - 31, UINT64_MAX - 15,
				    table.guest + sizeof(struct vcrypto_desc) * SIZE,
				    table.guest - 16, table.guest - 8 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(places); i++) {
		good_table();
		memset(table.host + 16 * SIZE, 0, 16);
		entry(SIZE, rig.in.guest, 16, VCRYPTO_DESC_NEXT, 1);
		rig_desc(&rig, 0, places[i], 32, VCRYPTO_DESC_INDIRECT, 0);
		must_break();
	}
}

static void links_that_leave_the_table_or_loop_break_the_ring(void **state)
{
	static const uint16_t links[] = { 2, 3, SIZE, 0x8000, 0xffff };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(links); i++) {
		good_table();
		entry(0, rig.in.guest, 16, VCRYPTO_DESC_NEXT, links[i]);
		entry(2, rig.out.guest, 16, VCRYPTO_DESC_WRITE, 0);
		entry(3, rig.out.guest, 16, VCRYPTO_DESC_WRITE, 0);
		rig_desc(&rig, 0, table.guest, 32, VCRYPTO_DESC_INDIRECT, 0);
		must_break();
	}
	good_table();
	entry(0, rig.in.guest, 16, VCRYPTO_DESC_NEXT, 0);
	rig_desc(&rig, 0, table.guest, 32, VCRYPTO_DESC_INDIRECT, 0);
	must_break();
	entry(0, rig.in.guest, 16, VCRYPTO_DESC_NEXT, 1);
	entry(1, rig.in.guest, 16, VCRYPTO_DESC_NEXT, 0);
	rig_desc(&rig, 0, table.guest, 32, VCRYPTO_DESC_INDIRECT, 0);
	must_break();
}

/* Direct descriptors and those of the table count together. */
static void a_chain_longer_than_the_queue_in_both_parts_breaks_the_ring(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < SIZE; i++)
		entry(i, rig.out.guest, 1, VCRYPTO_DESC_WRITE |
		      (i + 1 < SIZE ? VCRYPTO_DESC_NEXT : 0), i + 1);
	rig_desc(&rig, 0, rig.in.guest, 1, VCRYPTO_DESC_NEXT, 1);
	rig_desc(&rig, 1, table.guest, 16 * SIZE, VCRYPTO_DESC_INDIRECT, 0);
	must_break();
}

static void a_bad_buffer_in_a_table_breaks_the_ring(void **state)
{
	(void)state;
	good_table();
	entry(1, rig.out.guest, 65, VCRYPTO_DESC_WRITE, 0);
	rig_desc(&rig, 0, table.guest, 32, VCRYPTO_DESC_INDIRECT, 0);
	must_break();
	good_table();
	entry(0, rig.in.guest, 0, VCRYPTO_DESC_NEXT, 1);
	rig_desc(&rig, 0, table.guest, 32, VCRYPTO_DESC_INDIRECT, 0);
	must_break();
	good_table();
	entry(1, rig.out.guest, 16, VCRYPTO_DESC_WRITE | 8, 0);
	rig_desc(&rig, 0, table.guest, 32, VCRYPTO_DESC_INDIRECT, 0);
	must_break();
	entry(0, rig.out.guest, 16, VCRYPTO_DESC_NEXT | VCRYPTO_DESC_WRITE, 1);
	entry(1, rig.in.guest, 16, 0, 0);
	rig_desc(&rig, 0, table.guest, 32, VCRYPTO_DESC_INDIRECT, 0);
	must_break();
}

/* --- overlaps --- */

/* The table is itself a buffer that the device writes: the chain was taken before. */
static void a_table_that_is_a_buffer_of_its_own_chain_is_taken_once(void **state)
{
	(void)state;
	entry(0, rig.in.guest, 16, VCRYPTO_DESC_NEXT, 1);
	entry(1, table.guest, 32, VCRYPTO_DESC_WRITE, 0);
	rig_desc(&rig, 0, table.guest, 32, VCRYPTO_DESC_INDIRECT, 0);
	sim_publish(&rig.ring, 0);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	memset(rig.segments[1].iov_base, 0xff, rig.segments[1].iov_len);
	vcrypto_vring_push(&rig.vring, rig.chain.head, 32);
	assert_int_equal(sim_used_idx(&rig.ring), 1);
}

/* A table that lies in the ring's own descriptors, and buffers that are the ring. */
static void a_chain_may_point_into_the_ring_itself(void **state)
{
	(void)state;
	rig_desc(&rig, 0, rig.ring.desc.guest + 32, 48, VCRYPTO_DESC_INDIRECT, 0);
	rig_desc(&rig, 2, rig.ring.avail.guest, (uint32_t)rig.ring.avail.len,
		 VCRYPTO_DESC_NEXT, 1);
	rig_desc(&rig, 3, rig.ring.used.guest, (uint32_t)rig.ring.used.len,
		 VCRYPTO_DESC_NEXT | VCRYPTO_DESC_WRITE, 2);
	rig_desc(&rig, 4, rig.ring.desc.guest, (uint32_t)rig.ring.desc.len, VCRYPTO_DESC_WRITE, 0);
	sim_publish(&rig.ring, 0);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	assert_int_equal(rig.chain.readable, 1);
	assert_int_equal(rig.chain.writable, 2);
	memset(rig.segments[1].iov_base, 0xff, rig.segments[1].iov_len);
	memset(rig.segments[2].iov_base, 0xff, rig.segments[2].iov_len);
	vcrypto_vring_push(&rig.vring, 0, 1);
	assert_int_equal(sim_used_idx(&rig.ring), 1);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_EMPTY);
}

/* All three parts of the ring on top of each other, full of noise: whatever comes
 * of it stays within memory, and a chain in flight is pushed once. */
static void ring_parts_that_overlap_are_survived(void **state)
{
	const struct vcrypto_vring_setup own = rig.ring.setup;
	struct sim_buffer area = sim_map(&rig.memory, 0x7000000, 16 * SIZE + 256);
	uint64_t random = 77;
	uint32_t round, i;

	(void)state;
	for (round = 0; round < 20000; round++) {
		rig.ring.setup.desc = area.guest + 16 * random_below(&random, 8);
		rig.ring.setup.avail = area.guest + 2 * random_below(&random, 64);
		rig.ring.setup.used = area.guest + 4 * random_below(&random, 32);
		rig.ring.setup.features = random_below(&random, 4) ? RIG_FEATURES : 0;
		pattern(area.host, area.len, random);
		/* Now and then something that makes sense. */
		for (i = 0; i + 16 <= area.len; i += 16)
			if (random_below(&random, 2))
				sim_set_desc((struct vcrypto_desc *)(void *)(area.host + i),
					     area.guest + random_below(&random, 128),
					     1 + random_below(&random, 64),
					     random_below(&random, 6), random_below(&random, SIZE));
		rig_init(&rig);
		for (i = 0; i < 2 * SIZE && rig_pop(&rig) == VCRYPTO_VRING_READY; i++) {
			assert_in_range(rig.chain.readable, 1, SIZE);
			assert_in_range(rig.chain.writable, 1, SIZE);
			vcrypto_vring_push(&rig.vring, rig.chain.head, 1);
			(void)vcrypto_vring_should_interrupt(&rig.vring);
			(void)vcrypto_vring_enable_notify(&rig.vring);
		}
	}
	rig.ring.setup = own;
	rig_init(&rig);
}

/* vring.h: what vcrypto_vring_allow() allows. */
static void longer_chains_are_taken_where_they_are_allowed(void **state)
{
	const uint32_t count = 3 * SIZE;
	const struct sim_buffer large = sim_alloc(&rig.memory, count * 16);
	struct vcrypto_desc *desc = (struct vcrypto_desc *)(void *)large.host;
	uint32_t i;

	(void)state;
	for (i = 0; i < count; i++)
		sim_set_desc(desc + i, i ? rig.out.guest + i : rig.in.guest, 1,
			     (i ? VCRYPTO_DESC_WRITE : 0) |
			     (i + 1 < count ? VCRYPTO_DESC_NEXT : 0), i + 1);
	rig_desc(&rig, 0, large.guest, count * 16, VCRYPTO_DESC_INDIRECT, 0);
	vcrypto_vring_allow(&rig.vring, count, true);
	sim_publish(&rig.ring, 0);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	assert_int_equal(rig.chain.readable, 1);
	assert_int_equal(rig.chain.writable, count - 1);
	vcrypto_vring_push(&rig.vring, 0, 1);

	/* Of one that there is no room for the last segment is left. */
	rig.chain.capacity = count - 1;
	sim_publish(&rig.ring, 0);
	assert_int_equal(vcrypto_vring_pop(&rig.vring, &rig.chain), VCRYPTO_VRING_READY);
	assert_int_equal(rig.chain.readable, 0);
	assert_int_equal(rig.chain.writable, 1);
	assert_ptr_equal(rig.chain.segments[0].iov_base, rig.out.host + count - 1);
	assert_int_equal(rig.chain.searched, count);
	vcrypto_vring_push(&rig.vring, 0, 1);

	/* Unless nobody could say so there. */
	rig_init(&rig);
	rig.chain.capacity = count - 1;
	vcrypto_vring_allow(&rig.vring, count, false);
	sim_publish(&rig.ring, 0);
	assert_int_equal(vcrypto_vring_pop(&rig.vring, &rig.chain), VCRYPTO_VRING_BROKEN);

	/* And a longer one breaks the ring as ever; a loop ends there, too. */
	rig_init(&rig);
	vcrypto_vring_allow(&rig.vring, count - 1, true);
	sim_publish(&rig.ring, 0);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_BROKEN);
}

static size_t answer_all(void *context, struct vcrypto_io *chains, size_t count)
{
	size_t i;

	(void)context;
	for (i = 0; i < count; i++)
		chains[i].written = 1;
	return count;
}

/* serve.h: what was looked at is paid for, also where there was no room for it. */
static void a_chain_costs_what_it_took_to_look_at(void **state)
{
	const uint32_t count = 3 * SIZE;
	const struct sim_buffer large = sim_alloc(&rig.memory, count * 16);
	struct vcrypto_desc *desc = (struct vcrypto_desc *)(void *)large.host;
	struct iovec segments[2 * 4];
	struct vcrypto_batch batch = { .segments = segments, .capacity = 4, .chains = 2 };
	uint32_t i;

	(void)state;
	for (i = 0; i < count; i++)
		sim_set_desc(desc + i, i ? rig.out.guest + i : rig.in.guest, 1,
			     (i ? VCRYPTO_DESC_WRITE : 0) |
			     (i + 1 < count ? VCRYPTO_DESC_NEXT : 0), i + 1);
	vcrypto_vring_allow(&rig.vring, count, true);
	for (i = 0; i < 2; i++) {
		rig_desc(&rig, (uint16_t)i, large.guest, count * 16, VCRYPTO_DESC_INDIRECT, 0);
		sim_publish(&rig.ring, (uint16_t)i);
	}
	batch.quantum = VCRYPTO_CHAIN_COST + count * VCRYPTO_SEGMENT_COST;
	assert_int_equal(vcrypto_serve_with(answer_all, NULL, &rig.vring, &batch), 1);
	assert_int_equal(vcrypto_serve_with(answer_all, NULL, &rig.vring, &batch), 1);
	assert_int_equal(vcrypto_serve_with(answer_all, NULL, &rig.vring, &batch), 0);
	assert_int_equal(batch.state, VCRYPTO_VRING_EMPTY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_table_that_was_not_negotiated_breaks_the_ring),
		TEST(a_nested_table_breaks_the_ring),
		TEST(a_table_with_next_beside_it_breaks_the_ring),
		TEST(a_table_of_an_impossible_length_breaks_the_ring),
		TEST(a_table_outside_memory_breaks_the_ring),
		TEST(links_that_leave_the_table_or_loop_break_the_ring),
		TEST(a_chain_longer_than_the_queue_in_both_parts_breaks_the_ring),
		TEST(a_bad_buffer_in_a_table_breaks_the_ring),
		TEST(a_table_that_is_a_buffer_of_its_own_chain_is_taken_once),
		TEST(a_chain_may_point_into_the_ring_itself),
		TEST(ring_parts_that_overlap_are_survived),
		TEST(longer_chains_are_taken_where_they_are_allowed),
		TEST(a_chain_costs_what_it_took_to_look_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
