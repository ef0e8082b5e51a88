// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The device side of a split ring against a hostile driver.
 *
 * Each call of vring.c is foretold by the model (ring_model.h) and compared:
 * answer, segments, and every byte of guest memory (U2, U3, U4, U8 of the
 * hostile cases).  Now and then memory changes behind each control byte that
 * is read (U5), and the number of bytes read is bounded (U6).
 */
#include "ring_model.h"

#define MAX_STEPS 200

struct harness {
	struct vcrypto_vring ring;
	struct ring_model model;
	struct guest guest;
	uint16_t pushable[VCRYPTO_VRING_MAX];	/* heads in flight */
	size_t pushable_count;
	unsigned int served;	/* chains, of this input */
};

/* The model asks before the ring, because the ring's reads may change memory. */
static void hook_start(struct harness *h, struct input *in)
{
	bool flip = input_rare(in, 3) && model_reads_once(&h->model);

	guest_hook_start(&h->guest, flip ? input_u8(in) : 0);
}

static void hook_end(struct harness *h)
{
	guest_hook_end(&h->guest);
	/* Index, entry, and a descriptor for each buffer, the indirect one and one too many. */
	CHECK(h->guest.bytes_read <= 4 + 16 * (uint64_t)(h->ring.longest + 2));
	guest_check_allowed(&h->guest);
}

static void init_ring(struct harness *h)
{
	bool expected = model_init(&h->model, &h->guest);

	h->pushable_count = 0;
	CHECK(vcrypto_vring_init(&h->ring, &h->guest.memory, &h->guest.setup) == expected);
	if (h->guest.longest)
		vcrypto_vring_allow(&h->ring, h->guest.longest, true);
	guest_check_allowed(&h->guest);
}

/* Work as a device would: read all, write some; through the segments alone. */
static void use_chain(struct input *in, const struct vcrypto_chain *chain)
{
	uint64_t room = 0;
	uint32_t written;
	uint64_t left;
	uint8_t sum = 0;
	size_t i, k;

	for (i = 0; i < chain->readable; i++)
		for (k = 0; k < chain->segments[i].iov_len; k += 32)
			sum ^= ((const uint8_t *)chain->segments[i].iov_base)[k];
	for (; i < chain->readable + chain->writable; i++)
		room += chain->segments[i].iov_len;
	written = input_below(in, (uint32_t)room + 1);
	left = written;
	for (i = chain->readable; left; i++) {
		size_t len = chain->segments[i].iov_len;

		len = len < left ? len : (size_t)left;
		memset(chain->segments[i].iov_base, sum, len);
		guest_accept(chain->segments[i].iov_base, len);
		left -= len;
	}
}

static void check_chain(const struct harness *h, const struct vcrypto_chain *chain)
{
	CHECK(chain->head == h->model.head);
	CHECK(chain->readable == h->model.readable);
	CHECK(chain->writable == h->model.writable);
	CHECK(chain->searched == h->model.searched);
	CHECK(!memcmp(chain->segments, h->model.segments,
		      (chain->readable + chain->writable) * sizeof(struct iovec)));
}

/* Room for @count segments, and not for one more. */
static struct iovec *room_for(size_t count)
{
	static struct iovec pool[MODEL_SEGMENTS + 1];
	static size_t border = MODEL_SEGMENTS + 1;

	if (count > border)
		fuzz_unpoison(&pool[border], (count - border) * sizeof(*pool));
	else
		fuzz_poison(&pool[count], (border - count) * sizeof(*pool));
	border = count;
	return pool;
}

/* The same chain, by who has not taken it yet. */
static void retake(struct harness *h, struct vcrypto_vring *ring, size_t capacity)
{
	static struct iovec segments[2048];
	struct vcrypto_chain chain = { .segments = segments, .capacity = capacity };
	uint16_t next = vcrypto_vring_next_avail(ring);
	uint16_t known = ring->known_avail;

	CHECK(vcrypto_vring_retake(ring, h->model.head, &chain) == VCRYPTO_VRING_READY);
	chain.head = h->model.head;
	check_chain(h, &chain);
	CHECK(vcrypto_vring_next_avail(ring) == next && ring->known_avail == known);
	CHECK(vcrypto_vring_retake(ring, h->model.head, &chain) == VCRYPTO_VRING_BROKEN);
}

