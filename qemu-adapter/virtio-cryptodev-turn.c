/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the queues of a virtio-cryptodev are looked at, and for how long.
 *
 * Theory of operation.  A notification turns further ones off, and a bottom
 * half in the main loop takes turns until the queue is empty.  One turn is one
 * batch from each queue that has requests, as far as they fit into what a turn
 * may do; then other devices have theirs, however many requests there are, or
 * are added meanwhile.  What a request costs is known before it is executed,
 * so one that is too dear goes back into the ring, and is first some turns
 * later: each turn begins with another queue, and the first request of a turn
 * is taken whatever it costs.
 *
 * A bottom half that schedules itself comes round again at once, and somebody
 * who waits for the big lock, or for several rounds of the main loop as the
 * monitor does, would wait for many turns.  So there is a pause now and then.
 *
 * All of a device's turns are one after the other, also where one is begun
 * from within another: the guest may name a register that does so as a buffer.
 */

#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "qemu-compat.h"
#include "trace.h"
#include "virtio-cryptodev-lane.h"

/*
 * Nanoseconds, more or less.  A turn keeps the main loop and the other
 * processors from everything; what is done at once keeps a processor from its
 * program, whose next lines could run meanwhile if they do not need the answer.
 */
#define AT_ONCE 100000

/* After work of a turn or more, the share of it that others have: 3 %. */
#define PAUSE(work) ((work) / 32)

static bool is_ready(VirtIODevice *vdev)
{
    return vdev->vm_running && (vdev->status & VIRTIO_CONFIG_S_DRIVER_OK);
}

static void schedule(VirtIOCryptodev *dev)
{
    if (dev->since_pause >= VIRTIO_CRYPTODEV_TURN) {
        timer_mod(dev->pause, qemu_clock_get_ns(QEMU_CLOCK_REALTIME) +
                              PAUSE(dev->since_pause));
        dev->since_pause = 0;
    } else if (!timer_pending(dev->pause)) {
        qemu_bh_schedule(dev->bh);
    }
}

static void end_pause(void *opaque)
{
    VirtIOCryptodev *dev = opaque;

    qemu_bh_schedule(dev->bh);
}

static void end_turn(VirtIOCryptodev *dev, const VirtIOCryptodevWork *work)
{
    dev->busy = false;
    dev->since_pause += work->done;
    trace_virtio_cryptodev_turn(dev, work->requests, work->done);
    for (uint32_t i = 0; i < dev->num_queues; i++) {
        if (dev->queues[i].waiting) {
            schedule(dev);
            return;
        }
    }
}

static void take_turn(void *opaque)
{
    VirtIOCryptodev *dev = opaque;
    VirtIOCryptodevWork work = {
        .left = VIRTIO_CRYPTODEV_TURN, .bytes_left = UINT64_MAX,
        .whatever_it_costs = true,
    };
    uint32_t first = dev->first;

    /* The VM may have been stopped, or the device reset, in the meantime. */
    if (dev->busy || !is_ready(VIRTIO_DEVICE(dev))) {
        return;
    }
    dev->busy = true;
    for (uint32_t i = 0; i < dev->num_queues && work.left; i++) {
        uint32_t index = (first + i) % dev->num_queues;

        if (virtio_cryptodev_lane_runs(dev->queues[index].lane)) {
            dev->queues[index].waiting = false;
        }
        if (!dev->queues[index].waiting || !is_ready(VIRTIO_DEVICE(dev))) {
            continue;
        }
        if (work.whatever_it_costs) {
            dev->first = index + 1;
        }
        virtio_cryptodev_queue_handle(&dev->queues[index], &work);
    }
    end_turn(dev, &work);
}

/* Within the guest's access to the notify register, all that may be. */
static void handle_at_once(VirtIOCryptodev *dev, VirtIOCryptodevQueue *q)
{
    VirtIOCryptodevWork work = {
        .left = AT_ONCE, .bytes_left = dev->at_once,
    };
    unsigned requests;

    dev->busy = true;
    do {
        requests = work.requests;
        virtio_cryptodev_queue_handle(q, &work);
    } while (q->waiting && work.requests > requests &&
             is_ready(VIRTIO_DEVICE(dev)));
    end_turn(dev, &work);
}

/*
 * Without ioeventfd the guest's processor waits for its access to the notify
 * register, so cheap requests are handled at once, and the driver finds the
 * answers without having slept or been interrupted.
 *
 * Only where the device's registers are guarded, though: a guest that names
 * them as a buffer must not get the device to reset itself between pop and
 * push.  They are during that access, and in the bottom half.
 */
void virtio_cryptodev_handle_output(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(vdev);
    VirtIOCryptodevQueue *q = &dev->queues[virtio_get_queue_index(vq)];
    bool at_once = vcrypto_is_guarded(DEVICE(vdev)) && !dev->busy &&
                   !q->waiting;

    if (!is_ready(vdev)) {
        return;
    }
    if (virtio_cryptodev_lane_runs(q->lane)) {
        virtio_cryptodev_lane_kick(q->lane);
        return;
    }
    q->waiting = true;
    virtio_queue_set_notification(vq, 0);
    if (at_once) {
        handle_at_once(dev, q);
    } else {
        schedule(dev);
    }
}

void virtio_cryptodev_wake(VirtIOCryptodev *dev)
{
    for (uint32_t i = 0; i < dev->num_queues; i++) {
        dev->queues[i].waiting = true;
    }
    schedule(dev);
}

void virtio_cryptodev_turns_init(VirtIOCryptodev *dev)
{
    dev->bh = vcrypto_bh_new(DEVICE(dev), take_turn, dev);
    dev->pause = timer_new_ns(QEMU_CLOCK_REALTIME, end_pause, dev);
}

void virtio_cryptodev_turns_fini(VirtIOCryptodev *dev)
{
    if (dev->bh) {
        qemu_bh_delete(dev->bh);
        timer_free(dev->pause);
    }
}
