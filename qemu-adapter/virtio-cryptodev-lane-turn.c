/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue's turns in its IOThread: when the guest has notified it, or while
 * the IOThread polls.
 */

#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "qemu-compat.h"
#include "trace.h"
#include "virtio-cryptodev-lane.h"

static bool has_requests(const VirtIOCryptodevLane *lane)
{
    return lane->runs && !lane->broken &&
           le16_to_cpu(qatomic_read(lane->avail_idx)) !=
           vcrypto_vring_next_avail(&lane->ring);
}

/*
 * A request that fails has its whole destination wiped, however little is
 * answered.  Told before the guest knows of the answer, which may be code.
 */
static size_t execute(void *opaque, struct vcrypto_io *chains, size_t count)
{
    VirtIOCryptodevQueue *q = opaque;
    size_t answered = vcrypto_process(q->engine, chains, count);

    for (size_t i = 0; i < count; i++) {
        virtio_cryptodev_written(q->dev, chains[i].writable,
                                 chains[i].writable_count, 0);
    }
    return answered;
}

/* A machine that moves meanwhile has to take that along, too. */
static void tell_ring_written(VirtIOCryptodevLane *lane)
{
    const struct iovec used = { lane->used, lane->used_len };

    virtio_cryptodev_written(lane->q->dev, &used, 1, 0);
}

/* True if there may be more to do. */
static bool serve(VirtIOCryptodevLane *lane)
{
    VirtIOCryptodevQueue *q = lane->q;
    struct vcrypto_batch *batch = &lane->batch;
    int64_t begun = get_clock(), took;
    size_t count;

    vcrypto_vring_disable_notify(&lane->ring);
    count = vcrypto_serve_with(execute, q, &lane->ring, batch);
    if (count) {
        took = get_clock() - begun;
        virtio_cryptodev_count_batch(q, took, batch->answered);
        virtio_cryptodev_queue_trim(q);
        trace_virtio_cryptodev_lane(q->dev, virtio_get_queue_index(q->vq),
                                    count, batch->answered, took);
    }
    if (batch->answered && vcrypto_vring_should_interrupt(&lane->ring)) {
        event_notifier_set(lane->call);
    }
    if (batch->state == VCRYPTO_VRING_BROKEN || batch->answered < count) {
        virtio_cryptodev_lane_fail(lane);
        return false;
    }
    if (batch->state == VCRYPTO_VRING_EMPTY && !lane->polls) {
        return vcrypto_vring_enable_notify(&lane->ring);
    }
    return batch->state == VCRYPTO_VRING_READY;
}

/* One batch; then what else the IOThread has. */
static void take_turn(VirtIOCryptodevLane *lane, bool kicked)
{
    bool more = true;

    if (!qatomic_read(&lane->wanted)) {
        qemu_mutex_lock(&lane->lock);
        /* When it does not run any more, the file may be somebody else's. */
        if (kicked && lane->runs) {
            event_notifier_test_and_clear(&lane->kick);
        }
        if (lane->runs && !lane->broken) {
            more = serve(lane);
            tell_ring_written(lane);
        } else {
            more = false;
        }
        /* Also of a queue that is broken: its reset may be long in coming. */
        if (lane->runs &&
            virtio_cryptodev_queue_sweep(lane->q, VIRTIO_CRYPTODEV_TURN / 2)) {
            more |= !virtio_cryptodev_queue_is_swept(lane->q);
        }
        qemu_mutex_unlock(&lane->lock);
    }
    if (more) {
        qemu_bh_schedule(lane->again);
    }
}

void virtio_cryptodev_lane_turn(void *opaque)
{
    take_turn(opaque, false);
}

static void on_kick(EventNotifier *kick)
{
    take_turn(container_of(kick, VirtIOCryptodevLane, kick), true);
}

static bool poll_ring(void *opaque)
{
    VirtIOCryptodevLane *lane = container_of(opaque, VirtIOCryptodevLane, kick);
    bool found;

    if (qatomic_read(&lane->wanted) || qemu_mutex_trylock(&lane->lock)) {
        return false;
    }
    found = has_requests(lane);
    qemu_mutex_unlock(&lane->lock);
    return found;
}

static void on_poll_ready(EventNotifier *kick)
{
    take_turn(container_of(kick, VirtIOCryptodevLane, kick), false);
}

static void set_polls(VirtIOCryptodevLane *lane, bool polls)
{
    bool more = false;

    qemu_mutex_lock(&lane->lock);
    lane->polls = polls;
    if (lane->runs && !lane->broken) {
        vcrypto_vring_disable_notify(&lane->ring);
        more = !polls && vcrypto_vring_enable_notify(&lane->ring);
        tell_ring_written(lane);
    }
    qemu_mutex_unlock(&lane->lock);
    if (more) {
        qemu_bh_schedule(lane->again);
    }
}

static void on_poll_begin(EventNotifier *kick)
{
    set_polls(container_of(kick, VirtIOCryptodevLane, kick), true);
}

static void on_poll_end(EventNotifier *kick)
{
    set_polls(container_of(kick, VirtIOCryptodevLane, kick), false);
}

void virtio_cryptodev_lane_attach(VirtIOCryptodevLane *lane)
{
    vcrypto_aio_set_event_notifier(lane->ctx, &lane->kick, on_kick, poll_ring,
                                   on_poll_ready);
    aio_set_event_notifier_poll(lane->ctx, &lane->kick, on_poll_begin,
                                on_poll_end);
    /* Nobody tells of what is in the ring already. */
    event_notifier_set(&lane->kick);
}

void virtio_cryptodev_lane_detach(VirtIOCryptodevLane *lane)
{
    vcrypto_aio_set_event_notifier(lane->ctx, &lane->kick, NULL, NULL, NULL);
}
