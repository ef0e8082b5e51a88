// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A driver that breaks the rules of the ring (protocol 2.6): the ring is
 * broken from then on, and not a byte of guest memory is written but for
 * what was taken before.
 */
#include <sys/mman.h>

#include <vcrypto/serve.h>

#include "rig.h"

#define SIZE 8

static struct rig rig;

static int start(void **state)
{
	(void)state;
	rig_start(&rig, SIZE, RIG_FEATURES, 0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

static void again(void)
{
	stop(NULL);
	start(NULL);
}

/* The chain that starts at descriptor 0 breaks the ring; then a fresh start. */
static void must_break(void)
{
	sim_publish(&rig.ring, 0);
	rig_must_break(&rig);
	again();
	/* The first valid request after a reset succeeds. */
	rig_post(&rig);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	again();
}

static void expect_why(const char *why)
{
	assert_string_equal(vcrypto_vring_broken(&rig.vring), why);
}

/* A valid chain: 0 reads, 1 writes. */
static void valid_chain(void)
{
	rig_desc(&rig, 0, rig.in.guest, 16, VCRYPTO_DESC_NEXT, 1);
	rig_desc(&rig, 1, rig.out.guest, 16, VCRYPTO_DESC_WRITE, 0);
}

/* --- available ring --- */

static void an_available_index_that_is_too_far_ahead_breaks_the_ring(void **state)
{
	static const uint16_t ahead[] = { SIZE + 1, 0x7fff, 0x8000, 0xfffe, 0xffff };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ahead); i++) {
		valid_chain();
		sim_set_avail_idx(&rig.ring, ahead[i]);
		rig_must_break(&rig);
		again();
	}
}

static void an_available_index_that_goes_back_breaks_the_ring(void **state)
{
	(void)state;
	rig_post(&rig);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	sim_set_avail_idx(&rig.ring, 0);
	rig_must_break(&rig);
}

/* The same, found out when notifications are enabled again. */
static void a_bad_index_is_noticed_when_notifications_are_enabled(void **state)
{
	(void)state;
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_EMPTY);
	sim_set_avail_idx(&rig.ring, SIZE + 1);
	(void)vcrypto_vring_enable_notify(&rig.vring);
	rig_must_break(&rig);
}

static void a_head_out_of_range_breaks_the_ring(void **state)
{
	static const uint16_t heads[] = { SIZE, SIZE + 1, 0x7fff, 0x8000, 0xffff };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(heads); i++) {
		valid_chain();
		sim_set_avail_entry(&rig.ring, 0, heads[i]);
		sim_set_avail_idx(&rig.ring, 1);
		rig_must_break(&rig);
		expect_why("a head that no descriptor has");
		again();
	}
}

/* A broken ring writes nothing, so the first of the two does not come back either. */
static void a_head_that_is_in_flight_breaks_the_ring(void **state)
{
	uint16_t i;

	(void)state;
	valid_chain();
	for (i = 0; i < SIZE; i++)
		sim_set_avail_entry(&rig.ring, i, 0);
	sim_set_avail_idx(&rig.ring, SIZE);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	rig_must_break(&rig);
	expect_why("a head that is in flight already");
}

static void never_more_chains_than_descriptors_are_in_flight(void **state)
{
	uint16_t i;

	(void)state;
	/* Chains that share their last descriptor, which the ring cannot know. */
	for (i = 0; i < SIZE - 1; i++)
		rig_desc(&rig, i, rig.in.guest, 1, VCRYPTO_DESC_NEXT, SIZE - 1);
	rig_desc(&rig, SIZE - 1, rig.out.guest, 1, VCRYPTO_DESC_WRITE, 0);
	for (i = 0; i < SIZE - 1; i++) {
		sim_publish(&rig.ring, i);
		assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	}
	sim_publish(&rig.ring, 3);
	rig_must_break(&rig);
}

/* Only bit 0 of the flags means anything. */
static void unknown_flags_of_the_available_ring_are_ignored(void **state)
{
	uint32_t flags;

	(void)state;
	stop(NULL);
	for (flags = 0; flags <= 0xffff; flags += 0x1111) {
		rig_start(&rig, SIZE, 0, 0);
		sim_set_avail_flags(&rig.ring, (uint16_t)flags);
		vcrypto_vring_push(&rig.vring, rig_post(&rig), 0);
		assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
		vcrypto_vring_push(&rig.vring, rig.chain.head, 0);
		assert_int_equal(vcrypto_vring_should_interrupt(&rig.vring), !(flags & 1));
		rig_stop(&rig);
	}
	start(NULL);
}

