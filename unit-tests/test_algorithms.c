// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The table of algorithms (protocol 6). */
#include <stdio.h>

#include "check.h"

/* 6.2 */
static void check_hash_of(const struct vcrypto_mac *mac)
{
	const struct vcrypto_mac *hash = vcrypto_mac_find(mac->hash);
	char name[VCRYPTO_NAME_LEN];

	switch (mac->kind) {
	case VCRYPTO_KIND_HASH:
		assert_int_equal(mac->id, mac->hash);
		break;
	case VCRYPTO_KIND_HMAC:
		assert_int_equal(mac->id, mac->hash + 32);
		assert_int_equal(mac->digest_len, hash->digest_len);
		snprintf(name, sizeof(name), "hmac(%s)", hash->name);
		assert_string_equal(mac->name, name);
		snprintf(name, sizeof(name), "HMAC-%s", hash->title);
		assert_string_equal(mac->title, name);
		break;
	case VCRYPTO_KIND_CMAC:
	case VCRYPTO_KIND_GMAC:
		assert_null(hash);
		assert_in_range(mac->id, 48, 63);
		break;
	default:
		fail_msg("%s is of no kind", mac->name);
	}
}

static void the_table_is_indexed_by_its_numbers(void **state)
{
	uint32_t id, ciphers = 0, macs = 0;

	(void)state;
	for (id = 0; id < 0x20000; id++) {
		const struct vcrypto_cipher *cipher = vcrypto_cipher_find(id);
		const struct vcrypto_mac *mac = vcrypto_mac_find(id);

		if (cipher) {
			ciphers++;
			assert_int_equal(cipher->id, id);
			assert_in_range(cipher->block, 1, VCRYPTO_MAX_BLOCK);
			assert_in_range(cipher->iv_len, 0, VCRYPTO_MAX_IV);
			assert_in_range(cipher->key_max, cipher->key_min, VCRYPTO_MAX_CIPHER_KEY);
			assert_int_equal(cipher->kind == VCRYPTO_KIND_CIPHER, !cipher->tag_len);
			assert_int_equal(cipher->kind == VCRYPTO_KIND_RECORD, !!cipher->record_mac);
			assert_int_equal(cipher->kind == VCRYPTO_KIND_AEAD, !!cipher->tag_lens);
			assert_int_equal(cipher->len_first, id == VCRYPTO_CIPHER_AES_CCM);
			/* SP 800-38E, 4 */
			assert_int_equal(cipher->max_unit,
					 id == VCRYPTO_CIPHER_AES_XTS ? 1 << 24 : 0);
			assert_true(strlen(cipher->mode) < VCRYPTO_NAME_LEN);
		}
		if (mac) {
			macs++;
			assert_int_equal(mac->id, id);
			assert_in_range(mac->digest_len, 16, VCRYPTO_MAX_DIGEST);
			assert_in_range(mac->key_max, mac->key_min, VCRYPTO_MAX_MAC_KEY);
			assert_int_equal(mac->keyed, mac->kind != VCRYPTO_KIND_HASH);
			assert_int_equal(mac->keyed, mac->key_max != 0);
			/* SP 800-38D, 5.2.1.1 */
			assert_int_equal(mac->iv_len, mac->kind == VCRYPTO_KIND_GMAC ? 12 : 0);
			check_hash_of(mac);
		}
	}
	assert_int_equal(ciphers, 18);
	assert_int_equal(macs, 24);
	assert_null(vcrypto_cipher_find(0xffffffff));
	assert_null(vcrypto_mac_find(0xffffffff));
}

/* Names of one kind are found by looking for one. */
static void no_two_algorithms_have_the_same_names(void **state)
{
	uint32_t a, b;

	(void)state;
	for (a = 0; a < VCRYPTO_MAX_ALGORITHMS; a++)
		for (b = 0; b < a; b++) {
			const struct vcrypto_cipher *c = vcrypto_cipher_find(a);
			const struct vcrypto_cipher *d = vcrypto_cipher_find(b);
			const struct vcrypto_mac *m = vcrypto_mac_find(a);
			const struct vcrypto_mac *n = vcrypto_mac_find(b);

			if (c && d) {
				assert_string_not_equal(c->title, d->title);
				assert_string_not_equal(c->name, d->name);
				assert_string_not_equal(c->mode, d->mode);
			}
			if (m && n) {
				assert_string_not_equal(m->title, n->title);
				assert_string_not_equal(m->name, n->name);
				assert_string_not_equal(m->mode, n->mode);
			}
		}
}

