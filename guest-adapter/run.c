// SPDX-License-Identifier: GPL-2.0-only
/* Calls that are waited for; and what a call that fails leaves behind. */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "call.h"

static bool goes_on(const struct vc_call *call)
{
	return call->offset || !call->plan.reset;
}

/* Whether the device is to go on with a hash that it has, and not to begin one. */
static bool continues_hash(const struct vc_call *call)
{
	return call->session->hash == VC_OPEN && goes_on(call);
}

/*
 * A message of which the device has lost the middle fails with each of its calls, up to the
 * one that would have finished it: a digest of the rest would be wrong.  A key stream
 * has no end, so a session that has lost its place there is lost.
 */
int vc_call_check_state(struct vc_call *call)
{
	struct vc_session *session = call->session;

	if (session->stream == VC_LOST)
		return -ESTALE;
	if (call->plan.mode == VCRYPTO_AUTH_AEAD && call->offset && call->made != session->made)
		return -ESTALE;
	call->made = session->made;
	if (call->plan.mode || !session->mac || session->hash != VC_LOST || !goes_on(call))
		return 0;
	if (call->plan.mac_len)
		session->hash = VC_FRESH;
	return -ESTALE;
}

/* Page by page: what has been unmapped meanwhile cannot be wiped, and need not be. */
static void wipe(const struct vc_call *call)
{
	u8 __user *at = vc_call_dst(call), *end = at + call->reached;
	unsigned long left __maybe_unused;
	size_t here;

	for (; at < end; at += here) {
		here = min_t(size_t, end - at, PAGE_SIZE - offset_in_page(at));
		left = clear_user(at, here);
		cond_resched();
	}
}

/* A refusal has changed nothing; but one that came before may have, if it was lost. */
static int failed(struct vc_call *call, int ret, bool repeatable)
{
	if (ret == -VC_EGONE)
		call->gone = true;
	if ((ret == -VC_EUNKNOWN || ret == -EINVAL) && !call->gone)
		call->sent = false;
	return vc_session_judge(call->session, ret, repeatable);
}

/*
 * A device that has done what it had refused to make a session for, or does not know yet
 * whether it has, breaks the protocol.  A hash goes on from what a post has failed to do only
 * if the call does not begin it anew.
 */
static int settle(struct vc_call *call)
{
	struct vc_session *session = call->session;

	if (READ_ONCE(session->refusal))
		return -EIO;
	if (!READ_ONCE(session->hash_failed))
		return 0;
	WRITE_ONCE(session->hash_failed, false);
	return !call->plan.mode && continues_hash(call) ? -ESTALE : 0;
}

int vc_call_judge(struct vc_call *call, int ret, bool repeatable)
{
	if (!ret)
		ret = settle(call);
	return ret ? failed(call, ret, repeatable) : 0;
}

void vc_call_end(struct vc_call *call, int ret)
{
	struct vc_session *session = call->session;

	kvfree_sensitive(call->snapshot, call->plan.src_len);
	call->snapshot = NULL;
	if (!ret || !(call->offset || call->sent))
		return;
	if (call->offset)
		vc_call_end_unit(call);
	if (call->sent)
		vc_call_use_stream(call);
	if (call->plan.mode && call->plan.decrypt)
		wipe(call);
	if (session->mac && !call->done)
		session->hash = call->plan.mode || call->plan.mac_len ? VC_FRESH : VC_LOST;
}

/* What the device refuses is waited for: nobody would be told. */
static bool has_right_iv(const struct vc_call *call)
{
	return !call->session->mac->iv_len || !call->plan.iv_len == continues_hash(call);
}

/*
 * A hash takes in what is short, and nobody has to wait for that.  What becomes of it is told
 * by the first call that goes on from it, as of a copy.  But while the device is started again who
 * waits has it done after that, and who does not has lost it.  So it is where a post has failed:
 * the device may not have the session.
 */
static bool may_post(const struct vc_call *call)
{
	const struct vc_session *session = call->session;

	return !call->plan.mode && !session->cipher && !call->plan.mac_len &&
	       call->plan.src_len <= VC_BOUNCE_MAX && has_right_iv(call) &&
	       !READ_ONCE(session->hash_failed) && vc_queue_is_up(session->context->queue);
}

static int post(struct vc_call *call, struct vc_request *request)
{
	struct vc_session *session = call->session;
	bool open = continues_hash(call);

	vc_call_advance(call, request);
	vc_session_hand_over(session, open ? session : NULL, request, vc_session_tell_hash);
	return 0;
}

static int call_device(struct vc_call *call, struct vc_request *request)
{
	bool repeatable = vc_call_repeatable(call, request);
	int ret = vc_request_call_prepared(call->session->context->queue, request, call->abort);

	ret = vc_call_judge(call, ret, repeatable);
	return ret ? ret : vc_call_return(call, request);
}

static int do_next(struct vc_call *call)
{
	struct vc_request *request;
	int ret;

	call->post = may_post(call);
	request = vc_call_next(call);
	if (IS_ERR(request))
		return PTR_ERR(request);
	call->sent = true;
	call->reached = call->offset + request->message.expect.dst_len;
	ret = call->post ? post(call, request) : call_device(call, request);
	vc_request_put(request);
	return ret;
}

static int do_next_surely(struct vc_call *call)
{
	unsigned int tries;
	int ret;

	for (tries = 0; tries < VC_MAX_TRIES; tries++) {
		ret = vc_session_revive(call->session, call->abort);
		if (!ret)
			ret = vc_call_check_state(call);
		if (!ret)
			ret = do_next(call);
		if (ret != -EAGAIN)
			return ret;
	}
	return -EIO;
}

static int run(struct vc_call *call)
{
	int ret;

	do {
		ret = do_next_surely(call);
	} while (!ret && !call->done);
	vc_call_end(call, ret);
	return ret;
}

/* What is short is copied into the request, and nobody has to pay for it. */
int vc_call_run(struct vc_call *call)
{
	struct vc_turn turn;
	int ret = vc_session_enter(call->session, &turn);

	if (ret)
		return ret;
	if (call->plan.src_len > VC_BOUNCE_MAX)
		vc_payer_init(&call->payer);
	ret = run(call);
	vc_payer_put(&call->payer);
	vc_session_leave(&turn);
	return ret;
}