/* --- descriptors --- */

static void a_link_out_of_the_table_breaks_the_ring(void **state)
{
	static const uint16_t links[] = { SIZE, SIZE + 1, 0x8000, 0xffff };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(links); i++) {
		valid_chain();
		rig_desc(&rig, 0, rig.in.guest, 16, VCRYPTO_DESC_NEXT, links[i]);
		must_break();
	}
}

static void a_loop_breaks_the_ring(void **state)
{
	uint32_t len, i;

	(void)state;
	for (len = 1; len <= SIZE; len++) {
		for (i = 0; i < len; i++)
			rig_desc(&rig, i, rig.in.guest, 1, VCRYPTO_DESC_NEXT, (i + 1) % len);
		must_break();
		for (i = 0; i < len; i++)
			rig_desc(&rig, i, i ? rig.out.guest : rig.in.guest, 1,
				 VCRYPTO_DESC_NEXT | (i ? VCRYPTO_DESC_WRITE : 0),
				 i + 1 < len ? i + 1 : len / 2);
		must_break();
	}
}

static void a_buffer_outside_memory_breaks_the_ring(void **state)
{
	const struct {
		uint64_t guest;
		uint32_t len;
	} cases[] = {
		{ 0, 1 }, { 0x900000000, 16 }, { UINT64_MAX, 1 }, { UINT64_MAX, 0xffffffff },
		{ UINT64_MAX - 15, 16 }, { UINT64_MAX - 15, 17 },
		{ rig.in.guest + 64, 1 }, { rig.in.guest, 65 }, { rig.in.guest + 63, 2 },
		{ rig.in.guest, 0xffffffff }, { rig.in.guest - 1, 2 },
		{ rig.in.guest | (uint64_t)1 << 63, 4 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		valid_chain();
		rig_desc(&rig, 0, cases[i].guest, cases[i].len, VCRYPTO_DESC_NEXT, 1);
		must_break();
		valid_chain();
		rig_desc(&rig, 1, cases[i].guest, cases[i].len, VCRYPTO_DESC_WRITE, 0);
		must_break();
	}
}

/* The range goes on at address 0, which is memory here. */
static void a_buffer_that_wraps_around_the_address_space_breaks_the_ring(void **state)
{
	uint64_t top = UINT64_MAX - 63;

	(void)state;
	sim_map(&rig.memory, top, 63);
	sim_map(&rig.memory, 0, 64);
	valid_chain();
	rig_desc(&rig, 0, top + 60, 16, VCRYPTO_DESC_NEXT, 1);
	sim_publish(&rig.ring, 0);
	rig_must_break(&rig);
	rig_init(&rig);
	rig_desc(&rig, 0, top - 1, 16, VCRYPTO_DESC_INDIRECT, 0);
	rig_must_break(&rig);
	rig_init(&rig);
	rig_desc(&rig, 0, top + 48, 32, VCRYPTO_DESC_INDIRECT, 0);
	rig_must_break(&rig);
}

static void a_buffer_of_length_0_breaks_the_ring(void **state)
{
	(void)state;
	valid_chain();
	rig_desc(&rig, 0, rig.in.guest, 0, VCRYPTO_DESC_NEXT, 1);
	must_break();
	valid_chain();
	rig_desc(&rig, 1, rig.out.guest, 0, VCRYPTO_DESC_WRITE, 0);
	must_break();
	valid_chain();
	rig_desc(&rig, 0, 0, 0, VCRYPTO_DESC_NEXT, 1);
	rig_desc(&rig, 1, 0, 0, VCRYPTO_DESC_WRITE, 0);
	must_break();
	valid_chain();
	rig_desc(&rig, 1, rig.in.guest, 0, VCRYPTO_DESC_NEXT, 2);
	rig_desc(&rig, 2, rig.out.guest, 16, VCRYPTO_DESC_WRITE, 0);
	must_break();
}

static void a_readable_buffer_after_a_writable_one_breaks_the_ring(void **state)
{
	(void)state;
	rig_desc(&rig, 0, rig.out.guest, 16, VCRYPTO_DESC_WRITE | VCRYPTO_DESC_NEXT, 1);
	rig_desc(&rig, 1, rig.in.guest, 16, 0, 0);
	must_break();
	rig_desc(&rig, 0, rig.in.guest, 16, VCRYPTO_DESC_NEXT, 1);
	rig_desc(&rig, 1, rig.out.guest, 16, VCRYPTO_DESC_WRITE | VCRYPTO_DESC_NEXT, 2);
	rig_desc(&rig, 2, rig.in.guest, 16, VCRYPTO_DESC_NEXT, 3);
	rig_desc(&rig, 3, rig.out.guest, 16, VCRYPTO_DESC_WRITE, 0);
	must_break();
}

static void a_chain_without_readable_or_writable_part_breaks_the_ring(void **state)
{
	(void)state;
	rig_desc(&rig, 0, rig.in.guest, 16, 0, 0);
	must_break();
	rig_desc(&rig, 0, rig.out.guest, 16, VCRYPTO_DESC_WRITE, 0);
	must_break();
	rig_desc(&rig, 0, rig.out.guest, 16, VCRYPTO_DESC_WRITE | VCRYPTO_DESC_NEXT, 1);
	rig_desc(&rig, 1, rig.out.guest, 16, VCRYPTO_DESC_WRITE, 1);
	must_break();
}

static void reserved_flags_break_the_ring(void **state)
{
	uint32_t bit;

	(void)state;
	for (bit = 3; bit < 16; bit++) {
		valid_chain();
		rig_desc(&rig, 0, rig.in.guest, 16, VCRYPTO_DESC_NEXT | 1u << bit, 1);
		must_break();
		valid_chain();
		rig_desc(&rig, 1, rig.out.guest, 16, VCRYPTO_DESC_WRITE | 1u << bit, 1);
		must_break();
	}
}

static void a_ring_of_all_ones_is_broken(void **state)
{
	(void)state;
	memset(rig.ring.desc.host, 0xff, rig.ring.desc.len);
	memset(rig.ring.avail.host, 0xff, rig.ring.avail.len);
	rig_must_break(&rig);
	again();
	memset(rig.ring.desc.host, 0xff, rig.ring.desc.len);
	must_break();
}

/* Of the region that is looked at first, with nothing behind it. */
static void a_buffer_may_end_where_its_region_does(void **state)
{
	const uint64_t base = (uint64_t)1 << 40;
	static uint8_t host[64];
	static const struct {
		uint32_t at, len;
		enum vcrypto_vring_state state;
	} cases[] = {
		{ 0, 64, VCRYPTO_VRING_READY }, { 63, 1, VCRYPTO_VRING_READY },
		{ 0, 65, VCRYPTO_VRING_BROKEN }, { 63, 2, VCRYPTO_VRING_BROKEN },
		{ 64, 1, VCRYPTO_VRING_BROKEN },
	};
	struct vcrypto_region regions[8];
	const struct vcrypto_memory memory = { regions, rig.memory.table.count + 1 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(regions + 1, rig.memory.regions,
		       rig.memory.table.count * sizeof(regions[0]));
		regions[0] = (struct vcrypto_region){ base, sizeof(host), host };
		assert_true(vcrypto_vring_init(&rig.vring, &memory, &rig.ring.setup));
		rig_desc(&rig, 0, base + cases[i].at, cases[i].len, VCRYPTO_DESC_NEXT, 1);
		rig_desc(&rig, 1, rig.out.guest, 16, VCRYPTO_DESC_WRITE, 0);
		sim_publish(&rig.ring, 0);
		assert_int_equal(rig_pop(&rig), cases[i].state);
		again();
	}
}

/* 2^32 bytes or more; one less is fine.  Nobody touches this memory. */
static void a_chain_of_2_to_the_32_bytes_breaks_the_ring(void **state)
{
	const size_t len = ((size_t)1 << 31) + 4096;
	const uint64_t base = (uint64_t)1 << 40;
	void *host = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct vcrypto_region regions[8];
	const struct vcrypto_memory memory = { regions, rig.memory.table.count + 1 };

	(void)state;
	/* Where addresses have 32 bits there may be no room. */
	if (sizeof(host) == 4 && host == MAP_FAILED)
		skip();
	assert_ptr_not_equal(host, MAP_FAILED);
	memcpy(regions, rig.memory.regions, rig.memory.table.count * sizeof(regions[0]));
	regions[memory.count - 1] = (struct vcrypto_region){ base, len, host };
	assert_true(vcrypto_vring_init(&rig.vring, &memory, &rig.ring.setup));
	rig_desc(&rig, 0, base, 0x80000000, VCRYPTO_DESC_NEXT, 1);
	rig_desc(&rig, 1, base + 1, 0x7fffffff, VCRYPTO_DESC_WRITE, 0);
	sim_publish(&rig.ring, 0);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	rig_desc(&rig, 2, base, 0x80000000, VCRYPTO_DESC_NEXT, 3);
	rig_desc(&rig, 3, base + 1, 0x80000000, VCRYPTO_DESC_WRITE, 0);
	sim_publish(&rig.ring, 2);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_BROKEN);
	expect_why("a chain of 4 GiB or more");
	munmap(host, len);
}

