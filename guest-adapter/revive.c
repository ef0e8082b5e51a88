// SPDX-License-Identifier: GPL-2.0-only
/* Sessions on the device, which may lose them. */
#include <linux/slab.h>

#include "session.h"

void vc_session_forget(struct vc_session *session)
{
	if (refcount_dec_and_test(&session->memory))
		kfree(session);
}

void vc_session_hand_over(struct vc_session *session, struct vc_session *other,
			  struct vc_request *request, void (*tell)(struct vc_request *request))
{
	request->owner = session;
	request->other = other;
	request->tell = tell;
	kref_get(&request->refs);
	refcount_inc(&session->memory);
	if (other)
		refcount_inc(&other->memory);
	vc_queue_post(session->context->queue, request);
}

int vc_session_post(struct vc_session *session, struct vc_session *other,
		    struct vc_request *request, void (*tell)(struct vc_request *request),
		    const bool *abort)
{
	struct vc_context *context = session->context;

	if (vc_share_take_work(context->share, VC_POST_WORK, true))
		return vc_request_call_prepared(context->queue, request, abort);
	request->share = context->share;
	request->work = VC_POST_WORK;
	vc_session_hand_over(session, other, request, tell);
	return -EINPROGRESS;
}

void vc_session_note_hash(struct vc_session *session, const struct vc_session *from, int ret)
{
	WRITE_ONCE(session->hash_failed, ret || (from && READ_ONCE(from->hash_failed)));
}

/*
 * The device has forgotten the session: what is posted next would be lost as well.  But of a copy
 * it may be the other one, so that is found out by the next call: may_post().
 */
void vc_session_tell_hash(struct vc_request *request)
{
	struct vc_session *session = request->owner, *from = request->other;
	bool own = !from || from == session;

	vc_session_note_hash(session, from, request->result);
	if (request->result == -VC_EUNKNOWN && own && !READ_ONCE(session->refusal))
		WRITE_ONCE(session->refusal, -VC_EUNKNOWN);
	vc_request_put_atomic(request);
	if (from)
		vc_session_forget(from);
	vc_session_forget(session);
}

/* Its handle is ours: somebody was killed who made it, before he knew. */
static bool is_made(const struct vc_session *session, int ret)
{
	return !ret || (ret == -EEXIST && session->made > 1);
}

/* Whoever uses the session next is told: vc_session_judge(). */
static void tell_made(struct vc_request *request)
{
	struct vc_session *session = request->owner;
	int ret = request->result;

	WRITE_ONCE(session->refusal, is_made(session, ret) ? 0 : ret);
	vc_request_put_atomic(request);
	vc_session_forget(session);
}

/* It was waited for.  The device may have been reset meanwhile. */
static int note_made(struct vc_session *session, const struct vc_request *request, int ret)
{
	WRITE_ONCE(session->refusal, 0);
	if (!ret)
		WRITE_ONCE(session->life, request->life);
	if (is_made(session, ret))
		return 0;
	WRITE_ONCE(session->life, 0);
	/* Who was killed does not know. */
	if (ret != -EINTR)
		session->made--;
	return ret;
}

static int send_new(struct vc_session *session, u32 life, const bool *abort)
{
	const struct vcrypto_session_args *args = &session->args;
	struct vc_request *request = vc_request_new(session->context->queue->pool,
						    sizeof(struct vcrypto_request_header) +
						    sizeof(struct vcrypto_session_new) +
						    args->cipher_key_len + args->mac_key_len, 0);
	bool built;
	int ret;

	if (!request)
		return -ENOMEM;
	built = vcrypto_build_session_new(&request->message, args);
	ret = built ? 0 : -EINVAL;
	if (!ret) {
		WRITE_ONCE(session->life, life);
		session->made++;
		WRITE_ONCE(session->refusal, -EINPROGRESS);
		ret = vc_session_post(session, NULL, request, tell_made, abort);
		ret = ret == -EINPROGRESS ? 0 : note_made(session, request, ret);
	}
	vc_request_put(request);
	return ret;
}

/* In that life of the queue's; or in another, if the device is reset meanwhile. */
static int make(struct vc_session *session, u32 life, const bool *abort)
{
	struct vc_context *context = session->context;
	int ret = vc_context_open(context, life);

	if (!ret)
		ret = send_new(session, life, abort);
	if (ret == -VC_EUNKNOWN)
		WRITE_ONCE(context->life, 0);
	return ret;
}

/*
 * The device does not know the session: because it has refused to make it, or has lost all of
 * the queue's tables (protocol 2.5), contexts as well.
 */
