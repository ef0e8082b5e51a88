// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Where a ring may lie, and how long it may be (protocol 2.6): one that is against that does not
 * begin.
 */
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

static void refuse(struct vcrypto_vring_setup setup)
{
	struct vcrypto_vring ring;

	memset(&ring, 0x5a, sizeof(ring));
	assert_false(vcrypto_vring_init(&ring, &rig.memory.table, &setup));
	assert_string_equal(vcrypto_vring_broken(&ring), "a ring that could not be set up");
	/* Broken, not half made. */
	assert_int_equal(vcrypto_vring_pop(&ring, &rig.chain), VCRYPTO_VRING_BROKEN);
	vcrypto_vring_push(&ring, 0, 0);
	assert_false(vcrypto_vring_should_interrupt(&ring));
	assert_false(vcrypto_vring_enable_notify(&ring));
	vcrypto_vring_disable_notify(&ring);
}

static void a_queue_size_that_is_not_a_small_power_of_two_is_refused(void **state)
{
	static const uint32_t sizes[] = { 0, 3, 6, 255, 257, 1023, 1025, 2048, 32768, 32769, 65535,
					  65536, 0x80000000, 0xffffffff };
	struct vcrypto_vring_setup setup = rig.ring.setup;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(sizes); i++) {
		setup.size = sizes[i];
		refuse(setup);
	}
}

static void misaligned_ring_parts_are_refused(void **state)
{
	struct sim_buffer area = sim_map(&rig.memory, 0x7000000, 4096);
	struct vcrypto_vring_setup good = rig.ring.setup, setup;
	uint64_t offset;

	(void)state;
	for (offset = 1; offset < 16; offset++) {
		setup = good;
		setup.desc = area.guest + offset;
		refuse(setup);
		setup = good;
		setup.avail = area.guest + offset;
		if (offset % 2)
			refuse(setup);
		setup = good;
		setup.used = area.guest + offset;
		if (offset % 4)
			refuse(setup);
	}
}

/* Guest-aligned, but mapped where the host cannot use it. */
static void ring_parts_that_the_host_has_misaligned_are_refused(void **state)
{
	static _Alignas(16) uint8_t host[512];
	struct vcrypto_region region = { 0x1000, 300, host + 1 };
	const struct vcrypto_memory memory = { &region, 1 };
	const struct vcrypto_vring_setup setup = { 2, 0x1000, 0x1100, 0x1040, 0, 0, 0 };
	struct vcrypto_vring ring;

	(void)state;
	assert_false(vcrypto_vring_init(&ring, &memory, &setup));
	region.host = host + 16;
	assert_true(vcrypto_vring_init(&ring, &memory, &setup));
}

static void ring_parts_outside_memory_are_refused(void **state)
{
	/* After the end of memory, across the end, in the hole, at 0, wrapping. */
	struct sim_buffer area = sim_map(&rig.memory, 0x7000000, 64);
	const uint64_t places[] = { 0x900000000, area.guest + 48, area.guest + 64, 0,
				    0xfffffffffffffff0, 0xffffffffffffff00 };
	struct vcrypto_vring_setup setup;
	size_t i, part;

	(void)state;
	for (i = 0; i < COUNT(places); i++)
		for (part = 0; part < 3; part++) {
			setup = rig.ring.setup;
			*(part == 0 ? &setup.desc : part == 1 ? &setup.avail : &setup.used) =
				places[i];
			refuse(setup);
		}
}

/* Up to their ends, where of two of them the event words are; 2 bytes are missing. */
static void ring_parts_that_are_not_all_in_memory_are_refused(void **state)
{
	const size_t lens[] = { (size_t)vcrypto_vring_desc_bytes(SIZE),
				(size_t)vcrypto_vring_avail_bytes(SIZE),
				(size_t)vcrypto_vring_used_bytes(SIZE) };
	struct vcrypto_vring_setup setup;
	struct vcrypto_vring ring;
	struct sim_buffer area;
	size_t part, missing;

	(void)state;
	for (part = 0; part < COUNT(lens); part++)
		for (missing = 0; missing <= 2; missing += 2) {
			area = sim_map(&rig.memory, 0x7000000, lens[part] - missing);
			setup = rig.ring.setup;
			*(part == 0 ? &setup.desc : part == 1 ? &setup.avail : &setup.used) =
				area.guest;
			if (missing)
				refuse(setup);
			else
				assert_true(vcrypto_vring_init(&ring, &rig.memory.table, &setup));
			sim_free(&rig.memory, &area);
		}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_queue_size_that_is_not_a_small_power_of_two_is_refused),
		TEST(misaligned_ring_parts_are_refused),
		TEST(ring_parts_that_the_host_has_misaligned_are_refused),
		TEST(ring_parts_outside_memory_are_refused),
		TEST(ring_parts_that_are_not_all_in_memory_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
