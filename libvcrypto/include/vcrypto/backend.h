/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a crypto provider looks like to the engine: one constant table of
 * functions.  The engine has checked everything that comes from the guest
 * before a backend sees it; a backend does cryptography and nothing else.
 *
 * Two objects belong to a backend, both in memory that the engine provides,
 * zeroed, aligned to VCRYPTO_ALIGNMENT, and never moves:
 *
 *   provider  one for each engine; whatever is looked up once
 *   session   one for each live session; keys, scheduled once
 *
 * One engine calls its backend from one thread at a time.  Several engines,
 * each with a provider of its own, may run at once, so a backend keeps no
 * state outside these objects.
 */
#ifndef VCRYPTO_BACKEND_H
#define VCRYPTO_BACKEND_H

#include <vcrypto/algorithm.h>
#include <vcrypto/cursor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Alignment of provider and session objects, in bytes. */
#define VCRYPTO_ALIGNMENT 16

/*
 * What a provider offers, as bitmaps of the numbers in algorithm.h.  The TLS record
 * ciphers are the engine's: it puts them together of AES-CBC and an HMAC, and
 * drops their bits from an offer without these.
 */
struct vcrypto_offer {
	uint64_t ciphers;
	uint64_t macs;
	/*
	 * Of XTS and the AEAD ciphers, those for which every job needs source,
	 * destination and AAD in one piece each.  Where they are not, the engine
	 * brings a buffer of its own.
	 */
	uint64_t flat;
	/*
	 * AEAD ciphers that can do a message in several jobs (see reset and finish),
	 * and XTS if it can do a data unit so (see more).
	 */
	uint64_t streams;
};

/* What a session is to be made of.  At least one of @cipher and @mac is set. */
struct vcrypto_session_spec {
	const struct vcrypto_cipher *cipher;	/* NULL: no cipher */
	const struct vcrypto_mac *mac;		/* NULL: no hash */
	const uint8_t *cipher_key;		/* of an allowed length */
	size_t cipher_key_len;
	const uint8_t *mac_key;
	size_t mac_key_len;
};

/* What a job is about. */
enum vcrypto_task {
	/* Cipher and hash, as far as the session has them: the body of a CRYPT request. */
	VCRYPTO_TASK_CRYPT,
	/* The cipher alone, as if the session had no hash. */
	VCRYPTO_TASK_CIPHER,
	/* The hash alone, over @src, as if the session had no cipher.  @dst is empty. */
	VCRYPTO_TASK_HASH,
	/* The AEAD cipher: all or a part of one message. */
	VCRYPTO_TASK_AEAD,
};

/*
 * One piece of work (protocol 4.7, 4.8).
 *
 * ENCRYPT hashes the source, then encrypts it; DECRYPT decrypts, then hashes
 * the destination; without a cipher the source is hashed and @dst is empty.
 * Source and destination have the same length, a multiple of the cipher's
 * block, and are disjoint or identical: the engine has removed any other
 * overlap.  The memory may change under the backend at any time, because the
 * guest owns it; results are then garbage, but nothing else may break.
 */
struct vcrypto_job {
	void *session;			/* the backend's object */
	enum vcrypto_task task;
	struct vcrypto_cursor src;	/* payload; empty is fine */
	struct vcrypto_cursor dst;
	struct vcrypto_cursor aad;	/* AEAD with @reset; read before @dst is written */
	bool decrypt;
	/*
	 * Hash: start it anew before the data.  AEAD: a message begins, with @iv
	 * and @aad; without, it goes on where the last job of this session ended
	 * (only if the cipher is in offer.streams).
	 */
	bool reset;
	/*
	 * Hash: finish it into @digest.  AEAD: the message ends; encrypting writes
	 * the tag to @digest, decrypting compares it with @digest, in constant time.
	 */
	bool finish;
	/*
	 * XTS: the data unit goes on after this job, from the IV that the backend
	 * leaves in @iv (protocol 4.7.4; only if the cipher is in offer.streams).
	 */
	bool more;
	uint16_t tag_len;		/* AEAD with @finish: bytes, of an allowed length */
	/*
	 * CCM with @reset and without @finish: payload bytes of the whole message,
	 * which its jobs will have together, and @tag_len is already known.
	 */
	uint64_t message_len;
	/*
	 * The IV to start from, of the cipher's iv_len; with VCRYPTO_CHAIN_STATE a
	 * job goes on where the session's last one ended, in either direction.  The engine works out
	 * the one to go on from, except with VCRYPTO_CHAIN_FEEDBACK and with
	 * @more: then the backend replaces it here.  CCM: the flags byte L - 1, then the nonce
	 * of 15 - L bytes (SP 800-38C, A.3); the engine has checked that L is
	 * 2 ... 8 and that the payload fits.
	 */
	uint8_t iv[VCRYPTO_MAX_IV];
	/* The digest, all of it, or the tag, if @finish. */
	uint8_t digest[VCRYPTO_MAX_DIGEST];
	/*
	 * VCRYPTO_OK; VCRYPTO_AUTH_FAILED for a tag that does not verify (the
	 * engine then wipes @dst); VCRYPTO_ERROR where the provider failed.
	 * Preset to VCRYPTO_ERROR: a job that the backend forgets is not a
	 * success.  After a failure the session's hash state and message are
	 * undefined until a reset.
	 */
	enum vcrypto_status status;
};

