// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* AKCIPHER of the standard's crypto device: keys and their sessions, made and refused. */
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/x509.h>

#include "akcipher_hand.h"
#include "real_backend.h"

/* --- sessions that are not made (5.9.7.2) --- */

struct row {
	uint32_t status;
	const char *section;
	uint32_t at, value;
};

static const struct row creations[] = {
	{ 0, "5.9.7.2: said again below", 4, 99 },
	{ NOTSUPP, "5.9.7.2: of the others", 0, 0x402 },
	{ NOTSUPP, "5.9.7.2: of the others", 0, 0x403 },
	{ NOTSUPP, "5.9.7.2: no such operation", 0, 0x406 },
	{ NOTSUPP, "5.9.7.2: of data", 0, 0x400 },
	{ NOTSUPP, "5.9.4: no such service", 0, 0x504 },
	{ NOTSUPP, "5.9.4.5: none", 16, 0 },
	{ NOTSUPP, "5.9.4.5: no number", 16, 3 },
	{ NOTSUPP, "5.9.4.5: no number", 16, 0xffffffff },
	{ ERR, "5.9.7.2.1.5: a private key for a public one", 20, PUBLIC },
	{ ERR, "5.9.7.2.1.5: no type of key", 20, 0 },
	{ ERR, "5.9.7.2.1.5: no type of key", 20, 3 },
	{ ERR, "5.9.7.2.1.5: no key", 24, 0 },
	{ ERR, "5.9.7.2.1.5: more than is there", 24, 1192 },
	{ ERR, "5.9.7.2.1.5: the key ends before", 24, 1190 },
	{ ERR, "5.9.7.2.1.5: longer than any", 24, 0xffffffff },
	{ 0, "5.9.7.2.1.5: raw", 28, 0 },
	{ NOTSUPP, "5.9.7.2.1.5: no padding", 28, 2 },
	{ NOTSUPP, "5.9.7.2.1.5: MD2", 32, 1 },
	{ NOTSUPP, "5.9.7.2.1.5: MD3", 32, 2 },
	{ NOTSUPP, "5.9.7.2.1.5: MD4", 32, 3 },
	{ 0, "5.9.7.2.1.5: SHA224", 32, 9 },
	{ NOTSUPP, "5.9.7.2.1.5: no hash", 32, 10 },
	{ NOTSUPP, "5.9.7.2.1.5: no hash", 32, 0xffffff06 },
};

static void creations_are_refused_one_by_one(void **state)
{
	struct hand hand;
	uint32_t status;
	size_t i;

	(void)state;
	jws_key();
	hand = hand_of(PRIVATE, 1, 6);
	for (i = 0; i < COUNT(creations); i++) {
		hand_restart(i % 2 ? REVISION_1 : 0);
		hand_create(&hand);
		hand_put32(creations[i].at, creations[i].value);
		status = hand_create_status();
		if (status != creations[i].status)
			fail_msg("%s: %u", creations[i].section, status);
		assert_int_equal(vcrypto_virtio_census(hand_device).sessions, status == 0);
		if (status)
			assert_true(all_bytes(hand_request.reply, 8, SIM_FILL));
	}
}

static uint32_t try_key(uint32_t type, const struct bytes *from, size_t len)
{
	struct hand hand = hand_of(type, 1, 6);

	hand_restart(REVISION_1);
	hand.key = from->at;
	hand.key_len = (uint32_t)len;
	hand_create(&hand);
	return hand_create_status();
}

/* PKCS#8 and the like are no PKCS#1. */
static void check_other_forms(void)
{
	PKCS8_PRIV_KEY_INFO *wrapped = EVP_PKEY2PKCS8(akcipher_pkey);
	uint8_t *to = text.at;

	text.len = (size_t)i2d_PUBKEY(akcipher_pkey, &to);
	assert_int_equal(try_key(PUBLIC, &text, text.len), ERR);
	to = text.at;
	text.len = (size_t)i2d_PKCS8_PRIV_KEY_INFO(wrapped, &to);
	assert_int_equal(try_key(PRIVATE, &text, text.len), ERR);
	PKCS8_PRIV_KEY_INFO_free(wrapped);
}

