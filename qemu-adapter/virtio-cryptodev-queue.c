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
 */

#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qapi/error.h"
#include "qemu-compat.h"
#include "trace.h"
#include "virtio-cryptodev.h"

static unsigned pop_batch(VirtQueue *vq, VirtQueueElement **elems,
                          struct vcrypto_io *chains)
{
    unsigned count;

    for (count = 0; count < VCRYPTO_BATCH; count++) {
        VirtQueueElement *elem = virtqueue_pop(vq, sizeof(*elem));

        if (!elem) {
            break;
        }
        elems[count] = elem;
        chains[count] = (struct vcrypto_io) {
            .readable = elem->out_sg,
            .readable_count = elem->out_num,
            .writable = elem->in_sg,
            .writable_count = elem->in_num,
        };
    }
    return count;
}

/* Returns how many chains were answered; the others leave the queue as well. */
static unsigned push_batch(VirtIOCryptodevQueue *q, VirtQueueElement **elems,
                           const struct vcrypto_io *chains, unsigned count)
{
    unsigned answered = 0;

    for (unsigned i = 0; i < count; i++) {
        if (chains[i].written) {
            virtqueue_fill(q->vq, elems[i], chains[i].written, answered++);
        } else {
            virtqueue_detach_element(q->vq, elems[i], 0);
        }
        g_free(elems[i]);
    }
    if (answered) {
        virtqueue_flush(q->vq, answered);
        virtio_notify(VIRTIO_DEVICE(q->dev), q->vq);
    }
    return answered;
}

/* Returns how many chains there were, at most VCRYPTO_BATCH. */
static unsigned handle_batch(VirtIOCryptodevQueue *q)
{
    VirtQueueElement *elems[VCRYPTO_BATCH];
    struct vcrypto_io chains[VCRYPTO_BATCH];
    unsigned count = pop_batch(q->vq, elems, chains);
    unsigned answered;

    if (count == 0) {
        return 0;
    }
    vcrypto_process(q->engine, chains, count);
    answered = push_batch(q, elems, chains, count);
    trace_virtio_cryptodev_batch(q->dev, virtio_get_queue_index(q->vq),
                                 count, answered);
    if (answered < count) {
        virtio_error(VIRTIO_DEVICE(q->dev),
                     "virtio-cryptodev: request without room for a response");
    }
    return count;
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

static bool queue_is_ready(VirtIODevice *vdev)
{
    return vdev->vm_running && (vdev->status & VIRTIO_CONFIG_S_DRIVER_OK);
}

static void handle_queue_bh(void *opaque)
{
    VirtIOCryptodevQueue *q = opaque;

    /* The VM may have been stopped, or the device reset, in the meantime. */
    if (!queue_is_ready(VIRTIO_DEVICE(q->dev))) {
        return;
    }
    if (handle_batch(q) == VCRYPTO_BATCH || !queue_is_idle(q->vq)) {
        trace_virtio_cryptodev_more(q->dev, virtio_get_queue_index(q->vq));
        qemu_bh_schedule(q->bh);
    }
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
