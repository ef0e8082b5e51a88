// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Our own device in the daemon: `vcryptod --device=cryptodev`, with two queues. */
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vcrypto/driver.h>

#include "vhost-user/guest.h"

/* Where the answer's header lies. */
#define ANSWER STATUS

static int start(void **state)
{
	static const char *const closed[] = { "--device=cryptodev", "--queues=2", NULL };
	static const char *const open[] = { "--device=cryptodev", "--queues=2", "--sandbox=none",
					    NULL };

	(void)state;
	daemon_start(guest_have_sandbox() ? closed : open);
	return 0;
}

static struct vcrypto_message message(struct front *front)
{
	memset(front_at(front, ANSWER), 0xff, sizeof(struct vcrypto_response_header));
	return (struct vcrypto_message){
		.control = front_at(front, HEAD), .size = VCRYPTO_MAX_CONTROL,
		.header = front_at(front, ANSWER),
	};
}

/*
 * Post what has been built, with @source bytes of source and @result of what is wanted: its
 * status.
 */
static int carry(struct front *front, uint32_t queue, const struct vcrypto_message *built,
		 uint32_t source, uint32_t result)
{
	struct piece pieces[4] = { { HEAD, (uint32_t)built->len, false } };
	struct vcrypto_response_header header;
	uint32_t count = 1;
	uint32_t used;

	if (source)
		pieces[count++] = (struct piece){ SOURCE, source, false };
	pieces[count++] = (struct piece){ ANSWER, sizeof(header), true };
	if (result)
		pieces[count++] = (struct piece){ RESULT, result, true };
	front_post(front, queue, pieces, count, 0);
	front_kick(front, queue);
	used = front_wait(front, queue);
	memcpy(&header, front_at(front, ANSWER), sizeof(header));
	return vcrypto_check_response(&header, used, &built->expect);
}

static int open_context(struct front *front, uint32_t queue)
{
	struct vcrypto_message built = message(front);

	assert_true(vcrypto_build_context_open(&built, 0));
	return carry(front, queue, &built, 0, 0);
}

static int close_context(struct front *front, uint32_t queue)
{
	struct vcrypto_message built = message(front);

	assert_true(vcrypto_build_context_close(&built, 0));
	return carry(front, queue, &built, 0, 0);
}

static int new_session_at(struct front *front, uint32_t queue, uint32_t handle)
{
	const struct vcrypto_session_args args = {
		.session = handle, .cipher = VCRYPTO_CIPHER_AES_CBC,
		.cipher_key = guest_key, .cipher_key_len = sizeof(guest_key),
	};
	struct vcrypto_message built = message(front);

	assert_true(vcrypto_build_session_new(&built, &args));
	return carry(front, queue, &built, 0, 0);
}

static int new_session(struct front *front, uint32_t queue)
{
	return new_session_at(front, queue, 0);
}

static int encrypt(struct front *front, uint32_t queue)
{
	const struct vcrypto_crypt_args args = {
		.iv = guest_iv, .iv_len = sizeof(guest_iv), .src_len = TEXT, .dst_len = TEXT,
	};
	struct vcrypto_message built = message(front);
	uint32_t i;

	for (i = 0; i < TEXT; i++)
		((uint8_t *)front_at(front, SOURCE))[i] = (uint8_t)(i * 7);
	memset(front_at(front, RESULT), 0, TEXT);
	assert_true(vcrypto_build_crypt(&built, &args));
	return carry(front, queue, &built, TEXT, TEXT);
}

static uint64_t bytes_in(struct front *front, uint32_t queue)
{
	struct vcrypto_message built = message(front);
	struct vcrypto_counters counters;

	assert_true(vcrypto_build_counters(&built));
	assert_int_equal(carry(front, queue, &built, 0, sizeof(counters)), VCRYPTO_OK);
	memcpy(&counters, front_at(front, RESULT), sizeof(counters));
	return vcrypto_get64(counters.bytes_in);
}

