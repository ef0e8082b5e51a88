/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A virtio device on the memory bus (virtio 1.2, 4.2), over the library's ring: what a VMM
 * needs beside vcrypto/vring.h if its guests find devices by an address.  Two files to
 * copy; they know nothing of the machine around them.
 *
 *	virtio_mmio_start(&mmio);			power on
 *	virtio_mmio_write(&mmio, offset, 4, value);	when the guest accesses the registers
 *	while (virtio_mmio_serve(&mmio));		some time after that
 *	set_line(virtio_mmio_line(&mmio));		after each of these calls
 *
 * The driver is not trusted.  A register that does not exist, or that is accessed with
 * another size than the standard's, reads as zero and ignores writes.  So do all that the
 * standard forbids a driver: a status bit out of order or taken back, features after
 * FEATURES_OK, a queue's fields while it is ready.  A queue that cannot be, or that breaks
 * a rule of the ring, stops the device: DEVICE_NEEDS_RESET.
 *
 * Not offered: notification data, resetting one queue by register, shared memory.
 *
 * One device is used by one thread at a time: the embedder's lock is held in each call.
 */
#ifndef VIRTIO_MMIO_H
#define VIRTIO_MMIO_H

#include <vcrypto/serve.h>

/* What a device takes of the address space, in bytes: registers, then config space. */
#define VIRTIO_MMIO_CONFIG 0x100
#define VIRTIO_MMIO_BYTES 0x200

/* Registers (virtio 1.2, 4.2.2). */
enum virtio_mmio_register {
	VIRTIO_MMIO_MAGIC = 0x000,
	VIRTIO_MMIO_VERSION = 0x004,
	VIRTIO_MMIO_DEVICE_ID = 0x008,
	VIRTIO_MMIO_VENDOR_ID = 0x00c,
	VIRTIO_MMIO_DEVICE_FEATURES = 0x010,
	VIRTIO_MMIO_DEVICE_FEATURES_SEL = 0x014,
	VIRTIO_MMIO_DRIVER_FEATURES = 0x020,
	VIRTIO_MMIO_DRIVER_FEATURES_SEL = 0x024,
	VIRTIO_MMIO_QUEUE_SEL = 0x030,
	VIRTIO_MMIO_QUEUE_NUM_MAX = 0x034,
	VIRTIO_MMIO_QUEUE_NUM = 0x038,
	VIRTIO_MMIO_QUEUE_READY = 0x044,
	VIRTIO_MMIO_QUEUE_NOTIFY = 0x050,
	VIRTIO_MMIO_INTERRUPT_STATUS = 0x060,
	VIRTIO_MMIO_INTERRUPT_ACK = 0x064,
	VIRTIO_MMIO_STATUS = 0x070,
	VIRTIO_MMIO_QUEUE_DESC = 0x080,		/* these three: low half, then high half */
	VIRTIO_MMIO_QUEUE_DRIVER = 0x090,
	VIRTIO_MMIO_QUEUE_DEVICE = 0x0a0,
	VIRTIO_MMIO_SHM_LEN = 0x0b0,		/* and the high half */
	VIRTIO_MMIO_SHM_BASE = 0x0b8,		/* and the high half */
	VIRTIO_MMIO_CONFIG_GENERATION = 0x0fc,
};

#define VIRTIO_MMIO_MAGIC_VALUE 0x74726976u	/* "virt" */

/* Bits of the device status (virtio 1.2, 2.1). */
enum virtio_status {
	VIRTIO_ACKNOWLEDGE = 1,
	VIRTIO_DRIVER = 2,
	VIRTIO_DRIVER_OK = 4,
	VIRTIO_FEATURES_OK = 8,
	VIRTIO_NEEDS_RESET = 64,
	VIRTIO_FAILED = 128,
};

/* Bits of InterruptStatus (virtio 1.2, 4.2.2). */
#define VIRTIO_MMIO_INT_USED 1u
#define VIRTIO_MMIO_INT_CONFIG 2u

#define VIRTIO_F_VERSION_1 ((uint64_t)1 << 32)

/* What kind of device it is.  @context of the functions is that of struct virtio_mmio. */
struct virtio_mmio_device {
	uint32_t id;			/* virtio 1.2, 5 */
	uint32_t queue_size;		/* descriptors; a power of two, at most VCRYPTO_VRING_MAX */
	uint32_t config_len;		/* bytes; at most VIRTIO_MMIO_BYTES - VIRTIO_MMIO_CONFIG */
	uint64_t features;		/* of the device itself; the ring's are added */
	/* Executes chains of a queue; its first argument is the queue's own context. */
	vcrypto_execute_fn execute;
	void (*get_config)(void *context, void *config);	/* all config_len bytes */
	void (*set_config)(void *context, const void *config);	/* NULL: it is read-only */
	/* Forget sessions and parameters.  Requests that have not been served never are. */
	void (*reset)(void *context);
};

/* A queue: @context is the embedder's. */
struct virtio_mmio_queue {
	void *context;
	/* private */
	struct vcrypto_vring ring;
	uint32_t size;
	uint64_t parts[3];		/* addresses of descriptors, driver's and device's part */
	bool ready;
	bool kicked;			/* there may be something to serve */
};

/* What a reset forgets. */
struct virtio_mmio_state {
	uint32_t status;
	uint32_t interrupts;
	uint32_t generation;		/* but this one */
	uint32_t device_features_sel;
	uint32_t driver_features_sel;
	uint32_t queue_sel;
	uint64_t driver_features;
	bool beyond;			/* the driver wants a feature from 64 on */
};

/* A device.  The embedder fills all but the state, which is private. */
struct virtio_mmio {
	const struct virtio_mmio_device *device;
	void *context;
	struct virtio_mmio_queue *queues;
	uint32_t queue_count;
	const struct vcrypto_memory *memory;
	struct vcrypto_batch *batch;	/* with room; devices of one thread may share it */
	struct virtio_mmio_state state;
};

/* Power on. */
void virtio_mmio_start(struct virtio_mmio *mmio);

/* The guest reads or writes @size bytes at @offset from the start of the device. */
uint32_t virtio_mmio_read(const struct virtio_mmio *mmio, uint64_t offset, unsigned int size);
void virtio_mmio_write(struct virtio_mmio *mmio, uint64_t offset, unsigned int size,
		       uint32_t value);

/* Whether the driver has notified a queue that has not been looked at since. */
bool virtio_mmio_kicked(const struct virtio_mmio *mmio);

/*
 * One turn: at most a batch of each queue that was notified.  True if there is more to do;
 * between two turns others can have theirs.
 */
bool virtio_mmio_serve(struct virtio_mmio *mmio);

/* The level of the device's interrupt line. */
bool virtio_mmio_line(const struct virtio_mmio *mmio);

/* The device has changed its config space by itself: tell the driver. */
void virtio_mmio_config_changed(struct virtio_mmio *mmio);

#endif /* VIRTIO_MMIO_H */
