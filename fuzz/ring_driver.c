// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the guest's driver does: mostly right, each way to be wrong rare. */
#include "ring_guest.h"

/* What is wrong with a buffer, or only unusual. */
static void odd_buffer(const struct guest *guest, struct input *in, uint64_t *at, uint32_t *len)
{
	const struct vcrypto_region *region = guest_region(guest, *at);
	uint32_t to_end = (uint32_t)(region->len - (*at - region->guest));

	switch (input_below(in, 8)) {
	case 0:		/* to the end, and maybe past it */
	case 1:
		*len = to_end + input_below(in, 3);
		break;
	case 2:		/* from one region into the next */
		*len = to_end + input_below(in, 600);
		break;
	case 3:
		*len = input_rare(in, 2) ? 0 : input_border(in);
		break;
	case 4:		/* so long that a few of them are too much for 32 bits */
		*len = 0u - input_u8(in);
		break;
	case 5:
		*at = UINT64_MAX - input_below(in, 512);
		break;
	case 6:
		*at = input_u64(in);
		break;
	default:	/* the ring itself */
		*at = guest->regions[input_below(in, GUEST_DATA)].guest + (input_u8(in) & ~1u);
	}
}

/* A buffer: mostly inside one region of data. */
static void choose_buffer(const struct guest *guest, struct input *in, struct vcrypto_desc *desc)
{
	const struct vcrypto_region *region =
		&guest->regions[GUEST_DATA + input_below(in, GUEST_REGIONS - GUEST_DATA)];
	uint64_t offset = input_below(in, (uint32_t)region->len);
	uint64_t at = region->guest + offset;
	uint32_t len = 1 + input_below(in, (uint32_t)(region->len - offset));

	if (input_rare(in, 16))
		odd_buffer(guest, in, &at, &len);
	desc->addr = vcrypto_put64(at);
	desc->len = vcrypto_put32(len);
}

/* Flags, or the next descriptor, as they should not be. */
static void odd_link(struct input *in, uint16_t at, uint16_t *flags, uint16_t *next)
{
	switch (input_below(in, 6)) {
	case 0:
		*flags ^= VCRYPTO_DESC_INDIRECT;
		break;
	case 1:
		*flags ^= VCRYPTO_DESC_NEXT;
		break;
	case 2:
		*flags ^= VCRYPTO_DESC_WRITE;
		break;
	case 3:
		*flags ^= (uint16_t)(1u << input_below(in, 16));
		break;
	case 4:
		*next = input_u16(in);
		break;
	default:
		*next = (uint16_t)(at - 1);
	}
}

/* Where a chain's descriptors go: the table, or an indirect one. */
struct place {
	uint64_t table;
	uint32_t entries;	/* a power of two in the ring's table, or enough */
	uint16_t at;
};

/* One descriptor at @place, linked to the one after unless it is the @last. */
static void put_desc(struct guest *guest, struct input *in, struct place *place,
		     struct vcrypto_desc *desc, uint16_t flags, bool last)
{
	uint16_t next = (uint16_t)((place->at + 1u) % place->entries);

	if (last)	/* which is not to be looked at then */
		next = (uint16_t)(next * 257u);
	else
		flags |= VCRYPTO_DESC_NEXT;
	if (input_rare(in, 48))
		odd_link(in, place->at, &flags, &next);
	desc->flags = vcrypto_put16(flags);
	desc->next = vcrypto_put16(next);
	guest_write(guest, place->table + 16 * (uint64_t)place->at, desc, sizeof(*desc));
	place->at = last ? (uint16_t)((place->at + 1u) % place->entries) : next;
}

/* Readable buffers, then writable ones; @done of @count are already in place. */
static void put_buffers(struct guest *guest, struct input *in, struct place *place,
			uint32_t from, uint32_t to, uint32_t count, uint32_t readable)
{
	struct vcrypto_desc desc;
	uint32_t i;

	for (i = from; i < to; i++) {
		choose_buffer(guest, in, &desc);
		put_desc(guest, in, place, &desc, i < readable ? 0 : VCRYPTO_DESC_WRITE,
			 i + 1 == count);
	}
}

/* What is wrong with the place of an indirect table, or only unusual. */
static void odd_table(const struct guest *guest, struct input *in,
		      const struct vcrypto_region *region, uint64_t *at, uint32_t *len)
{
	switch (input_below(in, 6)) {
	case 0:		/* into the next region, or a hole */
	case 1:
		*at = region->guest + region->len - 8;
		break;
	case 2:		/* at the end of the address space, and maybe around it */
		*at = UINT64_MAX - 16 - input_below(in, 3) * 8;
		*len += 16 * input_below(in, 3);
		break;
	case 3:
		*len = input_border(in);
		break;
	case 4:
		*len = *len - 16 + input_below(in, 33);
		break;
	default:
		*len = 16 * (guest->setup.size + input_below(in, 2));
	}
}

