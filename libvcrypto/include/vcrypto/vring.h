/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The device side of a split virtqueue (virtio 1.2, 2.7), for those who have
 * no VMM's: simulated rings in tests, fuzzers, a vhost-user daemon.  Pure: the
 * guest's memory is a table of regions, notifications are the caller's.
 *
 * Theory of operation.  Everything that the guest can write is read once into
 * private memory, checked there and used from there: the available index, each
 * ring entry, each descriptor.  Nothing that the device has written is ever
 * read back; indexes and the set of chains in flight are private.  Any breach
 * of the rules by the driver makes the ring "broken": no chain is handed out
 * any more until vcrypto_vring_init() is called again, which is what a device
 * reset does.  A broken ring writes nothing to guest memory.
 *
 * One ring is used by one thread at a time.
 */
#ifndef VCRYPTO_VRING_H
#define VCRYPTO_VRING_H

#include <vcrypto/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Largest queue, in descriptors; also QEMU's largest. */
#define VCRYPTO_VRING_MAX 1024

/* Feature bits that the ring acts on (virtio 1.2, 6), if negotiated. */
#define VCRYPTO_VRING_F_INDIRECT ((uint64_t)1 << 28)
#define VCRYPTO_VRING_F_EVENT_IDX ((uint64_t)1 << 29)

/* Bits of descriptors and of the available and used flags (virtio 1.2, 2.7). */
#define VCRYPTO_DESC_NEXT 1u
#define VCRYPTO_DESC_WRITE 2u
#define VCRYPTO_DESC_INDIRECT 4u
#define VCRYPTO_AVAIL_NO_INTERRUPT 1u
#define VCRYPTO_USED_NO_NOTIFY 1u

/* One descriptor, 16 bytes (virtio 1.2, 2.7.5). */
struct vcrypto_desc {
	struct vcrypto_le64 addr;	/* guest-physical */
	struct vcrypto_le32 len;	/* bytes */
	struct vcrypto_le16 flags;	/* VCRYPTO_DESC_... */
	struct vcrypto_le16 next;	/* of the chain, with VCRYPTO_DESC_NEXT */
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_desc) == 16, "virtio layout");

/* One element of the used ring (virtio 1.2, 2.7.8). */
struct vcrypto_used_elem {
	struct vcrypto_le32 id;		/* the first descriptor of the chain */
	struct vcrypto_le32 len;	/* bytes that were written to it */
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_used_elem) == 8, "virtio layout");

/* Sizes of the three parts of a ring of @size descriptors, in bytes, the event
 * word at the end of each included (virtio 1.2, 2.7). */
static inline uint64_t vcrypto_vring_desc_bytes(uint32_t size)
{
	return 16 * (uint64_t)size;
}

static inline uint64_t vcrypto_vring_avail_bytes(uint32_t size)
{
	return 6 + 2 * (uint64_t)size;
}

static inline uint64_t vcrypto_vring_used_bytes(uint32_t size)
{
	return 6 + 8 * (uint64_t)size;
}

/* A piece of guest memory that is one piece in the host as well. */
struct vcrypto_region {
	uint64_t guest;		/* guest-physical address */
	uint64_t len;		/* bytes; guest + len does not wrap */
	void *host;		/* where it is mapped, writable */
};

/*
 * Guest memory: regions that do not overlap, in any order.  Everything else,
 * device registers included, does not exist for the ring.  The caller keeps
 * table and memory alive as long as the ring or any chain of it is in use.
 */
struct vcrypto_memory {
	const struct vcrypto_region *regions;	/* the caller's */
	size_t count;				/* of regions */
};

/*
 * The host address of @len bytes at @guest, if they lie in one region; else
 * NULL.  @len 0 gives NULL.
 */
void *vcrypto_memory_at(const struct vcrypto_memory *memory, uint64_t guest, uint64_t len);

/* How the driver has set up a queue. */
struct vcrypto_vring_setup {
	uint32_t size;		/* descriptors: a power of two, at most VCRYPTO_VRING_MAX */
	uint64_t desc;		/* guest-physical addresses of the three parts: */
	uint64_t avail;		/* aligned to 16, 2 and 4 bytes, each wholly inside */
	uint64_t used;		/* one region */
	uint64_t features;	/* negotiated; VCRYPTO_VRING_F_..., others ignored */
	uint16_t next_avail;	/* indexes to go on from; 0 for a new ring */
	uint16_t next_used;	/* likewise */
};

/* What a ring is doing. */
enum vcrypto_vring_state {
	VCRYPTO_VRING_BROKEN = -1,	/* no more chains until the next init */
	VCRYPTO_VRING_EMPTY = 0,
	VCRYPTO_VRING_READY = 1,
};

/* The ring.  The caller provides the memory; members are private to vring.c and this file. */
struct vcrypto_vring {
	const struct vcrypto_memory *memory;	/* of init */
	uint8_t *desc;				/* host addresses */
	uint8_t *avail;				/* likewise */
	uint8_t *used;				/* likewise */
	uint64_t features;			/* those that it acts on */
	uint32_t size;				/* descriptors */
	uint32_t longest;			/* buffers of a chain */
	bool cuts;			/* those with more segments than room */
	uint16_t next_avail;			/* the index to be taken next */
	uint16_t known_avail;			/* the driver's index when last read */
	uint16_t next_used;			/* the index to be given back next */
	uint16_t signalled_used;		/* next_used at the last interrupt decision */
	const char *broken;			/* why, until the next init; NULL: it is not */
	uint64_t in_flight[VCRYPTO_VRING_MAX / 64];	/* heads handed out */
};

