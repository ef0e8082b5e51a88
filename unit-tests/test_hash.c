// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Hashes and MACs: starting, going on, finishing (protocol 4.7.2), copying (4.6),
 * and together with a cipher. */
#include "check.h"

#define LEN 192

static struct guest guest;
static uint8_t text[LEN];

enum { SHA, OTHER_SHA, HMAC, OTHER_HMAC, MD5, BOTH, CIPHER };

static int start(void **state)
{
	struct vcrypto_session_args args[] = {
		[SHA] = hash_args(SHA, VCRYPTO_MAC_SHA2_256, 0),
		[OTHER_SHA] = hash_args(OTHER_SHA, VCRYPTO_MAC_SHA2_256, 0),
		[HMAC] = hash_args(HMAC, VCRYPTO_MAC_HMAC_SHA2_256, 20),
		[OTHER_HMAC] = hash_args(OTHER_HMAC, VCRYPTO_MAC_HMAC_SHA2_256, 33),
		[MD5] = hash_args(MD5, VCRYPTO_MAC_MD5, 0),
		[BOTH] = both_args(BOTH, VCRYPTO_CIPHER_AES_CBC, 16,
				   VCRYPTO_MAC_HMAC_SHA2_256, 20),
		[CIPHER] = cipher_args(CIPHER, VCRYPTO_CIPHER_AES_CBC, 16),
	};
	size_t i;

	(void)state;
	guest_start(&guest, real_backend());
	for (i = 0; i < COUNT(args); i++)
		make_session(&guest, &args[i]);
	pattern(text, sizeof(text), 2);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	guest_stop(&guest);
	return 0;
}

/* Hashes @len bytes at text + @from; RESET and the rest as asked. */
static void hash(uint32_t session, bool reset, uint32_t from, uint32_t len, uint8_t digest[32])
{
	struct vcrypto_crypt_args args = { .session = session, .src_len = len, .reset = reset };
	struct guest_call *call;

	args.mac_len = digest ? 32 : 0;
	call = guest_crypt(&guest, &args, text + from);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	if (digest)
		memcpy(digest, call->mac, 32);
	guest_forget(&guest, call);
}

static void assert_digests_equal(const uint8_t *a, const uint8_t *b)
{
	assert_memory_equal(a, b, 32);
}

/* 4.7.2, 4.CRYPT.2c */
static void a_hash_cut_into_requests_gives_what_one_request_gives(void **state)
{
	uint8_t whole[32], parts[32];
	uint32_t session, first, second;

	(void)state;
	for (session = SHA; session <= HMAC; session += HMAC - SHA) {
		hash(session, true, 0, LEN, whole);
		for (first = 0; first <= LEN; first += 13)
			for (second = first; second <= LEN; second += 17) {
				hash(session, false, 0, first, NULL);
				hash(session, false, first, second - first, NULL);
				hash(session, false, second, LEN - second, parts);
				assert_digests_equal(parts, whole);
			}
	}
}

/* 4.7.2, 4.CRYPT.2b */
static void reset_starts_anew_in_the_middle(void **state)
{
	uint8_t expected[32], digest[32];

	(void)state;
	hash(HMAC, true, 64, 64, expected);
	hash(HMAC, false, 0, 64, NULL);
	hash(HMAC, true, 64, 64, digest);
	assert_digests_equal(digest, expected);
	hash(HMAC, false, 0, 64, NULL);
	hash(HMAC, true, 64, 0, NULL);
	hash(HMAC, false, 64, 64, digest);
	assert_digests_equal(digest, expected);
}

/* 4.7.2: finished, so that there is nothing to go on from */
static void a_finished_hash_starts_anew(void **state)
{
	uint8_t expected[32], digest[32];
	uint32_t session;

	(void)state;
	for (session = SHA; session <= HMAC; session += HMAC - SHA) {
		hash(session, true, 0, 50, expected);
		hash(session, false, 0, 50, digest);
		assert_digests_equal(digest, expected);
		hash(session, false, 0, 20, NULL);
		hash(session, false, 20, 30, digest);
		assert_digests_equal(digest, expected);
	}
}

/* 4.7.2, 4.CRYPT.5a */
static void a_digest_can_be_had_without_data(void **state)
{
	/* SHA-256 of nothing, FIPS 180 */
	uint8_t expected[32], digest[32];

	(void)state;
	unhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", expected, 32);
	hash(SHA, false, 0, 0, digest);
	assert_digests_equal(digest, expected);
	hash(SHA, true, 0, 77, expected);
	hash(SHA, false, 0, 77, NULL);
	hash(SHA, false, 0, 0, NULL);
	hash(SHA, false, 0, 0, digest);
	assert_digests_equal(digest, expected);
}

/* 4.7.2: RESET means nothing in a session without a MAC */
static void reset_in_a_session_without_a_mac_means_nothing(void **state)
{
	struct vcrypto_crypt_args args = data_args(CIPHER, 16);

	(void)state;
	args.reset = true;
	assert_answer(&guest, guest_crypt(&guest, &args, text), VCRYPTO_OK);
}

