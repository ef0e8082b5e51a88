// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Where the bytes of a request lie, and how they are cut.  First each half is
 * cut into pieces of its stream, then each piece gets an address.
 */
#include "ring.h"

/* Far above what sim_alloc() hands out. */
#define IN_AT (1ull << 40)
#define OUT_AT (2ull << 40)
#define SHARED_AT (3ull << 40)
#define PAGES_AT (4ull << 40)

/* Pieces for one half, so that both fit the ring. */
#define MOST_PIECES 480
#define INTERLEAVED 5	/* bytes of a piece */
#define SHIFT 5		/* from source to destination that overlap */

void place_start(struct ring_memory *memory, struct sim_memory *guest)
{
	size_t i;

	memory->in = sim_map(guest, IN_AT, RING_ARENA);
	memory->out = sim_map(guest, OUT_AT, RING_ARENA);
	memory->shared = sim_map(guest, SHARED_AT, 2 * RING_ARENA);
	for (i = 0; i < RING_PAGES; i++)
		memory->pages[i] = sim_map(guest, PAGES_AT + i * RING_PAGE, RING_PAGE);
}

bool place_can(const struct message *message)
{
	if (message->cut == CUT_IN_PLACE || message->cut == CUT_INTERLEAVED ||
	    message->cut == CUT_OVERLAP)
		return message->in.payload_len && message->out.payload_len;
	return true;
}

enum sim_layout place_layout(enum cut cut)
{
	return cut == CUT_INDIRECT ? SIM_INDIRECT : cut == CUT_MIXED ? SIM_MIXED : SIM_DIRECT;
}

/* @len bytes in pieces of at least @least, and no more than fit. */
static size_t step(size_t len, size_t least)
{
	size_t fits = len / MOST_PIECES + 1;

	return fits > least ? fits : least;
}

static void add_piece(struct half *half, size_t from, size_t to)
{
	if (from == to)
		return;
	half->pieces[half->piece_count++].len = (uint32_t)(to - from);
}

static void cut_evenly(struct half *half, size_t from, size_t to, size_t each)
{
	for (; from < to; from += each)
		add_piece(half, from, to - from > each ? from + each : to);
}

static void cut_at(struct half *half, const size_t *offsets, size_t count)
{
	size_t from = 0;
	size_t i;

	for (i = 0; i < count && offsets[i] < half->len; i++) {
		add_piece(half, from, offsets[i]);
		from = offsets[i];
	}
	add_piece(half, from, half->len);
}

/* Before the payload, the payload in pieces of @each, behind it. */
static void cut_payload(struct half *half, size_t each)
{
	size_t end = half->payload + half->payload_len;

	add_piece(half, 0, half->payload);
	cut_evenly(half, half->payload, end, each);
	add_piece(half, end, half->len);
}

static void cut_half(struct half *half, enum cut cut)
{
	/* In the request header, in its parameters; in the response header. */
	static const size_t within[] = { 1, 7, 13, 21, 30, 35, 43, 50 };

	half->piece_count = 0;
	switch (cut) {
	case CUT_BYTES:
		cut_evenly(half, 0, half->len, step(half->len, 1));
		break;
	case CUT_FIELDS:
		cut_at(half, half->fields, half->field_count);
		break;
	case CUT_HEADER:
		cut_at(half, within, COUNT(within));
		break;
	case CUT_INDIRECT:
	case CUT_MIXED:
		cut_payload(half, step(half->payload_len, 64));
		break;
	case CUT_INTERLEAVED:
		cut_payload(half, step(half->payload_len, INTERLEAVED));
		break;
	case CUT_PAGES:
	case CUT_IN_PLACE:
	case CUT_OVERLAP:
		cut_payload(half, half->payload_len + 1);
		break;
	default:
		add_piece(half, 0, half->len);
	}
}

/* The middle of the piece on the border of two pages. */
static uint64_t across_pages(struct ring_memory *memory, size_t len)
{
	size_t before = (len + 1) / 2;
	size_t pages = (before + RING_PAGE - 1) / RING_PAGE;
	uint64_t border = PAGES_AT + (memory->next_page + pages) * RING_PAGE;

	memory->next_page += pages + (len - before + RING_PAGE - 1) / RING_PAGE;
	if (memory->next_page > RING_PAGES)
		sim_die("too few pages");
	return border - before;
}

