// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * AKCIPHER of the standard's crypto device: requests as bytes written by hand, with published
 * keys and signatures, and with new keys against libcrypto used in another way.
 */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <vcrypto/backends.h>

#include "akcipher_hand.h"
#include "real_backend.h"

static const uint64_t framings[] = { 0, REVISION_1, REVISION_1 | ALL_STATELESS };

/* --- a request, in every framing, by session and stateless --- */

static void check_reply(uint32_t written, uint32_t room, size_t len, size_t slack)
{
	size_t last = hand_request.reply_len - 1;

	assert_int_equal(hand_request.reply[last], 0);
	assert_int_equal(written, len + 1);
	assert_memory_equal(hand_request.reply, result.at, len);
	assert_true(all_bytes(hand_request.reply + len, room - len, 0));
	assert_true(all_bytes(hand_request.reply + room, slack, SIM_FILL));
	assert_int_equal(last, room + slack);
}

static void run_cuts(uint32_t room, size_t len, size_t slack)
{
	size_t at, each;

	hand_append(text.at, slack);
	hand_request.reply_len += slack;
	check_reply(hand_give(), room, len, slack);
	for (at = 1; at < hand_request.len; at += 37)
		check_reply(hand_give_cut(&(struct flat_cut){ { at, at + 5 }, 0 }, NULL), room,
			    len, slack);
	for (each = 1; each < 40; each += 19)
		check_reply(hand_give_cut(NULL, &(struct flat_cut){ { 0, 0 }, each }), room, len,
			    slack);
}

/* Whose reply is to be result, all of it. */
static void run_modes(struct hand hand)
{
	uint32_t room = hand.op == VERIFY ? 0 : hand.dst_len;
	size_t len = hand.op == VERIFY ? 0 : result.len;
	size_t i, slack;

	for (i = 0; i < COUNT(framings); i++)
	for (slack = 0; slack < 20; slack += 11) {
		hand_restart(framings[i]);
		hand.stateless = false;
		hand.id = hand_session(&hand);
		hand_data(&hand);
		run_cuts(room, len, slack);
		hand_destroy(4, hand.id);
		assert_int_equal(hand_destroy_status(), 0);
		if (!(framings[i] & ALL_STATELESS))
			continue;
		hand.stateless = true;
		hand_data(&hand);
		run_cuts(room, len, slack);
		assert_int_equal(vcrypto_virtio_census(hand_device).sessions, 0);
	}
}

/* --- what is offered (5.9.5) --- */

static uint32_t config_at(size_t at)
{
	struct vcrypto_virtio_config config;
	uint8_t bytes[56];

	vcrypto_virtio_config(hand_device, 3, &config);
	memcpy(bytes, &config, sizeof(bytes));
	return bytes[at] | (uint32_t)bytes[at + 1] << 8;
}

static void it_is_offered_if_asked_for(void **state)
{
	(void)state;
	assert_int_equal(config_at(8), 0x1f);
	assert_int_equal(config_at(44), 1 << 1 | 1 << 2);
	assert_int_equal(vcrypto_virtio_features(hand_device), 0x3f);
	hand_stop();
	hand_start(real_backend(), 16, 0);
	assert_int_equal(config_at(8), 0xf);
	assert_int_equal(config_at(44), 0);
	assert_int_equal(vcrypto_virtio_features(hand_device), 0x1f);
	hand_stop();
	/* One that has no keys has none to offer. */
	hand_start(&vcrypto_backend_null, 16, 0);
	vcrypto_virtio_offer_akcipher(hand_device, NULL);
	assert_int_equal(config_at(8), 0xf);
	assert_int_equal(config_at(44), 0);
	assert_int_equal(vcrypto_virtio_features(hand_device), 0x1f);
}

/* --- published vectors --- */

/* RFC 6979, A.2.5: akcipher_key, SHA-256 of "sample", signature. */
static const char rfc6979_point[] =
	"0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9"
	"e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

static const char rfc6979_digest[] =
	"af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf";

static const char rfc6979_signature[] =
	"3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716022100f7cb1c94"
	"2d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

