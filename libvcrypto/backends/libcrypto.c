// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * OpenSSL's libcrypto through EVP.
 *
 * Algorithms are fetched once, when the provider opens; what cannot be fetched
 * (a legacy provider that is missing, FIPS mode) is not offered.  A session
 * keys one context for each direction and one for its hash; after that a
 * request sets an IV and moves data.  libcrypto wipes key schedules when it
 * frees a context.
 *
 * All of it is in a library context of our own, configured like the process's.  To
 * load the legacy provider into that one would change what other code there gets.
 */
#include <openssl/conf.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include "libcrypto.h"

/* One row for each key length, because libcrypto has a name for each; 0: any. */
static const struct {
	uint8_t id;
	uint8_t key_len;
	const char *name;
} cipher_rows[] = {
	{ VCRYPTO_CIPHER_AES_ECB, 16, "AES-128-ECB" },
	{ VCRYPTO_CIPHER_AES_ECB, 24, "AES-192-ECB" },
	{ VCRYPTO_CIPHER_AES_ECB, 32, "AES-256-ECB" },
	{ VCRYPTO_CIPHER_AES_CBC, 16, "AES-128-CBC" },
	{ VCRYPTO_CIPHER_AES_CBC, 24, "AES-192-CBC" },
	{ VCRYPTO_CIPHER_AES_CBC, 32, "AES-256-CBC" },
	{ VCRYPTO_CIPHER_AES_CTR, 16, "AES-128-CTR" },
	{ VCRYPTO_CIPHER_AES_CTR, 24, "AES-192-CTR" },
	{ VCRYPTO_CIPHER_AES_CTR, 32, "AES-256-CTR" },
	{ VCRYPTO_CIPHER_AES_CFB, 16, "AES-128-CFB" },
	{ VCRYPTO_CIPHER_AES_CFB, 24, "AES-192-CFB" },
	{ VCRYPTO_CIPHER_AES_CFB, 32, "AES-256-CFB" },
	{ VCRYPTO_CIPHER_AES_OFB, 16, "AES-128-OFB" },
	{ VCRYPTO_CIPHER_AES_OFB, 24, "AES-192-OFB" },
	{ VCRYPTO_CIPHER_AES_OFB, 32, "AES-256-OFB" },
	{ VCRYPTO_CIPHER_AES_XTS, 32, "AES-128-XTS" },
	{ VCRYPTO_CIPHER_AES_XTS, 64, "AES-256-XTS" },
	{ VCRYPTO_CIPHER_AES_GCM, 16, "AES-128-GCM" },
	{ VCRYPTO_CIPHER_AES_GCM, 24, "AES-192-GCM" },
	{ VCRYPTO_CIPHER_AES_GCM, 32, "AES-256-GCM" },
	{ VCRYPTO_CIPHER_AES_CCM, 16, "AES-128-CCM" },
	{ VCRYPTO_CIPHER_AES_CCM, 24, "AES-192-CCM" },
	{ VCRYPTO_CIPHER_AES_CCM, 32, "AES-256-CCM" },
	{ VCRYPTO_CIPHER_DES_CBC, 8, "DES-CBC" },
	{ VCRYPTO_CIPHER_3DES_CBC, 24, "DES-EDE3-CBC" },
	{ VCRYPTO_CIPHER_BLOWFISH_CBC, 0, "BF-CBC" },
	{ VCRYPTO_CIPHER_CAMELLIA_CBC, 16, "CAMELLIA-128-CBC" },
	{ VCRYPTO_CIPHER_CAMELLIA_CBC, 24, "CAMELLIA-192-CBC" },
	{ VCRYPTO_CIPHER_CAMELLIA_CBC, 32, "CAMELLIA-256-CBC" },
	{ VCRYPTO_CIPHER_CHACHA20_POLY1305, 32, "ChaCha20-Poly1305" },
};

