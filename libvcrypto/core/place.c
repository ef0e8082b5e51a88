// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Where the backend finds a request's payload: in the guest's memory, unless
 * source and destination overlap in a way that a backend could trip over, or
 * are scattered and the backend needs them in one piece.  Then in the engine's
 * staging memory.
 */
#include "internal.h"

/* vcrypto_cursor_hazard(), with the usual case inline: one segment each. */
static bool hazard(struct vcrypto_cursor *from, struct vcrypto_cursor *to)
{
	uintptr_t src = (uintptr_t)vcrypto_cursor_peek(from, from->left);
	uintptr_t dst = (uintptr_t)vcrypto_cursor_peek(to, to->left);

	if (!src || !dst)
		return vcrypto_cursor_hazard(*from, *to);
	return src != dst && src < dst + to->left && dst < src + from->left;
}

static bool in_one_piece(struct vcrypto_cursor *text)
{
	return !text->left || vcrypto_cursor_peek(text, text->left);
}

static bool needs_flat(const struct vcrypto_engine *engine, const struct session *session)
{
	return session->cipher &&
	       (engine->offer.flat & vcrypto_algorithm_bit(session->cipher->id));
}

bool vcrypto_needs_staging(const struct vcrypto_engine *engine, const struct session *session,
			   struct vcrypto_request *request)
{
	struct vcrypto_job *job = &request->job;

	if (hazard(&job->src, &job->dst))
		return true;
	return needs_flat(engine, session) &&
	       !(in_one_piece(&job->src) && in_one_piece(&job->dst) && in_one_piece(&job->aad));
}

/* Replace a stream by a copy of it at the end of what is staged. */
static void copy_in(struct staging *staging, struct vcrypto_cursor *text, struct iovec *segment)
{
	const void *span;
	size_t here;

	segment->iov_base = staging->memory + staging->used;
	segment->iov_len = (size_t)text->left;
	while ((span = vcrypto_cursor_span(text, SIZE_MAX, &here))) {
		memcpy(staging->memory + staging->used, span, here);
		staging->used += here;
	}
	*text = vcrypto_cursor_start(segment, 1);
}

/* Decode has compared both lengths with the limits that the memory is made for. */
void vcrypto_stage(struct vcrypto_engine *engine, const struct session *session,
		   struct vcrypto_request *request)
{
	struct staging *staging = &engine->staging;
	struct vcrypto_job *job = &request->job;

	copy_in(staging, &job->src, &staging->src);
	if (!needs_flat(engine, session))
		return;
	copy_in(staging, &job->aad, &staging->aad);
	staging->flat = request;
	job->dst = job->src;
}

void vcrypto_unstage(const struct vcrypto_engine *engine, const struct vcrypto_request *request)
{
	struct vcrypto_cursor dst = request->dst;

	/* Cannot fail: source and destination have the same length. */
	if (engine->staging.flat == request &&
	    !vcrypto_cursor_write(&dst, engine->staging.memory, (size_t)dst.left))
		vcrypto_cursor_wipe(request->dst);
}

void vcrypto_staging_wipe(struct vcrypto_engine *engine)
{
	struct staging *staging = &engine->staging;

	if (staging->used)
		vcrypto_wipe(staging->memory, staging->used);
	staging->used = 0;
	staging->flat = NULL;
}