static void begin(struct front *front)
{
	front_connect(front);
	front_whole_device(front);
	assert_int_equal(open_context(front, 0), VCRYPTO_OK);
	assert_int_equal(new_session(front, 0), VCRYPTO_OK);
}

static void test_config_space_is_that_of_the_format(void **state)
{
	struct {
		struct message_config head;
		uint8_t bytes[sizeof(struct vcrypto_config)];
	} space = { { 0, sizeof(space.bytes), 0 }, { 0 } };
	struct vcrypto_device_limits limits;
	struct vcrypto_config config;
	struct front front;

	(void)state;
	front_connect(&front);
	front_whole_device(&front);
	front_send(&front, GET_CONFIG, 0, &space, sizeof(space), NULL, 0);
	front_reply(&front, GET_CONFIG, &space, sizeof(space));
	memcpy(&config, space.bytes, sizeof(config));
	assert_true(vcrypto_check_config(&config, &limits));
	assert_int_equal(limits.queues, 2);
	assert_int_equal(limits.payload, 1u << 20);
	/* Behind its end there is nothing. */
	space.head = (struct message_config){ 4, sizeof(space.bytes), 0 };
	front_send(&front, GET_CONFIG, 0, &space, sizeof(space), NULL, 0);
	front_reply(&front, GET_CONFIG, NULL, 0);
	front_close(&front);
}

/* Handles are a queue's: what one has the other has not (protocol 2.5). */
static void test_each_queue_has_sessions_of_its_own(void **state)
{
	struct front front;

	(void)state;
	begin(&front);
	assert_int_equal(encrypt(&front, 0), VCRYPTO_OK);
	guest_expect_result(&front);
	assert_int_equal(encrypt(&front, 1), VCRYPTO_NO_SESSION);
	assert_int_equal(open_context(&front, 1), VCRYPTO_OK);
	assert_int_equal(new_session(&front, 1), VCRYPTO_OK);
	assert_int_equal(encrypt(&front, 1), VCRYPTO_OK);
	guest_expect_result(&front);
	front_close(&front);
}

/* The header stands first, so nobody could answer one that is cut (protocol 2.6). */
static void test_a_chain_longer_than_the_ring_breaks_it(void **state)
{
	static struct piece pieces[RING_SIZE_MAX + 1];
	struct front front;
	uint32_t i, count;

	(void)state;
	begin(&front);
	count = front.ring_size + 1;
	for (i = 0; i < count; i++)
		pieces[i] = (struct piece){ RESULT + 16 * i % TEXT, 16, i > 0 };
	front_post(&front, 0, pieces, count, TABLE);
	front_kick(&front, 0);
	daemon_wait_for("queue 0 is broken");
	front_close(&front);
}

static void test_guests_do_not_see_what_others_do(void **state)
{
	struct front first, second;

	(void)state;
	begin(&first);
	begin(&second);
	assert_int_equal(encrypt(&first, 0), VCRYPTO_OK);
	assert_int_equal(encrypt(&first, 0), VCRYPTO_OK);
	assert_int_equal(encrypt(&second, 0), VCRYPTO_OK);
	assert_int_equal(bytes_in(&first, 0), 2 * TEXT);
	assert_int_equal(bytes_in(&second, 0), TEXT);
	front_close(&first);
	assert_int_equal(encrypt(&second, 0), VCRYPTO_OK);
	guest_expect_result(&second);
	front_close(&second);
}

/* As a driver does that finds the device anew: an index that is not where the ring stopped. */
static void test_a_reset_ends_sessions(void **state)
{
	struct front front;

	(void)state;
	begin(&front);
	assert_int_equal(front_base(&front, 0), 2);
	front_ring(&front, 0);
	assert_int_equal(encrypt(&front, 0), VCRYPTO_OK);
	front_send(&front, RESET_DEVICE, 0, NULL, 0, NULL, 0);
	(void)front_ask(&front, GET_FEATURES);
	front_ring(&front, 0);
	front_vring(&front, SET_VRING_ENABLE, 0, 1);
	assert_int_equal(encrypt(&front, 0), VCRYPTO_NO_SESSION);
	assert_int_equal(open_context(&front, 0), VCRYPTO_OK);
	front_close(&front);
}

