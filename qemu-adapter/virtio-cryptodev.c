/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtio-cryptodev device: properties, life cycle, configuration space.
 */

#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "qapi/error.h"
#include "hw/boards.h"
#include "migration/vmstate.h"
#include "qemu-compat.h"
#include "trace.h"
#include "virtio-cryptodev-lane.h"
#include "virtio-ids.h"
#include "virtio-unplug.h"
#include <vcrypto/backends.h>

#define BACKEND(name) &vcrypto_backend_##name,

#define MIN_QUEUE_SIZE 4    /* a request's without an indirect table */

/* What this QEMU is linked with, by meson.build; the first one is the default. */
static const struct vcrypto_backend *const backends[] = {
    VCRYPTO_BACKENDS(BACKEND)
};

static const struct vcrypto_backend *find_backend(const char *name,
                                                  Error **errp)
{
    g_autoptr(GString) known = g_string_new(NULL);

    /* No cryptography at all has to be asked for. */
    if (!name && backends[0] != &vcrypto_backend_null) {
        return backends[0];
    }
    for (size_t i = 0; i < ARRAY_SIZE(backends); i++) {
        if (!g_strcmp0(name, backends[i]->name)) {
            return backends[i];
        }
        g_string_append_printf(known, " '%s'", backends[i]->name);
    }
    error_setg(errp, "property 'backend' is '%s'; it must be one of%s",
               name ? name : "", known->str);
    return NULL;
}

static bool check_range(const char *property, uint32_t value, uint32_t min,
                        uint32_t max, Error **errp)
{
    if (value < min || value > max) {
        error_setg(errp, "property '%s' is %" PRIu32 "; it must be from %"
                   PRIu32 " to %" PRIu32, property, value, min, max);
        return false;
    }
    return true;
}

bool virtio_cryptodev_check_queues(uint32_t queues, uint32_t size, Error **errp)
{
    if (!is_power_of_2(size) || size < MIN_QUEUE_SIZE ||
        size > VIRTQUEUE_MAX_SIZE) {
        error_setg(errp, "property 'queue-size' is %" PRIu32 "; it must be a "
                   "power of two from %d to %d", size, MIN_QUEUE_SIZE,
                   VIRTQUEUE_MAX_SIZE);
        return false;
    }
    return check_range("queues", queues, 1, VCRYPTO_MAX_QUEUES, errp);
}

/* Who shares a queue finds the device busy and sleeps until an interrupt. */
void virtio_cryptodev_settle_queues(VirtIOCryptodev *dev)
{
    if (!dev->num_queues) {
        dev->num_queues = MIN(current_machine->smp.cpus, VCRYPTO_MAX_QUEUES);
    }
}

static bool check_properties(VirtIOCryptodev *dev, Error **errp)
{
    return virtio_cryptodev_check_queues(dev->num_queues, dev->queue_size, errp)
        && check_range("max-contexts", dev->limits.contexts, 1,
                       VCRYPTO_MAX_CONTEXTS, errp)
        && check_range("max-sessions", dev->limits.sessions, 0,
                       VCRYPTO_MAX_SESSIONS, errp)
        && check_range("max-payload", dev->limits.payload, VCRYPTO_MIN_PAYLOAD,
                       VCRYPTO_MAX_PAYLOAD, errp)
        && check_range("max-aad", dev->limits.aad, 0, VCRYPTO_MAX_AAD, errp);
}

/*
 * Possibly called from within one of the device's own handlers, see
 * virtio-cryptodev-queue.c.  The keys are wiped here, if there are any.
 */
static void virtio_cryptodev_unrealize(DeviceState *qdev)
{
    vcrypto_unplug(VIRTIO_DEVICE(qdev));
    virtio_cleanup(VIRTIO_DEVICE(qdev));
}

