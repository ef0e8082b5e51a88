/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A position in a byte stream that is scattered over an iovec.
 *
 * Virtio forbids any meaning in where one descriptor ends and the next begins
 * (virtio 1.2, 2.7.4), so the core sees only streams: one to read, one to
 * write.  Every access to memory that the other side can change goes through
 * a cursor.  There are two kinds of access:
 *
 *  - control bytes are copied out once, by vcrypto_cursor_read(), and what is
 *    checked and used afterwards is the copy;
 *  - payload is not copied: vcrypto_cursor_span() and struct vcrypto_walk give
 *    out pointers into the iovec, to be handed to a backend and nothing else.
 *
 * A cursor is a small value: copy it to keep a position, cut it to hand out a
 * part.  It owns nothing; the iovec and the memory behind it must outlive it.
 * Empty segments are allowed anywhere.
 */
#ifndef VCRYPTO_CURSOR_H
#define VCRYPTO_CURSOR_H

#include <vcrypto/limits.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A place in a stream of bytes.  One of zeros is an empty stream. */
struct vcrypto_cursor {
	const struct iovec *segment;	/* the one that holds the next byte */
	size_t offset;			/* of the next byte in that segment */
	uint64_t left;			/* bytes from here to the end of the stream */
};

/* A chain, for whoever executes requests: what the caller has, and what comes back. */
struct vcrypto_io {
	const struct iovec *readable;	/* the segments that the device reads */
	const struct iovec *writable;	/* and those that it writes */
	size_t readable_count;		/* segments, not bytes */
	size_t writable_count;		/* likewise */
	/*
	 * Result: bytes written, for the used ring; 0 if there was no room for a
	 * reply.  Such a request was not executed and cannot be answered:
	 * mark the device broken.
	 */
	uint32_t written;
};

/* The start of the stream that @count segments at @segments make up. */
static inline struct vcrypto_cursor vcrypto_cursor_start(const struct iovec *segments,
							 size_t count)
{
	struct vcrypto_cursor cursor = { segments, 0, 0 };
	size_t i;

	for (i = 0; i < count; i++)
		cursor.left += segments[i].iov_len;
	return cursor;
}

/*
 * Where the next @len bytes lie, if that is in one segment; else, and for 0,
 * NULL.  Does not step over them.
 */
static inline uint8_t *vcrypto_cursor_peek(struct vcrypto_cursor *cursor, uint64_t len)
{
	if (!len || len > cursor->left)
		return NULL;
	while (cursor->offset == cursor->segment->iov_len) {
		cursor->segment++;
		cursor->offset = 0;
	}
	if (len > cursor->segment->iov_len - cursor->offset)
		return NULL;
	return (uint8_t *)cursor->segment->iov_base + cursor->offset;
}

/* The same, of a cursor that stays as it is. */
static inline uint8_t *vcrypto_cursor_at(const struct vcrypto_cursor *cursor, uint64_t len)
{
	const struct iovec *segment = cursor->segment;
	size_t offset = cursor->offset;

	if (!len || len > cursor->left)
		return NULL;
	for (; offset == segment->iov_len; segment++)
		offset = 0;
	return len > segment->iov_len - offset ? NULL : (uint8_t *)segment->iov_base + offset;
}

/* Step over @len bytes that vcrypto_cursor_peek() has found. */
static inline void vcrypto_cursor_step(struct vcrypto_cursor *cursor, uint64_t len)
{
	cursor->offset += (size_t)len;
	cursor->left -= len;
}

/*
 * The three below for bytes that lie in several segments.  Nearly every header,
 * parameter block and IV lies in one, which is why the others are inline.  These take
 * the cursor as a value and return where it has got to, because a cursor whose address
 * goes to a function cannot stay in registers.  False, and @after not set, if fewer
 * bytes are left.
 */
VCRYPTO_MUST_CHECK VCRYPTO_RARE
bool vcrypto_cursor_read_scattered(struct vcrypto_cursor cursor, void *to, size_t len,
				   struct vcrypto_cursor *after);
VCRYPTO_MUST_CHECK VCRYPTO_RARE
bool vcrypto_cursor_write_scattered(struct vcrypto_cursor cursor, const void *from, size_t len,
				    struct vcrypto_cursor *after);
VCRYPTO_MUST_CHECK VCRYPTO_RARE
bool vcrypto_cursor_cut_scattered(struct vcrypto_cursor cursor, uint64_t len,
				  struct vcrypto_cursor *after);

/* memcpy(), without a call or a loop for the usual length of an IV or a block. */
static inline void vcrypto_copy_block(void *to, const void *from, size_t len)
{
	if (len == VCRYPTO_MAX_BLOCK)
		memcpy(to, from, VCRYPTO_MAX_BLOCK);
	else
		memcpy(to, from, len);
}

/*
 * Copy the next @len bytes to @to and step over them.  False, and nothing
 * done, if fewer are left.
 */