/* They end some at a time, which nobody can tell: not even who goes meanwhile. */
static void test_a_context_with_many_sessions_is_closed(void **state)
{
	struct front front, other;
	uint32_t i;

	(void)state;
	begin(&front);
	begin(&other);
	for (i = 1; i < 500; i++)
		assert_int_equal(new_session_at(&front, 0, i), VCRYPTO_OK);
	assert_int_equal(close_context(&front, 0), VCRYPTO_OK);
	assert_int_equal(encrypt(&other, 0), VCRYPTO_OK);
	guest_expect_result(&other);
	assert_int_equal(open_context(&front, 0), VCRYPTO_OK);
	assert_int_equal(encrypt(&front, 0), VCRYPTO_NO_SESSION);
	for (i = 0; i < 500; i++)
		assert_int_equal(new_session_at(&front, 0, i), VCRYPTO_OK);
	assert_int_equal(encrypt(&front, 0), VCRYPTO_OK);
	guest_expect_result(&front);
	assert_int_equal(close_context(&front, 0), VCRYPTO_OK);
	front_close(&front);
	assert_int_equal(encrypt(&other, 0), VCRYPTO_OK);
	guest_expect_result(&other);
	front_close(&other);
}

/* It has no mode in which sessions come as messages. */
static void test_sessions_are_no_messages(void **state)
{
	struct front front;

	(void)state;
	front_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	assert_int_equal(front_ask(&front, GET_PROTOCOL_FEATURES) & (P_CRYPTO_SESSION | P_CONFIG),
			 P_CONFIG);
	front_u64(&front, SET_PROTOCOL_FEATURES, P_MQ | P_CRYPTO_SESSION);
	front_ended(&front);
	front_close(&front);
}

/* Also for a front end that negotiates no protocol features there are no more than it is given. */
static void test_queues_that_there_are_not(void **state)
{
	static const uint32_t wrong[] = { 2, VCRYPTO_MAX_QUEUES };
	struct front front;
	uint32_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		front_connect(&front);
		front_u64(&front, SET_FEATURES, F_VERSION_1);
		front_vring(&front, SET_VRING_NUM, 1, RING_SIZE);
		assert_int_equal(front_ask(&front, GET_FEATURES) & F_VERSION_1, F_VERSION_1);
		front_vring(&front, SET_VRING_NUM, wrong[i], RING_SIZE);
		front_ended(&front);
		front_close(&front);
	}
	daemon_wait_for("a queue that there is not");
}

/* A chain without room for an answer breaks the ring, and nothing else. */
static void test_a_broken_ring_ends_alone(void **state)
{
	const struct piece piece = { HEAD, 16, false };
	struct front first, second;

	(void)state;
	begin(&first);
	begin(&second);
	front_post(&first, 0, &piece, 1, 0);
	front_kick(&first, 0);
	daemon_wait_for("queue 0 is broken");
	assert_false(front_used(&first, 0));
	assert_int_equal(open_context(&first, 1), VCRYPTO_OK);
	assert_int_equal(encrypt(&second, 0), VCRYPTO_OK);
	front_close(&first);
	front_close(&second);
}

static void test_counters(void **state)
{
	struct front front;

	(void)state;
	begin(&front);
	assert_int_equal(encrypt(&front, 0), VCRYPTO_OK);
	assert_int_equal(encrypt(&front, 1), VCRYPTO_NO_SESSION);
	daemon_print_counters();
	assert_int_equal(daemon_said("counters: cryptodev: 4 requests, 1 failed, 256 bytes\n"), 1);
	front_close(&front);
}

