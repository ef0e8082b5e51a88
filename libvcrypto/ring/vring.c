// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The device side of a split virtqueue.  Sections are those of virtio 1.2. */
#include <vcrypto/vring.h>

/* Offsets within the available and the used ring (2.7.6, 2.7.8). */
#define RING_FLAGS 0
#define RING_IDX 2
#define RING_ENTRIES 4

/* A table of descriptors: the ring's own, or an indirect one. */
struct table {
	bool indirect;
	uint64_t guest;		/* address of an indirect table */
	const uint8_t *host;	/* the same, where it is one piece in the host; or NULL */
	uint32_t entries;
};

static const struct vcrypto_region *find_region(const struct vcrypto_memory *memory,
						uint64_t guest)
{
	size_t i;

	for (i = 0; i < memory->count; i++) {
		const struct vcrypto_region *region = &memory->regions[i];

		if (guest >= region->guest && guest - region->guest < region->len)
			return region;
	}
	return NULL;
}

/* The host address of @guest, and in @here how many of @len bytes lie there. */
static uint8_t *piece_at(const struct vcrypto_memory *memory, uint64_t guest, uint64_t len,
			 uint64_t *here)
{
	const struct vcrypto_region *region = find_region(memory, guest);
	uint64_t offset;

	if (!region)
		return NULL;
	offset = guest - region->guest;
	*here = len < region->len - offset ? len : region->len - offset;
	return (uint8_t *)region->host + offset;
}

void *vcrypto_memory_at(const struct vcrypto_memory *memory, uint64_t guest, uint64_t len)
{
	uint64_t here = 0;
	uint8_t *at = len ? piece_at(memory, guest, len, &here) : NULL;

	return here == len ? at : NULL;
}

/* A private copy of bytes that may lie in several regions.  Inlined, it would cost registers. */
VCRYPTO_RARE
static bool memory_read(const struct vcrypto_memory *memory, uint64_t guest, void *to, size_t len)
{
	uint8_t *out = to;
	uint64_t here;

	while (len) {
		const uint8_t *from = piece_at(memory, guest, len, &here);

		if (!from)
			return false;
		memcpy(out, from, (size_t)here);
		vcrypto_read_hook(from, (size_t)here);
		out += here;
		guest += here;
		len -= (size_t)here;
	}
	return true;
}

/* All three parts of a ring are aligned to 2 at least, so that this is a uint16_t. */
static uint16_t load16(const uint8_t *at)
{
	const uint16_t *shared = (const uint16_t *)(const void *)at;
	uint16_t value = vcrypto_swap16(vcrypto_load_acquire16(shared));

	vcrypto_read_hook(at, sizeof(value));
	return value;
}

static void store16(uint8_t *at, uint16_t value)
{
	vcrypto_store_release16((uint16_t *)(void *)at, vcrypto_swap16(value));
}

static uint8_t *map_part(const struct vcrypto_memory *memory, uint64_t guest, uint64_t len,
			 uint64_t alignment)
{
	uint8_t *at = vcrypto_memory_at(memory, guest, len);

	if (!at || guest % alignment || (uintptr_t)at % alignment)
		return NULL;
	return at;
}

bool vcrypto_vring_init(struct vcrypto_vring *ring, const struct vcrypto_memory *memory,
			const struct vcrypto_vring_setup *setup)
{
	uint32_t size = setup->size;

	memset(ring, 0, sizeof(*ring));
	ring->broken = "a ring that could not be set up";
	if (!size || size > VCRYPTO_VRING_MAX || (size & (size - 1)))
		return false;
	ring->desc = map_part(memory, setup->desc, vcrypto_vring_desc_bytes(size), 16);
	ring->avail = map_part(memory, setup->avail, vcrypto_vring_avail_bytes(size), 2);
	ring->used = map_part(memory, setup->used, vcrypto_vring_used_bytes(size), 4);
	if (!ring->desc || !ring->avail || !ring->used)
		return false;
	ring->memory = memory;
	ring->features = setup->features;
	ring->size = size;
	ring->longest = size;
	ring->cuts = false;
	ring->next_avail = setup->next_avail;
	ring->known_avail = setup->next_avail;
	ring->next_used = setup->next_used;
	ring->signalled_used = setup->next_used;
	ring->broken = NULL;
	return true;
}