static void a_key_is_all_there_or_none(void **state)
{
	size_t len;

	(void)state;
	jws_key();
	for (len = 0; len < akcipher_key.len; len++)
		assert_int_equal(try_key(PRIVATE, &akcipher_key, len), ERR);
	assert_int_equal(try_key(PRIVATE, &akcipher_key, akcipher_key.len), 0);
	akcipher_key.at[akcipher_key.len] = 0;
	assert_int_equal(try_key(PRIVATE, &akcipher_key, akcipher_key.len + 1), ERR);
	for (len = 0; len < akcipher_public.len; len++)
		assert_int_equal(try_key(PUBLIC, &akcipher_public, len), ERR);
	assert_int_equal(try_key(PUBLIC, &akcipher_public, akcipher_public.len), 0);
	assert_int_equal(try_key(PUBLIC, &akcipher_public, akcipher_public.len + 1), ERR);
	assert_int_equal(try_key(PRIVATE, &akcipher_public, akcipher_public.len), ERR);
	check_other_forms();
}

/* An RSAPublicKey by hand: numbers of so many bytes, all ones. */
static void put_tag(struct bytes *to, uint8_t tag, size_t len, bool minimal)
{
	to->at[to->len++] = tag;
	if (len < 128 && minimal) {
		to->at[to->len++] = (uint8_t)len;
		return;
	}
	to->at[to->len++] = len < 256 && minimal ? 0x81 : 0x82;
	if (len >= 256 || !minimal)
		to->at[to->len++] = (uint8_t)(len >> 8);
	to->at[to->len++] = (uint8_t)len;
}

static void put_number(struct bytes *to, size_t len, bool sign, bool minimal)
{
	put_tag(to, 2, len + sign, minimal);
	if (sign)
		to->at[to->len++] = 0;
	memset(to->at + to->len, 0xff, len);
	to->len += len;
}

static uint32_t try_made(size_t modulus, size_t exponent, bool sign, bool minimal)
{
	static struct bytes numbers, made;

	numbers.len = made.len = 0;
	put_number(&numbers, modulus, sign, minimal);
	put_number(&numbers, exponent, true, minimal);
	put_tag(&made, 0x30, numbers.len, true);
	memcpy(made.at + made.len, numbers.at, numbers.len);
	return try_key(PUBLIC, &made, made.len + numbers.len);
}

static uint32_t try_lengths(size_t modulus, size_t exponent)
{
	return try_made(modulus, exponent, true, true);
}

static void lengths_are_written_as_short_as_can_be(void **state)
{
	(void)state;
	assert_int_equal(try_made(128, 3, true, false), ERR);
	assert_int_equal(try_made(128, 3, true, true), 0);
	/* As in the kernel's own tests: a number that would be negative. */
	assert_int_equal(try_made(256, 3, false, true), 0);
}

static void a_key_is_not_as_long_as_somebody_likes(void **state)
{
	(void)state;
	assert_int_equal(try_lengths(64, 3), 0);
	assert_int_equal(try_lengths(63, 3), ERR);
	assert_int_equal(try_lengths(1024, 3), 0);
	assert_int_equal(try_lengths(1025, 3), ERR);
	assert_int_equal(try_lengths(128, 128), 0);
	assert_int_equal(try_lengths(128, 129), ERR);
	/* libcrypto calls every signature forged that such a key has made. */
	assert_int_equal(try_lengths(384, 48), 0);
	assert_int_equal(try_lengths(385, 8), 0);
	assert_int_equal(try_lengths(385, 9), ERR);
}

/* Those of an RSAPrivateKey (RFC 8017, A.1.2), but for its version. */
static const char *const numbers[] = {
	OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
	OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
	OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
	OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};

#define FACTOR1 3
#define EXPONENT1 5
#define NUMBERS COUNT(numbers)

static void put_bn(struct bytes *to, const BIGNUM *number)
{
	size_t len = (size_t)BN_num_bits(number) / 8 + 1;

	put_tag(to, 2, len, true);
	assert_int_equal(BN_bn2binpad(number, to->at + to->len, (int)len), len);
	to->len += len;
}

