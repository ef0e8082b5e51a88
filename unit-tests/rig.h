/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A driver's ring and the device's, and nothing behind them. */
#ifndef RIG_H
#define RIG_H

#include "check.h"

#define RIG_FEATURES (VCRYPTO_VRING_F_INDIRECT | VCRYPTO_VRING_F_EVENT_IDX)

struct rig {
	struct sim_memory memory;
	struct sim_ring ring;
	struct vcrypto_vring vring;
	struct iovec segments[2 * VCRYPTO_VRING_MAX];
	struct vcrypto_chain chain;	/* of the last pop */
	struct sim_buffer in;		/* 64 bytes for the device to read */
	struct sim_buffer out;		/* and to write */
};

void rig_start(struct rig *rig, uint16_t size, uint64_t features, uint16_t first);
void rig_stop(struct rig *rig);

/* The device starts anew, on the same ring. */
void rig_init(struct rig *rig);

enum vcrypto_vring_state rig_pop(struct rig *rig);

/* Makes a chain of in and out available; returns its head. */
uint16_t rig_post(struct rig *rig);

/* Writes descriptor @index, with guest addresses as they are. */
void rig_desc(struct rig *rig, uint32_t index, uint64_t guest, uint32_t len, uint32_t flags,
	      uint32_t next);

/*
 * The driver has broken a rule: the ring hands out nothing any more and writes
 * nothing to guest memory, whatever is asked of it.  A new start mends it.
 */
void rig_must_break(struct rig *rig);

#endif /* RIG_H */
