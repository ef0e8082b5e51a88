// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * AUTHCRYPT requests (protocol 4.8).  An AEAD one is one job of the backend and
 * goes through the batches of crypt.c.  TLS and SRTP are put together here of
 * cipher and hash jobs, so that no backend has to know them.
 */
#include "internal.h"

static bool is_ccm(const struct session *session)
{
	return session->cipher->id == VCRYPTO_CIPHER_AES_CCM;
}

/* CCM's L bytes of length must be able to say @len (SP 800-38C, A.1). */
static bool ccm_ok(const struct vcrypto_job *job, uint64_t len)
{
	uint32_t l = (uint32_t)job->iv[0] + 1;

	return l >= 2 && l <= 8 && (l == 8 || len >> (8 * l) == 0);
}

/* CCM authenticates the tag's length before anything else, so it comes first and last. */
static bool aead_tag_ok(const struct session *session, const struct vcrypto_request *request)
{
	bool go_on = request->flags & VCRYPTO_FLAG_CONTINUE;
	uint32_t len = request->u.crypt.tag_len;

	if ((request->flags & VCRYPTO_FLAG_MORE) && (go_on || !is_ccm(session)))
		return len == 0;
	return vcrypto_tag_len_ok(session->cipher, len) &&
	       (!go_on || !is_ccm(session) || len == session->message.tag_len);
}

/* What CCM is told of a message's length, and has been. */
static bool aead_len_ok(const struct session *session, const struct vcrypto_request *request)
{
	uint64_t whole = request->u.crypt.message_len;
	uint32_t len = request->u.crypt.src_len;
	bool more = request->flags & VCRYPTO_FLAG_MORE;
	bool go_on = request->flags & VCRYPTO_FLAG_CONTINUE;

	if (more && !go_on && is_ccm(session))
		return ccm_ok(&request->job, whole) && len <= whole;
	if (whole)
		return false;
	if (!is_ccm(session))
		return true;
	if (!go_on)
		return ccm_ok(&request->job, len);
	return more ? len <= session->message.left : len == session->message.left;
}

static enum vcrypto_status check_continued(const struct session *session,
					   const struct vcrypto_request *request)
{
	bool decrypt = request->flags & VCRYPTO_FLAG_DECRYPT;

	if (request->u.crypt.iv_len || request->u.crypt.iv_out_len || request->u.crypt.aad_len ||
	    !session->message_open || session->message_decrypt != decrypt ||
	    !aead_len_ok(session, request))
		return VCRYPTO_BAD_PARAMETER;	/* 4.8.2 */
	return VCRYPTO_OK;
}

static enum vcrypto_status check_begun(const struct vcrypto_engine *engine,
				       const struct session *session,
				       const struct vcrypto_request *request)
{
	uint32_t iv_len = session->cipher->iv_len;

	if (request->u.crypt.iv_len != iv_len ||
	    (request->u.crypt.iv_out_len && request->u.crypt.iv_out_len != iv_len))
		return VCRYPTO_BAD_PARAMETER;	/* 4.8.1 */
	if (!aead_len_ok(session, request))
		return VCRYPTO_BAD_PARAMETER;	/* 4.8.1, 4.8.2 */
	if ((request->flags & VCRYPTO_FLAG_MORE) &&
	    !(engine->offer.streams & vcrypto_algorithm_bit(session->cipher->id)))
		return VCRYPTO_NOT_SUPPORTED;	/* 4.8.2 */
	return VCRYPTO_OK;
}

static enum vcrypto_status check_aead(const struct vcrypto_engine *engine,
				      const struct session *session,
				      const struct vcrypto_request *request)
{
	if (!session->aead || session->mac ||
	    request->u.crypt.dst_len != request->u.crypt.src_len || request->u.crypt.trailer_len)
		return VCRYPTO_BAD_PARAMETER;	/* 4.8, 4.8.1 */
	if (!aead_tag_ok(session, request))
		return VCRYPTO_BAD_PARAMETER;	/* 4.8.1, 4.8.2 */
	if (request->flags & VCRYPTO_FLAG_CONTINUE)
		return check_continued(session, request);
	return check_begun(engine, session, request);
}

void vcrypto_auth_done(struct session *session, const struct vcrypto_request *request)
{
	session->message_open = !request->job.finish;
	session->message_decrypt = request->job.decrypt;
	if (!is_ccm(session))
		return;
	if (request->job.reset) {
		session->message.left = request->u.crypt.message_len;
		session->message.tag_len = request->u.crypt.tag_len;
	}
	session->message.left -= request->u.crypt.src_len;
}

/* What TLS and SRTP have in common: a cipher whose IV can be carried on, and an HMAC. */
static enum vcrypto_status check_two(const struct session *session,
				     const struct vcrypto_request *request)
{
	const struct vcrypto_cipher *cipher = session->cipher;

	if (!cipher || !session->mac || !session->mac->keyed ||
	    (cipher->iv_len && cipher->chaining == VCRYPTO_CHAIN_NONE) ||
	    cipher->chaining == VCRYPTO_CHAIN_STATE ||
	    (request->flags & (VCRYPTO_FLAG_MORE | VCRYPTO_FLAG_CONTINUE)) ||
	    request->u.crypt.message_len ||
	    (request->u.crypt.iv_len && request->u.crypt.iv_len != cipher->iv_len) ||
	    (request->u.crypt.iv_out_len && request->u.crypt.iv_out_len != cipher->iv_len) ||
	    request->u.crypt.tag_len < 1 || request->u.crypt.tag_len > session->mac->digest_len)
		return VCRYPTO_BAD_PARAMETER;	/* 4.8, 4.8.3, 4.8.4 */
	return VCRYPTO_OK;
}

