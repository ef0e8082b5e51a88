// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/provider.h>

#include "reference.h"

/* Where libcrypto does not have the usual name. */
static const struct {
	uint32_t cipher;
	const char *name;
} names[] = {
	{ VCRYPTO_CIPHER_3DES_CBC, "DES-EDE3-CBC" },
	{ VCRYPTO_CIPHER_BLOWFISH_CBC, "BF-CBC" },
	{ VCRYPTO_CIPHER_ARC4, "RC4" },
};

const char *ref_name(uint32_t cipher, size_t key_len)
{
	const char *title = vcrypto_cipher_find(cipher)->title;
	size_t bits = (cipher == VCRYPTO_CIPHER_AES_XTS ? 4 : 8) * key_len;
	int base = (int)strcspn(title, "-");
	static char name[32];
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		if (names[i].cipher == cipher)
			return names[i].name;
	if (strncmp(title, "AES-", 4) != 0 && strncmp(title, "CAMELLIA-", 9) != 0)
		return title;
	snprintf(name, sizeof(name), "%.*s-%zu%s", base, title, bits, title + base);
	return name;
}

/* DES, Blowfish, CAST5 and ARC4 are in the legacy provider, which then has to be asked for. */
static OSSL_LIB_CTX *context(void)
{
	static OSSL_LIB_CTX *own;

	if (!own) {
		own = OSSL_LIB_CTX_new();
		assert_non_null(own);
		OSSL_PROVIDER_try_load(own, "legacy", 1);
	}
	return own;
}

