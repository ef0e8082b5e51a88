/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's end of a virtqueue: pop a chain, have the request in it executed,
 * push the chain back, notify the guest.
 *
 * All of it happens in a bottom half and not when the notification arrives,
 * because a bottom half is guarded: a guest that names the device's own
 * registers as a buffer must not get the device to reset itself between pop
 * and push.
 */

#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "hw/vcrypto/qemu-compat.h"
#include "request-queue.h"

/* Requests in a row, before other devices have their turn. */
#define TURN 128

/* Returns whether there was a request, and the device still works. */
static bool answer_one(RequestQueue *q)
{
    VirtQueueElement *elem = virtqueue_pop(q->vq, sizeof(*elem));
    uint32_t written;

    if (!elem) {
        return false;
    }
    written = q->handle(q->vdev,
                        vcrypto_cursor_start(elem->out_sg, elem->out_num),
                        vcrypto_cursor_start(elem->in_sg, elem->in_num));
    if (written) {
        virtqueue_push(q->vq, elem, written);
    } else {
        virtqueue_detach_element(q->vq, elem, 0);
        virtio_error(q->vdev, "%s: request without room for a reply",
                     q->vdev->name);
    }
    g_free(elem);
    return written;
}

/* The VM may have been stopped, or the device reset, since it was scheduled. */
static bool is_ready(RequestQueue *q)
{
    return q->vdev->vm_running
        && (q->vdev->status & VIRTIO_CONFIG_S_DRIVER_OK);
}

static void take_turn(void *opaque)
{
    RequestQueue *q = opaque;
    int answered = 0;

    if (!is_ready(q)) {
        return;
    }
    while (answered < TURN && answer_one(q)) {
        answered++;
    }
    if (answered) {
        virtio_notify(q->vdev, q->vq);
    }
    /*
     * From here on the guest notifies us again.  It did not if it added a
     * request just before, hence the second look.
     */
    virtio_queue_set_notification(q->vq, 1);
    if (!virtio_queue_empty(q->vq)) {
        request_queue_schedule(q);
    }
}

void request_queue_schedule(RequestQueue *q)
{
    if (is_ready(q)) {
        /* We know; more notifications would tell us nothing. */
        virtio_queue_set_notification(q->vq, 0);
        qemu_bh_schedule(q->bh);
    }
}

/*
 * Runs also when the VM stops and when it goes on: requests that came in
 * between have been notified already and would otherwise wait for ever.
 */
void request_queue_set_status(RequestQueue *q, uint8_t status)
{
    if (q->vdev->vm_running && (status & VIRTIO_CONFIG_S_DRIVER_OK)) {
        qemu_bh_schedule(q->bh);
    }
}

void request_queue_init(RequestQueue *q, VirtIODevice *vdev, int size,
                        VirtIOHandleOutput notified, RequestHandler *handle)
{
    q->vdev = vdev;
    q->vq = virtio_add_queue(vdev, size, notified);
    q->bh = vcrypto_bh_new(DEVICE(vdev), take_turn, q);
    q->handle = handle;
}

void request_queue_reset(RequestQueue *q)
{
    qemu_bh_cancel(q->bh);
}

void request_queue_fini(RequestQueue *q)
{
    qemu_bh_delete(q->bh);
    virtio_delete_queue(q->vq);
}
