// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What front ends do to vcryptod again and again: afterwards it has as much open, mapped and in
 * memory as before.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vhost-user/guest.h"

/* With a sanitizer everything takes ten times as long. */
#define TIMES(count) (SANITIZED ? (count) / 10 : (count))
/* So many before the first look: an allocator keeps what the first ones needed. */
#define WARM 200u

/* @count times @once, which @front must survive. */
static void repeat(struct front *front, void (*once)(struct front *front), uint32_t count)
{
	struct daemon_holding before = { 0, 0, 0 };
	uint32_t i;

	for (i = 0; i < WARM + count; i++) {
		if (i == WARM) {
			(void)front_ask(front, GET_FEATURES);
			before = daemon_look();
		}
		once(front);
	}
	(void)front_ask(front, GET_FEATURES);
	daemon_holds(&before);
}

/* One with all that is needed, and a ring that is not begun. */
static void connect_all(struct front *front)
{
	front_connect(front);
	front_u64(front, SET_PROTOCOL_FEATURES, P_MQ | P_REPLY_ACK | P_CONFIG | P_INFLIGHT_SHMFD |
						P_MEM_SLOTS);
	front_u64(front, SET_FEATURES, F_VERSION_1 | F_PROTOCOL_FEATURES);
}

/* The same message. */

static void set_size(struct front *front)
{
	front_vring(front, SET_VRING_NUM, 0, RING_SIZE);
}

static void set_kick(struct front *front)
{
	front_file(front, SET_VRING_KICK, 0, front->rings[0].kick);
}

static void set_call(struct front *front)
{
	front_file(front, SET_VRING_CALL, 0, front->rings[0].call);
}

static void get_inflight(struct front *front)
{
	struct message_inflight inflight = { 0, 0, RINGS, RING_SIZE, 0 };

	front_send(front, GET_INFLIGHT_FD, 0, &inflight, sizeof(inflight), NULL, 0);
	close(front_reply_file(front, GET_INFLIGHT_FD, &inflight, sizeof(inflight)));
}

static void test_same_message(void **state)
{
	struct front front, other;
	uint64_t session;

	(void)state;
	front_connect(&other);
	front_whole_device(&other);
	session = guest_session(&other);
	connect_all(&front);
	repeat(&front, set_size, TIMES(100000));
	repeat(&front, get_inflight, TIMES(20000));
	repeat(&front, front_table, TIMES(20000));
	repeat(&front, set_kick, TIMES(20000));
	repeat(&front, set_call, TIMES(20000));
	guest_encrypts(&other, session);
	front_whole_device(&front);
	guest_encrypts(&front, guest_session(&front));
	front_close(&front);
	front_close(&other);
}

/* Files that come with what is refused. */

/* The memory, as a file that cannot be written to. */
static int read_only;

/* As a front end that asks for answers: each is refused, and the connection goes on. */
static void refused(struct front *front, uint32_t request, const void *payload, uint32_t size,
		    const int *files, uint32_t count)
{
	uint64_t answer;

	front_send(front, request, MESSAGE_NEED_REPLY, payload, size, files, count);
	front_reply(front, request, &answer, sizeof(answer));
	assert_int_equal(answer, 1);
}

static void files_refused(struct front *front)
{
	const struct {
		uint32_t count, padding;
		struct message_region region;
	} memory = { 1, 0, { RAM_GUEST, RAM, RAM_USER, 0 } };
	const uint64_t index = 0, none = VCRYPTO_MAX_QUEUES + 2;
	int files[MESSAGE_MAX_FDS], event = front->rings[0].call;
	size_t i;

	for (i = 0; i < MESSAGE_MAX_FDS; i++)
		files[i] = front->file;
	refused(front, SET_MEM_TABLE, &memory, sizeof(memory), &read_only, 1);
	refused(front, SET_MEM_TABLE, &memory, sizeof(memory), &event, 1);
	refused(front, ADD_MEM_REG, &memory, sizeof(memory), &read_only, 1);
	refused(front, SET_VRING_KICK, &index, sizeof(index), &front->file, 1);
	refused(front, SET_VRING_CALL, &index, sizeof(index), &front->file, 1);
	refused(front, SET_VRING_ERR, &none, sizeof(none), &event, 1);
	refused(front, SET_LOG_FD, NULL, 0, &front->file, 1);
	refused(front, 1000, NULL, 0, files, MESSAGE_MAX_FDS);
}

