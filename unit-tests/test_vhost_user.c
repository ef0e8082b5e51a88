// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* vcryptod as front ends see it: its messages, and when sessions end. */
#include <string.h>

#include "vhost-user/guest.h"

static void test_sessions_as_messages(void **state)
{
	enum session_layout layout;
	struct front front;
	int64_t id;

	(void)state;
	for (layout = SESSION_QEMU_7_0; layout <= SESSION_QEMU_8_1; layout++) {
		front_connect(&front);
		front_session_mode(&front);
		id = guest_message_session(&front, layout);
		assert_true(id >= 0);
		guest_encrypts(&front, (uint64_t)id);
		front_u64(&front, CLOSE_CRYPTO_SESSION, (uint64_t)id);
		(void)front_ask(&front, GET_FEATURES);
		assert_int_equal(guest_run(&front, (uint64_t)id, 0), VCRYPTO_VIRTIO_INVSESS);
		front_close(&front);
	}
	assert_int_equal(daemon_said("sessions in the layout of QEMU"), 3);
}

/*
 * As many rings as GET_QUEUE_NUM says.  QEMU sets up just the first one, and answers requests of
 * the others itself; a front end that sets up another one wants it served.
 */
static void test_rings_of_session_mode(void **state)
{
	struct front front;
	uint32_t index;
	int64_t id;

	(void)state;
	front_connect(&front);
	front_session_mode(&front);
	front_ring(&front, 1);
	id = guest_message_session(&front, SESSION_QEMU_8_1);
	assert_true(id >= 0);
	for (index = 0; index < RINGS; index++) {
		guest_post_on(&front, index, (uint64_t)id, 0);
		front_kick(&front, index);
		(void)front_wait(&front, index);
		assert_int_equal(*(uint8_t *)front_at(&front, STATUS), VCRYPTO_VIRTIO_OK);
		guest_expect_result(&front);
	}
	/* Any of them will do for sessions to be made. */
	(void)front_base(&front, 0);
	assert_true(guest_message_session(&front, SESSION_QEMU_8_1) >= 0);
	assert_int_equal(daemon_said("no session"), 0);
	(void)front_base(&front, 1);
	assert_int_equal(guest_message_session(&front, SESSION_QEMU_8_1), -VCRYPTO_VIRTIO_ERR);
	assert_int_equal(guest_message_session(&front, SESSION_QEMU_8_1), -VCRYPTO_VIRTIO_ERR);
	assert_int_equal(daemon_said("no session while no ring runs"), 1);
	front_close(&front);
}

/* Requests have the form without any feature of the device's, whatever was said before the mode. */
static void test_features_before_session_mode(void **state)
{
	struct front front;

	(void)state;
	front_connect(&front);
	front_u64(&front, SET_FEATURES,
		  F_VERSION_1 | F_PROTOCOL_FEATURES | VCRYPTO_VIRTIO_F_REVISION_1 |
		  VCRYPTO_VIRTIO_F_CIPHER_STATELESS);
	front_session_mode(&front);
	guest_encrypts(&front, (uint64_t)guest_message_session(&front, SESSION_QEMU_8_1));
	front_close(&front);
}

#define FEW "2"

static int start_with_few(void **state)
{
	static const char *const arguments[] = { "--sandbox=none", "--sessions=" FEW, NULL };

	(void)state;
	daemon_start(arguments);
	return 0;
}

/* A front end that forgets its sessions runs out of them, alone, until it closes one. */
static void test_limit_of_sessions(void **state)
{
	struct front front, other;
	int64_t first;

	(void)state;
	front_connect(&front);
	front_session_mode(&front);
	first = guest_message_session(&front, SESSION_QEMU_8_1);
	assert_true(first >= 0);
	assert_true(guest_message_session(&front, SESSION_QEMU_8_1) >= 0);
	assert_int_equal(guest_message_session(&front, SESSION_QEMU_8_1), -VCRYPTO_VIRTIO_NOSPC);
	guest_encrypts(&front, (uint64_t)first);
	front_connect(&other);
	front_session_mode(&other);
	assert_true(guest_message_session(&other, SESSION_QEMU_8_1) >= 0);
	front_close(&other);
	front_u64(&front, CLOSE_CRYPTO_SESSION, (uint64_t)first);
	assert_true(guest_message_session(&front, SESSION_QEMU_8_1) >= 0);
	assert_int_equal(guest_message_session(&front, SESSION_QEMU_8_1), -VCRYPTO_VIRTIO_NOSPC);
	front_close(&front);
}

#define TABLE_OF 16

static int start_with_table(void **state)
{
	static const char *const arguments[] = { "--sandbox=none", "--sessions=16", NULL };

	(void)state;
	daemon_start(arguments);
	return 0;
}

