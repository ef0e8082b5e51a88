/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the parts of the core share. */
#ifndef VCRYPTO_INTERNAL_H
#define VCRYPTO_INTERNAL_H

#include <vcrypto/store.h>

/*
 * One entry of a store's table.  The backend's object lies right behind it, so that a
 * session is one place in memory.
 */
struct vcrypto_session {
	bool live;
	bool hash_started;	/* there is a hash state to go on from */
	bool in_flight;		/* an op of this session is not done yet */
	bool message_open;	/* an AEAD message may go on, */
	bool message_decrypt;	/* in this direction */
	bool stream_lost;	/* nobody knows where the cipher's key stream is */
	bool is_key;		/* an asymmetric one: of the rest only @lane and @key */
	uint32_t context;
	uint32_t life;		/* the context's, when it was made */
	uint32_t next;		/* in the list of its context, or of those that were closed */
	uint32_t previous;
	struct vcrypto_lane *lane;
	/* What the backend has; of TLS records AES-CBC and an HMAC. */
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	/* The cipher that was asked for, if it authenticates too: an AEAD, or TLS records. */
	const struct vcrypto_cipher *aead;
	union {
		uint8_t iv[VCRYPTO_MAX_IV];
		/* An AEAD's messages have IVs of their own. */
		struct {
			uint64_t left;		/* payload that may, with CCM has to, come */
			uint16_t tag_len;	/* of CCM */
		} message;
		struct {
			uint8_t kind;
			uint8_t padding;
			bool has_private;
		} key;
	};
};

/*
 * A private copy of one op's source, and of its AAD where a backend needs all in one
 * piece.  There is one, so a second op has to wait for it.
 */
struct bounce {
	uint8_t *memory;
	size_t size;
	size_t used;			/* bytes; 0: free */
	struct vcrypto_op *op;		/* its result is to be copied out; or NULL */
	struct iovec src;
	struct iovec aad;
};

struct vcrypto_lane {
	const struct vcrypto_backend *backend;
	void *provider;
	/* Of the backend, less what the core lacks. */
	struct vcrypto_capabilities capabilities;
	struct bounce bounce;
	struct vcrypto_traffic traffic;
	/* Ops that have been submitted and are not done, in order. */
	struct vcrypto_op *first;
	struct vcrypto_op *last;
	/* The last of them, which the backend does not have yet. */
	struct vcrypto_job *jobs[VCRYPTO_BATCH];
	size_t count;
};

/* The backend's part of a session. */
static inline void *vcrypto_session_object(const struct vcrypto_session *session)
{
	return (uint8_t *)(uintptr_t)session + vcrypto_aligned(sizeof(*session));
}

/* store.c: whether there is a place for a new session; protocol 4.3 says in which order to look. */
enum vcrypto_status vcrypto_store_check_place(const struct vcrypto_store *store,
					      const struct vcrypto_lane *lane,
					      uint32_t context, uint32_t handle);
/* That place, with nothing in it. */
struct vcrypto_session *vcrypto_store_take_place(struct vcrypto_store *store, uint32_t handle);
/* Its object has been made, if @status says so: then it is there from now on.  Returns that. */
enum vcrypto_status vcrypto_store_settle(struct vcrypto_store *store, struct vcrypto_lane *lane,
					 uint32_t context, uint32_t handle,
					 enum vcrypto_status status);

/* lane.c.  Runs one job of an op at once.  Its task and cursors are set. */
bool vcrypto_run(const struct vcrypto_session *session, struct vcrypto_job *job);
/* Hashes @data with the session's MAC alone; @end gives the digest in @job. */
bool vcrypto_run_hash(const struct vcrypto_session *session, struct vcrypto_job *job,
		      struct vcrypto_cursor data, bool begin, bool end);
/* Runs the session's cipher alone, and carries the IV in @job on. */
bool vcrypto_run_cipher(const struct vcrypto_session *session, struct vcrypto_job *job,
			struct vcrypto_cursor src, struct vcrypto_cursor dst);

