/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A RISC-V machine: one processor in machine mode, memory, and devices at the addresses
 * that they have in QEMU's machine "virt".
 *
 *	0x00100000	a word; writing it switches the machine off
 *	0x10000000	UART: a byte that is written to it appears on standard output
 *	0x10001000	eight virtio devices, 0x1000 from each other
 *	0x80000000	memory; the program begins at its start
 *
 * All devices share the processor's external interrupt (11).
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <unicorn/unicorn.h>

#include "virtio-mmio.h"

#define MACHINE_POWER 0x00100000u
#define MACHINE_UART 0x10000000u
#define MACHINE_VIRTIO 0x10001000u
#define MACHINE_STRIDE 0x1000u
#define MACHINE_SLOTS 8
#define MACHINE_MEMORY 0x80000000u
#define MACHINE_MEMORY_BYTES (1u << 20)

/* What is written to MACHINE_POWER: the program is content, or it is not. */
#define MACHINE_PASS 0x5555u
#define MACHINE_FAIL 0x3333u

struct machine {
	uc_engine *processor;
	struct vcrypto_region region;
	struct vcrypto_memory memory;			/* for the devices */
	struct virtio_mmio *slots[MACHINE_SLOTS];	/* the caller's; NULL: empty */
	uint32_t power;					/* what was written last */
};

/* False if there is no memory for it. */
bool machine_start(struct machine *machine);
void machine_stop(struct machine *machine);

/* Runs until the program switches off; the exit status. */
int machine_run(struct machine *machine);

#endif /* MACHINE_H */
