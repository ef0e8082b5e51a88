/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the parts of the engine share.  An engine is one piece of memory:
 *
 *	struct vcrypto_engine | requests | provider | contexts | sessions |
 *	session objects | staging
 *
 * What is behind the provider holds nothing after a reset.
 *
 * Contexts and sessions are tables indexed by the driver's handles.  The
 * sessions of a context form a doubly linked list of indexes, so that closing a
 * context costs what it holds and not what the table could hold.
 */
#ifndef VCRYPTO_INTERNAL_H
#define VCRYPTO_INTERNAL_H

#include <vcrypto/engine.h>

/* No session: the end of a list. */
#define NO_INDEX UINT32_MAX

struct context {
	bool open;
	uint32_t first;		/* its sessions */
	uint32_t count;		/* of them */
};

struct session {
	bool live;
	bool hash_started;	/* there is a hash state to go on from */
	bool in_batch;		/* a job of this session is waiting to be run */
	bool message_open;	/* an AEAD message may go on, */
	bool message_decrypt;	/* in this direction */
	bool stream_lost;	/* nobody knows where the cipher's key stream is */
	uint32_t context;
	uint32_t next;
	uint32_t previous;
	/* What the backend has; of TLS records AES-CBC and an HMAC. */
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	/* The cipher that the guest has named, if AUTHCRYPT alone may use it. */
	const struct vcrypto_cipher *aead;
	union {
		uint8_t iv[VCRYPTO_MAX_IV];
		/* An AEAD's messages have IVs of their own.  Of CCM, in several requests: */
		struct {
			uint64_t left;		/* payload that is still to come */
			uint16_t tag_len;
		} message;
	};
};

/* Jobs collected for the backend, with the requests they came from. */
struct batch {
	struct vcrypto_job *jobs[VCRYPTO_BATCH];
	struct vcrypto_request *requests[VCRYPTO_BATCH];
	struct session *sessions[VCRYPTO_BATCH];
	size_t count;
};

/*
 * A private copy of one request's source, and of its AAD where a backend needs
 * all in one piece.  There is one, so a second request has to wait for it.
 */
struct staging {
	uint8_t *memory;		/* limits.payload + limits.aad bytes */
	size_t used;			/* bytes; 0: free */
	struct vcrypto_request *flat;	/* its result is to be copied out; or NULL */
	struct iovec src;
	struct iovec aad;
};

struct vcrypto_engine {
	struct vcrypto_limits limits;
	const struct vcrypto_backend *backend;
	struct vcrypto_offer offer;	/* of the backend, less what the engine lacks */
	size_t size;			/* of all the memory */
	size_t session_stride;
	struct context *contexts;
	struct session *sessions;
	struct vcrypto_request *requests;	/* VCRYPTO_BATCH, for vcrypto_process() */
	void *provider;
	uint8_t *session_objects;
	struct staging staging;
	struct batch batch;

	uint64_t answered;
	uint64_t failures;
	uint64_t crypt_requests;
	uint64_t bytes_in;
	uint64_t bytes_out;
	uint64_t sessions_created;
	uint32_t open_contexts;
	uint32_t live_sessions;
};

/* session.c: handles and what they stand for. */
enum vcrypto_status vcrypto_context_open(struct vcrypto_engine *engine, uint32_t handle);
enum vcrypto_status vcrypto_context_close(struct vcrypto_engine *engine, uint32_t handle);
enum vcrypto_status vcrypto_session_new(struct vcrypto_engine *engine,
					struct vcrypto_request *request);
enum vcrypto_status vcrypto_session_free(struct vcrypto_engine *engine, uint32_t context,
					 uint32_t handle);
enum vcrypto_status vcrypto_session_describe(const struct vcrypto_engine *engine,
					     uint32_t context, uint32_t handle,
					     struct vcrypto_session_info *info);
enum vcrypto_status vcrypto_session_copy(struct vcrypto_engine *engine, uint32_t context,
					 uint32_t to, uint32_t from);
/* The live session @handle of @context, or NULL. */
struct session *vcrypto_session_find(const struct vcrypto_engine *engine, uint32_t context,
				     uint32_t handle);
/* How many sessions context @handle has; 0 if there is none. */
uint32_t vcrypto_context_sessions(const struct vcrypto_engine *engine, uint32_t handle);
void *vcrypto_session_object(const struct vcrypto_engine *engine, const struct session *session);
void vcrypto_sessions_reset(struct vcrypto_engine *engine);

/* decode.c: vcrypto_decode() of a request whose input and output are set. */
VCRYPTO_MUST_CHECK
bool vcrypto_decode_in_place(const struct vcrypto_engine *engine, struct vcrypto_request *request);

/* crypt.c: CRYPT requests, and AUTHCRYPT ones that are one job, in batches. */
void vcrypto_crypt_add(struct vcrypto_engine *engine, struct vcrypto_request *request);
void vcrypto_crypt_flush(struct vcrypto_engine *engine);

/* authcrypt.c: what makes AUTHCRYPT requests correct, and those of several jobs. */
enum vcrypto_status vcrypto_auth_check(const struct vcrypto_engine *engine,
				       const struct session *session,
				       const struct vcrypto_request *request);
/* An AEAD request has been done, and the message may go on. */
void vcrypto_auth_done(struct session *session, const struct vcrypto_request *request);
/* TLS and SRTP, whose payload has been placed: all of it, at once. */
void vcrypto_auth_run(struct vcrypto_engine *engine, struct session *session,
		      struct vcrypto_request *request);
/* Runs one job of a request at once.  Its task and cursors are set. */
bool vcrypto_run(struct vcrypto_engine *engine, struct vcrypto_job *job);
/* Hashes @data with the session's MAC alone; @finish gives the digest in @job. */
bool vcrypto_run_hash(struct vcrypto_engine *engine, struct vcrypto_job *job,
		      struct vcrypto_cursor data, bool reset, bool finish);
/* Runs the session's cipher alone, and carries the IV in @job on. */
bool vcrypto_run_cipher(struct vcrypto_engine *engine, const struct session *session,
			struct vcrypto_job *job, struct vcrypto_cursor src,
			struct vcrypto_cursor dst);

/* tls.c: records. */
enum vcrypto_status vcrypto_tls(struct vcrypto_engine *engine, struct session *session,
				struct vcrypto_request *request);

/* place.c: where the backend finds a request's payload. */
bool vcrypto_needs_staging(const struct vcrypto_engine *engine, const struct session *session,
			   struct vcrypto_request *request);
void vcrypto_stage(struct vcrypto_engine *engine, const struct session *session,
		   struct vcrypto_request *request);
/* To the request's own destination, what a backend has left in the staging memory. */
void vcrypto_unstage(const struct vcrypto_engine *engine, const struct vcrypto_request *request);
void vcrypto_staging_wipe(struct vcrypto_engine *engine);

/*
 * iv.c: the IV to go on from (protocol 4.7.3).  As far as it is known before the
 * job has run: when decrypting in place, the ciphertext is gone after.  Then the
 * rest of it.
 */
void vcrypto_next_iv_before(const struct vcrypto_cipher *cipher, const struct vcrypto_job *job,
			    uint8_t next[VCRYPTO_MAX_IV]);
void vcrypto_next_iv_after(const struct vcrypto_cipher *cipher, const struct vcrypto_job *job,
			   uint8_t next[VCRYPTO_MAX_IV]);

/* Whether two byte strings are equal, in time that depends on @len alone. */
bool vcrypto_equal(const uint8_t *a, const uint8_t *b, size_t len);

#endif /* VCRYPTO_INTERNAL_H */
