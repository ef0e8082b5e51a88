// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The libcrypto backend's asymmetric keys.  libcrypto reads the DER; what a key may hold that
 * makes work long, or has no place in it, is looked at here.  A key is one EVP_PKEY, which
 * threads may use at once; each job has a context of its own.
 */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "libcrypto.h"

static const char *const curves[] = {
	[VCRYPTO_CURVE_P192] = "prime192v1",
	[VCRYPTO_CURVE_P224] = "secp224r1",
	[VCRYPTO_CURVE_P256] = "prime256v1",
	[VCRYPTO_CURVE_P384] = "secp384r1",
	[VCRYPTO_CURVE_P521] = "secp521r1",
};

/* A key as it came. */
struct encoded {
	const unsigned char *bytes;
	size_t len;
	bool has_private;
};

/*
 * What libcrypto has unwrapped, from PKCS#8 or the like, is shorter than what it has read.
 * Longer is fine: a key of the tests in Linux has no sign before its modulus.
 */
static bool is_bare(EVP_PKEY *pkey, const struct encoded *from)
{
	int len = from->has_private ? i2d_PrivateKey(pkey, NULL) : i2d_PublicKey(pkey, NULL);

	return len > 0 && (size_t)len >= from->len;
}

/* NULL: not one. */
static EVP_PKEY *decode(OSSL_LIB_CTX *library, const char *type, const struct encoded *from)
{
	int selection = from->has_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
	const unsigned char *der = from->bytes;
	size_t left = from->len;
	EVP_PKEY *pkey = NULL;
	OSSL_DECODER_CTX *ctx = OSSL_DECODER_CTX_new_for_pkey(&pkey, "DER", "type-specific", type,
							      selection, library, NULL);

	/* Nothing may follow. */
	if (ctx && (OSSL_DECODER_from_data(ctx, &der, &left) != 1 || left ||
		    !is_bare(pkey, from))) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	OSSL_DECODER_CTX_free(ctx);
	return pkey;
}

/* Number @name of the key, for BN_clear_free(); NULL if there is none. */
static BIGNUM *number_of(const EVP_PKEY *pkey, const char *name)
{
	BIGNUM *number = NULL;

	if (EVP_PKEY_get_bn_param(pkey, name, &number) == 1)
		return number;
	BN_clear_free(number);
	return NULL;
}

/* Whether it has, if it is there, at most @bits. */
static bool is_short(const EVP_PKEY *pkey, const char *name, int bits)
{
	BIGNUM *number = number_of(pkey, name);
	bool ok = !number || BN_num_bits(number) <= bits;

	BN_clear_free(number);
	return ok;
}

static bool has(const EVP_PKEY *pkey, const char *name)
{
	BIGNUM *number = number_of(pkey, name);
	bool found = number && !BN_is_zero(number);

	BN_clear_free(number);
	return found;
}

/* Whether it is there, odd and not one. */
static bool is_odd(const EVP_PKEY *pkey, const char *name)
{
	BIGNUM *number = number_of(pkey, name);
	bool odd = number && BN_is_odd(number) && !BN_is_one(number);

	BN_clear_free(number);
	return odd;
}

/* Whether these two make the modulus, and their exponents are no longer than they are. */
static bool are_its_primes(const EVP_PKEY *pkey, const BIGNUM *p, const BIGNUM *q)
{
	BIGNUM *modulus = number_of(pkey, OSSL_PKEY_PARAM_RSA_N);
	BIGNUM *product = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	bool ok = modulus && product && ctx && BN_mul(product, p, q, ctx) == 1 &&
		  BN_cmp(product, modulus) == 0 &&
		  is_short(pkey, OSSL_PKEY_PARAM_RSA_EXPONENT1, BN_num_bits(p)) &&
		  is_short(pkey, OSSL_PKEY_PARAM_RSA_EXPONENT2, BN_num_bits(q)) &&
		  is_short(pkey, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, BN_num_bits(p));

	BN_CTX_free(ctx);
	BN_free(product);
	BN_free(modulus);
	return ok;
}

/* Two, and none of what RFC 8017 calls other primes: nobody would know how long these are. */
static bool primes_ok(const EVP_PKEY *pkey)
{
	BIGNUM *p = number_of(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1);
	BIGNUM *q = number_of(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2);
	bool ok = p && q ? are_its_primes(pkey, p, q) : !p && !q;

	BN_clear_free(p);
	BN_clear_free(q);
	return ok && !has(pkey, OSSL_PKEY_PARAM_RSA_FACTOR3);
}

/*
 * With a long modulus libcrypto has no use for public exponents of more than 64 bits: of a
 * signature that is right it says what it says of forged ones.
 */
static int exponent_bits(int bits)
{
	return bits > OPENSSL_RSA_SMALL_MODULUS_BITS ? OPENSSL_RSA_MAX_PUBEXP_BITS : bits;
}

