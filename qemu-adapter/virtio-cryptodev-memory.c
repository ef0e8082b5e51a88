/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that sessions have left: what providers have allocated for them, which
 * the C library keeps, and the engine's tables.
 *
 * Giving it back takes tens of milliseconds for all the sessions that a device
 * can have, and as much again when they come back.  So a guest has to free many
 * sessions for each time, which takes longer.
 */
#include "qemu/osdep.h"
#ifdef CONFIG_MALLOC_TRIM
#include <malloc.h>
#endif
#include "qemu/madvise.h"
#include "qemu-compat.h"
#include "virtio-cryptodev-lane.h"

#define MANY_SESSIONS 16384     /* about 10 MiB of memory, or more */
#define SOME_SESSIONS 1024      /* at a reset, which is rare */

static void trim_heap(void)
{
#ifdef CONFIG_MALLOC_TRIM
    malloc_trim(0);
#endif
}

void virtio_cryptodev_queue_trim(VirtIOCryptodevQueue *q)
{
    struct vcrypto_census census =
        vcrypto_store_census(vcrypto_engine_store(q->engine));
    uint32_t sessions = census.sessions + census.closed;

    if (sessions > q->most_sessions) {
        /* Others are near it in memory, so not each time. */
        q->most_sessions = sessions;
    }
    if (q->most_sessions - sessions >= MANY_SESSIONS) {
        q->most_sessions = sessions;
        trim_heap();
    }
}

bool virtio_cryptodev_queue_is_swept(const VirtIOCryptodevQueue *q)
{
    return !vcrypto_store_census(vcrypto_engine_store(q->engine)).closed;
}

uint64_t virtio_cryptodev_queue_sweep(VirtIOCryptodevQueue *q, uint64_t cost)
{
    struct vcrypto_store *store = vcrypto_engine_store(q->engine);
    uint64_t most = MAX(VIRTIO_CRYPTODEV_SWEEP, cost / VIRTIO_CRYPTODEV_END_COST);
    uint32_t closed = vcrypto_store_census(store).closed;

    if (!closed) {
        return 0;
    }
    closed -= vcrypto_store_sweep(store, MIN(most, UINT32_MAX));
    virtio_cryptodev_queue_trim(q);
    return closed * (uint64_t)VIRTIO_CRYPTODEV_END_COST;
}

/*
 * The tables also when nothing has been in them: calloc() may have touched all
 * of them to make them zero.
 */
static void trim_reset(VirtIOCryptodevQueue *q)
{
    uintptr_t page = qemu_real_host_page_size();
    uintptr_t start, end;
    size_t len;

    start = (uintptr_t)vcrypto_engine_idle_memory(q->engine, &len);
    end = QEMU_ALIGN_DOWN(start + len, page);
    start = QEMU_ALIGN_UP(start, page);
    if (start < end) {
        /* If the system does not take it, it stays as it is. */
        (void)qemu_madvise((void *)start, end - start, QEMU_MADV_DONTNEED);
    }
    if (q->most_sessions >= SOME_SESSIONS) {
        trim_heap();
    }
    q->most_sessions = 0;
}

void virtio_cryptodev_queue_forget(VirtIOCryptodevQueue *q)
{
    virtio_cryptodev_lane_lock(q->lane);
    vcrypto_engine_reset(q->engine);
    q->times = (VirtIOCryptodevTimes) { 0 };
    trim_reset(q);
    virtio_cryptodev_lane_unlock(q->lane);
}
