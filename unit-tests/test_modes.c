// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * CRYPT with every cipher that it can use: the result in any cut (protocol 3.3), and
 * the IV it leaves (4.7.3), against libcrypto's one-shot functions.
 */
#include <stdlib.h>

#include "flat.h"
#include "reference.h"

#define LEN 480

static struct vcrypto_engine *engine;
static struct flat flat;
static uint8_t text[LEN];
static const uint8_t iv[16] = { 255, 255, 255, 255, 255, 255, 255, 255,
				255, 255, 255, 255, 255, 255, 255, 250 };

static const struct {
	uint32_t cipher;
	uint32_t key_len;
} ciphers[] = {
	{ VCRYPTO_CIPHER_AES_ECB, 16 },
	{ VCRYPTO_CIPHER_AES_CBC, 32 },
	{ VCRYPTO_CIPHER_AES_CTR, 16 },
	{ VCRYPTO_CIPHER_AES_CFB, 24 },
	{ VCRYPTO_CIPHER_AES_OFB, 32 },
	{ VCRYPTO_CIPHER_AES_XTS, 32 },
	{ VCRYPTO_CIPHER_AES_XTS, 48 },
	{ VCRYPTO_CIPHER_AES_XTS, 64 },
	{ VCRYPTO_CIPHER_DES_CBC, 8 },
	{ VCRYPTO_CIPHER_3DES_CBC, 24 },
	{ VCRYPTO_CIPHER_BLOWFISH_CBC, 16 },
	{ VCRYPTO_CIPHER_CAMELLIA_CBC, 24 },
	{ VCRYPTO_CIPHER_CAST5_CBC, 16 },
};

static int start(void **state)
{
	(void)state;
	engine = flat_engine(real_backend());
	flat_open(&flat, 0);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	pattern(text, sizeof(text), 7);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	flat_engine_free(engine);
	return 0;
}

/* Session 0 anew, of the cipher with this index, and a hash too. */
static const struct vcrypto_cipher *use(size_t i, uint32_t mac)
{
	struct vcrypto_session_args args = both_args(0, ciphers[i].cipher, ciphers[i].key_len,
						     mac, 0);

	flat_free(&flat, 0, 0);
	(void)flat_status(engine, &flat);
	flat_session(&flat, &args);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	return vcrypto_cipher_find(ciphers[i].cipher);
}

static void reference(size_t i, const uint8_t *from_iv, bool decrypt, const uint8_t *in,
		      size_t len, uint8_t *out)
{
	ref_cipher(ciphers[i].cipher, key_bytes, ciphers[i].key_len, from_iv, decrypt, in, len,
		   out);
}

/* 3.3 */
static void each_cipher_gives_what_libcrypto_gives_however_it_is_cut(void **state)
{
	static const size_t pieces[] = { 1, 3, 8, 17, 100, 1000 };
	uint8_t expected[LEN];
	size_t i, j;

	(void)state;
	for (i = 0; i < COUNT(ciphers); i++)
		for (j = 0; j < 2 * COUNT(pieces); j++) {
			struct vcrypto_crypt_args args = data_args(0, LEN);
			struct flat_cut cut = { { 0, 0 }, pieces[j / 2] };
			struct flat_cut other = { { 0, 0 }, pieces[(i + j) % COUNT(pieces)] };

			args.iv = iv;
			args.iv_len = use(i, VCRYPTO_MAC_NONE)->iv_len;
			args.decrypt = j & 1;
			reference(i, iv, args.decrypt, text, LEN, expected);
			flat_crypt(&flat, &args, text);
			assert_int_equal(flat_run(engine, &flat, &cut, &other), 16 + LEN);
			assert_memory_equal(flat.reply + 16, expected, LEN);
		}
}

/* The IV that a call with @len bytes leaves, by the words of 4.7.3. */
static void next_iv(size_t i, const struct vcrypto_cipher *cipher, bool decrypt, size_t len,
		    const uint8_t *out, uint8_t next[16])
{
	static const uint8_t zeros[16 + LEN];
	const uint8_t *ciphertext = decrypt ? text : out;
	uint8_t joined[16 + LEN];
	size_t blocks = (len + 15) / 16, b;

	memcpy(next, iv, 16);
	switch (cipher->chaining) {
	case VCRYPTO_CHAIN_COUNTER:
		for (b = 0; b < blocks; b++)
			for (int at = 15; at >= 0 && !++next[at]; at--)
				;
		break;
	case VCRYPTO_CHAIN_FEEDBACK:
		reference(i, iv, false, zeros, 16 * blocks, joined);
		if (blocks)
			memcpy(next, joined + 16 * (blocks - 1), 16);
		break;
	case VCRYPTO_CHAIN_BLOCK:
		memcpy(joined, iv, cipher->iv_len);
		memcpy(joined + cipher->iv_len, ciphertext, len);
		memcpy(next, joined + len, cipher->iv_len);
		break;
	default:
		break;
	}
}