/* 3.CONSTANTS, 6: the numbers of <crypto/cryptodev.h>, as programs have them compiled in */
static void cryptodev_numbers_find_their_algorithms(void **state)
{
	static const struct {
		uint32_t number;
		enum vcrypto_cipher_id cipher;
		enum vcrypto_mac_id mac;
	} rows[] = {
		{ 1, VCRYPTO_CIPHER_DES_CBC, 0 }, { 2, VCRYPTO_CIPHER_3DES_CBC, 0 },
		{ 3, VCRYPTO_CIPHER_BLOWFISH_CBC, 0 }, { 4, VCRYPTO_CIPHER_CAST5_CBC, 0 },
		{ 6, 0, VCRYPTO_MAC_HMAC_MD5 }, { 12, VCRYPTO_CIPHER_ARC4, 0 },
		{ 7, 0, VCRYPTO_MAC_HMAC_SHA1 }, { 8, 0, VCRYPTO_MAC_HMAC_RIPEMD160 },
		{ 11, VCRYPTO_CIPHER_AES_CBC, 0 }, { 13, 0, VCRYPTO_MAC_MD5 },
		{ 14, 0, VCRYPTO_MAC_SHA1 }, { 16, VCRYPTO_CIPHER_NULL, 0 },
		{ 18, 0, VCRYPTO_MAC_HMAC_SHA2_256 }, { 19, 0, VCRYPTO_MAC_HMAC_SHA2_384 },
		{ 20, 0, VCRYPTO_MAC_HMAC_SHA2_512 }, { 21, VCRYPTO_CIPHER_AES_CTR, 0 },
		{ 22, VCRYPTO_CIPHER_AES_XTS, 0 }, { 23, VCRYPTO_CIPHER_AES_ECB, 0 },
		{ 24, VCRYPTO_CIPHER_AES_CFB, 0 }, { 25, VCRYPTO_CIPHER_AES_OFB, 0 },
		{ 50, VCRYPTO_CIPHER_AES_GCM, 0 }, { 51, VCRYPTO_CIPHER_AES_CCM, 0 },
		{ 101, VCRYPTO_CIPHER_CAMELLIA_CBC, 0 }, { 102, 0, VCRYPTO_MAC_RIPEMD160 },
		{ 103, 0, VCRYPTO_MAC_SHA2_224 }, { 104, 0, VCRYPTO_MAC_SHA2_256 },
		{ 105, 0, VCRYPTO_MAC_SHA2_384 }, { 106, 0, VCRYPTO_MAC_SHA2_512 },
		{ 107, 0, VCRYPTO_MAC_HMAC_SHA2_224 },
		{ 108, VCRYPTO_CIPHER_TLS11_AES_CBC_HMAC_SHA1, 0 },
		{ 109, VCRYPTO_CIPHER_TLS12_AES_CBC_HMAC_SHA256, 0 },
		{ 1024, VCRYPTO_CIPHER_CHACHA20_POLY1305, 0 },
		{ 1025, 0, VCRYPTO_MAC_SHA3_224 }, { 1026, 0, VCRYPTO_MAC_SHA3_256 },
		{ 1027, 0, VCRYPTO_MAC_SHA3_384 }, { 1028, 0, VCRYPTO_MAC_SHA3_512 },
		{ 1029, 0, VCRYPTO_MAC_HMAC_SHA3_224 }, { 1030, 0, VCRYPTO_MAC_HMAC_SHA3_256 },
		{ 1031, 0, VCRYPTO_MAC_HMAC_SHA3_384 }, { 1032, 0, VCRYPTO_MAC_HMAC_SHA3_512 },
		{ 1033, 0, VCRYPTO_MAC_CMAC_AES }, { 1034, 0, VCRYPTO_MAC_GMAC_AES },
	};
	uint32_t found = 0, number;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_ptr_equal(vcrypto_cipher_from_cryptodev(rows[i].number),
				 vcrypto_cipher_find(rows[i].cipher));
		assert_ptr_equal(vcrypto_mac_from_cryptodev(rows[i].number),
				 vcrypto_mac_find(rows[i].mac));
	}
	for (number = 0; number < 2000; number++)
		if (vcrypto_cipher_from_cryptodev(number) || vcrypto_mac_from_cryptodev(number))
			found++;
	assert_int_equal(found, COUNT(rows));
}

/* 3.KEYS */
static void key_lengths_are_those_of_the_standards(void **state)
{
	static const struct {
		enum vcrypto_cipher_id id;
		uint32_t good[12];
		size_t count;
	} rows[] = {
		{ VCRYPTO_CIPHER_NULL, { 0 }, 1 }, { VCRYPTO_CIPHER_AES_ECB, { 16, 24, 32 }, 3 },
		{ VCRYPTO_CIPHER_AES_CBC, { 16, 24, 32 }, 3 },
		{ VCRYPTO_CIPHER_AES_CTR, { 16, 24, 32 }, 3 },
		{ VCRYPTO_CIPHER_AES_XTS, { 32, 48, 64 }, 3 }, { VCRYPTO_CIPHER_DES_CBC, { 8 }, 1 },
		{ VCRYPTO_CIPHER_3DES_CBC, { 24 }, 1 },
		{ VCRYPTO_CIPHER_CHACHA20_POLY1305, { 32 }, 1 },
		{ VCRYPTO_CIPHER_CAST5_CBC, { 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 }, 12 },
	};
	size_t i, k, good;
	uint32_t len;

	(void)state;
	for (i = 0; i < COUNT(rows); i++)
		for (len = 0; len < 300; len++) {
			for (good = k = 0; k < rows[i].count; k++)
				good |= rows[i].good[k] == len;
			assert_int_equal(vcrypto_cipher_key_len_ok(vcrypto_cipher_find(rows[i].id),
								   len), good);
		}
	assert_false(vcrypto_cipher_key_len_ok(vcrypto_cipher_find(3), 0xffffffff));
	assert_true(vcrypto_mac_key_len_ok(vcrypto_mac_find(1), 0));
	assert_false(vcrypto_mac_key_len_ok(vcrypto_mac_find(1), 1));
	assert_true(vcrypto_mac_key_len_ok(vcrypto_mac_find(33), 0));
	assert_true(vcrypto_mac_key_len_ok(vcrypto_mac_find(33), 512));
	assert_false(vcrypto_mac_key_len_ok(vcrypto_mac_find(33), 513));
	for (len = 0; len < 300; len++)
		for (i = 48; i <= 49; i++)
			assert_int_equal(vcrypto_mac_key_len_ok(vcrypto_mac_find((uint32_t)i), len),
					 len == 16 || len == 24 || len == 32);
	assert_int_equal(vcrypto_algorithm_bit(63), (uint64_t)1 << 63);
	assert_int_equal(vcrypto_algorithm_bit(64), 0);
	assert_int_equal(vcrypto_algorithm_bit(0xffffffff), 0);
}

