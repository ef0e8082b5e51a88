// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Keys that are objects, which OpenSSL has from 3.5 on: built with any version, skipped with others. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include "rig.h"

#if OPENSSL_VERSION_NUMBER < 0x30500000L
typedef struct evp_skey_st EVP_SKEY;
EVP_SKEY *EVP_SKEY_import_raw_key(OSSL_LIB_CTX *libctx, const char *name, unsigned char *key,
				  size_t len, const char *properties);
EVP_SKEY *EVP_SKEY_to_provider(EVP_SKEY *skey, OSSL_LIB_CTX *libctx, OSSL_PROVIDER *provider,
			       const char *properties);
int EVP_SKEY_get0_raw_key(const EVP_SKEY *skey, const unsigned char **key, size_t *len);
const char *EVP_SKEY_get0_provider_name(const EVP_SKEY *skey);
const char *EVP_SKEY_get0_key_id(const EVP_SKEY *skey);
void EVP_SKEY_free(EVP_SKEY *skey);
int EVP_CipherInit_SKEY(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, EVP_SKEY *skey,
			const unsigned char *iv, size_t iv_len, int enc,
			const OSSL_PARAM params[]);
int EVP_MAC_init_SKEY(EVP_MAC_CTX *ctx, EVP_SKEY *skey, const OSSL_PARAM params[]);
#endif
#pragma weak EVP_SKEY_import_raw_key
#pragma weak EVP_SKEY_to_provider
#pragma weak EVP_SKEY_get0_raw_key
#pragma weak EVP_SKEY_get0_provider_name
#pragma weak EVP_SKEY_get0_key_id
#pragma weak EVP_SKEY_free
#pragma weak EVP_CipherInit_SKEY
#pragma weak EVP_MAC_init_SKEY

#define LEN 4096

static uint8_t key[64], iv[16], text[LEN];

static int start(void **state)
{
	rig_fill(key, sizeof(key));
	rig_fill(iv, sizeof(iv));
	rig_fill(text, sizeof(text));
	return rig_start(state);
}

static EVP_SKEY *import(OSSL_LIB_CTX *libctx, const char *name, size_t len, const char *provider)
{
	EVP_SKEY *skey = EVP_SKEY_import_raw_key(libctx, name, key, len, NULL);

	assert_non_null(skey);
	assert_string_equal(EVP_SKEY_get0_provider_name(skey), provider);
	return skey;
}

/* The message, and a tag behind it if the cipher has one. */
static void crypt(EVP_CIPHER *cipher, EVP_SKEY *skey, int enc, const uint8_t *in, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t iv_len = (size_t)EVP_CIPHER_get_iv_length(cipher);
	bool aead = EVP_CIPHER_get_flags(cipher) & EVP_CIPH_FLAG_AEAD_CIPHER;
	int len, rest;

	assert_int_equal(EVP_CipherInit_SKEY(ctx, cipher, skey, iv, iv_len, enc, NULL), 1);
	assert_true(EVP_CIPHER_CTX_set_padding(ctx, 0));
	if (aead && !enc)
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16,
						(void *)(uintptr_t)(in + LEN)));
	assert_true(EVP_CipherUpdate(ctx, out, &len, in, LEN));
	assert_int_equal(len, LEN);
	assert_true(EVP_CipherFinal_ex(ctx, out + len, &rest));
	if (aead && enc)
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, out + LEN));
	EVP_CIPHER_CTX_free(ctx);
}

static void compare_cipher(const char *name, const char *type, size_t key_len)
{
	EVP_CIPHER *ours = our_cipher(name), *others = other_cipher(name);
	EVP_SKEY *our_key = import(with, type, key_len, "vcrypto");
	EVP_SKEY *other_key = import(without, type, key_len, "default");
	uint8_t ciphertext[LEN + 16] = { 0 }, expected[LEN + 16] = { 0 }, plain[LEN + 16];
	unsigned int calls = rig.calls;

	crypt(ours, our_key, 1, text, ciphertext);
	crypt(others, other_key, 1, text, expected);
	assert_memory_equal(ciphertext, expected, sizeof(expected));
	crypt(ours, our_key, 0, ciphertext, plain);
	assert_memory_equal(plain, text, LEN);
	assert_int_equal(rig.calls, calls + 2);
	EVP_SKEY_free(our_key);
	EVP_SKEY_free(other_key);
	EVP_CIPHER_free(ours);
	EVP_CIPHER_free(others);
}

