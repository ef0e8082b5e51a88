// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The virtio-mmio transport of examples/riscv-emu/, without a machine: each register of status,
 * features and queues, right and wrong (virtio 1.2, 4.2.2), and hostile drivers.
 */
#include "mmio_rig.h"

/* --- single registers --- */

static void the_device_says_what_it_is(void **state)
{
	(void)state;
	assert_int_equal(mmio_get(0x000), 0x74726976);
	assert_int_equal(mmio_get(0x004), 2);
	assert_int_equal(mmio_get(0x008), 42);
	assert_int_not_equal(mmio_get(0x00c), 0);
	assert_int_equal(mmio_get(0x070), 0);
	assert_int_equal(mmio_get(0x0b0), UINT32_MAX);
	assert_int_equal(mmio_get(0x0b4), UINT32_MAX);
	assert_int_equal(mmio_get(0x0b8), UINT32_MAX);
	assert_int_equal(mmio_get(0x0bc), UINT32_MAX);
	assert_int_equal(dev.resets, 1);
}

/* All that differs from reading and writing 32 bits: nothing is there. */
static void registers_are_32_bits_wide(void **state)
{
	static const unsigned int sizes[] = { 0, 1, 2, 3, 8, 16 };
	struct virtio_mmio before;
	uint64_t offset;
	size_t i;

	(void)state;
	mmio_begin();
	before = dev.mmio;
	for (offset = 0; offset < VIRTIO_MMIO_CONFIG; offset++) {
		for (i = 0; i < COUNT(sizes); i++) {
			assert_int_equal(virtio_mmio_read(&dev.mmio, offset, sizes[i]), 0);
			virtio_mmio_write(&dev.mmio, offset, sizes[i], 0);
		}
		if (offset % 4) {
			assert_int_equal(virtio_mmio_read(&dev.mmio, offset, 4), 0);
			virtio_mmio_write(&dev.mmio, offset, 4, 0);
		}
	}
	assert_memory_equal(&dev.mmio, &before, sizeof(before));
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), 1);
}

static bool is_writable(uint64_t reg)
{
	static const uint16_t writable[] = { 0x14, 0x20, 0x24, 0x30, 0x38, 0x44, 0x50, 0x64, 0x70,
					     0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4 };
	size_t i;

	for (i = 0; i < COUNT(writable); i++)
		if (writable[i] == reg)
			return true;
	return false;
}

static bool is_readable(uint64_t reg)
{
	static const uint16_t readable[] = { 0x00, 0x04, 0x08, 0x0c, 0x10, 0x34, 0x44, 0x60, 0x70,
					     0xb0, 0xb4, 0xb8, 0xbc, 0xfc };
	size_t i;

	for (i = 0; i < COUNT(readable); i++)
		if (readable[i] == reg)
			return true;
	return false;
}

static void what_is_no_register_is_nothing(void **state)
{
	static const uint64_t far[] = { 0x106, 0x200, 0x1000, UINT32_MAX, UINT64_MAX - 3, UINT64_MAX };
	struct virtio_mmio before;
	uint64_t reg;
	size_t i;

	(void)state;
	mmio_begin();
	before = dev.mmio;
	for (reg = 0; reg < VIRTIO_MMIO_CONFIG; reg += 4) {
		if (!is_readable(reg))
			assert_int_equal(mmio_get(reg), 0);
		if (!is_writable(reg))
			mmio_set(reg, 0x5a5a5a5a);
	}
	for (i = 0; i < COUNT(far); i++) {
		assert_int_equal(mmio_get(far[i]), 0);
		assert_int_equal(virtio_mmio_read(&dev.mmio, far[i], 1), 0);
		mmio_set(far[i], 0);
	}
	assert_memory_equal(&dev.mmio, &before, sizeof(before));
}

/* --- status and features --- */

