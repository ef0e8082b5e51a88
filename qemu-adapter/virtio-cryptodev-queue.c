/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One queue of virtio-cryptodev: pops chains, hands their iovecs to the
 * engine, pushes the answers.  What a request means is the engine's business.
 *
 * Theory of operation.  A notification schedules a bottom half in the main
 * loop and turns further ones off.  The bottom half handles one batch.  As
 * long as there may be more it schedules itself again rather than going on,
 * so that a guest that adds requests as fast as they are handled does not
 * keep the main loop from other devices; else it turns notifications on.
 *
 * What a guest names as a buffer, a ring, or the address of an interrupt need
 * not be memory.  So popping, pushing, notifying and what else touches a ring
 * may write to the registers of other devices: to those of a port that resets
 * or unplugs this one, for example, at once.  After each such call we look
 * whether the queue has been reset, which unplugging does as well, and if so
 * leave everything alone.  What we look at is there: it is freed when the
 * object is, and QEMU lets go of that in an RCU callback, which needs the big
 * lock that we hold.
 */

#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qapi/error.h"
#include "qemu-compat.h"
#include "trace.h"
#include "virtio-cryptodev.h"

/* What was popped and has not been pushed yet. */
typedef struct Batch {
    VirtQueueElement *elems[VCRYPTO_BATCH];
    struct vcrypto_io chains[VCRYPTO_BATCH];
    unsigned count;
    unsigned resets;            /* the queue's, when the batch began */
} Batch;

static bool is_stale(const VirtIOCryptodevQueue *q, const Batch *batch)
{
    return q->resets != batch->resets;
}

/*
 * Lets go of what was popped before a reset, from @first on.  QEMU does not
 * count it any more, so virtqueue_detach_element() must not either; and as the
 * queue has no used ring after a reset, this is the function that only unmaps.
 */
static void drop_batch(VirtIOCryptodevQueue *q, Batch *batch, unsigned first)
{
    for (unsigned i = first; i < batch->count; i++) {
        virtqueue_fill(q->vq, batch->elems[i], 0, 0);
        g_free(batch->elems[i]);
    }
    batch->count = 0;
}

static void add_to_batch(Batch *batch, VirtQueueElement *elem)
{
    batch->chains[batch->count] = (struct vcrypto_io) {
        .readable = elem->out_sg,
        .readable_count = elem->out_num,
        .writable = elem->in_sg,
        .writable_count = elem->in_num,
    };
    batch->elems[batch->count++] = elem;
}

/* Leaves nothing in the batch if the queue was reset in the meantime. */
static void pop_batch(VirtIOCryptodevQueue *q, Batch *batch)
{
    batch->count = 0;
    while (batch->count < VCRYPTO_BATCH) {
        VirtQueueElement *elem = virtqueue_pop(q->vq, sizeof(*elem));

        if (is_stale(q, batch)) {
            if (elem) {
                virtqueue_detach_element(q->vq, elem, 0);
                g_free(elem);
            }
            drop_batch(q, batch, 0);
            return;
        }
        if (!elem) {
            return;
        }
        add_to_batch(batch, elem);
    }
}

/*
 * Returns how many chains were answered; the others leave the queue as well.
 * Ends early where the batch becomes stale.
 */
static unsigned push_batch(VirtIOCryptodevQueue *q, Batch *batch)
{
    unsigned answered = 0;

    for (unsigned i = 0; i < batch->count; i++) {
        if (batch->chains[i].written) {
            virtqueue_fill(q->vq, batch->elems[i], batch->chains[i].written,
                           answered++);
        } else {
            virtqueue_detach_element(q->vq, batch->elems[i], 0);
        }
        g_free(batch->elems[i]);
        if (is_stale(q, batch)) {
            drop_batch(q, batch, i + 1);
            return answered;
        }
    }
    if (answered) {
        virtqueue_flush(q->vq, answered);
    }
    if (answered && !is_stale(q, batch)) {
        virtio_notify(VIRTIO_DEVICE(q->dev), q->vq);
    }
    return answered;
}

/*
 * Turns notifications on.  A driver that added a request just before that did
 * not notify, hence the second look.
 */
