// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* ARC4, whose key stream goes on from request to request (protocol 4.7.3). */
#include "fake.h"
#include "flat.h"
#include "reference.h"

#define LEN 1000

static struct vcrypto_engine *engine;
static struct flat flat;
static uint8_t text[LEN], stream[LEN];	/* the key stream is its own ciphertext of zeros */
static const uint8_t zeros[LEN];
static uint64_t seed = 1;

static int new_session(uint32_t session, uint32_t key_len, uint32_t mac)
{
	struct vcrypto_session_args args = both_args(session, VCRYPTO_CIPHER_ARC4, key_len, mac,
						     mac ? 20 : 0);

	flat_session(&flat, &args);
	return flat_status(engine, &flat);
}

static bool is_fake(void)
{
	return vcrypto_lane_backend(vcrypto_engine_lane(engine)) == &fake_backend;
}

static void start_on(const struct vcrypto_backend *backend)
{
	const struct vcrypto_capabilities *capabilities;

	engine = flat_engine(backend);
	flat_open(&flat, 0);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	pattern(text, sizeof(text), 1);
	capabilities = vcrypto_lane_capabilities(vcrypto_engine_lane(engine));
	if (!(capabilities->ciphers & vcrypto_algorithm_bit(VCRYPTO_CIPHER_ARC4)))
		skip();
	assert_int_equal(new_session(0, 16, VCRYPTO_MAC_NONE), VCRYPTO_OK);
	assert_int_equal(new_session(1, 16, VCRYPTO_MAC_HMAC_SHA1), VCRYPTO_OK);
	ref_cipher(VCRYPTO_CIPHER_ARC4, key_bytes, 16, NULL, false, zeros, LEN, stream);
}

static int stop(void **state)
{
	(void)state;
	flat_engine_free(engine);
	return 0;
}

static int run(uint32_t session, uint32_t at, uint32_t len, bool decrypt)
{
	struct vcrypto_crypt_args args = data_args(session, len);

	args.decrypt = decrypt;
	flat_crypt(&flat, &args, text + at);
	return flat_status(engine, &flat);
}

/* The reply is @len bytes of the text, done with the stream from @at on. */
static void assert_stream(const uint8_t *reply, uint32_t at, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		assert_int_equal(reply[16 + i], text[at + i] ^ stream[at + i]);
}

/* RFC 6229, 2: keys of 40 and 128 bits */
static void the_key_stream_is_that_of_the_rfc(void **state)
{
	static const struct {
		const char *key, *stream;
	} rows[] = {
		{ "0102030405", "b2396305f03dc027ccc3524a0a1118a86982944f18fc82d589c403a47a0d0919" },
		{ "0102030405060708090a0b0c0d0e0f10",
		  "9ac7cc9a609d1ef7b2932899cde41b975248c4959014126a6e8a84f11d1a9e1c" },
	};
	struct vcrypto_crypt_args data = data_args(2, 32);
	uint8_t key[16], expected[32];
	size_t i;

	(void)state;
	start_on(real_backend());
	for (i = 0; i < COUNT(rows); i++) {
		struct vcrypto_session_args args = cipher_args(2, VCRYPTO_CIPHER_ARC4, 0);

		args.cipher_key_len = (uint32_t)unhex(rows[i].key, key, sizeof(key));
		args.cipher_key = key;
		flat_session(&flat, &args);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
		unhex(rows[i].stream, expected, sizeof(expected));
		flat_crypt(&flat, &data, zeros);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
		assert_memory_equal(flat.reply + 16, expected, sizeof(expected));
		flat_free(&flat, 0, 2);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	}
}

/* 4.CRYPT.3d: however it is cut into requests and segments, and whichever way each of them goes. */
static void the_key_stream_goes_on_from_request_to_request(void **state)
{
	uint32_t at, len, other = 0;

	(void)state;
	start_on(real_backend());
	for (at = 0; at < LEN; at += len) {
		struct flat_cut cut = { { 0, 0 }, 1 + random_below(&seed, 40) };
		struct vcrypto_crypt_args args = data_args(0, 0);

		len = random_below(&seed, LEN - at < 100 ? LEN - at + 1 : 100);
		args.src_len = args.dst_len = len;
		args.decrypt = random_below(&seed, 2);
		flat_crypt(&flat, &args, text + at);
		assert_int_equal(flat_run(engine, &flat, &cut, &cut), 16 + len);
		assert_stream(flat.reply, at, len);
		/* A session of the same key has a stream of its own. */
		if (other < LEN - 20 && random_below(&seed, 2)) {
			assert_int_equal(run(1, other, 20, false), VCRYPTO_OK);
			assert_stream(flat.reply, other, 20);
			other += 20;
		}
	}
}

