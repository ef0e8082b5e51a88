// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* vcryptod's rings, as front ends set them up: what is refused, and what is broken. */
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vhost-user/guest.h"

static void must_be(struct front *front, uint32_t request, const void *payload, uint32_t size,
		    int fd, bool refused)
{
	uint64_t answer;

	front_send(front, request, MESSAGE_NEED_REPLY, payload, size, &fd, fd >= 0);
	front_reply(front, request, &answer, sizeof(answer));
	assert_int_equal(answer, refused);
}

/* Behind the memory's end, until the last kilobytes are there. */
#define HIGH (RAM_USER + RAM)
/* Where ring 0 has its available and its used part. */
#define AVAIL 0x4000
#define USED 0x8000

static void send_address(struct front *front, uint64_t desc, bool refused)
{
	const struct message_address address = {
		.desc = desc, .avail = RAM_USER + AVAIL, .used = RAM_USER + USED,
	};

	must_be(front, SET_VRING_ADDR, &address, sizeof(address), -1, refused);
}

static void add_high_memory(struct front *front)
{
	const struct {
		uint64_t padding;
		struct message_region region;
	} slot = { 0, { RAM_GUEST + RAM, 0x10000, HIGH, 0 } };

	must_be(front, ADD_MEM_REG, &slot, sizeof(slot), front->file, false);
}

/* All but what makes ring 0 run, by a front end that is told what is refused. */
static void almost_a_ring(struct front *front, uint64_t desc)
{
	front_connect(front);
	front_u64(front, SET_PROTOCOL_FEATURES, P_REPLY_ACK | P_CONFIG | P_MEM_SLOTS);
	front_u64(front, SET_FEATURES, F_VERSION_1 | F_INDIRECT);
	front_table(front);
	if (desc)
		send_address(front, desc, false);
}

static void send_size(struct front *front, uint32_t size, bool refused)
{
	const struct message_vring num = { 0, size };

	must_be(front, SET_VRING_NUM, &num, sizeof(num), -1, refused);
}

static void send_kick(struct front *front, bool refused)
{
	const uint64_t index = 0;

	must_be(front, SET_VRING_KICK, &index, sizeof(index), front->rings[0].kick, refused);
}

/* The ring has not begun: a size can still be told. */
static void must_not_run(struct front *front)
{
	send_size(front, RING_SIZE, false);
}

static void must_run(struct front *front)
{
	front_file(front, SET_VRING_CALL, 0, front->rings[0].call);
	assert_int_equal(guest_run(front, 1, 0), VCRYPTO_VIRTIO_INVSESS);
}

/* What was refused does not come true when memory comes in which it would have been right. */
static void test_what_is_refused_is_forgotten(void **state)
{
	struct front front;

	(void)state;
	almost_a_ring(&front, 0);
	send_size(&front, RING_SIZE, false);
	send_kick(&front, false);
	send_address(&front, HIGH, true);
	add_high_memory(&front);
	must_not_run(&front);
	send_address(&front, RAM_USER, false);
	must_run(&front);
	front_close(&front);

	/* The addresses are wrong, but it is the kick that is refused. */
	almost_a_ring(&front, HIGH);
	send_size(&front, RING_SIZE, false);
	send_kick(&front, true);
	add_high_memory(&front);
	must_not_run(&front);
	send_address(&front, RAM_USER, false);
	must_not_run(&front);
	send_kick(&front, false);
	must_run(&front);
	front_close(&front);

	/* 16 bytes for each, and the memory ends. */
	almost_a_ring(&front, HIGH - 16 * RING_SIZE);
	send_kick(&front, false);
	send_size(&front, 2 * RING_SIZE, true);
	send_kick(&front, false);
	send_address(&front, RAM_USER, false);
	send_size(&front, RING_SIZE, false);
	must_run(&front);
	front_close(&front);
}

/* A ring that runs goes on with the kick that it had. */
static void test_a_kick_that_is_refused(void **state)
{
	const uint64_t index = 0;
	struct front front;

	(void)state;
	almost_a_ring(&front, RAM_USER);
	send_size(&front, RING_SIZE, false);
	send_kick(&front, false);
	must_run(&front);
	/* Nobody can wait for a file of memory. */
	must_be(&front, SET_VRING_KICK, &index, sizeof(index), front.file, true);
	must_run(&front);
	front_close(&front);
}

static bool is_told(int event)
{
	struct pollfd wait = { .fd = event, .events = POLLIN };

	return poll(&wait, 1, PATIENCE_MS) == 1;
}

