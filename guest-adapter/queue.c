// SPDX-License-Identifier: GPL-2.0-only
/* The ring: submission, completion, and what happens when it is full. */
#include <linux/dev_printk.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>

#include "base.h"
#include "queue.h"

/* Have the device's health looked at, by who may wait. */
static void check_device(struct vc_queue *queue)
{
	queue_delayed_work(vc_workqueue, queue->check, 0);
}

/* The header is read once: behind the barrier the compiler has to use the copy. */
static int judge(struct vc_queue *queue, struct vc_request *request, unsigned int used_len)
{
	struct vcrypto_response_header header = *request->message.header;
	int status;

	barrier();
	status = vcrypto_check_response(&header, used_len, &request->message.expect);
	request->dst_len = vcrypto_get32(header.dst_len);
	if (status >= 0)
		return vc_status_errno(status);
	dev_err_ratelimited(&queue->vq->vdev->dev, "device sent an invalid response\n");
	WRITE_ONCE(queue->distrusted, true);
	check_device(queue);
	return -EIO;
}

/*
 * Give a request back; it may be gone afterwards.  Who is told has a reference until then,
 * and cannot abandon it meanwhile, because we have the lock.
 */
static void give_back(struct vc_request *request, int result)
{
	void (*tell)(struct vc_request *request) = request->tell;

	request->result = result;
	request->tell = NULL;
	vc_request_put_atomic(request);
	if (tell)
		tell(request);
}

/* Whether there is a ring, and what is in it may be looked at. */
static bool has_ring(const struct vc_queue *queue)
{
	return !queue->error && queue->state != VC_DOWN;
}

/*
 * Get a request into the ring, or give it back if that will never work.  False:
 * there is no room at present.  An empty ring without room never will have any.
 */
static bool push(struct vc_queue *queue, struct vc_request *request)
{
	int error = queue->error;

	if (!error && queue->state != VC_UP)
		return false;
	if (!error)
		error = queue->vq->num_free ? vc_request_add(request, queue->vq) : -ENOSPC;
	if (!error) {
		WRITE_ONCE(queue->in_ring, queue->in_ring + 1);
		WRITE_ONCE(queue->requests, queue->requests + 1);
		request->life = queue->life;
		vc_handle_give(&request->handle);
		return true;
	}
	if (!queue->error && queue->in_ring && (error == -ENOSPC || error == -ENOMEM))
		return false;
	if (!queue->error)
		check_device(queue);
	vc_handle_give(&request->handle);
	give_back(request, queue->error ? queue->error : -EIO);
	return true;
}

/* What is to be notified without the lock, if the device has to be told; or NULL. */
static struct virtqueue *prepare_kick(struct vc_queue *queue)
{
	WRITE_ONCE(queue->posted, 0);
	WRITE_ONCE(queue->awaited, false);
	if (!virtqueue_kick_prepare(queue->vq))
		return NULL;
	WRITE_ONCE(queue->notifications, queue->notifications + 1);
	return queue->vq;
}

static void push_pending(struct vc_queue *queue)
{
	struct vc_request *request, *next;

	if (list_empty(&queue->pending) || queue->state != VC_UP)
		return;
	list_for_each_entry_safe(request, next, &queue->pending, link) {
		list_del_init(&request->link);
		if (!push(queue, request)) {
			list_add(&request->link, &queue->pending);
			break;
		}
	}
	if (prepare_kick(queue))
		virtqueue_notify(queue->vq);
}

/*
 * At most as many requests as the ring holds, because the lock keeps others from
 * adding more, and virtqueue_get_buf() refuses to return what is not in it.
 */
static void drain(struct vc_queue *queue)
{
	struct vc_request *request;
	unsigned int used_len;

	while ((request = virtqueue_get_buf(queue->vq, &used_len))) {
		WRITE_ONCE(queue->in_ring, queue->in_ring - 1);
		give_back(request, judge(queue, request, used_len));
	}
	if (unlikely(virtqueue_is_broken(queue->vq))) {
		check_device(queue);
		return;
	}
	push_pending(queue);
	/* It has done all that it was told of. */
	if (queue->awaited && queue->in_ring <= queue->posted && prepare_kick(queue))
		virtqueue_notify(queue->vq);
}