static void the_status_goes_up_in_order(void **state)
{
	static const struct { uint32_t from, write, to; } steps[] = {
		{ 0, 1, 1 }, { 1, 3, 3 }, { 3, 11, 11 }, { 11, 15, 15 },
		{ 0, 3, 3 }, { 0, 11, 11 }, { 0, 15, 15 },		/* several at once */
		{ 0, 2, 0 }, { 1, 5, 1 }, { 1, 9, 1 }, { 3, 7, 3 },	/* one is left out */
		{ 0, 4, 0 }, { 0, 8, 0 }, { 0, 14, 0 },
		{ 3, 1, 3 }, { 3, 2, 3 }, { 15, 11, 15 }, { 15, 7, 15 },	/* one is taken back */
		{ 3, 64, 3 }, { 3, 67, 3 }, { 0, 64, 0 }, { 0, 65, 1 },	/* one is the device's */
		{ 3, 16 | 3, 3 }, { 3, 32 | 11, 3 }, { 3, 0x103, 3 }, { 3, 0x80000003, 3 },
		{ 0, 128, 128 }, { 3, 131, 131 }, { 15, 143, 143 }, { 143, 15, 143 },
		{ 131, 139, 139 }, { 15, 0, 0 }, { 143, 0, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(steps); i++) {
		mmio_set(VIRTIO_MMIO_STATUS, 0);
		mmio_agree(VIRTIO_F_VERSION_1);
		/* That was AGREED.  Back, but for the features. */
		mmio_set(VIRTIO_MMIO_STATUS, 0);
		mmio_set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
		mmio_set(VIRTIO_MMIO_DRIVER_FEATURES, 1);
		if (steps[i].from)
			mmio_set(VIRTIO_MMIO_STATUS, steps[i].from);
		assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), steps[i].from);
		mmio_set(VIRTIO_MMIO_STATUS, steps[i].write);
		assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), steps[i].to);
	}
}

static void features_are_offered_in_halves(void **state)
{
	uint64_t offered;

	(void)state;
	offered = mmio_get(VIRTIO_MMIO_DEVICE_FEATURES);
	mmio_set(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	offered |= (uint64_t)mmio_get(VIRTIO_MMIO_DEVICE_FEATURES) << 32;
	assert_true(offered == OFFERED);
	mmio_set(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 2);
	assert_int_equal(mmio_get(VIRTIO_MMIO_DEVICE_FEATURES), 0);
	mmio_set(VIRTIO_MMIO_DEVICE_FEATURES_SEL, UINT32_MAX);
	assert_int_equal(mmio_get(VIRTIO_MMIO_DEVICE_FEATURES), 0);
}

static void any_subset_of_the_features_with_version_1_is_accepted(void **state)
{
	unsigned int bit;

	(void)state;
	for (bit = 0; bit < 64; bit++) {
		uint64_t one = (uint64_t)1 << bit;

		mmio_set(VIRTIO_MMIO_STATUS, 0);
		mmio_agree(VIRTIO_F_VERSION_1 | one);
		assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), one & OFFERED ? AGREED : DRIVEN);
		mmio_set(VIRTIO_MMIO_STATUS, 0);
		mmio_agree(OFFERED & ~one);
		assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS),
				 one == VIRTIO_F_VERSION_1 ? DRIVEN : AGREED);
	}
}

static void features_beyond_64_are_refused_until_a_reset(void **state)
{
	(void)state;
	mmio_set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 2);
	mmio_set(VIRTIO_MMIO_DRIVER_FEATURES, 0);
	mmio_agree(VIRTIO_F_VERSION_1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), AGREED);
	mmio_set(VIRTIO_MMIO_STATUS, 0);
	mmio_set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 77);
	mmio_set(VIRTIO_MMIO_DRIVER_FEATURES, 1);
	mmio_agree(VIRTIO_F_VERSION_1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), DRIVEN);
	mmio_set(VIRTIO_MMIO_STATUS, 0);
	mmio_agree(VIRTIO_F_VERSION_1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), AGREED);
}

/* With an event index the device writes avail_event, without it flags. */
static void features_stay_what_was_agreed(void **state)
{
	(void)state;
	mmio_agree(VIRTIO_F_VERSION_1);
	mmio_set(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
	mmio_set(VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)VCRYPTO_VRING_F_EVENT_IDX);
	mmio_make_ready(0);
	mmio_set(VIRTIO_MMIO_STATUS, OK);
	mmio_post(0);
	mmio_serve();
	assert_int_equal(mmio_collect(0), 1);
	assert_int_equal(sim_avail_event(&dev.rings[0]), 0);
}

