/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A hostile guest's memory and the driver side of its ring.
 *
 * Each region has a shadow: what the region must hold if everybody keeps to the
 * rules.  The guest writes through both; what the device may write is applied to the
 * shadow by the model; any difference between the two is a write that nobody allowed.
 *
 * All memory is one arena that is there for ever, so that an input costs what it uses:
 * what was written is noted, and only that is cleared.  Between regions the arena is
 * poisoned, so that a sanitizer sees one byte too many as it would behind a malloc().
 * There is one guest at a time.
 */
#ifndef FUZZ_RING_GUEST_H
#define FUZZ_RING_GUEST_H

#include <vcrypto/vring.h>

#include "fuzz.h"

#define GUEST_REGIONS 6
#define GUEST_DATA 3		/* regions from here on hold buffers */
#define GUEST_FLIPS 4096	/* bytes that the read hook can have changed at once */
#define GUEST_ARENA 45312	/* bytes of all regions, and poison around each */
#define GUEST_BLOCK 64		/* bytes that are cleared together */
#define GUEST_ALLOWED 4		/* pieces that one call of the ring may write */

struct guest {
	struct vcrypto_region regions[GUEST_REGIONS];
	struct vcrypto_memory memory;
	struct vcrypto_vring_setup setup;
	uint32_t size;		/* of the ring that the memory is laid out for */
	uint32_t longest;	/* buffers of a chain that the device allows; 0: as many */
	uint16_t avail_idx;	/* the driver's own copy of its index */
	uint16_t next_desc;	/* where its next chain goes */
	/* What the device may have written since the last check: places in the arena. */
	size_t allowed;
	struct {
		size_t at;
		size_t len;
	} allow[GUEST_ALLOWED];
	/* What changes under the device's hands: see guest_hook_start(). */
	uint8_t flip;
	uint64_t bytes_read;
	size_t flips;
	uint8_t *flipped[GUEST_FLIPS];
};

/* Memory and a setup from @in; a good one if @in has run out.  No need to destroy it. */
void guest_create(struct guest *guest, struct input *in);

/* Choose where the ring lies; mostly where it fits. */
void guest_choose_setup(struct guest *guest, struct input *in);

/* The region that @at lies in, or NULL. */
const struct vcrypto_region *guest_region(const struct guest *guest, uint64_t at);

/* The shadow byte of guest address @at, or NULL if nothing is there. */
uint8_t *guest_shadow(const struct guest *guest, uint64_t at);

/* The shadow of a byte of guest memory. */
uint8_t *guest_shadow_of(const void *host);

/* Which byte of all that there are @copy, one in the shadow, stands for. */
size_t guest_place(const uint8_t *copy);

/* Write as the guest; bytes that fall outside memory are lost. */
void guest_write(struct guest *guest, uint64_t at, const void *bytes, size_t len);

/* The device is to write this: to the shadow alone.  @at is in one region. */
void guest_allow(struct guest *guest, uint64_t at, const void *bytes, size_t len);

/* What the device has just written to a piece of guest memory is what is to be there. */
void guest_accept(const void *host, size_t len);

/* The device is to have written @bytes at @host, in guest memory. */
void guest_foretell(const void *host, const void *bytes, size_t len);

/* Put a chain into the descriptor table and make it available. */
void guest_add_chain(struct guest *guest, struct input *in);

/* Overwrite something the device looks at. */
void guest_mutate(struct guest *guest, struct input *in);

/* No byte differs from the shadow; none of these. */
void guest_check(const struct guest *guest);
void guest_check_piece(const void *host, size_t len);

/*
 * Whether an input of @size bytes is one of those, one in four, that a reset and an honest
 * driver come after: that costs as much as some inputs.
 */
static inline bool guest_has_time(size_t size)
{
	return size % 4 == 0;
}

/*
 * The same for what the device had to write, after each call; the rest can wait for
 * guest_check(), unless VCRYPTO_FUZZ_VERBOSE asks which call it was.
 */
void guest_check_allowed(struct guest *guest);

/*
 * Between these two, each byte that the device reads through the hook is
 * xor-ed with @flip right after, in memory and shadow; the end undoes it.
 */
void guest_hook_start(struct guest *guest, uint8_t flip);
void guest_hook_end(struct guest *guest);

#endif /* FUZZ_RING_GUEST_H */