/* Interrupts are wanted again only while there is something to wait for. */
static void drain_and_rearm(struct vc_queue *queue)
{
	while (has_ring(queue)) {
		virtqueue_disable_cb(queue->vq);
		drain(queue);
		if (!queue->in_ring || virtqueue_is_broken(queue->vq) ||
		    virtqueue_enable_cb(queue->vq))
			break;
	}
}

void vc_queue_poll(struct vc_queue *queue)
{
	unsigned long flags;

	spin_lock_irqsave(&queue->lock, flags);
	drain_and_rearm(queue);
	spin_unlock_irqrestore(&queue->lock, flags);
}

/* With the lock. */
static void add(struct vc_queue *queue, struct vc_request *request)
{
	kref_get(&request->refs);
	if (!list_empty(&queue->pending) || !push(queue, request))
		list_add_tail(&request->link, &queue->pending);
}

/*
 * The device is notified without the lock and with interrupts on, because some
 * hosts do all the work meanwhile.  From these the answer is there afterwards, and
 * the interrupt that would announce it is spared; for others it is turned on.
 * Who closes the queue waits for RCU before vq goes away.
 */
static void submit(struct vc_queue *queue, struct vc_request *request)
{
	struct virtqueue *notify = NULL;
	unsigned long flags;

	rcu_read_lock();
	spin_lock_irqsave(&queue->lock, flags);
	if (request)
		add(queue, request);
	if (has_ring(queue))
		notify = prepare_kick(queue);
	if (notify)
		virtqueue_disable_cb(notify);
	spin_unlock_irqrestore(&queue->lock, flags);
	if (notify)
		virtqueue_notify(notify);
	vc_queue_poll(queue);
	rcu_read_unlock();
}

void vc_queue_submit(struct vc_queue *queue, struct vc_request *request)
{
	submit(queue, request);
}

/* A notification costs as much as many posts; but what is freed is not to stay for long. */
static bool may_tell_later(const struct vc_queue *queue)
{
	return has_ring(queue) && queue->state == VC_UP && list_empty(&queue->pending) &&
	       queue->posted < VC_POSTS_MAX && queue->vq->num_free > queue->size / 2;
}

void vc_queue_defer(struct vc_queue *queue, struct vc_request *request, bool awaited)
{
	unsigned long flags;
	bool later;

	spin_lock_irqsave(&queue->lock, flags);
	add(queue, request);
	later = may_tell_later(queue);
	if (later)
		WRITE_ONCE(queue->posted, queue->posted + 1);
	if (later && queue->posted == 1)
		queue_delayed_work(vc_workqueue, &queue->flush, VC_POST_DELAY);
	if (later && awaited && !queue->awaited) {
		WRITE_ONCE(queue->awaited, true);
		mod_delayed_work(vc_workqueue, &queue->flush, 1);
	}
	spin_unlock_irqrestore(&queue->lock, flags);
	if (!later)
		submit(queue, NULL);
}

bool vc_queue_tell(struct vc_queue *queue)
{
	if (!READ_ONCE(queue->awaited))
		return false;
	submit(queue, NULL);
	return true;
}

static void flush(struct work_struct *work)
{
	struct vc_queue *queue = container_of(to_delayed_work(work), struct vc_queue, flush);

	if (READ_ONCE(queue->posted))
		submit(queue, NULL);
}

/* Once in a while, for a device that has missed a notification, or its driver one. */
void vc_queue_nudge(struct vc_queue *queue)
{
	struct virtqueue *vq;
	unsigned long flags;

	rcu_read_lock();
	spin_lock_irqsave(&queue->lock, flags);
	vq = has_ring(queue) ? queue->vq : NULL;
	spin_unlock_irqrestore(&queue->lock, flags);
	if (vq) {
		virtqueue_notify(vq);
		/* It may have failed, and have forgotten to say that, too. */
		check_device(queue);
	}
	rcu_read_unlock();
	vc_queue_poll(queue);
}

bool vc_queue_init(struct vc_queue *queue, const struct vcrypto_device_limits *limits,
		   struct delayed_work *check)
{
	queue->limit = limits->payload;
	queue->check = check;
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->pending);
	INIT_LIST_HEAD(&queue->kept);
	INIT_DELAYED_WORK(&queue->flush, flush);
	init_waitqueue_head(&queue->refused);
	vc_shares_init(&queue->shares, limits);
	queue->pool = vc_pool_new();
	return queue->pool;
}