static int judge_unknown(struct vc_session *session)
{
	int refusal = READ_ONCE(session->refusal);

	WRITE_ONCE(session->life, 0);
	WRITE_ONCE(session->refusal, 0);
	switch (refusal) {
	case 0:
	case -VC_EUNKNOWN:
		WRITE_ONCE(session->context->life, 0);
		return -EAGAIN;
	case -VC_EGONE:
	case -EINPROGRESS:
		return -EAGAIN;
	default:
		return refusal;
	}
}

/* Whether it is there in that life of the queue's, as far as is known.  -EAGAIN: it is not. */
static int look(struct vc_session *session, u32 life)
{
	int refusal = READ_ONCE(session->refusal);

	if (session->life != life)
		return -EAGAIN;
	return !refusal || refusal == -EINPROGRESS ? 0 : judge_unknown(session);
}

bool vc_session_is_there(const struct vc_session *session)
{
	int refusal = READ_ONCE(session->refusal);

	return READ_ONCE(session->life) == READ_ONCE(session->context->queue->life) &&
	       (!refusal || refusal == -EINPROGRESS);
}

int vc_session_revive(struct vc_session *session, const bool *abort)
{
	struct vc_queue *queue = session->context->queue;
	unsigned int tries;
	u32 life;
	int ret;

	for (tries = 0; tries < VC_MAX_TRIES; tries++) {
		life = READ_ONCE(queue->life);
		ret = look(session, life);
		if (ret != -EAGAIN)
			return ret;
		if (session->hash == VC_OPEN)
			session->hash = VC_LOST;
		if (session->stream == VC_OPEN)
			session->stream = VC_LOST;
		WRITE_ONCE(session->hash_failed, false);
		ret = make(session, life, abort);
		if (ret && ret != -VC_EUNKNOWN && ret != -VC_EGONE)
			return ret;
	}
	return -EIO;
}

/*
 * What has been posted about the session is answered before what comes after it.  Nobody may
 * tell of what became of it there when it is elsewhere.
 */
static int await_posts(struct vc_session *session)
{
	struct vc_queue *queue = session->context->queue;
	struct vc_request *request;
	bool built;
	int ret;

	if (refcount_read(&session->memory) == 1)
		return 0;
	request = vc_request_new(queue->pool, sizeof(struct vcrypto_request_header),
				 sizeof(struct vcrypto_counters));
	if (!request)
		return -ENOMEM;
	built = vcrypto_build_counters(&request->message);
	ret = vc_request_call(queue, request, built);
	vc_request_put(request);
	if (ret == -VC_EGONE)
		return -EAGAIN;
	if (!ret && refcount_read(&session->memory) != 1)
		return -EIO;
	return ret;
}

static struct vc_request *build_free(const struct vc_session *session)
{
	struct vc_request *request = vc_request_new(session->context->queue->pool,
						    sizeof(struct vcrypto_request_header), 0);

	if (!request)
		return NULL;
	if (vcrypto_build_session_free(&request->message, session->args.context,
				       session->args.session))
		return request;
	vc_request_put(request);
	return NULL;
}

/* Its old handle, when the device has got @leave, which may be NULL. */
static void give_back(struct vc_queue *queue, struct vc_request *leave, struct vc_handle *handle)
{
	if (leave) {
		leave->handle = *handle;
		vc_queue_post(queue, leave);
	} else {
		vc_handle_give(handle);
	}
}

int vc_session_move(struct vc_session *session, struct vc_context *to)
{
	struct vc_context *from = session->context;
	struct vc_handle handle = session->handle;
	struct vc_request *leave = NULL;
	int ret = session->stream == VC_OPEN ? -ESTALE : await_posts(session);

	if (ret)
		return ret;
	if (session->made) {
		leave = build_free(session);
		if (!leave)
			return -ENOMEM;
	}
	ret = vc_context_admit(to, session);
	if (!ret) {
		atomic_dec(&from->sessions);
		WRITE_ONCE(session->life, 0);
		session->made = 0;
		WRITE_ONCE(session->refusal, 0);
		give_back(from->queue, leave, &handle);
	}
	vc_request_put(leave);
	return ret;
}

int vc_session_judge(struct vc_session *session, int ret, bool repeatable)
{
	switch (ret) {
	case -VC_EUNKNOWN:
		return judge_unknown(session);
	case -VC_EGONE:
		return repeatable ? -EAGAIN : -ESTALE;
	default:
		return ret;
	}
}
