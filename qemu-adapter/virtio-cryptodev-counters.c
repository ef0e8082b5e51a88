/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters of virtio-cryptodev (protocol 4.9), summed over its queues:
 *
 *   (qemu) qom-get /machine/peripheral/ID/virtio-backend requests
 *
 * and each queue's, with who does its work and how long that took:
 *
 *   (qemu) qom-get /machine/peripheral/ID/virtio-backend lanes
 */

#include "qemu/osdep.h"
#include "qemu/host-utils.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "virtio-cryptodev-lane.h"

typedef struct Counter {
    const char *name;
    const char *description;
    size_t offset;
    bool is_64bit;
} Counter;

#define COUNTER(name, member, description) \
    { name, description, offsetof(struct vcrypto_counters, member), \
      sizeof_field(struct vcrypto_counters, member) == 8 }

static const Counter counter_table[] = {
    COUNTER("requests", requests, "requests answered since the last reset"),
    COUNTER("failures", failures, "of those, with a status other than OK"),
    COUNTER("crypt-requests", crypt_requests, "of those, data requests"),
    COUNTER("bytes-in", bytes_in, "source bytes processed"),
    COUNTER("bytes-out", bytes_out, "destination bytes produced"),
    COUNTER("sessions-created", sessions_created, "sessions ever created"),
    COUNTER("contexts", contexts, "contexts open now"),
    COUNTER("sessions", sessions, "sessions live now"),
};

static uint64_t counter_value(const struct vcrypto_counters *values,
                              const Counter *counter)
{
    const void *at = (const char *)values + counter->offset;

    return counter->is_64bit ? ldq_le_p(at) : (uint32_t)ldl_le_p(at);
}

static void get_counter(Object *obj, Visitor *v, const char *name,
                        void *opaque, Error **errp)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(obj);
    uint64_t sum = 0;

    /* Before the device is realized there is nothing to count. */
    for (uint32_t i = 0; dev->queues && i < dev->num_queues; i++) {
        struct vcrypto_counters values;

        virtio_cryptodev_lane_lock(dev->queues[i].lane);
        vcrypto_engine_counters(dev->queues[i].engine, &values);
        virtio_cryptodev_lane_unlock(dev->queues[i].lane);
        sum += counter_value(&values, opaque);
    }
    visit_type_uint64(v, name, &sum, errp);
}

void virtio_cryptodev_count_batch(VirtIOCryptodevQueue *q, int64_t ns,
                                  unsigned requests)
{
    int bits = 64 - clz64(ns);

    q->times.batches++;
    q->times.requests[MIN(MAX(bits - 10, 0), VIRTIO_CRYPTODEV_TIMES - 1)] +=
        requests;
}

static void visit_number(Visitor *v, const char *name, uint64_t number)
{
    visit_type_uint64(v, name, &number, &error_abort);
}

/* Those that are not empty. */
static void visit_times(Visitor *v, const VirtIOCryptodevTimes *times)
{
    visit_start_list(v, "latency", NULL, 0, &error_abort);
    for (unsigned i = 0; i < VIRTIO_CRYPTODEV_TIMES; i++) {
        if (times->requests[i]) {
            visit_start_struct(v, NULL, NULL, 0, &error_abort);
            visit_number(v, "below-ns", i == VIRTIO_CRYPTODEV_TIMES - 1 ?
                                        UINT64_MAX : 1024ull << i);
            visit_number(v, "requests", times->requests[i]);
            visit_end_struct(v, NULL);
        }
    }
    visit_end_list(v, NULL);
}

static void visit_queue(Visitor *v, VirtIOCryptodevQueue *q)
{
    g_autofree char *id = virtio_cryptodev_lane_id(q->lane);
    VirtIOCryptodevTimes times;
    struct vcrypto_counters values;

    virtio_cryptodev_lane_lock(q->lane);
    vcrypto_engine_counters(q->engine, &values);
    times = q->times;
    virtio_cryptodev_lane_unlock(q->lane);
    visit_start_struct(v, NULL, NULL, 0, &error_abort);
    visit_number(v, "queue", virtio_get_queue_index(q->vq));
    visit_type_str(v, "iothread", &id, &error_abort);
    for (size_t i = 0; i < ARRAY_SIZE(counter_table); i++) {
        visit_number(v, counter_table[i].name,
                     counter_value(&values, &counter_table[i]));
    }
    visit_number(v, "batches", times.batches);
    visit_times(v, &times);
    visit_end_struct(v, NULL);
}

static void get_lanes(Object *obj, Visitor *v, const char *name, void *opaque,
                      Error **errp)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(obj);

    visit_start_list(v, name, NULL, 0, &error_abort);
    for (uint32_t i = 0; dev->queues && i < dev->num_queues; i++) {
        visit_queue(v, &dev->queues[i]);
    }
    visit_end_list(v, NULL);
}

void virtio_cryptodev_add_counters(ObjectClass *klass)
{
    for (size_t i = 0; i < ARRAY_SIZE(counter_table); i++) {
        const Counter *counter = &counter_table[i];

        object_class_property_add(klass, counter->name, "uint64", get_counter,
                                  NULL, NULL, (void *)counter);
        object_class_property_set_description(klass, counter->name,
                                              counter->description);
    }
    object_class_property_add(klass, "lanes", "list", get_lanes, NULL, NULL,
                              NULL);
    object_class_property_set_description(klass, "lanes",
        "the same of each queue, with its IOThread and what batches took");
}
