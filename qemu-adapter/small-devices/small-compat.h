/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between QEMU versions for the small devices alone. */
#ifndef HW_VCRYPTO_SMALL_COMPAT_H
#define HW_VCRYPTO_SMALL_COMPAT_H

#include "hw/vcrypto/qemu-compat.h"

/* Where PCIDevice is defined: since 8.0 in a header of its own. */
#if __has_include("hw/pci/pci_device.h")
#include "hw/pci/pci_device.h"
#else
#include "hw/pci/pci.h"
#endif

/* How to say what a reset does; the end of property lists went away with it. */
#ifdef DEFINE_PROP_END_OF_LIST
#define small_device_set_reset(dc, function) ((dc)->reset = (function))
#else
#define small_device_set_reset device_class_set_legacy_reset
#endif

#endif /* HW_VCRYPTO_SMALL_COMPAT_H */
