// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* CRYPT with ciphers: what is refused (protocol 4.7.1), and the IV (4.7.3). */
#include "check.h"

#define LEN 160		/* ten blocks */

static struct guest guest;
static uint8_t text[LEN];
static const uint8_t zeros[LEN];

/* Sessions of context 0. */
enum { CBC, CTR, ECB, NUL, MAC, BOTH };

static int start(void **state)
{
	const struct vcrypto_session_args args[] = {
		[CBC] = cipher_args(CBC, VCRYPTO_CIPHER_AES_CBC, 16),
		[CTR] = cipher_args(CTR, VCRYPTO_CIPHER_AES_CTR, 32),
		[ECB] = cipher_args(ECB, VCRYPTO_CIPHER_AES_ECB, 24),
		[NUL] = cipher_args(NUL, VCRYPTO_CIPHER_NULL, 0),
		[MAC] = hash_args(MAC, VCRYPTO_MAC_SHA2_256, 0),
		[BOTH] = both_args(BOTH, VCRYPTO_CIPHER_AES_CBC, 16, VCRYPTO_MAC_HMAC_SHA1, 20),
	};
	size_t i;

	(void)state;
	guest_start(&guest, real_backend());
	for (i = 0; i < COUNT(args); i++)
		make_session(&guest, &args[i]);
	pattern(text, sizeof(text), 1);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	guest_stop(&guest);
	return 0;
}

/* --- refusals --- */

static void refuse(struct vcrypto_crypt_args args)
{
	assert_answer(&guest, guest_crypt(&guest, &args, text), VCRYPTO_BAD_PARAMETER);
}

/* 4.7.1, 4.CRYPT.3a */
static void a_source_that_is_not_a_multiple_of_the_block_is_refused(void **state)
{
	static const uint32_t sessions[] = { CBC, ECB, BOTH };
	uint32_t len;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(sessions); i++)
		for (len = 0; len <= 64; len++) {
			struct vcrypto_crypt_args args = data_args(sessions[i], len);

			args.decrypt = len % 3 == 0;
			assert_answer(&guest, guest_crypt(&guest, &args, text),
				      len % 16 ? VCRYPTO_BAD_PARAMETER : VCRYPTO_OK);
		}
}

/* 4.7.1; where lengths differ and both are there, a device once wrote too far */
static void a_destination_that_is_not_as_long_as_the_source_is_refused(void **state)
{
	static const uint32_t lens[] = { 0, 16, 31, 33, 48, 4096 };
	uint32_t session;
	size_t i;

	(void)state;
	for (session = CBC; session <= BOTH; session++)
		for (i = 0; i < COUNT(lens); i++) {
			struct vcrypto_crypt_args args = data_args(session, 32);

			args.dst_len = lens[i];
			if (session != MAC || lens[i])
				refuse(args);
		}
}

/* 4.7.1, 4.CRYPT.7b */
static void a_destination_for_a_hash_is_refused(void **state)
{
	struct vcrypto_crypt_args args = data_args(MAC, 1);

	(void)state;
	refuse(args);
	args.src_len = 0;
	refuse(args);
}

/* 4.7.1, 4.CRYPT.3b */
static void an_iv_of_another_length_is_refused(void **state)
{
	uint32_t session;
	uint16_t len;

	(void)state;
	for (session = CBC; session <= BOTH; session++) {
		bool takes_iv = session == CBC || session == CTR || session == BOTH;

		for (len = 1; len <= VCRYPTO_MAX_IV; len++) {
			struct vcrypto_crypt_args args = { .session = session };

			if (takes_iv && len == 16)
				continue;
			args.iv_len = len;
			args.iv = key_bytes;
			refuse(args);
			args.iv_len = 0;
			args.iv_out_len = len;
			refuse(args);
		}
	}
}