static void the_signature_of_rfc_7515_is_made_and_verified(void **state)
{
	struct hand hand;

	(void)state;
	jws_key();
	hand = ask(hand_of(PRIVATE, 1, 6), SIGN, digest.at, digest.len, result.len);
	run_modes(hand);
	hand.dst_len += 70;
	run_modes(hand);
	hand = ask_verify(hand_of(PUBLIC, 1, 6), result.at, result.len, digest.at, digest.len);
	run_modes(hand);
	digest.at[31] ^= 1;
	assert_int_equal(run_once(hand), KEY_REJECTED);
	digest.at[31] ^= 1;
	result.at[100] ^= 4;
	assert_int_equal(run_once(hand), KEY_REJECTED);
	result.at[100] ^= 4;
	hand.src_len--;
	assert_int_equal(run_once(hand), KEY_REJECTED);
}

static void the_signature_of_rfc_6979_is_verified(void **state)
{
	struct hand hand;

	(void)state;
	set_hex(&akcipher_public, rfc6979_point);
	set_hex(&digest, rfc6979_digest);
	set_hex(&result, rfc6979_signature);
	hand = ask_verify(ec_of(PUBLIC, 3), result.at, result.len, digest.at, digest.len);
	run_modes(hand);
	digest.at[0] ^= 1;
	assert_int_equal(run_once(hand), KEY_REJECTED);
	digest.at[0] ^= 1;
	/* No longer DER. */
	result.at[0] ^= 1;
	assert_int_equal(run_once(hand), KEY_REJECTED);
}

/* --- RSA without padding --- */

/* What a number becomes, worked out without RSA. */
static void power(const char *exponent_name)
{
	BIGNUM *modulus = NULL, *exponent = NULL, *number = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	size_t size = (size_t)EVP_PKEY_get_size(akcipher_pkey);

	assert_int_equal(EVP_PKEY_get_bn_param(akcipher_pkey, OSSL_PKEY_PARAM_RSA_N, &modulus), 1);
	assert_int_equal(EVP_PKEY_get_bn_param(akcipher_pkey, exponent_name, &exponent), 1);
	BN_bin2bn(text.at, (int)text.len, number);
	assert_int_equal(BN_mod_exp(number, number, exponent, modulus, ctx), 1);
	result.len = (size_t)BN_bn2binpad(number, result.at, (int)size);
	assert_int_equal(result.len, size);
	BN_CTX_free(ctx);
	BN_free(number);
	BN_free(exponent);
	BN_free(modulus);
}

static void check_raw(size_t len)
{
	struct hand hand;
	int op, half;

	pattern(text.at, len, 7);
	text.len = len;
	text.at[0] &= 0x3f;
	for (op = ENCRYPT; op <= DECRYPT; op++)
	for (half = op == ENCRYPT ? PUBLIC : PRIVATE; half <= PRIVATE; half++) {
		power(op == ENCRYPT ? OSSL_PKEY_PARAM_RSA_E : OSSL_PKEY_PARAM_RSA_D);
		hand = ask(hand_of((uint32_t)half, 0, 0), (uint32_t)op, text.at, len, result.len);
		run_modes(hand);
	}
}

static void raw_rsa_is_a_power(void **state)
{
	static const unsigned int bits[] = { 512, 1024, 2048 };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bits); i++) {
		new_rsa(bits[i]);
		check_raw(bits[i] / 8);
		/* Leading zeros may be missing. */
		check_raw(bits[i] / 8 - 1);
		check_raw(8);
	}
}

/* --- RSA with PKCS#1 --- */

static EVP_PKEY_CTX *context(int (*init)(EVP_PKEY_CTX *ctx))
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, akcipher_pkey, NULL);

	assert_non_null(ctx);
	assert_int_equal(init(ctx), 1);
	return ctx;
}

static void what_is_encrypted_can_be_decrypted(void **state)
{
	struct hand hand;
	struct bytes plain;
	EVP_PKEY_CTX *ctx;

	(void)state;
	new_rsa(2048);
	pattern(text.at, 53, 3);
	text.len = 53;
	hand = ask(hand_of(PUBLIC, 1, 5), ENCRYPT, text.at, 53, 256);
	assert_int_equal(run_once(hand), 0);
	ctx = context(EVP_PKEY_decrypt_init);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
	plain.len = sizeof(plain.at);
	assert_int_equal(EVP_PKEY_decrypt(ctx, plain.at, &plain.len, hand_request.reply, 256), 1);
	EVP_PKEY_CTX_free(ctx);
	assert_int_equal(plain.len, 53);
	assert_memory_equal(plain.at, text.at, 53);
	/* And back; the result is shorter than there is room. */
	memcpy(result.at, text.at, 53);
	result.len = 53;
	memcpy(text.at, hand_request.reply, 256);
	hand = ask(hand_of(PRIVATE, 1, 5), DECRYPT, text.at, 256, 256);
	run_modes(hand);
	/* What is no longer one is nothing, or, with newer libraries, something else. */
	text.at[9] ^= 1;
	if (run_once(hand) == 0)
		assert_memory_not_equal(hand_request.reply, result.at, 53);
}

