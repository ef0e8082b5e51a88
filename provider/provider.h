/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the parts of the provider share.
 *
 * Each context has two ways to do its work: a session of the device, and a context of
 * OpenSSL's default provider, "software".  The device gets what is long enough to be worth the
 * way there, as long as there is one.  README.md says what that means for those who use it.
 */
#ifndef VC_PROVIDER_H
#define VC_PROVIDER_H

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "device.h"

#define VC_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define VC_DEVICE "/dev/crypto"

/*
 * Half of what "openssl enc" and many others take at a time.  A way to the device and back
 * takes some ten microseconds; in that time a processor with AES instructions encrypts more
 * than that, one without less.
 */
#define VC_MIN_BYTES 2048

/* The longest of all. */
#define VC_MAX_KEY 64
#define VC_MAX_IV 16
#define VC_BLOCK 16

/* Source and destination that overlap are worked on in parts of so many bytes. */
#define VC_PART (64 * 1024)

struct vc_provider {
	const OSSL_CORE_HANDLE *handle;
	OSSL_LIB_CTX *libctx;		/* the default provider, and nobody else */
	OSSL_PROVIDER *software;
	struct vc_device device;
	char *path;
	size_t min_bytes;		/* of data: what is shorter is left to software */
	size_t min_digest_bytes;	/* the same of a message to be hashed */
	unsigned int operations;	/* a bit for each OSSL_OP_... that is to be offered */
	/* What has been fetched of the default provider, in the order of the tables. */
	_Atomic(EVP_CIPHER *) *ciphers;
	_Atomic(EVP_MD *) *digests;
	_Atomic(EVP_MAC *) hmac;
	_Atomic(OSSL_ALGORITHM *) offered[OSSL_OP__HIGHEST + 1];	/* NULL: nobody has asked */
};

/* How a cipher takes its data. */
enum vc_cipher_kind {
	VC_BLOCKS,	/* whole blocks, with padding at the end */
	VC_STREAM,	/* anything, going on in the middle of a block */
	VC_UNIT,	/* one data unit for each call: XTS */
	VC_AEAD,
};

struct vc_cipher_row {
	const char *names;	/* OpenSSL's, with colons between; the first is the main one */
	const OSSL_DISPATCH *functions;
	uint32_t number;	/* CRYPTO_... */
	enum vc_cipher_kind kind;
	unsigned int mode;	/* EVP_CIPH_..._MODE */
	uint8_t key_len;
	uint8_t iv_len;		/* of an AEAD: unless it is told another */
	uint8_t block;
};

/* A digest, and the HMAC with it. */
struct vc_digest_row {
	const char *names;
	const OSSL_DISPATCH *functions;
	uint32_t number;
	uint32_t hmac;
	uint8_t size;
	uint8_t block;
	bool algid_absent;	/* its identifier in signatures has no parameters */
};

extern const struct vc_cipher_row vc_ciphers[];
extern const size_t vc_cipher_count;
extern const struct vc_digest_row vc_digests[];
extern const size_t vc_digest_count;

/* The main one of names with colons between, in @name. */
const char *vc_main_name(const char *names, char name[32]);

/* Whether the memory meets; then one is not to be written before all of the other is read. */
static inline bool vc_overlap(const uint8_t *out, const uint8_t *in, size_t len)
{
	return (uintptr_t)out < (uintptr_t)in + len && (uintptr_t)in < (uintptr_t)out + len;
}

/* vc_fail(PROV_R_...): 0, with an entry in OpenSSL's queue of errors. */
#define vc_fail(reason) (ERR_raise(ERR_LIB_PROV, (reason)), 0)

#endif /* VC_PROVIDER_H */
