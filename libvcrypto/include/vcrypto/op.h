/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The waist of the library: one piece of work on data, as a value.  Above it are
 * request formats, which fill it from bytes and make bytes of it again; below it is
 * the core, which knows no format.  So there is no number here that crosses to a
 * guest, and no key: those are in the session.
 *
 *	format  --op-->  lane  --job-->  backend
 *
 * An op has two parts.  The job is what a backend sees, the rest is what the core
 * needs to check it, to carry it on, and to answer.
 */
#ifndef VCRYPTO_OP_H
#define VCRYPTO_OP_H

#include <vcrypto/algorithm.h>
#include <vcrypto/cursor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a job is about. */
enum vcrypto_task {
	/* Cipher and hash, as far as the session has them: the body of a CRYPT request. */
	VCRYPTO_TASK_CRYPT,
	/* The cipher alone, as if the session had no hash. */
	VCRYPTO_TASK_CIPHER,
	/* The hash alone, over @src, as if the session had no cipher.  @dst is empty. */
	VCRYPTO_TASK_HASH,
	/* All or a part of one message; only for a session of an AEAD cipher. */
	VCRYPTO_TASK_AEAD,
};

/*
 * One piece of work (protocol 4.7, 4.8).
 *
 * Without @decrypt the source is hashed, then encrypted; with it, it is decrypted, then
 * the destination is hashed; without a cipher the source is hashed and @dst is empty.
 * Source and destination have the same length, a multiple of the cipher's
 * block, and are disjoint or identical: the core has removed any other
 * overlap.  The memory may change under the backend at any time, because the
 * guest owns it; results are then garbage, but nothing else may break.
 */
struct vcrypto_job {
	void *session;			/* the backend's object */
	enum vcrypto_task task;		/* what is to be done with the data */
	struct vcrypto_cursor src;	/* payload; empty is fine */
	struct vcrypto_cursor dst;	/* result; as long, or empty */
	struct vcrypto_cursor aad;	/* AEAD with @begin; read before @dst is written */
	bool decrypt;			/* else encrypt */
	/*
	 * Hash: start it anew before the data.  AEAD: a message begins, with @iv
	 * and @aad; without, it goes on where the last job of this session ended
	 * (only if the cipher is in capabilities.streams).
	 */
	bool begin;
	/*
	 * Hash: finish it into @tag.  AEAD: the message ends; encrypting writes
	 * the tag to @tag, decrypting compares it with @tag, in constant time.
	 */
	bool end;
	/*
	 * XTS: the data unit goes on after this job, from the IV that the backend
	 * leaves in @iv (protocol 4.7.4; only if the cipher is in capabilities.streams).
	 */
	bool more;
	uint16_t tag_len;		/* AEAD with @end: bytes, of an allowed length */
	/*
	 * CCM with @begin and without @end: payload bytes of the whole message,
	 * which its jobs will have together, and @tag_len is already known.  Of others the
	 * core has checked that all jobs of a message have no more than max_message.
	 */
	uint64_t message_len;
	/*
	 * The IV to start from, of the cipher's iv_len; or with @begin of the MAC's, where
	 * that takes one.  With VCRYPTO_CHAIN_STATE a job goes on where the session's last
	 * one ended, in either direction.  The
	 * core works out the one to go on from, except with VCRYPTO_CHAIN_FEEDBACK and with
	 * @more: then the backend replaces it here.  It may use it up in any case.
	 * CCM: the flags byte L - 1, then the nonce of 15 - L bytes (SP 800-38C, A.3);
	 * the core has checked that L is 2 ... 8 and that the payload fits.
	 */
	uint8_t iv[VCRYPTO_MAX_IV];
	/* The digest, all of it, or the AEAD's tag, if @end. */
	uint8_t tag[VCRYPTO_MAX_DIGEST];
	/*
	 * VCRYPTO_OK; VCRYPTO_AUTH_FAILED for a tag that does not verify (the
	 * core then wipes @dst); VCRYPTO_ERROR where the provider failed.
	 * Preset to VCRYPTO_ERROR: a job that the backend forgets is not a
	 * success.  After a failure the session's hash state and message are
	 * undefined until one that begins.
	 */
	enum vcrypto_status status;
};

/* What an op does. */
enum vcrypto_verb {
	/* Cipher and hash, as far as the session has them (protocol 4.7). */
	VCRYPTO_VERB_CRYPT,
	/* All or a part of an AEAD message (protocol 4.8.1, 4.8.2). */
	VCRYPTO_VERB_AEAD,
	/* A TLS record (protocol 4.8.3; RFC 5246, 6.2.3). */
	VCRYPTO_VERB_TLS,
	/* An SRTP packet (protocol 4.8.4; RFC 3711). */
	VCRYPTO_VERB_SRTP,
	/*
	 * The source is encrypted or decrypted, and a digest made of the AAD and the trailer,
	 * which may lie anywhere: before that, with @hash_first, or after it.  So the trailer
	 * may be a part of the source or of the destination, or more (virtio 1.3, 5.9.7:
	 * algorithm chaining).
	 */
	VCRYPTO_VERB_CHAIN,
};

/* A session in a store: opaque, see store.h. */
struct vcrypto_session;

/*
 * The memory is the caller's, and so are the streams: both must stay until the op is
 * done.  An op of zeros is a fit start, and a cursor of zeros an empty stream.  An op
 * that is refused leaves the destination as it was; one that fails later has it wiped.
 * "in" is what the caller sets, all of it; "out" is defined when the op is done.
 * All lengths are bytes.
 */
struct vcrypto_op {
	/*
	 * in: src, aad, decrypt, iv (iv_len bytes, then zeros), tag_len, message_len, and
	 * to decrypt and verify the tag in tag.  out: status; with VCRYPTO_OK the
	 * digest or tag in tag.  The rest is the core's.
	 */
	struct vcrypto_job job;
	enum vcrypto_verb verb;			/* in */
	/*
	 * in: CRYPT: start the hash anew.  AEAD: a message begins.  Others: true, because
	 * each is a message of its own.
	 */
	bool begin;
	/* in: the message goes on (AEAD), or the data unit (XTS). */
	bool more;
	bool hash_first;			/* in: CHAIN */
	/*
	 * in: the cipher's, or 0: go on from the last (not CHAIN).  The MAC's: algorithm.h
	 * says when.
	 */
	uint16_t iv_len;
	uint16_t iv_out_len;			/* in: of iv_out that are wanted, or 0; CHAIN: 0 */
	uint16_t mac_len;			/* in: the digest's; CRYPT: 0 does not finish it */
	/*
	 * in: dst.left, for the count of traffic (TLS: set anew); out: what of dst is
	 * filled.
	 */
	uint32_t content_len;
	struct vcrypto_session *session;	/* in */
	struct vcrypto_op *next;		/* the lane's */
	struct vcrypto_cursor dst;		/* in: destination, all of it */
	/* in: SRTP: authenticated after the payload; CHAIN: after the AAD. */
	struct vcrypto_cursor trailer;
	uint8_t iv_out[VCRYPTO_MAX_IV];		/* out: the IV to go on from */
};

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_OP_H */