/* The descriptor that leads to an indirect table with room for @entries. */
static struct place put_indirect(struct guest *guest, struct input *in, struct place *place,
				 uint32_t entries)
{
	const struct vcrypto_region *region = &guest->regions[GUEST_DATA + input_below(in, 2)];
	uint64_t at = region->guest;
	uint32_t len = 16 * entries;
	uint16_t flags = VCRYPTO_DESC_INDIRECT;
	struct place inside = { 0, entries, 0 };
	struct vcrypto_desc desc;

	if (len < region->len)
		at += input_below(in, (uint32_t)(region->len - len) + 1);
	if (input_rare(in, 8))
		odd_table(guest, in, region, &at, &len);
	if (input_rare(in, 8))		/* to be ignored */
		flags |= VCRYPTO_DESC_WRITE;
	desc.addr = vcrypto_put64(at);
	desc.len = vcrypto_put32(len);
	put_desc(guest, in, place, &desc, flags, true);
	inside.table = at;
	return inside;
}

/* An index into the available ring; wrong in amount or direction at times. */
static void publish(struct guest *guest, struct input *in, uint16_t head)
{
	uint32_t size = guest->setup.size ? guest->setup.size : 1;
	struct vcrypto_le16 word = vcrypto_put16(head);

	guest_write(guest, guest->setup.avail + 4 + 2 * (uint64_t)(guest->avail_idx % size),
		    &word, sizeof(word));
	guest->avail_idx++;
	word = vcrypto_put16(guest->avail_idx);
	if (input_rare(in, 64))
		word = vcrypto_put16((uint16_t)(guest->avail_idx + input_u16(in)));
	guest_write(guest, guest->setup.avail + 2, &word, sizeof(word));
}

/* How many buffers: few as a rule, at times as many as the ring allows. */
static uint32_t choose_count(struct guest *guest, struct input *in)
{
	uint32_t size = guest->setup.size < 1024 ? guest->setup.size : 1024;
	uint32_t count;

	if (input_rare(in, 24))
		return (guest->longest > size ? guest->longest : size) + input_below(in, 3) -
		       (size > 1);
	count = 2 + input_below(in, 5);
	return count > size && size > 1 ? size : count;
}

void guest_add_chain(struct guest *guest, struct input *in)
{
	uint32_t count = choose_count(guest, in);
	uint32_t readable = input_rare(in, 32) ? input_below(in, count + 1) :
						 1 + input_below(in, count > 1 ? count - 1 : 1);
	uint32_t direct = input_rare(in, 3) ? input_below(in, count) : count;
	struct place place = {
		guest->setup.desc,
		guest->setup.size ? guest->setup.size : 1,
		guest->next_desc,
	};
	uint16_t head = place.at;

	put_buffers(guest, in, &place, 0, direct, count, readable);
	if (direct < count) {
		struct place inside = put_indirect(guest, in, &place, count - direct);

		if (input_rare(in, 16))		/* a table within a table */
			inside = put_indirect(guest, in, &inside, count - direct);
		put_buffers(guest, in, &inside, direct, count, count, readable);
	}
	guest->next_desc = (uint16_t)(place.at % place.entries);
	if (input_rare(in, 48))		/* in flight, or out of range */
		head = input_rare(in, 2) ? input_u16(in) :
		       input_rare(in, 2) ? (uint16_t)guest->setup.size : (uint16_t)(head - 1);
	publish(guest, in, head);
}

void guest_mutate(struct guest *guest, struct input *in)
{
	const struct vcrypto_region *region = &guest->regions[input_below(in, GUEST_REGIONS)];
	uint64_t at = region->guest + input_below(in, (uint32_t)region->len);
	uint8_t bytes[16];
	size_t len = 1 + input_below(in, sizeof(bytes));
	struct vcrypto_le16 event;
	bool met = false;

	if (input_rare(in, 2)) {	/* flags of the driver, or the event index */
		met = !(input_u8(in) & 1);
		at = guest->setup.avail + (met ? 4 + 2 * guest->setup.size : 0);
		len = 2;
	}
	if (input_rare(in, 2)) {
		memset(bytes, input_u8(in), sizeof(bytes));
	} else {
		input_fill(in, bytes, sizeof(bytes));
		/* One that will soon be met, as an honest driver's is. */
		event = vcrypto_put16((uint16_t)(guest->setup.next_used + bytes[0] % 8));
		if (met)
			memcpy(bytes, &event, sizeof(event));
	}
	guest_write(guest, at, bytes, len);
}
