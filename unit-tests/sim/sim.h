/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The driver side of a split virtqueue (virtio 1.2, 2.7) over plain memory:
 * what a guest would be, without a virtual machine.  Tests, fuzzers and
 * benchmarks put it opposite the real ring and the real engine.
 *
 * Guest memory is a set of regions, each an allocation of exactly its size, so
 * that a sanitizer sees one byte too many.  The device is not trusted: what it
 * says in the used ring is checked against private records, and the first lie
 * is kept in sim_ring.error.  Hostile tests write over descriptors and indexes
 * with the raw accessors at the end.
 *
 * Nothing here depends on a test framework.  What cannot work (out of memory, a
 * mistake in the caller) aborts with a message.
 */
#ifndef SIM_H
#define SIM_H

#include <vcrypto/vring.h>

/* Prints what went wrong, and aborts. */
_Noreturn void sim_die(const char *what);

/* --- memory --- */

/* Fresh guest memory is filled with this, so that an untouched byte shows. */
#define SIM_FILL 0xa5

struct sim_memory {
	struct vcrypto_memory table;	/* for the device side */
	struct vcrypto_region *regions;
	size_t room;
	uint64_t next;			/* guest address for the next sim_alloc() */
};

/* A piece of guest memory. */
struct sim_buffer {
	uint64_t guest;
	uint8_t *host;
	size_t len;
};

void sim_memory_start(struct sim_memory *memory);
void sim_memory_stop(struct sim_memory *memory);

/* A region of exactly @len bytes at @guest; the caller sees that none overlap. */
struct sim_buffer sim_map(struct sim_memory *memory, uint64_t guest, size_t len);

/* Removes the region that starts at @guest, and its memory. */
void sim_unmap(struct sim_memory *memory, uint64_t guest);

/*
 * A region of its own for @len bytes, at an address of our choice, at least a
 * page away from any other.  Length 0 gives an empty buffer with no address.
 */
struct sim_buffer sim_alloc(struct sim_memory *memory, size_t len);
void sim_free(struct sim_memory *memory, struct sim_buffer *buffer);

/* Cuts @len bytes off the front of @arena: a bump allocator. */
struct sim_buffer sim_take(struct sim_buffer *arena, size_t len);

/* --- chains --- */

/* One buffer of a chain. */
struct sim_part {
	uint64_t guest;
	uint32_t len;
	bool write;	/* the device writes it */
};

static inline struct sim_part sim_readable(struct sim_buffer buffer)
{
	return (struct sim_part){ buffer.guest, (uint32_t)buffer.len, false };
}

static inline struct sim_part sim_writable(struct sim_buffer buffer)
{
	return (struct sim_part){ buffer.guest, (uint32_t)buffer.len, true };
}

/*
 * Cuts @count parts into pieces of at most @longest bytes; drops empty ones.
 * Returns how many pieces there are, of which at most @room are in @to.
 */
size_t sim_cut(const struct sim_part *parts, size_t count, uint32_t longest,
	       struct sim_part *to, size_t room);

/* How a chain is described. */
enum sim_layout {
	SIM_DIRECT,	/* one ring descriptor for each part */
	SIM_INDIRECT,	/* one ring descriptor, all parts in an indirect table */
	SIM_MIXED,	/* the first part direct, then the rest in a table */
};

/* --- ring --- */

/* What the driver remembers of a chain; index: its head. */
struct sim_flight {
	bool live;
	uint16_t descriptors;	/* of the ring */
	uint64_t writable;	/* bytes the device may write */
	struct sim_buffer table;	/* indirect, or empty */
	void *cookie;
};

struct sim_ring {
	struct sim_memory *memory;
	struct vcrypto_vring_setup setup;	/* for vcrypto_vring_init() */
	struct sim_buffer desc;
	struct sim_buffer avail;
	struct sim_buffer used;
	struct sim_flight *flights;
	uint16_t *link;		/* private chain and free list, by descriptor */
	uint16_t free_head;
	uint32_t free_count;
	uint32_t in_flight;	/* chains */
	uint16_t next_avail;
	uint16_t next_used;
	uint16_t kicked;	/* next_avail when we last asked sim_needs_kick() */
	const char *error;	/* the first thing that the device did wrong */
};

/* @first: where both indexes start, to test that they wrap; normally 0. */
void sim_ring_start(struct sim_ring *ring, struct sim_memory *memory, uint16_t size,
		    uint64_t features, uint16_t first);
void sim_ring_stop(struct sim_ring *ring);

/*
 * Describe a chain; parts that are empty are left out.  Returns its head, or
 * -1 if there are not enough free descriptors.  @cookie comes back with it.
 */
int sim_chain(struct sim_ring *ring, const struct sim_part *parts, size_t count,
	      enum sim_layout layout, void *cookie);

/* Make the chain @head available. */
void sim_publish(struct sim_ring *ring, uint16_t head);

/* Whether the device wants to be notified of what has been published since
 * this was last asked (virtio 1.2, 2.7.10). */
bool sim_needs_kick(struct sim_ring *ring);

/* A chain that has come back. */
struct sim_used {
	uint16_t head;
	uint32_t len;
	void *cookie;
};

/*
 * Take the next used element.  False if there is none, or if the device broke
 * the rules; then ring->error says how.  Sets no event index.
 */
bool sim_collect(struct sim_ring *ring, struct sim_used *used);

/* Ask for an interrupt once the used index passes @index (EVENT_IDX only). */
void sim_set_used_event(struct sim_ring *ring, uint16_t index);

/* --- raw access, for hostile drivers and for looking at what the device did --- */

struct vcrypto_desc *sim_desc(struct sim_ring *ring, uint32_t index);
void sim_set_desc(struct vcrypto_desc *desc, uint64_t guest, uint32_t len, uint32_t flags,
		  uint32_t next);
void sim_set_avail_flags(struct sim_ring *ring, uint16_t flags);
void sim_set_avail_idx(struct sim_ring *ring, uint16_t index);
void sim_set_avail_entry(struct sim_ring *ring, uint16_t slot, uint16_t head);
uint16_t sim_used_flags(const struct sim_ring *ring);
uint16_t sim_used_idx(const struct sim_ring *ring);
uint16_t sim_avail_event(const struct sim_ring *ring);
struct vcrypto_used_elem sim_used_entry(const struct sim_ring *ring, uint16_t slot);

#endif /* SIM_H */
