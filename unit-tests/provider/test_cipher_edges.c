// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Ciphers without tags at the edges of what EVP allows: refusals, no bytes, no IV, padding
 * that ends in the middle.  It is as with OpenSSL's own provider.
 */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "provider.h"
#include "rig.h"

/* XTS with two keys that are one, and lengths, and no key at all. */
static void what_openssl_refuses_is_refused(void **state)
{
	uint8_t zeros[64] = { 0 }, out[200];
	EVP_CIPHER *xts = our_cipher("AES-128-XTS"), *cbc = our_cipher("AES-128-CBC");
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int made;

	(void)state;
	assert_false(EVP_EncryptInit_ex(ctx, xts, NULL, zeros, zeros));
	assert_true(EVP_EncryptInit_ex(ctx, cbc, NULL, NULL, zeros));
	assert_false(EVP_EncryptUpdate(ctx, out, &made, zeros, 64));
	assert_false(EVP_EncryptFinal_ex(ctx, out, &made));
	ERR_clear_error();
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(xts);
	EVP_CIPHER_free(cbc);
}

/* OpenSSL has taken the IV when it looks at the key: two that are one. */
static void an_iv_counts_even_if_the_key_with_it_does_not(void **state)
{
	static const int lens[] = { MIN_BYTES / 2, 4 * MIN_BYTES };
	uint8_t key[64], iv[16], zeros[32] = { 0 }, out[2][4 * MIN_BYTES];
	EVP_CIPHER *cipher[2] = { our_cipher("AES-128-XTS"), other_cipher("AES-128-XTS") };
	EVP_CIPHER_CTX *ctx;
	int j, made;
	size_t i;

	(void)state;
	rig_fill(key, sizeof(key));
	rig_fill(iv, sizeof(iv));
	for (i = 0; i < VC_COUNT(lens); i++) {
		for (j = 0; j < 2; j++) {
			ctx = EVP_CIPHER_CTX_new();
			assert_true(EVP_EncryptInit_ex(ctx, cipher[j], NULL, key, key + 32));
			assert_false(EVP_EncryptInit_ex(ctx, NULL, NULL, zeros, iv));
			memset(out[j], 0, sizeof(out[j]));
			assert_true(EVP_EncryptUpdate(ctx, out[j], &made, out[j], lens[i]));
			EVP_CIPHER_CTX_free(ctx);
		}
		assert_memory_equal(out[0], out[1], (size_t)lens[i]);
	}
	EVP_CIPHER_free(cipher[0]);
	EVP_CIPHER_free(cipher[1]);
	ERR_clear_error();
}

/* What an update with no bytes returns, and how many come of it. */
static void update_with_nothing(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const uint8_t *key,
				const uint8_t *iv, int done[2])
{
	uint8_t out[64];

	assert_true(EVP_CipherInit_ex(ctx, cipher, NULL, key, iv, 1));
	done[0] = EVP_CipherUpdate(ctx, out, &done[1], iv, 0);
}

/* OpenSSL is not asked by EVP_Cipher(): with no bytes that ends a process on an emulated s390x. */
static void nothing_is_as_with_openssl(void **state)
{
	const struct vc_cipher_row *row;
	uint8_t key[VC_MAX_KEY], out[64];
	EVP_CIPHER_CTX *ctx[2];
	EVP_CIPHER *cipher[2];
	int done[2][2];
	char name[32];

	(void)state;
	rig_fill(key, sizeof(key));
	for (row = vc_ciphers; row < vc_ciphers + vc_cipher_count; row++) {
		if (row->kind == VC_AEAD)
			continue;
		cipher[0] = our_cipher(vc_main_name(row->names, name));
		cipher[1] = other_cipher(name);
		ctx[0] = EVP_CIPHER_CTX_new();
		ctx[1] = EVP_CIPHER_CTX_new();
		update_with_nothing(ctx[0], cipher[0], NULL, key, done[0]);
		assert_int_equal(done[0][0], 0);
		assert_int_equal(EVP_Cipher(ctx[0], out, key, 0), -1);
		update_with_nothing(ctx[0], cipher[0], key, key, done[0]);
		update_with_nothing(ctx[1], cipher[1], key, key, done[1]);
		if (memcmp(done[0], done[1], sizeof(done[0])))
			fail_msg("%s: %d %d, not %d %d", name, done[0][0], done[0][1], done[1][0],
				 done[1][1]);
		EVP_CIPHER_CTX_free(ctx[0]);
		EVP_CIPHER_CTX_free(ctx[1]);
		EVP_CIPHER_free(cipher[0]);
		EVP_CIPHER_free(cipher[1]);
	}
	ERR_clear_error();
}

/* It says what holds, and what holds when it is asked: XTS has none to be switched off. */
static void padding_is_as_with_openssl(void **state)
{
	const struct vc_cipher_row *row;
	uint8_t key[VC_MAX_KEY], text[32], out[2][64];
	unsigned int pad[2];
	OSSL_PARAM params[] = {
		OSSL_PARAM_uint(OSSL_CIPHER_PARAM_PADDING, &pad[0]),
		OSSL_PARAM_END,
	};
	EVP_CIPHER_CTX *ctx;
	EVP_CIPHER *cipher;
	int j, made[2][2];
	char name[32];

	(void)state;
	rig_fill(key, sizeof(key));
	rig_fill(text, sizeof(text));
	for (row = vc_ciphers; row < vc_ciphers + vc_cipher_count; row++) {
		if (row->kind == VC_AEAD)
			continue;
		memset(out, 0, sizeof(out));
		for (j = 0; j < 2; j++) {
			vc_main_name(row->names, name);
			cipher = j ? other_cipher(name) : our_cipher(name);
			ctx = EVP_CIPHER_CTX_new();
			assert_true(EVP_DecryptInit_ex(ctx, cipher, NULL, key, key));
			assert_true(EVP_DecryptUpdate(ctx, out[j], &made[j][0], text, 32));
			assert_true(EVP_CIPHER_CTX_set_padding(ctx, 0));
			params[0].data = &pad[j];
			assert_true(EVP_CIPHER_CTX_get_params(ctx, params));
			made[j][1] = 0;
			EVP_DecryptUpdate(ctx, out[j] + made[j][0], &made[j][1], NULL, 0);
			EVP_CIPHER_CTX_free(ctx);
			EVP_CIPHER_free(cipher);
		}
		assert_int_equal(pad[0], pad[1]);
		assert_memory_equal(made[0], made[1], sizeof(made[0]));
		assert_memory_equal(out[0], out[1], sizeof(out[0]));
	}
	ERR_clear_error();
}