/* 4.CPHASH, 4.6: both go on from the same point, each on its own */
static void a_copied_hash_goes_on_from_the_same_point(void **state)
{
	uint8_t whole[32], one[32], other[32];
	uint32_t from;

	(void)state;
	for (from = SHA; from <= HMAC; from += HMAC - SHA) {
		uint32_t to = from + 1;

		hash(from, true, 0, 100, whole);
		hash(to, true, 7, 7, NULL);
		hash(from, true, 0, 60, NULL);
		assert_answer(&guest, guest_hash_copy(&guest, 0, to, from), VCRYPTO_OK);
		hash(to, false, 60, 40, other);
		hash(from, false, 60, 40, one);
		assert_digests_equal(one, whole);
		assert_digests_equal(other, whole);
	}
}

/* 4.CPHASH.4, 4.6: the key is part of the state, until the message ends or is given up */
static void a_copied_hmac_has_its_key_until_the_next_reset(void **state)
{
	uint8_t own[32], source[32], digest[32];

	(void)state;
	hash(HMAC, true, 0, 9, source);
	hash(OTHER_HMAC, true, 0, 9, own);
	assert_memory_not_equal(own, source, 32);
	assert_answer(&guest, guest_hash_copy(&guest, 0, OTHER_HMAC, HMAC), VCRYPTO_OK);
	hash(OTHER_HMAC, false, 0, 4, NULL);
	hash(OTHER_HMAC, false, 4, 5, digest);
	assert_digests_equal(digest, source);
	hash(OTHER_HMAC, false, 0, 9, digest);
	assert_digests_equal(digest, own);
	assert_answer(&guest, guest_hash_copy(&guest, 0, OTHER_HMAC, HMAC), VCRYPTO_OK);
	hash(OTHER_HMAC, false, 7, 7, NULL);
	hash(OTHER_HMAC, true, 0, 9, digest);
	assert_digests_equal(digest, own);
}

/* 4.6: what is copied is not the session's key, but that of its message */
static void a_copy_of_a_copy_has_the_key_of_the_first(void **state)
{
	struct vcrypto_session_args args = hash_args(CIPHER + 1, VCRYPTO_MAC_HMAC_SHA2_256, 64);
	uint8_t source[32], digest[32];

	(void)state;
	make_session(&guest, &args);
	hash(HMAC, true, 0, 90, source);
	hash(HMAC, true, 0, 30, NULL);
	assert_answer(&guest, guest_hash_copy(&guest, 0, OTHER_HMAC, HMAC), VCRYPTO_OK);
	hash(OTHER_HMAC, false, 30, 30, NULL);
	assert_answer(&guest, guest_hash_copy(&guest, 0, CIPHER + 1, OTHER_HMAC), VCRYPTO_OK);
	assert_answer(&guest, guest_free(&guest, 0, HMAC), VCRYPTO_OK);
	hash(OTHER_HMAC, true, 0, 1, NULL);
	hash(CIPHER + 1, false, 60, 30, digest);
	assert_digests_equal(digest, source);
}

/* 4.6: from a hash that is fresh or finished, the copy is as fresh */
static void a_copy_of_a_finished_hash_starts_anew(void **state)
{
	uint8_t expected[32], digest[32];

	(void)state;
	hash(SHA, true, 0, 30, expected);
	hash(OTHER_SHA, true, 40, 5, NULL);
	assert_answer(&guest, guest_hash_copy(&guest, 0, OTHER_SHA, SHA), VCRYPTO_OK);
	hash(OTHER_SHA, false, 0, 30, digest);
	assert_digests_equal(digest, expected);
	hash(HMAC, true, 0, 30, expected);
	assert_answer(&guest, guest_hash_copy(&guest, 0, OTHER_HMAC, HMAC), VCRYPTO_OK);
	hash(OTHER_HMAC, false, 0, 30, digest);
	assert_digests_equal(digest, expected);
}

/* 4.6, 4.CPHASH.3, 6.CPHASH */
static void hash_copy_between_sessions_that_do_not_match_is_refused(void **state)
{
	static const struct {
		uint32_t to, from;
		enum vcrypto_status status;
	} cases[] = {
		{ SHA, SHA, VCRYPTO_BAD_PARAMETER },
		{ SHA, MD5, VCRYPTO_BAD_PARAMETER },
		{ SHA, HMAC, VCRYPTO_BAD_PARAMETER },
		{ HMAC, SHA, VCRYPTO_BAD_PARAMETER },
		{ CIPHER, SHA, VCRYPTO_BAD_PARAMETER },
		{ SHA, CIPHER, VCRYPTO_BAD_PARAMETER },
		{ CIPHER, CIPHER, VCRYPTO_BAD_PARAMETER },
		{ 9, 9, VCRYPTO_NO_SESSION },
		{ SHA, 9, VCRYPTO_NO_SESSION },
		{ 9, SHA, VCRYPTO_NO_SESSION },
		{ SHA, 0xffffffff, VCRYPTO_NO_SESSION },
		{ HMAC, BOTH, VCRYPTO_OK },
	};
	uint8_t expected[32], digest[32];
	size_t i;

	(void)state;
	hash(SHA, true, 0, 70, expected);
	hash(SHA, true, 0, 35, NULL);
	for (i = 0; i < COUNT(cases); i++)
		assert_answer(&guest, guest_hash_copy(&guest, 0, cases[i].to, cases[i].from),
			      (int)cases[i].status);
	hash(SHA, false, 35, 35, digest);
	assert_digests_equal(digest, expected);
}

