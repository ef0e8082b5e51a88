// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The device side of a split ring, opposite an honest driver: chains in every
 * form, memory in several regions, indexes that wrap.  Sections in comments are
 * those of virtio 1.2.
 */
#include "rig.h"

static struct rig rig;

static int start(void **state)
{
	(void)state;
	rig_start(&rig, 8, RIG_FEATURES, 0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	assert_null(rig.ring.error);
	rig_stop(&rig);
	return 0;
}

static void restart(uint16_t size, uint64_t features, uint16_t first)
{
	rig_stop(&rig);
	rig_start(&rig, size, features, first);
}

static void assert_segment(size_t index, const struct sim_buffer *buffer, size_t offset,
			   size_t len)
{
	assert_ptr_equal(rig.segments[index].iov_base, buffer->host + offset);
	assert_int_equal(rig.segments[index].iov_len, len);
}

/* 2.7.4, 2.7.5.3: direct, indirect, and direct followed by indirect */
static void a_chain_comes_out_as_it_was_put_in(void **state)
{
	const struct sim_part parts[] = {
		{ rig.in.guest, 10, false }, { rig.in.guest + 20, 44, false },
		{ rig.out.guest + 7, 1, true }, { rig.out.guest, 64, true },
	};
	enum sim_layout layout;
	struct sim_used used;
	int head;

	(void)state;
	for (layout = SIM_DIRECT; layout <= SIM_MIXED; layout++) {
		head = sim_chain(&rig.ring, parts, COUNT(parts), layout, &layout);
		assert_true(head >= 0);
		assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_EMPTY);
		sim_publish(&rig.ring, (uint16_t)head);
		assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
		assert_int_equal(rig.chain.head, head);
		assert_int_equal(rig.chain.readable, 2);
		assert_int_equal(rig.chain.writable, 2);
		assert_segment(0, &rig.in, 0, 10);
		assert_segment(1, &rig.in, 20, 44);
		assert_segment(2, &rig.out, 7, 1);
		assert_segment(3, &rig.out, 0, 64);
		assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_EMPTY);
		assert_false(sim_collect(&rig.ring, &used));
		vcrypto_vring_push(&rig.vring, rig.chain.head, 33);
		assert_true(sim_collect(&rig.ring, &used));
		assert_int_equal(used.head, head);
		assert_int_equal(used.len, 33);
		assert_ptr_equal(used.cookie, &layout);
	}
}

/* 2.7.5.3.1: zero or more direct descriptors, then one table */
static void several_direct_descriptors_may_precede_an_indirect_table(void **state)
{
	struct sim_buffer table = sim_alloc(&rig.memory, 2 * 16);
	struct vcrypto_desc *desc = (void *)table.host;

	(void)state;
	rig_desc(&rig, 3, rig.in.guest, 5, VCRYPTO_DESC_NEXT, 1);
	rig_desc(&rig, 1, rig.in.guest + 5, 5, VCRYPTO_DESC_NEXT, 6);
	rig_desc(&rig, 6, rig.in.guest + 10, 5, VCRYPTO_DESC_NEXT, 0);
	rig_desc(&rig, 0, table.guest, 32, VCRYPTO_DESC_INDIRECT, 0);
	sim_set_desc(&desc[0], rig.in.guest + 15, 5, VCRYPTO_DESC_NEXT, 1);
	sim_set_desc(&desc[1], rig.out.guest, 64, VCRYPTO_DESC_WRITE, 0);
	sim_publish(&rig.ring, 3);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	assert_int_equal(rig.chain.head, 3);
	assert_int_equal(rig.chain.readable, 4);
	assert_int_equal(rig.chain.writable, 1);
	assert_segment(3, &rig.in, 15, 5);
}

/* 2.7.5.3.2: the device must ignore WRITE on the descriptor of a table */
static void write_on_the_descriptor_of_an_indirect_table_is_ignored(void **state)
{
	const struct sim_part parts[] = { sim_readable(rig.in), sim_writable(rig.out) };
	int head = sim_chain(&rig.ring, parts, 2, SIM_INDIRECT, NULL);
	struct vcrypto_desc *desc = sim_desc(&rig.ring, (uint32_t)head);

	(void)state;
	desc->flags = vcrypto_put16(VCRYPTO_DESC_INDIRECT | VCRYPTO_DESC_WRITE);
	sim_publish(&rig.ring, (uint16_t)head);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	assert_int_equal(rig.chain.readable, 1);
	assert_int_equal(rig.chain.writable, 1);
}