/* 4.7.1, 4.CRYPT.5b */
static void a_digest_of_another_length_is_refused(void **state)
{
	static const uint16_t full[] = { [MAC] = 32, [BOTH] = 20 };
	uint32_t session;
	uint16_t len;

	(void)state;
	for (session = CBC; session <= BOTH; session++)
		for (len = 1; len <= VCRYPTO_MAX_DIGEST; len++) {
			struct vcrypto_crypt_args args = { .session = session };

			if (session >= MAC && len == full[session])
				continue;
			args.mac_len = len;
			refuse(args);
		}
}

/* 3.4: an IV that came with a refused request is not kept */
static void a_refused_request_leaves_iv_and_hash_as_they_were(void **state)
{
	struct vcrypto_crypt_args args = data_args(BOTH, 32);
	struct guest_call *parts[2], *whole;

	(void)state;
	args.iv = key_bytes;
	args.iv_len = 16;
	parts[0] = guest_crypt(&guest, &args, text);
	args.dst_len = 16;
	args.reset = true;
	refuse(args);
	args = data_args(BOTH, 31);
	refuse(args);
	args = data_args(BOTH, 32);
	args.mac_len = 20;
	parts[1] = guest_crypt(&guest, &args, text + 32);
	args = data_args(BOTH, 64);
	args.iv = key_bytes;
	args.iv_len = 16;
	args.mac_len = 20;
	whole = guest_crypt(&guest, &args, text);
	host_run(&guest);
	assert_status(parts[0], VCRYPTO_OK);
	assert_status(parts[1], VCRYPTO_OK);
	assert_status(whole, VCRYPTO_OK);
	assert_memory_equal(parts[0]->dst, whole->dst, 32);
	assert_memory_equal(parts[1]->dst, whole->dst + 32, 32);
	assert_memory_equal(parts[1]->mac, whole->mac, 20);
}

/* --- IV --- */

/* One request: @iv NULL goes on from the last; the new IV goes to @iv_out. */
static void crypt_iv(uint32_t session, bool decrypt, const uint8_t *iv, const uint8_t *from,
		     uint8_t *to, uint32_t len, uint8_t iv_out[16])
{
	struct vcrypto_crypt_args args = data_args(session, len);
	struct guest_call *call;

	args.decrypt = decrypt;
	args.iv = iv;
	args.iv_len = iv ? 16 : 0;
	args.iv_out_len = iv_out ? 16 : 0;
	call = guest_crypt(&guest, &args, from);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	if (len)
		memcpy(to, call->dst, len);
	if (iv_out)
		memcpy(iv_out, call->iv, 16);
	guest_forget(&guest, call);
}

/* 4.3, 4.7.3 */
static void a_new_session_starts_from_an_iv_of_zeros(void **state)
{
	uint8_t implied[32], given[32], iv[16];
	uint32_t session;

	(void)state;
	for (session = CBC; session <= CTR; session++) {
		crypt_iv(session, false, NULL, text, implied, 32, NULL);
		crypt_iv(session, false, zeros, text, given, 32, NULL);
		assert_memory_equal(implied, given, 32);
	}
	assert_answer(&guest, guest_free(&guest, 0, CBC), VCRYPTO_OK);
	make_session(&guest, &(struct vcrypto_session_args){
		.session = CBC, .cipher = VCRYPTO_CIPHER_AES_CBC, .cipher_key = key_bytes,
		.cipher_key_len = 16 });
	crypt_iv(CBC, false, NULL, text, implied, 0, iv);
	assert_memory_equal(iv, zeros, 16);
}