static struct guest_call *crypt_both(bool decrypt, const uint8_t *source)
{
	struct vcrypto_crypt_args args = data_args(BOTH, 64);
	struct guest_call *call;

	args.decrypt = decrypt;
	args.iv = key_bytes;
	args.iv_len = 16;
	args.mac_len = 32;
	args.reset = true;
	call = guest_crypt(&guest, &args, source);
	host_run(&guest);
	assert_status(call, VCRYPTO_OK);
	return call;
}

/* 4.CRYPT.4c, 4.7.2: the plaintext is hashed, whichever the direction */
static void cipher_and_mac_together_hash_the_plaintext(void **state)
{
	struct guest_call *encrypted = crypt_both(false, text);
	struct guest_call *decrypted = crypt_both(true, encrypted->dst);
	uint8_t expected[32];

	(void)state;
	hash(HMAC, true, 0, 64, expected);	/* the same MAC key */
	assert_digests_equal(encrypted->mac, expected);
	assert_digests_equal(decrypted->mac, expected);
	assert_memory_equal(decrypted->dst, text, 64);
	assert_memory_not_equal(encrypted->dst, text, 64);
}

/* 4.7.2: also in scattered memory, where blocks are gathered first */
static void cipher_and_mac_together_hash_the_plaintext_in_any_fragmentation(void **state)
{
	struct guest_call *encrypted = crypt_both(false, text);
	struct guest_call *call;
	uint32_t cut;

	(void)state;
	guest.layout = SIM_INDIRECT;
	for (cut = 1; cut < 64; cut++) {
		guest.cut = cut;
		call = crypt_both(false, text);
		assert_memory_equal(call->dst, encrypted->dst, 96);
		guest_forget(&guest, call);
		call = crypt_both(true, encrypted->dst);
		assert_memory_equal(call->dst, text, 64);
		assert_digests_equal(call->mac, encrypted->mac);
		guest_forget(&guest, call);
	}
}

/* 1.1: several requests of one hash in one batch, with others in between */
static void hashes_in_a_batch_go_on_in_order(void **state)
{
	struct vcrypto_crypt_args args = { 0 };
	struct guest_call *calls[2][12];
	uint8_t expected[32];
	uint32_t i, k;

	(void)state;
	for (i = 0; i < 12; i++)
		for (k = 0; k < 2; k++) {
			args.session = k ? HMAC : SHA;
			args.src_len = 16;
			args.mac_len = i == 11 ? 32 : 0;
			calls[k][i] = guest_crypt(&guest, &args, text + 16 * i);
		}
	host_run(&guest);
	for (i = 0; i < 12; i++)
		for (k = 0; k < 2; k++)
			assert_status(calls[k][i], VCRYPTO_OK);
	hash(SHA, true, 0, LEN, expected);
	assert_digests_equal(calls[0][11]->mac, expected);
	hash(HMAC, true, 0, LEN, expected);
	assert_digests_equal(calls[1][11]->mac, expected);
}

/* 6.2; the answer is that of Python's hmac.new(b"", b"", "sha256") */
static void an_hmac_may_have_an_empty_key(void **state)
{
	struct vcrypto_session_args args = hash_args(CIPHER + 1, VCRYPTO_MAC_HMAC_SHA2_256, 0);
	uint8_t digest[32], again[32], expected[32];

	(void)state;
	unhex("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad", expected, 32);
	make_session(&guest, &args);
	hash(CIPHER + 1, true, 0, 0, digest);
	assert_digests_equal(digest, expected);
	/* And starts anew with the same key. */
	hash(CIPHER + 1, true, 0, 64, digest);
	hash(CIPHER + 1, true, 0, 64, again);
	assert_digests_equal(digest, again);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_hash_cut_into_requests_gives_what_one_request_gives),
		TEST(reset_starts_anew_in_the_middle),
		TEST(an_hmac_may_have_an_empty_key),
		TEST(a_finished_hash_starts_anew),
		TEST(a_digest_can_be_had_without_data),
		TEST(reset_in_a_session_without_a_mac_means_nothing),
		TEST(a_copied_hash_goes_on_from_the_same_point),
		TEST(a_copied_hmac_has_its_key_until_the_next_reset),
		TEST(a_copy_of_a_copy_has_the_key_of_the_first),
		TEST(a_copy_of_a_finished_hash_starts_anew),
		TEST(hash_copy_between_sessions_that_do_not_match_is_refused),
		TEST(cipher_and_mac_together_hash_the_plaintext),
		TEST(cipher_and_mac_together_hash_the_plaintext_in_any_fragmentation),
		TEST(hashes_in_a_batch_go_on_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