/* 3.4, 4.7.2: nor does an empty request, and RESET is for the hash */
static void what_is_refused_takes_nothing_of_the_stream(void **state)
{
	struct vcrypto_crypt_args args = data_args(1, 30);

	(void)state;
	start_on(real_backend());
	assert_int_equal(run(1, 0, 10, false), VCRYPTO_OK);
	args.dst_len = 29;
	flat_crypt(&flat, &args, text);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_BAD_PARAMETER);
	args.dst_len = 30;
	args.more = true;
	flat_crypt(&flat, &args, text);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_BAD_PARAMETER);
	args.more = false;
	args.iv = text;
	args.iv_len = 16;
	flat_crypt(&flat, &args, text);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_BAD_PARAMETER);
	assert_int_equal(run(1, 10, 0, true), VCRYPTO_OK);
	args = data_args(1, 30);
	args.reset = true;
	flat_crypt(&flat, &args, text + 10);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	assert_stream(flat.reply, 10, 30);
}

/* 4.8.3, 4.8.4 */
static void records_and_packets_are_not_for_it(void **state)
{
	struct vcrypto_authcrypt_args args = { .session = 1, .tag_len = 20, .src_len = 40 };

	(void)state;
	start_on(real_backend());
	for (args.mode = VCRYPTO_AUTH_AEAD; args.mode <= VCRYPTO_AUTH_SRTP; args.mode++) {
		args.dst_len = args.mode == VCRYPTO_AUTH_TLS ? 60 : 40;
		flat_authcrypt(&flat, &args, NULL, text, NULL, NULL);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_BAD_PARAMETER);
	}
	assert_int_equal(run(1, 0, 40, false), VCRYPTO_OK);
	assert_stream(flat.reply, 0, 40);
}

/* Three requests of a session in one batch; the statuses that come back. */
static void batch(uint32_t session, int statuses[3])
{
	static struct flat parts[3];
	uint8_t out[3][16 + 20];
	struct iovec in[3], reply[3];
	struct vcrypto_io io[3];
	size_t i;

	for (i = 0; i < 3; i++) {
		struct vcrypto_crypt_args args = data_args(session, 20);

		flat_crypt(&parts[i], &args, text + 20 * i);
		in[i] = (struct iovec){ parts[i].request, parts[i].len };
		reply[i] = (struct iovec){ out[i], sizeof(out[i]) };
		io[i] = (struct vcrypto_io){ &in[i], &reply[i], 1, 1, 0 };
	}
	assert_int_equal(vcrypto_process(engine, io, 3), 3);
	for (i = 0; i < 3; i++) {
		statuses[i] = out[i][0];
		if (statuses[i] == VCRYPTO_OK && !is_fake())
			assert_stream(out[i], (uint32_t)(20 * i), 20);
	}
}

/* 1.1 */
static void requests_in_a_batch_go_on_in_order(void **state)
{
	int statuses[3];

	(void)state;
	start_on(real_backend());
	batch(0, statuses);
	assert_int_equal(statuses[0] | statuses[1] | statuses[2], VCRYPTO_OK);
}

/* 4.7.3: and not even the provider is asked */
static void after_an_error_the_stream_is_lost_for_good(void **state)
{
	unsigned int calls;
	int statuses[3];

	(void)state;
	fake_reset();
	start_on(&fake_backend);
	assert_int_equal(run(0, 0, 10, false), VCRYPTO_OK);
	fake.fail_at = fake.calls + 2;
	batch(0, statuses);
	assert_int_equal(statuses[0], VCRYPTO_OK);
	assert_int_equal(statuses[1], VCRYPTO_ERROR);
	assert_int_equal(statuses[2], VCRYPTO_ERROR);
	calls = (unsigned int)fake.calls;
	assert_int_equal(run(0, 0, 10, false), VCRYPTO_ERROR);
	assert_int_equal(run(0, 0, 0, true), VCRYPTO_ERROR);
	assert_int_equal(fake.calls, calls);
	assert_int_equal(run(1, 0, 10, false), VCRYPTO_OK);
	flat_free(&flat, 0, 0);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	assert_int_equal(new_session(0, 5, VCRYPTO_MAC_NONE), VCRYPTO_OK);
	assert_int_equal(run(0, 0, 10, false), VCRYPTO_OK);
}

#define TEST(name) cmocka_unit_test_teardown(name, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_key_stream_is_that_of_the_rfc),
		TEST(the_key_stream_goes_on_from_request_to_request),
		TEST(what_is_refused_takes_nothing_of_the_stream),
		TEST(records_and_packets_are_not_for_it),
		TEST(requests_in_a_batch_go_on_in_order),
		TEST(after_an_error_the_stream_is_lost_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