/* Requests that another daemon has taken: each has a place, for both of its headers. */
#define PLACE(i) (RAM_GUEST + 0x40000 + 0x1000 * (uint64_t)(i))
#define PLACE_ANSWER(i) (PLACE(i) + 0x400)
#define PLACE_TEXT(i) (PLACE(i) + 0x800)
#define TAKEN 5u

static struct vcrypto_message message_at(struct front *front, uint32_t i)
{
	memset(front_at(front, PLACE_ANSWER(i)), 0xff, sizeof(struct vcrypto_response_header));
	return (struct vcrypto_message){
		.control = front_at(front, PLACE(i)), .size = VCRYPTO_MAX_CONTROL,
		.header = front_at(front, PLACE_ANSWER(i)),
	};
}

/* In a table, so that its head is descriptor @i. */
static void post_at(struct front *front, uint32_t i, const struct vcrypto_message *built,
		    uint32_t text, bool in_place)
{
	const uint64_t result = PLACE_TEXT(i) + (in_place ? 0 : TEXT);
	const struct piece with_text[] = {
		{ PLACE(i), (uint32_t)built->len, false }, { PLACE_TEXT(i), text, false },
		{ PLACE_ANSWER(i), sizeof(struct vcrypto_response_header), true },
		{ result, text, true },
	};
	const struct piece without[] = { with_text[0], with_text[2] };

	memset(front_at(front, PLACE_TEXT(i)), 0x11, 2 * TEXT);
	front_post(front, 0, text ? with_text : without, text ? 4 : 2, PLACE(i) + 0xc00);
}

static void post_crypt(struct front *front, uint32_t i, bool in_place)
{
	const struct vcrypto_crypt_args args = {
		.iv = guest_iv, .iv_len = sizeof(guest_iv), .src_len = TEXT, .dst_len = TEXT,
	};
	struct vcrypto_message built = message_at(front, i);

	assert_true(vcrypto_build_crypt(&built, &args));
	post_at(front, i, &built, TEXT, in_place);
}

/* The life of a session, as a driver posts it at once. */
static void post_all(struct front *front)
{
	const struct vcrypto_session_args args = {
		.cipher = VCRYPTO_CIPHER_AES_CBC,
		.cipher_key = guest_key, .cipher_key_len = sizeof(guest_key),
	};
	struct vcrypto_message built = message_at(front, 0);

	assert_true(vcrypto_build_context_open(&built, 0));
	post_at(front, 0, &built, 0, false);
	built = message_at(front, 1);
	assert_true(vcrypto_build_session_new(&built, &args));
	post_at(front, 1, &built, 0, false);
	post_crypt(front, 2, true);
	post_crypt(front, 3, false);
	built = message_at(front, 4);
	assert_true(vcrypto_build_session_free(&built, 0, 0));
	post_at(front, 4, &built, 0, false);
}

/* Of ring 0 so many are answered, and requests @first to TAKEN - 1 are in flight. */
static void give_notes(struct front *front, uint32_t answered, uint32_t first)
{
	enum { HEADER = 16, ENTRY = 16, LEN = RINGS * (HEADER + ENTRY * RING_SIZE + 48) };
	const struct message_inflight told = { LEN, 0, RINGS, RING_SIZE, 0 };
	const uint16_t version = 1, used = (uint16_t)answered;
	int file = memfd_create("notes", MFD_CLOEXEC);
	uint8_t bytes[LEN] = { 0 };
	uint64_t i;

	memcpy(bytes + 8, &version, sizeof(version));
	memcpy(bytes + 14, &used, sizeof(used));
	for (i = first; i < TAKEN; i++) {
		bytes[HEADER + ENTRY * i] = 1;
		memcpy(bytes + HEADER + ENTRY * i + 8, &i, sizeof(i));
	}
	assert_int_equal(write(file, bytes, sizeof(bytes)), sizeof(bytes));
	front_send(front, SET_INFLIGHT_FD, 0, &told, sizeof(told), &file, 1);
	close(file);
}

