/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Who is who on the bus: the one place for the numbers by which a guest finds
 * the driver for each of the small devices.
 *
 * A virtio device has a device type (virtio 1.2, 5).  Ours are from the range
 * that the specification has not assigned.  At most 63, because a modern PCI
 * device is numbered 0x1040 + id and the range ends at 0x107f.
 *
 *	60	the crypto device	VCRYPTO_VIRTIO_ID in vcrypto/wire.h
 *	61	virtio-demo, vhost-demo	the same device, served by QEMU or the kernel
 *	62	caesar
 */
#ifndef VCRYPTO_SMALL_DEVICES_IDS_H
#define VCRYPTO_SMALL_DEVICES_IDS_H

#include <vcrypto/wire.h>

#define VCRYPTO_VIRTIO_DEMO_ID 61
#define VCRYPTO_CAESAR_ID 62

VCRYPTO_ASSERT(VCRYPTO_VIRTIO_ID != VCRYPTO_VIRTIO_DEMO_ID &&
	       VCRYPTO_VIRTIO_ID != VCRYPTO_CAESAR_ID, "virtio ids are distinct");

/* Plain PCI devices: vendor 1234 is nobody's, and emulators use it for their own. */
#define VCRYPTO_SMALL_PCI_VENDOR 0x1234
#define VCRYPTO_PCI_DEMO_DEVICE 0xde30
#define VCRYPTO_MY_RNG_DEVICE 0xcafe
#define VCRYPTO_MY_RNG_REVISION 0x10

#endif /* VCRYPTO_SMALL_DEVICES_IDS_H */
