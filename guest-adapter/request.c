// SPDX-License-Identifier: GPL-2.0-only
/* Requests: their memory, and who has it. */
#include <linux/align.h>
#include <linux/slab.h>

#include "base.h"
#include "request.h"

static void give_work(struct vc_request *request)
{
	if (request->share)
		vc_share_give_work(request->share, request->work);
	request->share = NULL;
}

/* The memory holds keys and payload; kfree_sensitive() would wipe twice as much. */
static void free_request(struct vc_request *request)
{
	const struct vcrypto_message *message = &request->message;

	vc_pages_free(&request->src);
	vc_pages_free(&request->dst);
	give_work(request);
	/* Header and control part are one allocation, in this order. */
	memzero_explicit(message->header,
			 message->control + message->size - (void *)message->header);
	kfree(message->header);
	kfree(request);
}

static void free_in_process(struct work_struct *work)
{
	free_request(container_of(work, struct vc_request, free));
}

static void free_here(struct kref *refs)
{
	free_request(container_of(refs, struct vc_request, refs));
}

/*
 * Unpinning pages may sleep.  The share is given back at once: the queue may be gone when
 * the work runs.
 */
static void free_anywhere(struct kref *refs)
{
	struct vc_request *request = container_of(refs, struct vc_request, refs);

	give_work(request);
	if (request->src.count || request->dst.count)
		queue_work(vc_workqueue, &request->free);
	else
		free_request(request);
}

void vc_request_put(struct vc_request *request)
{
	if (request)
		kref_put(&request->refs, free_here);
}

void vc_request_put_atomic(struct vc_request *request)
{
	kref_put(&request->refs, free_anywhere);
}

/*
 * Header and answer are zeroed, because the user gets to see them if the device
 * writes less than it says.  Of the control part the device sees what is built.
 */
struct vc_request *vc_request_new(size_t control_size, size_t answer_size)
{
	struct vc_request *request = kzalloc(sizeof(*request), GFP_KERNEL_ACCOUNT);
	size_t control_at = ALIGN(sizeof(*request->message.header) + answer_size, 16);
	u8 *memory = kmalloc(control_at + control_size, GFP_KERNEL_ACCOUNT);

	if (!request || !memory) {
		kfree(request);
		kfree(memory);
		return NULL;
	}
	memset(memory, 0, control_at);
	kref_init(&request->refs);
	INIT_LIST_HEAD(&request->link);
	init_completion(&request->done);
	INIT_WORK(&request->free, free_in_process);
	request->message.header = (struct vcrypto_response_header *)memory;
	request->answer = memory + sizeof(*request->message.header);
	request->message.control = memory + control_at;
	request->message.size = control_size;
	return request;
}

int vc_request_prepare(struct vc_request *request, bool built)
{
	const struct vcrypto_expect *expect = &request->message.expect;
	u32 small = expect->mac_len + expect->iv_len;
	u32 header = sizeof(*request->message.header);
	size_t control_len;

	if (!built)
		return -EINVAL;
	control_len = request->message.len - request->tail_len;
	sg_init_one(&request->sg_control, request->message.control, control_len);
	if (request->tail_len)
		sg_init_one(&request->sg_tail, request->message.control + control_len,
			    request->tail_len);
	if (!request->dst.count) {
		header += expect->dst_len + small;
		small = 0;
	}
	sg_init_one(&request->sg_header, request->message.header, header);
	if (small)
		sg_init_one(&request->sg_answer, request->answer, small);
	return 0;
}
