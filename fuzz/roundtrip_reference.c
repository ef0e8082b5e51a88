// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* libcrypto in its simplest use: flat buffers, one call each. */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "roundtrip.h"

static const EVP_CIPHER *cipher_of(const struct recipe *recipe)
{
	bool halves = recipe->cipher == VCRYPTO_CIPHER_AES_XTS;
	const char *title = vcrypto_cipher_find(recipe->cipher)->title;
	const EVP_CIPHER *cipher;
	char name[16];

	CHECK(!strncmp(title, "AES-", 4));
	snprintf(name, sizeof(name), "AES-%u-%s", (halves ? 4 : 8) * recipe->cipher_key_len,
		 title + 4);
	cipher = EVP_get_cipherbyname(name);
	CHECK(cipher);
	return cipher;
}

static void encrypt(const struct recipe *recipe, struct truth *truth)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;

	CHECK(EVP_EncryptInit_ex(ctx, cipher_of(recipe), NULL, recipe->cipher_key,
				 recipe->iv) == 1);
	CHECK(EVP_CIPHER_CTX_set_padding(ctx, 0) == 1);
	if (recipe->len)
		CHECK(EVP_EncryptUpdate(ctx, truth->text, &len, recipe->plain,
					(int)recipe->len) == 1);
	CHECK((uint32_t)len == recipe->len);
	if (recipe->iv_out_len)
		CHECK(EVP_CIPHER_CTX_get_updated_iv(ctx, truth->next_iv, recipe->iv_out_len) == 1);
	EVP_CIPHER_CTX_free(ctx);
}

static unsigned int cmac(const struct recipe *recipe, uint8_t *digest)
{
	static const char *const names[] = { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" };
	size_t len;

	CHECK(EVP_Q_mac(NULL, "CMAC", NULL, names[recipe->mac_key_len / 8 - 2], NULL,
			recipe->mac_key, recipe->mac_key_len, recipe->plain, recipe->len, digest,
			VCRYPTO_MAX_DIGEST, &len));
	return (unsigned int)len;
}

static unsigned int gmac(const struct recipe *recipe, uint8_t *digest)
{
	static const char *const names[] = { "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" };
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t none;
	int len;

	CHECK(ctx && EVP_EncryptInit_ex2(ctx, EVP_get_cipherbyname(names[recipe->mac_key_len / 8 - 2]),
					 recipe->mac_key, recipe->iv, NULL));
	CHECK(EVP_EncryptUpdate(ctx, NULL, &len, recipe->plain, (int)recipe->len));
	CHECK(EVP_EncryptFinal_ex(ctx, &none, &len));
	CHECK(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, digest));
	EVP_CIPHER_CTX_free(ctx);
	return 16;
}

void reference_run(const struct recipe *recipe, struct truth *truth)
{
	const struct vcrypto_mac *mac = vcrypto_mac_find(recipe->mac);
	const EVP_MD *hash = mac && mac->hash ?
		EVP_get_digestbyname(vcrypto_mac_find(mac->hash)->title) : NULL;
	unsigned int len = 0;

	truth->text = fuzz_alloc(recipe->len);
	memset(truth->text, 0, recipe->len);
	memcpy(truth->next_iv, recipe->iv, sizeof(truth->next_iv));
	if (recipe->cipher == VCRYPTO_CIPHER_NULL)
		memcpy(truth->text, recipe->plain, recipe->len);
	else if (recipe->cipher)
		encrypt(recipe, truth);
	if (recipe->mac == VCRYPTO_MAC_CMAC_AES)
		len = cmac(recipe, truth->digest);
	else if (recipe->mac == VCRYPTO_MAC_GMAC_AES)
		len = gmac(recipe, truth->digest);
	else if (mac && mac->keyed)
		CHECK(HMAC(hash, recipe->mac_key, (int)recipe->mac_key_len, recipe->plain,
			   recipe->len, truth->digest, &len));
	else if (mac)
		CHECK(EVP_Digest(recipe->plain, recipe->len, truth->digest, &len, hash, NULL) == 1);
	CHECK(len == recipe->mac_len);
}