/* A full table goes on forever, one out and one in, and no number comes again. */
static void test_sessions_come_and_go(void **state)
{
	int64_t ids[5 * TABLE_OF];
	struct front front;
	size_t i, k;

	(void)state;
	front_connect(&front);
	front_session_mode(&front);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (i >= TABLE_OF) {
			assert_int_equal(guest_message_session(&front, SESSION_QEMU_8_1),
					 -VCRYPTO_VIRTIO_NOSPC);
			/* Not always the same place. */
			k = i - TABLE_OF;
			front_u64(&front, CLOSE_CRYPTO_SESSION, (uint64_t)ids[k]);
		}
		ids[i] = guest_message_session(&front, SESSION_QEMU_8_1);
		assert_true(ids[i] >= 0);
		for (k = 0; k < i; k++)
			assert_true(ids[k] != ids[i]);
		guest_encrypts(&front, (uint64_t)ids[i]);
		if (i >= TABLE_OF)
			assert_int_equal(guest_run(&front, (uint64_t)ids[i - TABLE_OF], 0),
					 VCRYPTO_VIRTIO_INVSESS);
	}
	front_close(&front);
}

static void test_whole_device(void **state)
{
	struct front front;

	(void)state;
	front_connect(&front);
	front_whole_device(&front);
	guest_encrypts(&front, guest_session(&front));
	front_close(&front);
}

/* The two halves of a test: what ends a connection, and that the next one is served. */
static void must_end(struct front *front, const char *why)
{
	front_ended(front);
	front_close(front);
	daemon_wait_for(why);
	/* It says no more than a hundred lines in a second. */
	sleep_ms(40);
	front_connect(front);
	front_whole_device(front);
	guest_encrypts(front, guest_session(front));
	front_close(front);
}

static void test_malformed_messages(void **state)
{
	static const struct {
		uint32_t request, flags, size, files;
		const char *why;
	} cases[] = {
		{ 1000, 0, 0, 0, "a request that is not known" },
		{ 0, 0, 0, 0, "a request that is not known" },
		{ GET_FEATURES, 2, 0, 0, "of another version" },
		{ GET_FEATURES, MESSAGE_REPLY, 0, 0, "with flags that no request has" },
		{ GET_FEATURES, 16, 0, 0, "with flags that no request has" },
		{ GET_FEATURES, 0, MESSAGE_MAX_PAYLOAD + 1, 0, "too long" },
		{ GET_FEATURES, 0, 8, 0, "of the wrong size" },
		{ GET_FEATURES, 0, 0, 1, "with the wrong number of files" },
		{ SET_FEATURES, 0, 4, 0, "of the wrong size" },
		{ SET_MEM_TABLE, 0, 40, 0, "with the wrong number of files" },
		{ SET_MEM_TABLE, 0, 40, 2, "not as long as it says" },
		{ SET_MEM_TABLE, 0, 8 + 33 * 32, 33, "too many files" },
		{ SET_VRING_KICK, 0, 8, 0, "a file too many or too few" },
		{ SET_VRING_CALL, 0, 8, 2, "with the wrong number of files" },
		{ GET_CONFIG, 0, 12, 0, "a request that is not known" },
		{ CREATE_CRYPTO_SESSION, 0, 632, 0, "a request that is not known" },
		{ SET_VRING_NUM, 0, 8, 0, "a size that no ring has" },
		{ 5000, MESSAGE_NEED_REPLY, 0, 0, "a request that is not known" },
	};
	static const uint8_t zeros[MESSAGE_MAX_PAYLOAD];
	struct front front;
	int files[40];
	size_t i, open_files;

	(void)state;
	front_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	front_close(&front);
	open_files = daemon_count("fd");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t n;

		front_connect(&front);
		for (n = 0; n < cases[i].files; n++)
			files[n] = front.rings[0].kick;
		front_send(&front, cases[i].request, cases[i].flags,
			   cases[i].size <= sizeof(zeros) ? zeros : NULL, cases[i].size, files,
			   cases[i].files);
		must_end(&front, cases[i].why);
	}
	/* What was sent is closed beside the loops. */
	for (i = 0; i < PATIENCE_MS && daemon_count("fd") > open_files + 6; i++)
		sleep_ms(1);
	/* The last one may not have gone yet. */
	assert_in_range(daemon_count("fd"), open_files - 1, open_files + 6);
}