struct vcrypto_backend {
	/* Mandatory.  Shown in config space; 1 ... 15 printable ASCII characters. */
	const char *name;

	/* Bytes of a provider object; may be 0. */
	size_t provider_size;

	/* Bytes of a session object; may be 0. */
	size_t session_size;

	/*
	 * Mandatory.  Make @provider ready and fill @offer with what it can do
	 * on this machine today.  False if the provider cannot be used at all;
	 * then everything has been released and close() is not called.
	 */
	bool (*open)(void *provider, struct vcrypto_offer *offer);

	/* Release what open() acquired.  NULL if that is nothing. */
	void (*close)(void *provider);

	/*
	 * Mandatory.  Make @session ready for @spec, whose algorithms are in the
	 * offer.  The keys are the engine's and are wiped after the call: copy or
	 * schedule them; a key that is scheduled with the first job must be one that
	 * the provider takes.  VCRYPTO_OK; VCRYPTO_BAD_KEY for a key that the algorithm
	 * or the provider forbids; VCRYPTO_ERROR.  On failure everything has been released and
	 * session_free() is not called.
	 */
	enum vcrypto_status (*session_new)(void *provider, void *session,
					   const struct vcrypto_session_spec *spec);

	/*
	 * Release what session_new() acquired and wipe every key.  The engine
	 * wipes @session itself afterwards.  NULL if there is nothing else.
	 */
	void (*session_free)(void *provider, void *session);

	/*
	 * Mandatory.  Do @count jobs, at least one, and set the status of each.
	 * Several may be of one session; those take effect in the order of the
	 * array.  Jobs of different sessions may be done in any order or at once.
	 */
	void (*crypt)(void *provider, struct vcrypto_job *const *jobs, size_t count);

	/*
	 * Copy the hash state of @from, which is defined, to @to.  The engine has
	 * checked that both have the same MAC.  The key that the message was begun
	 * with belongs to the state: @to goes on and finishes with it, and with its
	 * own key again after the next reset.  The same holds if @from has a copied
	 * state itself.  False on failure; the state of @to is then undefined until
	 * a reset.  NULL if the provider cannot do it: HASH_COPY is then not
	 * supported.
	 */
	bool (*hash_copy)(void *provider, void *to, const void *from);
};

/*
 * The null provider: offers every algorithm that the engine supports and does
 * no cryptography.  Ciphers copy source to destination, digests are zeros.  For
 * tests, and to measure everything but the cryptography.  Never use it for data
 * that matters.  Library: vcrypto-null.
 */
extern const struct vcrypto_backend vcrypto_backend_null;

/*
 * OpenSSL's libcrypto, 3.0 or later, through EVP.  Library: vcrypto-libcrypto.  The
 * program may use libcrypto in the same thread: what an engine does leaves nothing in
 * the thread's error queue, and what is in there, marks too, stays.  (The queue holds
 * few errors, 15 in OpenSSL 3.0.  If it is full, the oldest may be lost.)
 */
extern const struct vcrypto_backend vcrypto_backend_libcrypto;

/*
 * Nettle, 3.8 or later: LGPLv3+ or GPLv2+, for those who may not link OpenSSL into a
 * GPLv2 program.  Library: vcrypto-nettle.
 */
extern const struct vcrypto_backend vcrypto_backend_nettle;

/*
 * The host's own /dev/crypto, whatever is behind it (Linux).  Library:
 * vcrypto-hostdev.
 */
extern const struct vcrypto_backend vcrypto_backend_hostdev;

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_BACKEND_H */
