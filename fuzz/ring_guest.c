// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "ring_guest.h"

/* The guest whose memory the device is reading; for the hook. */
static struct guest *hooked;

static _Alignas(GUEST_BLOCK) uint8_t arena[GUEST_ARENA];
static _Alignas(GUEST_BLOCK) uint8_t shadow[GUEST_ARENA];
static uint64_t dirty[(GUEST_ARENA / GUEST_BLOCK + 63) / 64];

/* Where each region has its place: the longest there can be, with poison around it. */
static const size_t places[GUEST_REGIONS + 1] = {
	64, 20672, 27008, 39488, 44288, 44928, GUEST_ARENA
};

static size_t place_of(const void *host)
{
	return (size_t)((const uint8_t *)host - arena);
}

static void soil(size_t at, size_t len)
{
	size_t block;

	for (block = at / GUEST_BLOCK; block * GUEST_BLOCK < at + len; block++)
		dirty[block / 64] |= (uint64_t)1 << block % 64;
}

/* A block may reach into the poison, so this is nothing for memset(). */
static __attribute__((no_sanitize_address)) void clean(void)
{
	volatile uint64_t *memory, *copy;
	size_t i, k, block;

	for (i = 0; i < sizeof(dirty) / sizeof(dirty[0]); i++)
		for (; dirty[i]; dirty[i] &= dirty[i] - 1) {
			block = (i * 64 + (size_t)__builtin_ctzll(dirty[i])) * GUEST_BLOCK;
			memory = (volatile uint64_t *)(void *)(arena + block);
			copy = (volatile uint64_t *)(void *)(shadow + block);
			for (k = 0; k < GUEST_BLOCK / sizeof(*copy); k++)
				memory[k] = copy[k] = 0;
		}
}

const struct vcrypto_region *guest_region(const struct guest *guest, uint64_t at)
{
	size_t i;

	for (i = 0; i < GUEST_REGIONS; i++)
		if (at - guest->regions[i].guest < guest->regions[i].len)
			return &guest->regions[i];
	return NULL;
}

uint8_t *guest_shadow_of(const void *host)
{
	return shadow + place_of(host);
}

size_t guest_place(const uint8_t *copy)
{
	return (size_t)(copy - shadow);
}

uint8_t *guest_shadow(const struct guest *guest, uint64_t at)
{
	const struct vcrypto_region *region = guest_region(guest, at);

	return region ? guest_shadow_of(region->host) + (at - region->guest) : NULL;
}

void guest_write(struct guest *guest, uint64_t at, const void *bytes, size_t len)
{
	const uint8_t *from = bytes;
	size_t place, k;

	for (; len; at += k, from += k, len -= k) {
		const struct vcrypto_region *region = guest_region(guest, at);

		k = 1;
		if (!region)
			continue;
		if (len < region->len - (at - region->guest))
			k = len;
		else
			k = (size_t)(region->len - (at - region->guest));
		place = place_of(region->host) + (size_t)(at - region->guest);
		memcpy(arena + place, from, k);
		memcpy(shadow + place, from, k);
		soil(place, k);
	}
}

void guest_allow(struct guest *guest, uint64_t at, const void *bytes, size_t len)
{
	const struct vcrypto_region *region = guest_region(guest, at);
	size_t place;

	CHECK(region && len <= region->len - (at - region->guest));
	CHECK(guest->allowed < GUEST_ALLOWED);
	place = place_of(region->host) + (size_t)(at - region->guest);
	memcpy(shadow + place, bytes, len);
	soil(place, len);
	guest->allow[guest->allowed].at = place;
	guest->allow[guest->allowed++].len = len;
}

void guest_foretell(const void *host, const void *bytes, size_t len)
{
	memcpy(guest_shadow_of(host), bytes, len);
	soil(place_of(host), len);
}

void guest_accept(const void *host, size_t len)
{
	memcpy(guest_shadow_of(host), host, len);
	soil(place_of(host), len);
}

void guest_check_piece(const void *host, size_t len)
{
	CHECK(!memcmp(host, guest_shadow_of(host), len));
}

void guest_check(const struct guest *guest)
{
	size_t i;

	for (i = 0; i < GUEST_REGIONS; i++)
		guest_check_piece(guest->regions[i].host, (size_t)guest->regions[i].len);
}

