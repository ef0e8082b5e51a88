// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The libcrypto backend's sessions: keys, and the contexts that are made with them. */
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include "libcrypto.h"

static void release(struct libcrypto_session *session)
{
	EVP_CIPHER_CTX_free(session->context);
	EVP_CIPHER_CTX_free(session->tweak);
	EVP_MD_CTX_free(session->hash);
	EVP_MAC_CTX_free(session->keyed);
	EVP_MAC_CTX_free(session->copied);
	vcrypto_libcrypto_ccm_free(session);
}

/* What has been seen of keys of XTS, ECDSA and ChaCha20 lay within this. */
__attribute__((noinline)) void vcrypto_libcrypto_wipe_stack(void)
{
	uint8_t below[8192];

	vcrypto_wipe(below, sizeof(below));
}

/* Jobs may have left some of the key there, as ChaCha20's do. */
void vcrypto_libcrypto_session_free(void *provider, void *memory)
{
	(void)provider;
	ERR_set_mark();
	release(memory);
	ERR_pop_to_mark();
	vcrypto_libcrypto_wipe_stack();
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

static EVP_CIPHER_CTX *new_context(const struct libcrypto_session *session, bool decrypt)
{
	size_t len = session->xts_by_ecb ? session->key_len / 2 : session->key_len;
	uint32_t id = session->xts_by_ecb ? VCRYPTO_CIPHER_AES_ECB : session->cipher->id;
	const EVP_CIPHER *cipher = vcrypto_libcrypto_cipher(session->provider, id, len);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && cipher && EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, !decrypt, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_key_length(ctx, (int)len) == 1 &&
	    EVP_CipherInit_ex2(ctx, NULL, session->key, NULL, -1, NULL) == 1 &&
	    (session->cipher->block == 1 || no_padding(ctx)))
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

/*
 * What is made of the key is the same in both directions where blocks have 8 bytes, and making
 * it is dear: 34 us with Blowfish, for which a request of 16 bytes does not pay.
 */
static bool turn(struct libcrypto_session *session, bool decrypt)
{
	const uint8_t *key = session->cipher->block == 8 ? NULL : session->key;

	return EVP_CipherInit_ex2(session->context, NULL, key, NULL, !decrypt, NULL) == 1;
}

/*
 * One context, keyed anew where a session changes its direction: few do that often, and
 * most of those that a guest can have go in one direction only, or are never used.  A key
 * stream that goes on has no direction.
 */
EVP_CIPHER_CTX *vcrypto_libcrypto_context(struct libcrypto_session *session, bool decrypt)
{
	if (session->cipher->chaining == VCRYPTO_CHAIN_STATE)
		decrypt = false;
	if (session->context && session->decrypts != decrypt && !turn(session, decrypt)) {
		EVP_CIPHER_CTX_free(session->context);
		session->context = NULL;
	}
	if (!session->context)
		session->context = new_context(session, decrypt);
	session->decrypts = decrypt;
	return session->context;
}

/*
 * An XTS key for which libcrypto has no cipher, or that it refuses, but programs use, above
 * all to measure: of twice 192 bits, or of equal halves.
 */
static bool is_odd_xts_key(const struct vcrypto_session_spec *spec)
{
	size_t half = spec->cipher_key_len / 2;

	return spec->cipher->id == VCRYPTO_CIPHER_AES_XTS &&
	       (half == 24 || !CRYPTO_memcmp(spec->cipher_key, spec->cipher_key + half, half));
}

/* What it says about the key that @source has made no keyed context. */
static enum vcrypto_status refusal(const OSSL_PROVIDER *source)
{
	bool memory = ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;

	return memory || vcrypto_libcrypto_is_lenient(source) ? VCRYPTO_ERROR : VCRYPTO_BAD_KEY;
}

/* A provider that may refuse a key is asked at once, the others when the key is used. */
static enum vcrypto_status new_cipher(const struct libcrypto_provider *provider,
				      struct libcrypto_session *session,
				      const struct vcrypto_session_spec *spec)
{
	const EVP_CIPHER *cipher, *ecb;
	const OSSL_PROVIDER *source;

	session->cipher = spec->cipher;
	if (!spec->cipher || spec->cipher->id == VCRYPTO_CIPHER_NULL)
		return VCRYPTO_OK;
	cipher = vcrypto_libcrypto_cipher(provider, spec->cipher->id, spec->cipher_key_len);
	session->provider = provider;
	session->key_len = spec->cipher_key_len;
	memcpy(session->key, spec->cipher_key, spec->cipher_key_len);
	if (is_odd_xts_key(spec)) {
		ecb = vcrypto_libcrypto_cipher(provider, VCRYPTO_CIPHER_AES_ECB,
					       spec->cipher_key_len / 2);
		session->xts_by_ecb =
			ecb && vcrypto_libcrypto_is_lenient(EVP_CIPHER_get0_provider(ecb));
		cipher = session->xts_by_ecb ? ecb : cipher;
	}
	/* Of what is offered that can only be XTS, with a key of twice 192 bits. */
	if (!cipher)
		return VCRYPTO_BAD_KEY;
	source = EVP_CIPHER_get0_provider(cipher);
	if (vcrypto_libcrypto_is_lenient(source))
		return VCRYPTO_OK;
	return vcrypto_libcrypto_context(session, false) ? VCRYPTO_OK : refusal(source);
}

/* @what it is made of: "digest" or "cipher", and @name of that. */
static bool set_mac_key(struct libcrypto_session *session, const char *what, const char *name,
			const struct vcrypto_session_spec *spec)
{
	char copy[VCRYPTO_NAME_LEN] = { 0 };
	OSSL_PARAM params[2];

	strncpy(copy, name, sizeof(copy) - 1);
	params[0] = OSSL_PARAM_construct_utf8_string(what, copy, 0);
	params[1] = OSSL_PARAM_construct_end();
	return EVP_MAC_init(session->keyed, spec->mac_key, spec->mac_key_len, params) == 1;
}

static bool key_mac(const struct libcrypto_provider *provider, struct libcrypto_session *session,
		    const struct vcrypto_session_spec *spec)
{
	const EVP_CIPHER *cipher;
	const EVP_MD *hash;

	if (!spec->mac->hash) {
		cipher = vcrypto_libcrypto_mac_cipher(provider, spec->mac, spec->mac_key_len);
		return cipher && set_mac_key(session, OSSL_MAC_PARAM_CIPHER,
					     EVP_CIPHER_get0_name(cipher), spec);
	}
	hash = vcrypto_libcrypto_hash(provider, spec->mac);
	return hash && set_mac_key(session, OSSL_MAC_PARAM_DIGEST, EVP_MD_get0_name(hash), spec);
}

static enum vcrypto_status new_mac(const struct libcrypto_provider *provider,
				   struct libcrypto_session *session,
				   const struct vcrypto_session_spec *spec)
{
	const EVP_MD *hash;
	EVP_MAC *keyed;

	session->mac = spec->mac;
	if (!spec->mac)
		return VCRYPTO_OK;
	if (spec->mac->keyed) {
		keyed = vcrypto_libcrypto_mac(provider, spec->mac);
		session->keyed = EVP_MAC_CTX_new(keyed);
		return session->keyed && key_mac(provider, session, spec) ? VCRYPTO_OK :
			refusal(EVP_MAC_get0_provider(keyed));
	}
	hash = vcrypto_libcrypto_hash(provider, spec->mac);
	session->hash = EVP_MD_CTX_new();
	return hash && session->hash && EVP_DigestInit_ex2(session->hash, hash, NULL) == 1 ?
		VCRYPTO_OK : VCRYPTO_ERROR;
}

enum vcrypto_status vcrypto_libcrypto_session_new(void *provider, void *memory,
						  const struct vcrypto_session_spec *spec)
{
	struct libcrypto_session *session = memory;
	enum vcrypto_status status;

	ERR_set_mark();
	status = new_cipher(provider, session, spec);
	if (status == VCRYPTO_OK)
		status = new_mac(provider, session, spec);
	if (status != VCRYPTO_OK)
		release(session);
	ERR_pop_to_mark();
	vcrypto_libcrypto_wipe_stack();
	return status;
}

static bool copy_hash(struct libcrypto_session *to, const struct libcrypto_session *from)
{
	EVP_MAC_CTX *copy;

	if (from->hash)
		return EVP_MD_CTX_copy_ex(to->hash, from->hash) == 1;
	copy = EVP_MAC_CTX_dup(from->copied ? from->copied : from->keyed);
	if (!copy)
		return false;
	EVP_MAC_CTX_free(to->copied);
	to->copied = copy;
	return true;
}

bool vcrypto_libcrypto_hash_copy(void *provider, void *to, const void *from)
{
	bool ok;

	(void)provider;
	ERR_set_mark();
	ok = copy_hash(to, from);
	ERR_pop_to_mark();
	return ok;
}
