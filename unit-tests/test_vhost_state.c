// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * While sessions move to another daemon: what a front end that is slow, silent, wrong or gone
 * brings about, and a guest beside it that goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vhost-user/transfer.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* More sessions than a pipe holds. */
#define MANY 1500u

static int start(void **state)
{
	const char *const arguments[] = {
		"--migrate-keys", guest_have_sandbox() ? NULL : "--sandbox=none", NULL,
	};

	(void)state;
	daemon_start(arguments);
	return 0;
}

/* --- while it lasts --- */

static void start_rings(struct front *front)
{
	uint32_t i;

	for (i = 0; i < RINGS; i++)
		front_ring(front, i);
}

/* The state of a guest that has one session: its length. */
static size_t save_one(uint64_t *session)
{
	struct front front;
	size_t len;

	transfer_begin(&front);
	*session = guest_session(&front);
	transfer_stop_rings(&front);
	len = transfer_save(&front, false);
	front_close(&front);
	return len;
}

/* One that nobody reads for a while keeps nobody, and the source may go on after it. */
static void test_a_save_is_slow(void **state)
{
	struct front front, other;
	uint64_t session, others;
	size_t len;
	int file;

	(void)state;
	transfer_begin(&other);
	others = guest_session(&other);
	transfer_begin(&front);
	session = guest_sessions(&front, MANY);
	transfer_stop_rings(&front);
	file = transfer_start(&front, SAVE, false);
	guest_encrypts(&other, others);
	(void)front_ask(&front, GET_FEATURES);
	front_send(&front, CHECK_DEVICE_STATE, 0, NULL, 0, NULL, 0);
	guest_encrypts(&other, others);
	front_silent(&front);
	len = transfer_read(file);
	assert_int_equal(len, 16 + MANY * (64 + 16) + 64);
	front_reply(&front, CHECK_DEVICE_STATE, &others, sizeof(others));
	assert_int_equal(others, 0);
	/* It was for nothing. */
	start_rings(&front);
	guest_encrypts(&front, session);
	transfer_stop_rings(&front);
	assert_int_equal(transfer_save(&front, true), len);
	front_close(&front);
	front_close(&other);
}

/* The question may come before the end. */
static void test_a_load_is_slow(void **state)
{
	struct front front, other;
	uint64_t session, others, answer;
	size_t len;
	int file;

	(void)state;
	transfer_begin(&other);
	others = guest_session(&other);
	len = save_one(&session);
	transfer_connect(&front);
	file = transfer_start(&front, LOAD, false);
	assert_true(transfer_write(file, transfer_bytes, 50));
	front_send(&front, CHECK_DEVICE_STATE, 0, NULL, 0, NULL, 0);
	guest_encrypts(&other, others);
	front_silent(&front);
	assert_true(transfer_write(file, transfer_bytes + 50, len - 50));
	front_silent(&front);
	close(file);
	front_reply(&front, CHECK_DEVICE_STATE, &answer, sizeof(answer));
	assert_int_equal(answer, 0);
	front_whole_device(&front);
	assert_int_equal(guest_run(&front, session, 0), VCRYPTO_VIRTIO_OK);
	front_close(&front);
	front_close(&other);
}

static void test_who_is_silent(void **state)
{
	struct front loads, saves, other;
	uint64_t others;
	int files[2];

	(void)state;
	transfer_begin(&other);
	others = guest_session(&other);
	transfer_begin(&saves);
	(void)guest_sessions(&saves, MANY);
	transfer_stop_rings(&saves);
	transfer_connect(&loads);
	files[0] = transfer_start(&loads, LOAD, false);
	files[1] = transfer_start(&saves, SAVE, true);
	front_send(&loads, CHECK_DEVICE_STATE, 0, NULL, 0, NULL, 0);
	guest_encrypts(&other, others);
	assert_int_equal(transfer_check(&saves), 1);
	front_reply(&loads, CHECK_DEVICE_STATE, &others, sizeof(others));
	assert_int_equal(others, 1);
	assert_int_equal(daemon_said("its state: it stands still"), 2);
	/* Both may try again. */
	close(files[0]);
	close(files[1]);
	assert_int_equal(transfer_load(&loads, transfer_save(&saves, false), false), 0);
	front_close(&loads);
	front_close(&saves);
	front_close(&other);
}