static void virtio_cryptodev_finalize(Object *obj)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(obj);

    for (uint32_t i = 0; dev->queues && i < dev->num_queues; i++) {
        virtio_cryptodev_queue_fini(&dev->queues[i]);
    }
    g_free(dev->queues);
    virtio_cryptodev_turns_fini(dev);
    virtio_cryptodev_lanes_fini(dev);
}

static void virtio_cryptodev_realize(DeviceState *qdev, Error **errp)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(qdev);
    const struct vcrypto_backend *backend;

    virtio_cryptodev_settle_queues(dev);
    if (!check_properties(dev, errp)) {
        return;
    }
    backend = find_backend(dev->backend, errp);
    if (!backend) {
        return;
    }
    /* More queues are for speed, not a reason for a guest to hold more. */
    if (!dev->limits.sessions) {
        dev->limits.sessions = VCRYPTO_DEFAULT_SESSIONS / dev->num_queues;
    }
    if (backend == &vcrypto_backend_null) {
        warn_report("virtio-cryptodev: backend 'null' does no cryptography; "
                    "the guest's data is not protected");
    }
    virtio_init(VIRTIO_DEVICE(qdev), VIRTIO_ID_CRYPTODEV,
                sizeof(struct vcrypto_config));
    virtio_cryptodev_turns_init(dev);
    virtio_cryptodev_lanes_init(dev);
    dev->queues = g_new0(VirtIOCryptodevQueue, dev->num_queues);
    for (uint32_t i = 0; i < dev->num_queues; i++) {
        if (!virtio_cryptodev_queue_init(&dev->queues[i], dev, backend, errp)) {
            virtio_cleanup(VIRTIO_DEVICE(qdev));
            return;
        }
    }
    if (!virtio_cryptodev_iothreads_init(dev, errp)) {
        virtio_cleanup(VIRTIO_DEVICE(qdev));
        return;
    }
    trace_virtio_cryptodev_realize(dev, backend->name, dev->num_queues,
                                   vcrypto_engine_size(&dev->limits, backend));
}

static uint64_t virtio_cryptodev_get_features(VirtIODevice *vdev,
                                              uint64_t features, Error **errp)
{
    return features;
}

static void virtio_cryptodev_get_config(VirtIODevice *vdev, uint8_t *config)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(vdev);
    struct vcrypto_config wire;

    vcrypto_engine_config(dev->queues[0].engine, dev->num_queues, &wire);
    memcpy(config, &wire, sizeof(wire));
}

static void virtio_cryptodev_reset(VirtIODevice *vdev)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(vdev);

    trace_virtio_cryptodev_reset(dev);
    for (uint32_t i = 0; i < dev->num_queues; i++) {
        virtio_cryptodev_queue_reset(&dev->queues[i]);
    }
}

static void virtio_cryptodev_queue_was_reset(VirtIODevice *vdev, uint32_t index)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(vdev);

    if (index < dev->num_queues) {
        virtio_cryptodev_lane_stop(dev->queues[index].lane);
        virtio_cryptodev_queue_reset(&dev->queues[index]);
    }
}

/*
 * Runs also when the VM stops and when it goes on: requests that came in
 * between have been notified already and would otherwise wait for ever.
 */
static SetStatusRet virtio_cryptodev_set_status(VirtIODevice *vdev, uint8_t status)
{
    VirtIOCryptodev *dev = VIRTIO_CRYPTODEV(vdev);

    if (vdev->vm_running && (status & VIRTIO_CONFIG_S_DRIVER_OK)) {
        virtio_cryptodev_wake(dev);
    }
    return SET_STATUS_DONE;
}

/*
 * Contexts and sessions stay behind: they live in the crypto provider, and no
 * key travels.  The driver has all that it takes to make them again, and finds
 * out that it has to when one is refused.  Between turns nothing is popped, so
 * what is under way is in the rings.
 */