/* 4.7.3: every split of ten blocks in three, both directions */
static void a_stream_cut_into_requests_gives_what_one_request_gives(void **state)
{
	uint8_t whole[LEN], parts[LEN], iv_whole[16], iv_parts[16];
	uint32_t session, first, second;
	int decrypt;

	(void)state;
	for (session = CBC; session <= CTR; session++)
		for (decrypt = 0; decrypt < 2; decrypt++) {
			crypt_iv(session, decrypt, key_bytes, text, whole, LEN, iv_whole);
			for (first = 0; first <= LEN; first += 16)
				for (second = first; second <= LEN; second += 16) {
					crypt_iv(session, decrypt, key_bytes, text, parts, first,
						 NULL);
					crypt_iv(session, decrypt, NULL, text + first,
						 parts + first, second - first, NULL);
					crypt_iv(session, decrypt, NULL, text + second,
						 parts + second, LEN - second, iv_parts);
					assert_memory_equal(parts, whole, LEN);
					assert_memory_equal(iv_parts, iv_whole, 16);
				}
		}
}

/* 4.CRYPT.6b, 4.7.3: in CBC it is the last block of ciphertext, in either direction */
static void the_next_iv_of_cbc_is_the_last_ciphertext_block(void **state)
{
	uint8_t cipher[LEN], plain[LEN], iv[16];

	(void)state;
	crypt_iv(CBC, false, key_bytes, text, cipher, LEN, iv);
	assert_memory_equal(iv, cipher + LEN - 16, 16);
	crypt_iv(CBC, true, key_bytes, cipher, plain, LEN, iv);
	assert_memory_equal(plain, text, LEN);
	assert_memory_equal(iv, cipher + LEN - 16, 16);
}

/* 4.7.3: one IV for both directions */
static void decrypting_goes_on_from_the_iv_that_encrypting_left(void **state)
{
	uint8_t cipher[32], plain[32], expected[32];

	(void)state;
	crypt_iv(CBC, false, key_bytes, text, cipher, 32, NULL);
	crypt_iv(CBC, true, NULL, text, plain, 32, NULL);
	crypt_iv(CBC, true, cipher + 16, text, expected, 32, NULL);
	assert_memory_equal(plain, expected, 32);
	crypt_iv(CBC, false, NULL, text, cipher, 32, NULL);
	crypt_iv(CBC, false, text + 16, text, expected, 32, NULL);
	assert_memory_equal(cipher, expected, 32);
}

/* 4.CRYPT.4a, 4.7.3: unchanged without a source, but an IV that was given is kept */
static void an_empty_request_sets_the_iv(void **state)
{
	uint8_t iv[16], out[32], expected[32];
	uint32_t session;

	(void)state;
	for (session = CBC; session <= CTR; session++) {
		crypt_iv(session, false, key_bytes, text, out, 0, iv);
		assert_memory_equal(iv, key_bytes, 16);
		crypt_iv(session, true, NULL, text, out, 0, iv);
		assert_memory_equal(iv, key_bytes, 16);
		crypt_iv(session, false, NULL, text, out, 32, NULL);
		crypt_iv(session, false, key_bytes, text, expected, 32, NULL);
		assert_memory_equal(out, expected, 32);
	}
}

/* 4.CRYPT.6c, 4.7.3: a 128-bit big-endian counter of blocks begun, carrying all the way */
static void the_ctr_counter_carries_and_wraps(void **state)
{
	static const struct {
		const char *iv;
		uint32_t len;
		const char *next;
	} cases[] = {
		{ "00000000000000000000000000000000", 1, "00000000000000000000000000000001" },
		{ "00000000000000000000000000000000", 15, "00000000000000000000000000000001" },
		{ "00000000000000000000000000000000", 16, "00000000000000000000000000000001" },
		{ "00000000000000000000000000000000", 17, "00000000000000000000000000000002" },
		{ "000000000000000000000000000000ff", 16, "00000000000000000000000000000100" },
		{ "0000000000000000fffffffffffffffe", 48, "00000000000000010000000000000001" },
		{ "00000000ffffffffffffffffffffffff", 1, "00000001000000000000000000000000" },
		{ "ffffffffffffffffffffffffffffffff", 16, "00000000000000000000000000000000" },
		{ "ffffffffffffffffffffffffffffffff", 33, "00000000000000000000000000000002" },
		{ "fffffffffffffffffffffffffffffffd", 160, "00000000000000000000000000000007" },
	};
	uint8_t iv[16], next[16], expected[16], whole[LEN], block[LEN];
	uint32_t at;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		unhex(cases[i].iv, iv, 16);
		unhex(cases[i].next, expected, 16);
		crypt_iv(CTR, i % 2, iv, text, whole, cases[i].len, next);
		assert_memory_equal(next, expected, 16);
		/* The cipher counts the same way: block by block gives the same. */
		for (at = 0; at + 16 <= cases[i].len; at += 16) {
			crypt_iv(CTR, false, at ? NULL : iv, text + at, block, 16, NULL);
			assert_memory_equal(block, whole + at, 16);
		}
	}
}