void vcrypto_vring_allow(struct vcrypto_vring *ring, uint32_t buffers, bool cut)
{
	ring->longest = buffers > ring->size ? buffers : ring->size;
	ring->cuts = cut && buffers > ring->size;
}

uint16_t vcrypto_vring_next_avail(const struct vcrypto_vring *ring)
{
	return ring->next_avail;
}

void vcrypto_vring_break(struct vcrypto_vring *ring)
{
	if (!ring->broken)
		ring->broken = "a chain that the device could not answer";
}

const char *vcrypto_vring_broken(const struct vcrypto_vring *ring)
{
	return ring->broken;
}

/* By what the driver has done.  False, for who returns that. */
static inline bool breaks(struct vcrypto_vring *ring, const char *why)
{
	ring->broken = why;
	return false;
}

static bool in_flight(const struct vcrypto_vring *ring, uint16_t head)
{
	return ring->in_flight[head / 64] >> (head % 64) & 1;
}

static void set_in_flight(struct vcrypto_vring *ring, uint16_t head, bool value)
{
	uint64_t bit = (uint64_t)1 << (head % 64);

	if (value)
		ring->in_flight[head / 64] |= bit;
	else
		ring->in_flight[head / 64] &= ~bit;
}

/* A descriptor in the host's byte order. */
struct entry {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

/*
 * Reads each byte once, as two words.  A descriptor that is copied to memory as a whole has
 * the processor wait for it when its members are read.
 */
static bool read_entry(struct vcrypto_vring *ring, const struct table *table,
		       uint32_t index, struct entry *entry)
{
	struct vcrypto_le64 addr, rest;

	VCRYPTO_ASSERT(sizeof(addr) + sizeof(rest) == sizeof(struct vcrypto_desc), "wire layout");
	if (index >= table->entries)
		return breaks(ring, "a descriptor beyond the end of its table");
	if (table->host) {
		const uint8_t *at = table->host + sizeof(struct vcrypto_desc) * (size_t)index;

		memcpy(&addr, at, sizeof(addr));
		memcpy(&rest, at + sizeof(addr), sizeof(rest));
		vcrypto_read_hook(at, sizeof(struct vcrypto_desc));
	} else {
		struct vcrypto_le64 words[2];

		/* An array of its own: the other two can then stay in registers. */
		if (!memory_read(ring->memory, table->guest + 16 * (uint64_t)index, words,
				 sizeof(words)))
			return breaks(ring, "an indirect table that is not in memory");
		addr = words[0];
		rest = words[1];
	}
	entry->addr = vcrypto_get64(addr);
	entry->len = (uint32_t)vcrypto_get64(rest);
	entry->flags = (uint16_t)(vcrypto_get64(rest) >> 32);
	entry->next = (uint16_t)(vcrypto_get64(rest) >> 48);
	return true;
}

/* A chain as far as it has been followed, in registers. */
struct found {
	uint64_t bytes;
	size_t segments;
	size_t readable;	/* of them; those that follow are writable */
};

/* A buffer as one segment for each region that it touches.  How many there are then, or 0. */
VCRYPTO_RARE
static size_t add_pieces(const struct vcrypto_memory *memory, const struct vcrypto_chain *chain,
			 struct entry entry, size_t segments)
{
	uint64_t guest = entry.addr;
	uint64_t left = entry.len;
	uint64_t here;

