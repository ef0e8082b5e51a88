// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The driver side of a split ring.  Sections are those of virtio 1.2. */
#include <stdlib.h>

#include "sim.h"

/* Offsets within the available and the used ring (2.7.6, 2.7.8). */
#define RING_FLAGS 0
#define RING_IDX 2
#define RING_ENTRIES 4

static uint16_t load16(const uint8_t *at)
{
	return vcrypto_swap16(vcrypto_load_acquire16((const uint16_t *)(const void *)at));
}

static void store16(uint8_t *at, uint16_t value)
{
	vcrypto_store_release16((uint16_t *)(void *)at, vcrypto_swap16(value));
}

void sim_ring_start(struct sim_ring *ring, struct sim_memory *memory, uint16_t size,
		    uint64_t features, uint16_t first)
{
	uint16_t i;

	memset(ring, 0, sizeof(*ring));
	ring->memory = memory;
	ring->desc = sim_alloc(memory, (size_t)vcrypto_vring_desc_bytes(size));
	ring->avail = sim_alloc(memory, (size_t)vcrypto_vring_avail_bytes(size));
	ring->used = sim_alloc(memory, (size_t)vcrypto_vring_used_bytes(size));
	memset(ring->desc.host, 0, ring->desc.len);
	memset(ring->avail.host, 0, ring->avail.len);
	memset(ring->used.host, 0, ring->used.len);
	ring->setup = (struct vcrypto_vring_setup){
		.size = size, .desc = ring->desc.guest, .avail = ring->avail.guest,
		.used = ring->used.guest, .features = features,
		.next_avail = first, .next_used = first,
	};
	ring->flights = calloc(size, sizeof(*ring->flights));
	ring->link = calloc(size, sizeof(*ring->link));
	if (!ring->flights || !ring->link)
		sim_die("out of memory");
	for (i = 0; i < size; i++)
		ring->link[i] = (uint16_t)(i + 1);
	ring->free_count = size;
	ring->next_avail = first;
	ring->next_used = first;
	ring->kicked = first;
	store16(ring->avail.host + RING_IDX, first);
	store16(ring->used.host + RING_IDX, first);
}

void sim_ring_stop(struct sim_ring *ring)
{
	uint32_t i;

	for (i = 0; i < ring->setup.size; i++)
		sim_free(ring->memory, &ring->flights[i].table);
	sim_free(ring->memory, &ring->desc);
	sim_free(ring->memory, &ring->avail);
	sim_free(ring->memory, &ring->used);
	free(ring->flights);
	free(ring->link);
	memset(ring, 0, sizeof(*ring));
}

static uint16_t take_descriptor(struct sim_ring *ring)
{
	uint16_t index = ring->free_head;

	ring->free_head = ring->link[index];
	ring->free_count--;
	return index;
}

/* The last of @count parts that is not empty, plus one. */
static size_t used_parts(const struct sim_part *parts, size_t count)
{
	while (count && !parts[count - 1].len)
		count--;
	return count;
}

/* A table for @parts; the caller has counted that @entries of them are not empty. */
static struct sim_buffer build_table(struct sim_ring *ring, const struct sim_part *parts,
				     size_t count, size_t entries)
{
	struct sim_buffer table = sim_alloc(ring->memory, entries * sizeof(struct vcrypto_desc));
	struct vcrypto_desc desc;
	uint32_t at = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		uint32_t next = at + 1 < entries ? VCRYPTO_DESC_NEXT : 0;

		if (!parts[i].len)
			continue;
		sim_set_desc(&desc, parts[i].guest, parts[i].len,
			     next | (parts[i].write ? VCRYPTO_DESC_WRITE : 0),
			     next ? at + 1 : 0);
		memcpy(table.host + at * sizeof(desc), &desc, sizeof(desc));
		at++;
	}
	return table;
}

/* Appends a ring descriptor to the chain of @flight; @last: nothing follows. */
static void append(struct sim_ring *ring, struct sim_flight *flight, uint64_t guest,
		   uint32_t len, uint32_t flags, bool last)
{
	uint16_t index = take_descriptor(ring);

	flight->descriptors++;
	sim_set_desc(sim_desc(ring, index), guest, len, flags | (last ? 0 : VCRYPTO_DESC_NEXT),
		     last ? 0 : ring->free_head);
}

static uint64_t writable_bytes(const struct sim_part *parts, size_t count)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < count; i++)
		bytes += parts[i].write ? parts[i].len : 0;
	return bytes;
}

int sim_chain(struct sim_ring *ring, const struct sim_part *parts, size_t count,
	      enum sim_layout layout, void *cookie)
{
	uint16_t head = ring->free_head;
	struct sim_flight *flight;
	size_t filled = 0;
	size_t direct, i;

