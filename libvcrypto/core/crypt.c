// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * CRYPT requests (protocol 4.7), and AEAD ones (4.8.1): checked against their
 * session, collected into batches, run, and the session's IV carried on.
 *
 * Jobs wait in engine->batch until something needs them done: a full batch,
 * another operation, a second use of the staging memory, or a request that goes
 * on from the IV, the hash state or the message of one that is still waiting.
 */
#include "internal.h"

/* A data unit of XTS has at most 2^20 blocks (SP 800-38E, 4). */
#define XTS_MAX ((uint32_t)VCRYPTO_MAX_BLOCK << 20)

/* Whether the cipher goes on from a state of its own: the key stream of ARC4. */
static bool has_state(const struct session *session)
{
	return session->cipher && session->cipher->chaining == VCRYPTO_CHAIN_STATE;
}

/* A data unit, or a part of one.  What its parts have together is the driver's business. */
static enum vcrypto_status check_unit(const struct vcrypto_engine *engine,
				      const struct session *session,
				      const struct vcrypto_request *request)
{
	bool more = request->flags & VCRYPTO_FLAG_MORE;

	if (!session->cipher || session->cipher->id != VCRYPTO_CIPHER_AES_XTS)
		return more ? VCRYPTO_BAD_PARAMETER : VCRYPTO_OK;	/* 4.7.4 */
	if (request->u.crypt.src_len > XTS_MAX)
		return VCRYPTO_BAD_PARAMETER;	/* 4.7.1 */
	if (more && !(engine->offer.streams & vcrypto_algorithm_bit(VCRYPTO_CIPHER_AES_XTS)))
		return VCRYPTO_NOT_SUPPORTED;	/* 4.7.4 */
	return VCRYPTO_OK;
}

static enum vcrypto_status check(const struct vcrypto_engine *engine,
				 const struct session *session,
				 const struct vcrypto_request *request)
{
	uint32_t iv_len = session->cipher ? session->cipher->iv_len : 0;
	uint32_t block = session->cipher ? session->cipher->block : 1;
	uint32_t digest_len = session->mac ? session->mac->digest_len : 0;
	uint32_t dst_len = session->cipher ? request->u.crypt.src_len : 0;

	if (session->aead)
		return VCRYPTO_BAD_PARAMETER;	/* 4.7.1 */
	if (request->u.crypt.dst_len != dst_len || (request->u.crypt.src_len & (block - 1)) ||
	    (request->u.crypt.iv_len && request->u.crypt.iv_len != iv_len) ||
	    (request->u.crypt.iv_out_len && request->u.crypt.iv_out_len != iv_len) ||
	    (request->u.crypt.mac_len && request->u.crypt.mac_len != digest_len))
		return VCRYPTO_BAD_PARAMETER;	/* 4.7.1 */
	if (session->stream_lost)
		return VCRYPTO_ERROR;	/* 4.7.3 */
	return check_unit(engine, session, request);
}

static void finish(struct vcrypto_engine *engine, struct session *session,
		   struct vcrypto_request *request)
{
	struct vcrypto_job *job = &request->job;

	session->in_batch = false;
	request->status = job->status;
	if (job->status != VCRYPTO_OK) {
		vcrypto_cursor_wipe(request->dst);
		session->hash_started = false;
		session->message_open = false;
		session->stream_lost = has_state(session);
		return;
	}
	if (job->task == VCRYPTO_TASK_AEAD) {
		vcrypto_auth_done(session, request);
	} else {
		session->hash_started = session->mac && !job->finish;
		vcrypto_next_iv_after(session->cipher, job, request->iv_out);
		memcpy(session->iv, request->iv_out, sizeof(session->iv));
	}
	vcrypto_unstage(engine, request);
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
	vcrypto_staging_wipe(engine);
}

/* Source and destination, with any overlap that a backend could trip over removed. */
static void place_payload(struct vcrypto_engine *engine, const struct session *session,
			  struct vcrypto_request *request)
{
	struct vcrypto_cursor output = request->output;