	for (; left; left -= here, guest += here) {
		uint8_t *at = piece_at(memory, guest, left, &here);
		size_t slot = segments < chain->capacity ? segments : chain->capacity - 1;

		if (!at || !chain->capacity || segments >= VCRYPTO_VRING_MAX_SEGMENTS)
			return 0;
		chain->segments[slot].iov_base = at;
		chain->segments[slot].iov_len = (size_t)here;
		segments++;
	}
	return segments;
}

/* Whether @entry, no buffer, may lead to an indirect table from @table, and to which (2.7.5.3). */
static bool enter_indirect(struct vcrypto_vring *ring, struct entry entry, struct table *table)
{
	uint32_t len = entry.len;

	/* A WRITE flag is ignored here, as 2.7.5.3.2 demands. */
	if ((entry.flags & ~VCRYPTO_DESC_WRITE) != VCRYPTO_DESC_INDIRECT)
		return breaks(ring, "flags that no descriptor can have");
	if (!(ring->features & VCRYPTO_VRING_F_INDIRECT))
		return breaks(ring, "an indirect table, which was not negotiated");
	if (table->indirect)
		return breaks(ring, "an indirect table in another one");
	if (!len || len % sizeof(struct vcrypto_desc) ||
	    len / sizeof(struct vcrypto_desc) > ring->longest)
		return breaks(ring, "an indirect table of a length that none can have");
	if (entry.addr + len < entry.addr)
		return breaks(ring, "an indirect table that is not in memory");
	table->indirect = true;
	table->guest = entry.addr;
	table->host = vcrypto_memory_at(ring->memory, entry.addr, len);
	table->entries = len / (uint32_t)sizeof(struct vcrypto_desc);
	return true;
}

#define NOTHING_TO_WRITE "a chain with nothing to write"

/* What is left of a chain with more segments than there is room for: the last, none readable. */
VCRYPTO_RARE
static bool cut_chain(struct vcrypto_vring *ring, struct found found, struct vcrypto_chain *chain)
{
	if (!ring->cuts)
		return breaks(ring, "a chain of more segments than there is room for");
	if (found.segments == found.readable)
		return breaks(ring, NOTHING_TO_WRITE);
	chain->segments[0] = chain->segments[chain->capacity - 1];
	chain->writable = 1;
	return true;
}

/* A buffer that follows @buffers others of its chain, or cannot be found. */
VCRYPTO_RARE
static bool refuse_buffer(struct vcrypto_vring *ring, struct entry entry, uint32_t buffers)
{
	if (buffers >= ring->longest)
		return breaks(ring, "a chain that is too long, or never ends");
	if (!entry.len)
		return breaks(ring, "a buffer of no bytes");
	return breaks(ring, "a buffer that is not in memory, or in too many pieces");
}

/* Follow the chain from @head.  At most ring->longest buffers, so loops end. */
static bool walk_chain(struct vcrypto_vring *ring, uint16_t head, struct vcrypto_chain *chain)
{
	static const struct vcrypto_region nowhere;
	const struct vcrypto_memory *memory = ring->memory;
	const struct vcrypto_region *first = memory->count ? memory->regions : &nowhere;
	struct table table = { false, 0, ring->desc, ring->size };
	struct found found = { 0, 0, 0 };
	struct entry entry;
	uint32_t index = head, buffers = 0;
	uint64_t offset;
	size_t segments;

	do {
		if (!read_entry(ring, &table, index, &entry))
			return false;
		index = entry.next;
		if (entry.flags & ~(VCRYPTO_DESC_NEXT | VCRYPTO_DESC_WRITE)) {
			if (!enter_indirect(ring, entry, &table))
				return false;
			index = 0;
			continue;
		}
		/* Nearly all are in the first region; what is below it is at a high offset. */
		offset = entry.addr - first->guest;
		if (offset < first->len && entry.len <= first->len - offset &&
		    found.segments < chain->capacity) {
			chain->segments[found.segments].iov_base = (uint8_t *)first->host + offset;
			chain->segments[found.segments].iov_len = entry.len;
			segments = found.segments + 1;
		} else {
			segments = add_pieces(memory, chain, entry, found.segments);
		}
		if (buffers == ring->longest || !entry.len || !segments)
			return refuse_buffer(ring, entry, buffers);
		buffers++;
		found.bytes += entry.len;
		if (!(entry.flags & VCRYPTO_DESC_WRITE)) {
			if (found.readable != found.segments)	/* 2.7.4.2 */
				return breaks(ring, "a buffer to read behind one to write");
			found.readable = segments;
		}
		found.segments = segments;
	} while (entry.flags & (VCRYPTO_DESC_NEXT | VCRYPTO_DESC_INDIRECT));
	chain->searched = found.segments;
	if (found.bytes > UINT32_MAX)
		return breaks(ring, "a chain of 4 GiB or more");
	if (!found.readable)
		return breaks(ring, "a chain with nothing to read");
	if (found.segments > chain->capacity)
		return cut_chain(ring, found, chain);
	chain->readable = found.readable;
	chain->writable = found.segments - found.readable;
	return chain->writable || breaks(ring, NOTHING_TO_WRITE);
}

/* The driver's index, loaded again only when all that it announced is taken. */
static uint16_t available(struct vcrypto_vring *ring)
{
	if (ring->known_avail == ring->next_avail) {
		ring->known_avail = load16(ring->avail + RING_IDX);
		if ((uint16_t)(ring->known_avail - ring->next_avail) > ring->size)
			(void)breaks(ring, "more chains announced than there are descriptors");
	}
	return (uint16_t)(ring->known_avail - ring->next_avail);
}

static bool take_chain(struct vcrypto_vring *ring, uint16_t head, struct vcrypto_chain *chain)
{
	if (head >= ring->size)
		return breaks(ring, "a head that no descriptor has");
	if (in_flight(ring, head))
		return breaks(ring, "a head that is in flight already");
	return walk_chain(ring, head, chain);
}

enum vcrypto_vring_state vcrypto_vring_pop(struct vcrypto_vring *ring,
					   struct vcrypto_chain *chain)
{
	uint16_t head;