/*
 * A request chain: the iovecs of its two halves.  The caller sets @segments and
 * @capacity before vcrypto_vring_pop(); the rest is the result.  The readable
 * segments come first; the writable ones follow at segments + readable.
 */
struct vcrypto_chain {
	struct iovec *segments;	/* room for the result, the caller's */
	size_t capacity;	/* segments; VCRYPTO_VRING_MAX always suffices where
				 * one region holds all of memory, and each border
				 * of regions that a buffer crosses adds one */
	size_t readable;	/* segments the device reads; at least 1, but for what
				 * vcrypto_vring_allow() says */
	size_t writable;	/* segments the device writes; at least 1 */
	size_t searched;	/* segments it took to look at; more than those two where
				 * there was no room for all */
	uint16_t head;		/* names the chain in vcrypto_vring_push() */
};

/*
 * Set up @ring; anything it was doing before is forgotten.  @memory must
 * outlive it.  False, and the ring is broken, if @setup is not allowed.  Writes
 * nothing to guest memory: call vcrypto_vring_enable_notify() before waiting
 * for the first notification.
 */
VCRYPTO_MUST_CHECK
bool vcrypto_vring_init(struct vcrypto_vring *ring, const struct vcrypto_memory *memory,
			const struct vcrypto_vring_setup *setup);

/*
 * Allow chains of more buffers than the ring has descriptors, up to @buffers.  The standard
 * forbids them (virtio 1.2, 2.7.5.3.1), Linux makes them: of n pages its crypto driver makes
 * a table of n (n + 1) + 3 entries.  Right after vcrypto_vring_init().
 *
 * With @cut a chain that has more segments than there is room for does not break the ring: it
 * comes as READY with nothing readable and one writable segment, its last, so that it can be
 * answered at its very end.  That is where the standard's crypto device has the status; our own
 * has it first.  One of more than VCRYPTO_VRING_MAX_SEGMENTS does break it: where
 * memory has many regions, looking for all of them could take a driver's neighbours minutes.
 */
#define VCRYPTO_VRING_MAX_SEGMENTS 65536
void vcrypto_vring_allow(struct vcrypto_vring *ring, uint32_t buffers, bool cut);

/*
 * Other features than those of vcrypto_vring_init(), from the next call on; all else stays.  For
 * those who learn of them when the ring is there already.  Writes nothing to guest memory: call
 * vcrypto_vring_enable_notify() afterwards, as before the first notification.
 */
static inline void vcrypto_vring_negotiate(struct vcrypto_vring *ring, uint64_t features)
{
	ring->features = features;
}

/*
 * Take the next chain that the driver made available.  READY: @chain is filled
 * and in flight until it is pushed.  EMPTY: there is none.  BROKEN: the driver
 * broke a rule (see docs/protocol.md, 2.6).
 */
VCRYPTO_MUST_CHECK
enum vcrypto_vring_state vcrypto_vring_pop(struct vcrypto_vring *ring,
					   struct vcrypto_chain *chain);

/*
 * Take chain @head once more, which was taken when the ring was set up the last time and has not
 * been handed back: so says somebody who remembers it, and may be wrong.  READY or BROKEN, as
 * above; BROKEN also if it is in flight already.  Those that it is said of lie in front of
 * next_avail in vcrypto_vring_setup.
 */
VCRYPTO_MUST_CHECK
enum vcrypto_vring_state vcrypto_vring_retake(struct vcrypto_vring *ring, uint16_t head,
					      struct vcrypto_chain *chain);

/*
 * Hand chain @head back: @written bytes of its writable half are defined.
 * Ignored if the chain is not in flight (as after a reset).  A chain that was
 * taken before the ring broke can still be handed back.
 */
void vcrypto_vring_push(struct vcrypto_vring *ring, uint16_t head, uint32_t written);

/*
 * Whether the driver wants to be interrupted for what has been pushed since
 * this was last asked (virtio 1.2, 2.7.7.2 and 2.7.10).  Ask once per batch.
 */
bool vcrypto_vring_should_interrupt(struct vcrypto_vring *ring);

/* Tell the driver not to notify us, because we are looking anyway. */
void vcrypto_vring_disable_notify(struct vcrypto_vring *ring);

/*
 * Ask for notifications again.  True if chains have become available meanwhile
 * without one: look again, nothing will announce these (virtio 1.2, 2.7.10).
 */
bool vcrypto_vring_enable_notify(struct vcrypto_vring *ring);

/*
 * The index of the chain that the next vcrypto_vring_pop() takes: where to go on when the ring
 * is set up anew.  0 if it could not be set up.
 */
uint16_t vcrypto_vring_next_avail(const struct vcrypto_vring *ring);

/* Make the ring broken: a chain that the device could not answer.  See vcrypto_vring_push(). */
void vcrypto_vring_break(struct vcrypto_vring *ring);

/*
 * Why the ring is broken: what the driver has done, in a few words for a log, such as "a buffer of
 * no bytes".  NULL: it is not broken.
 */
const char *vcrypto_vring_broken(const struct vcrypto_vring *ring);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_VRING_H */