/* 4.8.1: SP 800-38D, 5.2.1.2; SP 800-38C, A.1; RFC 8439, 2.8 */
static void tag_lengths_are_those_of_the_standards(void **state)
{
	static const struct {
		enum vcrypto_cipher_id id;
		uint32_t good[8];
	} rows[] = {
		{ VCRYPTO_CIPHER_AES_GCM, { 4, 8, 12, 13, 14, 15, 16 } },
		{ VCRYPTO_CIPHER_AES_CCM, { 4, 6, 8, 10, 12, 14, 16 } },
		{ VCRYPTO_CIPHER_CHACHA20_POLY1305, { 16 } },
	};
	const struct vcrypto_cipher *cipher;
	uint32_t id, len;
	size_t i, k;
	bool good;

	(void)state;
	for (id = 1; (cipher = vcrypto_cipher_find(id)); id++)
		for (len = 0; len < 300; len++) {
			for (good = false, i = 0; i < COUNT(rows); i++)
				for (k = 0; rows[i].id == id && k < COUNT(rows[i].good); k++)
					good |= len && rows[i].good[k] == len;
			assert_int_equal(vcrypto_tag_len_ok(cipher, len), good);
		}
	assert_false(vcrypto_tag_len_ok(vcrypto_cipher_find(VCRYPTO_CIPHER_AES_GCM), 0xffffffff));
}

/* Protocol 4.8.3: more than 32 bits can say is not taken for little. */
static void a_record_that_is_too_long_has_its_length(void **state)
{
	(void)state;
	assert_int_equal(vcrypto_record_len(0, 0, 1), 0);
	assert_int_equal(vcrypto_record_len(5, 20, 16), 32);
	assert_int_equal(vcrypto_record_len(12, 20, 16), 48);
	assert_int_equal(vcrypto_record_len(UINT32_MAX, 16, 1), (uint64_t)UINT32_MAX + 16);
	assert_int_equal(vcrypto_record_len(UINT32_MAX, 20, 16), ((uint64_t)1 << 32) + 32);
	assert_int_equal(vcrypto_record_len(UINT32_MAX - 15, UINT32_MAX, 16), 0x1fffffff0);
}

/* What is slow costs more than what is fast, and nothing is free. */
static void weights_are_in_the_order_of_the_algorithms_cost(void **state)
{
	const struct vcrypto_cipher *aes = vcrypto_cipher_find(VCRYPTO_CIPHER_AES_CBC);
	const struct vcrypto_cipher *des3 = vcrypto_cipher_find(VCRYPTO_CIPHER_3DES_CBC);
	const struct vcrypto_mac *sha = vcrypto_mac_find(VCRYPTO_MAC_SHA2_256);
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	uint32_t id;

	(void)state;
	for (id = 1; (cipher = vcrypto_cipher_find(id)); id++)
		assert_in_range(vcrypto_weight(cipher, NULL), 1, 64);
	for (id = 1; id < VCRYPTO_MAX_ALGORITHMS; id++) {
		mac = vcrypto_mac_find(id);
		if (mac)
			assert_in_range(vcrypto_weight(NULL, mac), 1, 64);
	}
	assert_int_equal(vcrypto_weight(NULL, NULL), 1);
	assert_true(vcrypto_weight(des3, NULL) >= 16 * vcrypto_weight(aes, NULL));
	assert_int_equal(vcrypto_weight(aes, sha),
			 vcrypto_weight(aes, NULL) + vcrypto_weight(NULL, sha));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_indexed_by_its_numbers),
		cmocka_unit_test(no_two_algorithms_have_the_same_names),
		cmocka_unit_test(cryptodev_numbers_find_their_algorithms),
		cmocka_unit_test(key_lengths_are_those_of_the_standards),
		cmocka_unit_test(tag_lengths_are_those_of_the_standards),
		cmocka_unit_test(a_record_that_is_too_long_has_its_length),
		cmocka_unit_test(weights_are_in_the_order_of_the_algorithms_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