/* A hash and its HMAC. */
static const struct {
	uint8_t id;
	const char *name;
} hash_rows[] = {
	{ VCRYPTO_MAC_MD5, "MD5" },
	{ VCRYPTO_MAC_SHA1, "SHA1" },
	{ VCRYPTO_MAC_RIPEMD160, "RIPEMD160" },
	{ VCRYPTO_MAC_SHA2_224, "SHA2-224" },
	{ VCRYPTO_MAC_SHA2_256, "SHA2-256" },
	{ VCRYPTO_MAC_SHA2_384, "SHA2-384" },
	{ VCRYPTO_MAC_SHA2_512, "SHA2-512" },
	{ VCRYPTO_MAC_SHA3_224, "SHA3-224" },
	{ VCRYPTO_MAC_SHA3_256, "SHA3-256" },
	{ VCRYPTO_MAC_SHA3_384, "SHA3-384" },
	{ VCRYPTO_MAC_SHA3_512, "SHA3-512" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct provider {
	OSSL_LIB_CTX *context;
	OSSL_PROVIDER *legacy;			/* NULL: not there, or not allowed */
	EVP_CIPHER *ciphers[COUNT(cipher_rows)];
	EVP_MD *hashes[COUNT(hash_rows)];
	EVP_MAC *hmac;
};

static void libcrypto_close(void *memory)
{
	struct provider *provider = memory;
	size_t i;

	for (i = 0; i < COUNT(cipher_rows); i++)
		EVP_CIPHER_free(provider->ciphers[i]);
	for (i = 0; i < COUNT(hash_rows); i++)
		EVP_MD_free(provider->hashes[i]);
	EVP_MAC_free(provider->hmac);
	if (provider->legacy)
		OSSL_PROVIDER_unload(provider->legacy);
	OSSL_LIB_CTX_free(provider->context);
}

/* An algorithm is offered if libcrypto has all its key lengths. */
static uint64_t offered_ciphers(const struct provider *provider)
{
	uint64_t offered = vcrypto_algorithm_bit(VCRYPTO_CIPHER_NULL);
	uint64_t missing = 0;
	size_t i;

	for (i = 0; i < COUNT(cipher_rows); i++) {
		uint64_t bit = vcrypto_algorithm_bit(cipher_rows[i].id);

		offered |= bit;
		missing |= provider->ciphers[i] ? 0 : bit;
	}
	return offered & ~missing;
}

static uint64_t offered_macs(const struct provider *provider)
{
	uint64_t offered = 0;
	size_t i;

	for (i = 0; i < COUNT(hash_rows); i++) {
		if (!provider->hashes[i])
			continue;
		offered |= vcrypto_algorithm_bit(hash_rows[i].id);
		if (provider->hmac)
			offered |= vcrypto_algorithm_bit(VCRYPTO_HMAC + hash_rows[i].id);
	}
	return offered;
}

/*
 * Neither a configuration that cannot be read nor a legacy provider that is missing
 * is an error.  The default provider is loaded on demand if the configuration
 * names none.
 */
static bool open_context(struct provider *provider)
{
	char *file = CONF_get1_default_config_file();

	provider->context = OSSL_LIB_CTX_new();
	if (provider->context) {
		(void)OSSL_LIB_CTX_load_config(provider->context, file);
		if (!EVP_default_properties_is_fips_enabled(provider->context))
			provider->legacy = OSSL_PROVIDER_try_load(provider->context, "legacy", 1);
	}
	OPENSSL_free(file);
	return provider->context != NULL;
}

static void fetch_algorithms(struct provider *provider)
{
	size_t i;

	for (i = 0; i < COUNT(cipher_rows); i++)
		provider->ciphers[i] = EVP_CIPHER_fetch(provider->context, cipher_rows[i].name,
							NULL);
	for (i = 0; i < COUNT(hash_rows); i++)
		provider->hashes[i] = EVP_MD_fetch(provider->context, hash_rows[i].name, NULL);
	provider->hmac = EVP_MAC_fetch(provider->context, OSSL_MAC_NAME_HMAC, NULL);
}

static bool libcrypto_open(void *memory, struct vcrypto_offer *offer)
{
	struct provider *provider = memory;
	bool ok;

	/* What is not there is no error of the program's. */
	ERR_set_mark();
	ok = open_context(provider);
	if (ok)
		fetch_algorithms(provider);
	ERR_pop_to_mark();
	offer->ciphers = offered_ciphers(provider);
	offer->macs = offered_macs(provider);
	/* libcrypto takes a data unit, and a CCM message, in one call only. */
	offer->flat = vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_XTS) |
		      vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_CCM);
	offer->streams = vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_GCM) |
			 vcrypto_algorithm_bit(VCRYPTO_CIPHER_CHACHA20_POLY1305);
	if (offer->ciphers & vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_ECB))
		offer->streams |= vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_XTS);
	return ok;
}