/* A ring that breaks the rules stops, and the guest's other one, and other guests, go on. */
static void test_a_broken_ring(void **state)
{
	const struct piece nowhere[] = { { 0x10, 72, false }, { RESULT, 1, true } };
	int err = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct front front, other;
	uint64_t session;

	(void)state;
	front_connect(&front);
	front_whole_device(&front);
	front_connect(&other);
	front_whole_device(&other);
	session = guest_session(&other);
	front_post(&front, 0, nowhere, 2, 0);
	front_kick(&front, 0);
	daemon_wait_for("queue 0 is broken");
	assert_false(front_used(&front, 0));
	/* Also a file that comes only now tells of it. */
	front_file(&front, SET_VRING_ERR, 0, err);
	assert_true(is_told(err));
	(void)guest_session(&front);
	guest_encrypts(&other, session);
	front_close(&other);
	/* A size that is refused does not revive it. */
	send_address(&front, HIGH - 16 * RING_SIZE, false);
	send_size(&front, 2 * RING_SIZE, true);
	front_address(&front, 0);
	(void)front_ask(&front, GET_FEATURES);
	sleep_ms(50);
	assert_int_equal(daemon_said("queue 0 is broken: a buffer that is not in memory"), 1);
	/* It begins anew when it has been stopped, also with the size that it had. */
	(void)front_base(&front, 0);
	front_vring(&front, SET_VRING_BASE, 0, front.rings[0].avail);
	front_address(&front, 0);
	front_file(&front, SET_VRING_KICK, 0, front.rings[0].kick);
	guest_encrypts(&front, guest_session(&front));
	front_close(&front);
	close(err);
}

/* A driver that begins anew, without a word of where. */
static void driver_begins(struct front *front)
{
	uint32_t i;

	memset(front->ram, 0, BUFFERS);
	for (i = 0; i < RINGS; i++)
		front->rings[i].avail = front->rings[i].used = front->rings[i].next = 0;
}

/* After a reset a ring is as one that has never run, whatever has become of it; its size stays. */
static void test_a_reset_of_a_broken_ring(void **state)
{
	const struct piece nowhere[] = { { 0x10, 72, false }, { RESULT, 1, true } };
	struct front front;
	uint32_t i;

	(void)state;
	front_connect(&front);
	front_whole_device(&front);
	guest_encrypts(&front, guest_session(&front));
	front_post(&front, 0, nowhere, 2, 0);
	front_kick(&front, 0);
	daemon_wait_for("queue 0 is broken");
	front_send(&front, RESET_DEVICE, 0, NULL, 0, NULL, 0);
	(void)front_ask(&front, GET_FEATURES);
	driver_begins(&front);
	for (i = 0; i < RINGS; i++) {
		front_address(&front, i);
		front_file(&front, SET_VRING_KICK, i, front.rings[i].kick);
		front_vring(&front, SET_VRING_ENABLE, i, 1);
	}
	guest_encrypts(&front, guest_session(&front));
	front_close(&front);
}

/* A front end with ring 0 as far as KICK, which has not said anything of features. */
static void ring_without_features(struct front *front)
{
	front_connect(front);
	front_u64(front, SET_PROTOCOL_FEATURES, P_REPLY_ACK | P_CONFIG | P_RESET_DEVICE);
	front_table(front);
	front_ring(front, 0);
}

/* One that does not know of enabling cannot enable rings again. */
static void test_a_reset_by_who_does_not_enable(void **state)
{
	struct front front;

	(void)state;
	ring_without_features(&front);
	front_u64(&front, SET_FEATURES, F_VERSION_1);
	assert_int_equal(guest_run(&front, 1, 0), VCRYPTO_VIRTIO_INVSESS);
	front_send(&front, RESET_DEVICE, 0, NULL, 0, NULL, 0);
	(void)front_ask(&front, GET_FEATURES);
	driver_begins(&front);
	front_ring(&front, 0);
	assert_int_equal(guest_run(&front, 1, 0), VCRYPTO_VIRTIO_INVSESS);
	front_close(&front);
}

static void enable(struct front *front, bool refused)
{
	const struct message_vring vring = { 0, 1 };

	must_be(front, SET_VRING_ENABLE, &vring, sizeof(vring), -1, refused);
}

static uint16_t *word_at(struct front *front, uint32_t offset)
{
	return (uint16_t *)(void *)(front->ram + offset);
}

