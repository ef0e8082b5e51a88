// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Where the backend finds an op's payload: in the guest's memory, unless source
 * and destination overlap in a way that a backend could trip over, or are scattered
 * and the backend needs them in one piece.  Then in the lane's bounce memory.
 */
#include "internal.h"

/* Replace a stream by a copy of it at the end of what is in use. */
static void copy_in(struct bounce *bounce, struct vcrypto_cursor *text, struct iovec *segment)
{
	const void *span;
	size_t here;

	segment->iov_base = bounce->memory + bounce->used;
	segment->iov_len = (size_t)text->left;
	while ((span = vcrypto_cursor_span(text, SIZE_MAX, &here))) {
		memcpy(bounce->memory + bounce->used, span, here);
		bounce->used += here;
	}
	*text = vcrypto_cursor_start(segment, 1);
}

bool vcrypto_bounce_in(struct vcrypto_lane *lane, struct vcrypto_op *op)
{
	struct bounce *bounce = &lane->bounce;
	struct vcrypto_job *job = &op->job;
	bool contiguous = vcrypto_needs_contiguous(lane, op);

	if (job->src.left > bounce->size ||
	    (contiguous && job->aad.left > bounce->size - job->src.left))
		return false;
	copy_in(bounce, &job->src, &bounce->src);
	if (!contiguous)
		return true;
	copy_in(bounce, &job->aad, &bounce->aad);
	bounce->op = op;
	job->dst = job->src;
	return true;
}

void vcrypto_bounce_out(const struct vcrypto_lane *lane, const struct vcrypto_op *op)
{
	struct vcrypto_cursor dst = op->dst;

	/* Cannot fail: source and destination have the same length. */
	if (!vcrypto_cursor_write(&dst, lane->bounce.memory, (size_t)dst.left))
		vcrypto_cursor_wipe(op->dst);
}

void vcrypto_bounce_wipe(struct vcrypto_lane *lane)
{
	struct bounce *bounce = &lane->bounce;

	if (bounce->used)
		vcrypto_wipe(bounce->memory, bounce->used);
	bounce->used = 0;
	bounce->op = NULL;
}