static void libcrypto_session_free(void *provider, void *memory)
{
	struct libcrypto_session *session = memory;

	(void)provider;
	EVP_CIPHER_CTX_free(session->encrypt);
	EVP_CIPHER_CTX_free(session->decrypt);
	EVP_MD_CTX_free(session->hash);
	EVP_MAC_CTX_free(session->hmac);
	EVP_MAC_CTX_free(session->copied);
}

static const EVP_CIPHER *find_cipher(const struct provider *provider,
				     const struct vcrypto_session_spec *spec)
{
	size_t i;

	for (i = 0; i < COUNT(cipher_rows); i++)
		if (cipher_rows[i].id == spec->cipher->id &&
		    (!cipher_rows[i].key_len || cipher_rows[i].key_len == spec->cipher_key_len))
			return provider->ciphers[i];
	return NULL;
}

/*
 * As a parameter rather than by EVP_CIPHER_CTX_set_padding(): that one leaves a
 * flag behind for which every later EVP_CipherInit_ex2() sets the padding again,
 * a search through all parameters each time.
 */
static bool no_padding(EVP_CIPHER_CTX *ctx)
{
	unsigned int padding = 0;
	OSSL_PARAM params[2];

	params[0] = OSSL_PARAM_construct_uint(OSSL_CIPHER_PARAM_PADDING, &padding);
	params[1] = OSSL_PARAM_construct_end();
	return EVP_CIPHER_CTX_set_params(ctx, params) == 1;
}

static EVP_CIPHER_CTX *keyed_cipher(const EVP_CIPHER *cipher,
				    const struct vcrypto_session_spec *spec, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, encrypt, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_key_length(ctx, (int)spec->cipher_key_len) == 1 &&
	    EVP_CipherInit_ex2(ctx, NULL, spec->cipher_key, NULL, -1, NULL) == 1 &&
	    (spec->cipher->block == 1 || no_padding(ctx)))
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

/* An XTS key that libcrypto refuses, but programs use, above all to measure. */
static bool has_equal_halves(const struct vcrypto_session_spec *spec)
{
	size_t half = spec->cipher_key_len / 2;

	return spec->cipher->id == VCRYPTO_CIPHER_AES_XTS &&
	       !CRYPTO_memcmp(spec->cipher_key, spec->cipher_key + half, half);
}

/* What crypt() will need the key for once more. */
static void keep_key(const struct provider *provider, struct libcrypto_session *session,
		     const struct vcrypto_session_spec *spec)
{
	struct vcrypto_session_spec half = *spec;

	if (spec->cipher->id == VCRYPTO_CIPHER_AES_XTS) {
		half.cipher = vcrypto_cipher_find(VCRYPTO_CIPHER_AES_ECB);
		half.cipher_key_len /= 2;
		session->ecb = find_cipher(provider, &half);
	} else if (spec->cipher->id != VCRYPTO_CIPHER_AES_CCM) {
		return;
	}
	memcpy(session->key, spec->cipher_key, spec->cipher_key_len);
	session->key_len = spec->cipher_key_len;
}