/* What is longer than the modulus, or than its primes, makes work as long as somebody likes. */
static bool rsa_ok(const EVP_PKEY *pkey, bool has_private)
{
	int bits = EVP_PKEY_get_bits(pkey);

	if (bits < VCRYPTO_MIN_MODULUS * 8 || bits > VCRYPTO_MAX_MODULUS * 8 ||
	    !is_odd(pkey, OSSL_PKEY_PARAM_RSA_N) || !is_odd(pkey, OSSL_PKEY_PARAM_RSA_E) ||
	    !is_short(pkey, OSSL_PKEY_PARAM_RSA_E, exponent_bits(bits)) ||
	    !is_short(pkey, OSSL_PKEY_PARAM_RSA_D, bits))
		return false;
	return !has_private || (has(pkey, OSSL_PKEY_PARAM_RSA_D) && primes_ok(pkey));
}

static bool has_curve(const EVP_PKEY *pkey, const char *curve)
{
	char name[VCRYPTO_NAME_LEN];

	return EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name),
					      NULL) == 1 &&
	       strcmp(name, curve) == 0;
}

/*
 * What libcrypto takes and no key has (FIPS 186-5, A.2 and SP 800-186, D.1): the point at
 * infinity, with which anybody can sign, and a private number that is not below the order.
 */
static bool is_sound(OSSL_LIB_CTX *library, EVP_PKEY *pkey, bool has_private)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(library, pkey, NULL);
	bool ok = ctx && EVP_PKEY_public_check_quick(ctx) == 1 &&
		  (!has_private || EVP_PKEY_private_check(ctx) == 1);

	EVP_PKEY_CTX_free(ctx);
	return ok;
}

