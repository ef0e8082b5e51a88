/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * virtio-cryptodev: a virtio device that executes cryptodev requests with
 * libvcrypto.
 *
 *   virtio-cryptodev.c           the device: properties and life cycle
 *   virtio-cryptodev-turn.c      when the queues are looked at, for how long
 *   virtio-cryptodev-queue.c     one queue: from chains to the engine and back
 *   virtio-cryptodev-memory.c    memory that sessions have left
 *   virtio-cryptodev-counters.c  what the engines count, for qom-get
 *   virtio-cryptodev-faults.c    faults to order, for qom-set
 *   virtio-cryptodev-pci.c       the device on a PCI bus
 *   virtio-cryptodev-lane.h      queues whose work an IOThread does
 */
#ifndef HW_VCRYPTO_VIRTIO_CRYPTODEV_H
#define HW_VCRYPTO_VIRTIO_CRYPTODEV_H

#include "qemu-compat.h"
#include "qom/object.h"
#include <vcrypto/serve.h>

#define TYPE_VIRTIO_CRYPTODEV "virtio-cryptodev-device"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOCryptodev, VIRTIO_CRYPTODEV)

typedef struct IOThread IOThread;
typedef struct VirtIOCryptodevLane VirtIOCryptodevLane;

/*
 * What batches took, in nanoseconds: how many requests were in batches below
 * 2^(n + 10), and at or above half of that; the last has the rest.
 */
#define VIRTIO_CRYPTODEV_TIMES 24

typedef struct VirtIOCryptodevTimes {
    uint64_t batches;
    uint64_t requests[VIRTIO_CRYPTODEV_TIMES];
} VirtIOCryptodevTimes;

/* Every queue has an engine of its own; engines share nothing. */
typedef struct VirtIOCryptodevQueue {
    VirtIOCryptodev *dev;
    VirtQueue *vq;
    bool waiting;                       /* has, or may have, requests */
    unsigned resets;                    /* what was popped before is void */
    void *memory;                       /* the engine's */
    uint32_t most_sessions;             /* since memory was given back */
    struct vcrypto_engine *engine;
    VirtIOCryptodevLane *lane;          /* NULL: it has no IOThread */
    VirtIOCryptodevTimes times;         /* since the last reset */
} VirtIOCryptodevQueue;

/* A piece of the guest's memory, and whose it is, a reference, beside it. */
typedef struct VirtIOCryptodevRAMTable {
    GArray *regions;                    /* struct vcrypto_region */
    GPtrArray *owners;                  /* MemoryRegion */
} VirtIOCryptodevRAMTable;

/* See virtio-cryptodev-ram.c. */
typedef struct VirtIOCryptodevRAM {
    MemoryListener listener;
    VirtIOCryptodev *dev;
    VirtIOCryptodevRAMTable table, next;
    bool translated;
    struct vcrypto_memory memory;       /* the table's; all lanes locked */
} VirtIOCryptodevRAM;

struct VirtIOCryptodev {
    VirtIODevice parent_obj;

    VirtIOCryptodevQueue *queues;       /* num_queues of them, once realized */
    QEMUBH *bh;
    bool busy;                          /* somebody is within a turn */
    uint32_t first;                     /* queue, in the next turn */
    QEMUTimer *pause;                   /* until which there is no turn */
    uint64_t since_pause;               /* what was done, in vcrypto_cost()s */
    struct vcrypto_request requests[VCRYPTO_BATCH];     /* of that turn */
    bool started;                       /* has ioeventfds */
    bool has_lanes;                     /* and lanes that run */
    bool lane_failed;                   /* and nobody has been told; atomic */
    QEMUBH *failed;                     /* tells */
    VirtIOCryptodevRAM ram;

    /* properties */
    uint32_t num_queues;                /* 0 until settled, by default */
    uint32_t queue_size;
    struct vcrypto_limits limits;
    char *backend;
    uint32_t at_once;                   /* bytes, in the guest's access */
    IOThread *iothread;
    char *iothreads;                    /* ids, with colons between them */
    struct IOThreadVirtQueueMappingList *iothread_vq_mapping;
};

/* Properties 'queues' and 'queue-size', also of the device in a daemon. */
bool virtio_cryptodev_check_queues(uint32_t queues, uint32_t size, Error **errp);

/*
 * Property 'queues', if it is 0: as many as the machine has processors.  When
 * the device is realized, or before by a transport that has to know.
 */
void virtio_cryptodev_settle_queues(VirtIOCryptodev *dev);

