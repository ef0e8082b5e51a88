// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "ring.h"

static struct vcrypto_caesar caesar;
static struct ring ring;

static uint32_t handle(void *device, struct vcrypto_cursor readable, struct vcrypto_cursor writable)
{
	return vcrypto_caesar_chain(device, readable, writable);
}

static int start(void **state)
{
	(void)state;
	vcrypto_caesar_reset(&caesar);
	ring_start(&ring, handle, &caesar);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	ring_stop(&ring);
	return 0;
}

static void set_config(int32_t key, uint32_t size)
{
	struct vcrypto_caesar_config config = { vcrypto_put32((uint32_t)key),
						vcrypto_put32(size) };

	vcrypto_caesar_set_config(&caesar, &config);
}

static void assert_config(int32_t key, uint32_t size)
{
	struct vcrypto_caesar_config config = vcrypto_caesar_get_config(&caesar);

	assert_int_equal((int32_t)vcrypto_get32(config.key), key);
	assert_int_equal(vcrypto_get32(config.size), size);
}

/* A request; returns its length. */
static size_t build(uint8_t *request, uint32_t operation, const char *text)
{
	struct vcrypto_le32 wire = vcrypto_put32(operation);

	memcpy(request, &wire, 4);
	memcpy(request + 4, text, strlen(text));
	return 4 + strlen(text);
}

/* Sends @text with just enough room; returns the used length. */
static int send(uint32_t operation, const char *text)
{
	uint8_t request[8192];
	size_t len = build(request, operation, text);

	return ring_call(&ring, request, len, len);
}

static void assert_text(uint32_t operation, const char *text, const char *expected)
{
	assert_int_equal(send(operation, text), 4 + strlen(text));
	assert_memory_equal(ring.reply, "\0\0\0\0", 4);
	assert_string_equal((const char *)ring.reply + 4, expected);
}

static void assert_refused(int used, enum vcrypto_caesar_status status)
{
	const uint8_t expected[4] = { (uint8_t)status };

	assert_int_equal(used, 4);
	assert_memory_equal(ring.reply, expected, 4);
}

static void hello_becomes_khoor_and_back(void **state)
{
	(void)state;
	set_config(3, 100);
	assert_text(VCRYPTO_CAESAR_ENCRYPT, "Hello", "Khoor");
	assert_text(VCRYPTO_CAESAR_DECRYPT, "Khoor", "Hello");
	set_config(29, 100);
	assert_text(VCRYPTO_CAESAR_ENCRYPT, "Hello", "Khoor");
	assert_text(VCRYPTO_CAESAR_DECRYPT, "Khoor", "Hello");
	assert_refused(send(VCRYPTO_CAESAR_ENCRYPT, "Hello1"), VCRYPTO_CAESAR_NOT_LETTERS);
}

static void alphabets_wrap_and_case_is_kept(void **state)
{
	(void)state;
	assert_text(VCRYPTO_CAESAR_ENCRYPT, "ABCxyzXYZabc", "DEFabcABCdef");
	assert_text(VCRYPTO_CAESAR_DECRYPT, "DEFabcABCdef", "ABCxyzXYZabc");
}

/* The definition, slowly: one place at a time. */
static char step(char letter)
{
	return letter == 'z' ? 'a' : letter == 'Z' ? 'A' : (char)(letter + 1);
}

static void any_key_works(void **state)
{
	static const int32_t large[] = { INT32_MIN, INT32_MIN + 1, -26, INT32_MAX, 1000000007 };

	(void)state;
	for (int i = -100; i < 105; i++) {
		int32_t key = i < 100 ? i : large[i - 100];
		char text[] = "AZaz", back[5];
		long places = ((long)key % 26 + 26) % 26;

		set_config(key, 100);
		memcpy(back, text, sizeof(text));
		for (long place = 0; place < places; place++)
			for (size_t at = 0; at < 4; at++)
				text[at] = step(text[at]);
		assert_text(VCRYPTO_CAESAR_ENCRYPT, back, text);
		assert_text(VCRYPTO_CAESAR_DECRYPT, text, back);
	}
}

static void only_letters_are_letters(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		char text[] = { (char)byte, 0 };
		bool letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');

		if (letter)
			assert_int_equal(send(VCRYPTO_CAESAR_ENCRYPT, text), 5);
		else
			assert_refused(send(VCRYPTO_CAESAR_ENCRYPT, text),
				       VCRYPTO_CAESAR_NOT_LETTERS);
	}
	assert_refused(ring_call(&ring, "\1\0\0\0\0", 5, 5), VCRYPTO_CAESAR_NOT_LETTERS);
}

static void one_wrong_byte_anywhere_spoils_the_text(void **state)
{
	(void)state;
	for (size_t at = 0; at < 20; at++) {
		uint8_t text[20], copy[20];

		memset(text, 'q', sizeof(text));
		text[at] = '1';
		memcpy(copy, text, sizeof(text));
		assert_false(vcrypto_caesar_shift(text, sizeof(text), 3, false));
		assert_memory_equal(text, copy, sizeof(text));
	}
}

