/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One queue of virtio-cryptodev: pops chains, hands their iovecs to the
 * engine, pushes the answers.  What a request means is the engine's business.
 *
 * What a guest names as a buffer, a ring, or the address of an interrupt need
 * not be memory.  So popping, pushing, notifying and what else touches a ring
 * may write to the registers of other devices: to those of a port that resets
 * or unplugs this one, for example, at once.  After each such call we look
 * whether the queue has been reset, which unplugging does as well, and if so
 * leave everything alone.  What we look at is there: it is freed when the
 * object is, and QEMU lets go of that in an RCU callback, which needs the big
 * lock that we hold.
 */

#include "qemu/osdep.h"
#include "qemu/iov.h"
#include "qapi/error.h"
#include "qemu/timer.h"
#include "trace.h"
#include "virtio-cryptodev-lane.h"

/* What was popped and has not been pushed yet; decoded in dev->requests. */
typedef struct Batch {
    VirtQueueElement *elems[VCRYPTO_BATCH];
    uint32_t written[VCRYPTO_BATCH];    /* bytes; 0: there is no room for any */
    unsigned count, executed;           /* so many, the first of them */
    unsigned resets;                    /* the queue's, when the batch began */
    bool more;                          /* there is in the ring */
} Batch;

static bool is_stale(const VirtIOCryptodevQueue *q, const Batch *batch)
{
    return q->resets != batch->resets;
}

/*
 * Lets go of what was popped before a reset, from @first on.  QEMU does not
 * count it any more, so virtqueue_detach_element() must not either; and as the
 * queue has no used ring after a reset, this is the function that only unmaps.
 */
static void drop_batch(VirtIOCryptodevQueue *q, Batch *batch, unsigned first)
{
    for (unsigned i = first; i < batch->count; i++) {
        virtqueue_fill(q->vq, batch->elems[i], 0, 0);
        g_free(batch->elems[i]);
    }
    batch->count = 0;
}

/* What a piece of a chain costs us, to map and unmap; see vcrypto_cost(). */
#define PIECE 100

static uint64_t cost_of(const VirtIOCryptodevQueue *q,
                        const VirtQueueElement *elem,
                        const struct vcrypto_request *request)
{
    return vcrypto_cost(q->engine, request) +
           PIECE * (uint64_t)(elem->out_num + elem->in_num);
}

static bool fits(VirtIOCryptodevWork *work, uint64_t cost, uint64_t bytes)
{
    if ((cost > work->left || bytes > work->bytes_left) &&
        !work->whatever_it_costs) {
        return false;
    }
    work->whatever_it_costs = false;
    work->left -= MIN(cost, work->left);
    work->bytes_left -= MIN(bytes, work->bytes_left);
    work->done += cost;
    work->requests++;
    return true;
}

/* The rest.  Tells of what a failure has wiped; QEMU does of the answer. */
static void execute_batch(VirtIOCryptodevQueue *q, Batch *batch)
{
    struct vcrypto_request *requests = q->dev->requests;
    unsigned i = batch->executed;

    vcrypto_execute(q->engine, &requests[i], batch->count - i);
    for (; i < batch->count; i++) {
        const VirtQueueElement *elem = batch->elems[i];

        if (batch->written[i]) {
            batch->written[i] = vcrypto_encode(q->engine, &requests[i]);
            virtio_cryptodev_written(q->dev, elem->in_sg, elem->in_num,
                                     batch->written[i]);
        }
    }
    batch->executed = i;
}

/* False if that would be more than the turn may still do. */
static bool add_to_batch(VirtIOCryptodevQueue *q, Batch *batch,
                         VirtQueueElement *elem, VirtIOCryptodevWork *work)
{
    struct vcrypto_request *request = &q->dev->requests[batch->count];
    bool has_room = vcrypto_decode(
        q->engine, vcrypto_cursor_start(elem->out_sg, elem->out_num),
        vcrypto_cursor_start(elem->in_sg, elem->in_num), request);

    if (!has_room) {
        request->status = VCRYPTO_BAD_REQUEST;
    }
    /* What it costs is what its session is, which those before may change. */
    if (request->data && batch->count && !request[-1].data) {
        execute_batch(q, batch);
    }
    if (!fits(work, cost_of(q, elem, request),
              iov_size(elem->out_sg, elem->out_num))) {
        return false;
    }
    batch->written[batch->count] = has_room;
    batch->elems[batch->count++] = elem;
    return true;
}