/* check.c: whether the op makes sense for its session as it is now. */
enum vcrypto_status vcrypto_check(const struct vcrypto_op *op);
/* An AEAD op has been done, and the message may go on. */
void vcrypto_aead_done(struct vcrypto_session *session, const struct vcrypto_op *op);

/* tls.c, srtp.c, chain.c: ops of several jobs; their payload has been placed. */
enum vcrypto_status vcrypto_tls(struct vcrypto_op *op);
enum vcrypto_status vcrypto_srtp(struct vcrypto_op *op);
enum vcrypto_status vcrypto_chain(struct vcrypto_op *op);

/* Whether the backend needs source, destination and AAD in one piece each. */
static inline bool vcrypto_needs_contiguous(const struct vcrypto_lane *lane,
					    const struct vcrypto_op *op)
{
	const struct vcrypto_cipher *cipher = op->session->cipher;

	return lane->capabilities.contiguous && cipher &&
	       (lane->capabilities.contiguous & vcrypto_algorithm_bit(cipher->id));
}

/* session.c: the object of a key in @session, and what the core keeps of it. */
enum vcrypto_status vcrypto_key_make(struct vcrypto_lane *lane, struct vcrypto_session *session,
				     const struct vcrypto_key_request *request);

/* bounce.c: where the backend finds an op's payload. */
/* False if there is not enough memory for it. */
VCRYPTO_MUST_CHECK VCRYPTO_RARE
bool vcrypto_bounce_in(struct vcrypto_lane *lane, struct vcrypto_op *op);
/* To the op's own destination, what a backend has left in the bounce memory. */
VCRYPTO_RARE
void vcrypto_bounce_out(const struct vcrypto_lane *lane, const struct vcrypto_op *op);
void vcrypto_bounce_wipe(struct vcrypto_lane *lane);

/* iv.c */
void vcrypto_advance_counter(uint8_t counter[VCRYPTO_MAX_IV], uint64_t len);
VCRYPTO_RARE
void vcrypto_gather_last(struct vcrypto_cursor text, uint8_t *to, size_t len);

/* The last @len bytes of what is in @to, followed by @text. */
static inline void vcrypto_last_bytes(const struct vcrypto_cursor *text, uint8_t *to, size_t len)
{
	const uint8_t *run = vcrypto_cursor_at(text, text->left);

	if (run && text->left >= len)
		vcrypto_copy_block(to, run + (text->left - len), len);
	else
		vcrypto_gather_last(*text, to, len);
}

/*
 * The IV to go on from (protocol 4.7.3), as far as it is known before the job has run:
 * when decrypting in place, the ciphertext is gone after.
 */
static inline void vcrypto_next_iv_before(const struct vcrypto_cipher *cipher,
					  const struct vcrypto_job *job,
					  uint8_t next[VCRYPTO_MAX_IV])
{
	memcpy(next, job->iv, VCRYPTO_MAX_IV);
	if (!cipher)
		return;
	if (cipher->chaining == VCRYPTO_CHAIN_COUNTER)
		vcrypto_advance_counter(next, job->src.left);
	else if (cipher->chaining == VCRYPTO_CHAIN_BLOCK && job->decrypt)
		vcrypto_last_bytes(&job->src, next, cipher->iv_len);
}

/* The rest of it. */
static inline void vcrypto_next_iv_after(const struct vcrypto_cipher *cipher,
					 const struct vcrypto_job *job,
					 uint8_t next[VCRYPTO_MAX_IV])
{
	if (!cipher)
		return;
	if (cipher->chaining == VCRYPTO_CHAIN_BLOCK && !job->decrypt)
		vcrypto_last_bytes(&job->dst, next, cipher->iv_len);
	else if (cipher->chaining == VCRYPTO_CHAIN_FEEDBACK || job->more)
		memcpy(next, job->iv, VCRYPTO_MAX_IV);
}

/* check.c: whether two byte strings are equal, in time that depends on @len alone. */
bool vcrypto_equal(const uint8_t *a, const uint8_t *b, size_t len);

#endif /* VCRYPTO_INTERNAL_H */