static bool queue_is_idle(VirtQueue *vq)
{
    virtio_queue_set_notification(vq, 1);
    if (virtio_queue_empty(vq)) {
        return true;
    }
    virtio_queue_set_notification(vq, 0);
    return false;
}

/* Returns whether there may be more to do. */
static bool handle_batch(VirtIOCryptodevQueue *q)
{
    Batch batch = { .resets = q->resets };
    unsigned count, answered;

    pop_batch(q, &batch);
    count = batch.count;
    if (count) {
        vcrypto_process(q->engine, batch.chains, count);
        answered = push_batch(q, &batch);
        trace_virtio_cryptodev_batch(q->dev, virtio_get_queue_index(q->vq),
                                     count, answered);
        if (answered < count && !is_stale(q, &batch)) {
            virtio_error(VIRTIO_DEVICE(q->dev), "virtio-cryptodev: "
                         "request without room for a response");
        }
    }
    return is_stale(q, &batch) || count == VCRYPTO_BATCH ||
           !queue_is_idle(q->vq);
}

static bool queue_is_ready(VirtIODevice *vdev)
{
    return vdev->vm_running && (vdev->status & VIRTIO_CONFIG_S_DRIVER_OK);
}

static void handle_queue_bh(void *opaque)
{
    VirtIOCryptodevQueue *q = opaque;

    /* The VM may have been stopped, or the device reset, in the meantime. */
    if (q->busy || !queue_is_ready(VIRTIO_DEVICE(q->dev))) {
        return;
    }
    q->busy = true;
    if (handle_batch(q)) {
        trace_virtio_cryptodev_more(q->dev, virtio_get_queue_index(q->vq));
        qemu_bh_schedule(q->bh);
    }
    q->busy = false;
}

/*
 * Without ioeventfd the guest's processor waits for its access to the notify
 * register, so the requests are handled at once, and the driver finds the
 * answers without having slept or been interrupted.
 *
 * Only where the device's registers are guarded, though: a guest that names
 * them as a buffer must not get the device to reset itself between pop and
 * push.  They are during that access, and in the bottom half.
 */
static void handle_output(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(vdev);
    VirtIOCryptodevQueue *q = &dev->queues[virtio_get_queue_index(vq)];

    if (!queue_is_ready(vdev)) {
        return;
    }
    virtio_queue_set_notification(vq, 0);
    if (vcrypto_is_guarded(DEVICE(vdev))) {
        handle_queue_bh(q);
    } else {
        qemu_bh_schedule(q->bh);
    }
}

void virtio_cryptodev_queue_schedule(VirtIOCryptodevQueue *q)
{
    qemu_bh_schedule(q->bh);
}

bool virtio_cryptodev_queue_init(VirtIOCryptodevQueue *q, VirtIOCryptodev *dev,
                                 const struct vcrypto_backend *backend,
                                 Error **errp)
{
    size_t size = vcrypto_engine_size(&dev->limits, backend);

    q->dev = dev;
    q->vq = virtio_add_queue(VIRTIO_DEVICE(dev), dev->queue_size,
                             handle_output);
    q->bh = vcrypto_bh_new(DEVICE(dev), handle_queue_bh, q);

    /* Not qemu_memalign(): calloc() has large blocks zeroed but untouched. */
    q->memory = g_try_malloc0(size + VCRYPTO_ALIGNMENT);
    if (!q->memory) {
        error_setg(errp, "cannot allocate %zu bytes for each queue; "
                   "lower max-sessions, max-contexts or max-payload", size);
        return false;
    }
    q->engine = vcrypto_engine_init(
        QEMU_ALIGN_PTR_UP(q->memory, VCRYPTO_ALIGNMENT), &dev->limits, backend);
    if (!q->engine) {
        error_setg(errp, "backend '%s' cannot be opened", backend->name);
        return false;
    }
    return true;
}

void virtio_cryptodev_queue_reset(VirtIOCryptodevQueue *q)
{
    q->resets++;
    qemu_bh_cancel(q->bh);
    vcrypto_engine_reset(q->engine);
}

void virtio_cryptodev_queue_fini(VirtIOCryptodevQueue *q)
{
    if (q->vq) {
        qemu_bh_delete(q->bh);
        virtio_delete_queue(q->vq);
    }
    if (q->engine) {
        vcrypto_engine_fini(q->engine);
    }
    g_free(q->memory);
}
