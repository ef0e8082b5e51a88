/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a split ring must do, written a second time: slowly, from the text of
 * virtio 1.2 and docs/protocol.md 2.6, over the guest's shadow memory.  The
 * model foretells each answer of vring.c and applies to the shadow the bytes
 * that the device is allowed to write.
 */
#ifndef FUZZ_RING_MODEL_H
#define FUZZ_RING_MODEL_H

#include "ring_guest.h"

/* Of one pop: each descriptor can touch every region, and an entry of a table two. */
#define MODEL_SEGMENTS 8192
#define MODEL_READS 4096

struct ring_model {
	struct guest *guest;
	struct vcrypto_vring_setup setup;
	uint32_t longest;	/* buffers of a chain */
	bool cut;		/* the chain of the last pop had more segments than there was room */
	bool broken;
	uint16_t next_avail;
	uint16_t known_avail;
	uint16_t next_used;
	uint16_t signalled;
	bool in_flight[VCRYPTO_VRING_MAX];
	/* The chain of the last pop, if it was READY. */
	struct iovec segments[MODEL_SEGMENTS];
	size_t readable;
	size_t writable;
	size_t searched;	/* segments, those that there was no room for included */
	uint16_t head;
	/* Control bytes that the last call had to read: guest_place(). */
	struct {
		size_t at;
		size_t len;
	} reads[MODEL_READS];
	size_t read_count;
};

/* Each foretells the function of vring.h with the same name. */
bool model_init(struct ring_model *model, struct guest *guest);
enum vcrypto_vring_state model_pop(struct ring_model *model, size_t capacity);
void model_push(struct ring_model *model, uint16_t head, uint32_t written);
bool model_should_interrupt(struct ring_model *model);
void model_disable_notify(struct ring_model *model);
bool model_enable_notify(struct ring_model *model);

/*
 * Whether the last call had no reason to read any byte twice.  Then memory may
 * change behind each read without changing the answer.
 */
bool model_reads_once(struct ring_model *model);

#endif /* FUZZ_RING_MODEL_H */