/* The key, with @other primes behind it if there are any. */
static uint32_t try_numbers(BIGNUM *const *all, const struct bytes *other)
{
	static struct bytes body, made;
	size_t i;

	body.len = made.len = 0;
	put_tag(&body, 2, 1, true);
	body.at[body.len++] = other != NULL;
	for (i = 0; i < NUMBERS; i++)
		put_bn(&body, all[i]);
	if (other) {
		memcpy(body.at + body.len, other->at, other->len);
		body.len += other->len;
	}
	put_tag(&made, 0x30, body.len, true);
	memcpy(made.at + made.len, body.at, body.len);
	return try_key(PRIVATE, &made, made.len + body.len);
}

/* A third prime of 11, and its exponent and coefficient. */
static void put_other(struct bytes *to)
{
	static const uint8_t prime[] = { 0x30, 11, 0x30, 9, 2, 1, 11, 2, 1, 3, 2, 1, 5 };

	memcpy(to->at, prime, sizeof(prime));
	to->len = sizeof(prime);
}

/* libcrypto works with what is said to be the primes, however long they are, and with others. */
static void a_private_key_has_two_primes_and_they_make_its_modulus(void **state)
{
	BIGNUM *all[NUMBERS] = { NULL };
	static struct bytes other;
	size_t i;

	(void)state;
	jws_key();
	for (i = 0; i < NUMBERS; i++)
		assert_int_equal(EVP_PKEY_get_bn_param(akcipher_pkey, numbers[i], &all[i]), 1);
	assert_int_equal(try_numbers(all, NULL), 0);
	put_other(&other);
	assert_int_equal(try_numbers(all, &other), ERR);
	for (i = FACTOR1; i < EXPONENT1; i++) {
		assert_int_equal(BN_add_word(all[i], 2), 1);
		assert_int_equal(try_numbers(all, NULL), ERR);
		assert_int_equal(BN_sub_word(all[i], 2), 1);
	}
	/* All of these may have 1024 bits. */
	for (i = EXPONENT1; i < NUMBERS; i++) {
		assert_int_equal(BN_set_bit(all[i], 1023), 1);
		assert_int_equal(try_numbers(all, NULL), 0);
		assert_int_equal(BN_set_bit(all[i], 1024), 1);
		assert_int_equal(try_numbers(all, NULL), ERR);
		assert_int_equal(BN_clear_bit(all[i], 1024), 1);
	}
	for (i = 0; i < NUMBERS; i++)
		BN_clear_free(all[i]);
}

/* The modulus ends before 02 03 01 00 01, which is the exponent. */
static void modulus_and_exponent_are_odd(void **state)
{
	const size_t even[] = { 1, 6 };
	size_t i;

	(void)state;
	jws_key();
	assert_memory_equal(akcipher_public.at + akcipher_public.len - 5, "\x02\x03\x01\x00\x01", 5);
	for (i = 0; i < COUNT(even); i++) {
		akcipher_public.at[akcipher_public.len - even[i]] ^= 1;
		assert_int_equal(try_key(PUBLIC, &akcipher_public, akcipher_public.len), ERR);
		akcipher_public.at[akcipher_public.len - even[i]] ^= 1;
	}
	/* One. */
	akcipher_public.at[akcipher_public.len - 3] = 0;
	assert_int_equal(try_key(PUBLIC, &akcipher_public, akcipher_public.len), ERR);
}

static void keys_of_curves_are_looked_at(void **state)
{
	struct hand hand;

	(void)state;
	new_ec("prime256v1");
	hand_restart(REVISION_1);
	hand = ec_of(PRIVATE, 3);
	hand_session(&hand);
	/* 5.9.7.2.1.5: another curve, none, no number */
	hand.padding = 4;
	hand_create(&hand);
	assert_int_equal(hand_create_status(), ERR);
	hand.padding = 0;
	hand_create(&hand);
	assert_int_equal(hand_create_status(), NOTSUPP);
	hand.padding = 6;
	hand_create(&hand);
	assert_int_equal(hand_create_status(), NOTSUPP);
	hand = ec_of(PUBLIC, 3);
	hand_session(&hand);
	/* No point of the curve, and one too short. */
	akcipher_public.at[40] ^= 1;
	hand_create(&hand);
	assert_int_equal(hand_create_status(), ERR);
	akcipher_public.at[40] ^= 1;
	hand.key_len--;
	hand_create(&hand);
	assert_int_equal(hand_create_status(), ERR);
}

