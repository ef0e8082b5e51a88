// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * OpenSSL's libcrypto through EVP.
 *
 * Algorithms are fetched once, when the provider opens; what cannot be fetched
 * (a legacy provider that is missing, FIPS mode) is not offered.  A session
 * keys one context for its hash, and one for its cipher with its first data; after
 * that a request sets an IV and moves data.  libcrypto wipes key schedules when it
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
	{ VCRYPTO_CIPHER_CAST5_CBC, 0, "CAST5-CBC" },
	{ VCRYPTO_CIPHER_ARC4, 0, "RC4" },
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

/* What has a key, and the cipher that it is made of, which libcrypto fetches itself. */
static const struct {
	const char *name;
	uint8_t cipher;
} mac_rows[] = {
	[VCRYPTO_KIND_HMAC] = { OSSL_MAC_NAME_HMAC, VCRYPTO_CIPHER_NONE },
	[VCRYPTO_KIND_CMAC] = { OSSL_MAC_NAME_CMAC, VCRYPTO_CIPHER_AES_CBC },
	[VCRYPTO_KIND_GMAC] = { OSSL_MAC_NAME_GMAC, VCRYPTO_CIPHER_AES_GCM },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct libcrypto_provider {
	OSSL_LIB_CTX *context;
	OSSL_PROVIDER *legacy;			/* NULL: not there, or not allowed */
	EVP_CIPHER *ciphers[COUNT(cipher_rows)];
	EVP_MD *hashes[COUNT(hash_rows)];
	EVP_MAC *macs[COUNT(mac_rows)];
};

static void libcrypto_close(void *memory)
{
	struct libcrypto_provider *provider = memory;
	size_t i;

	ERR_set_mark();
	for (i = 0; i < COUNT(cipher_rows); i++)
		EVP_CIPHER_free(provider->ciphers[i]);
	for (i = 0; i < COUNT(hash_rows); i++)
		EVP_MD_free(provider->hashes[i]);
	for (i = 0; i < COUNT(mac_rows); i++)
		EVP_MAC_free(provider->macs[i]);
	if (provider->legacy)
		OSSL_PROVIDER_unload(provider->legacy);
	OSSL_LIB_CTX_free(provider->context);
	ERR_pop_to_mark();
}

/* An algorithm is offered if libcrypto has all its key lengths. */
static uint64_t offered_ciphers(const struct libcrypto_provider *provider)
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

static bool has_mac(const struct libcrypto_provider *provider, const struct vcrypto_mac *mac)
{
	uint64_t cipher;

	if (mac->kind >= COUNT(mac_rows) || (mac->keyed && !provider->macs[mac->kind]))
		return false;
	if (mac->hash)
		return vcrypto_libcrypto_hash(provider, mac);
	cipher = vcrypto_algorithm_bit(mac_rows[mac->kind].cipher);
	return offered_ciphers(provider) & cipher;
}

static uint64_t offered_macs(const struct libcrypto_provider *provider)
{
	const struct vcrypto_mac *mac;
	uint64_t offered = 0;
	uint32_t id;

	for (id = 1; id < VCRYPTO_MAX_ALGORITHMS; id++) {
		mac = vcrypto_mac_find(id);
		if (mac && has_mac(provider, mac))
			offered |= vcrypto_algorithm_bit(id);
	}
	return offered;
}

/*
 * Neither a configuration that cannot be read nor a legacy provider that is missing
 * is an error.  The default provider is loaded on demand if the configuration
 * names none.
 */
static bool open_context(struct libcrypto_provider *provider)
{
	char *file = CONF_get1_default_config_file();

	provider->context = OSSL_LIB_CTX_new();
	if (provider->context) {
		(void)OSSL_LIB_CTX_load_config(provider->context, file);
		libcrypto_forget_errors();
		if (!EVP_default_properties_is_fips_enabled(provider->context))
			provider->legacy = OSSL_PROVIDER_try_load(provider->context, "legacy", 1);
	}
	OPENSSL_free(file);
	libcrypto_forget_errors();
	return provider->context != NULL;
}

static void fetch_algorithms(struct libcrypto_provider *provider)
{
	size_t i;

	for (i = 0; i < COUNT(cipher_rows); i++) {
		provider->ciphers[i] = EVP_CIPHER_fetch(provider->context, cipher_rows[i].name,
							NULL);
		libcrypto_forget_errors();
	}
	for (i = 0; i < COUNT(hash_rows); i++) {
		provider->hashes[i] = EVP_MD_fetch(provider->context, hash_rows[i].name, NULL);
		libcrypto_forget_errors();
	}
	for (i = 0; i < COUNT(mac_rows); i++) {
		if (mac_rows[i].name)
			provider->macs[i] = EVP_MAC_fetch(provider->context, mac_rows[i].name,
							  NULL);
		libcrypto_forget_errors();
	}
}

static bool has(const struct vcrypto_capabilities *capabilities, uint32_t cipher)
{
	return capabilities->ciphers & vcrypto_algorithm_bit(cipher);
}

bool vcrypto_libcrypto_is_lenient(const OSSL_PROVIDER *source)
{
	const char *name = OSSL_PROVIDER_get0_name(source);

	return strcmp(name, "default") == 0 || strcmp(name, "legacy") == 0;
}

/* Whether jobs of @id that libcrypto would take in one call only may be put together. */
static bool can_compose(const struct libcrypto_provider *provider, uint32_t id)
{
	const EVP_CIPHER *cipher = vcrypto_libcrypto_cipher(provider, id, 32);

	return cipher && vcrypto_libcrypto_is_lenient(EVP_CIPHER_get0_provider(cipher));
}

bool vcrypto_backend_libcrypto_is_lenient(const void *provider)
{
	return can_compose(provider, VCRYPTO_CIPHER_AES_CBC);
}

static bool libcrypto_open(void *memory, struct vcrypto_capabilities *capabilities)
{
	struct libcrypto_provider *provider = memory;
	bool ok;

	ERR_set_mark();
	ok = open_context(provider);
	if (ok)
		fetch_algorithms(provider);
	ERR_pop_to_mark();
	capabilities->ciphers = offered_ciphers(provider);
	capabilities->macs = offered_macs(provider);
	/* libcrypto takes a data unit, and a CCM message, in one call; we put parts together. */
	capabilities->contiguous = vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_XTS) |
		      vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_CCM);
	capabilities->streams = vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_GCM) |
				vcrypto_algorithm_bit(VCRYPTO_CIPHER_CHACHA20_POLY1305);
	capabilities->keys = 1u << VCRYPTO_KEY_RSA | 1u << VCRYPTO_KEY_ECDSA;
	if (has(capabilities, VCRYPTO_CIPHER_AES_ECB) &&
	    can_compose(provider, VCRYPTO_CIPHER_AES_XTS))
		capabilities->streams |= vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_XTS);
	if (has(capabilities, VCRYPTO_CIPHER_AES_CBC) &&
	    has(capabilities, VCRYPTO_CIPHER_AES_CTR) &&
	    can_compose(provider, VCRYPTO_CIPHER_AES_CCM))
		capabilities->streams |= vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_CCM);
	return ok;
}

