// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <vcrypto/cursor.h>

/* More pairs of segments than this are not compared one by one. */
#define MAX_HAZARD_PAIRS 16384

void *vcrypto_cursor_span(struct vcrypto_cursor *cursor, size_t max, size_t *len)
{
	uint8_t *base;
	size_t here;

	if (!cursor->left || !max)
		return NULL;
	while (cursor->offset == cursor->segment->iov_len) {
		cursor->segment++;
		cursor->offset = 0;
	}
	base = (uint8_t *)cursor->segment->iov_base + cursor->offset;
	here = cursor->segment->iov_len - cursor->offset;
	if (here > max)
		here = max;
	if (here > cursor->left)
		here = (size_t)cursor->left;
	cursor->offset += here;
	cursor->left -= here;
	*len = here;
	return base;
}

bool vcrypto_cursor_read_scattered(struct vcrypto_cursor cursor, void *to, size_t len,
				   struct vcrypto_cursor *after)
{
	uint8_t *out = to;
	const void *span;
	size_t here;

	if (len > cursor.left)
		return false;
	while (len && (span = vcrypto_cursor_span(&cursor, len, &here))) {
		memcpy(out, span, here);
		vcrypto_read_hook(span, here);
		out += here;
		len -= here;
	}
	*after = cursor;
	return true;
}

bool vcrypto_cursor_write_scattered(struct vcrypto_cursor cursor, const void *from, size_t len,
				    struct vcrypto_cursor *after)
{
	const uint8_t *in = from;
	size_t here;
	void *span;

	if (len > cursor.left)
		return false;
	while (len && (span = vcrypto_cursor_span(&cursor, len, &here))) {
		memcpy(span, in, here);
		in += here;
		len -= here;
	}
	*after = cursor;
	return true;
}

bool vcrypto_cursor_cut_scattered(struct vcrypto_cursor cursor, uint64_t len,
				  struct vcrypto_cursor *after)
{
	size_t here;

	if (len > cursor.left)
		return false;
	while (len) {
		size_t max = len < SIZE_MAX ? (size_t)len : SIZE_MAX;

		if (!vcrypto_cursor_span(&cursor, max, &here))
			return false;
		len -= here;
	}
	*after = cursor;
	return true;
}

void vcrypto_cursor_wipe(struct vcrypto_cursor cursor)
{
	size_t here;
	void *span;

	while ((span = vcrypto_cursor_span(&cursor, SIZE_MAX, &here)))
		vcrypto_wipe(span, here);
}

/* The memory between the lowest and the highest byte of a stream. */
struct hull {
	uintptr_t low;
	uintptr_t high;		/* one past the last byte */
	size_t spans;
};

static struct hull hull_of(struct vcrypto_cursor cursor)
{
	struct hull hull = { UINTPTR_MAX, 0, 0 };
	uintptr_t at;
	size_t here;

	while ((at = (uintptr_t)vcrypto_cursor_span(&cursor, SIZE_MAX, &here))) {
		if (at < hull.low)
			hull.low = at;
		if (at + here > hull.high)
			hull.high = at + here;
		hull.spans++;
	}
	return hull;
}

/* Whether the span at @at, @offset bytes into its stream, meets @other askew. */
static bool span_hazard(uintptr_t at, size_t len, uint64_t offset, struct vcrypto_cursor other)
{
	uint64_t other_offset = 0;
	uintptr_t other_at;
	size_t here;

	while ((other_at = (uintptr_t)vcrypto_cursor_span(&other, SIZE_MAX, &here))) {
		if (at < other_at + here && other_at < at + len &&
		    (uint64_t)at - offset != (uint64_t)other_at - other_offset)
			return true;
		other_offset += here;
	}
	return false;
}

static bool scattered_hazard(struct vcrypto_cursor src, struct vcrypto_cursor dst)
{
	struct hull from = hull_of(src);
	struct hull to = hull_of(dst);
	uint64_t offset = 0;
	uintptr_t at;
	size_t here;

	if (from.low >= to.high || to.low >= from.high)
		return false;
	if ((uint64_t)from.spans * to.spans > MAX_HAZARD_PAIRS)
		return true;
	while ((at = (uintptr_t)vcrypto_cursor_span(&src, SIZE_MAX, &here))) {
		if (span_hazard(at, here, offset, dst))
			return true;
		offset += here;
	}
	return false;
}