static const VMStateDescription vmstate_virtio_cryptodev = {
    .name = "virtio-cryptodev",
    .minimum_version_id = 1,
    .version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT32_EQUAL(num_queues, VirtIOCryptodev,
                             "property 'queues' must be as it was"),
        VMSTATE_UINT32_EQUAL(queue_size, VirtIOCryptodev,
                             "property 'queue-size' must be as it was"),
        VMSTATE_UINT32_EQUAL(limits.contexts, VirtIOCryptodev,
                             "property 'max-contexts' must be as it was"),
        VMSTATE_UINT32_EQUAL(limits.sessions, VirtIOCryptodev,
                             "property 'max-sessions' must be as it was"),
        VMSTATE_UINT32_EQUAL(limits.payload, VirtIOCryptodev,
                             "property 'max-payload' must be as it was"),
        VMSTATE_UINT32_EQUAL(limits.aad, VirtIOCryptodev,
                             "property 'max-aad' must be as it was"),
        VMSTATE_VIRTIO_DEVICE,
        VMSTATE_END_OF_LIST()
    },
};

static VCryptoProperty virtio_cryptodev_properties[] = {
    DEFINE_PROP_UINT32("queues", VirtIOCryptodev, num_queues, 0),
    DEFINE_PROP_UINT32("queue-size", VirtIOCryptodev, queue_size,
                       VIRTQUEUE_MAX_SIZE),
    DEFINE_PROP_UINT32("max-contexts", VirtIOCryptodev, limits.contexts,
                       VCRYPTO_DEFAULT_CONTEXTS),
    DEFINE_PROP_UINT32("max-sessions", VirtIOCryptodev, limits.sessions, 0),
    DEFINE_PROP_UINT32("max-payload", VirtIOCryptodev, limits.payload,
                       VCRYPTO_DEFAULT_PAYLOAD),
    DEFINE_PROP_UINT32("max-aad", VirtIOCryptodev, limits.aad,
                       VCRYPTO_DEFAULT_AAD),
    DEFINE_PROP_UINT32("at-once", VirtIOCryptodev, at_once, 65536),
    DEFINE_PROP_STRING("backend", VirtIOCryptodev, backend),
    DEFINE_PROP_LINK("iothread", VirtIOCryptodev, iothread, TYPE_IOTHREAD,
                     IOThread *),
    DEFINE_PROP_STRING("iothreads", VirtIOCryptodev, iothreads),
    VCRYPTO_PROP_IOTHREAD_VQ_MAPPING(VirtIOCryptodev, iothread_vq_mapping)
    VCRYPTO_PROP_END
};

static void virtio_cryptodev_class_init(ObjectClass *klass,
                                        VCryptoClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);

    dc->desc = "Virtio crypto device for /dev/crypto";
    dc->vmsd = &vmstate_virtio_cryptodev;
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    device_class_set_props(dc, virtio_cryptodev_properties);
    virtio_cryptodev_add_counters(klass);
    virtio_cryptodev_add_faults(klass);
    vdc->realize = virtio_cryptodev_realize;
    vdc->unrealize = virtio_cryptodev_unrealize;
    vdc->get_features = virtio_cryptodev_get_features;
    vdc->get_config = virtio_cryptodev_get_config;
    vdc->set_status = virtio_cryptodev_set_status;
    vdc->reset = virtio_cryptodev_reset;
    vdc->queue_reset = virtio_cryptodev_queue_was_reset;
    virtio_cryptodev_lanes_add(vdc);
}

static const TypeInfo virtio_cryptodev_info = {
    .name = TYPE_VIRTIO_CRYPTODEV,
    .parent = TYPE_VIRTIO_DEVICE,
    .instance_size = sizeof(VirtIOCryptodev),
    .instance_finalize = virtio_cryptodev_finalize,
    .class_init = virtio_cryptodev_class_init,
};

static void virtio_cryptodev_register_types(void)
{
    type_register_static(&virtio_cryptodev_info);
}

type_init(virtio_cryptodev_register_types)
