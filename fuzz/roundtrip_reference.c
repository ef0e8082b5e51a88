// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * libcrypto in its simplest use: flat buffers, one call each.  Algorithms are fetched once,
 * and a context is keyed once for as long as its sessions live.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "roundtrip.h"
#include "scratch.h"

const EVP_CIPHER *reference_cipher(const char *mode, uint32_t key_len)
{
	static struct {
		char name[24];
		const EVP_CIPHER *cipher;
	} known[40];
	char name[24];
	size_t i;

	snprintf(name, sizeof(name), key_len ? "AES-%u-%s" : "%.0u%s", 8 * key_len, mode);
	for (i = 0; known[i].cipher && strcmp(known[i].name, name) != 0; i++)
		;
	CHECK(i + 1 < sizeof(known) / sizeof(known[0]));
	if (!known[i].cipher) {
		memcpy(known[i].name, name, sizeof(name));
		known[i].cipher = EVP_CIPHER_fetch(NULL, name, NULL);
		CHECK(known[i].cipher);
	}
	return known[i].cipher;
}

static EVP_MAC *mac_of(uint32_t kind)
{
	static EVP_MAC *hmac, *cmac, *gmac;

	if (!hmac) {
		hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
		cmac = EVP_MAC_fetch(NULL, "CMAC", NULL);
		gmac = EVP_MAC_fetch(NULL, "GMAC", NULL);
		CHECK(hmac && cmac && gmac);
	}
	return kind == VCRYPTO_KIND_HMAC ? hmac : kind == VCRYPTO_KIND_CMAC ? cmac : gmac;
}

static void open_mac(struct reference *reference, const struct recipe *recipe,
		     const struct vcrypto_mac *mac)
{
	static const char *const cmac[] = { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" };
	static const char *const gmac[] = { "AES-128-GCM", "AES-192-GCM", "AES-256-GCM" };
	const char *name = mac->hash ? vcrypto_mac_find(mac->hash)->title :
		(mac->kind == VCRYPTO_KIND_CMAC ? cmac : gmac)[recipe->mac_key_len / 8 - 2];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(mac->hash ? "digest" : "cipher",
						 (char *)(uintptr_t)name, 0),
		OSSL_PARAM_construct_end(),
	};

	reference->mac = EVP_MAC_CTX_new(mac_of(mac->kind));
	CHECK(EVP_MAC_CTX_set_params(reference->mac, params) == 1);
	CHECK(EVP_MAC_init(reference->mac, recipe->mac_key, recipe->mac_key_len, NULL) == 1);
}

void reference_open(struct reference *reference, const struct recipe *recipe,
		    const EVP_CIPHER *cipher, const struct vcrypto_mac *mac)
{
	memset(reference, 0, sizeof(*reference));
	if (cipher) {
		reference->cipher = EVP_CIPHER_CTX_new();
		CHECK(EVP_EncryptInit_ex2(reference->cipher, cipher, recipe->cipher_key, NULL,
					  NULL) == 1);
		CHECK(EVP_CIPHER_CTX_set_padding(reference->cipher, 0) == 1);
	}
	if (mac && mac->keyed) {
		open_mac(reference, recipe, mac);
	} else if (mac) {
		reference->hash = EVP_MD_CTX_new();
		CHECK(EVP_DigestInit_ex2(reference->hash, EVP_get_digestbyname(mac->title),
					 NULL) == 1);
	}
}

void reference_close(struct reference *reference)
{
	EVP_CIPHER_CTX_free(reference->cipher);
	EVP_MAC_CTX_free(reference->mac);
	EVP_MD_CTX_free(reference->hash);
	memset(reference, 0, sizeof(*reference));
}

uint32_t reference_mac(struct reference *reference, const struct recipe *recipe,
		       const uint8_t *data, size_t len, uint8_t digest[VCRYPTO_MAX_DIGEST])
{
	const struct vcrypto_mac *mac = vcrypto_mac_find(recipe->mac);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string("iv", (uint8_t *)(uintptr_t)recipe->iv,
						  VCRYPTO_MAX_IV),
		OSSL_PARAM_construct_end(),
	};
	unsigned int hash_len;
	size_t mac_len;

	if (reference->hash) {
		CHECK(EVP_DigestInit_ex2(reference->hash, NULL, NULL) == 1);
		CHECK(EVP_DigestUpdate(reference->hash, data, len) == 1);
		CHECK(EVP_DigestFinal_ex(reference->hash, digest, &hash_len) == 1);
		return hash_len;
	}
	params[0].data_size = mac ? mac->iv_len : 0;
	CHECK(EVP_MAC_init(reference->mac, NULL, 0, params[0].data_size ? params : NULL) == 1);
	CHECK(EVP_MAC_update(reference->mac, data, len) == 1);
	CHECK(EVP_MAC_final(reference->mac, digest, &mac_len, VCRYPTO_MAX_DIGEST) == 1);
	return (uint32_t)mac_len;
}

static const EVP_CIPHER *cipher_of(const struct recipe *recipe)
{
	bool halves = recipe->cipher == VCRYPTO_CIPHER_AES_XTS;
	const char *title;

	if (!recipe->cipher || recipe->cipher == VCRYPTO_CIPHER_NULL)
		return NULL;
	title = vcrypto_cipher_find(recipe->cipher)->title;
	CHECK(!strncmp(title, "AES-", 4));
	return reference_cipher(title + 4, recipe->cipher_key_len / (halves ? 2 : 1));
}

void reference_open_crypt(struct reference *reference, const struct recipe *recipe)
{
	reference_open(reference, recipe, cipher_of(recipe), vcrypto_mac_find(recipe->mac));
}

static void encrypt(struct reference *reference, const struct recipe *recipe, struct truth *truth)
{
	EVP_CIPHER_CTX *ctx = reference->cipher;
	int len = 0;

	CHECK(EVP_EncryptInit_ex2(ctx, NULL, NULL, recipe->iv, NULL) == 1);
	if (recipe->len)
		CHECK(EVP_EncryptUpdate(ctx, truth->text, &len, recipe->plain,
					(int)recipe->len) == 1);
	CHECK((uint32_t)len == recipe->len);
	if (recipe->iv_out_len)
		CHECK(EVP_CIPHER_CTX_get_updated_iv(ctx, truth->next_iv, recipe->iv_out_len) == 1);
}

void reference_run(struct reference *reference, const struct recipe *recipe, struct truth *truth)
{
	uint32_t len = 0;

	truth->text = scratch_alloc(recipe->len);
	memset(truth->text, 0, recipe->len);
	memcpy(truth->next_iv, recipe->iv, sizeof(truth->next_iv));
	if (recipe->cipher == VCRYPTO_CIPHER_NULL)
		memcpy(truth->text, recipe->plain, recipe->len);
	else if (recipe->cipher)
		encrypt(reference, recipe, truth);
	if (recipe->mac)
		len = reference_mac(reference, recipe, recipe->plain, recipe->len, truth->digest);
	CHECK(len == recipe->mac_len);
}