static int start_open(void **state)
{
	static const char *const arguments[] = { "--migrate-keys", "--sandbox=none", NULL };

	(void)state;
	daemon_start(arguments);
	return 0;
}

static void test_who_goes_in_the_middle(void **state)
{
	struct front front;
	size_t files;
	int file;

	(void)state;
	transfer_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	files = daemon_count("fd");
	file = transfer_start(&front, LOAD, false);
	front_send(&front, RESET_DEVICE, 0, NULL, 0, NULL, 0);
	(void)front_ask(&front, GET_FEATURES);
	daemon_wait_for_files(files);
	assert_int_equal(transfer_check(&front), 1);
	close(file);
	file = transfer_start(&front, LOAD, true);
	front_close(&front);
	daemon_wait_for_files(files - 1);
	close(file);
	/* Nobody reads what is saved, and it is more than the pipe holds. */
	transfer_begin(&front);
	(void)guest_sessions(&front, MANY);
	transfer_stop_rings(&front);
	close(transfer_start(&front, SAVE, false));
	assert_int_equal(transfer_check(&front), 1);
	assert_int_equal(daemon_said("its state: nobody reads it"), 1);
	front_close(&front);
}

/* A front end's own end, which would never be seen to close. */
static void test_the_own_end(void **state)
{
	const struct message_state asked = { LOAD, 0 };
	struct front front;
	size_t files;

	(void)state;
	transfer_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	files = daemon_count("fd");
	front_send(&front, SET_DEVICE_STATE_FD, 0, &asked, sizeof(asked), &front.socket, 1);
	front_close(&front);
	daemon_wait_for_files(files - 1);
	/* Half a message would be held for longer. */
	transfer_connect(&front);
	front_send(&front, SET_DEVICE_STATE_FD, 0, NULL, sizeof(asked), &front.socket, 1);
	daemon_wait_for("a socket with half a message");
	front_close(&front);
	transfer_connect(&front);
	front_file(&front, SET_VRING_KICK, 0, front.socket);
	daemon_wait_for("a file that is a socket");
	front_close(&front);
	daemon_wait_for_files(files - 1);
}

/* The rings go on at @at, as those of the guest that has come. */
static void start_rings_at(struct front *front, uint16_t at)
{
	const struct vcrypto_le16 idx = vcrypto_put16(at);
	uint32_t i;

	for (i = 0; i < RINGS; i++) {
		front->rings[i].avail = front->rings[i].used = at;
		memcpy(front->ram + PART(i, 1) + 2, &idx, sizeof(idx));
		memcpy(front->ram + PART(i, 2) + 2, &idx, sizeof(idx));
	}
	start_rings(front);
}

/* Where its rings were before says nothing about where those of the guest that comes are. */
static void test_a_load_where_rings_have_run(void **state)
{
	struct front front;
	uint64_t session;
	uint32_t turn;
	size_t len;

	(void)state;
	len = save_one(&session);
	for (turn = 0; turn < 2; turn++) {
		transfer_begin(&front);
		if (turn)
			assert_int_equal(guest_run(&front, session, 0), VCRYPTO_VIRTIO_INVSESS);
		transfer_stop_rings(&front);
		assert_int_equal(transfer_load(&front, len, false), 0);
		start_rings_at(&front, 5);
		assert_int_equal(guest_run(&front, session, 0), VCRYPTO_VIRTIO_OK);
		/* From then on it is as ever: another index is another driver. */
		transfer_stop_rings(&front);
		start_rings_at(&front, 9);
		assert_int_equal(guest_run(&front, session, 0), VCRYPTO_VIRTIO_INVSESS);
		front_close(&front);
	}
}

