// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * IVs that ciphers with tags count on by themselves: for records of TLS 1.2, and for packets of
 * those who do as OpenSSH does.
 */
#include <errno.h>
#include <string.h>

#include <openssl/err.h>

#include "provider.h"
#include "rig.h"

#define MOST 2000

/* --- records of TLS 1.2, as libssl has them made --- */

struct record {
	uint8_t bytes[MOST + 40];
	int len;
	uint8_t head[13];
};

static EVP_CIPHER_CTX *peer(const EVP_CIPHER *cipher, bool encrypt, const uint8_t *key)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int mode = EVP_CIPHER_get_mode(cipher), fixed = mode ? 4 : 12;

	assert_true(EVP_CipherInit_ex(ctx, cipher, NULL, NULL, NULL, encrypt));
	if (mode == EVP_CIPH_CCM_MODE) {
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 8, NULL));
	}
	assert_true(EVP_CipherInit_ex(ctx, NULL, NULL, key, NULL, encrypt));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IV_FIXED, fixed,
					(void *)(uintptr_t)(key + 32)) > 0);
	return ctx;
}

/* Returns whether the record was made, or opened. */
static bool pass(EVP_CIPHER_CTX *ctx, struct record *record)
{
	int made, around = EVP_CIPHER_CTX_get_mode(ctx) ? 8 : 0, pad;
	bool encrypt = EVP_CIPHER_CTX_is_encrypting(ctx);

	record->len += encrypt ? around : 0;
	record->head[11] = (uint8_t)(record->len >> 8);
	record->head[12] = (uint8_t)record->len;
	pad = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_TLS1_AAD, 13, record->head);
	assert_true(pad == 16 || pad == 8);
	record->len += encrypt ? pad : 0;
	if (!EVP_CipherUpdate(ctx, record->bytes, &made, record->bytes, record->len))
		return false;
	if (encrypt)
		assert_int_equal(made, record->len);
	else
		memmove(record->bytes, record->bytes + around, (size_t)made);
	record->len = made;
	return true;
}

/* What the one makes the other opens, unless a bit is wrong. */
static void exchange(const char *name, bool ours_makes)
{
	EVP_CIPHER *ours = our_cipher(name), *other = other_cipher(name);
	EVP_CIPHER_CTX *from, *to;
	struct record record = { .head = { 0, 0, 0, 0, 0, 0, 0, 0, 23, 3, 3 } };
	uint8_t key[48], text[MOST];
	int i, len, around = EVP_CIPHER_get_mode(ours) ? 8 : 0;
	bool forge;

	rig_fill(key, sizeof(key));
	from = peer(ours_makes ? ours : other, true, key);
	to = peer(ours_makes ? other : ours, false, key);
	for (i = 0; i < 100; i++) {
		len = record.len = (int)rig_random(rig_random(2) ? 100 : MOST);
		rig_fill(text, sizeof(text));
		memcpy(record.bytes + around, text, (size_t)len);
		record.head[7] = (uint8_t)i;
		assert_true(pass(from, &record));
		forge = rig_random(5) == 0;
		if (forge)
			record.bytes[rig_random((uint32_t)record.len)] ^= 1;
		assert_int_equal(pass(to, &record), !forge);
		if (!forge) {
			assert_int_equal(record.len, len);
			assert_memory_equal(record.bytes, text, (size_t)len);
		}
	}
	ERR_clear_error();
	EVP_CIPHER_CTX_free(from);
	EVP_CIPHER_CTX_free(to);
	EVP_CIPHER_free(ours);
	EVP_CIPHER_free(other);
}

static void exchange_all(void)
{
	static const char *const names[] = { "AES-128-GCM", "AES-256-GCM", "AES-128-CCM",
					     "ChaCha20-Poly1305" };
	size_t i;

	for (i = 0; i < VC_COUNT(names); i++) {
		exchange(names[i], true);
		exchange(names[i], false);
	}
}

static void records_pass_between_us_and_openssl(void **state)
{
	(void)state;
	exchange_all();
	assert_true(rig.calls > 300);
}

static void records_pass_when_the_device_fails(void **state)
{
	(void)state;
	rig.fails = EIO;
	exchange_all();
	assert_int_equal(rig.calls, 0);
}

/* The numbers that GCM is given are those that it counts on from, whoever does the work. */
static void numbers_of_records_are_not_used_twice(void **state)
{
	EVP_CIPHER *cipher = our_cipher("AES-128-GCM");
	uint8_t key[48] = { 7 }, last[8], next[8];
	EVP_CIPHER_CTX *ctx = peer(cipher, true, key);
	struct record record = { .len = 0 };
	int i, j;

	(void)state;
	for (i = 0; i < 600; i++) {
		rig.fails = i > 500 ? EIO : 0;
		record.len = i % 3 * MIN_BYTES;
		assert_true(pass(ctx, &record));
		memcpy(next, record.bytes, 8);
		for (j = 7; i && j >= 0 && !++last[j]; j--)
			;
		if (i)
			assert_memory_equal(next, last, 8);
		memcpy(last, next, 8);
	}
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
}