VCRYPTO_MUST_CHECK
static inline bool vcrypto_cursor_read(struct vcrypto_cursor *cursor, void *to, size_t len)
{
	const uint8_t *from = vcrypto_cursor_peek(cursor, len);
	struct vcrypto_cursor after;

	if (!len)
		return true;
	if (!from) {
		if (!vcrypto_cursor_read_scattered(*cursor, to, len, &after))
			return false;
		*cursor = after;
		return true;
	}
	vcrypto_copy_block(to, from, len);
	vcrypto_read_hook(from, len);
	vcrypto_cursor_step(cursor, len);
	return true;
}

/* Copy @len bytes from @from into the stream and step over them; else as read. */
VCRYPTO_MUST_CHECK
static inline bool vcrypto_cursor_write(struct vcrypto_cursor *cursor, const void *from,
					size_t len)
{
	uint8_t *to = vcrypto_cursor_peek(cursor, len);
	struct vcrypto_cursor after;

	if (!len)
		return true;
	if (!to) {
		if (!vcrypto_cursor_write_scattered(*cursor, from, len, &after))
			return false;
		*cursor = after;
		return true;
	}
	vcrypto_copy_block(to, from, len);
	vcrypto_cursor_step(cursor, len);
	return true;
}

/*
 * Cut the next @len bytes off: @part becomes a cursor over just these, and
 * @cursor steps over them.  False, and nothing done, if fewer are left.
 */
VCRYPTO_MUST_CHECK
static inline bool vcrypto_cursor_cut(struct vcrypto_cursor *cursor, uint64_t len,
				      struct vcrypto_cursor *part)
{
	struct vcrypto_cursor after;
	bool in_one = vcrypto_cursor_peek(cursor, len);

	part->segment = cursor->segment;
	part->offset = cursor->offset;
	if (in_one || !len) {
		vcrypto_cursor_step(cursor, len);
	} else {
		if (!vcrypto_cursor_cut_scattered(*cursor, len, &after))
			return false;
		*cursor = after;
	}
	part->left = len;
	return true;
}

/*
 * The next contiguous run of bytes: at least one, at most @max.  Sets @len to
 * its length, steps over it and returns its address, or returns NULL at the
 * end of the stream.
 */
void *vcrypto_cursor_span(struct vcrypto_cursor *cursor, size_t max, size_t *len);

/* Overwrite all that is left with zeros. */
VCRYPTO_RARE
void vcrypto_cursor_wipe(struct vcrypto_cursor cursor);

/*
 * Whether working from @src to @dst front to back, in pieces, could read a
 * byte that an earlier piece has overwritten: true if the two streams share
 * memory at unlike offsets.  Streams that are identical (in place) or disjoint
 * are safe.  Bounded: where comparing all segments would take too long, the
 * answer is a cautious true.
 */
VCRYPTO_RARE
bool vcrypto_cursor_hazard(struct vcrypto_cursor src, struct vcrypto_cursor dst);

/* Whether the two have any byte in common; as cautious. */
bool vcrypto_cursor_meets(struct vcrypto_cursor one, struct vcrypto_cursor other);

/* Longest piece that a walk hands out, in bytes: it still lies in a near cache
 * when a second pass (hash, then encrypt) reads it again. */
#define VCRYPTO_WALK_MAX 16384

/*
 * A walk over source and destination in step, in pieces a block cipher can
 * use: both contiguous, a whole number of blocks.  A block that straddles
 * segments is gathered into @bounce and scattered again.
 *
 *	vcrypto_walk_start(&walk, src, dst, block);
 *	while (vcrypto_walk_next(&walk))
 *		transform(walk.out, walk.in, walk.len);
 *	vcrypto_walk_finish(&walk);
 *
 * Both streams have the same length, which is a multiple of the block size;
 * with a block size of 1 no bounce is ever used.  in == out happens, for work
 * in place and for bounced blocks.
 */
struct vcrypto_walk {
	const uint8_t *in;	/* read from here */
	uint8_t *out;		/* write to here */
	size_t len;		/* bytes; a multiple of the block, at most VCRYPTO_WALK_MAX */
	/* private */
	struct vcrypto_cursor src;
	struct vcrypto_cursor dst;
	size_t block;
	bool bounced;
	uint8_t bounce[VCRYPTO_MAX_BLOCK];
};

/* @block: a power of two, 1 ... VCRYPTO_MAX_BLOCK bytes. */
void vcrypto_walk_start(struct vcrypto_walk *walk, struct vcrypto_cursor src,
			struct vcrypto_cursor dst, size_t block);

/* Finishes the piece before, then fills in, out and len; false at the end. */
bool vcrypto_walk_next(struct vcrypto_walk *walk);

/* Stop early or late; wipes the bounce buffer. */
void vcrypto_walk_finish(struct vcrypto_walk *walk);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_CURSOR_H */
