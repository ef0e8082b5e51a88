// SPDX-License-Identifier: GPL-2.0-only
/* Requests: their memory, and who has it. */
#include <linux/slab.h>
#include <linux/virtio.h>

#include "base.h"
#include "request.h"

/* One of a pool; in its room are header, answer and control part of a usual request. */
#define POOLED_SIZE 2048
#define POOLED_ROOM (POOLED_SIZE - sizeof(struct whole))

/* What is made here.  Its room is behind it. */
struct whole {
	struct vc_request request;
	struct vc_payload payload;
};

void vc_request_give_work(struct vc_request *request)
{
	if (request->share)
		vc_share_give_work(request->share, request->work);
	request->share = NULL;
}

/* Header, answer and control part are one piece, in this order: keys and payload. */
static void free_request(struct vc_request *request)
{
	const struct vcrypto_message *message = &request->message;

	if (request->payload) {
		vc_pages_free(&request->payload->src);
		vc_pages_free(&request->payload->dst);
	}
	vc_request_give_work(request);
	memzero_explicit(message->header,
			 message->control + message->size - (void *)message->header);
	if (request->release)
		request->release(request);
}

static void free_in_process(struct work_struct *work)
{
	free_request(&container_of(work, struct whole, payload.free)->request);
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

	vc_request_give_work(request);
	if (vc_request_has_src(request) || vc_request_has_dst(request))
		queue_work(vc_workqueue, &request->payload->free);
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

/* What a use of it needs.  In the room there are zeros where the device is to write. */
static void begin(struct vc_request *request, void *room, size_t control_size, size_t answer_size)
{
	kref_init(&request->refs);
	request->message.header = room;
	request->answer = room + sizeof(*request->message.header);
	request->message.control = room + VC_REQUEST_CONTROL_AT(answer_size);
	request->message.size = control_size;
}

void vc_request_init(struct vc_request *request, void *room, size_t control_size,
		     size_t answer_size, void (*release)(struct vc_request *request))
{
	INIT_LIST_HEAD(&request->link);
	request->release = release;
	begin(request, room, control_size, answer_size);
}

/* It is zeros. */
static struct vc_request *init_whole(struct whole *whole,
				     void (*release)(struct vc_request *request))
{
	INIT_LIST_HEAD(&whole->request.link);
	INIT_WORK(&whole->payload.free, free_in_process);
	whole->request.payload = &whole->payload;
	whole->request.release = release;
	return &whole->request;
}

/* What the last use has left, as far as the next one does not set it. */
static void make_usual(struct vc_request *request)
{
	request->result = 0;
	request->tell = NULL;
	request->tail_len = 0;
	request->dst_len = 0;
	request->unverified = false;
}

/* Wiped as it is, its header and answer are the zeros that the next use wants. */
static void give_to_pool(struct vc_request *request)
{
	struct vc_pool *pool = request->pool;
	unsigned long flags;
	bool closed, last;

	make_usual(request);
	spin_lock_irqsave(&pool->lock, flags);
	closed = pool->closed;
	last = !--pool->taken && closed;
	if (!closed)
		list_add(&request->link, &pool->free);
	spin_unlock_irqrestore(&pool->lock, flags);
	if (closed)
		kfree(request);
	if (last)
		kfree(pool);
}

/* With fewer it is slower, that is all. */
static void fill(struct vc_pool *pool)
{
	struct vc_request *request;
	struct whole *whole;
	unsigned int i;

	for (i = 0; i < VC_POOL_REQUESTS; i++) {
		whole = kzalloc(POOLED_SIZE, GFP_KERNEL);
		if (!whole)
			break;
		request = init_whole(whole, give_to_pool);
		request->pool = pool;
		list_add(&request->link, &pool->free);
	}
}

struct vc_pool *vc_pool_new(void)
{
	struct vc_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL);

	if (!pool)
		return NULL;
	spin_lock_init(&pool->lock);
	INIT_LIST_HEAD(&pool->free);
	fill(pool);
	return pool;
}

void vc_pool_close(struct vc_pool *pool)
{
	struct vc_request *request, *next;
	LIST_HEAD(unused);
	bool last;

	spin_lock_irq(&pool->lock);
	pool->closed = true;
	last = !pool->taken;
	list_splice_init(&pool->free, &unused);
	spin_unlock_irq(&pool->lock);
	/* The pool may have gone with what was taken. */
	list_for_each_entry_safe(request, next, &unused, link)
		kfree(request);
	if (last)
		kfree(pool);
}

static struct vc_request *take(struct vc_pool *pool)
{
	struct vc_request *request;

	spin_lock_irq(&pool->lock);
	request = list_first_entry_or_null(&pool->free, struct vc_request, link);
	if (request) {
		list_del_init(&request->link);
		pool->taken++;
	}
	spin_unlock_irq(&pool->lock);
	return request;
}

static void free_alone(struct vc_request *request)
{
	kfree(request);
}

/*
 * Header and answer are zeroed, because the user gets to see them if the device
 * writes less than it says.  Of the control part the device sees what is built.
 */
struct vc_request *vc_request_new(struct vc_pool *pool, size_t control_size, size_t answer_size)
{
	size_t size = VC_REQUEST_ROOM(control_size, answer_size);
	struct vc_request *request = pool && size <= POOLED_ROOM ? take(pool) : NULL;
	struct whole *whole;

	if (!request) {
		whole = kzalloc(sizeof(*whole) + size, GFP_KERNEL_ACCOUNT);
		if (!whole)
			return NULL;
		request = init_whole(whole, free_alone);
	}
	begin(request, container_of(request, struct whole, request) + 1, control_size,
	      answer_size);
	return request;
}

/* How many bytes the device is to write behind the header. */
static u32 answer_len(const struct vc_request *request, bool apart)
{
	const struct vcrypto_expect *expect = &request->message.expect;

	return (apart ? 0 : expect->dst_len) + expect->mac_len + expect->iv_len;
}

/* Header and answer are one piece, unless the destination stands between. */
int vc_request_add(struct vc_request *request, struct virtqueue *vq)
{
	const struct vcrypto_message *message = &request->message;
	size_t control_len = message->len - request->tail_len;
	bool apart = vc_request_has_dst(request);
	u32 header_len = sizeof(*message->header), len = answer_len(request, apart);
	struct scatterlist control, tail, header, answer, *sgs[6];
	unsigned int out = 0, in = 0;

	sg_init_one(&control, message->control, control_len);
	sgs[out++] = &control;
	if (vc_request_has_src(request))
		sgs[out++] = request->payload->src.table.sgl;
	if (request->tail_len) {
		sg_init_one(&tail, message->control + control_len, request->tail_len);
		sgs[out++] = &tail;
	}
	sg_init_one(&header, message->header, header_len + (apart ? 0 : len));
	sgs[out + in++] = &header;
	if (apart)
		sgs[out + in++] = request->payload->dst.table.sgl;
	if (apart && len) {
		sg_init_one(&answer, request->answer, len);
		sgs[out + in++] = &answer;
	}
	return virtqueue_add_sgs(vq, sgs, out, in, request, GFP_ATOMIC);
}