void guest_check_allowed(struct guest *guest)
{
	static int verbose = -1;
	size_t i;

	if (verbose < 0)
		verbose = getenv("VCRYPTO_FUZZ_VERBOSE") != NULL;
	if (verbose)
		guest_check(guest);
	for (i = 0; i < guest->allowed; i++)
		CHECK(!memcmp(arena + guest->allow[i].at, shadow + guest->allow[i].at,
			      guest->allow[i].len));
	guest->allowed = 0;
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
	size_t place = place_of(at);

	*at ^= guest->flip;
	if (place < GUEST_ARENA)
		shadow[place] ^= guest->flip;
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
	static const uint8_t weights[] = { 6, 1, 3, 3, 6, 4, 1, 1 };
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

/* One thing about it is not as it should be. */
static void spoil_setup(struct guest *guest, struct input *in)
{
	static const uint32_t odd_sizes[] = { 0, 3, 255, 2048, 32768, 0x10000, 0x80000000 };
	struct vcrypto_vring_setup *setup = &guest->setup;

	switch (input_below(in, 5)) {
	case 0:
		setup->size = odd_sizes[input_below(in, 7)];
		break;
	case 1:
		setup->size *= 2;
		break;
	case 2:
		setup->desc = odd_address(guest, in, setup->desc);
		break;
	case 3:
		setup->avail = odd_address(guest, in, setup->avail);
		break;
	default:
		setup->used = odd_address(guest, in, setup->used);
	}
}

/* An index that is 0, or will soon wrap around. */
static uint16_t choose_index(struct input *in)
{
	uint32_t choice = input_rare(in, 4) ? input_below(in, 32) : 32;

	if (choice == 32)
		return 0;
	return (uint16_t)(choice < 16 ? 0xfff0 + choice : 0xfffd + choice % 4);
}

void guest_choose_setup(struct guest *guest, struct input *in)
{
	struct vcrypto_vring_setup *setup = &guest->setup;
	uint8_t choice;

	setup->size = guest->size;
	setup->desc = guest->regions[0].guest;
	setup->avail = guest->regions[1].guest;
	setup->used = guest->regions[2].guest;
	setup->features = 0;
	if (!input_rare(in, 8))
		setup->features |= VCRYPTO_VRING_F_INDIRECT;
	choice = input_u8(in);
	if (choice & 1)
		setup->features |= VCRYPTO_VRING_F_EVENT_IDX;
	guest->longest = 0;
	if (choice >= 0xf0)
		guest->longest = guest->size + (choice & 0xeu);
	else if (choice >= 0xe8)	/* to no effect */
		guest->longest = guest->size / 2;
	setup->next_avail = choose_index(in);
	setup->next_used = choose_index(in);
	if (input_rare(in, 10))
		spoil_setup(guest, in);
	guest->avail_idx = setup->next_avail;
	guest->next_desc = input_rare(in, 4) ? (uint16_t)(input_u16(in) % guest->size) : 0;
}

/* Moves the border between region @i and the poison behind it to place @end. */
static void move_border(size_t i, size_t end)
{
	static size_t borders[GUEST_REGIONS];	/* where they are */
	size_t granule = borders[i] & ~(size_t)7;

	if (!borders[0]) {
		fuzz_poison(arena, GUEST_ARENA);
		memcpy(borders, places, sizeof(borders));
		granule = borders[i];
	}
	if (end > borders[i])
		fuzz_unpoison(arena + granule, end - granule);
	else if (end < borders[i])
		fuzz_poison(arena + end, ((borders[i] + 7) & ~(size_t)7) - end);
	borders[i] = end;
}

static void add_region(struct guest *guest, size_t i, uint64_t at, uint64_t len, size_t shift)
{
	guest->regions[i].guest = at;
	guest->regions[i].len = len;
	guest->regions[i].host = arena + places[i] + shift;
	move_border(i, places[i] + shift + (size_t)len);
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
	uint64_t desc = 0x10000, avail = 0x20000;
	uint64_t missing[GUEST_DATA] = { 0 };	/* bytes, of each part of the ring */
	size_t shift = 0;

	clean();
	guest->allowed = 0;
	guest->flips = 0;
	guest->size = choose_size(in);
	if (input_rare(in, 32)) {	/* in host and guest not aligned alike */
		desc = input_rare(in, 3) ? 0 : 0x10000;
		avail += input_rare(in, 3);
		shift = 8 >> input_below(in, 4);
		if (input_rare(in, 3))	/* no part is shorter than 8 */
			missing[input_below(in, GUEST_DATA)] = 1 + input_below(in, 7);
	}
	add_region(guest, 0, desc, vcrypto_vring_desc_bytes(guest->size) + slack - missing[0],
		   shift == 8 ? 8 : 0);
	add_region(guest, 1, avail, vcrypto_vring_avail_bytes(guest->size) + slack - missing[1],
		   shift);
	add_region(guest, 2, 0x30000, vcrypto_vring_used_bytes(guest->size) + slack - missing[2],
		   shift);
	add_region(guest, 3, 0x40000, first + slack, 0);
	add_region(guest, 4, 0x40000 + first + slack, second, 0);
	add_region(guest, 5, UINT64_MAX - top, top, 0);
	guest->memory.regions = guest->regions;
	guest->memory.count = GUEST_REGIONS;
	guest_choose_setup(guest, in);
}