/* vring.h: what the caller has no room for */
static void a_chain_of_more_segments_than_the_caller_has_breaks_the_ring(void **state)
{
	(void)state;
	valid_chain();
	sim_publish(&rig.ring, 0);
	rig.chain.segments = rig.segments;
	rig.chain.capacity = 1;
	assert_int_equal(vcrypto_vring_pop(&rig.vring, &rig.chain), VCRYPTO_VRING_BROKEN);
	expect_why("a chain of more segments than there is room for");
}

static void the_device_can_break_the_ring_itself(void **state)
{
	(void)state;
	valid_chain();
	sim_publish(&rig.ring, 0);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	assert_null(vcrypto_vring_broken(&rig.vring));
	vcrypto_vring_break(&rig.vring);
	rig_must_break(&rig);
	expect_why("a chain that the device could not answer");
}

#define READ VCRYPTO_DESC_NEXT
#define WRITE VCRYPTO_DESC_WRITE
#define TABLE VCRYPTO_DESC_INDIRECT
/* Places: those of the rig, the ring's own table as an indirect one, and the last bytes of all. */
enum place { IN, OUT, DESC, NOWHERE, TOP };

struct breach {
	const char *why;
	struct {
		enum place place;
		uint32_t len, flags, next;
	} first, second;
};