/* --- queues --- */

static void a_queue_that_does_not_exist_is_not_there(void **state)
{
	static const uint32_t wrong[] = { QUEUES, QUEUES + 1, 0x10000, UINT32_MAX };
	size_t i;

	(void)state;
	mmio_begin();
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_NUM_MAX), SIZE);
	for (i = 0; i < COUNT(wrong); i++) {
		mmio_set(VIRTIO_MMIO_QUEUE_SEL, wrong[i]);
		assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_NUM_MAX), 0);
		assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), 0);
		mmio_set(VIRTIO_MMIO_QUEUE_NUM, SIZE);
		mmio_set_address(VIRTIO_MMIO_QUEUE_DESC, dev.rings[0].setup.desc);
		mmio_set(VIRTIO_MMIO_QUEUE_READY, 1);
		assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), 0);
		mmio_set(VIRTIO_MMIO_QUEUE_NOTIFY, wrong[i]);
		assert_false(virtio_mmio_kicked(&dev.mmio));
		assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), OK);
	}
}

static void a_queue_is_ready_only_after_features_are_agreed_on(void **state)
{
	(void)state;
	mmio_describe(0);
	mmio_set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), 0);
	mmio_set(VIRTIO_MMIO_STATUS, DRIVEN);
	mmio_set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), 0);
	mmio_agree(VIRTIO_F_VERSION_1);
	/* What was written before has been kept, and 1 is the one value that means it. */
	mmio_set(VIRTIO_MMIO_QUEUE_READY, 2);
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), 0);
	mmio_set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), 1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), AGREED);
}

/* Sets up queue 0 with @value in @reg, which cannot be. */
static void must_refuse(uint64_t reg, uint32_t value)
{
	mmio_agree(VIRTIO_F_VERSION_1);
	mmio_make_ready(1);
	mmio_set(VIRTIO_MMIO_STATUS, OK);
	mmio_describe(0);
	mmio_set(reg, value);
	mmio_set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), 0);
	assert_int_equal(mmio_get(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_CONFIG);
	mmio_must_need_reset();
	mmio_stop(NULL);
	mmio_start(NULL);
}

static void a_queue_that_cannot_be_stops_the_device(void **state)
{
	static const uint32_t sizes[] = { 0, 3, 7, SIZE + 1, 2 * SIZE, VCRYPTO_VRING_MAX, 32768,
					  65536, 0x80000000, UINT32_MAX };
	static const uint64_t parts[] = { VIRTIO_MMIO_QUEUE_DESC, VIRTIO_MMIO_QUEUE_DRIVER,
					  VIRTIO_MMIO_QUEUE_DEVICE };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(sizes); i++)
		must_refuse(VIRTIO_MMIO_QUEUE_NUM, sizes[i]);
	for (i = 0; i < COUNT(parts); i++) {
		const struct vcrypto_vring_setup *setup = &dev.rings[0].setup;
		const uint64_t at[] = { setup->desc, setup->avail, setup->used };

		must_refuse(parts[i], 0);
		must_refuse(parts[i], UINT32_MAX);
		must_refuse(parts[i] + 4, 1);
		must_refuse(parts[i] + 4, UINT32_MAX);
		must_refuse(parts[i], (uint32_t)at[i] + 1);		/* misaligned */
		must_refuse(parts[i], (uint32_t)at[i] + 16);		/* its end is outside */
		must_refuse(parts[i], (uint32_t)at[i] - 16);		/* its start is */
	}
}

