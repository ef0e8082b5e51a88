// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Notifications and interrupts, with flags and with event indexes
 * (virtio 1.2, 2.7.7 and 2.7.10): never one too few.
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

static void restart(uint64_t features, uint16_t first)
{
	rig_stop(&rig);
	rig_start(&rig, 8, features, first);
}

/* @count chains go through the device and back. */
static void complete(uint32_t count)
{
	struct sim_used used;
	uint32_t i;

	for (i = 0; i < count; i++) {
		rig_post(&rig);
		assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
		vcrypto_vring_push(&rig.vring, rig.chain.head, 1);
		assert_true(sim_collect(&rig.ring, &used));
	}
}

/* vring.h: what vcrypto_vring_negotiate() changes. */
static void features_come_late(void **state)
{
	(void)state;
	restart(0, 0);
	assert_false(vcrypto_vring_enable_notify(&rig.vring));
	complete(2);
	(void)sim_needs_kick(&rig.ring);
	/* From now on the driver goes by the event index, in which nothing has been written. */
	rig.ring.setup.features = RIG_FEATURES;
	vcrypto_vring_negotiate(&rig.vring, RIG_FEATURES);
	assert_false(vcrypto_vring_enable_notify(&rig.vring));
	rig_post(&rig);
	assert_true(sim_needs_kick(&rig.ring));
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	vcrypto_vring_push(&rig.vring, rig.chain.head, 1);
	/* And back; what was pushed has not been told. */
	rig.ring.setup.features = 0;
	vcrypto_vring_negotiate(&rig.vring, 0);
	assert_true(vcrypto_vring_should_interrupt(&rig.vring));
}

/* --- interrupts --- */

static void without_anything_used_there_is_no_interrupt(void **state)
{
	uint32_t features;

	(void)state;
	for (features = 0; features < 2; features++) {
		restart(features ? RIG_FEATURES : 0, 0);
		assert_false(vcrypto_vring_should_interrupt(&rig.vring));
		rig_post(&rig);
		assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
		assert_false(vcrypto_vring_should_interrupt(&rig.vring));
		vcrypto_vring_push(&rig.vring, rig.chain.head, 1);
		assert_true(vcrypto_vring_should_interrupt(&rig.vring));
		assert_false(vcrypto_vring_should_interrupt(&rig.vring));
	}
}

static void the_no_interrupt_flag_is_honoured(void **state)
{
	(void)state;
	restart(0, 0);
	sim_set_avail_flags(&rig.ring, VCRYPTO_AVAIL_NO_INTERRUPT);
	complete(1);
	assert_false(vcrypto_vring_should_interrupt(&rig.vring));
	sim_set_avail_flags(&rig.ring, 0);
	complete(1);
	assert_true(vcrypto_vring_should_interrupt(&rig.vring));
}

/* 2.7.7.2: with event indexes the flag means nothing, and the other way round */
static void flag_and_event_index_do_not_mix(void **state)
{
	(void)state;
	sim_set_avail_flags(&rig.ring, VCRYPTO_AVAIL_NO_INTERRUPT);
	sim_set_used_event(&rig.ring, 0);
	complete(1);
	assert_true(vcrypto_vring_should_interrupt(&rig.vring));
	restart(0, 0);
	sim_set_used_event(&rig.ring, 5);
	complete(1);
	assert_true(vcrypto_vring_should_interrupt(&rig.vring));
}

/*
 * 2.7.7.2: an interrupt if the used index has passed the event, whatever the
 * two are, where they wrap as well.  Every event within 12 of the index.
 */
static void an_interrupt_comes_when_the_used_index_passes_the_event(void **state)
{
	uint32_t count, i;
	uint16_t first;
	int event;
	bool wanted;

	(void)state;
	for (first = 0xfff8; first != 4; first++)
		for (count = 1; count <= 8; count++)
			for (event = -12; event < 12; event++) {
				restart(RIG_FEATURES, first);
				sim_set_used_event(&rig.ring, (uint16_t)(first + event));
				complete(count);
				wanted = false;
				/* Passed by one of the elements first, first + 1, ... */
				for (i = 0; i < count; i++)
					wanted |= (int)i == event;
				assert_int_equal(vcrypto_vring_should_interrupt(&rig.vring),
						 wanted);
			}
}

/* A driver that asks for the next one each time gets one each time, for two
 * rounds of the index and more. */
static void a_driver_that_asks_for_each_interrupt_gets_each(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 150000; i++) {
		sim_set_used_event(&rig.ring, rig.ring.next_used);
		complete(1);
		assert_true(vcrypto_vring_should_interrupt(&rig.vring));
	}
}

/* Whatever the driver writes there, the interrupt for the last element used
 * comes if it asks for just that. */
