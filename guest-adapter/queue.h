/* SPDX-License-Identifier: GPL-2.0-only */
/* Queues: requests on their way to the device and back. */
#ifndef VCRYPTO_QUEUE_H
#define VCRYPTO_QUEUE_H

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/virtio.h>

#include "request.h"

/*
 * Up to this many bytes of payload are copied into the request itself: cheaper than
 * pinning pages, by far so on an emulated processor, which copies a byte at a time.
 */
#define VC_BOUNCE_MAX 512

/*
 * Entries of a ring that any request fits into, where its payload is copied: what the device reads,
 * and what it writes.
 */
#define VC_RING_MIN 2

/* How often a waiter looks for itself, in case the device forgot to interrupt. */
#define VC_POLL_INTERVAL (HZ / 10)

/* Of so many posts, and after this time, the device is told at the latest. */
#define VC_POSTS_MAX 32
#define VC_POST_DELAY max(HZ / 50, 1)

/* How often something is begun anew because the device has lost its tables. */
#define VC_MAX_TRIES 16

/* Of work, in the unit of shares, that may be deferred: a request of 4 KiB of AES. */
#define VC_DEFER_WORK (4096 + VC_REQUEST_WORK)

enum vc_queue_state {
	VC_DOWN,			/* there is no ring */
	VC_DRAINING,			/* nothing is put into the ring any more */
	VC_UP,
};

struct vc_queue {
	struct virtqueue *vq;		/* used only with state not VC_DOWN and error 0 */
	/* Of the device: looks at its health.  Queued, never called, as it may reset us. */
	struct delayed_work *check;
	spinlock_t lock;
	struct list_head pending;	/* submitted, not yet in the ring */
	struct list_head kept;		/* given back, but the device may still write to them */
	unsigned int in_ring;
	unsigned int posted;		/* in the ring, of which the device has not been told */
	bool awaited;			/* there is one among them that somebody will ask for */
	struct delayed_work flush;	/* tells it, if nobody else does */
	unsigned long requests;		/* put into the ring, ever */
	unsigned long notifications;	/* of the device, when there was something for it */
	enum vc_queue_state state;
	u32 life;			/* counts how often it came up; from 1 */
	int error;			/* once set no request is taken any more */
	bool distrusted;		/* the device broke the protocol; stays */
	u32 size;			/* of the ring, entries */
	u32 limit;			/* what the device takes at once, bytes */
	u32 max_payload;		/* of one request, a multiple of all blocks */
	struct wait_queue_head refused;	/* who has to be told of an error; woken when it is set */

	struct vc_shares shares;
	struct vc_pool *pool;
};

/* queue.c: the ring */
/* @check is queued when the device may have failed.  False: no memory. */
bool vc_queue_init(struct vc_queue *queue, const struct vcrypto_device_limits *limits,
		   struct delayed_work *check);
/* Nobody uses it any more, and no ring is attached.  Also where vc_queue_init() failed. */
void vc_queue_fini(struct vc_queue *queue);
/* A new life begins: with a ring; then, with the device ready, with what is pending. */
void vc_queue_attach(struct vc_queue *queue, struct virtqueue *vq);
void vc_queue_run(struct vc_queue *queue);
/* It ends: put nothing more into the ring; use it no more; with the device reset, leave it. */
void vc_queue_drain(struct vc_queue *queue);
void vc_queue_close(struct vc_queue *queue);
void vc_queue_detach(struct vc_queue *queue);
/* Take no more requests, whatever happens. */
void vc_queue_refuse(struct vc_queue *queue, int error);
/*
 * The same, and give all back; but the device could not be reset, so the memory of those that it
 * has is kept until the queue is left.  Tables of descriptors, and what an IOMMU or swiotlb has for
 * them, are not: they are the kernel's, which frees them with what is taken out of a ring.
 */
void vc_queue_forsake(struct vc_queue *queue, int error);
/* It is prepared.  The queue takes a reference. */
void vc_queue_submit(struct vc_queue *queue, struct vc_request *request);
/*
 * The same for one that nobody waits for.  The device is told of it with the next one that
 * is submitted, or a little later.  If it is @awaited, who comes to wait for it, or for what it
 * keeps from others, calls vc_queue_tell().
 */
void vc_queue_defer(struct vc_queue *queue, struct vc_request *request, bool awaited);
static inline void vc_queue_post(struct vc_queue *queue, struct vc_request *request)
{
	vc_queue_defer(queue, request, false);
}
/* Tell the device of what is awaited.  Whether there was something. */
bool vc_queue_tell(struct vc_queue *queue);
/* Nearly: nobody waits for the lock. */
static inline bool vc_queue_is_up(const struct vc_queue *queue)
{
	return !READ_ONCE(queue->error) && READ_ONCE(queue->state) == VC_UP;
}
/* Requests in the device's hands, nearly: nobody waits for the lock. */
static inline unsigned int vc_queue_in_flight(const struct vc_queue *queue)
{
	unsigned int posted = READ_ONCE(queue->posted), in_ring = READ_ONCE(queue->in_ring);

	return in_ring - min(posted, in_ring);
}
/* Take what the device has returned; the second one reminds it first. */
void vc_queue_poll(struct vc_queue *queue);
void vc_queue_nudge(struct vc_queue *queue);

/* wait.c: waiting for a request, and ceasing to */
/* Nobody is to be told of a request any more.  It is done all the same. */
void vc_queue_disown(struct vc_queue *queue, struct vc_request *request);
/*
 * The same, and it is taken back unless the device has it.  False: it is done after all.
 * True: the device may have it, and nothing of it must be looked at.
 */
bool vc_queue_abandon(struct vc_queue *queue, struct vc_request *request);
/*
 * Submit and wait, killable.  @built is what the builder returned (false gives
 * -EINVAL).  The caller's reference remains, but only on success may it look at more.
 */
int vc_request_call(struct vc_queue *queue, struct vc_request *request, bool built);
/* The same, for at most @timeout jiffies (-ETIMEDOUT). */
int vc_request_call_timeout(struct vc_queue *queue, struct vc_request *request,
			    bool built, unsigned long timeout);
/* The same, until @abort (-EINTR), which may be NULL, for a request that is prepared. */
int vc_request_call_prepared(struct vc_queue *queue, struct vc_request *request,
			     const bool *abort);

#endif /* VCRYPTO_QUEUE_H */
