// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* libcrypto in its simplest use: flat buffers, one call each. */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "roundtrip.h"

static const EVP_CIPHER *cipher_of(const struct recipe *recipe)
{
	unsigned int size = recipe->cipher_key_len / 8 - 2;	/* 16, 24, 32: 0, 1, 2 */
	const EVP_CIPHER *const table[3][3] = {
		{ EVP_aes_128_ecb(), EVP_aes_192_ecb(), EVP_aes_256_ecb() },
		{ EVP_aes_128_cbc(), EVP_aes_192_cbc(), EVP_aes_256_cbc() },
		{ EVP_aes_128_ctr(), EVP_aes_192_ctr(), EVP_aes_256_ctr() },
	};

	CHECK(recipe->cipher >= VCRYPTO_CIPHER_AES_ECB && recipe->cipher <= VCRYPTO_CIPHER_AES_CTR);
	CHECK(size < 3);
	return table[recipe->cipher - VCRYPTO_CIPHER_AES_ECB][size];
}

static const EVP_MD *hash_of(uint32_t mac)
{
	switch (mac & (VCRYPTO_HMAC - 1)) {
	case VCRYPTO_MAC_MD5:
		return EVP_md5();
	case VCRYPTO_MAC_SHA1:
		return EVP_sha1();
	case VCRYPTO_MAC_SHA2_224:
		return EVP_sha224();
	case VCRYPTO_MAC_SHA2_256:
		return EVP_sha256();
	case VCRYPTO_MAC_SHA2_384:
		return EVP_sha384();
	case VCRYPTO_MAC_SHA2_512:
		return EVP_sha512();
	default:
		return NULL;
	}
}

static void encrypt(const struct recipe *recipe, struct truth *truth)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len;

	CHECK(EVP_EncryptInit_ex(ctx, cipher_of(recipe), NULL, recipe->cipher_key,
				 recipe->iv) == 1);
	CHECK(EVP_CIPHER_CTX_set_padding(ctx, 0) == 1);
	CHECK(EVP_EncryptUpdate(ctx, truth->text, &len, recipe->plain, (int)recipe->len) == 1);
	CHECK((uint32_t)len == recipe->len);
	if (recipe->iv_len)
		CHECK(EVP_CIPHER_CTX_get_updated_iv(ctx, truth->next_iv, recipe->iv_len) == 1);
	EVP_CIPHER_CTX_free(ctx);
}

void reference_run(const struct recipe *recipe, struct truth *truth)
{
	const EVP_MD *hash = hash_of(recipe->mac);
	unsigned int len = 0;

	truth->text = fuzz_alloc(recipe->len);
	memset(truth->text, 0, recipe->len);
	memcpy(truth->next_iv, recipe->iv, sizeof(truth->next_iv));
	if (recipe->cipher == VCRYPTO_CIPHER_NULL)
		memcpy(truth->text, recipe->plain, recipe->len);
	else if (recipe->cipher)
		encrypt(recipe, truth);
	if (recipe->mac >= VCRYPTO_HMAC)
		CHECK(HMAC(hash, recipe->mac_key, (int)recipe->mac_key_len, recipe->plain,
			   recipe->len, truth->digest, &len));
	else if (recipe->mac)
		CHECK(EVP_Digest(recipe->plain, recipe->len, truth->digest, &len, hash, NULL) == 1);
	CHECK(len == recipe->mac_len);
}