	/* Cannot fail: decode has compared dst_len with what is there. */
	if (!vcrypto_cursor_cut(&output, request->u.crypt.dst_len, &request->dst))
		request->dst.left = 0;
	request->job.src = request->input;
	request->job.dst = request->dst;
	if (!vcrypto_needs_staging(engine, session, request))
		return;
	if (engine->staging.used)
		vcrypto_crypt_flush(engine);
	vcrypto_stage(engine, session, request);
}

static void prepare_crypt(struct session *session, struct vcrypto_request *request)
{
	struct vcrypto_job *job = &request->job;

	job->task = VCRYPTO_TASK_CRYPT;
	job->reset = (request->flags & VCRYPTO_FLAG_RESET) || !session->hash_started;
	job->finish = request->u.crypt.mac_len != 0;
	session->hash_started = session->mac && !job->finish;
	if (!request->u.crypt.iv_len)
		memcpy(job->iv, session->iv, sizeof(job->iv));
	vcrypto_next_iv_before(session->cipher, job, request->iv_out);
}

static void prepare_aead(struct vcrypto_request *request)
{
	struct vcrypto_job *job = &request->job;

	job->task = VCRYPTO_TASK_AEAD;
	job->reset = !(request->flags & VCRYPTO_FLAG_CONTINUE);
	job->finish = !(request->flags & VCRYPTO_FLAG_MORE);
	job->tag_len = request->u.crypt.tag_len;
	job->message_len = request->u.crypt.message_len;
	memcpy(request->iv_out, job->iv, sizeof(request->iv_out));
}

static void prepare(struct vcrypto_engine *engine, struct session *session,
		    struct vcrypto_request *request)
{
	struct vcrypto_job *job = &request->job;

	place_payload(engine, session, request);
	job->session = vcrypto_session_object(engine, session);
	job->decrypt = request->flags & VCRYPTO_FLAG_DECRYPT;
	job->more = request->op == VCRYPTO_OP_CRYPT && (request->flags & VCRYPTO_FLAG_MORE);
	job->status = VCRYPTO_ERROR;
	if (request->op == VCRYPTO_OP_CRYPT)
		prepare_crypt(session, request);
	else if (request->u.crypt.mode == VCRYPTO_AUTH_AEAD)
		prepare_aead(request);
}

/*
 * Whether @request starts from something that a waiting job leaves behind: an IV,
 * a key stream, a hash state, a message.  That job may fail, and a failed hash has to start
 * anew (protocol 3.4).
 */
static bool goes_on(const struct session *session, const struct vcrypto_request *request)
{
	bool iv = session->cipher && session->cipher->iv_len && !request->u.crypt.iv_len;
	bool hash = session->hash_started && !(request->flags & VCRYPTO_FLAG_RESET);

	return iv || hash || has_state(session);
}

static void add_to_batch(struct vcrypto_engine *engine, struct session *session,
			 struct vcrypto_request *request)
{
	struct batch *batch = &engine->batch;

	session->in_batch = true;
	batch->jobs[batch->count] = &request->job;
	batch->requests[batch->count] = request;
	batch->sessions[batch->count] = session;
	batch->count++;
}

void vcrypto_crypt_add(struct vcrypto_engine *engine, struct vcrypto_request *request)
{
	struct session *session = vcrypto_session_find(engine, request->context,
						       request->session);
	bool one_job = request->op == VCRYPTO_OP_CRYPT ||
		       request->u.crypt.mode == VCRYPTO_AUTH_AEAD;

	if (session && (!one_job || (session->in_batch && goes_on(session, request))))
		vcrypto_crypt_flush(engine);
	if (!session)
		request->status = VCRYPTO_NO_SESSION;
	else if (request->op == VCRYPTO_OP_CRYPT)
		request->status = check(engine, session, request);
	else
		request->status = vcrypto_auth_check(engine, session, request);
	if (request->status != VCRYPTO_OK)
		return;
	if (engine->batch.count == VCRYPTO_BATCH)
		vcrypto_crypt_flush(engine);
	prepare(engine, session, request);
	if (one_job)
		add_to_batch(engine, session, request);
	else
		vcrypto_auth_run(engine, session, request);
}
