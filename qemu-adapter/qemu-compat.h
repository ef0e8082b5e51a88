/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between the QEMU versions that the adapter builds with, so
 * that no other file asks for a version.  Supported: 7.2 to 11.0.
 */
#ifndef HW_VCRYPTO_QEMU_COMPAT_H
#define HW_VCRYPTO_QEMU_COMPAT_H

/*
 * Where headers are.  Whatever is asked for below must have had its chance to
 * be defined.
 */
#if __has_include("hw/core/qdev-properties.h")
#include "hw/core/qdev-properties.h"
#include "hw/core/qdev-properties-system.h"
#else
#include "hw/qdev-properties.h"
#include "hw/qdev-properties-system.h"
#endif
#if __has_include("qemu/aio.h")
#include "qemu/aio.h"
#else
#include "block/aio.h"
#endif
#if __has_include("system/memory.h")
#include "system/address-spaces.h"
#include "system/memory.h"
#else
#include "exec/address-spaces.h"
#include "exec/memory.h"
#endif
#include "hw/virtio/virtio.h"

/* What a class is initialized with; we use none.  Constant from 10.1 on. */
#if __has_include("system/memory.h")
typedef const void VCryptoClassData;
#else
typedef void VCryptoClassData;
#endif

/*
 * What a device's set_status() returns: nothing, and since some release after
 * 10.0 an int, of which 0 says that it was done.
 */
typedef typeof(((VirtioDeviceClass *)NULL)->set_status(NULL, 0)) SetStatusRet;
#define SET_STATUS_DONE ((SetStatusRet)0)

/* Property lists: 10.0 counts the entries, wants no end, and wants const. */
#ifdef DEFINE_PROP_END_OF_LIST
typedef Property VCryptoProperty;
#define VCRYPTO_PROP_END DEFINE_PROP_END_OF_LIST(),
#else
typedef const Property VCryptoProperty;
#define VCRYPTO_PROP_END
#endif

/*
 * 7.2 wants to know of each handler whether it may do without for a while, and
 * has no property that maps queues to IOThreads.
 */
#if __has_include("system/iothread.h")
#include "system/iothread.h"
#include "hw/virtio/iothread-vq-mapping.h"
#define VCRYPTO_HAS_IOTHREAD_VQ_MAPPING
#define VCRYPTO_PROP_IOTHREAD_VQ_MAPPING(state, field) \
    DEFINE_PROP_IOTHREAD_VQ_MAPPING_LIST("iothread-vq-mapping", state, field),
#define vcrypto_aio_set_event_notifier aio_set_event_notifier
#else
#include "sysemu/iothread.h"
typedef struct IOThreadVirtQueueMappingList IOThreadVirtQueueMappingList;
#define VCRYPTO_PROP_IOTHREAD_VQ_MAPPING(state, field)
#define vcrypto_aio_set_event_notifier(ctx, notifier, read, poll, ready) \
    aio_set_event_notifier(ctx, notifier, false, read, poll, ready)
#endif

/*
 * A bottom half that cannot be entered again by way of the device's own
 * registers.  The first releases of 7.2 had no such guard.
 */
#ifdef virtio_bh_new_guarded
#define vcrypto_bh_new virtio_bh_new_guarded
#else
#define vcrypto_bh_new(dev, callback, opaque) qemu_bh_new(callback, opaque)
#endif

/* Whether they are closed already, because one of them is being accessed. */
static inline bool vcrypto_is_guarded(DeviceState *dev)
{
#ifdef virtio_bh_new_guarded
    return qdev_get_parent_bus(dev)->parent->mem_reentrancy_guard.engaged_in_io;
#else
    return false;
#endif
}

#endif /* HW_VCRYPTO_QEMU_COMPAT_H */
