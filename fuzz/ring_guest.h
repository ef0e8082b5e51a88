/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A hostile guest's memory and the driver side of its ring.
 *
 * Each region is an allocation of its exact size and has a shadow: what the
 * region must hold if everybody keeps to the rules.  The guest writes through
 * both; what the device may write is applied to the shadow by the model; any
 * difference between the two is a write that nobody allowed.
 */
#ifndef FUZZ_RING_GUEST_H
#define FUZZ_RING_GUEST_H

#include <vcrypto/vring.h>

#include "fuzz.h"

#define GUEST_REGIONS 6
#define GUEST_DATA 3		/* regions from here on hold buffers */
#define GUEST_FLIPS 4096	/* bytes that the read hook can have changed at once */

struct guest {
	struct vcrypto_region regions[GUEST_REGIONS];
	uint8_t *shadow[GUEST_REGIONS];
	struct vcrypto_memory memory;
	struct vcrypto_vring_setup setup;
	uint32_t size;		/* of the ring that the memory is laid out for */
	uint16_t avail_idx;	/* the driver's own copy of its index */
	uint16_t next_desc;	/* where its next chain goes */
	/* What changes under the device's hands: see guest_hook_start(). */
	uint8_t flip;
	uint64_t bytes_read;
	size_t flips;
	uint8_t *flipped[GUEST_FLIPS];
};

/* Memory and a setup from @in; a good one if @in has run out. */
void guest_create(struct guest *guest, struct input *in);
void guest_destroy(struct guest *guest);

/* Choose where the ring lies; mostly where it fits. */
void guest_choose_setup(struct guest *guest, struct input *in);

/* The shadow byte of guest address @at, or NULL if nothing is there. */
uint8_t *guest_shadow(const struct guest *guest, uint64_t at);

/* Write as the guest; bytes that fall outside memory are lost. */
void guest_write(struct guest *guest, uint64_t at, const void *bytes, size_t len);

/* Put a chain into the descriptor table and make it available. */
void guest_add_chain(struct guest *guest, struct input *in);

/* Overwrite something the device looks at. */
void guest_mutate(struct guest *guest, struct input *in);

/* No byte differs from the shadow. */
void guest_check(const struct guest *guest);

/*
 * Between these two, each byte that the device reads through the hook is
 * xor-ed with @flip right after, in memory and shadow; the end undoes it.
 */
void guest_hook_start(struct guest *guest, uint8_t flip);
void guest_hook_end(struct guest *guest);

#endif /* FUZZ_RING_GUEST_H */
