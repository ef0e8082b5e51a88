/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Internal to the libcrypto backend: what its files share.
 *
 *	libcrypto.c          which algorithms there are
 *	libcrypto-session.c  sessions: keys and contexts
 *	libcrypto-jobs.c     jobs
 *	libcrypto-keys.c     asymmetric keys and their jobs
 *	libcrypto-xts.c      data units of XTS
 *	libcrypto-ccm.c      messages of CCM in several jobs
 */
#ifndef LIBCRYPTO_H
#define LIBCRYPTO_H

#include <openssl/err.h>
#include <openssl/evp.h>

#include <vcrypto/backend.h>

/*
 * The thread's error queue is the program's: every function that the engine calls has
 * ERR_set_mark() first and ERR_pop_to_mark() last.  The queue is short, and what we leave
 * in it for a while pushes out what the program has: so one call at a time.
 */
static inline void libcrypto_forget_errors(void)
{
	ERR_pop_to_mark();
	ERR_set_mark();
}

struct libcrypto_session {
	const struct vcrypto_cipher *cipher;	/* NULL: none */
	const struct vcrypto_mac *mac;		/* NULL: none */
	const struct libcrypto_provider *provider;
	uint8_t key[VCRYPTO_MAX_CIPHER_KEY];
	size_t key_len;
	EVP_CIPHER_CTX *context;		/* made by the first job; NULL before */
	bool decrypts;				/* the context is keyed for that direction */
	bool xts_by_ecb;			/* it is ECB, with half of the key, and */
	EVP_CIPHER_CTX *tweak;			/* with the other, from its first use on */
	EVP_MD_CTX *hash;			/* a plain hash, or */
	EVP_MAC_CTX *keyed;			/* a MAC, with the session's own key */
	EVP_MAC_CTX *copied;			/* goes on instead until it ends; or NULL */
	struct libcrypto_ccm *ccm;		/* a message in several jobs; NULL: none */
};

static inline bool libcrypto_update(EVP_CIPHER_CTX *ctx, uint8_t *out, const uint8_t *in,
				    size_t len)
{
	int done;

	return EVP_CipherUpdate(ctx, out, &done, in, (int)len) == 1 && (size_t)done == len;
}

/* libcrypto.c: what has been fetched when the backend was opened. */
struct libcrypto_provider;
const EVP_CIPHER *vcrypto_libcrypto_cipher(const struct libcrypto_provider *provider,
					   uint32_t id, size_t key_len);
const EVP_MD *vcrypto_libcrypto_hash(const struct libcrypto_provider *provider,
				     const struct vcrypto_mac *mac);
EVP_MAC *vcrypto_libcrypto_mac(const struct libcrypto_provider *provider,
			       const struct vcrypto_mac *mac);
/* What a MAC that has no hash is made of. */
const EVP_CIPHER *vcrypto_libcrypto_mac_cipher(const struct libcrypto_provider *provider,
					       const struct vcrypto_mac *mac, size_t key_len);
/* Where all is fetched from. */
OSSL_LIB_CTX *vcrypto_libcrypto_library(const struct libcrypto_provider *provider);
/*
 * Whether it takes every key, but for XTS, and does not mind if we put a mode together of
 * others.  Not so the FIPS module, and perhaps others.
 */
bool vcrypto_libcrypto_is_lenient(const OSSL_PROVIDER *source);

/* The same for the provider of its AES; exported, for a backend that is more than this one. */
bool vcrypto_backend_libcrypto_is_lenient(const void *provider);

/* libcrypto-session.c: wipes what libcrypto may have left of a key below the caller's frame. */
void vcrypto_libcrypto_wipe_stack(void);

/* libcrypto-session.c: the backend's functions of these names. */
enum vcrypto_status vcrypto_libcrypto_session_new(void *provider, void *memory,
						  const struct vcrypto_session_spec *spec);
void vcrypto_libcrypto_session_free(void *provider, void *memory);
bool vcrypto_libcrypto_hash_copy(void *provider, void *to, const void *from);
/* The session's context, keyed for a direction; NULL if that fails.  Not for the NULL cipher. */
EVP_CIPHER_CTX *vcrypto_libcrypto_context(struct libcrypto_session *session, bool decrypt);

/* The same, inline where nothing is to be done. */
static inline EVP_CIPHER_CTX *libcrypto_context(struct libcrypto_session *session, bool decrypt)
{
	if (session->context && session->decrypts == decrypt)
		return session->context;
	return vcrypto_libcrypto_context(session, decrypt);
}

/* libcrypto-jobs.c: the backend's submit(). */
void vcrypto_libcrypto_submit(void *provider, struct vcrypto_job *const *jobs, size_t count);

/* libcrypto-xts.c: a data unit by single blocks, for which @ctx is. */
bool vcrypto_libcrypto_xts(struct libcrypto_session *session, EVP_CIPHER_CTX *ctx,
			   const uint8_t iv[VCRYPTO_MAX_IV], uint8_t *out, const uint8_t *in,
			   size_t len);
/* The IV from which a data unit goes on after @job. */
bool vcrypto_libcrypto_xts_next(struct libcrypto_session *session, struct vcrypto_job *job);

/* libcrypto-ccm.c: a job of a message that has several; and whatever is kept for one. */
enum vcrypto_status vcrypto_libcrypto_ccm(struct libcrypto_session *session,
					  struct vcrypto_job *job);
void vcrypto_libcrypto_ccm_free(struct libcrypto_session *session);

/* libcrypto-keys.c: the backend's functions of these names. */
struct libcrypto_key {
	EVP_PKEY *pkey;
	const EVP_MD *hash;	/* the provider's; NULL: none */
	bool rsa;
	bool padded;		/* PKCS#1 */
};

enum vcrypto_status vcrypto_libcrypto_key_new(void *provider, void *memory,
					      const struct vcrypto_key_spec *spec);
bool vcrypto_libcrypto_key_copy(void *provider, void *memory, const void *from);
void vcrypto_libcrypto_key_free(void *provider, void *memory);
void vcrypto_libcrypto_key_run(void *provider, const void *memory, struct vcrypto_key_job *job);

#endif /* LIBCRYPTO_H */