/* Adds the device's next virtqueue.  False with @errp set on failure. */
bool virtio_cryptodev_queue_init(VirtIOCryptodevQueue *q, VirtIOCryptodev *dev,
                                 const struct vcrypto_backend *backend,
                                 Error **errp);

/* What a turn may still do, in the unit of vcrypto_cost(), and has done. */
typedef struct VirtIOCryptodevWork {
    uint64_t left;
    uint64_t bytes_left;                /* that the requests may have */
    bool whatever_it_costs;             /* the next request is taken */
    uint64_t done;
    unsigned requests;
} VirtIOCryptodevWork;

/*
 * Answers a batch of the queue's requests, as far as @work lets it.  Says in
 * q->waiting whether there may be more; if not, the guest will notify us.  The
 * device may be gone after that, but for its memory.
 */
void virtio_cryptodev_queue_handle(VirtIOCryptodevQueue *q,
                                   VirtIOCryptodevWork *work);

/* What a turn may cost, in the unit of vcrypto_cost(): nanoseconds, about. */
#define VIRTIO_CRYPTODEV_TURN 5000000

/*
 * Sessions that end at once when a context is closed.  If it has more: whether
 * none is left, and the end of as many others as @cost buys, or of these; what
 * that has cost, in the unit of vcrypto_cost().  Turns do it, also in an
 * IOThread.
 */
#define VIRTIO_CRYPTODEV_SWEEP 64
#define VIRTIO_CRYPTODEV_END_COST 2000
#define VIRTIO_CRYPTODEV_SWEEP_COST \
    (VIRTIO_CRYPTODEV_SWEEP * VIRTIO_CRYPTODEV_END_COST)
bool virtio_cryptodev_queue_is_swept(const VirtIOCryptodevQueue *q);
uint64_t virtio_cryptodev_queue_sweep(VirtIOCryptodevQueue *q, uint64_t cost);

/* The queue loses its contexts and sessions, memory of theirs, and counters. */
void virtio_cryptodev_queue_forget(VirtIOCryptodevQueue *q);

/* And what was popped; also for a device that is unplugged. */
void virtio_cryptodev_queue_reset(VirtIOCryptodevQueue *q);

/* After requests: gives memory back to the system if many sessions have gone. */
void virtio_cryptodev_queue_trim(VirtIOCryptodevQueue *q);

/*
 * Undoes virtio_cryptodev_queue_init(); also where that failed or never ran.
 * Not before the device is finalized: a handler may still be running.
 */
void virtio_cryptodev_queue_fini(VirtIOCryptodevQueue *q);

/* To be called before there are queues, and after. */
void virtio_cryptodev_turns_init(VirtIOCryptodev *dev);
void virtio_cryptodev_turns_fini(VirtIOCryptodev *dev);

/* The guest has added requests to @vq. */
void virtio_cryptodev_handle_output(VirtIODevice *vdev, VirtQueue *vq);

/* Looks at all queues, soon. */
void virtio_cryptodev_wake(VirtIOCryptodev *dev);

/*
 * IOThreads: has the queues have those that properties name.  False with @errp
 * set if that is not possible; virtio_cryptodev_queue_fini() undoes it.
 */
bool virtio_cryptodev_iothreads_init(VirtIOCryptodev *dev, Error **errp);

/* Whether there are any, also before that. */
bool virtio_cryptodev_has_iothreads(const VirtIOCryptodev *dev);

/* Adds when lanes start and stop to the device's class; and undoes it. */
void virtio_cryptodev_lanes_add(VirtioDeviceClass *vdc);
void virtio_cryptodev_lanes_init(VirtIOCryptodev *dev);
void virtio_cryptodev_lanes_fini(VirtIOCryptodev *dev);

/* Stops with DEVICE_NEEDS_RESET, the lanes, too. */
void virtio_cryptodev_fail(VirtIOCryptodev *dev, const char *why);

/* Adds the counters to the device's class, as read-only properties. */
void virtio_cryptodev_add_counters(ObjectClass *klass);

/*
 * A batch was begun to be taken from the ring @ns before its answers, of
 * @requests, were in it.
 */
void virtio_cryptodev_count_batch(VirtIOCryptodevQueue *q, int64_t ns,
                                  unsigned requests);

/* Adds what a test can have go wrong, as write-only properties. */
void virtio_cryptodev_add_faults(ObjectClass *klass);

#endif /* HW_VCRYPTO_VIRTIO_CRYPTODEV_H */