static void a_random_event_never_loses_the_last_interrupt(void **state)
{
	uint64_t random = 3;
	uint32_t i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		sim_set_used_event(&rig.ring, (uint16_t)random_below(&random, 0x10000));
		complete(1 + random_below(&random, 4));
		if (random_below(&random, 2)) {
			sim_set_used_event(&rig.ring, (uint16_t)(rig.ring.next_used - 1));
			assert_true(vcrypto_vring_should_interrupt(&rig.vring));
		} else {
			(void)vcrypto_vring_should_interrupt(&rig.vring);
		}
	}
}

/* --- notifications --- */

static void with_flags_the_device_can_silence_the_driver(void **state)
{
	(void)state;
	restart(0, 0);
	rig_post(&rig);
	assert_true(sim_needs_kick(&rig.ring));
	vcrypto_vring_disable_notify(&rig.vring);
	assert_int_equal(sim_used_flags(&rig.ring), VCRYPTO_USED_NO_NOTIFY);
	rig_post(&rig);
	assert_false(sim_needs_kick(&rig.ring));
	/* Two came without a notification: look again. */
	assert_true(vcrypto_vring_enable_notify(&rig.vring));
	assert_int_equal(sim_used_flags(&rig.ring), 0);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	assert_false(vcrypto_vring_enable_notify(&rig.vring));
	rig_post(&rig);
	assert_true(sim_needs_kick(&rig.ring));
}

static void with_event_indexes_the_driver_falls_silent_by_itself(void **state)
{
	(void)state;
	rig_post(&rig);
	assert_true(sim_needs_kick(&rig.ring));
	vcrypto_vring_disable_notify(&rig.vring);
	assert_int_equal(sim_used_flags(&rig.ring), 0);
	rig_post(&rig);
	assert_false(sim_needs_kick(&rig.ring));
	assert_true(vcrypto_vring_enable_notify(&rig.vring));
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	assert_int_equal(rig_pop(&rig), VCRYPTO_VRING_READY);
	assert_false(vcrypto_vring_enable_notify(&rig.vring));
	assert_int_equal(sim_avail_event(&rig.ring), 2);
	rig_post(&rig);
	assert_true(sim_needs_kick(&rig.ring));
}

/*
 * A driver that kicks only when it must, and a device that looks only when it
 * is kicked: nothing is ever left lying.
 */
static void no_chain_is_forgotten_between_the_two(void **state)
{
	uint64_t features, random = 11;
	struct sim_used used;
	uint32_t i, k, count;
	bool kicked;

	(void)state;
	for (features = 0; features <= RIG_FEATURES; features += RIG_FEATURES) {
		restart(features, 0xff00);
		assert_false(vcrypto_vring_enable_notify(&rig.vring));
		for (i = 0; i < 20000; i++) {
			count = random_below(&random, 4);
			kicked = false;
			for (k = 0; k < count; k++) {
				rig_post(&rig);
				kicked |= sim_needs_kick(&rig.ring);
			}
			assert_int_equal(kicked, count > 0);
			if (!kicked)
				continue;
			vcrypto_vring_disable_notify(&rig.vring);
			do {
				while (rig_pop(&rig) == VCRYPTO_VRING_READY) {
					if (random_below(&random, 16) == 0 &&
					    rig.ring.free_count >= 4)
						rig_post(&rig);
					vcrypto_vring_push(&rig.vring, rig.chain.head, 1);
				}
			} while (vcrypto_vring_enable_notify(&rig.vring));
			/* What was posted meanwhile has been seen: nobody needs a kick. */
			rig.ring.kicked = rig.ring.next_avail;
			while (sim_collect(&rig.ring, &used))
				;
			assert_int_equal(rig.ring.in_flight, 0);
		}
	}
}

/* The simulation's guest and host do it the same way. */
static void a_guest_is_interrupted_for_its_answers(void **state)
{
	static struct guest guest;
	uint32_t i;

	(void)state;
	guest_start(&guest, &vcrypto_backend_null);
	guest.batch = 2;
	for (i = 0; i < 8; i++)
		guest_open(&guest, i);
	assert_int_equal(host_run(&guest), 8);
	/* It asked for the first one, and looked only afterwards. */
	assert_int_equal(guest.interrupts, 1);
	for (i = 0; i < 8; i++)
		guest_close(&guest, i);
	assert_int_equal(host_run(&guest), 8);
	assert_int_equal(guest.interrupts, 2);
	guest_stop(&guest);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_anything_used_there_is_no_interrupt),
		TEST(the_no_interrupt_flag_is_honoured),
		TEST(flag_and_event_index_do_not_mix),
		TEST(an_interrupt_comes_when_the_used_index_passes_the_event),
		TEST(a_driver_that_asks_for_each_interrupt_gets_each),
		TEST(a_random_event_never_loses_the_last_interrupt),
		TEST(with_flags_the_device_can_silence_the_driver),
		TEST(with_event_indexes_the_driver_falls_silent_by_itself),
		TEST(features_come_late),
		TEST(no_chain_is_forgotten_between_the_two),
		TEST(a_guest_is_interrupted_for_its_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
