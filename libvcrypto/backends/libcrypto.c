// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * OpenSSL's libcrypto through EVP.
 *
 * Algorithms are fetched once, when the provider opens; what cannot be fetched
 * (a legacy provider that is missing, FIPS mode) is not offered.  A session
 * keys one context for each direction and one for its hash; after that a
 * request sets an IV and moves data.  libcrypto wipes key schedules when it
 * frees a context.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <vcrypto/backend.h>

/* One row for each key length, because libcrypto has a name for each. */
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
};

/* A hash and its HMAC. */
static const struct {
	uint8_t id;
	const char *name;
} hash_rows[] = {
	{ VCRYPTO_MAC_MD5, "MD5" },
	{ VCRYPTO_MAC_SHA1, "SHA1" },
	{ VCRYPTO_MAC_SHA2_224, "SHA2-224" },
	{ VCRYPTO_MAC_SHA2_256, "SHA2-256" },
	{ VCRYPTO_MAC_SHA2_384, "SHA2-384" },
	{ VCRYPTO_MAC_SHA2_512, "SHA2-512" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct provider {
	EVP_CIPHER *ciphers[COUNT(cipher_rows)];
	EVP_MD *hashes[COUNT(hash_rows)];
	EVP_MAC *hmac;
};

struct session {
	const struct vcrypto_cipher *cipher;	/* NULL: none */
	const struct vcrypto_mac *mac;		/* NULL: none */
	EVP_CIPHER_CTX *encrypt;		/* NULL for the NULL cipher */
	EVP_CIPHER_CTX *decrypt;
	EVP_MD_CTX *hash;			/* a plain hash, or */
	EVP_MAC_CTX *hmac;			/* an HMAC */
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

static bool libcrypto_open(void *memory, struct vcrypto_offer *offer)
{
	struct provider *provider = memory;
	size_t i;

	for (i = 0; i < COUNT(cipher_rows); i++)
		provider->ciphers[i] = EVP_CIPHER_fetch(NULL, cipher_rows[i].name, NULL);
	for (i = 0; i < COUNT(hash_rows); i++)
		provider->hashes[i] = EVP_MD_fetch(NULL, hash_rows[i].name, NULL);
	provider->hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	offer->ciphers = offered_ciphers(provider);
	offer->macs = offered_macs(provider);
	return true;
}

static void libcrypto_session_free(void *provider, void *memory)
{
	struct session *session = memory;

	(void)provider;
	EVP_CIPHER_CTX_free(session->encrypt);
	EVP_CIPHER_CTX_free(session->decrypt);
	EVP_MD_CTX_free(session->hash);
	EVP_MAC_CTX_free(session->hmac);
}

static const EVP_CIPHER *find_cipher(const struct provider *provider,
				     const struct vcrypto_session_spec *spec)
{
	size_t i;

	for (i = 0; i < COUNT(cipher_rows); i++)
		if (cipher_rows[i].id == spec->cipher->id &&
		    cipher_rows[i].key_len == spec->cipher_key_len)
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

static EVP_CIPHER_CTX *keyed_cipher(const EVP_CIPHER *cipher, const uint8_t *key, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && EVP_CipherInit_ex2(ctx, cipher, key, NULL, encrypt, NULL) == 1 &&
	    no_padding(ctx))
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

static bool new_cipher(const struct provider *provider, struct session *session,
		       const struct vcrypto_session_spec *spec)
{
	const EVP_CIPHER *cipher;

	session->cipher = spec->cipher;
	if (!spec->cipher || spec->cipher->id == VCRYPTO_CIPHER_NULL)
		return true;
	cipher = find_cipher(provider, spec);
	if (!cipher)
		return false;
	session->encrypt = keyed_cipher(cipher, spec->cipher_key, 1);
	session->decrypt = keyed_cipher(cipher, spec->cipher_key, 0);
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

static bool key_hmac(struct session *session, const EVP_MD *hash,
		     const struct vcrypto_session_spec *spec)
{
	char name[VCRYPTO_NAME_LEN] = { 0 };
	OSSL_PARAM params[2];

	strncpy(name, EVP_MD_get0_name(hash), sizeof(name) - 1);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
	params[1] = OSSL_PARAM_construct_end();
	return EVP_MAC_init(session->hmac, spec->mac_key, spec->mac_key_len, params) == 1;
}

static bool new_mac(const struct provider *provider, struct session *session,
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
	struct session *session = memory;

	if (new_cipher(provider, session, spec) && new_mac(provider, session, spec))
		return VCRYPTO_OK;
	libcrypto_session_free(provider, session);
	return VCRYPTO_ERROR;
}

static bool hash_reset(const struct session *session)
{
	if (session->hmac)
		return EVP_MAC_init(session->hmac, NULL, 0, NULL) == 1;
	return EVP_DigestInit_ex2(session->hash, NULL, NULL) == 1;
}

static bool hash_update(const struct session *session, const uint8_t *data, size_t len)
{
	if (session->hmac)
		return EVP_MAC_update(session->hmac, data, len) == 1;
	return EVP_DigestUpdate(session->hash, data, len) == 1;
}

static bool hash_finish(const struct session *session, uint8_t digest[VCRYPTO_MAX_DIGEST])
{
	size_t mac_len;
	unsigned int len;

	if (session->hmac)
		return EVP_MAC_final(session->hmac, digest, &mac_len, VCRYPTO_MAX_DIGEST) == 1;
	return EVP_DigestFinal_ex(session->hash, digest, &len) == 1;
}

static bool transform(EVP_CIPHER_CTX *ctx, const struct vcrypto_walk *walk)
{
	int len;

	if (!ctx) {
		memmove(walk->out, walk->in, walk->len);
		return true;
	}
	return EVP_CipherUpdate(ctx, walk->out, &len, walk->in, (int)walk->len) == 1 &&
	       (size_t)len == walk->len;
}

/* Cipher and hash piece by piece, so that the second finds the data in cache. */
static bool run_cipher(const struct session *session, struct vcrypto_job *job)
{
	EVP_CIPHER_CTX *ctx = job->decrypt ? session->decrypt : session->encrypt;
	struct vcrypto_walk walk;
	bool ok = true;

	if (!job->src.left)
		return true;
	if (ctx && session->cipher->iv_len &&
	    EVP_CipherInit_ex2(ctx, NULL, NULL, job->iv, -1, NULL) != 1)
		return false;
	vcrypto_walk_start(&walk, job->src, job->dst, session->cipher->block);
	while (ok && vcrypto_walk_next(&walk)) {
		if (session->mac && !job->decrypt)
			ok = hash_update(session, walk.in, walk.len);
		ok = ok && transform(ctx, &walk);
		if (session->mac && job->decrypt)
			ok = ok && hash_update(session, walk.out, walk.len);
	}
	vcrypto_walk_finish(&walk);
	return ok;
}

static bool run_hash(const struct session *session, struct vcrypto_job *job)
{
	struct vcrypto_cursor src = job->src;
	const uint8_t *span;
	size_t len;

	while ((span = vcrypto_cursor_span(&src, SIZE_MAX, &len)))
		if (!hash_update(session, span, len))
			return false;
	return true;
}

static bool run(const struct session *session, struct vcrypto_job *job)
{
	if (session->mac && job->reset && !hash_reset(session))
		return false;
	if (session->cipher ? !run_cipher(session, job) : !run_hash(session, job))
		return false;
	return !job->finish || hash_finish(session, job->digest);
}

static void libcrypto_crypt(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	size_t i;

	(void)provider;
	for (i = 0; i < count; i++)
		jobs[i]->status = run(jobs[i]->session, jobs[i]) ? VCRYPTO_OK : VCRYPTO_ERROR;
}

static bool libcrypto_hash_copy(void *provider, void *to_memory, const void *from_memory)
{
	const struct session *from = from_memory;
	struct session *to = to_memory;
	EVP_MAC_CTX *copy;

	(void)provider;
	if (from->hash)
		return EVP_MD_CTX_copy_ex(to->hash, from->hash) == 1;
	copy = EVP_MAC_CTX_dup(from->hmac);
	if (!copy)
		return false;
	EVP_MAC_CTX_free(to->hmac);
	to->hmac = copy;
	return true;
}

const struct vcrypto_backend vcrypto_backend_libcrypto = {
	.name = "libcrypto",
	.provider_size = sizeof(struct provider),
	.session_size = sizeof(struct session),
	.open = libcrypto_open,
	.close = libcrypto_close,
	.session_new = libcrypto_session_new,
	.session_free = libcrypto_session_free,
	.crypt = libcrypto_crypt,
	.hash_copy = libcrypto_hash_copy,
};