/* 2.7.5.3: the order in a table is that of next, not that of the entries */
static void an_indirect_table_is_followed_by_its_links(void **state)
{
	struct sim_buffer table = sim_alloc(&rig.memory, 4 * 16);
	struct vcrypto_desc *desc = (void *)table.host;

	(void)state;
	sim_set_desc(&desc[0], rig.in.guest, 1, VCRYPTO_DESC_NEXT, 3);
	sim_set_desc(&desc[3], rig.in.guest + 1, 2, VCRYPTO_DESC_NEXT, 1);
	sim_set_desc(&desc[1], rig.out.guest, 3, VCRYPTO_DESC_WRITE, 2);
	rig_desc(&rig, 5, table.guest, 64, VCRYPTO_DESC_INDIRECT, 0);
	sim_publish(&rig.ring, 5);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	assert_int_equal(rig.chain.readable, 2);
	assert_int_equal(rig.chain.writable, 1);
	assert_segment(1, &rig.in, 1, 2);
	assert_segment(2, &rig.out, 0, 3);
}

/* A chain as long as the queue is the longest there is. */
static void a_chain_of_exactly_the_size_of_the_queue_is_taken(void **state)
{
	static const uint16_t sizes[] = { 2, 8, 256, VCRYPTO_VRING_MAX };
	struct sim_part parts[VCRYPTO_VRING_MAX];
	enum sim_layout layout;
	size_t i, k;
	int head;

	(void)state;
	for (i = 0; i < COUNT(sizes); i++)
		for (layout = SIM_DIRECT; layout <= SIM_MIXED; layout++) {
			restart(sizes[i], RIG_FEATURES, 0);
			for (k = 0; k < sizes[i]; k++)
				parts[k] = (struct sim_part){
					k < sizes[i] / 2u ? rig.in.guest : rig.out.guest, 1,
					k >= sizes[i] / 2u };
			head = sim_chain(&rig.ring, parts, sizes[i], layout, NULL);
			assert_true(head >= 0);
			sim_publish(&rig.ring, (uint16_t)head);
			assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
			assert_int_equal(rig.chain.readable, sizes[i] / 2);
			assert_int_equal(rig.chain.writable, sizes[i] / 2);
		}
}

/* 2.7.6: the index is free-running; every place around the wrap */
static void indexes_wrap_from_65535_to_0(void **state)
{
	uint16_t first, heads[8];
	uint32_t count, i;
	struct sim_used used;

	(void)state;
	for (first = 0xfff6; first != 3; first++)
		for (count = 1; count <= 4; count++) {
			restart(8, RIG_FEATURES, first);
			for (i = 0; i < count; i++)
				heads[i] = rig_post(&rig);
			for (i = 0; i < count; i++) {
				assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
				assert_int_equal(rig.chain.head, heads[i]);
			}
			assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_EMPTY);
			for (i = 0; i < count; i++) {
				vcrypto_vring_push(&rig.vring, heads[i], i);
				assert_true(sim_collect(&rig.ring, &used));
				assert_int_equal(used.head, heads[i]);
			}
			assert_int_equal(sim_used_idx(&rig.ring), (uint16_t)(first + count));
		}
}

/* 2.7.8: chains may come back in any order, each once */
static void chains_may_be_pushed_in_any_order(void **state)
{
	static const uint16_t order[] = { 2, 0, 3, 1 };
	uint16_t heads[4];
	struct sim_used used;
	uint32_t i, round;

	(void)state;
	for (round = 0; round < 50000; round++) {
		for (i = 0; i < 4; i++) {
			rig_post(&rig);
			assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
			heads[i] = rig.chain.head;
		}
		for (i = 0; i < 4; i++)
			vcrypto_vring_push(&rig.vring, heads[order[(i + round) % 4]], i);
		for (i = 0; i < 4; i++) {
			assert_true(sim_collect(&rig.ring, &used));
			assert_int_equal(used.head, heads[order[(i + round) % 4]]);
		}
		assert_false(sim_collect(&rig.ring, &used));
	}
}

/* vring.h: never completed twice, nor after a reset */
static void a_chain_that_is_not_in_flight_cannot_be_pushed(void **state)
{
	uint16_t head = rig_post(&rig);
	uint32_t other;

	(void)state;
	vcrypto_vring_push(&rig.vring, head, 1);
	assert_int_equal(sim_used_idx(&rig.ring), 0);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	for (other = 0; other <= 0xffff; other++)
		if (other != head)
			vcrypto_vring_push(&rig.vring, (uint16_t)other, 1);
	assert_int_equal(sim_used_idx(&rig.ring), 0);
	vcrypto_vring_push(&rig.vring, head, 1);
	vcrypto_vring_push(&rig.vring, head, 1);
	assert_int_equal(sim_used_idx(&rig.ring), 1);
	rig_post(&rig);
	rig.ring.setup.next_avail = rig.ring.setup.next_used = 1;
	rig_init(&rig);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	rig.ring.setup.next_avail = 2;
	rig_init(&rig);
	vcrypto_vring_push(&rig.vring, rig.chain.head, 1);
	assert_int_equal(sim_used_idx(&rig.ring), 1);
}

