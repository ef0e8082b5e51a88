/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the parts of the engine share.  An engine is one piece of memory:
 *
 *	struct vcrypto_engine | contexts | sessions | requests | provider |
 *	session objects | staging
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
};

struct session {
	bool live;
	bool hash_started;	/* there is a hash state to go on from */
	bool in_batch;		/* a job of this session is waiting to be run */
	uint32_t context;
	uint32_t next;
	uint32_t previous;
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	uint8_t iv[VCRYPTO_MAX_IV];
};

/* Jobs collected for the backend, with the requests they came from. */
struct batch {
	struct vcrypto_job *jobs[VCRYPTO_BATCH];
	struct vcrypto_request *requests[VCRYPTO_BATCH];
	struct session *sessions[VCRYPTO_BATCH];
	size_t count;
	size_t staged;		/* bytes of staging that hold source now */
	struct iovec staging;	/* the segment of the one staged source */
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
	uint8_t *staging;		/* limits.payload bytes */
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
void *vcrypto_session_object(const struct vcrypto_engine *engine, const struct session *session);
void vcrypto_sessions_reset(struct vcrypto_engine *engine);

/* decode.c: vcrypto_decode() of a request whose input and output are set. */
VCRYPTO_MUST_CHECK
bool vcrypto_decode_in_place(const struct vcrypto_engine *engine, struct vcrypto_request *request);

/* crypt.c: CRYPT requests, in batches. */
void vcrypto_crypt_add(struct vcrypto_engine *engine, struct vcrypto_request *request);
void vcrypto_crypt_flush(struct vcrypto_engine *engine);

/* Whether two byte strings are equal, in time that depends on @len alone. */
bool vcrypto_equal(const uint8_t *a, const uint8_t *b, size_t len);

#endif /* VCRYPTO_INTERNAL_H */