/* A public key that is a point and nothing else. */
static EVP_PKEY *from_point(OSSL_LIB_CTX *library, const char *name, const struct encoded *from)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(library, "EC", NULL);
	char *curve = (char *)(uintptr_t)name;
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM params[3];

	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
						      (void *)(uintptr_t)from->bytes, from->len);
	params[2] = OSSL_PARAM_construct_end();
	if (ctx && (EVP_PKEY_fromdata_init(ctx) != 1 ||
		    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static enum vcrypto_status new_rsa(OSSL_LIB_CTX *library, struct libcrypto_key *key,
				   const struct encoded *from)
{
	key->pkey = decode(library, "RSA", from);
	return key->pkey && rsa_ok(key->pkey, from->has_private) ? VCRYPTO_OK : VCRYPTO_BAD_KEY;
}

static enum vcrypto_status new_ecdsa(OSSL_LIB_CTX *library, struct libcrypto_key *key,
				     const struct encoded *from, const char *curve)
{
	if (from->has_private)
		key->pkey = decode(library, "EC", from);
	else
		key->pkey = from_point(library, curve, from);
	if (!key->pkey || !has_curve(key->pkey, curve) ||
	    !is_sound(library, key->pkey, from->has_private))
		return VCRYPTO_BAD_KEY;
	return VCRYPTO_OK;
}

static enum vcrypto_status new_key(const struct libcrypto_provider *provider,
				   struct libcrypto_key *key, const struct vcrypto_key_spec *spec)
{
	OSSL_LIB_CTX *library = vcrypto_libcrypto_library(provider);
	size_t len = (size_t)spec->der.left;
	uint8_t *bytes = OPENSSL_malloc(len);
	struct vcrypto_cursor der = spec->der;
	const struct encoded from = { bytes, len, spec->has_private };
	enum vcrypto_status status = VCRYPTO_ERROR;

	if (bytes && vcrypto_cursor_read(&der, bytes, len))
		status = key->rsa ? new_rsa(library, key, &from) :
				    new_ecdsa(library, key, &from, curves[spec->curve]);
	OPENSSL_clear_free(bytes, len);
	if (status != VCRYPTO_OK)
		EVP_PKEY_free(key->pkey);
	return status;
}

/* Whether the hash is there; false also if libcrypto has it not. */
static bool find_hash(const struct libcrypto_provider *provider, struct libcrypto_key *key,
		      const struct vcrypto_key_spec *spec)
{
	const struct vcrypto_mac *hash = vcrypto_mac_find(spec->hash);

	if (!key->rsa || !key->padded || !spec->hash)
		return true;
	key->hash = hash ? vcrypto_libcrypto_hash(provider, hash) : NULL;
	return key->hash;
}

static bool is_curve(uint32_t curve)
{
	return curve < sizeof(curves) / sizeof(curves[0]) && curves[curve];
}

enum vcrypto_status vcrypto_libcrypto_key_new(void *provider, void *memory,
					      const struct vcrypto_key_spec *spec)
{
	enum vcrypto_status status = VCRYPTO_NOT_SUPPORTED;
	struct libcrypto_key *key = memory;

	ERR_set_mark();
	key->rsa = spec->kind == VCRYPTO_KEY_RSA;
	key->padded = spec->padding == VCRYPTO_PADDING_PKCS1;
	if (find_hash(provider, key, spec) && (key->rsa || is_curve(spec->curve)))
		status = new_key(provider, key, spec);
	ERR_pop_to_mark();
	vcrypto_libcrypto_wipe_stack();
	return status;
}

bool vcrypto_libcrypto_key_copy(void *provider, void *memory, const void *from)
{
	struct libcrypto_key *to = memory;

	(void)provider;
	memcpy(to, from, sizeof(*to));
	return EVP_PKEY_up_ref(to->pkey) == 1;
}

void vcrypto_libcrypto_key_free(void *provider, void *memory)
{
	struct libcrypto_key *key = memory;

	(void)provider;
	ERR_set_mark();
	EVP_PKEY_free(key->pkey);
	ERR_pop_to_mark();
}

/* Padding, and the hash whose name goes into it. */
static bool set_up(const struct libcrypto_key *key, EVP_PKEY_CTX *ctx, bool signature)
{
	int padding = key->padded ? RSA_PKCS1_PADDING : RSA_NO_PADDING;

	if (!key->rsa)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, padding) == 1 &&
	       (!signature || !key->hash || EVP_PKEY_CTX_set_signature_md(ctx, key->hash) == 1);
}

/* A number as long as the modulus, as libcrypto wants it. */
static bool fill_up(const struct libcrypto_key *key, struct vcrypto_key_job *job)
{
	size_t size = (size_t)EVP_PKEY_get_size(key->pkey);

	if (job->src_len > size)
		return false;
	memmove(job->src + (size - job->src_len), job->src, job->src_len);
	memset(job->src, 0, size - job->src_len);
	job->src_len = size;
	return true;
}

static bool encrypt(const struct libcrypto_key *key, EVP_PKEY_CTX *ctx,
		    struct vcrypto_key_job *job)
{
	job->dst_len = sizeof(job->dst);
	if (!key->padded && !fill_up(key, job))
		return false;
	if (job->verb == VCRYPTO_KEY_ENCRYPT)
		return EVP_PKEY_encrypt_init(ctx) == 1 && set_up(key, ctx, false) &&
		       EVP_PKEY_encrypt(ctx, job->dst, &job->dst_len, job->src, job->src_len) == 1;
	return EVP_PKEY_decrypt_init(ctx) == 1 && set_up(key, ctx, false) &&
	       EVP_PKEY_decrypt(ctx, job->dst, &job->dst_len, job->src, job->src_len) == 1;
}

static bool has_digest_len(const struct libcrypto_key *key, size_t len)
{
	return !key->hash || len == (size_t)EVP_MD_get_size(key->hash);
}

static bool sign(const struct libcrypto_key *key, EVP_PKEY_CTX *ctx, struct vcrypto_key_job *job)
{
	job->dst_len = sizeof(job->dst);
	return has_digest_len(key, job->src_len) && EVP_PKEY_sign_init(ctx) == 1 &&
	       set_up(key, ctx, true) &&
	       EVP_PKEY_sign(ctx, job->dst, &job->dst_len, job->src, job->src_len) == 1;
}

static enum vcrypto_status verify(const struct libcrypto_key *key, EVP_PKEY_CTX *ctx,
				  const struct vcrypto_key_job *job)
{
	if (!has_digest_len(key, job->digest_len) || EVP_PKEY_verify_init(ctx) != 1 ||
	    !set_up(key, ctx, true))
		return VCRYPTO_ERROR;
	/* It says by less than 0 that a signature has not even the form of one. */
	return EVP_PKEY_verify(ctx, job->src, job->src_len, job->digest, job->digest_len) == 1 ?
		       VCRYPTO_OK : VCRYPTO_AUTH_FAILED;
}

static enum vcrypto_status run(const struct libcrypto_key *key, EVP_PKEY_CTX *ctx,
			       struct vcrypto_key_job *job)
{
	switch (job->verb) {
	case VCRYPTO_KEY_VERIFY:
		return verify(key, ctx, job);
	case VCRYPTO_KEY_SIGN:
		return sign(key, ctx, job) ? VCRYPTO_OK : VCRYPTO_ERROR;
	default:
		return encrypt(key, ctx, job) ? VCRYPTO_OK : VCRYPTO_ERROR;
	}
}

void vcrypto_libcrypto_key_run(void *provider, const void *memory, struct vcrypto_key_job *job)
{
	const struct libcrypto_key *key = memory;
	EVP_PKEY_CTX *ctx;

	ERR_set_mark();
	ctx = EVP_PKEY_CTX_new_from_pkey(vcrypto_libcrypto_library(provider), key->pkey, NULL);
	if (ctx)
		job->status = run(key, ctx, job);
	EVP_PKEY_CTX_free(ctx);
	ERR_pop_to_mark();
	vcrypto_libcrypto_wipe_stack();
}