static EVP_CIPHER_CTX *start(uint32_t cipher, size_t key_len, bool decrypt)
{
	EVP_CIPHER *type = EVP_CIPHER_fetch(context(), ref_name(cipher, key_len), NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	assert_non_null(type);
	assert_int_equal(EVP_CipherInit_ex2(ctx, type, NULL, NULL, !decrypt, NULL), 1);
	EVP_CIPHER_free(type);
	return ctx;
}

void ref_xts(const uint8_t *key, size_t key_len, const uint8_t *iv, bool decrypt, const uint8_t *in,
	     size_t len, uint8_t *out)
{
	uint8_t tweak[16], block[16], carry;
	size_t at, i;

	ref_cipher(VCRYPTO_CIPHER_AES_ECB, key + key_len / 2, key_len / 2, NULL, false, iv, 16,
		   tweak);
	for (at = 0; at < len; at += 16) {
		for (i = 0; i < 16; i++)
			block[i] = in[at + i] ^ tweak[i];
		ref_cipher(VCRYPTO_CIPHER_AES_ECB, key, key_len / 2, NULL, decrypt, block, 16,
			   block);
		for (i = 0; i < 16; i++)
			out[at + i] = block[i] ^ tweak[i];
		carry = tweak[15] >> 7 ? 0x87 : 0;
		for (i = 15; i; i--)
			tweak[i] = (uint8_t)(tweak[i] << 1 | tweak[i - 1] >> 7);
		tweak[0] = (uint8_t)(tweak[0] << 1) ^ carry;
	}
}

void ref_cipher(uint32_t cipher, const uint8_t *key, size_t key_len, const uint8_t *iv,
		bool decrypt, const uint8_t *in, size_t len, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	int done = 0;

	if (cipher == VCRYPTO_CIPHER_NULL) {
		memmove(out, in, len);
		return;
	}
	if (cipher == VCRYPTO_CIPHER_AES_XTS && key_len == 48) {
		ref_xts(key, key_len, iv, decrypt, in, len, out);
		return;
	}
	ctx = start(cipher, key_len, decrypt);
	assert_int_equal(EVP_CIPHER_CTX_set_key_length(ctx, (int)key_len), 1);
	assert_int_equal(EVP_CipherInit_ex2(ctx, NULL, key, iv, -1, NULL), 1);
	assert_int_equal(EVP_CIPHER_CTX_set_padding(ctx, 0), 1);
	if (len)
		assert_int_equal(EVP_CipherUpdate(ctx, out, &done, in, (int)len), 1);
	assert_int_equal(done, len);
	EVP_CIPHER_CTX_free(ctx);
}

void ref_hmac(uint32_t mac, const uint8_t *key, size_t key_len, const void *a, size_t a_len,
	      const void *b, size_t b_len, const void *c, size_t c_len,
	      uint8_t digest[VCRYPTO_MAX_DIGEST])
{
	uint8_t data[1 << 14];
	unsigned int len;
	const char *hash;

	if (a_len + b_len + c_len > sizeof(data))
		sim_die("too much data for the reference");
	if (a_len)
		memcpy(data, a, a_len);
	if (b_len)
		memcpy(data + a_len, b, b_len);
	if (c_len)
		memcpy(data + a_len + b_len, c, c_len);
	hash = vcrypto_mac_find(vcrypto_mac_find(mac)->hash)->title;
	assert_non_null(HMAC(EVP_get_digestbyname(hash), key, (int)key_len, data,
			     a_len + b_len + c_len, digest, &len));
}

void ref_cmac(const uint8_t *key, size_t key_len, const void *text, size_t len,
	      uint8_t digest[VCRYPTO_MAX_DIGEST])
{
	assert_non_null(EVP_Q_mac(context(), "CMAC", NULL, ref_name(VCRYPTO_CIPHER_AES_CBC, key_len),
				  NULL, key, key_len, text, len, digest, VCRYPTO_MAX_DIGEST,
				  NULL));
}

/* 6.3: @x times @h in the field whose bits are in the order of reading. */
static void gf_multiply(uint8_t x[16], const uint8_t h[16])
{
	uint8_t z[16] = { 0 }, v[16];
	int bit, i, low;

	memcpy(v, h, sizeof(v));
	for (bit = 0; bit < 128; bit++) {
		for (i = 0; i < 16 && x[bit / 8] >> (7 - bit % 8) & 1; i++)
			z[i] ^= v[i];
		low = v[15] & 1;
		for (i = 15; i; i--)
			v[i] = (uint8_t)(v[i] >> 1 | v[i - 1] << 7);
		v[0] = (uint8_t)(v[0] >> 1) ^ (low ? 0xe1 : 0);
	}
	memcpy(x, z, sizeof(z));
}

/* 7.1, steps 2, 5 and 6, where there is no plaintext */
void ref_gmac(const uint8_t *key, size_t key_len, const uint8_t iv[12], const void *text, size_t len,
	      uint8_t digest[VCRYPTO_MAX_DIGEST])
{
	static const uint8_t zeros[16];
	uint8_t h[16], y[16] = { 0 }, first[16] = { [15] = 1 };
	const uint8_t *at = text;
	size_t i;

	ref_cipher(VCRYPTO_CIPHER_AES_ECB, key, key_len, NULL, false, zeros, 16, h);
	for (i = 0; i < len; i++) {
		y[i % 16] ^= at[i];
		if (i % 16 == 15 || i + 1 == len)
			gf_multiply(y, h);
	}
	for (i = 0; i < 8; i++)
		y[7 - i] ^= (uint8_t)((uint64_t)len * 8 >> 8 * i);
	gf_multiply(y, h);
	memcpy(first, iv, 12);
	ref_cipher(VCRYPTO_CIPHER_AES_ECB, key, key_len, NULL, false, first, 16, first);
	for (i = 0; i < 16; i++)
		digest[i] = y[i] ^ first[i];
}

void ref_aead(uint32_t cipher, const uint8_t *key, size_t key_len, const uint8_t *iv,
	      const void *aad, size_t aad_len, const uint8_t *in, size_t len, uint8_t *out,
	      uint8_t *tag, size_t tag_len)
{
	EVP_CIPHER_CTX *ctx = start(cipher, key_len, false);
	uint8_t none[16];
	int done;

	if (cipher == VCRYPTO_CIPHER_AES_CCM) {
		assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, 14 - iv[0],
						     NULL), 1);
		assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)tag_len,
						     NULL), 1);
		iv++;
	}
	assert_int_equal(EVP_CipherInit_ex2(ctx, NULL, key, iv, -1, NULL), 1);
	if (cipher == VCRYPTO_CIPHER_AES_CCM)
		assert_int_equal(EVP_CipherUpdate(ctx, NULL, &done, NULL, (int)len), 1);
	if (aad_len)
		assert_int_equal(EVP_CipherUpdate(ctx, NULL, &done, aad, (int)aad_len), 1);
	assert_int_equal(EVP_CipherUpdate(ctx, len ? out : none, &done, len ? in : none,
					  (int)len), 1);
	assert_int_equal(EVP_CipherFinal_ex(ctx, none, &done), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)tag_len, tag), 1);
	EVP_CIPHER_CTX_free(ctx);
}
