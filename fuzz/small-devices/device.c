// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A hostile guest makes chains available, the ring hands them out, the device
 * answers.  For each answer: the length and bytes that the reference foretells,
 * no byte of guest memory changed beyond those, and none read twice, even if the
 * guest changes each byte behind our back as soon as it has been read.
 */
#include "device.h"

#define MAX_STEPS 100
#define MAX_SEGMENTS 4096

struct harness {
	struct guest guest;
	struct vcrypto_vring ring;
	struct iovec segments[MAX_SEGMENTS];
	struct vcrypto_chain chain;
	uint8_t *request;	/* kept, and never freed */
	size_t allocated;
	size_t len;
	uint64_t room;
	unsigned int served;	/* chains, of this input */
};

static uint64_t sum(const struct iovec *segments, size_t count)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < count; i++)
		bytes += segments[i].iov_len;
	return bytes;
}

/* The guest writes a request to where the chain's readable part is. */
static void plant(struct harness *h, struct input *in)
{
	uint8_t *from = h->request;

	fuzz_device.plant(in, h->request, h->len);
	for (size_t i = 0; i < h->chain.readable; i++) {
		memcpy(h->segments[i].iov_base, from, h->segments[i].iov_len);
		guest_accept(h->segments[i].iov_base, h->segments[i].iov_len);
		from += h->segments[i].iov_len;
	}
}

/* Segments may overlap, so what is there is not always what was planted. */
static void fetch(struct harness *h)
{
	uint8_t *to = h->request;

	for (size_t i = 0; i < h->chain.readable; i++) {
		memcpy(to, h->segments[i].iov_base, h->segments[i].iov_len);
		to += h->segments[i].iov_len;
	}
}

/* The reply is where it was foretold to be; of segments that overlap the last one stays. */
static void foretell_reply(struct harness *h, const uint8_t *reply, size_t len)
{
	for (size_t i = h->chain.readable; len; i++) {
		size_t here = h->segments[i].iov_len < len ? h->segments[i].iov_len : len;

		guest_foretell(h->segments[i].iov_base, reply, here);
		reply += here;
		len -= here;
	}
}

/* What has just been foretold, and what is to be believed next; all else waits for the end. */
static void check_reply(const struct harness *h)
{
	for (size_t i = h->chain.readable; i < h->chain.readable + h->chain.writable; i++)
		guest_check_piece(h->segments[i].iov_base, h->segments[i].iov_len);
	guest_check_piece(h->ring.used, (size_t)vcrypto_vring_used_bytes(h->ring.size));
}

/* Whether any two segments share memory; then changing bytes has side effects. */
static bool overlaps(const struct harness *h)
{
	size_t count = h->chain.readable + h->chain.writable;

	if (count > 64)
		return true;
	for (size_t i = 0; i < count; i++)
		for (size_t k = i + 1; k < count; k++) {
			const struct iovec *a = &h->segments[i], *b = &h->segments[k];

			if ((uintptr_t)a->iov_base < (uintptr_t)b->iov_base + b->iov_len &&
			    (uintptr_t)b->iov_base < (uintptr_t)a->iov_base + a->iov_len)
				return true;
		}
	return false;
}

static void answer(struct harness *h, struct input *in)
{
	const struct iovec *writable = h->segments + h->chain.readable;
	bool flip = input_rare(in, 3) && !overlaps(h);
	uint8_t *reply = h->request + h->len;
	size_t expected;
	uint32_t written;

	if (!input_rare(in, 6))
		plant(h, in);
	fetch(h);
	expected = fuzz_device.expect(h->request, h->len, h->room, reply);
	guest_hook_start(&h->guest, flip ? input_u8(in) : 0);
	written = fuzz_device.process(vcrypto_cursor_start(h->segments, h->chain.readable),
				      vcrypto_cursor_start(writable, h->chain.writable));
	CHECK(h->guest.bytes_read <= h->len);
	guest_hook_end(&h->guest);
	CHECK(written == expected);
	foretell_reply(h, reply, expected);
	check_reply(h);
	fuzz_device.check();
	if (!written) {
		vcrypto_vring_break(&h->ring);
	} else {
		h->served++;
		vcrypto_vring_push(&h->ring, h->chain.head, written);
	}
	/* What the ring does is another target's. */
	guest_accept(h->ring.used, (size_t)vcrypto_vring_used_bytes(h->ring.size));
}

static void serve(struct harness *h, struct input *in)
{
	h->chain = (struct vcrypto_chain){ .segments = h->segments, .capacity = MAX_SEGMENTS };
	if (vcrypto_vring_pop(&h->ring, &h->chain) != VCRYPTO_VRING_READY)
		return;
	h->len = (size_t)sum(h->segments, h->chain.readable);
	h->room = sum(h->segments + h->chain.readable, h->chain.writable);
	/* With the reply behind it: for the reference, so that there may be more. */
	if (2 * h->len + 16 > h->allocated) {
		free(h->request);
		h->allocated = 4 * h->len + 4096;
		h->request = fuzz_alloc(h->allocated);
	}
	answer(h, in);
}

/* A reset of the device. */
static void reset(struct harness *h)
{
	fuzz_device.reset();
	if (!vcrypto_vring_init(&h->ring, &h->guest.memory, &h->guest.setup))
		vcrypto_vring_break(&h->ring);
}

static void step(struct harness *h, struct input *in)
{
	static const uint8_t weights[] = { 32, 32, 4, 8, 2 };
	static const uint8_t broken[] = { 2, 4, 2, 4, 8 };

	switch (input_choose(in, h->ring.broken ? broken : weights, sizeof(weights))) {
	case 0:
		guest_add_chain(&h->guest, in);
		break;
	case 1:
		serve(h, in);
		break;
	case 2:
		guest_mutate(&h->guest, in);
		break;
	case 3:
		fuzz_device.poke(in);
		fuzz_device.check();
		break;
	default:
		guest_choose_setup(&h->guest, in);
		reset(h);
	}
}

/* An honest driver's first request: eight bytes each way. */
static void add_honest_chain(struct guest *guest)
{
	uint64_t at = guest->regions[GUEST_DATA].guest;
	struct vcrypto_desc chain[2] = {
		{ vcrypto_put64(at), vcrypto_put32(8), vcrypto_put16(VCRYPTO_DESC_NEXT),
		  vcrypto_put16(1) },
		{ vcrypto_put64(at + 8), vcrypto_put32(8), vcrypto_put16(VCRYPTO_DESC_WRITE),
		  vcrypto_put16(0) },
	};
	struct vcrypto_le16 one = vcrypto_put16(1);

	guest_write(guest, guest->setup.desc, chain, sizeof(chain));
	guest_write(guest, guest->setup.avail + 2, &one, sizeof(one));
}

/* Whatever has happened, a reset and an honest driver make the device work. */
static void check_recovery(struct harness *h)
{
	struct input honest = { NULL, 0 };

	guest_create(&h->guest, &honest);
	reset(h);
	add_honest_chain(&h->guest);
	serve(h, &honest);
	CHECK(h->ring.next_used == 1 && !h->ring.broken);
	guest_check(&h->guest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct harness h;
	struct input in = { data, size };

	guest_create(&h.guest, &in);
	reset(&h);
	h.served = 0;
	for (unsigned int steps = 0; in.left && steps < MAX_STEPS; steps++)
		step(&h, &in);
	guest_check(&h.guest);
	reached_count(h.served != 0);
	if (guest_has_time(size))
		check_recovery(&h);
	return 0;
}
