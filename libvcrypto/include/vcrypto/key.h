/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Asymmetric keys, and one piece of work with one of them, as values: what op.h is for
 * everything else.  The bytes of a job are its caller's own, never a guest's memory, because
 * a job lasts milliseconds and may be done by another thread.
 */
#ifndef VCRYPTO_KEY_H
#define VCRYPTO_KEY_H

#include <vcrypto/algorithm.h>
#include <vcrypto/cursor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of the largest RSA modulus, and so of what a job takes and gives at most. */
#define VCRYPTO_MAX_MODULUS 1024
#define VCRYPTO_MIN_MODULUS 64

/* Bytes of a key's DER: a private key of that modulus has 4.7 KB. */
#define VCRYPTO_MAX_DER 6144

/* What a key is of; bits of capabilities.keys. */
enum vcrypto_key_kind {
	VCRYPTO_KEY_NONE = 0,
	VCRYPTO_KEY_RSA = 1,
	VCRYPTO_KEY_ECDSA = 2,
};

/* What is put around a text or a digest before RSA. */
enum vcrypto_padding {
	VCRYPTO_PADDING_NONE = 0,	/* numbers as they are; encrypt and decrypt only */
	VCRYPTO_PADDING_PKCS1 = 1,	/* RFC 8017: RSAES-PKCS1-v1_5, RSASSA-PKCS1-v1_5 */
};

/* Curves of ECDSA (FIPS 186-4, D.1.2); the numbers are the standard device's. */
enum vcrypto_curve {
	VCRYPTO_CURVE_NONE = 0,
	VCRYPTO_CURVE_P192 = 1,
	VCRYPTO_CURVE_P224 = 2,
	VCRYPTO_CURVE_P256 = 3,
	VCRYPTO_CURVE_P384 = 4,
	VCRYPTO_CURVE_P521 = 5,
};

/* What a key is to be made of. */
struct vcrypto_key_spec {
	enum vcrypto_key_kind kind;	/* RSA or ECDSA */
	bool has_private;		/* the private half is in @der, else only the public */
	enum vcrypto_padding padding;	/* RSA */
	/*
	 * RSA with PKCS1, to sign and to verify: whose DigestInfo goes around the digest, the
	 * number of a hash (enum vcrypto_mac_id); 0: none, the padding alone.
	 */
	uint32_t hash;
	enum vcrypto_curve curve;	/* ECDSA */
	/*
	 * RSA: RSAPrivateKey or RSAPublicKey (RFC 8017, A.1).  ECDSA: ECPrivateKey (RFC 5915)
	 * with the curve named in it; the public half a point (SEC 1, 2.3.3), which is no DER.
	 * Up to VCRYPTO_MAX_DER bytes, all of them the key's; read once.
	 */
	struct vcrypto_cursor der;
};

/* What a job does with a key. */
enum vcrypto_key_verb {
	VCRYPTO_KEY_ENCRYPT,		/* with the public half; RSA */
	VCRYPTO_KEY_DECRYPT,		/* with the private half; RSA */
	VCRYPTO_KEY_SIGN,		/* a digest, with the private half */
	VCRYPTO_KEY_VERIFY,		/* a signature of a digest, with the public half */
};

/* "in" is what the caller sets, all of it; "out" is defined when the job has been run. */
struct vcrypto_key_job {
	enum vcrypto_key_verb verb;	/* in */
	/*
	 * in: text or digest; to verify, the signature.  Of RSA without padding a number,
	 * whose leading zeros may be missing.
	 */
	uint8_t src[VCRYPTO_MAX_MODULUS];
	size_t src_len;				/* bytes of it */
	uint8_t digest[VCRYPTO_MAX_MODULUS];	/* in: to verify, what has been signed */
	size_t digest_len;			/* bytes of it */
	/*
	 * out: what came of it.  Of RSA without padding and of its signatures as long as the
	 * modulus; signatures of ECDSA are DER, r and s.
	 */
	uint8_t dst[VCRYPTO_MAX_MODULUS];
	size_t dst_len;	/* bytes of it */
	/*
	 * out: VCRYPTO_OK; VCRYPTO_AUTH_FAILED: not a signature of this digest;
	 * VCRYPTO_ERROR: the provider refuses, for example a text that is too long or a number
	 * that is not below the modulus.
	 */
	enum vcrypto_status status;
};

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_KEY_H */