static uint64_t shared_address(const struct half *half, enum cut cut, size_t offset, bool write)
{
	size_t each;

	if (cut == CUT_IN_PLACE)
		return SHARED_AT + RING_GUARD + offset;
	if (cut == CUT_OVERLAP)
		return SHARED_AT + RING_GUARD + offset + (write ? SHIFT : 0);
	each = step(half->payload_len, INTERLEAVED);
	return SHARED_AT + RING_GUARD + 2 * offset + (write ? each : 0);
}

static uint64_t address(struct ring_memory *memory, const struct half *half, enum cut cut,
			size_t offset, size_t len, bool write)
{
	bool shares = cut == CUT_IN_PLACE || cut == CUT_OVERLAP || cut == CUT_INTERLEAVED;

	if (cut == CUT_PAGES)
		return across_pages(memory, len);
	if (shares && offset >= half->payload && offset - half->payload < half->payload_len)
		return shared_address(half, cut, offset - half->payload, write);
	/* To the very end of the region: a byte too many is outside. */
	return (write ? OUT_AT : IN_AT) + RING_ARENA - half->len + offset;
}

/* The host's bytes at @guest, as far as they are in one piece. */
static uint8_t *host(struct ring_memory *memory, uint64_t guest, size_t *here)
{
	const struct sim_buffer *region = guest >= PAGES_AT ?
		&memory->pages[(guest - PAGES_AT) / RING_PAGE] :
		guest >= SHARED_AT ? &memory->shared : guest >= OUT_AT ? &memory->out : &memory->in;
	size_t offset = (size_t)(guest - region->guest);

	if (*here > region->len - offset)
		*here = region->len - offset;
	return region->host + offset;
}

/* What to do with the bytes of a piece. */
enum access {
	FILL,
	WRITE,
	READ,
	SAME,	/* compare */
};

static bool touch(uint8_t *at, uint8_t *bytes, size_t len, enum access access)
{
	switch (access) {
	case FILL:
		memset(at, SIM_FILL, len);
		return true;
	case WRITE:
		memcpy(at, bytes, len);
		return true;
	case READ:
		memcpy(bytes, at, len);
		return true;
	default:
		return memcmp(at, bytes, len) == 0;
	}
}

static bool each_byte(struct ring_memory *memory, struct half *half, enum access access)
{
	size_t offset = 0;
	bool fine = true;
	size_t i, here, done;

	for (i = 0; i < half->piece_count; i++)
		for (done = 0; done < half->pieces[i].len; done += here, offset += here) {
			uint8_t *at;

			here = half->pieces[i].len - done;
			at = host(memory, half->pieces[i].guest + done, &here);
			fine &= touch(at, half->bytes + offset, here, access);
		}
	return fine;
}

static void place_half(struct ring_memory *memory, struct half *half, enum cut cut, bool write)
{
	size_t offset = 0;
	size_t i;

	cut_half(half, cut);
	for (i = 0; i < half->piece_count; i++) {
		struct sim_part *piece = &half->pieces[i];

		piece->write = write;
		piece->guest = address(memory, half, cut, offset, piece->len, write);
		offset += piece->len;
	}
}

static uint8_t *guard(struct ring_memory *memory, const struct message *message)
{
	return memory->out.host + RING_ARENA - message->out.len - RING_GUARD;
}

void place(struct ring_memory *memory, struct message *message)
{
	memory->next_page = 0;
	place_half(memory, &message->in, message->cut, false);
	place_half(memory, &message->out, message->cut, true);
	memset(guard(memory, message), SIM_FILL, RING_GUARD);
	each_byte(memory, &message->out, FILL);
	each_byte(memory, &message->in, WRITE);
}

bool place_back(struct ring_memory *memory, struct message *message)
{
	bool fine = message->cut == CUT_IN_PLACE || message->cut == CUT_OVERLAP ||
		each_byte(memory, &message->in, SAME);
	const uint8_t *before = guard(memory, message);
	size_t i;

	for (i = 0; i < RING_GUARD; i++)
		fine &= before[i] == SIM_FILL;
	each_byte(memory, &message->out, READ);
	return fine;
}
