// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Nothing depends on where one buffer ends and the next begins (protocol 3):
 * every request, cut in every way, gets the same answer byte for byte.
 */
#include "flat.h"

static struct vcrypto_engine *engine;
static struct flat flat;

static int start(void **state)
{
	(void)state;
	engine = flat_engine(real_backend());
	return 0;
}

static int stop(void **state)
{
	(void)state;
	flat_engine_free(engine);
	return 0;
}

static struct vcrypto_session_args both(uint32_t session)
{
	return both_args(session, VCRYPTO_CIPHER_AES_CBC, 16, VCRYPTO_MAC_HMAC_SHA1, 5);
}

static void build_open(void)
{
	flat_open(&flat, 1);
}

static void build_close(void)
{
	flat_close(&flat, 0);
}

static void build_session(void)
{
	struct vcrypto_session_args args = both_args(2, VCRYPTO_CIPHER_AES_CTR, 32,
						     VCRYPTO_MAC_HMAC_MD5, 7);

	flat_session(&flat, &args);
}

static void build_free(void)
{
	flat_free(&flat, 0, 0);
}

static void build_info(void)
{
	flat_info(&flat, 0, 0);
}

static void build_copy(void)
{
	flat_hash_copy(&flat, 0, 1, 0);
}

static void build_crypt(bool decrypt)
{
	struct vcrypto_crypt_args args = data_args(0, 48);

	args.decrypt = decrypt;
	args.iv = key_bytes;
	args.iv_len = 16;
	args.iv_out_len = 16;
	args.mac_len = 20;
	flat_crypt(&flat, &args, key_bytes);
}

static void build_encrypt(void)
{
	build_crypt(false);
}

static void build_decrypt(void)
{
	build_crypt(true);
}

static void build_counters(void)
{
	flat_counters(&flat);
}

/* Refusals do not depend on cuts either. */
static void build_bad_version(void)
{
	build_encrypt();
	flat_put16(&flat, 0, 2);
}

static void build_bad_length(void)
{
	build_encrypt();
	flat.len--;
}

static void build_bad_key(void)
{
	build_session();
	flat_put32(&flat, 20, 31);
	flat_put32(&flat, 24, 8);
}

static void (*const builds[])(void) = {
	build_open, build_close, build_session, build_free, build_info, build_copy,
	build_encrypt, build_decrypt, build_counters, build_bad_version, build_bad_length,
	build_bad_key,
};

/* Two sessions of context 0, the first in the middle of a hash. */
static void prepare(void)
{
	struct vcrypto_session_args args[] = { both(0), both(1) };
	struct vcrypto_crypt_args data = data_args(0, 16);
	size_t i;

	vcrypto_engine_reset(engine);
	flat_open(&flat, 0);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	for (i = 0; i < COUNT(args); i++) {
		flat_session(&flat, &args[i]);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	}
	flat_crypt(&flat, &data, key_bytes);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
}

static uint8_t expected[FLAT_MAX];
static uint32_t expected_written;

static void run(size_t kind, const struct flat_cut *readable, const struct flat_cut *writable)
{
	prepare();
	builds[kind]();
	assert_int_equal(flat_run(engine, &flat, readable, writable), expected_written);
	assert_memory_equal(flat.reply, expected, flat.reply_len);
}

static void expect_uncut(size_t kind)
{
	prepare();
	builds[kind]();
	expected_written = flat_run(engine, &flat, NULL, NULL);
	memcpy(expected, flat.reply, flat.reply_len);
}

static void each_pair_of_a_readable_and_a_writable_cut_gives_the_same_answer(void **state)
{
	struct flat_cut readable = { 0 }, writable = { 0 };
	size_t kind;

	(void)state;
	for (kind = 0; kind < COUNT(builds); kind++) {
		expect_uncut(kind);
		for (readable.at[0] = 0; readable.at[0] < flat.len; readable.at[0]++)
			for (writable.at[0] = 0; writable.at[0] < flat.reply_len;
			     writable.at[0]++)
				run(kind, &readable, &writable);
	}
}

static void each_pair_of_cuts_in_one_half_gives_the_same_answer(void **state)
{
	struct flat_cut cut = { 0 };
	const struct flat_cut odd = { .each = 5 };
	size_t kind;

	(void)state;
	for (kind = 0; kind < COUNT(builds); kind++) {
		expect_uncut(kind);
		for (cut.at[0] = 1; cut.at[0] < flat.len; cut.at[0]++)
			for (cut.at[1] = cut.at[0] + 1; cut.at[1] < flat.len; cut.at[1]++)
				run(kind, &cut, &odd);
		for (cut.at[0] = 1; cut.at[0] < flat.reply_len; cut.at[0]++)
			for (cut.at[1] = cut.at[0] + 1; cut.at[1] < flat.reply_len; cut.at[1]++)
				run(kind, &odd, &cut);
	}
}

/* One byte for each segment, two, three, ... on either side. */
static void pieces_of_any_size_give_the_same_answer(void **state)
{
	struct flat_cut readable = { 0 }, writable = { 0 };
	size_t kind;

	(void)state;
	for (kind = 0; kind < COUNT(builds); kind++) {
		expect_uncut(kind);
		for (readable.each = 1; readable.each < 36; readable.each++)
			for (writable.each = 1; writable.each < 36; writable.each++)
				run(kind, &readable, &writable);
	}
}

/* Empty segments may stand anywhere (cursor.h). */
static void empty_segments_change_nothing(void **state)
{
	struct iovec in[6], out[6];
	struct vcrypto_io io = { in, out, 6, 6, 0 };
	size_t i;

	(void)state;
	expect_uncut(6);
	prepare();
	build_encrypt();
	memset(flat.reply, SIM_FILL, sizeof(flat.reply));
	for (i = 0; i < 6; i++) {
		in[i] = out[i] = (struct iovec){ NULL, 0 };
	}
	in[1] = (struct iovec){ flat.request, 20 };
	in[4] = (struct iovec){ flat.request + 20, flat.len - 20 };
	out[2] = (struct iovec){ flat.reply, 33 };
	out[4] = (struct iovec){ flat.reply + 33, flat.reply_len - 33 };
	assert_int_equal(vcrypto_process(engine, &io, 1), 1);
	assert_int_equal(io.written, expected_written);
	assert_memory_equal(flat.reply, expected, flat.reply_len);
}

/* No segments at all: no room for an answer; no request: a refusal. */
static void a_chain_without_segments_is_not_executed(void **state)
{
	struct vcrypto_io io = { NULL, NULL, 0, 0, 7 };
	struct iovec out = { flat.reply, 16 };

	(void)state;
	assert_int_equal(vcrypto_process(engine, &io, 1), 0);
	assert_int_equal(io.written, 0);
	io.writable = &out;
	io.writable_count = 1;
	assert_int_equal(vcrypto_process(engine, &io, 1), 1);
	assert_int_equal(io.written, 16);
	assert_int_equal(flat_reply_status(&flat), VCRYPTO_BAD_REQUEST);
	assert_int_equal(vcrypto_process(engine, &io, 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_pair_of_a_readable_and_a_writable_cut_gives_the_same_answer),
		TEST(each_pair_of_cuts_in_one_half_gives_the_same_answer),
		TEST(pieces_of_any_size_give_the_same_answer),
		TEST(empty_segments_change_nothing),
		TEST(a_chain_without_segments_is_not_executed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