/* --- generated --- */

/* As OpenSSH does it: the whole IV is given, each packet counts it on. */
static void ivs_are_generated_as_openssl_does(void **state)
{
	EVP_CIPHER *ours = our_cipher("AES-256-GCM"), *other = other_cipher("AES-256-GCM");
	EVP_CIPHER_CTX *ctx[2];
	uint8_t key[48], text[100], out[2][100], tags[2][16], iv[2][12];
	int i, j;

	(void)state;
	rig_fill(key, sizeof(key));
	for (j = 0; j < 2; j++) {
		ctx[j] = EVP_CIPHER_CTX_new();
		assert_true(EVP_CipherInit_ex(ctx[j], j ? other : ours, NULL, key, NULL, 1));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx[j], EVP_CTRL_GCM_SET_IV_FIXED, -1, key + 32));
	}
	for (i = 0; i < 20; i++) {
		rig_fill(text, sizeof(text));
		for (j = 0; j < 2; j++) {
			assert_true(EVP_CIPHER_CTX_ctrl(ctx[j], EVP_CTRL_GCM_IV_GEN, 1, iv[j]));
			assert_int_equal(EVP_Cipher(ctx[j], NULL, text, 4), 4);
			assert_int_equal(EVP_Cipher(ctx[j], out[j], text, 96), 96);
			assert_true(EVP_Cipher(ctx[j], NULL, NULL, 0) >= 0);
			assert_true(EVP_CIPHER_CTX_ctrl(ctx[j], EVP_CTRL_GCM_GET_TAG, 16, tags[j]));
			assert_true(EVP_CIPHER_CTX_get_updated_iv(ctx[j], iv[j], 12));
		}
		assert_memory_equal(out[0], out[1], 96);
		assert_memory_equal(tags[0], tags[1], 16);
		assert_memory_equal(iv[0], iv[1], 12);
	}
	assert_int_equal(rig.calls, 20);
	EVP_CIPHER_CTX_free(ctx[0]);
	EVP_CIPHER_CTX_free(ctx[1]);
	EVP_CIPHER_free(ours);
	EVP_CIPHER_free(other);
}

/* Numbers are counted on from the IV that was given last. */
static void ivs_are_generated_from_the_last_one(void **state)
{
	EVP_CIPHER *cipher[2] = { our_cipher("AES-128-GCM"), other_cipher("AES-128-GCM") };
	uint8_t key[32], iv[2][4][12];
	EVP_CIPHER_CTX *ctx;
	int j;

	(void)state;
	rig_fill(key, sizeof(key));
	memset(iv, 0, sizeof(iv));
	for (j = 0; j < 2; j++) {
		ctx = EVP_CIPHER_CTX_new();
		assert_true(EVP_CipherInit_ex(ctx, cipher[j], NULL, key, NULL, 1));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_IV_FIXED, -1, key));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_IV_GEN, 12, iv[j][0]));
		assert_true(EVP_CipherInit_ex(ctx, NULL, NULL, NULL, key + 16, 1));
		assert_true(EVP_CIPHER_CTX_get_updated_iv(ctx, iv[j][1], 12));
		assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_IV_GEN, 12, iv[j][2]));
		assert_true(EVP_CIPHER_CTX_get_updated_iv(ctx, iv[j][3], 12));
		EVP_CIPHER_CTX_free(ctx);
		EVP_CIPHER_free(cipher[j]);
	}
	assert_memory_equal(iv[0], iv[1], sizeof(iv[0]));
}

/* The place of the number is the last eight bytes. */
static void an_iv_without_room_for_a_number_is_not_generated(void **state)
{
	EVP_CIPHER *gcm = our_cipher("AES-128-GCM"), *ccm = our_cipher("AES-128-CCM");
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[32] = { 1 }, iv[16];

	(void)state;
	assert_true(EVP_CipherInit_ex(ctx, gcm, NULL, key, NULL, 1));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, 4, NULL));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_IV_FIXED, -1, key));
	assert_false(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_IV_GEN, 4, iv) > 0);
	assert_true(EVP_CIPHER_CTX_reset(ctx));
	assert_true(EVP_CipherInit_ex(ctx, ccm, NULL, key, NULL, 1));
	assert_true(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_CCM_SET_IV_FIXED, 4, key) > 0);
	assert_false(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_IV_GEN, 7, iv) > 0);
	ERR_clear_error();
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(gcm);
	EVP_CIPHER_free(ccm);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_start, rig_stop)
	const struct CMUnitTest tests[] = {
		TEST(records_pass_between_us_and_openssl),
		TEST(records_pass_when_the_device_fails),
		TEST(numbers_of_records_are_not_used_twice),
		TEST(ivs_are_generated_as_openssl_does),
		TEST(ivs_are_generated_from_the_last_one),
		TEST(an_iv_without_room_for_a_number_is_not_generated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
