/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's end of a virtqueue: pop a chain, have the request in it executed,
 * push the chain back, notify the guest.
 *
 * All of it happens in a bottom half and not when the notification arrives,
 * because a bottom half is guarded: a guest that names the device's own
 * registers as a buffer must not get the device to reset itself between pop
 * and push.
 *
 * That leaves the registers of other devices: of a port that resets or unplugs
 * this one, for example.  A guest can have them written by each of QEMU's
 * functions below that touches a buffer or a ring, or interrupts.  So what we
 * use is there until the device's object is freed, which never happens while a
 * handler runs; and after such a call we look whether there was a reset.
 */

#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "hw/vcrypto/qemu-compat.h"
#include "request-queue.h"

/* Requests in a row, before other devices have their turn. */
#define TURN 128

/* Returns whether there was a request, and the device still works. */
static bool answer_one(RequestQueue *q, unsigned resets)
{
    VirtQueueElement *elem = virtqueue_pop(q->vq, sizeof(*elem));
    uint32_t written = 0;

    if (!elem) {
        return false;
    }
    if (resets == q->resets) {
        written = q->handle(q->vdev,
                            vcrypto_cursor_start(elem->out_sg, elem->out_num),
                            vcrypto_cursor_start(elem->in_sg, elem->in_num));
    }
    if (written) {
        virtqueue_push(q->vq, elem, written);
    } else {
        virtqueue_detach_element(q->vq, elem, 0);
    }
    g_free(elem);
    if (!written && resets == q->resets) {
        virtio_error(q->vdev, "%s: request without room for a reply",
                     q->vdev->name);
    }
    return written && resets == q->resets;
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
    unsigned resets = q->resets;
    int answered = 0;

    if (!is_ready(q)) {
        return;
    }
    while (answered < TURN && answer_one(q, resets)) {
        answered++;
    }
    if (answered && resets == q->resets) {
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
SetStatusRet request_queue_set_status(RequestQueue *q, uint8_t status)
{
    if (q->vdev->vm_running && (status & VIRTIO_CONFIG_S_DRIVER_OK)) {
        qemu_bh_schedule(q->bh);
    }
    return SET_STATUS_DONE;
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
    q->resets++;
    qemu_bh_cancel(q->bh);
}

void request_queue_fini(RequestQueue *q)
{
    if (q->vq) {
        qemu_bh_delete(q->bh);
        virtio_delete_queue(q->vq);
    }
}