	count = used_parts(parts, count);
	for (i = 0; i < count; i++)
		filled += parts[i].len != 0;
	if (layout == SIM_MIXED && (filled < 2 || !parts[0].len))
		layout = SIM_INDIRECT;
	direct = layout == SIM_DIRECT ? count : layout == SIM_MIXED ? 1 : 0;
	if ((layout == SIM_DIRECT ? filled : direct + 1) > ring->free_count || !filled)
		return -1;
	flight = &ring->flights[head];
	memset(flight, 0, sizeof(*flight));
	for (i = 0; i < direct; i++)
		if (parts[i].len)
			append(ring, flight, parts[i].guest, parts[i].len,
			       parts[i].write ? VCRYPTO_DESC_WRITE : 0, i + 1 == count);
	if (layout != SIM_DIRECT) {
		flight->table = build_table(ring, parts + direct, count - direct, filled - direct);
		append(ring, flight, flight->table.guest, (uint32_t)flight->table.len,
		       VCRYPTO_DESC_INDIRECT, true);
	}
	flight->live = true;
	flight->writable = writable_bytes(parts, count);
	flight->cookie = cookie;
	ring->in_flight++;
	return head;
}

void sim_publish(struct sim_ring *ring, uint16_t head)
{
	sim_set_avail_entry(ring, ring->next_avail, head);
	ring->next_avail++;
	sim_set_avail_idx(ring, ring->next_avail);
}

bool sim_needs_kick(struct sim_ring *ring)
{
	uint16_t before = ring->kicked;
	uint16_t now = ring->next_avail;

	vcrypto_full_barrier();
	ring->kicked = now;
	if (before == now)
		return false;
	if (!(ring->setup.features & VCRYPTO_VRING_F_EVENT_IDX))
		return !(sim_used_flags(ring) & VCRYPTO_USED_NO_NOTIFY);
	return (uint16_t)(now - sim_avail_event(ring) - 1) < (uint16_t)(now - before);
}

/* Gives the descriptors of @head back, by the private list alone. */
static void release(struct sim_ring *ring, uint16_t head)
{
	struct sim_flight *flight = &ring->flights[head];
	uint16_t last = head;
	uint16_t i;

	for (i = 1; i < flight->descriptors; i++)
		last = ring->link[last];
	ring->link[last] = ring->free_head;
	ring->free_head = head;
	ring->free_count += flight->descriptors;
	ring->in_flight--;
	sim_free(ring->memory, &flight->table);
	flight->live = false;
}

static bool fail(struct sim_ring *ring, const char *error)
{
	if (!ring->error)
		ring->error = error;
	return false;
}

bool sim_collect(struct sim_ring *ring, struct sim_used *used)
{
	uint16_t ready = (uint16_t)(sim_used_idx(ring) - ring->next_used);
	struct vcrypto_used_elem elem;
	uint32_t id;

	if (!ready || ring->error)
		return false;
	if (ready > ring->in_flight)
		return fail(ring, "more chains used than were in flight");
	elem = sim_used_entry(ring, ring->next_used);
	id = vcrypto_get32(elem.id);
	if (id >= ring->setup.size || !ring->flights[id].live)
		return fail(ring, "a chain used that was not in flight");
	used->head = (uint16_t)id;
	used->len = vcrypto_get32(elem.len);
	used->cookie = ring->flights[id].cookie;
	if (used->len > ring->flights[id].writable)
		return fail(ring, "more bytes written than the chain has");
	ring->next_used++;
	release(ring, used->head);
	return true;
}

void sim_set_used_event(struct sim_ring *ring, uint16_t index)
{
	store16(ring->avail.host + RING_ENTRIES + 2 * (size_t)ring->setup.size, index);
	vcrypto_full_barrier();
}

struct vcrypto_desc *sim_desc(struct sim_ring *ring, uint32_t index)
{
	if (index >= ring->setup.size)
		sim_die("no such descriptor");
	return (struct vcrypto_desc *)(void *)ring->desc.host + index;
}

void sim_set_desc(struct vcrypto_desc *desc, uint64_t guest, uint32_t len, uint32_t flags,
		  uint32_t next)
{
	desc->addr = vcrypto_put64(guest);
	desc->len = vcrypto_put32(len);
	desc->flags = vcrypto_put16((uint16_t)flags);
	desc->next = vcrypto_put16((uint16_t)next);
}

void sim_set_avail_flags(struct sim_ring *ring, uint16_t flags)
{
	store16(ring->avail.host + RING_FLAGS, flags);
}

void sim_set_avail_idx(struct sim_ring *ring, uint16_t index)
{
	store16(ring->avail.host + RING_IDX, index);
}

void sim_set_avail_entry(struct sim_ring *ring, uint16_t slot, uint16_t head)
{
	store16(ring->avail.host + RING_ENTRIES + 2 * (size_t)(slot % ring->setup.size), head);
}

uint16_t sim_used_flags(const struct sim_ring *ring)
{
	return load16(ring->used.host + RING_FLAGS);
}

uint16_t sim_used_idx(const struct sim_ring *ring)
{
	return load16(ring->used.host + RING_IDX);
}

uint16_t sim_avail_event(const struct sim_ring *ring)
{
	return load16(ring->used.host + RING_ENTRIES + 8 * (size_t)ring->setup.size);
}

struct vcrypto_used_elem sim_used_entry(const struct sim_ring *ring, uint16_t slot)
{
	struct vcrypto_used_elem elem;

	memcpy(&elem, ring->used.host + RING_ENTRIES +
	       sizeof(elem) * (slot % ring->setup.size), sizeof(elem));
	return elem;
}
