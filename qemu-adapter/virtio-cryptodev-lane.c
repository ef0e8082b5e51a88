/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One queue in its IOThread.
 *
 * Theory of operation.  While a lane runs, the ring is libvcrypto's own device
 * side (vring.h) on the guest's RAM, as in a vhost daemon, and QEMU's idea of
 * the queue stands still; it gets the index back when the lane stops.  So
 * nothing that is done here needs the big lock, or waits for somebody who has
 * it, and who has it may wait for us: for the end of a batch, no longer.  With
 * QEMU's own functions for queues that is not so.  What a guest names as a
 * buffer may be the register of a device; to write it takes the big lock, and
 * it may stop this very queue, which would wait for itself.  Here it is not
 * memory, and the ring is broken.
 *
 * The big lock comes first, the lane's second.  Whoever wants the latter says
 * so, and the lane leaves it alone: a mutex may go to the one who had it last,
 * again and again.
 */

#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qemu-compat.h"
#include "virtio-cryptodev-lane.h"

/* Bytes of a batch, by vcrypto_serve()'s reckoning.  Stopping takes as long. */
#define QUANTUM (1 << 20)

void virtio_cryptodev_lane_fail(VirtIOCryptodevLane *lane)
{
    lane->broken = true;
    qatomic_set(&lane->q->dev->lane_failed, true);
    qemu_bh_schedule(lane->q->dev->failed);
}

/* All that was taken is answered, in order, so the two indexes are one. */
static bool lay_ring(VirtIOCryptodevLane *lane, uint16_t index)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(lane->q->dev);
    const struct vcrypto_memory *memory = &lane->q->dev->ram.memory;
    struct vcrypto_vring ring;
    int n = virtio_get_queue_index(lane->q->vq);
    const struct vcrypto_vring_setup setup = {
        .size = virtio_queue_get_num(vdev, n),
        .desc = virtio_queue_get_desc_addr(vdev, n),
        .avail = virtio_queue_get_avail_addr(vdev, n),
        .used = virtio_queue_get_used_addr(vdev, n),
        /* QEMU asks nobody whether he may have indirect tables. */
        .features = vdev->guest_features | VCRYPTO_VRING_F_INDIRECT,
        .next_avail = index,
        .next_used = index,
    };

    /* If not, the last one still says where the queue is. */
    if (!vcrypto_vring_init(&ring, memory, &setup)) {
        return false;
    }
    lane->ring = ring;
    lane->laid = true;
    /* As long as one that QEMU takes. */
    vcrypto_vring_allow(&lane->ring, VIRTQUEUE_MAX_SIZE, false);
    lane->avail_idx = vcrypto_memory_at(memory, setup.avail + 2, 2);
    lane->used_len = vcrypto_vring_used_bytes(setup.size);
    lane->used = vcrypto_memory_at(memory, setup.used, lane->used_len);
    return true;
}

void virtio_cryptodev_lane_start(VirtIOCryptodevLane *lane)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(lane->q->dev);
    int n = virtio_get_queue_index(lane->q->vq);
    EventNotifier *kick = virtio_queue_get_host_notifier(lane->q->vq);

    if (lane->runs || !virtio_queue_get_desc_addr(vdev, n)) {
        return;
    }
    event_notifier_set_handler(kick, NULL);
    virtio_cryptodev_lane_lock(lane);
    event_notifier_init_fd(&lane->kick, event_notifier_get_fd(kick));
    lane->call = virtio_queue_get_guest_notifier(lane->q->vq);
    lane->runs = true;
    lane->polls = false;
    lane->laid = false;
    lane->broken = vdev->broken;
    if (!lane->broken &&
        !lay_ring(lane, virtio_queue_get_last_avail_idx(vdev, n))) {
        virtio_cryptodev_lane_fail(lane);
    }
    virtio_cryptodev_lane_unlock(lane);
    virtio_cryptodev_lane_attach(lane);
}

bool virtio_cryptodev_lane_runs(const VirtIOCryptodevLane *lane)
{
    return lane && lane->runs;
}

void virtio_cryptodev_lane_stop(VirtIOCryptodevLane *lane)
{
    VirtIODevice *vdev;
    int n;

    if (!virtio_cryptodev_lane_runs(lane)) {
        return;
    }
    virtio_cryptodev_lane_detach(lane);
    virtio_cryptodev_lane_lock(lane);
    lane->runs = false;
    virtio_cryptodev_lane_unlock(lane);
    if (!lane->laid) {
        return;
    }
    vdev = VIRTIO_DEVICE(lane->q->dev);
    n = virtio_get_queue_index(lane->q->vq);
    virtio_queue_set_last_avail_idx(vdev, n,
                                    vcrypto_vring_next_avail(&lane->ring));
    virtio_queue_invalidate_signalled_used(vdev, n);
    virtio_queue_update_used_idx(vdev, n);
}

void virtio_cryptodev_lane_break(VirtIOCryptodevLane *lane)
{
    virtio_cryptodev_lane_lock(lane);
    lane->broken = true;
    virtio_cryptodev_lane_unlock(lane);
}

char *virtio_cryptodev_lane_id(const VirtIOCryptodevLane *lane)
{
    return lane ? iothread_get_id(lane->iothread) : g_strdup("");
}

void virtio_cryptodev_lane_kick(VirtIOCryptodevLane *lane)
{
    event_notifier_set(&lane->kick);
}

void virtio_cryptodev_lane_lock(VirtIOCryptodevLane *lane)
{
    if (lane) {
        qatomic_inc(&lane->wanted);
        qemu_mutex_lock(&lane->lock);
    }
}

void virtio_cryptodev_lane_unlock(VirtIOCryptodevLane *lane)
{
    if (lane) {
        qemu_mutex_unlock(&lane->lock);
        qatomic_dec(&lane->wanted);
    }
}

void virtio_cryptodev_lane_remap(VirtIOCryptodevLane *lane)
{
    if (lane && lane->runs && !lane->broken &&
        !lay_ring(lane, vcrypto_vring_next_avail(&lane->ring))) {
        virtio_cryptodev_lane_fail(lane);
    }
}

VirtIOCryptodevLane *virtio_cryptodev_lane_new(VirtIOCryptodevQueue *q,
                                               IOThread *iothread)
{
    VirtIOCryptodevLane *lane = g_new0(VirtIOCryptodevLane, 1);

    object_ref(OBJECT(iothread));
    lane->iothread = iothread;
    lane->ctx = iothread_get_aio_context(iothread);
    lane->again = aio_bh_new(lane->ctx, virtio_cryptodev_lane_turn, lane);
    lane->q = q;
    lane->batch.segments = lane->segments;
    lane->batch.capacity = PIECES;
    lane->batch.chains = VCRYPTO_BATCH;
    lane->batch.quantum = QUANTUM;
    qemu_mutex_init(&lane->lock);
    return lane;
}

/* In the IOThread, so that nothing of the lane is under way. */
static void free_lane(void *opaque)
{
    VirtIOCryptodevLane *lane = opaque;

    qemu_bh_delete(lane->again);
    qemu_mutex_destroy(&lane->lock);
    g_free(lane);
}

void virtio_cryptodev_lane_free(VirtIOCryptodevLane *lane)
{
    IOThread *iothread = lane->iothread;

    aio_bh_schedule_oneshot(lane->ctx, free_lane, lane);
    object_unref(OBJECT(iothread));
}
