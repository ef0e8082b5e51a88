// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The same transport: requests, interrupts, resets, and config space. */
#include "mmio_rig.h"

/* --- requests --- */

static void a_request_is_answered_and_told(void **state)
{
	(void)state;
	mmio_begin();
	assert_false(virtio_mmio_kicked(&dev.mmio));
	mmio_post(1);
	assert_true(virtio_mmio_kicked(&dev.mmio));
	assert_false(virtio_mmio_line(&dev.mmio));
	assert_false(virtio_mmio_serve(&dev.mmio));
	assert_int_equal(mmio_collect(1), 1);
	/* While it is at work, nobody need tell it. */
	assert_int_equal(dev.flags, VCRYPTO_USED_NO_NOTIFY);
	assert_int_equal(sim_used_flags(&dev.rings[1]), 0);
	assert_true(virtio_mmio_line(&dev.mmio));
	assert_int_equal(mmio_get(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_USED);
	mmio_set(VIRTIO_MMIO_INTERRUPT_ACK, VIRTIO_MMIO_INT_CONFIG);
	assert_true(virtio_mmio_line(&dev.mmio));
	mmio_set(VIRTIO_MMIO_INTERRUPT_ACK, UINT32_MAX);
	assert_false(virtio_mmio_line(&dev.mmio));
	assert_int_equal(mmio_get(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
}

static void a_driver_that_wants_no_interrupt_has_none(void **state)
{
	(void)state;
	mmio_begin();
	sim_set_avail_flags(&dev.rings[0], VCRYPTO_AVAIL_NO_INTERRUPT);
	mmio_post(0);
	mmio_serve();
	assert_int_equal(mmio_collect(0), 1);
	assert_false(virtio_mmio_line(&dev.mmio));
}

static void others_have_a_turn_between_batches(void **state)
{
	unsigned int i;

	(void)state;
	mmio_begin();
	for (i = 0; i < CHAINS + 1; i++)
		mmio_publish(0, 16);
	mmio_set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	mmio_post(1);
	assert_true(virtio_mmio_serve(&dev.mmio));
	assert_int_equal(mmio_collect(0), CHAINS);
	assert_int_equal(mmio_collect(1), 1);
	assert_false(virtio_mmio_serve(&dev.mmio));
	assert_int_equal(mmio_collect(0), 1);
}

static void nothing_is_served_before_driver_ok(void **state)
{
	(void)state;
	mmio_agree(VIRTIO_F_VERSION_1);
	mmio_make_ready(0);
	mmio_post(0);
	assert_false(virtio_mmio_kicked(&dev.mmio));
	mmio_serve();
	assert_int_equal(dev.executed, 0);
	assert_int_equal(sim_used_flags(&dev.rings[0]), 0);
	/* Then it is, although nobody notifies any more. */
	mmio_set(VIRTIO_MMIO_STATUS, OK);
	mmio_serve();
	assert_int_equal(mmio_collect(0), 1);
}

static void nothing_is_served_after_the_driver_has_failed(void **state)
{
	(void)state;
	mmio_begin();
	mmio_post(0);
	mmio_set(VIRTIO_MMIO_STATUS, OK | VIRTIO_FAILED);
	assert_false(virtio_mmio_kicked(&dev.mmio));
	mmio_serve();
	mmio_post(1);
	mmio_serve();
	assert_int_equal(dev.executed, 0);
}

static void a_reset_forgets_requests_and_all_else(void **state)
{
	const struct virtio_mmio_state *now = &dev.mmio.state;
	struct virtio_mmio_state fresh = { 0 };

	(void)state;
	mmio_begin();
	mmio_post(0);
	mmio_serve();
	mmio_post(0);
	mmio_post(1);
	mmio_set(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
	mmio_set(VIRTIO_MMIO_STATUS, 0);
	assert_int_equal(dev.resets, 2);
	fresh.generation = now->generation;
	assert_memory_equal(now, &fresh, sizeof(fresh));
	assert_false(virtio_mmio_line(&dev.mmio));
	mmio_set(VIRTIO_MMIO_QUEUE_SEL, 1);
	assert_int_equal(mmio_get(VIRTIO_MMIO_QUEUE_READY), 0);
	mmio_serve();
	mmio_set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	mmio_serve();
	assert_int_equal(dev.executed, 1);
	assert_int_equal(sim_used_idx(&dev.rings[1]), 0);
	/* Nothing of the old rings is in the new ones. */
	mmio_stop(NULL);
	mmio_start(NULL);
	mmio_begin();
	mmio_serve();
	assert_int_equal(dev.executed, 0);
}

static void a_broken_ring_stops_the_device(void **state)
{
	(void)state;
	mmio_begin();
	mmio_publish(0, 16);
	sim_set_avail_idx(&dev.rings[0], SIZE + 1);
	mmio_set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	mmio_serve();
	assert_int_equal(mmio_get(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_CONFIG);
	mmio_must_need_reset();
}

/* The good one before it has been answered. */
static void a_request_that_cannot_be_answered_stops_the_device(void **state)
{
	(void)state;
	mmio_begin();
	mmio_publish(0, 16);
	mmio_publish(0, 3);
	mmio_set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	mmio_serve();
	assert_int_equal(sim_used_idx(&dev.rings[0]), 1);
	mmio_must_need_reset();
	/* At once, and not when there is another one. */
	mmio_publish(0, 3);
	mmio_set(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
	assert_false(virtio_mmio_serve(&dev.mmio));
	mmio_must_need_reset();
}

/* --- config space --- */

static void config_space_is_read_in_any_size(void **state)
{
	(void)state;
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x100, 1), 0x10);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x105, 1), 0x15);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x104, 2), 0x1514);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x100, 4), 0x13121110);
	/* Its end, other sizes, misaligned. */
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x106, 1), 0);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x104, 4), 0);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x100, 3), 0);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x100, 8), 0);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x100, 0), 0);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x101, 2), 0);
	assert_int_equal(virtio_mmio_read(&dev.mmio, 0x102, 4), 0);
}

