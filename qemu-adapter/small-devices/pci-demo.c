/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pci-demo: a PCI device with one register.  What the register does is the
 * model's business: libvcrypto/small-devices/pci-demo.h.
 */

#include "qemu/osdep.h"
#include "qemu/module.h"
#include "migration/vmstate.h"
#include "small-compat.h"
#include <vcrypto/small-devices/ids.h>
#include <vcrypto/small-devices/pci-demo.h>

#define TYPE_PCI_DEMO "pci-demo"
OBJECT_DECLARE_SIMPLE_TYPE(PCIDemo, PCI_DEMO)

struct PCIDemo {
    PCIDevice parent_obj;

    MemoryRegion bar;
    struct vcrypto_pci_demo model;
};

static uint64_t pci_demo_read(void *opaque, hwaddr offset, unsigned size)
{
    PCIDemo *demo = opaque;

    return vcrypto_pci_demo_read(&demo->model, offset, size);
}

static void pci_demo_write(void *opaque, hwaddr offset, uint64_t value,
                           unsigned size)
{
    PCIDemo *demo = opaque;

    vcrypto_pci_demo_write(&demo->model, offset, size, value);
}

/* Accesses come as the guest made them; the model says what they mean. */
static const MemoryRegionOps pci_demo_ops = {
    .read = pci_demo_read,
    .write = pci_demo_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
    .impl = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
};

static void pci_demo_realize(PCIDevice *pci, Error **errp)
{
    PCIDemo *demo = PCI_DEMO(pci);

    memory_region_init_io(&demo->bar, OBJECT(demo), &pci_demo_ops, demo,
                          "pci-demo", VCRYPTO_PCI_DEMO_BAR_SIZE);
    pci_register_bar(pci, 0, PCI_BASE_ADDRESS_SPACE_MEMORY, &demo->bar);
}

static void pci_demo_reset(DeviceState *qdev)
{
    vcrypto_pci_demo_reset(&PCI_DEMO(qdev)->model);
}

static const VMStateDescription vmstate_pci_demo = {
    .name = "pci-demo",
    .minimum_version_id = 1,
    .version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_PCI_DEVICE(parent_obj, PCIDemo),
        VMSTATE_UINT32(model.value, PCIDemo),
        VMSTATE_END_OF_LIST()
    },
};

static void pci_demo_class_init(ObjectClass *klass, VCryptoClassData *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);

    dc->desc = "A PCI device with one register";
    dc->vmsd = &vmstate_pci_demo;
    small_device_set_reset(dc, pci_demo_reset);
    set_bit(DEVICE_CATEGORY_MISC, dc->categories);
    pc->realize = pci_demo_realize;
    pc->vendor_id = VCRYPTO_SMALL_PCI_VENDOR;
    pc->device_id = VCRYPTO_PCI_DEMO_DEVICE;
    pc->class_id = PCI_CLASS_OTHERS;
}

static const TypeInfo pci_demo_info = {
    .name = TYPE_PCI_DEMO,
    .parent = TYPE_PCI_DEVICE,
    .instance_size = sizeof(PCIDemo),
    .class_init = pci_demo_class_init,
    .interfaces = (InterfaceInfo[]) {
        { INTERFACE_CONVENTIONAL_PCI_DEVICE },
        { },
    },
};

static void pci_demo_register_types(void)
{
    type_register_static(&pci_demo_info);
}

type_init(pci_demo_register_types)