/* One reply to each message that asks for one, and never two. */
static void test_acknowledgements(void **state)
{
	const uint64_t features = F_VERSION_1 | F_PROTOCOL_FEATURES;
	struct message_vring vring = { 0, 65 };
	struct front front;
	uint64_t value;

	(void)state;
	front_connect(&front);
	/* Not before it has been negotiated. */
	front_send(&front, SET_OWNER, MESSAGE_NEED_REPLY, NULL, 0, NULL, 0);
	front_silent(&front);
	front_u64(&front, SET_PROTOCOL_FEATURES, P_REPLY_ACK | P_CONFIG | P_MQ);
	front_send(&front, SET_FEATURES, MESSAGE_NEED_REPLY, &features, 8, NULL, 0);
	front_reply(&front, SET_FEATURES, &value, 8);
	assert_int_equal(value, 0);
	front_send(&front, SET_VRING_NUM, MESSAGE_NEED_REPLY, &vring, 8, NULL, 0);
	front_reply(&front, SET_VRING_NUM, &value, 8);
	assert_int_not_equal(value, 0);
	front_send(&front, 999, MESSAGE_NEED_REPLY, &vring, 8, NULL, 0);
	front_reply(&front, 999, &value, 8);
	assert_int_not_equal(value, 0);
	/* Known, but not negotiated; it has a reply of its own otherwise. */
	front_send(&front, GET_MAX_MEM_SLOTS, MESSAGE_NEED_REPLY, NULL, 0, NULL, 0);
	front_reply(&front, GET_MAX_MEM_SLOTS, &value, 8);
	assert_int_equal(value, 1);
	front_send(&front, GET_QUEUE_NUM, MESSAGE_NEED_REPLY, NULL, 0, NULL, 0);
	front_reply(&front, GET_QUEUE_NUM, &value, 8);
	assert_int_equal(value, RINGS);
	front_silent(&front);
	front_close(&front);
}

static void test_config_space(void **state)
{
	struct {
		struct message_config head;
		uint8_t bytes[57];
	} asked = { .head = { 0, 56, 0 } };
	struct front front;
	struct vcrypto_le32 queues;

	(void)state;
	front_connect(&front);
	front_u64(&front, SET_PROTOCOL_FEATURES, P_CONFIG);
	front_send(&front, GET_CONFIG, 0, &asked, 12 + 56, NULL, 0);
	front_reply(&front, GET_CONFIG, &asked, 12 + 56);
	assert_int_equal(asked.bytes[0], VCRYPTO_VIRTIO_HW_READY);
	memcpy(&queues, asked.bytes + 4, sizeof(queues));
	assert_int_equal(vcrypto_get32(queues), RINGS - 1);
	asked.head = (struct message_config){ 4, 4, 0 };
	front_send(&front, GET_CONFIG, 0, &asked, 12 + 4, NULL, 0);
	front_reply(&front, GET_CONFIG, &asked, 12 + 4);
	assert_int_equal(asked.bytes[0], RINGS - 1);
	/* Beyond its end there is nothing, which is a reply of no bytes. */
	asked.head = (struct message_config){ 53, 4, 0 };
	front_send(&front, GET_CONFIG, 0, &asked, 12 + 4, NULL, 0);
	front_reply(&front, GET_CONFIG, &asked, 0);
	asked.head = (struct message_config){ 0xfffffffc, 4, 0 };
	front_send(&front, GET_CONFIG, 0, &asked, 12 + 4, NULL, 0);
	front_reply(&front, GET_CONFIG, &asked, 0);
	front_send(&front, SET_CONFIG, 0, &asked, 12 + 4, NULL, 0);
	must_end(&front, "a piece of config space that there is not");
}

/* A pause keeps sessions; a driver that begins anew, or a reset, has none. */
static void test_when_sessions_end(void **state)
{
	struct front front;
	uint64_t session;

	(void)state;
	front_connect(&front);
	front_whole_device(&front);
	session = guest_session(&front);
	guest_encrypts(&front, session);
	assert_int_equal(front_base(&front, 0), front.rings[0].avail);
	guest_post(&front, session, 0);
	front_kick(&front, 0);
	front_silent(&front);
	assert_false(front_used(&front, 0));
	/* It goes on with what has come while it was stopped. */
	front.rings[0].avail--;
	front_ring(&front, 0);
	front.rings[0].avail++;
	(void)front_wait(&front, 0);
	assert_int_equal(*(uint8_t *)front_at(&front, STATUS), VCRYPTO_VIRTIO_OK);
	guest_expect_result(&front);

	/* A kick before that is done would be for the ring as it was. */
	front_send(&front, RESET_DEVICE, 0, NULL, 0, NULL, 0);
	(void)front_ask(&front, GET_FEATURES);
	front_ring(&front, 0);
	front_vring(&front, SET_VRING_ENABLE, 0, 1);
	assert_int_equal(guest_run(&front, session, 0), VCRYPTO_VIRTIO_INVSESS);
	front_ring(&front, 1);
	front_vring(&front, SET_VRING_ENABLE, 1, 1);
	session = guest_session(&front);
	guest_encrypts(&front, session);
	(void)front_base(&front, 0);
	memset(front.ram, 0, BUFFERS / 2);
	front.rings[0].avail = front.rings[0].used = 0;
	front_ring(&front, 0);
	assert_int_equal(guest_run(&front, session, 0), VCRYPTO_VIRTIO_INVSESS);
	front_close(&front);
}