bool vcrypto_cursor_hazard(struct vcrypto_cursor src, struct vcrypto_cursor dst)
{
	uintptr_t from = (uintptr_t)vcrypto_cursor_peek(&src, src.left);
	uintptr_t to = (uintptr_t)vcrypto_cursor_peek(&dst, dst.left);

	if (!src.left || !dst.left)
		return false;
	if (!from || !to)
		return scattered_hazard(src, dst);
	return from != to && from < to + dst.left && to < from + src.left;
}

/* Whether the span at @at has bytes of @other. */
static bool span_meets(uintptr_t at, size_t len, struct vcrypto_cursor other)
{
	uintptr_t other_at;
	size_t here;

	while ((other_at = (uintptr_t)vcrypto_cursor_span(&other, SIZE_MAX, &here)))
		if (at < other_at + here && other_at < at + len)
			return true;
	return false;
}

bool vcrypto_cursor_meets(struct vcrypto_cursor one, struct vcrypto_cursor other)
{
	struct hull here = hull_of(one);
	struct hull there = hull_of(other);
	uintptr_t at;
	size_t len;

	if (here.low >= there.high || there.low >= here.high)
		return false;
	if ((uint64_t)here.spans * there.spans > MAX_HAZARD_PAIRS)
		return true;
	while ((at = (uintptr_t)vcrypto_cursor_span(&one, SIZE_MAX, &len)))
		if (span_meets(at, len, other))
			return true;
	return false;
}

void vcrypto_walk_start(struct vcrypto_walk *walk, struct vcrypto_cursor src,
			struct vcrypto_cursor dst, size_t block)
{
	walk->src = src;
	walk->dst = dst;
	walk->block = block;
	walk->bounced = false;
	walk->len = 0;
}

static void finish_bounce(struct vcrypto_walk *walk)
{
	/* The destination has room: the block was taken from both streams' lengths. */
	if (walk->bounced && !vcrypto_cursor_write(&walk->dst, walk->bounce, walk->block))
		walk->dst.left = 0;
	walk->bounced = false;
}

/* Bytes in one piece at a cursor, at most VCRYPTO_WALK_MAX; without stepping. */
static size_t piece(struct vcrypto_cursor *cursor)
{
	uint64_t here = cursor->left;

	/* Settles the cursor on a segment that is not used up. */
	if (!vcrypto_cursor_peek(cursor, 1))
		return 0;
	if (here > cursor->segment->iov_len - cursor->offset)
		here = cursor->segment->iov_len - cursor->offset;
	return here < VCRYPTO_WALK_MAX ? (size_t)here : VCRYPTO_WALK_MAX;
}

static bool next_bounce(struct vcrypto_walk *walk)
{
	size_t at = 0;
	size_t here;
	const void *span;

	while (at < walk->block) {
		span = vcrypto_cursor_span(&walk->src, walk->block - at, &here);
		if (!span)
			return false;
		memcpy(walk->bounce + at, span, here);
		at += here;
	}
	walk->in = walk->bounce;
	walk->out = walk->bounce;
	walk->len = walk->block;
	walk->bounced = true;
	return true;
}

bool vcrypto_walk_next(struct vcrypto_walk *walk)
{
	size_t len, in_piece, out_piece;

	finish_bounce(walk);
	in_piece = piece(&walk->src);
	out_piece = piece(&walk->dst);
	len = in_piece < out_piece ? in_piece : out_piece;
	len &= ~(walk->block - 1);
	if (!len)
		return walk->src.left >= walk->block && walk->dst.left >= walk->block &&
		       next_bounce(walk);
	walk->in = vcrypto_cursor_peek(&walk->src, len);
	walk->out = vcrypto_cursor_peek(&walk->dst, len);
	walk->len = len;
	vcrypto_cursor_step(&walk->src, len);
	vcrypto_cursor_step(&walk->dst, len);
	return true;
}

void vcrypto_walk_finish(struct vcrypto_walk *walk)
{
	finish_bounce(walk);
	vcrypto_wipe(walk->bounce, sizeof(walk->bounce));
}
