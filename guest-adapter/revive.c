// SPDX-License-Identifier: GPL-2.0-only
/* Contexts and sessions on the device, which may lose them. */
#include "session.h"

/* A request that is about the file's context and has no parameters. */
static struct vc_request *build_context(const struct vc_file *file,
					typeof(vcrypto_build_context_open) *builder)
{
	struct vc_request *request = vc_request_new(sizeof(struct vcrypto_request_header), 0);

	if (!request)
		return NULL;
	if (!vc_request_prepare(request, builder(&request->message, file->context)))
		return request;
	vc_request_put(request);
	return NULL;
}

/* A handle, and the request that will free it, so that closing needs no memory. */
static int reserve_context(struct vc_file *file)
{
	struct vc_handle handle;
	int ret = vc_handle_take(file->share, VC_CONTEXT, &handle);

	if (ret)
		return ret;
	file->context = handle.number;
	file->close = build_context(file, vcrypto_build_context_close);
	if (!file->close) {
		vc_handle_give(&handle);
		return -ENOMEM;
	}
	file->close->handle = handle;
	return 0;
}

/*
 * Not waited for.  The driver chooses the handle within the device's limits, so
 * the device has no reason to refuse; if it does all the same, the SESSION_NEW
 * that follows reports it.
 */
static int open_context(struct vc_file *file, u32 life)
{
	struct vc_request *open = build_context(file, vcrypto_build_context_open);

	if (!open)
		return -ENOMEM;
	vc_queue_submit(file->queue, open);
	vc_request_put(open);
	WRITE_ONCE(file->context_life, life);
	return 0;
}

int vc_file_open_context(struct vc_file *file, u32 life)
{
	int ret = 0;

	mutex_lock(&file->lock);
	if (!file->close)
		ret = reserve_context(file);
	if (!ret && READ_ONCE(file->context_life) != life)
		ret = open_context(file, life);
	mutex_unlock(&file->lock);
	return ret;
}

/* @life becomes that in which the device has made it. */
static int send_new(struct vc_session *session, u32 *life, const bool *abort)
{
	struct vc_request *request = vc_request_new(VCRYPTO_MAX_CONTROL, 0);
	bool built;
	int ret;

	if (!request)
		return -ENOMEM;
	built = vcrypto_build_session_new(&request->message, &session->args);
	ret = vc_request_prepare(request, built);
	if (!ret)
		ret = vc_request_call_prepared(session->file->queue, request, abort);
	if (!ret)
		*life = request->life;
	vc_request_put(request);
	/* Its handle is ours: somebody was killed who made it, before he knew. */
	return ret == -EEXIST && session->made ? 0 : ret;
}

/* In that life of the queue's; or in another, if the device is reset meanwhile. */
static int make(struct vc_session *session, u32 life, const bool *abort)
{
	struct vc_file *file = session->file;
	int ret = vc_file_open_context(file, life);

	if (ret)
		return ret;
	ret = send_new(session, &life, abort);
	if (ret == -VC_EUNKNOWN)
		WRITE_ONCE(file->context_life, 0);
	if (ret)
		return ret;
	session->life = life;
	session->made++;
	return 0;
}

int vc_session_revive(struct vc_session *session, const bool *abort)
{
	struct vc_queue *queue = session->file->queue;
	unsigned int tries;
	u32 life;
	int ret;

	for (tries = 0; tries < VC_MAX_TRIES; tries++) {
		life = READ_ONCE(queue->life);
		if (session->life == life)
			return 0;
		if (session->hash == VC_OPEN)
			session->hash = VC_LOST;
		if (session->stream == VC_OPEN)
			session->stream = VC_LOST;
		ret = make(session, life, abort);
		if (ret && ret != -VC_EUNKNOWN && ret != -VC_EGONE)
			return ret;
	}
	return -EIO;
}

int vc_session_judge(struct vc_session *session, int ret, bool repeatable)
{
	switch (ret) {
	case -VC_EUNKNOWN:
		session->life = 0;
		return -EAGAIN;
	case -VC_EGONE:
		return repeatable ? -EAGAIN : -ESTALE;
	default:
		return ret;
	}
}