static uint32_t status_at(struct front *front, uint32_t i)
{
	struct vcrypto_response_header header;

	memcpy(&header, front_at(front, PLACE_ANSWER(i)), sizeof(header));
	return vcrypto_get32(header.status);
}

static void expect_untouched(struct front *front, uint32_t i)
{
	const uint8_t *text = front_at(front, PLACE_TEXT(i));
	size_t at;

	for (at = 0; at < 2 * TEXT; at++)
		assert_int_equal(text[at], 0x11);
}

static void connect_with_notes(struct front *front)
{
	front_connect(front);
	front->protocol = P_INFLIGHT_SHMFD;
	front_u64(front, SET_PROTOCOL_FEATURES, P_MQ | P_REPLY_ACK | P_CONFIG | P_INFLIGHT_SHMFD);
}

/*
 * A driver repeats what is answered NO_CONTEXT or NO_SESSION.  So that is what tells it of all
 * that has been lost, but for what may have been done in place.
 */
static void test_what_another_daemon_has_taken(void **state)
{
	static const uint32_t expected[TAKEN] = {
		VCRYPTO_NO_CONTEXT, VCRYPTO_NO_CONTEXT, VCRYPTO_ERROR, VCRYPTO_NO_SESSION,
		VCRYPTO_NO_SESSION,
	};
	struct front front;
	uint32_t i;

	(void)state;
	connect_with_notes(&front);
	give_notes(&front, 0, 0);
	post_all(&front);
	front_whole_device(&front);
	for (i = 0; i < TAKEN; i++)
		(void)front_wait(&front, 0);
	for (i = 0; i < TAKEN; i++)
		assert_int_equal(status_at(&front, i), expected[i]);
	expect_untouched(&front, 2);
	expect_untouched(&front, 3);
	/* The same handles, as a driver makes them anew. */
	assert_int_equal(open_context(&front, 0), VCRYPTO_OK);
	assert_int_equal(new_session(&front, 0), VCRYPTO_OK);
	assert_int_equal(encrypt(&front, 0), VCRYPTO_OK);
	guest_expect_result(&front);
	front_close(&front);
}

/* A front end may say so of what this daemon has had, whose sessions are here. */
static void test_what_this_daemon_has_taken(void **state)
{
	struct front front;

	(void)state;
	connect_with_notes(&front);
	front_whole_device(&front);
	assert_int_equal(open_context(&front, 0), VCRYPTO_OK);
	assert_int_equal(new_session(&front, 0), VCRYPTO_OK);
	assert_int_equal(front_base(&front, 0), 2);
	(void)front_base(&front, 1);
	give_notes(&front, 2, 3);
	front.rings[0].next = 3;
	post_crypt(&front, 3, false);
	post_crypt(&front, 4, true);
	front.rings[0].avail -= 2;
	front_ring(&front, 0);
	front.rings[0].avail += 2;
	(void)front_wait(&front, 0);
	(void)front_wait(&front, 0);
	assert_int_equal(status_at(&front, 3), VCRYPTO_OK);
	assert_int_equal(status_at(&front, 4), VCRYPTO_ERROR);
	expect_untouched(&front, 4);
	front_close(&front);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, guest_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_config_space_is_that_of_the_format),
		TEST(test_each_queue_has_sessions_of_its_own),
		TEST(test_a_chain_longer_than_the_ring_breaks_it),
		TEST(test_guests_do_not_see_what_others_do),
		TEST(test_a_reset_ends_sessions),
		TEST(test_a_context_with_many_sessions_is_closed),
		TEST(test_sessions_are_no_messages),
		TEST(test_queues_that_there_are_not),
		TEST(test_a_broken_ring_ends_alone),
		TEST(test_counters),
		TEST(test_what_another_daemon_has_taken),
		TEST(test_what_this_daemon_has_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
