/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver's end of a virtqueue, at its simplest: one request at a time, and
 * whoever makes it sleeps until the reply has come.
 *
 *	ret = call_begin(call);
 *	if (ret)
 *		return ret;
 *	... fill in the request ...
 *	ret = call_device(call, &request, sizeof(request), &reply, sizeof(reply));
 *	... look at the reply ...
 *	call_end(call);
 *
 * Theory of operation.  Request and reply are buffers that belong to the
 * device's structure, not to the caller, because the virtual device reads and
 * writes them on its own.  A caller who is killed while waiting leaves, and the
 * buffers stay where they are: the next one waits for the old reply first.
 * They are freed after the device has been reset, when it touches nothing any
 * more.
 *
 * This file has all five calls of the virtqueue interface: add_buf, kick,
 * get_buf, disable_cb, enable_cb.
 */
#ifndef SMALL_CALL_H
#define SMALL_CALL_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>

struct call {
	struct mutex mutex;		/* one caller; held while waiting */
	bool pending;			/* the device has the buffers; under mutex */
	struct completion done;
	spinlock_t lock;		/* for what follows; taken by the interrupt handler */
	struct virtqueue *vq;		/* NULL: the device has gone */
	unsigned int used_len;	/* bytes of the reply that the device says it has written */
};

/* The device has used buffers, or says so. */
static inline void call_interrupt(struct virtqueue *vq)
{
	struct call *call = vq->vdev->priv;
	unsigned long flags;

	spin_lock_irqsave(&call->lock, flags);
	while (call->vq) {
		virtqueue_disable_cb(vq);		/* disable_cb: we are looking anyway */
		while (virtqueue_get_buf(vq, &call->used_len))	/* get_buf */
			complete(&call->done);
		if (virtqueue_enable_cb(vq))	/* enable_cb; false: more came just now */
			break;
	}
	spin_unlock_irqrestore(&call->lock, flags);
}

/* For probe(): takes vdev->priv. */
static inline int call_start(struct call *call, struct virtio_device *vdev)
{
	struct virtqueue *vq;

	mutex_init(&call->mutex);
	spin_lock_init(&call->lock);
	init_completion(&call->done);
	vdev->priv = call;
	vq = virtio_find_single_vq(vdev, call_interrupt, "requests");
	if (IS_ERR(vq))
		return PTR_ERR(vq);
	call->vq = vq;
	virtio_device_ready(vdev);
	return 0;
}

/* For remove(): everybody who waits, or comes later, gets ENODEV. */
static inline void call_stop(struct call *call, struct virtio_device *vdev)
{
	struct virtqueue *vq = call->vq;

	spin_lock_irq(&call->lock);
	call->vq = NULL;
	spin_unlock_irq(&call->lock);
	virtio_reset_device(vdev);
	virtqueue_detach_unused_buf(vq);
	vdev->config->del_vqs(vdev);
	complete_all(&call->done);
}

/* Sleeps until the device has no buffers of ours, and is still there. */
static inline int call_wait(struct call *call)
{
	if (call->pending && wait_for_completion_killable(&call->done))
		return -EINTR;
	call->pending = false;
	return READ_ONCE(call->vq) ? 0 : -ENODEV;
}

/* Until call_end() the buffers are the caller's. */
static inline int call_begin(struct call *call)
{
	int ret = mutex_lock_killable(&call->mutex);

	if (ret)
		return ret;
	ret = call_wait(call);
	if (ret)
		mutex_unlock(&call->mutex);
	return ret;
}

static inline void call_end(struct call *call)
{
	mutex_unlock(&call->mutex);
}

/* Returns how many bytes of @reply the device has written, at most @reply_len. */
static inline int call_device(struct call *call, void *request, unsigned int request_len,
			      void *reply, unsigned int reply_len)
{
	struct scatterlist out, in, *sgs[] = { &out, &in };
	int ret = -ENODEV;

	sg_init_one(&out, request, request_len);
	sg_init_one(&in, reply, reply_len);
	spin_lock_irq(&call->lock);
	if (call->vq) {
		reinit_completion(&call->done);
		ret = virtqueue_add_sgs(call->vq, sgs, 1, 1, call, GFP_ATOMIC);	/* add_buf */
		if (!ret)
			virtqueue_kick(call->vq);				/* kick */
	}
	spin_unlock_irq(&call->lock);
	if (ret)
		return ret;
	call->pending = true;
	ret = call_wait(call);
	if (ret)
		return ret;
	return call->used_len <= reply_len ? call->used_len : -EIO;
}

#endif /* SMALL_CALL_H */