	chain->readable = 0;
	chain->writable = 0;
	if (ring->broken)
		return VCRYPTO_VRING_BROKEN;
	if (!available(ring))
		return VCRYPTO_VRING_EMPTY;
	if (ring->broken)
		return VCRYPTO_VRING_BROKEN;
	head = load16(ring->avail + RING_ENTRIES +
		      2 * (size_t)(ring->next_avail & (ring->size - 1)));
	if (!take_chain(ring, head, chain))
		return VCRYPTO_VRING_BROKEN;
	ring->next_avail++;
	set_in_flight(ring, head, true);
	chain->head = head;
	return VCRYPTO_VRING_READY;
}

/* By a ring of which it is the next one: so nothing is added to what each chain costs. */
enum vcrypto_vring_state vcrypto_vring_retake(struct vcrypto_vring *ring, uint16_t head,
					      struct vcrypto_chain *chain)
{
	uint16_t avail[] = { 0, 0, vcrypto_swap16(head) };
	struct vcrypto_vring before = *ring;
	enum vcrypto_vring_state state;

	ring->avail = (uint8_t *)avail;
	ring->next_avail = 0;
	ring->known_avail = 1;
	state = vcrypto_vring_pop(ring, chain);
	ring->avail = before.avail;
	ring->next_avail = before.next_avail;
	ring->known_avail = before.known_avail;
	return state;
}

void vcrypto_vring_push(struct vcrypto_vring *ring, uint16_t head, uint32_t written)
{
	struct vcrypto_used_elem elem = { vcrypto_put32(head), vcrypto_put32(written) };

	if (head >= ring->size || !in_flight(ring, head))
		return;
	set_in_flight(ring, head, false);
	memcpy(ring->used + RING_ENTRIES + sizeof(elem) * (ring->next_used & (ring->size - 1)),
	       &elem, sizeof(elem));
	ring->next_used++;
	store16(ring->used + RING_IDX, ring->next_used);
}

bool vcrypto_vring_should_interrupt(struct vcrypto_vring *ring)
{
	uint16_t before = ring->signalled_used;
	uint16_t now = ring->next_used;
	uint16_t event;

	if (before == now)
		return false;
	/* The driver must see the used index before we see what it wants (2.7.13.3). */
	vcrypto_full_barrier();
	ring->signalled_used = now;
	if (!(ring->features & VCRYPTO_VRING_F_EVENT_IDX))
		return !(load16(ring->avail + RING_FLAGS) & VCRYPTO_AVAIL_NO_INTERRUPT);
	event = load16(ring->avail + RING_ENTRIES + 2 * (size_t)ring->size);
	/* Whether @event lies in [before, now), modulo 2^16 (2.7.10). */
	return (uint16_t)(now - event - 1) < (uint16_t)(now - before);
}

void vcrypto_vring_disable_notify(struct vcrypto_vring *ring)
{
	/* With an event index the driver falls silent by itself. */
	if (!ring->broken && !(ring->features & VCRYPTO_VRING_F_EVENT_IDX))
		store16(ring->used + RING_FLAGS, VCRYPTO_USED_NO_NOTIFY);
}

bool vcrypto_vring_enable_notify(struct vcrypto_vring *ring)
{
	if (ring->broken)
		return false;
	if (ring->features & VCRYPTO_VRING_F_EVENT_IDX)
		store16(ring->used + RING_ENTRIES +
			sizeof(struct vcrypto_used_elem) * ring->size, ring->next_avail);
	else
		store16(ring->used + RING_FLAGS, 0);
	/* We must ask for the notification before we look a last time (2.7.14). */
	vcrypto_full_barrier();
	return available(ring) != 0;
}