/* What the device has taken and written is private to it. */
static void the_device_never_reads_back_what_it_knows(void **state)
{
	uint16_t first = rig_post(&rig), second = rig_post(&rig);
	struct vcrypto_used_elem elem;

	(void)state;
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	/* The driver writes over the entry it has been taken from, */
	sim_set_avail_entry(&rig.ring, 0, second);
	memset(sim_desc(&rig.ring, first), 0xff, 16);
	/* over the used ring, its index and the event. */
	memset(rig.ring.used.host, 0xee, rig.ring.used.len);
	vcrypto_vring_push(&rig.vring, first, 7);
	assert_int_equal(sim_used_idx(&rig.ring), 1);
	elem = sim_used_entry(&rig.ring, 0);
	assert_int_equal(vcrypto_get32(elem.id), first);
	assert_int_equal(vcrypto_get32(elem.len), 7);
	memset(rig.ring.used.host, 0xee, rig.ring.used.len);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	assert_int_equal(rig.chain.head, second);
	vcrypto_vring_push(&rig.vring, second, 8);
	assert_int_equal(sim_used_idx(&rig.ring), 2);
	elem = sim_used_entry(&rig.ring, 1);
	assert_int_equal(vcrypto_get32(elem.id), second);
}

/* A driver that does not look at what is used may post again all the same. */
static void a_driver_that_never_looks_at_the_used_ring_is_served(void **state)
{
	uint16_t i;

	(void)state;
	rig_desc(&rig, 0, rig.in.guest, 4, VCRYPTO_DESC_NEXT, 1);
	rig_desc(&rig, 1, rig.out.guest, 4, VCRYPTO_DESC_WRITE, 0);
	for (i = 0; i < 1000; i++) {
		sim_publish(&rig.ring, 0);
		assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
		vcrypto_vring_push(&rig.vring, 0, 4);
		assert_int_equal(sim_used_idx(&rig.ring), i + 1);
	}
}

/* --- memory in regions --- */

/* A buffer over the border of regions becomes one segment for each. */
static void a_buffer_may_cross_adjacent_regions(void **state)
{
	const uint64_t base = 0x700000000;
	struct sim_buffer one, two, three;

	(void)state;
	/* Not in the order of their addresses. */
	three = sim_map(&rig.memory, base + 30, 100);
	one = sim_map(&rig.memory, base, 20);
	two = sim_map(&rig.memory, base + 20, 10);
	rig_desc(&rig, 0, base + 5, 50, VCRYPTO_DESC_NEXT, 1);
	rig_desc(&rig, 1, base + 19, 2, VCRYPTO_DESC_WRITE, 0);
	sim_publish(&rig.ring, 0);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	assert_int_equal(rig.chain.readable, 3);
	assert_int_equal(rig.chain.writable, 2);
	assert_segment(0, &one, 5, 15);
	assert_segment(1, &two, 0, 10);
	assert_segment(2, &three, 0, 25);
	assert_segment(3, &one, 19, 1);
	assert_segment(4, &two, 0, 1);
}

/* Also one whose single descriptors lie in two regions. */
static void an_indirect_table_may_cross_adjacent_regions(void **state)
{
	const uint64_t base = 0x700000000;
	size_t border;

	(void)state;
	for (border = 1; border < 48; border++) {
		struct sim_buffer one = sim_map(&rig.memory, base, border);
		struct sim_buffer two = sim_map(&rig.memory, base + border, 48 - border);
		struct vcrypto_desc desc[3];

		sim_set_desc(&desc[0], rig.in.guest, 5, VCRYPTO_DESC_NEXT, 1);
		sim_set_desc(&desc[1], rig.in.guest + 9, 6, VCRYPTO_DESC_NEXT, 2);
		sim_set_desc(&desc[2], rig.out.guest, 7, VCRYPTO_DESC_WRITE, 0);
		memcpy(one.host, desc, border);
		memcpy(two.host, (uint8_t *)desc + border, 48 - border);
		rig_desc(&rig, 0, base, 48, VCRYPTO_DESC_INDIRECT, 0);
		sim_publish(&rig.ring, 0);
		assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
		assert_segment(0, &rig.in, 0, 5);
		assert_segment(1, &rig.in, 9, 6);
		assert_segment(2, &rig.out, 0, 7);
		vcrypto_vring_push(&rig.vring, 0, 0);
		sim_unmap(&rig.memory, base);
		sim_unmap(&rig.memory, base + border);
	}
}