/* Although the ring could be, and there is memory for it. */
static void a_queue_longer_than_offered_stops_the_device(void **state)
{
	struct sim_ring longer;

	(void)state;
	mmio_begin();
	sim_ring_start(&longer, &dev.memory, 2 * SIZE, 0, 0);
	mmio_set(VIRTIO_MMIO_QUEUE_SEL, 0);
	mmio_set(VIRTIO_MMIO_QUEUE_READY, 0);
	mmio_set(VIRTIO_MMIO_QUEUE_NUM, 2 * SIZE);
	mmio_set_address(VIRTIO_MMIO_QUEUE_DESC, longer.setup.desc);
	mmio_set_address(VIRTIO_MMIO_QUEUE_DRIVER, longer.setup.avail);
	mmio_set_address(VIRTIO_MMIO_QUEUE_DEVICE, longer.setup.used);
	mmio_set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), 0);
	sim_ring_stop(&longer);
	mmio_must_need_reset();
}

static void a_queue_that_cannot_be_is_no_news_before_driver_ok(void **state)
{
	(void)state;
	mmio_agree(VIRTIO_F_VERSION_1);
	mmio_set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), AGREED | VIRTIO_NEEDS_RESET);
	assert_int_equal(mmio_get(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
	/* The driver did not see it in time, and is not served. */
	mmio_set(VIRTIO_MMIO_STATUS, OK);
	assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), OK | VIRTIO_NEEDS_RESET);
	mmio_make_ready(0);
	mmio_make_ready(1);
	mmio_must_need_reset();
}

static void fields_of_a_ready_queue_cannot_be_changed(void **state)
{
	static const uint64_t fields[] = { 0x38, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4 };
	size_t i;

	(void)state;
	mmio_begin();
	mmio_set(VIRTIO_MMIO_QUEUE_SEL, 0);
	for (i = 0; i < COUNT(fields); i++)
		mmio_set(fields[i], 0x5a5a5a5a);
	mmio_set(VIRTIO_MMIO_QUEUE_READY, 1);
	mmio_post(0);
	mmio_serve();
	assert_int_equal(mmio_collect(0), 1);
	/* Not even when it is set up once more. */
	mmio_set(VIRTIO_MMIO_QUEUE_READY, 0);
	mmio_set(VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), 1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_STATUS), OK);
}

static void a_queue_that_is_not_ready_any_more_is_left_alone(void **state)
{
	(void)state;
	mmio_begin();
	mmio_post(0);
	mmio_post(1);
	mmio_set(VIRTIO_MMIO_QUEUE_SEL, 0);
	mmio_set(VIRTIO_MMIO_QUEUE_READY, 0);
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), 0);
	/* Its memory may be somebody else's now, or nobody's. */
	sim_unmap(&dev.memory, dev.rings[0].avail.guest);
	dev.rings[0].avail = sim_map(&dev.memory, dev.rings[0].setup.avail,
				     (size_t)vcrypto_vring_avail_bytes(SIZE));
	mmio_set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	mmio_serve();
	assert_int_equal(dev.executed, 1);
	assert_int_equal(mmio_collect(1), 1);
	assert_int_equal(sim_used_idx(&dev.rings[0]), 0);
	/* Another ring in its place starts from 0. */
	sim_ring_stop(&dev.rings[0]);
	sim_ring_start(&dev.rings[0], &dev.memory, SIZE, 0, 0);
	mmio_make_ready(0);
	mmio_post(0);
	mmio_serve();
	assert_int_equal(mmio_collect(0), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mmio_start, mmio_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_device_says_what_it_is),
		TEST(registers_are_32_bits_wide),
		TEST(what_is_no_register_is_nothing),
		TEST(the_status_goes_up_in_order),
		TEST(features_are_offered_in_halves),
		TEST(any_subset_of_the_features_with_version_1_is_accepted),
		TEST(features_beyond_64_are_refused_until_a_reset),
		TEST(features_stay_what_was_agreed),
		TEST(a_queue_that_does_not_exist_is_not_there),
		TEST(a_queue_is_ready_only_after_features_are_agreed_on),
		TEST(a_queue_that_cannot_be_stops_the_device),
		TEST(a_queue_longer_than_offered_stops_the_device),
		TEST(a_queue_that_cannot_be_is_no_news_before_driver_ok),
		TEST(fields_of_a_ready_queue_cannot_be_changed),
		TEST(a_queue_that_is_not_ready_any_more_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