/* What the front end's file says of requests in flight, which is mapped. */
static uint8_t *have_notes(struct front *front, struct message_inflight *told)
{
	uint8_t *notes;
	int file;

	*told = (struct message_inflight){ 0, 0, RINGS, RING_SIZE, 0 };
	front_send(front, GET_INFLIGHT_FD, 0, told, sizeof(*told), NULL, 0);
	file = front_reply_file(front, GET_INFLIGHT_FD, told, sizeof(*told));
	notes = mmap(NULL, told->len, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	assert_true(notes != MAP_FAILED);
	front_send(front, SET_INFLIGHT_FD, 0, told, sizeof(*told), &file, 1);
	close(file);
	return notes;
}

/* The first entry stands behind 16 bytes, each takes 16, and begins with what it is about. */
#define IN_FLIGHT(head) (16u + 16u * (head))

/* Nor does what its guest had in flight: the one that comes would be answered for it. */
static void test_a_load_where_requests_were_in_flight(void **state)
{
	struct message_inflight told;
	struct front front;
	uint64_t session;
	uint8_t *notes;
	size_t len;

	(void)state;
	len = save_one(&session);
	front_connect(&front);
	front.protocol = P_DEVICE_STATE | P_INFLIGHT_SHMFD;
	front_u64(&front, SET_PROTOCOL_FEATURES, transfer_features | P_INFLIGHT_SHMFD);
	notes = have_notes(&front, &told);
	front_whole_device(&front);
	transfer_stop_rings(&front);
	notes[IN_FLIGHT(RING_SIZE - 1)] = 1;
	assert_int_equal(transfer_load(&front, len, false), 0);
	start_rings_at(&front, 5);
	assert_int_equal(guest_run(&front, session, 0), VCRYPTO_VIRTIO_OK);
	front_close(&front);
	munmap(notes, told.len);
}

/* --- what is wrong --- */

static void test_not_unless_asked_for(void **state)
{
	const struct message_state asked = { LOAD, 0 };
	struct front front;
	uint64_t answer;
	int file = memfd_create("state", MFD_CLOEXEC);

	(void)state;
	front_connect(&front);
	assert_int_equal(front_ask(&front, GET_PROTOCOL_FEATURES) & P_DEVICE_STATE, 0);
	front_u64(&front, SET_PROTOCOL_FEATURES, transfer_features & ~P_DEVICE_STATE);
	front_send(&front, SET_DEVICE_STATE_FD, MESSAGE_NEED_REPLY, &asked, sizeof(asked), &file, 1);
	front_reply(&front, SET_DEVICE_STATE_FD, &answer, sizeof(answer));
	assert_int_equal(answer, 1);
	front_u64(&front, SET_PROTOCOL_FEATURES, transfer_features);
	front_ended(&front);
	front_close(&front);
	close(file);
}

static void test_what_is_refused(void **state)
{
	int file = memfd_create("state", MFD_CLOEXEC), pipes[2], busy;
	struct front front;
	uint64_t session;

	(void)state;
	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	transfer_begin(&front);
	session = guest_session(&front);
	assert_int_equal(transfer_check(&front), 1);
	assert_int_equal(transfer_ask(&front, SAVE, 0, pipes[1]), REFUSED);
	(void)front_base(&front, 0);
	assert_int_equal(transfer_ask(&front, SAVE, 0, pipes[1]), REFUSED);
	(void)front_base(&front, 1);
	assert_int_equal(transfer_ask(&front, 2, 0, pipes[1]), REFUSED);
	assert_int_equal(transfer_ask(&front, SAVE, 1, pipes[1]), REFUSED);
	assert_int_equal(transfer_ask(&front, SAVE, 0, file), REFUSED);
	assert_int_equal(transfer_ask(&front, SAVE, 0, front.rings[0].call), REFUSED);
	busy = transfer_start(&front, LOAD, false);
	assert_int_equal(transfer_ask(&front, SAVE, 0, pipes[1]), REFUSED);
	/* Of what a ring that runs does a state would know nothing. */
	start_rings(&front);
	(void)front_ask(&front, GET_FEATURES);
	assert_true(transfer_write(busy, transfer_bytes, 1));
	assert_int_equal(transfer_check(&front), 1);
	assert_int_equal(daemon_said("its state: a ring has been started"), 1);
	close(busy);
	assert_int_equal(guest_run(&front, session, 0), VCRYPTO_VIRTIO_INVSESS);
	front_close(&front);
	close(file);
	close(pipes[0]);
	close(pipes[1]);
}

/* Nothing of it stays, and the device is one as before. */
static void expect_none(struct front *front, uint64_t session)
{
	assert_int_equal(transfer_check(front), 1);
	front_whole_device(front);
	assert_int_equal(guest_run(front, session, 0), VCRYPTO_VIRTIO_INVSESS);
	guest_encrypts(front, guest_session(front));
	front_close(front);
}

static void test_states_that_are_bad(void **state)
{
	static const size_t cuts[] = { 0, 1, 15, 16, 17, 80, 95, 96 };
	struct front front;
	uint64_t session;
	size_t len, i;

	(void)state;
	len = save_one(&session);
	assert_int_equal(len, 16 + 64 + 16 + 64);
	for (i = 0; i < COUNT(cuts); i++) {
		transfer_connect(&front);
		assert_int_equal(transfer_load(&front, cuts[i], i % 2), 1);
		expect_none(&front, session);
	}
	/* More than all. */
	transfer_connect(&front);
	assert_int_equal(transfer_load(&front, len + 1, false), 1);
	expect_none(&front, session);
	for (i = 0; i < len; i += 12) {
		transfer_connect(&front);
		transfer_bytes[i] ^= 0x80;
		(void)transfer_load(&front, len, false);
		transfer_bytes[i] ^= 0x80;
		front_whole_device(&front);
		guest_encrypts(&front, guest_session(&front));
		front_close(&front);
	}
}

static void test_one_that_does_not_end(void **state)
{
	struct front front;
	int file;

	(void)state;
	transfer_connect(&front);
	file = transfer_start(&front, LOAD, false);
	memset(transfer_bytes, 0xa5, sizeof(transfer_bytes));
	while (transfer_write(file, transfer_bytes, sizeof(transfer_bytes)))
		;
	assert_int_equal(errno, EPIPE);
	close(file);
	assert_int_equal(transfer_check(&front), 1);
	front_close(&front);
}

/*
 * The one that is not closed yet holds up what its front end sends after it, a bounded number of
 * files, and nobody else.
 */
static void test_a_file_that_is_slow_to_close(void **state)
{
	int event = eventfd(0, EFD_CLOEXEC), ends[2];
	struct front front, other;
	uint64_t session, features;
	uint32_t i;

	(void)state;
	if (!front_lingering(ends)) {
		print_message("SKIP: no network on this machine\n");
		skip();
	}
	transfer_begin(&other);
	session = guest_session(&other);
	transfer_connect(&front);
	assert_int_equal(transfer_ask(&front, SAVE, 0, ends[0]), YOURS);
	close(ends[0]);
	front_send(&front, RESET_DEVICE, 0, NULL, 0, NULL, 0);
	(void)front_ask(&front, GET_FEATURES);
	guest_encrypts(&other, session);
	/* More than may wait to be closed, and few enough for the buffers of the socket. */
	for (i = 0; i < 100; i++)
		front_file(&front, SET_VRING_CALL, 0, event);
	front_send(&front, GET_FEATURES, 0, NULL, 0, NULL, 0);
	front_silent(&front);
	guest_encrypts(&other, session);
	front_silent(&front);
	close(ends[1]);
	front_reply(&front, GET_FEATURES, &features, sizeof(features));
	guest_encrypts(&other, session);
	close(event);
	front_close(&front);
	front_close(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, guest_stop)
#define OPEN_TEST(name) cmocka_unit_test_setup_teardown(name, start_open, guest_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_save_is_slow),
		TEST(test_a_load_is_slow),
		TEST(test_a_load_where_rings_have_run),
		TEST(test_a_load_where_requests_were_in_flight),
		TEST(test_who_is_silent),
		OPEN_TEST(test_who_goes_in_the_middle),
		OPEN_TEST(test_the_own_end),
		cmocka_unit_test_setup_teardown(test_not_unless_asked_for, guest_start, guest_stop),
		TEST(test_what_is_refused),
		TEST(test_states_that_are_bad),
		TEST(test_one_that_does_not_end),
		TEST(test_a_file_that_is_slow_to_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