static const struct breach breaches[] = {
	{ "a descriptor beyond the end of its table", { IN, 1, READ, SIZE }, { OUT, 1, WRITE, 0 } },
	{ "an indirect table that is not in memory", { NOWHERE, 32, TABLE, 0 },
	  { OUT, 1, WRITE, 0 } },
	{ "an indirect table that is not in memory", { TOP, 32, TABLE, 0 }, { OUT, 1, WRITE, 0 } },
	{ "flags that no descriptor can have", { IN, 1, READ | 8, 1 }, { OUT, 1, WRITE, 0 } },
	{ "flags that no descriptor can have", { DESC, 32, TABLE | READ, 1 }, { OUT, 1, WRITE, 0 } },
	{ "an indirect table in another one", { DESC, 32, TABLE, 0 }, { OUT, 1, WRITE, 0 } },
	{ "an indirect table of a length that none can have", { DESC, 33, TABLE, 0 },
	  { OUT, 1, WRITE, 0 } },
	{ "a chain that is too long, or never ends", { IN, 1, READ, 0 }, { OUT, 1, WRITE, 0 } },
	{ "a buffer of no bytes", { IN, 0, READ, 1 }, { OUT, 1, WRITE, 0 } },
	{ "a buffer that is not in memory, or in too many pieces", { NOWHERE, 1, READ, 1 },
	  { OUT, 1, WRITE, 0 } },
	{ "a buffer to read behind one to write", { OUT, 1, WRITE | READ, 1 }, { IN, 1, 0, 0 } },
	{ "a chain with nothing to read", { OUT, 1, WRITE, 0 }, { OUT, 1, WRITE, 0 } },
	{ "a chain with nothing to write", { IN, 1, READ, 1 }, { IN, 1, 0, 0 } },
};

static void break_by(const struct breach *breach)
{
	const uint64_t places[] = { rig.in.guest, rig.out.guest, rig.ring.desc.guest,
				    0x900000000, UINT64_MAX - 15 };

	again();
	rig_desc(&rig, 0, places[breach->first.place], breach->first.len, breach->first.flags,
		 breach->first.next);
	rig_desc(&rig, 1, places[breach->second.place], breach->second.len, breach->second.flags,
		 breach->second.next);
	sim_publish(&rig.ring, 0);
	rig_must_break(&rig);
}

static void each_breach_has_its_words(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(breaches); i++) {
		break_by(&breaches[i]);
		expect_why(breaches[i].why);
	}
	again();
	sim_set_avail_idx(&rig.ring, SIZE + 1);
	rig_must_break(&rig);
	expect_why("more chains announced than there are descriptors");
	/* What came first stays. */
	vcrypto_vring_break(&rig.vring);
	expect_why("more chains announced than there are descriptors");
}