/* 4.7.3: the rest of a partial block's key stream is dropped */
static void ctr_starts_a_new_block_with_every_request(void **state)
{
	uint8_t first[5], second[16], expected[32];

	(void)state;
	crypt_iv(CTR, false, key_bytes, text, first, 5, NULL);
	crypt_iv(CTR, false, NULL, text + 16, second, 16, NULL);
	crypt_iv(CTR, false, key_bytes, text, expected, 32, NULL);
	assert_memory_equal(first, expected, 5);
	assert_memory_equal(second, expected + 16, 16);
}

/* 4.ASYNC.1, 1.1: requests of one batch take effect in order */
static void a_batch_gives_what_one_request_at_a_time_gives(void **state)
{
	struct guest_call *calls[48];
	uint8_t expected[48][48];
	uint64_t random;
	uint32_t round, i;

	(void)state;
	for (round = 0; round < 2; round++) {
		guest.batch = round ? GUEST_BATCH : 1;
		guest.layout = SIM_INDIRECT;
		random = 7;
		for (i = 0; i < COUNT(calls); i++) {
			struct vcrypto_crypt_args args = data_args(random_below(&random, 3), 32);
			uint32_t given = i < 3 ? 0 : random_below(&random, 3);

			if (i < 3)
				args.session = i;
			args.decrypt = random_below(&random, 2);
			args.iv_len = args.session != ECB && !given ? 16 : 0;
			args.iv = key_bytes + i % 16;
			args.iv_out_len = args.session != ECB ? 16 : 0;
			calls[i] = guest_crypt(&guest, &args, text + i);
		}
		host_run(&guest);
		for (i = 0; i < COUNT(calls); i++) {
			assert_status(calls[i], VCRYPTO_OK);
			if (round)
				assert_memory_equal(expected[i], calls[i]->dst,
						    calls[i]->result.len);
			else
				memcpy(expected[i], calls[i]->dst, calls[i]->result.len);
			guest_forget(&guest, calls[i]);
		}
	}
}

/* 6.1 */
static void the_null_cipher_copies(void **state)
{
	struct vcrypto_crypt_args args = data_args(NUL, 77);
	struct guest_call *call = guest_crypt(&guest, &args, text);

	(void)state;
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	assert_memory_equal(call->dst, text, 77);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_source_that_is_not_a_multiple_of_the_block_is_refused),
		TEST(a_destination_that_is_not_as_long_as_the_source_is_refused),
		TEST(a_destination_for_a_hash_is_refused),
		TEST(an_iv_of_another_length_is_refused),
		TEST(a_digest_of_another_length_is_refused),
		TEST(a_refused_request_leaves_iv_and_hash_as_they_were),
		TEST(a_new_session_starts_from_an_iv_of_zeros),
		TEST(a_stream_cut_into_requests_gives_what_one_request_gives),
		TEST(the_next_iv_of_cbc_is_the_last_ciphertext_block),
		TEST(decrypting_goes_on_from_the_iv_that_encrypting_left),
		TEST(an_empty_request_sets_the_iv),
		TEST(the_ctr_counter_carries_and_wraps),
		TEST(ctr_starts_a_new_block_with_every_request),
		TEST(a_batch_gives_what_one_request_at_a_time_gives),
		TEST(the_null_cipher_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
