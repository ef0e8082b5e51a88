/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Queues whose work an IOThread does:
 *
 *   virtio-cryptodev-iothreads.c  which queue has which, from properties
 *   virtio-cryptodev-lanes.c      when they have them: start and stop
 *   virtio-cryptodev-lane.c       one queue in its IOThread: from start to stop
 *   virtio-cryptodev-lane-turn.c  what it does there
 *   virtio-cryptodev-ram.c        the guest's memory, as an IOThread may use it
 */
#ifndef HW_VCRYPTO_VIRTIO_CRYPTODEV_LANE_H
#define HW_VCRYPTO_VIRTIO_CRYPTODEV_LANE_H

#include "virtio-cryptodev.h"

/* Pieces of memory in a request; QEMU has no more in one of its own, either. */
#define PIECES (VIRTQUEUE_MAX_SIZE + 64)

struct VirtIOCryptodevLane {
    EventNotifier kick;                 /* a copy of the queue's */
    IOThread *iothread;
    AioContext *ctx;                    /* its */
    QEMUBH *again;
    QemuMutex lock;
    unsigned wanted;                    /* by how many others; atomic */

    /* under the lock */
    VirtIOCryptodevQueue *q;
    EventNotifier *call;
    bool runs;
    bool laid;                          /* there is a ring, since it runs */
    bool broken;
    bool polls;                         /* looks at the ring all the time */
    const uint16_t *avail_idx;          /* in the guest's memory */
    void *used;                         /* likewise, of used_len bytes */
    size_t used_len;
    struct vcrypto_vring ring;
    struct vcrypto_batch batch;
    struct iovec segments[VCRYPTO_BATCH * PIECES];
};

/*
 * A lane for @q in @iothread, which it keeps; it does nothing yet.  A lane is
 * started and stopped, locked and freed with the big lock held.  The queue
 * must not be there any more when the lane is freed, or the lane be stopped.
 */
VirtIOCryptodevLane *virtio_cryptodev_lane_new(VirtIOCryptodevQueue *q,
                                               IOThread *iothread);
void virtio_cryptodev_lane_free(VirtIOCryptodevLane *lane);

/* Takes the queue from the main loop, where it has its notifiers. */
void virtio_cryptodev_lane_start(VirtIOCryptodevLane *lane);

/* Gives it back, all that was taken answered, unless the ring is broken. */
void virtio_cryptodev_lane_stop(VirtIOCryptodevLane *lane);

/* For who has the big lock: whether the queue is the lane's. */
bool virtio_cryptodev_lane_runs(const VirtIOCryptodevLane *lane);

/* Its IOThread's id, to be freed; "" for a lane that is not there. */
char *virtio_cryptodev_lane_id(const VirtIOCryptodevLane *lane);

/* The lane has nothing to do until it is started anew. */
void virtio_cryptodev_lane_break(VirtIOCryptodevLane *lane);

/* As if the guest had notified it. */
void virtio_cryptodev_lane_kick(VirtIOCryptodevLane *lane);

/*
 * While it is locked nothing of the queue is at work.  That takes as long as
 * one batch.  A lane that is not there is locked always.
 */
void virtio_cryptodev_lane_lock(VirtIOCryptodevLane *lane);
void virtio_cryptodev_lane_unlock(VirtIOCryptodevLane *lane);

/* In the IOThread: has its events handled, or no more; a turn without one. */
void virtio_cryptodev_lane_attach(VirtIOCryptodevLane *lane);
void virtio_cryptodev_lane_detach(VirtIOCryptodevLane *lane);
void virtio_cryptodev_lane_turn(void *opaque);

/* Locked: the guest's memory is another now. */
void virtio_cryptodev_lane_remap(VirtIOCryptodevLane *lane);

/* Locked: nothing more is done, and the main loop tells the guest. */
void virtio_cryptodev_lane_fail(VirtIOCryptodevLane *lane);

/*
 * The guest's memory: follows what QEMU maps for the device, from start to
 * stop.  False if the device's addresses are translated by an IOMMU.
 */
bool virtio_cryptodev_ram_start(VirtIOCryptodevRAM *ram, VirtIOCryptodev *dev);
void virtio_cryptodev_ram_stop(VirtIOCryptodevRAM *ram);

/*
 * Bytes of these pieces, from the one numbered @from on, may have been written:
 * whoever has to know of that does.  Pieces that are no RAM are left out.
 */
void virtio_cryptodev_written(VirtIOCryptodev *dev, const struct iovec *iov,
                              size_t count, size_t from);

#endif /* HW_VCRYPTO_VIRTIO_CRYPTODEV_LANE_H */
