// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Data units of XTS in several requests (protocol 4.7.4). */
#include <stdlib.h>

#include "fake.h"
#include "flat.h"
#include "reference.h"

#define LEN 1600
#define BLOCKS (LEN / 16)

/* Sessions of context 0; EQUAL has a key of equal halves. */
enum { SHORT, MIDDLE, LONG, EQUAL, HASHED, CBC, GCM, HASH, SESSIONS };

static struct vcrypto_session_args sessions[SESSIONS];
static struct vcrypto_engine *engine;
static struct flat flat;
static uint8_t text[LEN], equal_key[64];
static const uint8_t iv[16] = { 2, 7, 1, 8, 2, 8, 1, 8, 2, 8, 4, 5, 9, 0, 4, 5 };
static uint64_t seed = 1;

static void start_on(const struct vcrypto_backend *backend)
{
	uint32_t i;

	memset(equal_key, 0x5a, sizeof(equal_key));
	sessions[SHORT] = cipher_args(SHORT, VCRYPTO_CIPHER_AES_XTS, 32);
	sessions[MIDDLE] = cipher_args(MIDDLE, VCRYPTO_CIPHER_AES_XTS, 48);
	sessions[LONG] = cipher_args(LONG, VCRYPTO_CIPHER_AES_XTS, 64);
	sessions[EQUAL] = cipher_args(EQUAL, VCRYPTO_CIPHER_AES_XTS, 64);
	sessions[EQUAL].cipher_key = equal_key;
	sessions[HASHED] = both_args(HASHED, VCRYPTO_CIPHER_AES_XTS, 32, VCRYPTO_MAC_HMAC_SHA1, 7);
	sessions[CBC] = cipher_args(CBC, VCRYPTO_CIPHER_AES_CBC, 16);
	sessions[GCM] = cipher_args(GCM, VCRYPTO_CIPHER_AES_GCM, 16);
	sessions[HASH] = hash_args(HASH, VCRYPTO_MAC_SHA1, 0);
	engine = flat_engine(backend);
	flat_open(&flat, 0);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	for (i = 0; i < SESSIONS; i++) {
		flat_session(&flat, &sessions[i]);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	}
	pattern(text, sizeof(text), 3);
}

static int start(void **state)
{
	(void)state;
	start_on(real_backend());
	return 0;
}

static int stop(void **state)
{
	(void)state;
	flat_engine_free(engine);
	return 0;
}

/* A part of a unit; the first brings the IV. */
static struct vcrypto_crypt_args part(uint32_t session, const uint8_t *from_iv, uint32_t len,
				      bool more)
{
	struct vcrypto_crypt_args args = data_args(session, len);

	args.iv = from_iv;
	args.iv_len = from_iv ? 16 : 0;
	args.more = more;
	return args;
}

static int run(const struct vcrypto_crypt_args *args, const uint8_t *source)
{
	flat_crypt(&flat, args, source);
	return flat_status(engine, &flat);
}

/* A provider that takes a unit in one go only refuses the first part. */
static bool refuses_parts(void)
{
	struct vcrypto_crypt_args args = part(SHORT, iv, 32, true);
	int status = run(&args, text);

	if (status == VCRYPTO_OK)
		return false;
	assert_int_equal(status, VCRYPTO_NOT_SUPPORTED);
	return true;
}

/* The whole unit; what libcrypto refuses the engine does in one request. */
static void whole(uint32_t session, bool decrypt, uint8_t *out)
{
	struct vcrypto_crypt_args args = part(session, iv, LEN, false);
	const struct vcrypto_session_args *of = &sessions[session];

	if (session != EQUAL) {
		ref_cipher(of->cipher, of->cipher_key, of->cipher_key_len, iv, decrypt, text, LEN,
			   out);
		return;
	}
	args.decrypt = decrypt;
	assert_int_equal(run(&args, text), VCRYPTO_OK);
	memcpy(out, flat.reply + 16, LEN);
}

/* One unit, cut at random: by the session's IV, or by the one that is returned. */
static void in_parts(uint32_t session, bool decrypt, bool own_iv, const uint8_t *expected)
{
	uint8_t next[16];
	uint32_t at, len;

	memcpy(next, iv, sizeof(next));
	for (at = 0; at < LEN; at += len) {
		struct flat_cut cut = { { 0, 0 }, 1 + random_below(&seed, 400) };
		struct vcrypto_crypt_args args;

		len = 16 * random_below(&seed, (LEN - at) / 16 + 1);
		args = part(session, own_iv || !at ? next : NULL, len, at + len < LEN);
		args.iv_out_len = own_iv ? 16 : 0;
		args.decrypt = decrypt;
		flat_crypt(&flat, &args, text + at);
		assert_int_equal(flat_run(engine, &flat, &cut, &cut), 16 + len + args.iv_out_len);
		assert_memory_equal(flat.reply + 16, expected + at, len);
		memcpy(next, own_iv ? flat.reply + 16 + len : iv, 16);
		/* Others do not disturb it. */
		args = part(session == SHORT ? LONG : SHORT, iv, 32, true);
		if (random_below(&seed, 3) == 0)
			assert_int_equal(run(&args, text), VCRYPTO_OK);
	}
}

