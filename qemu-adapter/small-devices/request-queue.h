/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's end of a virtqueue whose requests are answered at once: what the
 * small virtio devices have in common.
 */
#ifndef HW_VCRYPTO_REQUEST_QUEUE_H
#define HW_VCRYPTO_REQUEST_QUEUE_H

#include "hw/vcrypto/qemu-compat.h"
#include "hw/vcrypto/virtio-unplug.h"
#include <vcrypto/cursor.h>

/*
 * Executes one request.  Returns how many bytes of the reply it has written;
 * 0 if there was no room for any, which breaks the device.
 */
typedef uint32_t RequestHandler(VirtIODevice *vdev,
                                struct vcrypto_cursor readable,
                                struct vcrypto_cursor writable);

typedef struct RequestQueue {
    VirtIODevice *vdev;
    VirtQueue *vq;
    QEMUBH *bh;
    unsigned resets;            /* what was popped before is void */
    RequestHandler *handle;
} RequestQueue;

/*
 * Adds a queue of @size entries to the device.  @notified is called when the
 * guest has added requests; it should call request_queue_schedule().
 */
void request_queue_init(RequestQueue *q, VirtIODevice *vdev, int size,
                        VirtIOHandleOutput notified, RequestHandler *handle);

/*
 * For the device's instance_finalize(), whether it has ever been realized or
 * not.  Unplugging it calls for vcrypto_unplug() instead: the guest may have
 * brought it about from within one of our own functions.
 */
void request_queue_fini(RequestQueue *q);

/* Answers what is in the queue, soon. */
void request_queue_schedule(RequestQueue *q);

/* For the device's set_status(): goes on where the VM was stopped. */
SetStatusRet request_queue_set_status(RequestQueue *q, uint8_t status);

/* For the device's reset(). */
void request_queue_reset(RequestQueue *q);

#endif /* HW_VCRYPTO_REQUEST_QUEUE_H */