/* 4.CRYPT.3c, 4.7.3, for every length and both directions */
static void the_iv_that_is_left_is_returned_and_gone_on_from(void **state)
{
	uint8_t next[16], expected[LEN];
	size_t i, len;
	int decrypt;

	(void)state;
	for (i = 0; i < COUNT(ciphers); i++) {
		const struct vcrypto_cipher *cipher = use(i, VCRYPTO_MAC_NONE);

		for (len = 0; len <= 70; len += cipher->block)
			for (decrypt = 0; decrypt < 2; decrypt++) {
				struct vcrypto_crypt_args args = data_args(0, (uint32_t)len);

				args.iv = iv;
				args.iv_len = args.iv_out_len = cipher->iv_len;
				args.decrypt = decrypt;
				flat_crypt(&flat, &args, text);
				assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
				next_iv(i, cipher, decrypt, len, flat.reply + 16, next);
				assert_memory_equal(flat.reply + 16 + len, next, cipher->iv_len);
				args = data_args(0, 80);
				args.decrypt = decrypt;
				flat_crypt(&flat, &args, text);
				assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
				reference(i, next, decrypt, text, 80, expected);
				assert_memory_equal(flat.reply + 16, expected, 80);
			}
	}
}

/* 4.CRYPT.4b, 4.7.2: the plaintext is hashed, whichever way it goes */
static void a_hash_beside_any_cipher_is_that_of_the_plaintext(void **state)
{
	uint8_t sealed[LEN], digest[32];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(ciphers); i++) {
		struct vcrypto_crypt_args args = data_args(0, LEN);
		struct flat_cut cut = { { 0, 0 }, 37 };

		args.iv = iv;
		args.iv_len = use(i, VCRYPTO_MAC_SHA2_256)->iv_len;
		args.mac_len = 32;
		flat_crypt(&flat, &args, text);
		assert_int_equal(flat_run(engine, &flat, &cut, &cut), 16 + LEN + 32);
		memcpy(sealed, flat.reply + 16, LEN);
		memcpy(digest, flat.reply + 16 + LEN, 32);
		args.decrypt = true;
		flat_crypt(&flat, &args, sealed);
		assert_int_equal(flat_run(engine, &flat, &cut, &cut), 16 + LEN + 32);
		assert_memory_equal(flat.reply + 16, text, LEN);
		assert_memory_equal(flat.reply + 16 + LEN, digest, 32);
	}
}

/* 4.3: SP 800-38E wants two keys, programs do without */
static void an_xts_key_of_equal_halves_is_taken(void **state)
{
	struct vcrypto_session_args args = cipher_args(1, VCRYPTO_CIPHER_AES_XTS, 32);
	uint8_t key[64];

	(void)state;
	memset(key, 9, sizeof(key));
	args.cipher_key = key;
	flat_session(&flat, &args);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	args.session++;
	args.cipher_key_len = 64;
	flat_session(&flat, &args);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
}

/* What keys of twice 192 bits are compared with, where libcrypto knows better. */
static void the_reference_for_xts_gives_what_libcrypto_gives(void **state)
{
	uint8_t expected[LEN], out[LEN];
	size_t key_len;
	int decrypt;

	(void)state;
	for (key_len = 32; key_len <= 64; key_len += 32)
		for (decrypt = 0; decrypt < 2; decrypt++) {
			ref_cipher(VCRYPTO_CIPHER_AES_XTS, key_bytes, key_len, iv, decrypt, text,
				   LEN, expected);
			ref_xts(key_bytes, key_len, iv, decrypt, text, LEN, out);
			assert_memory_equal(out, expected, LEN);
		}
}

/* 4.7.1 */
static void an_xts_data_unit_has_at_most_2_to_the_20_blocks(void **state)
{
	static struct vcrypto_limits limits = { 1, 1, (1u << 24) + 16, 0 };
	size_t room = limits.payload + 64u;
	uint8_t *in = calloc(1, room), *out = calloc(1, room);
	void *memory = calloc(1, vcrypto_engine_size(&limits, &vcrypto_backend_null));
	struct vcrypto_engine *large = vcrypto_engine_init(memory, &limits,
							   &vcrypto_backend_null);
	struct vcrypto_session_args session = cipher_args(0, VCRYPTO_CIPHER_AES_XTS, 32);
	struct vcrypto_crypt_args args = data_args(0, 1u << 24);
	struct iovec readable = { in, 0 }, writable = { out, 0 };
	struct vcrypto_io io = { &readable, &writable, 1, 1, 0 };
	struct vcrypto_response_header header;
	int i;
	struct vcrypto_message message = {
		.control = in, .size = 64, .header = &header,
	};

	(void)state;
	flat_open(&flat, 0);
	assert_int_equal(flat_status(large, &flat), VCRYPTO_OK);
	flat_session(&flat, &session);
	assert_int_equal(flat_status(large, &flat), VCRYPTO_OK);
	for (i = 0; i < 2; i++) {
		args.iv = iv;
		args.iv_len = 16;
		assert_true(vcrypto_build_crypt(&message, &args));
		readable.iov_len = message.len + args.src_len;
		writable.iov_len = 16 + args.dst_len;
		assert_int_equal(vcrypto_process(large, &io, 1), 1);
		assert_int_equal(out[0], i ? VCRYPTO_BAD_PARAMETER : VCRYPTO_OK);
		args = data_args(0, (1u << 24) + 16);
	}
	vcrypto_engine_fini(large);
	free(memory);
	free(in);
	free(out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_cipher_gives_what_libcrypto_gives_however_it_is_cut),
		TEST(the_iv_that_is_left_is_returned_and_gone_on_from),
		TEST(a_hash_beside_any_cipher_is_that_of_the_plaintext),
		TEST(an_xts_key_of_equal_halves_is_taken),
		TEST(the_reference_for_xts_gives_what_libcrypto_gives),
		TEST(an_xts_data_unit_has_at_most_2_to_the_20_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