static void memory_is_found_only_where_it_is(void **state)
{
	static uint8_t host[3][64];
	const struct vcrypto_region regions[] = {
		{ 0x1000, 64, host[0] }, { 0, 16, host[1] },
		{ UINT64_MAX - 64, 64, host[2] },
	};
	const struct vcrypto_memory memory = { regions, COUNT(regions) };
	const struct vcrypto_memory none = { NULL, 0 };

	(void)state;
	assert_ptr_equal(vcrypto_memory_at(&memory, 0x1000, 64), host[0]);
	assert_ptr_equal(vcrypto_memory_at(&memory, 0x103f, 1), host[0] + 63);
	assert_ptr_equal(vcrypto_memory_at(&memory, 0, 16), host[1]);
	assert_ptr_equal(vcrypto_memory_at(&memory, UINT64_MAX - 1, 1), host[2] + 63);
	assert_null(vcrypto_memory_at(&memory, 0x1000, 65));
	assert_null(vcrypto_memory_at(&memory, 0x1040, 1));
	assert_null(vcrypto_memory_at(&memory, 0xfff, 2));
	assert_null(vcrypto_memory_at(&memory, 0x1000, 0));
	assert_null(vcrypto_memory_at(&memory, 0x1001, UINT64_MAX));
	assert_null(vcrypto_memory_at(&memory, UINT64_MAX, 1));
	assert_null(vcrypto_memory_at(&memory, UINT64_MAX - 1, 2));
	assert_null(vcrypto_memory_at(&memory, UINT64_MAX - 1, 18));
	assert_null(vcrypto_memory_at(&none, 0, 1));
}

/* As after a restart of the device, which remembers what it had taken. */
static void chains_are_taken_once_more(void **state)
{
	const struct sim_part parts[] = { sim_readable(rig.in), sim_writable(rig.out) };
	struct vcrypto_vring_setup setup = rig.ring.setup;
	struct sim_used used;
	int heads[3];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		heads[i] = sim_chain(&rig.ring, parts, 2, SIM_DIRECT, &heads[i]);
		sim_publish(&rig.ring, (uint16_t)heads[i]);
		assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	}
	setup.next_avail = (uint16_t)(setup.next_avail + 3);
	assert_true(vcrypto_vring_init(&rig.vring, &rig.memory.table, &setup));
	assert_int_equal(vcrypto_vring_retake(&rig.vring, (uint16_t)heads[2], &rig.chain),
			 VCRYPTO_VRING_READY);
	assert_int_equal(rig.chain.head, heads[2]);
	assert_segment(0, &rig.in, 0, rig.in.len);
	assert_segment(1, &rig.out, 0, rig.out.len);
	vcrypto_vring_push(&rig.vring, (uint16_t)heads[2], 5);
	assert_true(sim_collect(&rig.ring, &used));
	assert_ptr_equal(used.cookie, &heads[2]);
	/* The next one is none of these. */
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_EMPTY);
	assert_int_equal(vcrypto_vring_retake(&rig.vring, (uint16_t)heads[0], &rig.chain),
			 VCRYPTO_VRING_READY);
	/* Not twice, and none that there is not. */
	assert_int_equal(vcrypto_vring_retake(&rig.vring, (uint16_t)heads[0], &rig.chain),
			 VCRYPTO_VRING_BROKEN);
	assert_int_equal(vcrypto_vring_retake(&rig.vring, (uint16_t)heads[1], &rig.chain),
			 VCRYPTO_VRING_BROKEN);
	assert_true(vcrypto_vring_init(&rig.vring, &rig.memory.table, &setup));
	assert_int_equal(vcrypto_vring_retake(&rig.vring, (uint16_t)setup.size, &rig.chain),
			 VCRYPTO_VRING_BROKEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_chain_comes_out_as_it_was_put_in),
		TEST(several_direct_descriptors_may_precede_an_indirect_table),
		TEST(write_on_the_descriptor_of_an_indirect_table_is_ignored),
		TEST(an_indirect_table_is_followed_by_its_links),
		TEST(a_chain_of_exactly_the_size_of_the_queue_is_taken),
		TEST(indexes_wrap_from_65535_to_0),
		TEST(chains_may_be_pushed_in_any_order),
		TEST(a_chain_that_is_not_in_flight_cannot_be_pushed),
		TEST(the_device_never_reads_back_what_it_knows),
		TEST(a_driver_that_never_looks_at_the_used_ring_is_served),
		TEST(a_buffer_may_cross_adjacent_regions),
		TEST(an_indirect_table_may_cross_adjacent_regions),
		TEST(memory_is_found_only_where_it_is),
		TEST(chains_are_taken_once_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