/* A type that nobody has is that of any bytes. */
static void ciphers_take_keys_of_the_same_provider(void **state)
{
	(void)state;
	compare_cipher("AES-128-CBC", "AES", 16);
	compare_cipher("AES-192-CTR", "AES", 24);
	compare_cipher("AES-256-ECB", "AES", 32);
	compare_cipher("AES-256-GCM", "AES", 32);
	compare_cipher("AES-256-XTS", "GENERIC-SECRET", 64);
	compare_cipher("ChaCha20-Poly1305", "ChaCha20", 32);
}

/* Up to 3.5 OpenSSL's own HMAC takes bytes only. */
static void a_mac_takes_keys_of_the_same_provider(void **state)
{
	EVP_MAC *mac = EVP_MAC_fetch(with, "HMAC", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	EVP_SKEY *skey = import(with, "HMAC", 20, "vcrypto");
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 6),
		OSSL_PARAM_END,
	};
	uint8_t result[EVP_MAX_MD_SIZE], expected[EVP_MAX_MD_SIZE];
	size_t len;

	(void)state;
	assert_non_null(EVP_Q_mac(without, "HMAC", NULL, "SHA256", NULL, key, 20, text, LEN, expected,
				  sizeof(expected), &len));
	assert_int_equal(EVP_MAC_init_SKEY(ctx, skey, params), 1);
	assert_true(EVP_MAC_update(ctx, text, LEN));
	assert_true(EVP_MAC_final(ctx, result, &len, sizeof(result)));
	assert_int_equal(len, 32);
	assert_memory_equal(result, expected, 32);
	assert_int_equal(rig.calls, 1);
	EVP_SKEY_free(skey);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
}

static void lengths_that_aes_has_not_are_refused(void **state)
{
	(void)state;
	assert_null(EVP_SKEY_import_raw_key(without, "AES", key, 17, NULL));
	assert_null(EVP_SKEY_import_raw_key(with, "AES", key, 17, NULL));
	assert_null(EVP_SKEY_import_raw_key(with, "AES", key, 0, NULL));
	assert_null(EVP_SKEY_import_raw_key(with, "GENERIC-SECRET", key, 0, NULL));
}

/* As programs do with one from elsewhere. */
static void keys_are_carried_from_provider_to_provider(void **state)
{
	EVP_CIPHER *cipher = our_cipher("AES-256-CBC");
	EVP_SKEY *first = EVP_SKEY_import_raw_key(with, "AES", key, 32, "provider=default");
	OSSL_PROVIDER *provider = (OSSL_PROVIDER *)(uintptr_t)EVP_CIPHER_get0_provider(cipher);
	EVP_SKEY *second;
	const uint8_t *bytes;
	size_t len;

	(void)state;
	assert_non_null(first);
	assert_string_equal(EVP_SKEY_get0_provider_name(first), "default");
	second = EVP_SKEY_to_provider(first, with, provider, NULL);
	assert_non_null(second);
	assert_string_equal(EVP_SKEY_get0_provider_name(second), "vcrypto");
	EVP_SKEY_free(first);
	assert_true(EVP_SKEY_get0_raw_key(second, &bytes, &len));
	assert_int_equal(len, 32);
	assert_memory_equal(bytes, key, 32);
	assert_null(EVP_SKEY_get0_key_id(second));
	EVP_SKEY_free(second);
	EVP_CIPHER_free(cipher);
}

static void keys_are_whose_ciphers_are(void **state)
{
	rig_stop(state);
	rig_start_with("operations = digests macs");
	EVP_SKEY_free(import(with, "AES", 16, "default"));
	EVP_SKEY_free(import(with, "GENERIC-SECRET", 20, "default"));
	rig_stop(state);
	rig_start_with("");
	rig.no_device = ENOENT;
	EVP_SKEY_free(import(with, "AES", 16, "default"));
	EVP_SKEY_free(import(with, "GENERIC-SECRET", 20, "default"));
	rig.opened = 0;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, rig_stop)
	const struct CMUnitTest tests[] = {
		TEST(ciphers_take_keys_of_the_same_provider),
		TEST(a_mac_takes_keys_of_the_same_provider),
		TEST(lengths_that_aes_has_not_are_refused),
		TEST(keys_are_carried_from_provider_to_provider),
		TEST(keys_are_whose_ciphers_are),
	};

	if (!EVP_SKEY_import_raw_key) {
		puts("SKIP: this OpenSSL has no EVP_SKEY, as 3.5 has");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
