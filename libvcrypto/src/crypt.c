// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * CRYPT requests (protocol 4.7): checked against their session, collected into
 * batches, run, and the session's IV carried on.
 *
 * Jobs wait in engine->batch until something needs them done: a full batch, an
 * operation that is not CRYPT, a second use of the staging buffer, or a request
 * that goes on from the IV or the hash state of one that is still waiting.
 */
#include "internal.h"

static enum vcrypto_status check(const struct session *session,
				 const struct vcrypto_request *request)
{
	uint32_t iv_len = session->cipher ? session->cipher->iv_len : 0;
	uint32_t block = session->cipher ? session->cipher->block : 1;
	uint32_t digest_len = session->mac ? session->mac->digest_len : 0;
	uint32_t dst_len = session->cipher ? request->u.crypt.src_len : 0;

	if (request->u.crypt.dst_len != dst_len || (request->u.crypt.src_len & (block - 1)) ||
	    (request->u.crypt.iv_len && request->u.crypt.iv_len != iv_len) ||
	    (request->u.crypt.iv_out_len && request->u.crypt.iv_out_len != iv_len) ||
	    (request->u.crypt.mac_len && request->u.crypt.mac_len != digest_len))
		return VCRYPTO_BAD_PARAMETER;	/* 4.7.1 */
	return VCRYPTO_OK;
}

/*
 * Replace the source by a private copy.  The staging buffer is as long as the
 * longest source, and flushing the batch has made it free.
 */
static void stage(struct vcrypto_engine *engine, struct vcrypto_job *job)
{
	struct batch *batch = &engine->batch;
	struct vcrypto_cursor src = job->src;
	uint8_t *to = engine->staging;
	const void *span;
	size_t here;

	batch->staged = (size_t)src.left;
	while ((span = vcrypto_cursor_span(&src, SIZE_MAX, &here))) {
		memcpy(to, span, here);
		to += here;
	}
	batch->staging.iov_base = engine->staging;
	batch->staging.iov_len = batch->staged;
	job->src = vcrypto_cursor_start(&batch->staging, 1);
}