OSSL_LIB_CTX *vcrypto_libcrypto_library(const struct libcrypto_provider *provider)
{
	return provider->context;
}

const EVP_CIPHER *vcrypto_libcrypto_cipher(const struct libcrypto_provider *provider,
					   uint32_t id, size_t key_len)
{
	size_t i;

	for (i = 0; i < COUNT(cipher_rows); i++)
		if (cipher_rows[i].id == id &&
		    (!cipher_rows[i].key_len || cipher_rows[i].key_len == key_len))
			return provider->ciphers[i];
	return NULL;
}

const EVP_MD *vcrypto_libcrypto_hash(const struct libcrypto_provider *provider,
				     const struct vcrypto_mac *mac)
{
	size_t i;

	for (i = 0; i < COUNT(hash_rows); i++)
		if (hash_rows[i].id == mac->hash)
			return provider->hashes[i];
	return NULL;
}

EVP_MAC *vcrypto_libcrypto_mac(const struct libcrypto_provider *provider,
			       const struct vcrypto_mac *mac)
{
	return provider->macs[mac->kind];
}

const EVP_CIPHER *vcrypto_libcrypto_mac_cipher(const struct libcrypto_provider *provider,
					       const struct vcrypto_mac *mac, size_t key_len)
{
	return vcrypto_libcrypto_cipher(provider, mac_rows[mac->kind].cipher, key_len);
}

const struct vcrypto_backend vcrypto_backend_libcrypto = {
	.name = "libcrypto",
	.provider_size = sizeof(struct libcrypto_provider),
	.session_size = sizeof(struct libcrypto_session),
	.open = libcrypto_open,
	.close = libcrypto_close,
	.session_new = vcrypto_libcrypto_session_new,
	.session_free = vcrypto_libcrypto_session_free,
	.submit = vcrypto_libcrypto_submit,
	.hash_copy = vcrypto_libcrypto_hash_copy,
	.key_size = sizeof(struct libcrypto_key),
	.key_new = vcrypto_libcrypto_key_new,
	.key_copy = vcrypto_libcrypto_key_copy,
	.key_free = vcrypto_libcrypto_key_free,
	.key_run = vcrypto_libcrypto_key_run,
};