/* Zeros are no IV of XTS; CBC goes on where it was. */
static void without_an_iv_it_is_as_with_openssl(void **state)
{
	static const char *const names[] = { "AES-128-CBC", "AES-128-CFB", "AES-128-CTR",
					     "AES-128-XTS" };
	uint8_t key[32], text[4 * MIN_BYTES], out[2][4 * MIN_BYTES];
	EVP_CIPHER_CTX *ctx[2];
	EVP_CIPHER *cipher[2];
	int i, j, len, made, done[2];
	size_t name;

	(void)state;
	rig_fill(key, sizeof(key));
	rig_fill(text, sizeof(text));
	for (name = 0; name < VC_COUNT(names); name++) {
		cipher[0] = our_cipher(names[name]);
		cipher[1] = other_cipher(names[name]);
		for (j = 0; j < 2; j++) {
			ctx[j] = EVP_CIPHER_CTX_new();
			assert_true(EVP_EncryptInit_ex(ctx[j], cipher[j], NULL, key, NULL));
		}
		for (i = 0; i < 6; i++) {
			len = i % 3 ? 4 * MIN_BYTES : MIN_BYTES / 2;
			memset(out, 0, sizeof(out));
			for (j = 0; j < 2; j++) {
				assert_true(EVP_EncryptInit_ex(ctx[j], NULL, NULL, NULL, NULL));
				done[j] = EVP_EncryptUpdate(ctx[j], out[j], &made, text, len);
			}
			assert_int_equal(done[0], done[1]);
			assert_memory_equal(out[0], out[1], sizeof(out[0]));
		}
		for (j = 0; j < 2; j++) {
			EVP_CIPHER_CTX_free(ctx[j]);
			EVP_CIPHER_free(cipher[j]);
		}
	}
	ERR_clear_error();
}

/* Between two calls that the device has done.  OpenSSL 3.5 sets none but 0. */
static void a_place_in_a_block_can_be_set(void **state)
{
	uint8_t key[32], text[300], out[2][300];
	EVP_CIPHER *cipher[2] = { our_cipher("AES-128-CFB"), other_cipher("AES-128-CFB") };
	EVP_CIPHER_CTX *ctx;
	int j, made, set[2];

	(void)state;
	rig_fill(key, sizeof(key));
	rig_fill(text, sizeof(text));
	for (j = 0; j < 2; j++) {
		ctx = EVP_CIPHER_CTX_new();
		assert_true(EVP_EncryptInit_ex(ctx, cipher[j], NULL, key, key + 16));
		assert_true(EVP_EncryptUpdate(ctx, out[j], &made, text, 128));
		set[j] = EVP_CIPHER_CTX_set_num(ctx, 5);
		assert_int_equal(EVP_CIPHER_CTX_get_num(ctx), set[j] ? 5 : 0);
		assert_true(EVP_EncryptUpdate(ctx, out[j] + 128, &made, text + 128, 172));
		EVP_CIPHER_CTX_free(ctx);
		EVP_CIPHER_free(cipher[j]);
	}
	assert_int_equal(set[0], set[1]);
	assert_int_equal(rig.calls, 2);
	assert_memory_equal(out[0], out[1], sizeof(out[0]));
	ERR_clear_error();
}

/* EVP_Cipher() knows nothing of what EVP_EncryptUpdate() has gathered. */
static void what_is_gathered_waits_for_more(void **state)
{
	EVP_CIPHER *cipher[2] = { our_cipher("AES-128-CBC"), other_cipher("AES-128-CBC") };
	uint8_t key[32], text[160], out[2][160];
	EVP_CIPHER_CTX *ctx;
	int j, made;

	(void)state;
	rig_fill(key, sizeof(key));
	rig_fill(text, sizeof(text));
	for (j = 0; j < 2; j++) {
		ctx = EVP_CIPHER_CTX_new();
		assert_true(EVP_EncryptInit_ex(ctx, cipher[j], NULL, key, key + 16));
		assert_true(EVP_EncryptUpdate(ctx, out[j], &made, text, 5));
		assert_int_equal(EVP_Cipher(ctx, out[j], text, 128), 128);
		assert_true(EVP_EncryptUpdate(ctx, out[j] + 128, &made, text, 11));
		assert_int_equal(made, 16);
		EVP_CIPHER_CTX_free(ctx);
		EVP_CIPHER_free(cipher[j]);
	}
	assert_int_equal(rig.calls, 1);
	assert_memory_equal(out[0], out[1], 144);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_start, rig_stop)
	const struct CMUnitTest tests[] = {
		TEST(what_openssl_refuses_is_refused),
		TEST(an_iv_counts_even_if_the_key_with_it_does_not),
		TEST(nothing_is_as_with_openssl),
		TEST(padding_is_as_with_openssl),
		TEST(without_an_iv_it_is_as_with_openssl),
		TEST(a_place_in_a_block_can_be_set),
		TEST(what_is_gathered_waits_for_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