/* Once, and nothing else is. */
static void what_was_taken_before_can_be_handed_back(void **state)
{
	struct sim_used used;
	uint16_t head, other;

	(void)state;
	head = rig_post(&rig);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	rig_desc(&rig, 4, rig.out.guest, 0, VCRYPTO_DESC_WRITE, 0);
	sim_publish(&rig.ring, 4);
	rig_must_break(&rig);
	for (other = 0; other < 2 * SIZE; other++)
		if (other != head)
			vcrypto_vring_push(&rig.vring, other, 16);
	assert_int_equal(sim_used_idx(&rig.ring), 0);
	assert_false(vcrypto_vring_should_interrupt(&rig.vring));
	vcrypto_vring_push(&rig.vring, head, 16);
	vcrypto_vring_push(&rig.vring, head, 16);
	assert_int_equal(sim_used_idx(&rig.ring), 1);
	assert_true(sim_collect(&rig.ring, &used));
	assert_int_equal(used.len, 16);
	assert_true(vcrypto_vring_should_interrupt(&rig.vring));
	rig_must_break(&rig);
}

/* Answers all that have more than 8 bytes of room. */
static size_t answer(void *context, struct vcrypto_io *chains, size_t count)
{
	size_t answered = 0, i;

	(void)context;
	for (i = 0; i < count; i++) {
		chains[i].written = chains[i].writable[0].iov_len > 8 ? 9 : 0;
		answered += chains[i].written != 0;
	}
	return answered;
}

/* The same for each batch: what is answered does not depend on what was taken together. */
static void the_others_of_a_batch_are_answered(void **state)
{
	static const uint32_t lens[] = { 0, 8, 16 };	/* against the rules; no room; twice the head */
	struct iovec segments[4 * 2];
	struct vcrypto_batch batch = { .segments = segments, .capacity = 2 };
	uint32_t i;

	(void)state;
	for (i = 0; i < 2 * COUNT(lens); i++) {
		rig_stop(&rig);
		rig_start(&rig, SIZE, i & 1 ? RIG_FEATURES : 0, 0);
		rig_post(&rig);
		rig_desc(&rig, 4, rig.in.guest, 16, VCRYPTO_DESC_NEXT, 5);
		rig_desc(&rig, 5, rig.out.guest, lens[i / 2], VCRYPTO_DESC_WRITE, 0);
		sim_publish(&rig.ring, 4);
		if (lens[i / 2] == 16)
			sim_publish(&rig.ring, 4);
		batch.chains = 4;
		(void)vcrypto_serve_with(answer, NULL, &rig.vring, &batch);
		assert_int_equal(batch.answered, lens[i / 2] == 16 ? 2 : 1);
		assert_int_equal(sim_used_idx(&rig.ring), batch.answered);
		assert_true(vcrypto_vring_should_interrupt(&rig.vring));
		rig_must_break(&rig);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_available_index_that_is_too_far_ahead_breaks_the_ring),
		TEST(an_available_index_that_goes_back_breaks_the_ring),
		TEST(a_bad_index_is_noticed_when_notifications_are_enabled),
		TEST(a_head_out_of_range_breaks_the_ring),
		TEST(a_head_that_is_in_flight_breaks_the_ring),
		TEST(never_more_chains_than_descriptors_are_in_flight),
		TEST(unknown_flags_of_the_available_ring_are_ignored),
		TEST(a_link_out_of_the_table_breaks_the_ring),
		TEST(a_loop_breaks_the_ring),
		TEST(a_buffer_outside_memory_breaks_the_ring),
		TEST(a_buffer_that_wraps_around_the_address_space_breaks_the_ring),
		TEST(a_buffer_of_length_0_breaks_the_ring),
		TEST(a_readable_buffer_after_a_writable_one_breaks_the_ring),
		TEST(a_chain_without_readable_or_writable_part_breaks_the_ring),
		TEST(reserved_flags_break_the_ring),
		TEST(a_ring_of_all_ones_is_broken),
		TEST(a_buffer_may_end_where_its_region_does),
		TEST(a_chain_of_2_to_the_32_bytes_breaks_the_ring),
		TEST(a_chain_of_more_segments_than_the_caller_has_breaks_the_ring),
		TEST(the_device_can_break_the_ring_itself),
		TEST(each_breach_has_its_words),
		TEST(what_was_taken_before_can_be_handed_back),
		TEST(the_others_of_a_batch_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