/* Leaves nothing in the batch if the queue was reset in the meantime. */
static void pop_batch(VirtIOCryptodevQueue *q, Batch *batch,
                      VirtIOCryptodevWork *work)
{
    /* QEMU has room for as many as it was told when it made the queue. */
    unsigned most = MIN(VCRYPTO_BATCH, q->dev->queue_size);

    while (batch->count < most) {
        VirtQueueElement *elem = virtqueue_pop(q->vq, sizeof(*elem));

        if (is_stale(q, batch)) {
            if (elem) {
                virtqueue_detach_element(q->vq, elem, 0);
                g_free(elem);
            }
            drop_batch(q, batch, 0);
            return;
        }
        if (!elem) {
            return;
        }
        if (!add_to_batch(q, batch, elem, work)) {
            virtqueue_unpop(q->vq, elem, 0);
            g_free(elem);
            break;
        }
    }
    batch->more = true;
}

/*
 * Returns how many chains were answered; the others leave the queue as well.
 * Ends early where the batch becomes stale.
 */
static unsigned push_batch(VirtIOCryptodevQueue *q, Batch *batch)
{
    unsigned answered = 0;

    for (unsigned i = 0; i < batch->count; i++) {
        if (batch->written[i]) {
            virtqueue_fill(q->vq, batch->elems[i], batch->written[i],
                           answered++);
        } else {
            virtqueue_detach_element(q->vq, batch->elems[i], 0);
        }
        g_free(batch->elems[i]);
        if (is_stale(q, batch)) {
            drop_batch(q, batch, i + 1);
            return answered;
        }
    }
    if (answered) {
        virtqueue_flush(q->vq, answered);
    }
    if (answered && !is_stale(q, batch)) {
        virtio_notify(VIRTIO_DEVICE(q->dev), q->vq);
    }
    return answered;
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

static void answer_batch(VirtIOCryptodevQueue *q, Batch *batch, int64_t begun)
{
    unsigned count = batch->count, answered;
    int64_t took;

    execute_batch(q, batch);
    virtio_cryptodev_queue_trim(q);
    answered = push_batch(q, batch);
    took = get_clock() - begun;
    if (!is_stale(q, batch)) {
        virtio_cryptodev_count_batch(q, took, answered);
    }
    trace_virtio_cryptodev_batch(q->dev, virtio_get_queue_index(q->vq), count,
                                 answered, took);
    if (answered < count && !is_stale(q, batch)) {
        virtio_error(VIRTIO_DEVICE(q->dev),
                     "virtio-cryptodev: request without room for a response");
    }
}

/* Half of what the turn may still do: few would last as long as requests do. */
static void sweep(VirtIOCryptodevQueue *q, VirtIOCryptodevWork *work)
{
    if (work->left >= VIRTIO_CRYPTODEV_SWEEP_COST || work->whatever_it_costs) {
        uint64_t cost = virtio_cryptodev_queue_sweep(q, work->left / 2);

        work->done += cost;
        work->left -= MIN(cost, work->left);
    }
}

void virtio_cryptodev_queue_handle(VirtIOCryptodevQueue *q,
                                   VirtIOCryptodevWork *work)
{
    Batch batch = { .resets = q->resets };
    int64_t begun = get_clock();

    q->waiting = false;
    sweep(q, work);
    pop_batch(q, &batch, work);
    if (batch.count) {
        answer_batch(q, &batch, begun);
    }
    if (!is_stale(q, &batch) &&
        (batch.more || !virtio_cryptodev_queue_is_swept(q) ||
         !queue_is_idle(q->vq))) {
        q->waiting = true;
    }
}

bool virtio_cryptodev_queue_init(VirtIOCryptodevQueue *q, VirtIOCryptodev *dev,
                                 const struct vcrypto_backend *backend,
                                 Error **errp)
{
    size_t size = vcrypto_engine_size(&dev->limits, backend);

    q->dev = dev;
    q->vq = virtio_add_queue(VIRTIO_DEVICE(dev), dev->queue_size,
                             virtio_cryptodev_handle_output);
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
    vcrypto_store_set_most_closed(vcrypto_engine_store(q->engine),
                                  VIRTIO_CRYPTODEV_SWEEP);
    return true;
}

void virtio_cryptodev_queue_reset(VirtIOCryptodevQueue *q)
{
    q->resets++;
    q->waiting = false;
    virtio_cryptodev_queue_forget(q);
}

void virtio_cryptodev_queue_fini(VirtIOCryptodevQueue *q)
{
    if (q->lane) {
        virtio_cryptodev_lane_free(q->lane);
    }
    if (q->vq) {
        virtio_delete_queue(q->vq);
    }
    if (q->engine) {
        vcrypto_engine_fini(q->engine);
    }
    g_free(q->memory);
}