/* Add the number of blocks in @len, the last one maybe partial, to a counter. */
static void advance_counter(uint8_t counter[VCRYPTO_MAX_IV], uint32_t len)
{
	uint64_t carry = ((uint64_t)len + VCRYPTO_MAX_BLOCK - 1) / VCRYPTO_MAX_BLOCK;
	size_t i = VCRYPTO_MAX_IV;

	while (carry && i--) {
		carry += counter[i];
		counter[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

/* The last block of the stream, which has one. */
static bool last_block(struct vcrypto_cursor text, uint8_t *to, size_t block)
{
	const uint8_t *run = vcrypto_cursor_peek(&text, text.left);
	struct vcrypto_cursor before;

	if (run && text.left >= block) {
		vcrypto_copy_block(to, run + (text.left - block), block);
		return true;
	}
	return text.left >= block && vcrypto_cursor_cut(&text, text.left - block, &before) &&
	       vcrypto_cursor_read(&text, to, block);
}

/*
 * The IV to go on from, as far as it is known before the job has run
 * (protocol 4.7.3).  When decrypting in place, the ciphertext is gone after.
 */
static void next_iv_before(const struct session *session, struct vcrypto_request *request)
{
	const struct vcrypto_job *job = &request->job;

	memcpy(request->iv_out, job->iv, sizeof(request->iv_out));
	if (!session->cipher || !request->u.crypt.src_len)
		return;
	if (session->cipher->chaining == VCRYPTO_CHAIN_COUNTER)
		advance_counter(request->iv_out, request->u.crypt.src_len);
	else if (session->cipher->chaining == VCRYPTO_CHAIN_BLOCK && job->decrypt)
		(void)last_block(job->src, request->iv_out, session->cipher->block);
}

static void next_iv_after(const struct session *session, struct vcrypto_request *request)
{
	if (session->cipher && session->cipher->chaining == VCRYPTO_CHAIN_BLOCK &&
	    !request->job.decrypt)
		(void)last_block(request->job.dst, request->iv_out, session->cipher->block);
}

static void finish(struct vcrypto_engine *engine, struct session *session,
		   struct vcrypto_request *request)
{
	struct vcrypto_job *job = &request->job;

	session->in_batch = false;
	request->status = job->status;
	if (job->status != VCRYPTO_OK) {
		vcrypto_cursor_wipe(job->dst);
		session->hash_started = false;
		return;
	}
	session->hash_started = session->mac && !job->finish;
	next_iv_after(session, request);
	memcpy(session->iv, request->iv_out, sizeof(session->iv));
	engine->bytes_in += request->u.crypt.src_len;
	engine->bytes_out += request->u.crypt.dst_len;
}

void vcrypto_crypt_flush(struct vcrypto_engine *engine)
{
	struct batch *batch = &engine->batch;
	size_t i;

	if (!batch->count)
		return;
	engine->backend->crypt(engine->provider, batch->jobs, batch->count);
	for (i = 0; i < batch->count; i++)
		finish(engine, batch->sessions[i], batch->requests[i]);
	batch->count = 0;
	if (batch->staged)
		vcrypto_wipe(engine->staging, batch->staged);
	batch->staged = 0;
}

/* vcrypto_cursor_hazard(), with the usual case inline: one segment each. */
static bool hazard(struct vcrypto_job *job)
{
	uintptr_t src = (uintptr_t)vcrypto_cursor_peek(&job->src, job->src.left);
	uintptr_t dst = (uintptr_t)vcrypto_cursor_peek(&job->dst, job->dst.left);

	if (!src || !dst)
		return vcrypto_cursor_hazard(job->src, job->dst);
	return src != dst && src < dst + job->dst.left && dst < src + job->src.left;
}

/* Source and destination, with any overlap that a backend could trip over removed. */
static void place_payload(struct vcrypto_engine *engine, struct vcrypto_request *request)
{
	struct vcrypto_job *job = &request->job;
	struct vcrypto_cursor output = request->output;

	job->src = request->input;
	/* Cannot fail: decode has compared dst_len with what is there. */
	if (!vcrypto_cursor_cut(&output, request->u.crypt.dst_len, &job->dst))
		job->dst.left = 0;
	if (!hazard(job))
		return;
	if (engine->batch.staged)
		vcrypto_crypt_flush(engine);
	stage(engine, job);
}

static void prepare(struct vcrypto_engine *engine, struct session *session,
		    struct vcrypto_request *request)
{
	struct vcrypto_job *job = &request->job;

	place_payload(engine, request);
	job->session = vcrypto_session_object(engine, session);
	job->decrypt = request->flags & VCRYPTO_FLAG_DECRYPT;
	job->reset = (request->flags & VCRYPTO_FLAG_RESET) || !session->hash_started;
	job->finish = request->u.crypt.mac_len != 0;
	job->status = VCRYPTO_ERROR;
	session->hash_started = session->mac && !job->finish;
	if (!request->u.crypt.iv_len)
		memcpy(job->iv, session->iv, sizeof(job->iv));
	next_iv_before(session, request);
}

/*
 * Whether @request starts from an IV or a hash state that a waiting job leaves
 * behind.  That job may fail, and a failed hash has to start anew (protocol 3.4).
 */
static bool goes_on(const struct session *session, const struct vcrypto_request *request)
{
	bool iv = session->cipher && session->cipher->iv_len && !request->u.crypt.iv_len;
	bool hash = session->hash_started && !(request->flags & VCRYPTO_FLAG_RESET);

	return iv || hash;
}

void vcrypto_crypt_add(struct vcrypto_engine *engine, struct vcrypto_request *request)
{
	struct batch *batch = &engine->batch;
	struct session *session = vcrypto_session_find(engine, request->context,
						       request->session);

	request->status = session ? check(session, request) : VCRYPTO_NO_SESSION;
	if (request->status != VCRYPTO_OK)
		return;
	if (batch->count == VCRYPTO_BATCH || (session->in_batch && goes_on(session, request)))
		vcrypto_crypt_flush(engine);
	prepare(engine, session, request);
	session->in_batch = true;
	batch->jobs[batch->count] = &request->job;
	batch->requests[batch->count] = request;
	batch->sessions[batch->count] = session;
	batch->count++;
}
