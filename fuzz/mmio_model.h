/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the registers of a virtio device on the memory bus must do, written a second time
 * from virtio 1.2 (2.1, 3.1.1, 4.2.2) and from virtio-mmio.h: what each read gives, which
 * writes count, and what a turn does to the rings, in the guest's shadow memory.
 */
#ifndef FUZZ_MMIO_MODEL_H
#define FUZZ_MMIO_MODEL_H

#include <vcrypto/serve.h>

#include "ring_model.h"

#define MMIO_QUEUES 2
#define MMIO_QUEUE_SIZE 256	/* descriptors, at most */
#define MMIO_CONFIG 20		/* bytes of config space */
#define MMIO_SEGMENTS 64	/* that there is room for, of a chain */
#define MMIO_FEATURES ((uint64_t)0x5 | (uint64_t)1 << 40)
#define MMIO_ID 20u

/* A chain that is to be executed. */
struct mmio_chain {
	struct iovec segments[MMIO_SEGMENTS];
	size_t readable;
	size_t writable;
	uint32_t written;	/* what is to be said of it; 0: it cannot be answered */
};

struct mmio_model {
	struct guest *guest;
	bool read_only;		/* config space is */
	uint8_t config[MMIO_CONFIG];
	uint32_t resets;	/* of the device */
	uint32_t status;
	uint32_t interrupts;
	uint32_t generation;
	uint32_t device_half, driver_half, queue;	/* what was selected */
	uint32_t features[2];	/* the driver's */
	bool strange_features;	/* of a third half, and those behind */
	struct mmio_queue {
		uint32_t size;
		uint32_t parts[3][2];
		bool ready;
		bool kicked;
		struct ring_model ring;
	} queues[MMIO_QUEUES];
	/* Of the last turn: what was to be executed, of each queue. */
	struct mmio_chain chains[MMIO_QUEUES][VCRYPTO_BATCH];
	size_t counts[MMIO_QUEUES];
};

void mmio_model_start(struct mmio_model *model, struct guest *guest, bool read_only);
uint32_t mmio_model_read(const struct mmio_model *model, uint32_t offset, unsigned int size);
void mmio_model_write(struct mmio_model *model, uint32_t offset, unsigned int size, uint32_t value);
void mmio_model_config_changed(struct mmio_model *model);
bool mmio_model_kicked(const struct mmio_model *model);

/* A turn, in which chain number @unanswered of each queue has no answer.  Whether there is more. */
bool mmio_model_serve(struct mmio_model *model, size_t unanswered);

/* What the device answers to a chain whose readable bytes have this sum. */
static inline uint8_t mmio_answer(uint8_t sum)
{
	return (uint8_t)(sum * 5u + 1);
}

/* How many bytes of @room it writes. */
static inline uint32_t mmio_written(uint8_t sum, uint64_t room)
{
	return (uint32_t)(room - sum % (room < 7 ? room : 7));
}

#endif /* FUZZ_MMIO_MODEL_H */
