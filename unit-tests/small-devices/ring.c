// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "ring.h"

#define SIZE 128
#define MAX_PIECES 128
#define MAX_SEGMENTS 1100

static const uint64_t features = VCRYPTO_VRING_F_INDIRECT;

static void start_ring(struct ring *ring)
{
	sim_ring_start(&ring->driver, &ring->memory, SIZE, features, 0);
	assert_true(vcrypto_vring_init(&ring->vring, &ring->memory.table, &ring->driver.setup));
}

void ring_start(struct ring *ring, ring_handler handle, void *device)
{
	memset(ring, 0, sizeof(*ring));
	ring->handle = handle;
	ring->device = device;
	sim_memory_start(&ring->memory);
	start_ring(ring);
}

void ring_stop(struct ring *ring)
{
	sim_ring_stop(&ring->driver);
	sim_memory_stop(&ring->memory);
}

void ring_reset(struct ring *ring)
{
	sim_ring_stop(&ring->driver);
	start_ring(ring);
}

bool ring_serve(struct ring *ring)
{
	struct iovec segments[MAX_SEGMENTS];
	struct vcrypto_chain chain = { .segments = segments, .capacity = MAX_SEGMENTS };
	enum vcrypto_vring_state state;

	while ((state = vcrypto_vring_pop(&ring->vring, &chain)) == VCRYPTO_VRING_READY) {
		const struct iovec *in = segments + chain.readable;
		uint32_t written;

		hook_start(ring->spy, ring);
		written = ring->handle(ring->device,
				       vcrypto_cursor_start(segments, chain.readable),
				       vcrypto_cursor_start(in, chain.writable));
		hook_stop();
		assert_false(hook_twice());
		if (written)
			vcrypto_vring_push(&ring->vring, chain.head, written);
		else
			vcrypto_vring_break(&ring->vring);
	}
	return state == VCRYPTO_VRING_EMPTY;
}

/* Publishes a chain of two parts, serves it, and returns the used length. */
static int call(struct ring *ring, struct sim_part out, struct sim_part in)
{
	const struct sim_part parts[] = { out, in };
	struct sim_part pieces[MAX_PIECES];
	size_t count = sim_cut(parts, 2, ring->cut ? ring->cut : UINT32_MAX, pieces, MAX_PIECES);
	struct sim_used used;
	int head;

	assert_true(count <= MAX_PIECES);
	head = sim_chain(&ring->driver, pieces, count, ring->layout, NULL);
	assert_true(head >= 0);
	sim_publish(&ring->driver, (uint16_t)head);
	if (!ring_serve(ring)) {
		assert_int_equal(sim_used_idx(&ring->driver), ring->driver.next_used);
		return RING_BROKEN;
	}
	assert_true(sim_collect(&ring->driver, &used));
	assert_int_equal(used.head, head);
	return (int)used.len;
}

int ring_call(struct ring *ring, const void *request, size_t len, size_t room)
{
	struct sim_buffer out = sim_alloc(&ring->memory, len);
	struct sim_buffer in = sim_alloc(&ring->memory, room);
	int used;
	size_t i;

	if (len)
		memcpy(out.host, request, len);
	used = call(ring, sim_readable(out), sim_writable(in));
	if (len && !ring->spy)
		assert_memory_equal(out.host, request, len);
	for (i = used < 0 ? 0 : (size_t)used; i < room; i++)
		assert_int_equal(in.host[i], SIM_FILL);
	memset(ring->reply, 0, sizeof(ring->reply));
	if (used > 0)
		memcpy(ring->reply, in.host, (size_t)used);
	sim_free(&ring->memory, &out);
	sim_free(&ring->memory, &in);
	return used;
}

int ring_call_overlapping(struct ring *ring, const void *request, size_t len, size_t offset,
			  size_t room)
{
	size_t total = len > offset + room ? len : offset + room;
	struct sim_buffer both = sim_alloc(&ring->memory, total);
	struct sim_part out = { both.guest, (uint32_t)len, false };
	struct sim_part in = { both.guest + offset, (uint32_t)room, true };
	int used;

	memcpy(both.host, request, len);
	used = call(ring, out, in);
	memset(ring->reply, 0, sizeof(ring->reply));
	if (used > 0)
		memcpy(ring->reply, both.host + offset, (size_t)used);
	sim_free(&ring->memory, &both);
	return used;
}

void ring_check_cuts(struct ring *ring, const void *request, size_t len, size_t room)
{
	static const enum sim_layout layouts[] = { SIM_DIRECT, SIM_INDIRECT, SIM_MIXED };
	uint8_t expected[sizeof(ring->reply)];
	int used = ring_call(ring, request, len, room);
	size_t i;

	memcpy(expected, ring->reply, sizeof(expected));
	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		for (ring->cut = 1; ring->cut <= len + room; ring->cut++) {
			ring->layout = layouts[i];
			assert_int_equal(ring_call(ring, request, len, room), used);
			assert_memory_equal(ring->reply, expected, sizeof(expected));
		}
	ring->cut = 0;
	ring->layout = SIM_DIRECT;
}

/* One hostile chain of two descriptors: what is wrong with which of them. */
struct hostile {
	uint64_t address_xor;
	uint32_t len;		/* 0: right */
	uint32_t flags;		/* of both descriptors, one byte each; 0: right */
	uint32_t next;		/* of the first */
	uint16_t head;
};

static const struct hostile hostiles[] = {
	{ .address_xor = (uint64_t)1 << 40, .next = 1 },	/* outside of memory */
	{ .address_xor = UINT64_MAX, .next = 1 },		/* wraps */
	{ .len = 0xffffffff, .next = 1 },			/* much too long */
	{ .len = 4097, .next = 1 },				/* past the end */
	{ .next = 0 },						/* a loop */
	{ .next = SIZE },					/* no such descriptor */
	{ .flags = 0x0003, .next = 1 },				/* writable, then readable */
	{ .flags = 0x0001, .next = 1 },				/* nothing to write */
	{ .flags = 0x0203, .next = 1 },				/* nothing to read */
	{ .flags = 0x0204, .next = 1 },				/* a bad indirect table */
	{ .flags = 0x0205, .next = 1 },				/* indirect and next */
	{ .flags = 0x0209, .next = 1 },				/* an unknown flag */
	{ .head = SIZE, .next = 1 },				/* no such head */
	{ .head = 0xffff, .next = 1 },
};

void ring_check_hostile(struct ring *ring, const void *request, size_t len, size_t room)
{
	struct sim_buffer out = sim_alloc(&ring->memory, len);
	struct sim_buffer in = sim_alloc(&ring->memory, room);
	size_t i;

	memcpy(out.host, request, len);
	for (i = 0; i < sizeof(hostiles) / sizeof(hostiles[0]); i++) {
		const struct hostile *h = &hostiles[i];
		uint32_t flags = h->flags ? h->flags : 0x0201;

		sim_set_desc(sim_desc(&ring->driver, 0), out.guest ^ h->address_xor,
			     h->len ? h->len : (uint32_t)len, flags & 0xff, h->next);
		sim_set_desc(sim_desc(&ring->driver, 1), in.guest, (uint32_t)room, flags >> 8, 0);
		sim_publish(&ring->driver, h->head);
		assert_false(ring_serve(ring));
		assert_int_equal(sim_used_idx(&ring->driver), 0);
		ring_reset(ring);
		assert_true(ring_call(ring, request, len, room) > 0);
		ring_reset(ring);
	}
	sim_free(&ring->memory, &out);
	sim_free(&ring->memory, &in);
}
