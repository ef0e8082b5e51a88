// SPDX-License-Identifier: GPL-2.0-only
/*
 * Contexts: what an open file has of each of its device's queues.
 *
 * The device keeps contexts and sessions by queue, and queues are independent of each
 * other (protocol 2.5).  So a file has a context on each queue on which it has had a
 * session, and each session belongs to one of them, as do all its requests: their
 * order is that of one queue.
 */
#include <linux/cred.h>

#include "session.h"

/* A request that is about the context and has no parameters. */
static struct vc_request *build(const struct vc_context *context, struct vc_pool *pool,
				bool (*builder)(struct vcrypto_message *message, uint32_t context))
{
	struct vc_request *request = vc_request_new(pool, sizeof(struct vcrypto_request_header),
						    0);

	if (!request)
		return NULL;
	if (builder(&request->message, context->number))
		return request;
	vc_request_put(request);
	return NULL;
}

/* A handle, and the request that will free it, so that closing needs no memory. */
static int reserve(struct vc_context *context)
{
	struct vc_handle handle;
	int ret = vc_handle_take(context->share, VC_CONTEXT, &handle);

	if (ret)
		return ret;
	context->number = handle.number;
	context->close = build(context, NULL, vcrypto_build_context_close);
	if (!context->close) {
		vc_handle_give(&handle);
		return -ENOMEM;
	}
	context->close->handle = handle;
	return 0;
}

/*
 * Not waited for.  The driver chooses the handle within the device's limits, so
 * the device has no reason to refuse; if it does all the same, the SESSION_NEW
 * that follows reports it.
 */
static int open_on_device(struct vc_context *context, u32 life)
{
	struct vc_request *open = build(context, context->queue->pool,
					vcrypto_build_context_open);

	if (!open)
		return -ENOMEM;
	vc_queue_post(context->queue, open);
	vc_request_put(open);
	WRITE_ONCE(context->life, life);
	return 0;
}

int vc_context_open(struct vc_context *context, u32 life)
{
	struct vc_file *file = context->file;
	int ret = 0;

	mutex_lock(&file->lock);
	if (READ_ONCE(context->life) != life)
		ret = open_on_device(context, life);
	mutex_unlock(&file->lock);
	return ret;
}

/* That of who opened the file, whoever asks. */
static int see_share(struct vc_context *context)
{
	struct vc_file *file = context->file;
	int ret;

	mutex_lock(&file->lock);
	if (!context->share)
		context->share = vc_share_get(&context->queue->shares, vc_file_share(file)->uid);
	ret = context->share ? 0 : -ENOMEM;
	mutex_unlock(&file->lock);
	return ret;
}

static int see_reserved(struct vc_context *context)
{
	struct vc_file *file = context->file;
	int ret = 0;

	mutex_lock(&file->lock);
	if (!context->close)
		ret = reserve(context);
	mutex_unlock(&file->lock);
	return ret;
}

/* The context comes after the session: who may have no session needs none. */
int vc_context_admit(struct vc_context *context, struct vc_session *session)
{
	struct vc_handle handle;
	int ret = see_share(context);

	if (!ret)
		ret = vc_handle_take(context->share, VC_SESSION, &handle);
	if (ret)
		return ret;
	ret = see_reserved(context);
	if (ret) {
		vc_handle_give(&handle);
		return ret;
	}
	atomic_inc(&context->sessions);
	WRITE_ONCE(session->context, context);
	session->handle = handle;
	session->args.context = context->number;
	session->args.session = handle.number;
	return 0;
}

/* A file has nothing of the device before it has a session. */
int vc_contexts_init(struct vc_file *file, unsigned int first)
{
	struct vc_device *device = file->device;
	struct vc_context *context;
	unsigned int i;

	for (i = 0; i < device->queue_count; i++) {
		context = &file->contexts[i];
		context->file = file;
		context->queue = &device->queues[(first + i) % device->queue_count];
	}
	context = &file->contexts[0];
	context->share = vc_share_get(&context->queue->shares, current_uid());
	return context->share ? 0 : -ENOMEM;
}

static void end(struct vc_context *context)
{
	if (context->life)
		vc_queue_submit(context->queue, context->close);
	else if (context->close)
		vc_handle_give(&context->close->handle);
	vc_request_put(context->close);
	if (context->share)
		vc_share_put(context->share);
}

void vc_contexts_end(struct vc_file *file)
{
	unsigned int i;

	for (i = 0; i < file->device->queue_count; i++)
		end(&file->contexts[i]);
}