static const struct {
	uint32_t number;
	const char *name;
} hashes[] = {
	{ 4, "MD5" }, { 5, "SHA1" }, { 6, "SHA256" }, { 7, "SHA384" }, { 8, "SHA512" },
	{ 9, "SHA224" },
};

static void signatures_name_the_hash_of_the_session(void **state)
{
	struct hand hand;
	EVP_PKEY_CTX *ctx;
	const EVP_MD *md;
	size_t i;

	(void)state;
	new_rsa(1024);
	pattern(digest.at, 64, 5);
	for (i = 0; i < COUNT(hashes); i++) {
		md = EVP_get_digestbyname(hashes[i].name);
		digest.len = (size_t)EVP_MD_get_size(md);
		ctx = context(EVP_PKEY_sign_init);
		assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx, md), 1);
		result.len = sizeof(result.at);
		assert_int_equal(EVP_PKEY_sign(ctx, result.at, &result.len, digest.at, digest.len),
				 1);
		EVP_PKEY_CTX_free(ctx);
		hand = ask(hand_of(PRIVATE, 1, hashes[i].number), SIGN, digest.at, digest.len, 128);
		run_modes(hand);
		/* Of another length it is not a digest of this hash. */
		hand.src_len--;
		assert_int_equal(run_once(hand), ERR);
	}
	/* Without a hash there is nothing but the padding. */
	hand = ask(hand_of(PRIVATE, 1, 0), SIGN, digest.at, 31, 128);
	assert_int_equal(run_once(hand), 0);
	ctx = context(EVP_PKEY_verify_init);
	assert_int_equal(EVP_PKEY_verify(ctx, hand_request.reply, 128, digest.at, 31), 1);
	EVP_PKEY_CTX_free(ctx);
}

/* --- ECDSA --- */

static const char *const curves[] = {
	NULL, "prime192v1", "secp224r1", "prime256v1", "secp384r1", "secp521r1",
};

static void ecdsa_has_all_curves(void **state)
{
	struct hand hand;
	EVP_PKEY_CTX *ctx;
	uint32_t i, written;

	(void)state;
	pattern(digest.at, 48, 9);
	for (i = 1; i < COUNT(curves); i++) {
		new_ec(curves[i]);
		hand = ask(ec_of(PRIVATE, i), SIGN, digest.at, 48, 150);
		assert_int_equal(run_once(hand), 0);
		written = hand_give();
		assert_true(written > 40 && written < 145);
		assert_true(all_bytes(hand_request.reply + written - 1, 151 - written, 0));
		ctx = context(EVP_PKEY_verify_init);
		result.len = written - 1;
		memcpy(result.at, hand_request.reply, result.len);
		assert_int_equal(EVP_PKEY_verify(ctx, result.at, result.len, digest.at, 48), 1);
		EVP_PKEY_CTX_free(ctx);
		hand = ask_verify(ec_of(PUBLIC, i), result.at, result.len, digest.at, 48);
		run_modes(hand);
		/* The private half has the public one with it. */
		hand.key = akcipher_key.at;
		hand.key_len = (uint32_t)akcipher_key.len;
		hand.key_type = PRIVATE;
		run_modes(hand);
	}
}

/* --- requests that are refused (5.9.7.8) --- */

static void operations_that_do_not_suit_the_key_are_refused(void **state)
{
	struct hand hand;

	(void)state;
	jws_key();
	text = digest;
	/* A public key has no private half. */
	hand = ask(hand_of(PUBLIC, 1, 6), SIGN, text.at, 32, 256);
	assert_int_equal(run_once(hand), ERR);
	hand.op = DECRYPT;
	assert_int_equal(run_once(hand), ERR);
	/* RAW neither signs nor verifies. */
	hand = ask(hand_of(PRIVATE, 0, 0), SIGN, text.at, 32, 256);
	assert_int_equal(run_once(hand), NOTSUPP);
	hand.op = VERIFY;
	hand.aad = text.at;
	hand.aad_len = hand.dst_len = 32;
	assert_int_equal(run_once(hand), NOTSUPP);
	hand.op = 4;
	hand.aad = NULL;
	assert_int_equal(run_once(hand), NOTSUPP);
	/* A curve does not encrypt. */
	new_ec("prime256v1");
	hand = ask(ec_of(PRIVATE, 3), ENCRYPT, text.at, 32, 256);
	assert_int_equal(run_once(hand), NOTSUPP);
	hand.op = DECRYPT;
	assert_int_equal(run_once(hand), NOTSUPP);
}

