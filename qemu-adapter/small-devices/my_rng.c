/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * my_rng: srand() and rand() as a PCI device, for lessons and not for security.
 * What the registers do is the model's business:
 * libvcrypto/small-devices/my_rng.h.
 */

#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "migration/vmstate.h"
#include "small-compat.h"
#include <vcrypto/small-devices/ids.h>
#include <vcrypto/small-devices/my_rng.h>

#define TYPE_MY_RNG "my_rng"
OBJECT_DECLARE_SIMPLE_TYPE(MyRNG, MY_RNG)

struct MyRNG {
    PCIDevice parent_obj;

    MemoryRegion bar;
    struct vcrypto_my_rng model;
    bool complained;
};

/* Once for each device: a guest must not be able to fill the host's log. */
static void complain(MyRNG *rng, const char *what, hwaddr offset, unsigned size)
{
    if (!rng->complained) {
        rng->complained = true;
        warn_report("my_rng: no register to %s at offset 0x%" HWADDR_PRIx
                    " with size %u (said once)", what, offset, size);
    }
}

static uint64_t my_rng_read(void *opaque, hwaddr offset, unsigned size)
{
    MyRNG *rng = opaque;
    uint64_t value;

    if (!vcrypto_my_rng_read(&rng->model, offset, size, &value)) {
        complain(rng, "read", offset, size);
    }
    return value;
}

static void my_rng_write(void *opaque, hwaddr offset, uint64_t value,
                         unsigned size)
{
    MyRNG *rng = opaque;

    if (!vcrypto_my_rng_write(&rng->model, offset, size, value)) {
        complain(rng, "write", offset, size);
    }
}

/* Accesses come as the guest made them; the model says what they mean. */
static const MemoryRegionOps my_rng_ops = {
    .read = my_rng_read,
    .write = my_rng_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
};

static void my_rng_realize(PCIDevice *pci, Error **errp)
{
    MyRNG *rng = MY_RNG(pci);

    memory_region_init_io(&rng->bar, OBJECT(rng), &my_rng_ops, rng, "my_rng",
                          VCRYPTO_MY_RNG_BAR_SIZE);
    pci_register_bar(pci, 0, PCI_BASE_ADDRESS_SPACE_MEMORY, &rng->bar);
}

static void my_rng_reset(DeviceState *qdev)
{
    vcrypto_my_rng_reset(&MY_RNG(qdev)->model);
}

/* A saved state is input like any other: an index must stay in its array. */
static bool my_rng_oldest_is_valid(void *opaque, int version_id)
{
    MyRNG *rng = opaque;

    return rng->model.oldest < VCRYPTO_MY_RNG_STATE;
}

static const VMStateDescription vmstate_my_rng = {
    .name = "my_rng",
    .minimum_version_id = 1,
    .version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, MyRNG),
        VMSTATE_UINT32_ARRAY(model.last, MyRNG, VCRYPTO_MY_RNG_STATE),
        VMSTATE_UINT32(model.oldest, MyRNG),
        VMSTATE_VALIDATE("oldest is an index of last", my_rng_oldest_is_valid),
        VMSTATE_END_OF_LIST()
    },
};

static void my_rng_class_init(ObjectClass *klass, VCryptoClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);

    dc->desc = "srand() and rand() of the C library; not for security";
    dc->vmsd = &vmstate_my_rng;
    small_device_set_reset(dc, my_rng_reset);
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    pc->realize = my_rng_realize;
    pc->vendor_id = VCRYPTO_SMALL_PCI_VENDOR;
    pc->device_id = VCRYPTO_MY_RNG_DEVICE;
    pc->revision = VCRYPTO_MY_RNG_REVISION;
    pc->class_id = PCI_CLASS_OTHERS;
}

static const TypeInfo my_rng_info = {
    .name = TYPE_MY_RNG,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(MyRNG),
    .class_init = my_rng_class_init,
    .interfaces = (InterfaceInfo[]) {
        { INTERFACE_CONVENTIONAL_PCI_DEVICE },
        { },
    },
};

static void my_rng_register_types(void)
{
    type_register_static(&my_rng_info);
}

type_init(my_rng_register_types)