static bool new_cipher(const struct provider *provider, struct libcrypto_session *session,
		       const struct vcrypto_session_spec *spec)
{
	struct vcrypto_session_spec half = *spec;
	const EVP_CIPHER *cipher;

	session->cipher = spec->cipher;
	if (!spec->cipher || spec->cipher->id == VCRYPTO_CIPHER_NULL)
		return true;
	keep_key(provider, session, spec);
	session->xts_by_ecb = has_equal_halves(spec);
	if (session->xts_by_ecb) {
		half.cipher = vcrypto_cipher_find(VCRYPTO_CIPHER_AES_ECB);
		half.cipher_key_len /= 2;
		spec = &half;
	}
	cipher = find_cipher(provider, spec);
	if (!cipher)
		return false;
	session->encrypt = keyed_cipher(cipher, spec, 1);
	session->decrypt = keyed_cipher(cipher, spec, 0);
	return session->encrypt && session->decrypt;
}

static const EVP_MD *find_hash(const struct provider *provider, const struct vcrypto_mac *mac)
{
	size_t i;

	for (i = 0; i < COUNT(hash_rows); i++)
		if (hash_rows[i].id == (mac->id & (VCRYPTO_HMAC - 1)))
			return provider->hashes[i];
	return NULL;
}

static bool key_hmac(struct libcrypto_session *session, const EVP_MD *hash,
		     const struct vcrypto_session_spec *spec)
{
	char name[VCRYPTO_NAME_LEN] = { 0 };
	OSSL_PARAM params[2];

	strncpy(name, EVP_MD_get0_name(hash), sizeof(name) - 1);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
	params[1] = OSSL_PARAM_construct_end();
	return EVP_MAC_init(session->hmac, spec->mac_key, spec->mac_key_len, params) == 1;
}

static bool new_mac(const struct provider *provider, struct libcrypto_session *session,
		    const struct vcrypto_session_spec *spec)
{
	const EVP_MD *hash;

	session->mac = spec->mac;
	if (!spec->mac)
		return true;
	hash = find_hash(provider, spec->mac);
	if (!hash)
		return false;
	if (spec->mac->keyed) {
		session->hmac = EVP_MAC_CTX_new(provider->hmac);
		return session->hmac && key_hmac(session, hash, spec);
	}
	session->hash = EVP_MD_CTX_new();
	return session->hash && EVP_DigestInit_ex2(session->hash, hash, NULL) == 1;
}

static enum vcrypto_status libcrypto_session_new(void *provider, void *memory,
						 const struct vcrypto_session_spec *spec)
{
	struct libcrypto_session *session = memory;

	if (new_cipher(provider, session, spec) && new_mac(provider, session, spec))
		return VCRYPTO_OK;
	libcrypto_session_free(provider, session);
	return VCRYPTO_ERROR;
}

static bool libcrypto_hash_copy(void *provider, void *to_memory, const void *from_memory)
{
	const struct libcrypto_session *from = from_memory;
	struct libcrypto_session *to = to_memory;
	EVP_MAC_CTX *copy;

	(void)provider;
	if (from->hash)
		return EVP_MD_CTX_copy_ex(to->hash, from->hash) == 1;
	copy = EVP_MAC_CTX_dup(from->copied ? from->copied : from->hmac);
	if (!copy)
		return false;
	EVP_MAC_CTX_free(to->copied);
	to->copied = copy;
	return true;
}

const struct vcrypto_backend vcrypto_backend_libcrypto = {
	.name = "libcrypto",
	.provider_size = sizeof(struct provider),
	.session_size = sizeof(struct libcrypto_session),
	.open = libcrypto_open,
	.close = libcrypto_close,
	.session_new = libcrypto_session_new,
	.session_free = libcrypto_session_free,
	.crypt = vcrypto_libcrypto_crypt,
	.hash_copy = libcrypto_hash_copy,
};