void vc_queue_fini(struct vc_queue *queue)
{
	vc_shares_destroy(&queue->shares);
	if (queue->pool)
		vc_pool_close(queue->pool);
}

/*
 * The most that surely fits into one descriptor table, which may be as long as
 * the queue (virtio 1.2, 2.7.5.3.1; and devices have buffers for 1024 descriptors at
 * most): control, tail, header, digest, and each page of source and destination, of
 * which there is one more than the length says if they begin within a page.
 */
static u32 max_payload(const struct vc_queue *queue)
{
	u32 descriptors = min(queue->size, 1024u);
	u32 len = VC_BOUNCE_MAX;

	if (descriptors >= 4 + 2 * 2)
		len = max_t(u32, len, ((descriptors - 4) / 2 - 1) * PAGE_SIZE);
	return round_down(min(len, queue->limit), VCRYPTO_MAX_BLOCK);
}

void vc_queue_attach(struct vc_queue *queue, struct virtqueue *vq)
{
	spin_lock_irq(&queue->lock);
	queue->vq = vq;
	WRITE_ONCE(queue->size, virtqueue_get_vring_size(vq));
	WRITE_ONCE(queue->max_payload, max_payload(queue));
	spin_unlock_irq(&queue->lock);
}

void vc_queue_run(struct vc_queue *queue)
{
	spin_lock_irq(&queue->lock);
	WRITE_ONCE(queue->life, queue->life + 1);
	WRITE_ONCE(queue->state, VC_UP);
	push_pending(queue);
	spin_unlock_irq(&queue->lock);
}

static void set_state(struct vc_queue *queue, enum vc_queue_state state)
{
	spin_lock_irq(&queue->lock);
	WRITE_ONCE(queue->state, state);
	spin_unlock_irq(&queue->lock);
}

void vc_queue_drain(struct vc_queue *queue)
{
	set_state(queue, VC_DRAINING);
	submit(queue, NULL);
}

void vc_queue_close(struct vc_queue *queue)
{
	set_state(queue, VC_DOWN);
}

void vc_queue_refuse(struct vc_queue *queue, int error)
{
	spin_lock_irq(&queue->lock);
	if (!queue->error)
		WRITE_ONCE(queue->error, error);
	spin_unlock_irq(&queue->lock);
	wake_up_poll(&queue->refused, EPOLLERR | EPOLLHUP);
}

/*
 * Its share of work is the user's again, who may be waiting for it.  Nothing is wiped with the
 * last reference, unless who had it has been killed: a program has its memory back.
 */
static void keep(struct vc_queue *queue, struct vc_request *request)
{
	if (!request->release)
		return;
	vc_request_give_work(request);
	kref_get(&request->refs);
	list_add(&request->link, &queue->kept);
}

/* With the lock.  What is pending waits for the next life, if there is to be one. */
static void give_all_back(struct vc_queue *queue, bool keep_memory)
{
	struct vc_request *request, *next;

	while (queue->vq && (request = virtqueue_detach_unused_buf(queue->vq))) {
		if (keep_memory)
			keep(queue, request);
		give_back(request, queue->error ? queue->error : -VC_EGONE);
	}
	WRITE_ONCE(queue->in_ring, 0);
	WRITE_ONCE(queue->posted, 0);
	WRITE_ONCE(queue->awaited, false);
	list_for_each_entry_safe(request, next, &queue->pending, link) {
		if (!queue->error)
			break;
		list_del_init(&request->link);
		vc_handle_give(&request->handle);
		give_back(request, queue->error);
	}
}

void vc_queue_forsake(struct vc_queue *queue, int error)
{
	vc_queue_refuse(queue, error);
	spin_lock_irq(&queue->lock);
	give_all_back(queue, true);
	spin_unlock_irq(&queue->lock);
}

void vc_queue_detach(struct vc_queue *queue)
{
	struct vc_request *request, *next;

	spin_lock_irq(&queue->lock);
	give_all_back(queue, false);
	queue->vq = NULL;
	list_for_each_entry_safe(request, next, &queue->kept, link) {
		list_del_init(&request->link);
		vc_request_put_atomic(request);
	}
	spin_unlock_irq(&queue->lock);
}