static void pop(struct harness *h, struct input *in)
{
	static struct iovec plenty[2048];
	static struct vcrypto_vring before;

	size_t capacity = input_rare(in, 32) ? input_below(in, 5) : 2048;
	enum vcrypto_vring_state expected = model_pop(&h->model, capacity);
	size_t segments = h->model.readable + h->model.writable;
	/* Where nothing changes behind what has been read. */
	bool twice = h->served % 16 == 1;
	struct vcrypto_chain chain;

	/* Exactly as many as the chain needs, so that one more is noticed. */
	if (expected == VCRYPTO_VRING_READY && !h->model.cut)
		capacity = segments;
	chain.segments = capacity == 2048 ? plenty : room_for(capacity);
	chain.capacity = capacity;
	if (twice) {
		before = h->ring;
		guest_hook_start(&h->guest, 0);
	} else {
		hook_start(h, in);
	}
	CHECK(vcrypto_vring_pop(&h->ring, &chain) == expected);
	hook_end(h);
	if (expected == VCRYPTO_VRING_READY) {
		if (twice)
			retake(h, &before, capacity);
		check_chain(h, &chain);
		CHECK(vcrypto_vring_next_avail(&h->ring) == h->model.next_avail);
		CHECK(h->pushable_count < h->model.setup.size);
		h->pushable[h->pushable_count++] = chain.head;
		h->served++;
		use_chain(in, &chain);
	}
}

/* Mostly the oldest chain; rarely one that is not in flight. */
static void push(struct harness *h, struct input *in)
{
	size_t i = h->pushable_count ? input_below(in, (uint32_t)h->pushable_count) : 0;
	uint16_t head = h->pushable_count ? h->pushable[i] : 0;
	uint32_t written = input_u16(in);

	written |= written << 16;
	if (input_rare(in, 16))
		head = input_rare(in, 2) ? (uint16_t)(head + (1u << input_below(in, 16))) :
					   input_u16(in);
	model_push(&h->model, head, written);
	vcrypto_vring_push(&h->ring, head, written);
	guest_check_allowed(&h->guest);
	if (h->pushable_count && head == h->pushable[i])
		h->pushable[i] = h->pushable[--h->pushable_count];
}

static void interrupt(struct harness *h, struct input *in)
{
	bool expected = model_should_interrupt(&h->model);

	hook_start(h, in);
	CHECK(vcrypto_vring_should_interrupt(&h->ring) == expected);
	hook_end(h);
}

static void notify(struct harness *h, struct input *in)
{
	uint8_t what = input_u8(in);
	bool expected;

	if (what >> 4 == 5) {
		h->model.setup.features = (what & 2 ? VCRYPTO_VRING_F_INDIRECT : 0) |
					  (what & 4 ? VCRYPTO_VRING_F_EVENT_IDX : 0);
		vcrypto_vring_negotiate(&h->ring, h->model.setup.features);
	}
	if (what & 1) {
		model_disable_notify(&h->model);
		vcrypto_vring_disable_notify(&h->ring);
		guest_check_allowed(&h->guest);
		return;
	}
	expected = model_enable_notify(&h->model);
	hook_start(h, in);
	CHECK(vcrypto_vring_enable_notify(&h->ring) == expected);
	hook_end(h);
}

static void step(struct harness *h, struct input *in)
{
	static const uint8_t weights[] = { 32, 32, 20, 8, 8, 6, 1, 2 };
	/* A broken ring stays broken, which does not take long to see. */
	static const uint8_t broken[] = { 2, 8, 4, 4, 4, 2, 1, 16 };

	switch (input_choose(in, h->model.broken ? broken : weights, sizeof(weights))) {
	case 0:
		guest_add_chain(&h->guest, in);
		break;
	case 1:
		pop(h, in);
		break;
	case 2:
		push(h, in);
		break;
	case 3:
		interrupt(h, in);
		break;
	case 4:
		notify(h, in);
		break;
	case 5:
		guest_mutate(&h->guest, in);
		break;
	case 6:
		vcrypto_vring_break(&h->ring);
		h->model.broken = true;
		break;
	default:	/* a reset, and another driver */
		guest_choose_setup(&h->guest, in);
		init_ring(h);
	}
}

/* Whatever has happened, a reset and an honest driver make the ring work (U11). */
static void check_recovery(struct harness *h)
{
	struct input honest = { NULL, 0 };

	guest_create(&h->guest, &honest);
	init_ring(h);
	CHECK(!h->model.broken);
	guest_add_chain(&h->guest, &honest);
	pop(h, &honest);
	CHECK(h->pushable_count == 1);
	push(h, &honest);
	interrupt(h, &honest);
	CHECK(h->model.next_used == 1 && h->model.next_avail == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct harness h;
	struct input in = { data, size };
	unsigned int steps;

	guest_create(&h.guest, &in);
	init_ring(&h);
	h.served = 0;
	for (steps = 0; in.left && steps < MAX_STEPS; steps++)
		step(&h, &in);
	guest_check(&h.guest);
	reached_count(h.served != 0);
	if (guest_has_time(size)) {
		check_recovery(&h);
		guest_check(&h.guest);
	}
	return 0;
}