static void a_unit_in_several_requests_is_the_same_unit(void **state)
{
	uint8_t expected[LEN];
	uint32_t session, i;

	(void)state;
	if (refuses_parts())
		return;
	for (session = SHORT; session <= EQUAL; session++)
		for (i = 0; i < 80; i++) {
			whole(session, i & 1, expected);
			in_parts(session, i & 1, i & 2, expected);
		}
}

/* 3.5: destination in front of the source, behind it, and where it is */
static void the_parts_of_a_unit_may_overlap_in_any_way(void **state)
{
	static const size_t places[][2] = { { 0, 0 }, { 0, 7 }, { 48, 0 }, { 1, 0 }, { 0, 160 } };
	uint8_t control[64], expected[LEN], room[LEN + 256];
	size_t i, at, len;

	(void)state;
	if (refuses_parts())
		return;
	whole(LONG, false, expected);
	for (i = 0; i < COUNT(places); i++)
		for (at = 0; at < LEN; at += len) {
			struct vcrypto_crypt_args args;
			struct vcrypto_response_header header;
			struct vcrypto_message message = {
				.control = control, .size = 64, .header = &header,
			};
			struct iovec in[2], out[2];
			struct vcrypto_io io = { in, out, 2, 2, 0 };

			len = 16 * (size_t)random_below(&seed, (uint32_t)(LEN - at) / 16 + 1);
			args = part(LONG, at ? NULL : iv, (uint32_t)len, at + len < LEN);
			memcpy(room + places[i][0], text + at, len);
			assert_true(vcrypto_build_crypt(&message, &args));
			in[0] = (struct iovec){ control, message.len };
			in[1] = (struct iovec){ room + places[i][0], len };
			out[0] = (struct iovec){ &header, sizeof(header) };
			out[1] = (struct iovec){ room + places[i][1], len };
			assert_int_equal(vcrypto_process(engine, &io, 1), 1);
			assert_int_equal(vcrypto_get32(header.status), VCRYPTO_OK);
			assert_memory_equal(room + places[i][1], expected + at, len);
		}
}

/* 1.1: also where all of them reach the engine together */
static void the_parts_of_a_unit_may_come_in_one_batch(void **state)
{
	uint8_t expected[LEN], out[10][16 + LEN / 10];
	struct iovec in[10], reply[10];
	static struct flat parts[10];
	struct vcrypto_io io[10];
	size_t i;

	(void)state;
	if (refuses_parts())
		return;
	whole(SHORT, false, expected);
	for (i = 0; i < 10; i++) {
		struct vcrypto_crypt_args args = part(SHORT, i ? NULL : iv, LEN / 10, i < 9);

		flat_crypt(&parts[i], &args, text + i * LEN / 10);
		in[i] = (struct iovec){ parts[i].request, parts[i].len };
		reply[i] = (struct iovec){ out[i], sizeof(out[i]) };
		io[i] = (struct vcrypto_io){ &in[i], &reply[i], 1, 1, 0 };
	}
	assert_int_equal(vcrypto_process(engine, io, 10), 10);
	for (i = 0; i < 10; i++) {
		assert_int_equal(out[i][0], VCRYPTO_OK);
		assert_memory_equal(out[i] + 16, expected + i * LEN / 10, LEN / 10);
	}
}

/* 4.7.2 */
static void a_hash_beside_a_unit_is_of_all_its_parts(void **state)
{
	const struct vcrypto_session_args *of = &sessions[HASHED];
	uint8_t digest[VCRYPTO_MAX_DIGEST];
	struct vcrypto_crypt_args args;

	(void)state;
	if (refuses_parts())
		return;
	ref_hmac(of->mac, of->mac_key, of->mac_key_len, text, LEN, NULL, 0, NULL, 0, digest);
	args = part(HASHED, iv, 640, true);
	assert_int_equal(run(&args, text), VCRYPTO_OK);
	args = part(HASHED, NULL, LEN - 640, false);
	args.mac_len = 20;
	assert_int_equal(run(&args, text + 640), VCRYPTO_OK);
	assert_memory_equal(flat.reply + 16 + LEN - 640, digest, 20);
}