static void config_space_is_written_in_any_size(void **state)
{
	static const uint8_t expected[] = { 0xaa, 0xbb, 0xcc, 0xdd, 0x14, 0x11 };
	uint32_t generation = mmio_get(VIRTIO_MMIO_CONFIG_GENERATION);
	unsigned int i;

	(void)state;
	virtio_mmio_write(&dev.mmio, 0x105, 1, 0x11);
	assert_int_not_equal(mmio_get(VIRTIO_MMIO_CONFIG_GENERATION), generation);
	virtio_mmio_write(&dev.mmio, 0x100, 4, 0xddccbbaa);
	assert_memory_equal(dev.config, expected, sizeof(expected));
	generation = mmio_get(VIRTIO_MMIO_CONFIG_GENERATION);
	for (i = 0; i < 16; i++) {
		virtio_mmio_write(&dev.mmio, 0x104 + i, 4, 0);
		virtio_mmio_write(&dev.mmio, 0x100 + i, 8, 0);
		virtio_mmio_write(&dev.mmio, 0x106 + i, 1, 0);
		virtio_mmio_write(&dev.mmio, 0x100 + i, 0, 0);
	}
	dev.mmio.device = &mmio_read_only;
	mmio_set(0x100, 0);
	assert_memory_equal(dev.config, expected, sizeof(expected));
	assert_int_equal(mmio_get(VIRTIO_MMIO_CONFIG_GENERATION), generation);
}

static void a_change_of_config_is_told_once_the_driver_is_ready(void **state)
{
	uint32_t generation = mmio_get(VIRTIO_MMIO_CONFIG_GENERATION);

	(void)state;
	virtio_mmio_config_changed(&dev.mmio);
	assert_int_not_equal(mmio_get(VIRTIO_MMIO_CONFIG_GENERATION), generation);
	assert_false(virtio_mmio_line(&dev.mmio));
	mmio_begin();
	virtio_mmio_config_changed(&dev.mmio);
	assert_int_equal(mmio_get(VIRTIO_MMIO_INTERRUPT_STATUS), VIRTIO_MMIO_INT_CONFIG);
	/* A reset may change it, too. */
	generation = mmio_get(VIRTIO_MMIO_CONFIG_GENERATION);
	mmio_set(VIRTIO_MMIO_STATUS, 0);
	assert_int_not_equal(mmio_get(VIRTIO_MMIO_CONFIG_GENERATION), generation);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, mmio_start, mmio_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_is_answered_and_told),
		TEST(a_driver_that_wants_no_interrupt_has_none),
		TEST(others_have_a_turn_between_batches),
		TEST(nothing_is_served_before_driver_ok),
		TEST(nothing_is_served_after_the_driver_has_failed),
		TEST(a_reset_forgets_requests_and_all_else),
		TEST(a_broken_ring_stops_the_device),
		TEST(a_request_that_cannot_be_answered_stops_the_device),
		TEST(config_space_is_read_in_any_size),
		TEST(config_space_is_written_in_any_size),
		TEST(a_change_of_config_is_told_once_the_driver_is_ready),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
