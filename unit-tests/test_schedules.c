// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* How often the libcrypto backend has a key scheduled.  Linked with --wrap. */
#include <openssl/evp.h>

#include "flat.h"
#include "real_backend.h"

int __wrap_EVP_CipherInit_ex2(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const uint8_t *key,
			      const uint8_t *iv, int encrypt, const OSSL_PARAM params[]);
int __real_EVP_CipherInit_ex2(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const uint8_t *key,
			      const uint8_t *iv, int encrypt, const OSSL_PARAM params[]);

static size_t schedules;

int __wrap_EVP_CipherInit_ex2(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, const uint8_t *key,
			      const uint8_t *iv, int encrypt, const OSSL_PARAM params[])
{
	schedules += key != NULL;
	return __real_EVP_CipherInit_ex2(ctx, cipher, key, iv, encrypt, params);
}

/* Encrypts and decrypts in turn; how many schedules that took. */
static size_t run(struct vcrypto_engine *engine, uint32_t cipher, uint32_t key_len)
{
	const uint16_t iv_len = vcrypto_cipher_find(cipher)->iv_len;
	static const uint8_t iv[16] = { 1, 2, 3 }, text[16] = "sixteen bytes...";
	struct vcrypto_session_args session = cipher_args(1, cipher, key_len);
	struct vcrypto_crypt_args args = data_args(1, sizeof(text));
	static struct flat flat;
	uint8_t sealed[16];
	size_t i;

	flat_session(&flat, &session);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	schedules = 0;
	args.iv = iv;
	args.iv_len = iv_len;
	for (i = 0; i < 20; i++) {
		args.decrypt = i & 1;
		flat_crypt(&flat, &args, i & 1 ? sealed : text);
		assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
		if (i & 1)
			assert_memory_equal(flat.reply + 16, text, sizeof(text));
		else
			memcpy(sealed, flat.reply + 16, sizeof(sealed));
	}
	i = schedules;
	flat_free(&flat, 0, 1);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	return i;
}

/* One of Blowfish costs as much as a hundred requests, and vcrypto_cost() does not know of it. */
static void a_schedule_without_direction_is_made_once(void **state)
{
	static const struct {
		uint32_t cipher, key_len;
	} rows[] = {
		{ VCRYPTO_CIPHER_BLOWFISH_CBC, 16 }, { VCRYPTO_CIPHER_CAST5_CBC, 16 },
		{ VCRYPTO_CIPHER_DES_CBC, 8 }, { VCRYPTO_CIPHER_3DES_CBC, 24 },
	};
	struct vcrypto_engine *engine = flat_engine(&vcrypto_backend_libcrypto);
	static struct flat flat;
	size_t i;

	(void)state;
	flat_open(&flat, 0);
	assert_int_equal(flat_status(engine, &flat), VCRYPTO_OK);
	for (i = 0; i < COUNT(rows); i++)
		assert_int_equal(run(engine, rows[i].cipher, rows[i].key_len), 1);
	/* AES has two. */
	assert_int_equal(run(engine, VCRYPTO_CIPHER_AES_CBC, 16), 20);
	flat_engine_free(engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_schedule_without_direction_is_made_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