/* 3.4, 4.7.1, 4.7.4 */
static void what_is_no_part_of_a_unit_is_refused_and_changes_nothing(void **state)
{
	struct vcrypto_crypt_args args;
	uint8_t expected[LEN];
	uint32_t session;

	(void)state;
	for (session = CBC; session < SESSIONS; session++) {
		args = data_args(session, 16);
		args.dst_len = session == HASH ? 0 : 16;
		args.more = true;
		assert_int_equal(run(&args, text), VCRYPTO_BAD_PARAMETER);
	}
	if (refuses_parts())
		return;
	whole(SHORT, false, expected);
	args = part(SHORT, iv, 64, true);
	assert_int_equal(run(&args, text), VCRYPTO_OK);
	args = part(SHORT, iv, 17, true);
	assert_int_equal(run(&args, text), VCRYPTO_BAD_PARAMETER);
	args = part(SHORT, NULL, 0, true);
	assert_int_equal(run(&args, text), VCRYPTO_OK);
	args = part(SHORT, NULL, LEN - 64, false);
	assert_int_equal(run(&args, text + 64), VCRYPTO_OK);
	assert_memory_equal(flat.reply + 16, expected + 64, LEN - 64);
}

static bool open_without_parts(void *provider, struct vcrypto_capabilities *capabilities)
{
	bool ok = fake_backend.open(provider, capabilities);

	capabilities->streams = 0;
	return ok;
}

/* 4.7.4: and a request that is refused for another reason too says that one */
static void a_provider_that_cannot_cut_a_unit_says_so(void **state)
{
	static struct vcrypto_backend backend;
	struct vcrypto_crypt_args args = part(SHORT, iv, 32, true);

	(void)state;
	fake_reset();
	backend = fake_backend;
	backend.open = open_without_parts;
	start_on(&backend);
	assert_int_equal(run(&args, text), VCRYPTO_NOT_SUPPORTED);
	args = part(SHORT, iv, 33, true);
	assert_int_equal(run(&args, text), VCRYPTO_BAD_PARAMETER);
	args = part(SHORT, iv, 32, false);
	assert_int_equal(run(&args, text), VCRYPTO_OK);
}

/* SP 800-38E, 4: as long as a unit may be, in a MiB a time */
static void the_longest_unit_is_that_of_libcrypto_in_one_call(void **state)
{
	static const struct vcrypto_limits limits = { 1, 1, 1u << 20, 0 };
	const uint32_t all = 1u << 24, step = 1u << 20;
	uint8_t *in = malloc(all), *expected = malloc(all), *out = malloc(step);
	void *memory = calloc(1, vcrypto_engine_size(&limits, real_backend()));
	struct vcrypto_engine *large = vcrypto_engine_init(memory, &limits, real_backend());
	const struct vcrypto_session_args session = cipher_args(0, VCRYPTO_CIPHER_AES_XTS, 64);
	uint8_t control[64];
	uint32_t at;

	(void)state;
	assert_non_null(large);
	pattern(in, all, 5);
	ref_cipher(session.cipher, session.cipher_key, 64, iv, false, in, all, expected);
	flat_open(&flat, 0);
	assert_int_equal(flat_status(large, &flat), VCRYPTO_OK);
	flat_session(&flat, &session);
	assert_int_equal(flat_status(large, &flat), VCRYPTO_OK);
	for (at = 0; at < all && !refuses_parts(); at += step) {
		struct vcrypto_crypt_args args = part(0, at ? NULL : iv, step, at + step < all);
		struct vcrypto_response_header header;
		struct vcrypto_message message = {
			.control = control, .size = 64, .header = &header,
		};
		struct iovec readable[2] = { { control, 0 }, { in + at, step } };
		struct iovec writable[2] = { { &header, sizeof(header) }, { out, step } };
		struct vcrypto_io io = { readable, writable, 2, 2, 0 };

		assert_true(vcrypto_build_crypt(&message, &args));
		readable[0].iov_len = message.len;
		assert_int_equal(vcrypto_process(large, &io, 1), 1);
		assert_int_equal(vcrypto_get32(header.status), VCRYPTO_OK);
		assert_memory_equal(out, expected + at, step);
	}
	vcrypto_engine_fini(large);
	free(memory);
	free(in);
	free(expected);
	free(out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_unit_in_several_requests_is_the_same_unit),
		TEST(the_parts_of_a_unit_may_overlap_in_any_way),
		TEST(the_parts_of_a_unit_may_come_in_one_batch),
		TEST(a_hash_beside_a_unit_is_of_all_its_parts),
		TEST(what_is_no_part_of_a_unit_is_refused_and_changes_nothing),
		cmocka_unit_test_teardown(a_provider_that_cannot_cut_a_unit_says_so, stop),
		TEST(the_longest_unit_is_that_of_libcrypto_in_one_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