/* These are refused by the end of the connection. */
static void ends_with_files(size_t which)
{
	static const struct {
		uint32_t request, size, files;
	} cases[] = {
		{ GET_FEATURES, 0, 1 }, { SET_MEM_TABLE, 40, 2 }, { SET_VRING_KICK, 8, 2 },
		{ SET_MEM_TABLE, 8, 32 }, { 1000, 8, 33 }, { SET_LOG_FD, 0, 2 },
		{ SET_VRING_NUM, 8, 30 }, { 1000, 0, 1 },
	};
	static const uint8_t zeros[64];
	struct front front;
	int files[64];
	size_t i;

	which %= sizeof(cases) / sizeof(cases[0]);
	front_connect(&front);
	for (i = 0; i < cases[which].files; i++)
		files[i] = i % 2 ? front.file : read_only;
	front_send(&front, cases[which].request, 0, zeros, cases[which].size, files,
		   cases[which].files);
	front_ended(&front);
	front_close(&front);
}

#define ENDS 1000u

static void test_files_of_what_is_refused(void **state)
{
	struct daemon_holding before = { 0, 0, 0 };
	struct front front;
	char path[64];
	size_t i;

	(void)state;
	connect_all(&front);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", front.file);
	read_only = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(read_only >= 0);
	/* Eight of them in each. */
	repeat(&front, files_refused, TIMES(10000) / 8);
	for (i = 0; i < WARM + ENDS; i++) {
		if (i == WARM)
			before = daemon_look();
		ends_with_files(i);
	}
	daemon_holds(&before);
	close(read_only);
	front_whole_device(&front);
	guest_encrypts(&front, guest_session(&front));
	front_close(&front);
}

/* Sessions. */

#define SESSIONS TIMES(256000)
/* At once: their answers wait in the socket.  A quarter of all is a number of bursts. */
#define BURST 16u

static int64_t ids[SESSIONS];

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void make_and_end(struct front *front, int64_t *to, size_t count)
{
	size_t i, k;

	for (i = 0; i < count; i += BURST) {
		for (k = 0; k < BURST; k++)
			guest_ask_session(front, SESSION_QEMU_8_1);
		for (k = 0; k < BURST; k++)
			to[i + k] = guest_asked_session(front, SESSION_QEMU_8_1);
		for (k = 0; k < BURST; k++)
			front_u64(front, CLOSE_CRYPTO_SESSION, (uint64_t)to[i + k]);
	}
	(void)front_ask(front, GET_FEATURES);
}

/* The number of none comes again, and none is negative, which would be an error. */
static void test_numbers_of_sessions(void **state)
{
	struct daemon_holding before;
	struct front front;
	size_t i;

	(void)state;
	front_connect(&front);
	front_session_mode(&front);
	make_and_end(&front, ids, SESSIONS / 4);
	before = daemon_look();
	make_and_end(&front, ids + SESSIONS / 4, SESSIONS - SESSIONS / 4);
	daemon_holds(&before);
	qsort(ids, SESSIONS, sizeof(ids[0]), compare);
	assert_true(ids[0] >= 0);
	for (i = 1; i < SESSIONS; i++)
		assert_true(ids[i] != ids[i - 1]);
	/* The last one is one of those that have ended. */
	assert_int_equal(guest_run(&front, (uint64_t)ids[SESSIONS - 1], 0), VCRYPTO_VIRTIO_INVSESS);
	front_close(&front);
}

#define GUESSES 3000u
#define OWN 50u

/* As random as it has to be. */
static uint64_t random_number(void)
{
	static uint64_t number = 1;

	number = number * 6364136223846793005u + 1442695040888963407u;
	return number >> 31 ^ number << 32;
}

static bool among(const uint64_t *numbers, uint64_t number)
{
	size_t i;

	for (i = 0; i < OWN; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/* A random number, or half of it is that of one that there is. */
static uint64_t guess_number(const uint64_t *own, size_t i)
{
	const uint64_t low = UINT32_MAX;

	switch (i % 3) {
	case 0:
		return (own[i % OWN] & ~low) | random_number() % 65536;
	case 1:
		return (own[i % OWN] & low) | (random_number() >> 1 & ~low);
	default:
		return random_number();
	}
}

/* Numbers of another guest's sessions are among them. */
static void test_guesses(void **state)
{
	static const uint8_t zeros[TEXT];
	uint64_t own[OWN], theirs[OWN], guess;
	struct front front, other;
	size_t i;

	(void)state;
	front_connect(&front);
	front_whole_device(&front);
	front_connect(&other);
	front_whole_device(&other);
	for (i = 0; i < OWN; i++) {
		own[i] = guest_session(&front);
		theirs[i] = guest_session(&other);
	}
	for (i = 0; i < GUESSES; i++) {
		guess = i < OWN ? theirs[i] : guess_number(own, i);
		if (among(own, guess))
			continue;
		assert_int_equal(guest_run(&front, guess, 0), VCRYPTO_VIRTIO_INVSESS);
		assert_memory_equal(front_at(&front, RESULT), zeros, TEXT);
	}
	for (i = 0; i < OWN; i++)
		guest_encrypts(&front, own[i]);
	front_close(&other);
	front_close(&front);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, guest_start_open, guest_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_same_message),
		TEST(test_files_of_what_is_refused),
		TEST(test_numbers_of_sessions),
		TEST(test_guesses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