static enum vcrypto_status check_tls(const struct session *session,
				     const struct vcrypto_request *request)
{
	uint32_t block = session->cipher->block;
	uint64_t dst_len = request->u.crypt.src_len;

	if (!(request->flags & VCRYPTO_FLAG_DECRYPT))
		dst_len = vcrypto_record_len(request->u.crypt.src_len, request->u.crypt.tag_len,
					     block);
	else if (request->u.crypt.src_len & (block - 1))
		return VCRYPTO_BAD_PARAMETER;	/* 4.8.3 */
	if (request->u.crypt.dst_len != dst_len || request->u.crypt.trailer_len)
		return VCRYPTO_BAD_PARAMETER;	/* 4.8.3 */
	return VCRYPTO_OK;
}

static enum vcrypto_status check_srtp(const struct session *session,
				      const struct vcrypto_request *request)
{
	if (session->aead || session->cipher->block != 1 ||
	    request->u.crypt.dst_len != request->u.crypt.src_len)
		return VCRYPTO_BAD_PARAMETER;	/* 4.8, 4.8.4 */
	return VCRYPTO_OK;
}

enum vcrypto_status vcrypto_auth_check(const struct vcrypto_engine *engine,
				       const struct session *session,
				       const struct vcrypto_request *request)
{
	enum vcrypto_status status;

	if (request->u.crypt.mode == VCRYPTO_AUTH_AEAD)
		return check_aead(engine, session, request);
	status = check_two(session, request);
	if (status != VCRYPTO_OK)
		return status;
	return request->u.crypt.mode == VCRYPTO_AUTH_TLS ? check_tls(session, request) :
							   check_srtp(session, request);
}

bool vcrypto_run(struct vcrypto_engine *engine, struct vcrypto_job *job)
{
	job->status = VCRYPTO_ERROR;
	engine->backend->crypt(engine->provider, &job, 1);
	return job->status == VCRYPTO_OK;
}

bool vcrypto_run_hash(struct vcrypto_engine *engine, struct vcrypto_job *job,
		      struct vcrypto_cursor data, bool reset, bool finish)
{
	job->task = VCRYPTO_TASK_HASH;
	job->src = data;
	job->dst.left = 0;
	job->reset = reset;
	job->finish = finish;
	return vcrypto_run(engine, job);
}

bool vcrypto_run_cipher(struct vcrypto_engine *engine, const struct session *session,
			struct vcrypto_job *job, struct vcrypto_cursor src,
			struct vcrypto_cursor dst)
{
	uint8_t next[VCRYPTO_MAX_IV];

	job->task = VCRYPTO_TASK_CIPHER;
	job->src = src;
	job->dst = dst;
	job->reset = false;
	job->finish = false;
	vcrypto_next_iv_before(session->cipher, job, next);
	if (!vcrypto_run(engine, job))
		return false;
	vcrypto_next_iv_after(session->cipher, job, next);
	memcpy(job->iv, next, sizeof(job->iv));
	return true;
}

/* The AAD first, because the destination may lie on top of it. */
static enum vcrypto_status seal_packet(struct vcrypto_engine *engine, struct session *session,
				       struct vcrypto_request *request, struct vcrypto_cursor src)
{
	struct vcrypto_job *job = &request->job;

	if (!vcrypto_run_hash(engine, job, job->aad, true, false) ||
	    !vcrypto_run_cipher(engine, session, job, src, request->dst) ||
	    !vcrypto_run_hash(engine, job, request->dst, false, false) ||
	    !vcrypto_run_hash(engine, job, request->trailer, false, true))
		return VCRYPTO_ERROR;
	return VCRYPTO_OK;
}

static enum vcrypto_status open_packet(struct vcrypto_engine *engine, struct session *session,
				       struct vcrypto_request *request, struct vcrypto_cursor src)
{
	struct vcrypto_job *job = &request->job;
	uint8_t tag[VCRYPTO_MAX_DIGEST];

	memcpy(tag, job->digest, sizeof(tag));
	if (!vcrypto_run_hash(engine, job, job->aad, true, false) ||
	    !vcrypto_run_hash(engine, job, src, false, false) ||
	    !vcrypto_run_hash(engine, job, request->trailer, false, true))
		return VCRYPTO_ERROR;
	if (!vcrypto_equal(tag, job->digest, request->u.crypt.tag_len))
		return VCRYPTO_AUTH_FAILED;
	return vcrypto_run_cipher(engine, session, job, src, request->dst) ? VCRYPTO_OK :
									     VCRYPTO_ERROR;
}

static enum vcrypto_status srtp(struct vcrypto_engine *engine, struct session *session,
				struct vcrypto_request *request)
{
	struct vcrypto_cursor src = request->job.src;

	return request->job.decrypt ? open_packet(engine, session, request, src) :
				      seal_packet(engine, session, request, src);
}

void vcrypto_auth_run(struct vcrypto_engine *engine, struct session *session,
		      struct vcrypto_request *request)
{
	struct vcrypto_job *job = &request->job;

	if (!request->u.crypt.iv_len)
		memcpy(job->iv, session->iv, sizeof(job->iv));
	request->status = request->u.crypt.mode == VCRYPTO_AUTH_TLS ?
		vcrypto_tls(engine, session, request) : srtp(engine, session, request);
	vcrypto_staging_wipe(engine);
	session->hash_started = false;
	if (request->status != VCRYPTO_OK) {
		vcrypto_cursor_wipe(request->dst);
		return;
	}
	memcpy(session->iv, job->iv, sizeof(session->iv));
	memcpy(request->iv_out, job->iv, sizeof(request->iv_out));
	engine->bytes_in += request->u.crypt.src_len;
	engine->bytes_out += request->u.crypt.content_len;
}
