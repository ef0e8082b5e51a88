/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A device behind the virtio-mmio transport of examples/riscv-emu/, and a driver's steps: for
 * tests, which have it in @dev.
 */
#ifndef UNIT_MMIO_RIG_H
#define UNIT_MMIO_RIG_H

#include "check.h"
#include "virtio-mmio.h"

#define QUEUES 2
#define SIZE 8
#define FEATURE ((uint64_t)1 << 3)	/* the device's own */
#define OFFERED (FEATURE | VCRYPTO_VRING_F_INDIRECT | VCRYPTO_VRING_F_EVENT_IDX | VIRTIO_F_VERSION_1)
#define CHAINS 2			/* of a batch */

/* Steps of the status, each with those before it. */
#define ACKNOWLEDGED 1u
#define DRIVEN 3u
#define AGREED 11u
#define OK 15u

/* The device: it answers each chain with four bytes, and counts. */
struct mmio_rig {
	struct virtio_mmio mmio;
	struct virtio_mmio_queue queues[QUEUES];
	struct vcrypto_batch batch;
	struct iovec segments[CHAINS * SIZE];
	struct sim_memory memory;
	struct sim_ring rings[QUEUES];
	struct sim_buffer in, out;
	uint8_t config[6];
	unsigned int resets, executed;
	uint16_t flags;			/* of the used ring, during the last request */
};

extern struct mmio_rig dev;
extern const struct virtio_mmio_device mmio_read_only;

/* A register, 32 bits of it. */
uint32_t mmio_get(uint64_t reg);
void mmio_set(uint64_t reg, uint32_t value);
/* The driver accepts @features and says so. */
void mmio_agree(uint64_t features);
/* Both halves, from @reg on. */
void mmio_set_address(uint64_t reg, uint64_t address);
/* Describes queue @index; it is not ready yet. */
void mmio_describe(uint32_t index);
void mmio_make_ready(uint32_t index);
/* All of a driver's start, with both queues. */
void mmio_begin(void);
/* A request that queue @index is not notified of, with @room bytes to write to. */
void mmio_publish(uint32_t index, uint32_t room);
/* The same, with a notification. */
void mmio_post(uint32_t index);
/* How many have been answered since. */
unsigned int mmio_collect(uint32_t index);
/* Until there is nothing more to do. */
void mmio_serve(void);
/* The device has stopped, tells so, and does nothing any more until it is reset. */
void mmio_must_need_reset(void);
/* For cmocka. */
int mmio_start(void **state);
int mmio_stop(void **state);

#endif /* UNIT_MMIO_RIG_H */
