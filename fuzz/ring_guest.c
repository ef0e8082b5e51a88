// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "ring_guest.h"

/* The guest whose memory the device is reading; for the hook. */
static struct guest *hooked;

uint8_t *guest_shadow(const struct guest *guest, uint64_t at)
{
	size_t i;

	for (i = 0; i < GUEST_REGIONS; i++)
		if (at - guest->regions[i].guest < guest->regions[i].len)
			return guest->shadow[i] + (at - guest->regions[i].guest);
	return NULL;
}

void guest_write(struct guest *guest, uint64_t at, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	size_t i, k;

	for (k = 0; k < len; k++)
		for (i = 0; i < GUEST_REGIONS; i++) {
			uint64_t offset = at + k - guest->regions[i].guest;

			if (offset >= guest->regions[i].len)
				continue;
			((uint8_t *)guest->regions[i].host)[offset] = from[k];
			guest->shadow[i][offset] = from[k];
		}
}

void guest_check(const struct guest *guest)
{
	size_t i;

	for (i = 0; i < GUEST_REGIONS; i++)
		CHECK(!memcmp(guest->regions[i].host, guest->shadow[i],
			      (size_t)guest->regions[i].len));
}

void guest_hook_start(struct guest *guest, uint8_t flip)
{
	guest->flip = flip;
	guest->flips = 0;
	guest->bytes_read = 0;
	hooked = guest;
}

static void flip_byte(struct guest *guest, uint8_t *at)
{
	size_t i;

	*at ^= guest->flip;
	for (i = 0; i < GUEST_REGIONS; i++) {
		size_t offset = (uintptr_t)at - (uintptr_t)guest->regions[i].host;

		if (offset < guest->regions[i].len)
			guest->shadow[i][offset] ^= guest->flip;
	}
}

void guest_hook_end(struct guest *guest)
{
	hooked = NULL;
	while (guest->flips)
		flip_byte(guest, guest->flipped[--guest->flips]);
}

void vcrypto_read_hook(const void *shared, size_t len)
{
	size_t i;

	if (!hooked)
		return;
	hooked->bytes_read += len;
	for (i = 0; hooked->flip && i < len && hooked->flips < GUEST_FLIPS; i++) {
		uint8_t *at = (uint8_t *)(uintptr_t)shared + i;

		hooked->flipped[hooked->flips++] = at;
		flip_byte(hooked, at);
	}
}

static uint32_t choose_size(struct input *in)
{
	static const uint8_t weights[] = { 4, 2, 2, 2, 4, 4, 1, 1 };
	static const uint32_t sizes[] = { 8, 1, 2, 4, 16, 32, 256, 1024 };

	return sizes[input_choose(in, weights, sizeof(weights))];
}

/* An address that is not quite right. */
static uint64_t odd_address(const struct guest *guest, struct input *in, uint64_t right)
{
	switch (input_below(in, 6)) {
	case 0:
		return right + 1;
	case 1:
		return right - 2;
	case 2:
		return right + 16;
	case 3:		/* on top of something else */
		return guest->regions[input_below(in, GUEST_REGIONS)].guest;
	case 4:
		return UINT64_MAX - input_u8(in);
	default:
		return input_u64(in);
	}
}

void guest_choose_setup(struct guest *guest, struct input *in)
{
	static const uint32_t odd_sizes[] = { 0, 3, 255, 2048, 32768, 0x10000, 0x80000000 };
	struct vcrypto_vring_setup *setup = &guest->setup;

	setup->size = guest->size;
	setup->desc = guest->regions[0].guest;
	setup->avail = guest->regions[1].guest;
	setup->used = guest->regions[2].guest;
	setup->features = 0;
	if (!input_rare(in, 8))
		setup->features |= VCRYPTO_VRING_F_INDIRECT;
	if (input_u8(in) & 1)
		setup->features |= VCRYPTO_VRING_F_EVENT_IDX;
	setup->next_avail = input_rare(in, 4) ? (uint16_t)(0xfff0 + input_below(in, 32)) : 0;
	setup->next_used = input_rare(in, 4) ? (uint16_t)(0xfff0 + input_below(in, 32)) : 0;
	if (input_rare(in, 32))
		setup->size = odd_sizes[input_below(in, 7)];
	if (input_rare(in, 32))
		setup->size *= 2;
	if (input_rare(in, 24))
		setup->desc = odd_address(guest, in, setup->desc);
	if (input_rare(in, 24))
		setup->avail = odd_address(guest, in, setup->avail);
	if (input_rare(in, 24))
		setup->used = odd_address(guest, in, setup->used);
	guest->avail_idx = setup->next_avail;
	guest->next_desc = 0;
}

static void add_region(struct guest *guest, size_t i, uint64_t at, uint64_t len)
{
	guest->regions[i].guest = at;
	guest->regions[i].len = len;
	guest->regions[i].host = fuzz_alloc((size_t)len);
	guest->shadow[i] = fuzz_alloc((size_t)len);
	memset(guest->regions[i].host, 0, (size_t)len);
	memset(guest->shadow[i], 0, (size_t)len);
}

/*
 * Descriptor table, available and used ring, each where a region begins and
 * ends; then buffers: two adjacent regions, a hole, and one below the top.
 */
void guest_create(struct guest *guest, struct input *in)
{
	uint64_t slack = input_rare(in, 16) ? 4096 : 0;
	uint64_t first = 16 + input_below(in, 512);
	uint64_t second = 16 + input_below(in, 512);
	uint64_t top = 1 + input_below(in, 256);

	memset(guest, 0, sizeof(*guest));
	guest->size = choose_size(in);
	add_region(guest, 0, input_rare(in, 64) ? 0 : 0x10000,
		   vcrypto_vring_desc_bytes(guest->size) + slack);
	add_region(guest, 1, 0x20000 + (input_rare(in, 32) ? 1 : 0),
		   vcrypto_vring_avail_bytes(guest->size) + slack);
	add_region(guest, 2, 0x30000, vcrypto_vring_used_bytes(guest->size) + slack);
	add_region(guest, 3, 0x40000, first + slack);
	add_region(guest, 4, 0x40000 + first + slack, second);
	add_region(guest, 5, UINT64_MAX - top, top);
	guest->memory.regions = guest->regions;
	guest->memory.count = GUEST_REGIONS;
	guest_choose_setup(guest, in);
}

void guest_destroy(struct guest *guest)
{
	size_t i;

	for (i = 0; i < GUEST_REGIONS; i++) {
		free(guest->regions[i].host);
		free(guest->shadow[i]);
	}
}
