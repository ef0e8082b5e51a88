// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The tables, and what can be asked of an algorithm without a context. */
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <string.h>

#include "algorithms.h"

/* What OpenSSL says of ChaCha20-Poly1305: none. */
#define EVP_CIPH_CHACHA_MODE 0

#define ROW(kind_, id_, names_, number_, mode_, key_, iv_, block_) \
	[VC_##id_] = { \
		.names = names_, .functions = vc_functions_##id_, .number = CRYPTO_##number_, \
		.kind = kind_, .mode = EVP_CIPH_##mode_##_MODE, .key_len = key_, .iv_len = iv_, \
		.block = block_ },
#define BLOCKS(...) ROW(VC_BLOCKS, __VA_ARGS__)
#define STREAM(...) ROW(VC_STREAM, __VA_ARGS__)
#define UNIT(...) ROW(VC_UNIT, __VA_ARGS__)
#define AEAD(...) ROW(VC_AEAD, __VA_ARGS__)

const struct vc_cipher_row vc_ciphers[] = {
	VC_BLOCK_CIPHERS(BLOCKS)
	VC_STREAM_CIPHERS(STREAM)
	VC_UNIT_CIPHERS(UNIT)
	VC_AEADS(AEAD)
};

const size_t vc_cipher_count = VC_COUNT(vc_ciphers);

#define DIGEST(id_, names_, number_, size_, block_, absent_) \
	[VC_##id_] = { \
		.names = names_, .functions = vc_functions_##id_, .number = CRYPTO_##number_, \
		.hmac = CRYPTO_##number_##_HMAC, .size = size_, .block = block_, \
		.algid_absent = absent_ },

const struct vc_digest_row vc_digests[] = {
	VC_DIGESTS(DIGEST)
};

const size_t vc_digest_count = VC_COUNT(vc_digests);

const char *vc_main_name(const char *names, char name[32])
{
	size_t len = strcspn(names, ":");

	memcpy(name, names, len);
	name[len] = '\0';
	return name;
}

int vc_put_size(OSSL_PARAM params[], const char *name, size_t value)
{
	OSSL_PARAM *found = OSSL_PARAM_locate(params, name);

	return !found || OSSL_PARAM_set_size_t(found, value);
}

int vc_put_bytes(OSSL_PARAM *param, const uint8_t *bytes, size_t len)
{
	if (param->data_type == OSSL_PARAM_OCTET_PTR)
		return OSSL_PARAM_set_octet_ptr(param, bytes, len);
	return OSSL_PARAM_set_octet_string(param, bytes, len);
}

int vc_cipher_facts(const struct vc_cipher_row *row, OSSL_PARAM params[])
{
	bool own_iv = row->kind == VC_UNIT || row->kind == VC_AEAD;
	bool has_parity = row->number == CRYPTO_3DES_CBC;

	if (vc_put_size(params, OSSL_CIPHER_PARAM_MODE, row->mode) &&
	    vc_put_size(params, OSSL_CIPHER_PARAM_KEYLEN, row->key_len) &&
	    vc_put_size(params, OSSL_CIPHER_PARAM_IVLEN, row->iv_len) &&
	    vc_put_size(params, OSSL_CIPHER_PARAM_BLOCK_SIZE, row->block) &&
	    vc_put_size(params, OSSL_CIPHER_PARAM_AEAD, row->kind == VC_AEAD) &&
	    vc_put_size(params, OSSL_CIPHER_PARAM_CUSTOM_IV, own_iv) &&
	    vc_put_size(params, OSSL_CIPHER_PARAM_CTS, 0) &&
	    vc_put_size(params, OSSL_CIPHER_PARAM_TLS1_MULTIBLOCK, 0) &&
	    vc_put_size(params, OSSL_CIPHER_PARAM_HAS_RAND_KEY, has_parity))
		return 1;
	return vc_fail(PROV_R_FAILED_TO_SET_PARAMETER);
}

const OSSL_PARAM *vc_cipher_list_facts(void *provider)
{
	static const OSSL_PARAM list[] = {
		OSSL_PARAM_uint(OSSL_CIPHER_PARAM_MODE, NULL),
		OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_KEYLEN, NULL),
		OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_IVLEN, NULL),
		OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_BLOCK_SIZE, NULL),
		OSSL_PARAM_int(OSSL_CIPHER_PARAM_AEAD, NULL),
		OSSL_PARAM_int(OSSL_CIPHER_PARAM_CUSTOM_IV, NULL),
		OSSL_PARAM_int(OSSL_CIPHER_PARAM_CTS, NULL),
		OSSL_PARAM_int(OSSL_CIPHER_PARAM_TLS1_MULTIBLOCK, NULL),
		OSSL_PARAM_int(OSSL_CIPHER_PARAM_HAS_RAND_KEY, NULL),
		OSSL_PARAM_END,
	};

	(void)provider;
	return list;
}

EVP_CIPHER *vc_software_cipher(struct vc_provider *provider, const struct vc_cipher_row *row)
{
	_Atomic(EVP_CIPHER *) *place = &provider->ciphers[row - vc_ciphers];
	EVP_CIPHER *there = atomic_load(place), *fresh;
	char name[32];

	if (there)
		return there;
	fresh = EVP_CIPHER_fetch(provider->libctx, vc_main_name(row->names, name), NULL);
	if (atomic_compare_exchange_strong(place, &there, fresh))
		return fresh;
	EVP_CIPHER_free(fresh);
	return there;
}

EVP_MD *vc_software_digest(struct vc_provider *provider, const struct vc_digest_row *row)
{
	_Atomic(EVP_MD *) *place = &provider->digests[row - vc_digests];
	EVP_MD *there = atomic_load(place), *fresh;
	char name[32];

	if (there)
		return there;
	fresh = EVP_MD_fetch(provider->libctx, vc_main_name(row->names, name), NULL);
	if (atomic_compare_exchange_strong(place, &there, fresh))
		return fresh;
	EVP_MD_free(fresh);
	return there;
}

EVP_MAC *vc_software_hmac(struct vc_provider *provider)
{
	EVP_MAC *there = atomic_load(&provider->hmac), *fresh;

	if (there)
		return there;
	fresh = EVP_MAC_fetch(provider->libctx, "HMAC", NULL);
	if (atomic_compare_exchange_strong(&provider->hmac, &there, fresh))
		return fresh;
	EVP_MAC_free(fresh);
	return there;
}

void vc_forget_software(struct vc_provider *provider)
{
	size_t i;

	for (i = 0; provider->ciphers && i < vc_cipher_count; i++)
		EVP_CIPHER_free(atomic_load(&provider->ciphers[i]));
	for (i = 0; provider->digests && i < vc_digest_count; i++)
		EVP_MD_free(atomic_load(&provider->digests[i]));
	EVP_MAC_free(atomic_load(&provider->hmac));
}

EVP_CIPHER_CTX *vc_software_context(struct vc_provider *provider,
				    const struct vc_cipher_row *row)
{
	EVP_CIPHER *cipher = vc_software_cipher(provider, row);
	EVP_CIPHER_CTX *software = EVP_CIPHER_CTX_new();

	if (software && cipher && EVP_CipherInit_ex(software, cipher, NULL, NULL, NULL, 1))
		return software;
	EVP_CIPHER_CTX_free(software);
	return NULL;
}
