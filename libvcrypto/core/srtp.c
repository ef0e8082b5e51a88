// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * SRTP packets (protocol 4.8.4), put together here of cipher and hash jobs, so that no
 * backend has to know them.
 */
#include "internal.h"

/* The AAD first, because the destination may lie on top of it. */
static enum vcrypto_status seal_packet(struct vcrypto_op *op, struct vcrypto_cursor src)
{
	const struct vcrypto_session *session = op->session;
	struct vcrypto_job *job = &op->job;

	if (!vcrypto_run_hash(session, job, job->aad, true, false) ||
	    !vcrypto_run_cipher(session, job, src, op->dst) ||
	    !vcrypto_run_hash(session, job, op->dst, false, false) ||
	    !vcrypto_run_hash(session, job, op->trailer, false, true))
		return VCRYPTO_ERROR;
	return VCRYPTO_OK;
}

static enum vcrypto_status open_packet(struct vcrypto_op *op, struct vcrypto_cursor src)
{
	const struct vcrypto_session *session = op->session;
	struct vcrypto_job *job = &op->job;
	uint8_t tag[VCRYPTO_MAX_DIGEST];

	memcpy(tag, job->tag, sizeof(tag));
	if (!vcrypto_run_hash(session, job, job->aad, true, false) ||
	    !vcrypto_run_hash(session, job, src, false, false) ||
	    !vcrypto_run_hash(session, job, op->trailer, false, true))
		return VCRYPTO_ERROR;
	if (!vcrypto_equal(tag, job->tag, job->tag_len))
		return VCRYPTO_AUTH_FAILED;
	return vcrypto_run_cipher(session, job, src, op->dst) ? VCRYPTO_OK : VCRYPTO_ERROR;
}

enum vcrypto_status vcrypto_srtp(struct vcrypto_op *op)
{
	struct vcrypto_cursor src = op->job.src;

	return op->job.decrypt ? open_packet(op, src) : seal_packet(op, src);
}