static void numbers_that_do_not_fit_are_refused(void **state)
{
	struct hand hand;

	(void)state;
	jws_key();
	memset(text.at, 0xff, sizeof(text.at));
	hand = hand_of(PUBLIC, 0, 0);
	hand.src = text.at;
	hand.dst_len = 256;
	/* Not below the modulus; longer than it; longer than any. */
	hand.src_len = 256;
	assert_int_equal(run_once(hand), ERR);
	hand.src_len = 257;
	assert_int_equal(run_once(hand), ERR);
	hand.src_len = 1025;
	assert_int_equal(run_once(hand), ERR);
	/* No room for the result. */
	hand.src_len = 32;
	hand.dst_len = 255;
	assert_int_equal(run_once(hand), ERR);
	assert_true(all_bytes(hand_request.reply, 255, SIM_FILL));
	hand.dst_len = 256;
	assert_int_equal(run_once(hand), 0);
	/* More than is there. */
	hand_put32(24, 33);
	assert_int_equal(hand_status(), ERR);
	hand_put32(24, 32);
	hand_put32(28, 257);
	assert_int_equal(hand_status(), ERR);
	hand_put32(28, 0xffffffff);
	assert_int_equal(hand_status(), ERR);
	hand_put32(28, 256);
	assert_int_equal(hand_status(), 0);
	/* The digest that is to be verified is behind the signature, or it is not. */
	hand = hand_of(PUBLIC, 1, 6);
	hand.op = VERIFY;
	hand.src = result.at;
	hand.src_len = 256;
	hand.aad = digest.at;
	hand.aad_len = 31;
	hand.dst_len = 32;
	assert_int_equal(run_once(hand), ERR);
}

/* --- the driver's half writes the same bytes --- */

static void check_bytes(const uint8_t *head, size_t len, size_t expected)
{
	assert_int_equal(len, expected);
	assert_memory_equal(head, hand_request.request, len);
}

static void the_builder_writes_what_the_text_says(void **state)
{
	struct vcrypto_virtio_data data = { .service = VCRYPTO_VIRTIO_AKCIPHER };
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];
	struct hand hand;
	size_t i, len;

	(void)state;
	jws_key();
	hand = hand_of(PRIVATE, 1, 6);
	hand.src_len = 5;
	hand.dst_len = 6;
	data.numbers = (struct vcrypto_virtio_numbers){
		.algo = 1, .key_type = PRIVATE, .key_len = hand.key_len, .padding = 1,
		.padding_hash = 6, .src_len = 5, .dst_len = 6,
	};
	for (i = 0; i < COUNT(framings); i++)
	for (hand.op = ENCRYPT; hand.op <= VERIFY; hand.op++) {
		data.op = hand.op;
		hand_restart(framings[i]);
		hand.stateless = data.stateless = false;
		hand.id = data.session = 0x1122334455667788;
		len = vcrypto_virtio_put_create(framings[i], VCRYPTO_VIRTIO_AKCIPHER, &data.numbers,
						head);
		check_bytes(head, len, hand_create(&hand));
		len = vcrypto_virtio_put_destroy(framings[i], VCRYPTO_VIRTIO_AKCIPHER, hand.id,
						 head);
		check_bytes(head, len, hand_destroy(4, hand.id));
		len = hand_data(&hand);
		check_bytes(head, vcrypto_virtio_put_data(framings[i], &data, head), len);
		hand.stateless = data.stateless = framings[i] & ALL_STATELESS;
		len = hand_data(&hand);
		if (data.stateless)
			check_bytes(head, vcrypto_virtio_put_data(framings[i], &data, head), len);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_offered_if_asked_for),
		TEST(the_signature_of_rfc_7515_is_made_and_verified),
		TEST(the_signature_of_rfc_6979_is_verified),
		TEST(raw_rsa_is_a_power),
		TEST(what_is_encrypted_can_be_decrypted),
		TEST(signatures_name_the_hash_of_the_session),
		TEST(ecdsa_has_all_curves),
		TEST(operations_that_do_not_suit_the_key_are_refused),
		TEST(numbers_that_do_not_fit_are_refused),
		TEST(the_builder_writes_what_the_text_says),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	forget_key();
	return failed;
}