/* What the driver says and is told, where both have EVENT_IDX: at which index to notify. */
static uint16_t *used_event(struct front *front)
{
	return word_at(front, AVAIL + 4 + 2 * RING_SIZE);
}

static uint16_t *avail_event(struct front *front)
{
	return word_at(front, USED + 4 + 8 * RING_SIZE);
}

/* Requests one after the other, of a driver that kicks when it is asked to, and only then. */
static void must_serve(struct front *front, uint64_t features, uint64_t table)
{
	bool event_idx = features & F_EVENT_IDX;
	int i;

	for (i = 0; i < 3; i++) {
		uint16_t before = front->rings[0].avail;

		vcrypto_store_release16(used_event(front), vcrypto_swap16(front->rings[0].used));
		guest_post(front, 1, table);
		vcrypto_full_barrier();
		if (!event_idx || vcrypto_load_acquire16(avail_event(front)) == vcrypto_swap16(before))
			front_kick(front, 0);
		(void)front_wait(front, 0);
		assert_int_equal(*(uint8_t *)front_at(front, STATUS), VCRYPTO_VIRTIO_INVSESS);
	}
}

/* The order of these messages is the front end's. */
static void test_features_after_the_kick(void **state)
{
	static const uint64_t features[] = { 0, F_INDIRECT, F_EVENT_IDX, F_INDIRECT | F_EVENT_IDX };
	struct front front;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		ring_without_features(&front);
		front_u64(&front, SET_FEATURES, F_VERSION_1 | F_PROTOCOL_FEATURES | features[i]);
		enable(&front, false);
		must_serve(&front, features[i], features[i] & F_INDIRECT ? TABLE : 0);
		front_close(&front);
	}
}

/* A front end also sends them to a ring that runs, when it begins to move the guest. */
static void test_features_of_a_ring_that_runs(void **state)
{
	static const uint64_t features[] = { 0, F_EVENT_IDX, F_INDIRECT, F_EVENT_IDX, 0 };
	struct front front;
	size_t i;

	(void)state;
	ring_without_features(&front);
	enable(&front, false);
	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		front_u64(&front, SET_FEATURES, F_VERSION_1 | F_PROTOCOL_FEATURES | features[i]);
		(void)front_ask(&front, GET_FEATURES);
		must_serve(&front, features[i], features[i] & F_INDIRECT ? TABLE : 0);
	}
	front_close(&front);
}

/* Until it is enabled a ring has not begun, so all of it may be said, and said otherwise. */
static void test_a_kick_that_comes_first(void **state)
{
	struct message_vring base = { 0, 1 };
	struct front front;

	(void)state;
	ring_without_features(&front);
	front_u64(&front, SET_FEATURES, F_VERSION_1 | F_PROTOCOL_FEATURES);
	/* A driver that has had 5 requests done. */
	front.rings[0].avail = front.rings[0].used = 5;
	vcrypto_store_release16(word_at(&front, AVAIL + 2), vcrypto_swap16(5));
	vcrypto_store_release16(word_at(&front, USED + 2), vcrypto_swap16(5));
	send_size(&front, 2 * RING_SIZE, false);
	must_be(&front, SET_VRING_BASE, &base, sizeof(base), -1, false);
	send_address(&front, RAM_USER + 0x1000, false);
	send_kick(&front, false);
	send_address(&front, RAM_USER, false);
	base.value = 5;
	must_be(&front, SET_VRING_BASE, &base, sizeof(base), -1, false);
	send_size(&front, RING_SIZE, false);
	enable(&front, false);
	must_be(&front, SET_VRING_BASE, &base, sizeof(base), -1, true);
	must_serve(&front, 0, 0);
	front_close(&front);
}

/* What cannot begin is not enabled, and is when it has been put right. */
static void test_an_enable_that_is_refused(void **state)
{
	struct front front;

	(void)state;
	ring_without_features(&front);
	front_u64(&front, SET_FEATURES, F_VERSION_1 | F_PROTOCOL_FEATURES);
	send_address(&front, HIGH, false);
	enable(&front, true);
	send_address(&front, RAM_USER, false);
	must_not_run(&front);
	enable(&front, false);
	must_serve(&front, 0, 0);
	front_close(&front);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_refused_is_forgotten, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_a_kick_that_is_refused, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_a_broken_ring, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_a_reset_of_a_broken_ring, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_a_reset_by_who_does_not_enable, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_features_after_the_kick, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_features_of_a_ring_that_runs, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_a_kick_that_comes_first, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_an_enable_that_is_refused, guest_start, guest_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