/* SEC 1, 2.3.3: a point at infinity is one byte of 0.  Everybody can sign for it. */
static void the_point_at_infinity_is_no_key(void **state)
{
	static const char *const names[] = {
		"prime192v1", "secp224r1", "prime256v1", "secp384r1", "secp521r1",
	};
	struct hand hand;
	uint32_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		hand_restart(REVISION_1);
		new_ec(names[i]);
		hand = ec_of(PUBLIC, i + 1);
		hand_create(&hand);
		assert_int_equal(hand_create_status(), 0);
		akcipher_public.at[0] = 0;
		hand.key_len = 1;
		hand_create(&hand);
		assert_int_equal(hand_create_status(), ERR);
	}
}

/* RFC 5915, for P-256: 30 len, 02 01 01, 04 20 and the number. */
static uint32_t try_scalar(const char *hex)
{
	struct hand hand = ec_of(PRIVATE, 3);
	struct bytes number;

	set_hex(&number, hex);
	assert_int_equal(number.len, 32);
	assert_memory_equal(akcipher_key.at + 2, "\x02\x01\x01\x04\x20", 5);
	memcpy(akcipher_key.at + 7, number.at, 32);
	hand_restart(REVISION_1);
	hand_create(&hand);
	return hand_create_status();
}

static void a_private_number_is_below_the_order(void **state)
{
	(void)state;
	new_ec("prime256v1");
#define TOP "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc6325"
	assert_int_equal(try_scalar(TOP "50"), 0);
	assert_int_equal(try_scalar(TOP "51"), ERR);
	assert_int_equal(try_scalar(TOP "56"), ERR);
#undef TOP
#define ONES "ffffffffffffffff"
	assert_int_equal(try_scalar(ONES ONES ONES ONES), ERR);
#undef ONES
#define ZEROS "0000000000000000"
	assert_int_equal(try_scalar(ZEROS ZEROS ZEROS ZEROS), ERR);
	assert_int_equal(try_scalar(ZEROS ZEROS ZEROS "0000000000000001"), 0);
#undef ZEROS
}

/*
 * Private keys with a byte changed: one that is still a key may sign something wrong.  That it
 * takes no longer than others follows from the lengths above; a hang is the test's time limit's.
 */
static void spoiled_keys_do_no_harm(void **state)
{
	struct hand hand;
	size_t at, taken = 0;
	uint32_t status;

	(void)state;
	jws_key();
	hand = ask(hand_of(PRIVATE, 1, 6), SIGN, digest.at, 32, 256);
	for (at = 0; at < akcipher_key.len; at += 3) {
		akcipher_key.at[at] ^= (uint8_t)(1u << at % 8);
		if (try_key(PRIVATE, &akcipher_key, akcipher_key.len) == 0) {
			status = run_once(hand);
			assert_true(status == 0 || status == ERR);
			taken++;
		}
		akcipher_key.at[at] ^= (uint8_t)(1u << at % 8);
	}
	assert_true(taken > 100);
}

/* --- the store --- */