static void test_memory_tables_that_are_refused(void **state)
{
	static const struct message_region regions[] = {
		{ RAM_GUEST, 0, RAM_USER, 0 },
		{ RAM_GUEST, RAM + 4096, RAM_USER, 0 },
		{ RAM_GUEST, RAM, RAM_USER, 4096 },
		{ RAM_GUEST, 4096, RAM_USER, UINT64_MAX - 4095 },
		{ UINT64_MAX - 4095, 8192, RAM_USER, 0 },
		{ RAM_GUEST, 8192, UINT64_MAX - 4095, 0 },
		{ RAM_GUEST, UINT64_MAX, RAM_USER, 0 },
	};
	struct {
		uint32_t count, padding;
		struct message_region regions[2];
	} table = { 1, 0, { { 0 } } };
	struct front front;
	int files[2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		front_connect(&front);
		table.regions[0] = regions[i];
		front_send(&front, SET_MEM_TABLE, 0, &table, 8 + 32, &front.file, 1);
		must_end(&front, "a region");
	}
	front_connect(&front);
	files[0] = files[1] = front.file;
	table.count = 2;
	table.regions[0] = (struct message_region){ RAM_GUEST, RAM, RAM_USER, 0 };
	table.regions[1] = table.regions[0];
	front_send(&front, SET_MEM_TABLE, 0, &table, sizeof(table), files, 2);
	must_end(&front, "regions that overlap");
	/* What is no file of memory. */
	front_connect(&front);
	table.count = 1;
	front_send(&front, SET_MEM_TABLE, 0, &table, 8 + 32, &front.rings[0].kick, 1);
	must_end(&front, "a region whose file is shorter than it, or is none");
}

/* In whatever order things come, nothing happens before all is there. */
static void test_strange_orders(void **state)
{
	struct message_vring vring = { 0, 8 };
	struct front front;
	uint64_t session;

	(void)state;
	front_connect(&front);
	front_kick(&front, 0);
	front_file(&front, SET_VRING_KICK, 0, front.rings[0].kick);
	front_kick(&front, 0);
	front_vring(&front, SET_VRING_ENABLE, 0, 1);
	(void)front_base(&front, 0);
	front_whole_device(&front);
	session = guest_session(&front);
	guest_encrypts(&front, session);
	/* A table that replaces the one before while rings run. */
	front_table(&front);
	guest_encrypts(&front, session);
	/* Disabled means that nothing is done, and enabled that nothing was missed. */
	front_vring(&front, SET_VRING_ENABLE, 0, 0);
	(void)front_ask(&front, GET_FEATURES);
	guest_post(&front, session, 0);
	front_kick(&front, 0);
	front_silent(&front);
	assert_false(front_used(&front, 0));
	front_vring(&front, SET_VRING_ENABLE, 0, 1);
	(void)front_wait(&front, 0);
	front_send(&front, SET_VRING_NUM, 0, &vring, 8, NULL, 0);
	must_end(&front, "a size of a ring that runs");
	front_connect(&front);
	front_vring(&front, SET_VRING_NUM, 65, 8);
	must_end(&front, "a queue that there is not");
}

/* Not a front end that does not read: one that has gone. */
static void test_who_goes_without_an_answer_has_left(void **state)
{
	struct front front;
	size_t i;

	(void)state;
	for (i = 0; i < 200; i++) {
		front_connect(&front);
		front_send(&front, GET_FEATURES, MESSAGE_VERSION, NULL, 0, NULL, 0);
		front_send(&front, GET_FEATURES, MESSAGE_VERSION, NULL, 0, NULL, 0);
		front_close(&front);
	}
	front_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	front_close(&front);
	assert_int_equal(daemon_said("ended"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sessions_as_messages, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_rings_of_session_mode, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_features_before_session_mode, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_limit_of_sessions, start_with_few, guest_stop),
		cmocka_unit_test_setup_teardown(test_sessions_come_and_go, start_with_table, guest_stop),
		cmocka_unit_test_setup_teardown(test_whole_device, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_malformed_messages, guest_start_open, guest_stop),
		cmocka_unit_test_setup_teardown(test_acknowledgements, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_config_space, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_when_sessions_end, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_memory_tables_that_are_refused, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_strange_orders, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_who_goes_without_an_answer_has_left, guest_start,
						guest_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
