/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Cipher and hash of one job, chunk by chunk, so that the second finds in cache what the
 * first has just touched.  Written once, for backends whose provider does them apart;
 * inline, so that the steps of a backend are not called through pointers.
 */
#ifndef VCRYPTO_INTERLEAVE_H
#define VCRYPTO_INTERLEAVE_H

#include <vcrypto/backend.h>

/*
 * What a provider that does cipher and hash apart can do, for the two functions below.
 * @context is what these were given.  Each returns false where the provider fails.  All
 * steps of what a session can have must be there, if only to return true.
 */
struct vcrypto_steps {
	/* Start the hash anew.  Before the cipher begins. */
	bool (*begin_hash)(void *context, struct vcrypto_job *job);

	/* Make the cipher ready to start from job->iv.  There is payload, at least a byte. */
	bool (*begin_cipher)(void *context, struct vcrypto_job *job);

	/*
	 * Go on with @len bytes, at least 1, from @in to @out, which are disjoint or
	 * the same.  @len is a multiple of the block that was given, except at the end of
	 * a payload; or that is 0, and this is all of the payload.
	 */
	bool (*transform)(void *context, struct vcrypto_job *job, uint8_t *out, const uint8_t *in,
			  size_t len);

	/* All has been transformed; replace job->iv where the backend has to. */
	bool (*end_cipher)(void *context, struct vcrypto_job *job);

	/* Go on with @len bytes of plaintext, at least 1. */
	bool (*hash)(void *context, const uint8_t *data, size_t len);

	/* Finish the hash into job->tag. */
	bool (*end_hash)(void *context, struct vcrypto_job *job);

	/* Bytes that transform() and hash() take at once, at most; VCRYPTO_WALK_MAX or more. */
	size_t longest;
};

/* What a session has, and how its cipher takes payload. */
struct vcrypto_parts {
	bool cipher;
	bool mac;
	/*
	 * Bytes of which transform() takes a multiple: the cipher's block; of a key stream 1
	 * if the provider keeps its place within a block, else the block that it is made
	 * of.  A power of two, 1 ... VCRYPTO_MAX_BLOCK.  0: all of the payload in one call,
	 * however long; the cipher is in capabilities.contiguous then.
	 */
	size_t block;
};

/* One job on its way; a value, so that it can stay in registers. */
struct interleave {
	const struct vcrypto_steps *steps;
	void *context;
	struct vcrypto_job *job;
	bool hash;
};

/* The plaintext is hashed, whichever side it is on. */
static inline bool interleave_chunk(struct interleave run, uint8_t *out, const uint8_t *in,
				    size_t len)
{
	bool decrypt = run.job->decrypt;

	if (run.hash && !decrypt && !run.steps->hash(run.context, in, len))
		return false;
	return run.steps->transform(run.context, run.job, out, in, len) &&
	       (!run.hash || !decrypt || run.steps->hash(run.context, out, len));
}

static inline bool interleave_blocks(struct interleave run, struct vcrypto_cursor src,
				     struct vcrypto_cursor dst, size_t block)
{
	struct vcrypto_walk walk;
	bool ok = true;

	vcrypto_walk_start(&walk, src, dst, block);
	while (ok && vcrypto_walk_next(&walk))
		ok = interleave_chunk(run, walk.out, walk.in, walk.len);
	vcrypto_walk_finish(&walk);
	return ok;
}

/* Less than a block, at the end: of a key stream, as no other cipher has that. */
static inline bool interleave_rest(struct interleave run, struct vcrypto_cursor src,
				   struct vcrypto_cursor dst)
{
	uint8_t rest[VCRYPTO_MAX_BLOCK];
	size_t len = (size_t)src.left;
	bool ok = vcrypto_cursor_read(&src, rest, len) &&
		  interleave_chunk(run, rest, rest, len) &&
		  vcrypto_cursor_write(&dst, rest, len);

	vcrypto_wipe(rest, sizeof(rest));
	return ok;
}

static inline bool interleave_scattered(struct interleave run, size_t block)
{
	struct vcrypto_cursor src = run.job->src, dst = run.job->dst, blocks, to;

	return block &&
	       vcrypto_cursor_cut(&src, src.left & ~((uint64_t)block - 1), &blocks) &&
	       vcrypto_cursor_cut(&dst, blocks.left, &to) &&
	       interleave_blocks(run, blocks, to, block) &&
	       (!src.left || interleave_rest(run, src, dst));
}

VCRYPTO_ALWAYS_INLINE
static inline bool interleave_payload(struct interleave run, size_t block)
{
	uint64_t len = run.job->src.left;
	const uint8_t *in = vcrypto_cursor_at(&run.job->src, len);
	uint8_t *out = vcrypto_cursor_at(&run.job->dst, len);

	/* Most are in one piece, for which a walk costs more than a short text. */
	if (in && out && !run.hash && len <= run.steps->longest)
		return run.steps->transform(run.context, run.job, out, in, (size_t)len);
	if (in && out && !block)
		return interleave_chunk(run, out, in, (size_t)len);
	return interleave_scattered(run, block);
}

/* The transform() of all of @job's payload, if there is any, and no other step: for AEADs. */
VCRYPTO_MUST_CHECK VCRYPTO_ALWAYS_INLINE
static inline bool vcrypto_transform(const struct vcrypto_steps *steps, void *context,
				     struct vcrypto_job *job, size_t block)
{
	struct interleave run = { steps, context, job, false };

	return !job->src.left || interleave_payload(run, block);
}

VCRYPTO_ALWAYS_INLINE
static inline bool interleave_cipher(struct interleave run, size_t block)
{
	return !run.job->src.left ||
	       (run.steps->begin_cipher(run.context, run.job) &&
		interleave_payload(run, block) && run.steps->end_cipher(run.context, run.job));
}

static inline bool interleave_hash(struct interleave run)
{
	struct vcrypto_cursor data = run.job->src;
	const uint8_t *span;
	size_t len;

	while ((span = vcrypto_cursor_span(&data, run.steps->longest, &len)))
		if (!run.steps->hash(run.context, span, len))
			return false;
	return true;
}

/*
 * Do a job whose task is CRYPT, CIPHER or HASH, of a session that has @parts.  False
 * where a step has failed, or the payload is not in one piece where it has to be.  The
 * status is the caller's to set.
 */
VCRYPTO_MUST_CHECK VCRYPTO_ALWAYS_INLINE
static inline bool vcrypto_interleave(const struct vcrypto_steps *steps, void *context,
				      struct vcrypto_job *job, struct vcrypto_parts parts)
{
	bool cipher = parts.cipher && job->task != VCRYPTO_TASK_HASH;
	bool hash = parts.mac && job->task != VCRYPTO_TASK_CIPHER;
	struct interleave run = { steps, context, job, hash };

	if (hash && job->begin && !steps->begin_hash(context, job))
		return false;
	if (cipher ? !interleave_cipher(run, parts.block) : !interleave_hash(run))
		return false;
	return !hash || !job->end || steps->end_hash(context, job);
}

#endif /* VCRYPTO_INTERLEAVE_H */
