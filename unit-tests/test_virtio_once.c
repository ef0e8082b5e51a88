// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The double-fetch rule for the standard's crypto device: of what decides, each byte is
 * read once, nothing that the device has written is read, and a guest that changes every
 * byte right after it has been read gets the answer as if it had not.
 */
#include "hook.h"
#include "virtio_hand.h"

#define MAX 512

static uint8_t text[128], keys[64];
static uint8_t request[MAX], reply[MAX];
static size_t request_len, reply_len;
/* Payload, which may be read as often as one likes: in the request. */
static size_t payload, payload_len;
/* And in the reply: of what has been encrypted the last block may be wanted once more. */
static size_t result_at;

static int start(void **state)
{
	(void)state;
	pattern(text, sizeof(text), 1);
	pattern(keys, sizeof(keys), 2);
	hand_start(real_backend(), 16, REVISION_1);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	hook_stop();
	hand_stop();
	return 0;
}

/* Cuts @len bytes at @from into segments of @each bytes. */
static size_t segments_of(struct iovec *segments, uint8_t *from, size_t len, size_t each)
{
	size_t count = 0;
	size_t at;

	for (at = 0; at < len; at += each)
		segments[count++] = (struct iovec){ from + at, len - at < each ? len - at : each };
	return count;
}

static uint32_t give(bool control, size_t each)
{
	struct iovec in[MAX], out[MAX];
	struct vcrypto_io io = {
		.readable = in, .readable_count = segments_of(in, request, request_len, each),
		.writable = out, .writable_count = segments_of(out, reply, reply_len, each),
	};

	memcpy(request, hand_request.request, request_len);
	memset(reply, SIM_FILL, sizeof(reply));
	assert_int_equal(control ? vcrypto_virtio_control(hand_device, &io, 1) :
				   vcrypto_virtio_data(hand_device, &io, 1), 1);
	return io.written;
}

static bool is_payload(size_t at)
{
	return at >= payload && at < payload + payload_len;
}

/* Changes what has just been read, unless it is payload. */
static void scribble(void *argument, const void *shared, size_t len, size_t number)
{
	uint8_t *from = (uint8_t *)(uintptr_t)shared;
	size_t i;

	(void)argument;
	(void)number;
	for (i = 0; i < len; i++)
		if (from + i >= request && from + i < request + request_len &&
		    !is_payload((size_t)(from + i - request)))
			from[i] ^= 0xff;
}

/* Creates have another id each time: of these only what follows it is compared. */
static void check(bool control, size_t each)
{
	size_t from = control && reply_len >= 16 ? 8 : 0;
	uint32_t written;
	uint8_t first[MAX];
	size_t i;

	hook_start(NULL, NULL);
	written = give(control, each);
	hook_stop();
	assert_int_equal(reply[control ? from : reply_len - 1], 0);
	assert_false(hook_twice());
	for (i = 0; i < request_len; i++)
		assert_true(is_payload(i) || hook_was_read(request + i));
	for (i = result_at; i < reply_len; i++)
		assert_false(hook_was_read(reply + i));
	memcpy(first, reply, sizeof(first));
	hook_start(scribble, NULL);
	assert_int_equal(give(control, each), written);
	hook_stop();
	assert_memory_equal(first + from, reply + from, sizeof(first) - from);
}

static void check_cuts(bool control)
{
	static const size_t cuts[] = { MAX, 1, 3, 16 };
	size_t i;

	request_len = hand_request.len;
	reply_len = hand_request.reply_len;
	for (i = 0; i < COUNT(cuts); i++)
		check(control, cuts[i]);
}

/* One of each kind; the source is 48 bytes, or of what has a tag less. */
static struct hand example(uint32_t kind)
{
	struct hand hand = {
		.service = kind == 4 ? 0 : kind, .chain = kind == 4, .direction = 1, .algo = 3,
		.key = keys, .key_len = 16, .order = 2, .mode = 2, .auth_algo = 2, .iv = text,
		.iv_len = 16, .src = text, .src_len = 48, .dst_len = 48, .cipher_len = 32,
		.hash_len = 48, .result_len = 20,
	};

	if (kind == 1 || kind == 2) {
		hand.algo = 2;
		hand.key = hand.iv = NULL;
	}
	if (kind == 2 || kind == 4) {
		hand.auth_key = keys + 16;
		hand.auth_key_len = 24;
	}
	if (kind == 3) {
		hand.algo = 1;
		hand.iv_len = 12;
		hand.result_len = 16;
	}
	return hand;
}

static void no_control_byte_counts_twice_when_sessions_are_made(void **state)
{
	struct hand hand;
	uint32_t kind;

	(void)state;
	payload_len = result_at = 0;
	for (kind = 0; kind < 5; kind++) {
		hand_restart(kind & 1 ? REVISION_1 : 0);
		hand = example(kind);
		hand_create(&hand);
		check_cuts(true);
	}
}

/* Ends cannot be repeated: a session for each. */
static void no_control_byte_counts_twice_when_sessions_end(void **state)
{
	struct hand hand = example(0);
	size_t each;

	(void)state;
	for (each = 1; each < 30; each += 7) {
		hand_destroy(0, hand_session(&hand));
		request_len = hand_request.len;
		reply_len = hand_request.reply_len;
		payload_len = result_at = 0;
		hook_start(scribble, NULL);
		assert_int_equal(give(true, each), 1);
		hook_stop();
		assert_int_equal(reply[0], 0);
		assert_false(hook_twice());
	}
}

static void check_data(struct hand *hand)
{
	size_t len = hand_data(hand);

	payload = len + (hand->stateless ? hand->key_len * !!hand->key + hand->auth_key_len : 0) +
		  (hand->iv ? hand->iv_len : 0);
	payload_len = hand->src_len - (hand->op ? hand->result_len : 0);
	result_at = hand->iv ? hand->dst_len : 0;
	check_cuts(false);
}

static void no_control_byte_of_data_counts_twice(void **state)
{
	static const uint64_t framings[] = { 0, REVISION_1, REVISION_1 | STATELESS };
	uint32_t kind;
	size_t i;

	(void)state;
	for (kind = 0; kind < 5; kind++)
	for (i = 0; i < COUNT(framings); i++) {
		struct hand hand = example(kind);

		hand_restart(framings[i]);
		hand.id = hand_session(&hand);
		check_data(&hand);
		hand.stateless = i == 2;
		check_data(&hand);
	}
}

/* The tag that is compared is read once, too. */
static void no_byte_of_a_tag_counts_twice(void **state)
{
	struct hand hand = example(3);
	uint8_t sealed[64];

	(void)state;
	hand.id = hand_session(&hand);
	hand_data(&hand);
	assert_int_equal(hand_status(), 0);
	memcpy(sealed, hand_request.reply, 64);
	hand.op = 1;
	hand.direction = 2;
	hand.src = sealed;
	hand.src_len = 64;
	hand.id = hand_session(&hand);
	check_data(&hand);
	assert_memory_equal(reply, text, 48);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_control_byte_counts_twice_when_sessions_are_made),
		TEST(no_control_byte_counts_twice_when_sessions_end),
		TEST(no_control_byte_of_data_counts_twice),
		TEST(no_byte_of_a_tag_counts_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