static void a_store_keeps_keys_apart(void **state)
{
	const struct vcrypto_backend *backend = real_backend();
	size_t size = vcrypto_store_size(1, 2, backend);
	void *lane_memory = calloc(1, vcrypto_lane_size(backend));
	void *memory = calloc(1, size);
	struct vcrypto_store *store = vcrypto_store_init(memory, 1, 2, backend);
	struct vcrypto_lane *lane = vcrypto_lane_init(lane_memory, backend, NULL, 0);
	const struct vcrypto_session_request plain = {
		.session = 1, .mac = VCRYPTO_MAC_SHA1,
	};
	struct vcrypto_key_request request = { .spec = { .kind = VCRYPTO_KEY_RSA } };
	struct iovec piece;

	(void)state;
	jws_key();
	piece = (struct iovec){ akcipher_public.at, akcipher_public.len };
	request.spec.der = vcrypto_cursor_start(&piece, 1);
	request.der_len = (uint32_t)akcipher_public.len;
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_NO_CONTEXT);
	assert_int_equal(vcrypto_store_open(store, 0), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_OK);
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_HANDLE_IN_USE);
	assert_int_equal(vcrypto_store_create(store, lane, &plain), VCRYPTO_OK);
	assert_null(vcrypto_store_find(store, 0, 0));
	assert_non_null(vcrypto_store_find_key(store, 0, 0));
	assert_non_null(vcrypto_store_find(store, 0, 1));
	assert_null(vcrypto_store_find_key(store, 0, 1));
	assert_int_equal(vcrypto_store_copy_hash(store, 0, 1, 0), VCRYPTO_NO_SESSION);
	request.session = 2;
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_NO_SPACE);
	assert_int_equal(vcrypto_store_free(store, 0, 0), VCRYPTO_OK);
	request.session = 0;
	request.der_len++;
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_BAD_REQUEST);
	request.der_len = VCRYPTO_MAX_DER + 1;
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_BAD_KEY);
	request.spec.kind = VCRYPTO_KEY_NONE;
	assert_int_equal(vcrypto_store_create_key(store, lane, &request), VCRYPTO_NOT_SUPPORTED);
	assert_int_equal(vcrypto_store_census(store).sessions, 1);
	vcrypto_store_fini(store);
	assert_true(all_bytes(memory, size, 0));
	vcrypto_lane_fini(lane);
	free(memory);
	free(lane_memory);
}

/* --- sessions --- */

static void keys_and_sessions_are_of_different_kinds(void **state)
{
	struct hand hand;
	struct hand cipher = {
		.algo = 3, .key_len = 16, .direction = 1, .key = text.at, .iv = text.at,
		.iv_len = 16, .src = text.at, .src_len = 16, .dst_len = 16,
	};
	uint64_t id;
	int i;

	(void)state;
	jws_key();
	hand_restart(REVISION_1);
	hand = ask(hand_of(PRIVATE, 0, 0), ENCRYPT, text.at, 8, 256);
	hand.id = hand_session(&hand);
	cipher.id = hand_session(&cipher);
	id = hand.id;
	hand.id = cipher.id;
	cipher.id = id;
	hand_data(&hand);
	assert_int_equal(hand_status(), INVSESS);
	hand_data(&cipher);
	assert_int_equal(hand_status(), INVSESS);
	hand_destroy(0, id);
	assert_int_equal(hand_destroy_status(), ERR);
	hand_destroy(4, hand.id);
	assert_int_equal(hand_destroy_status(), ERR);
	hand_destroy(4, id);
	assert_int_equal(hand_destroy_status(), 0);
	hand.id = id;
	hand_data(&hand);
	assert_int_equal(hand_status(), INVSESS);
	for (i = 1; i < 16; i++)
		hand_session(&hand);
	hand_create(&hand);
	assert_int_equal(hand_create_status(), NOSPC);
}

static void nothing_of_a_key_or_a_text_stays(void **state)
{
	struct hand hand;

	(void)state;
	jws_key();
	hand = ask(hand_of(PRIVATE, 1, 6), SIGN, digest.at, 32, 256);
	assert_int_equal(run_once(hand), 0);
	/* Its last number, and what went in and out. */
	assert_false(hand_holds(akcipher_key.at + akcipher_key.len - 64, 64));
	assert_false(hand_holds(digest.at, 32));
	assert_false(hand_holds(result.at, 64));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(creations_are_refused_one_by_one),
		TEST(a_key_is_all_there_or_none),
		TEST(lengths_are_written_as_short_as_can_be),
		TEST(a_key_is_not_as_long_as_somebody_likes),
		TEST(a_private_key_has_two_primes_and_they_make_its_modulus),
		TEST(modulus_and_exponent_are_odd),
		TEST(keys_of_curves_are_looked_at),
		TEST(the_point_at_infinity_is_no_key),
		TEST(a_private_number_is_below_the_order),
		TEST(spoiled_keys_do_no_harm),
		TEST(a_store_keeps_keys_apart),
		TEST(keys_and_sessions_are_of_different_kinds),
		TEST(nothing_of_a_key_or_a_text_stays),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	forget_key();
	return failed;
}