static void text_longer_than_size_is_refused(void **state)
{
	static const uint32_t sizes[] = { 1, 2, 99, 100, 4095, 4096 };
	char text[4098];

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		set_config(3, sizes[i]);
		memset(text, 'a', sizeof(text));
		text[sizes[i]] = 0;
		assert_int_equal(send(VCRYPTO_CAESAR_ENCRYPT, text), 4 + sizes[i]);
		text[sizes[i]] = 'a';
		text[sizes[i] + 1] = 0;
		assert_refused(send(VCRYPTO_CAESAR_ENCRYPT, text), VCRYPTO_CAESAR_TOO_LONG);
	}
}

static void sizes_that_are_not_allowed_are_ignored(void **state)
{
	static const uint32_t sizes[] = { 0, 4097, 0x80000000, UINT32_MAX };

	(void)state;
	assert_config(3, 100);
	for (size_t i = 0; i < 4; i++) {
		set_config((int32_t)i, sizes[i]);
		assert_config((int32_t)i, 100);
	}
	set_config(-5, 4096);
	assert_config(-5, 4096);
	vcrypto_caesar_reset(&caesar);
	assert_config(3, 100);
}

static void bad_requests_are_refused(void **state)
{
	static const uint32_t operations[] = { 0, 3, 0x101, 0x80000001, UINT32_MAX };
	uint8_t request[16];
	size_t len = build(request, VCRYPTO_CAESAR_ENCRYPT, "Hello");

	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_refused(send(operations[i], "Hello"), VCRYPTO_CAESAR_BAD_REQUEST);
	for (size_t i = 1; i < 4; i++)		/* not even an operation */
		assert_refused(ring_call(&ring, request, i, 64), VCRYPTO_CAESAR_BAD_REQUEST);
	for (size_t i = 4; i < len; i++)	/* no room for the text */
		assert_refused(ring_call(&ring, request, len, i), VCRYPTO_CAESAR_BAD_REQUEST);
}

static void empty_text_stays_empty(void **state)
{
	(void)state;
	assert_text(VCRYPTO_CAESAR_ENCRYPT, "", "");
}

static void without_room_for_a_status_there_is_no_answer(void **state)
{
	uint8_t request[16];
	size_t len = build(request, VCRYPTO_CAESAR_ENCRYPT, "Hello");

	(void)state;
	for (size_t room = 1; room < 4; room++) {
		assert_int_equal(ring_call(&ring, request, len, room), RING_BROKEN);
		ring_reset(&ring);
	}
	assert_text(VCRYPTO_CAESAR_ENCRYPT, "Hello", "Khoor");
}

static void cuts_do_not_matter(void **state)
{
	uint8_t request[32];
	size_t len = build(request, VCRYPTO_CAESAR_ENCRYPT, "TheQuickBrownFox");

	(void)state;
	ring_check_cuts(&ring, request, len, len + 5);
	request[10] = '!';
	ring_check_cuts(&ring, request, len, len);
}

static void overlapping_buffers_do_not_matter(void **state)
{
	uint8_t request[32];
	size_t len = build(request, VCRYPTO_CAESAR_ENCRYPT, "Hello");

	(void)state;
	for (size_t offset = 0; offset <= len; offset++) {
		assert_int_equal(ring_call_overlapping(&ring, request, len, offset, len), len);
		assert_memory_equal(ring.reply + 4, "Khoor", 5);
	}
}

static void spoil(void *argument, const void *shared, size_t len, size_t number)
{
	(void)argument;
	(void)number;
	memset((void *)(uintptr_t)shared, '1', len);
}

static void text_that_changes_meanwhile_is_taken_as_it_was_read(void **state)
{
	(void)state;
	ring.spy = spoil;
	assert_text(VCRYPTO_CAESAR_ENCRYPT, "Hello", "Khoor");
}

static void hostile_chains_break_the_ring_until_reset(void **state)
{
	uint8_t request[16];
	size_t len = build(request, VCRYPTO_CAESAR_ENCRYPT, "Hello");

	(void)state;
	ring_check_hostile(&ring, request, len, len);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hello_becomes_khoor_and_back),
		TEST(alphabets_wrap_and_case_is_kept),
		TEST(any_key_works),
		TEST(only_letters_are_letters),
		TEST(one_wrong_byte_anywhere_spoils_the_text),
		TEST(text_longer_than_size_is_refused),
		TEST(sizes_that_are_not_allowed_are_ignored),
		TEST(bad_requests_are_refused),
		TEST(empty_text_stays_empty),
		TEST(without_room_for_a_status_there_is_no_answer),
		TEST(cuts_do_not_matter),
		TEST(overlapping_buffers_do_not_matter),
		TEST(text_that_changes_meanwhile_is_taken_as_it_was_read),
		TEST(hostile_chains_break_the_ring_until_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
