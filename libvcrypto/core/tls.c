// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * TLS records: MAC, then padding, then encryption (protocol 4.8.3; RFC 5246,
 * 6.2.3.2).
 *
 * Whoever can tell wrong padding from a wrong MAC, by the answer or by the time
 * it takes, can decrypt records (Vaudenay 2002; AlFardan and Paterson, Lucky
 * Thirteen, 2013).  So what is secret until the MAC has been verified, which is the
 * length of the padding, is computed with without branches and without using it as an
 * index, and what is left of the record is hashed as well, so that the number of
 * bytes hashed does not depend on it.  What remains is where in the record the
 * first hash ends: which blocks are whose and, as a hash fills up its last block,
 * whether both together take one block more.  unit-tests/test_timing.c holds the
 * rest to this.
 */
#include "internal.h"

/* TLS padding is at most this long, its own length byte included. */
#define MAX_PADDING 256

/* As a mask of all ones or zeros: a < b, for numbers below 2^31; a == 0. */
static uint32_t is_less(uint32_t a, uint32_t b)
{
	return 0u - ((a - b) >> 31);
}

static uint32_t is_zero(uint32_t a)
{
	return 0u - ((~a & (a - 1)) >> 31);
}

/* The end of a decrypted record; long enough to hold any MAC and padding. */
struct ending {
	uint8_t bytes[VCRYPTO_MAX_DIGEST + MAX_PADDING];
	uint32_t len;
	uint8_t mac[VCRYPTO_MAX_DIGEST];
	uint32_t padding;	/* bytes; if it is wrong, as if it were the shortest */
	uint32_t good;		/* mask */
};

/* @room: bytes of the record that are not MAC. */
static void check_padding(struct ending *ending, uint32_t room)
{
	uint32_t last = ending->bytes[ending->len - 1];
	uint32_t padding = last + 1;
	uint32_t wrong = is_less(room, padding);
	uint32_t i;

	for (i = 0; i < MAX_PADDING && i < ending->len; i++)
		wrong |= is_less(i, padding) & (ending->bytes[ending->len - 1 - i] ^ last);
	ending->good = is_zero(wrong);
	ending->padding = (padding & ending->good) | (1 & ~ending->good);
}

/* Byte @by comes first if @mask says so, and the others follow, those before it last. */
static void rotate(uint8_t *bytes, uint32_t len, uint32_t by, uint32_t mask)
{
	uint8_t from[2 * VCRYPTO_MAX_DIGEST];
	uint32_t i;

	memcpy(from, bytes, len);
	memcpy(from + len, bytes, len);
	/* gcc -O3 writes in vectors, and has to be told where they end at the latest. */
	for (i = 0; i < len && i < VCRYPTO_MAX_DIGEST; i++)
		bytes[i] = (uint8_t)((from[i + by] & mask) | (from[i] & ~mask));
	vcrypto_wipe(from, sizeof(from));
}

/*
 * Copies the MAC without showing from where: each byte of the ending has its turn, in a circle
 * as long as the MAC, and then the circle is turned, by 1, 2, 4 and so on or by nothing.
 */
static void extract_mac(struct ending *ending, uint32_t tag_len)
{
	uint32_t start = ending->len - ending->padding - tag_len;
	uint32_t first = 0, at = 0, by, i;

	memset(ending->mac, 0, sizeof(ending->mac));
	for (i = 0; i < ending->len; i++) {
		uint32_t inside = ~is_less(i, start) & is_less(i, start + tag_len);

		ending->mac[at] |= (uint8_t)(inside & ending->bytes[i]);
		first |= is_zero(i ^ start) & at;
		at = at + 1 == tag_len ? 0 : at + 1;
	}
	for (by = 1; by < tag_len; by *= 2)
		rotate(ending->mac, tag_len, by, ~is_zero(first & by));
}

static bool read_ending(struct vcrypto_cursor record, uint32_t tag_len, bool padded,
			struct ending *ending)
{
	uint64_t len = record.left;
	struct vcrypto_cursor before;

	ending->len = tag_len + (padded ? MAX_PADDING : 0);
	if (ending->len > len)
		ending->len = (uint32_t)len;
	if (!vcrypto_cursor_cut(&record, len - ending->len, &before) ||
	    !vcrypto_cursor_read(&record, ending->bytes, ending->len))
		return false;
	ending->padding = 0;
	ending->good = UINT32_MAX;
	if (padded)
		check_padding(ending, (uint32_t)len - tag_len);
	extract_mac(ending, tag_len);
	return true;
}

/* Everything after the decryption.  The hash has had the AAD. */
static enum vcrypto_status verify(struct vcrypto_op *op, const struct ending *ending)
{
	uint32_t tag_len = op->job.tag_len;
	uint32_t content_len = (uint32_t)op->dst.left - tag_len - ending->padding;
	struct vcrypto_cursor rest = op->dst;
	struct vcrypto_cursor content;
	uint32_t good;

	if (!vcrypto_cursor_cut(&rest, content_len, &content) ||
	    !vcrypto_run_hash(op->session, &op->job, content, false, true))
		return VCRYPTO_ERROR;
	good = ending->good & (0u - (uint32_t)vcrypto_equal(ending->mac, op->job.tag, tag_len));
	if (!vcrypto_run_hash(op->session, &op->job, rest, true, true))
		return VCRYPTO_ERROR;
	if (!good)
		return VCRYPTO_AUTH_FAILED;
	vcrypto_cursor_wipe(rest);
	op->content_len = content_len;
	return VCRYPTO_OK;
}

static enum vcrypto_status open_record(struct vcrypto_op *op, struct vcrypto_cursor src)
{
	const struct vcrypto_session *session = op->session;
	bool padded = session->cipher->block > 1;
	enum vcrypto_status status = VCRYPTO_ERROR;
	struct vcrypto_job *job = &op->job;
	struct ending ending;

	if (src.left < (uint64_t)job->tag_len + padded)
		return VCRYPTO_AUTH_FAILED;
	if (vcrypto_run_hash(session, job, job->aad, true, false) &&
	    vcrypto_run_cipher(session, job, src, op->dst) &&
	    read_ending(op->dst, job->tag_len, padded, &ending))
		status = verify(op, &ending);
	vcrypto_wipe(&ending, sizeof(ending));
	return status;
}

/* What of the content is not a whole number of blocks, MAC and padding. */
static size_t put_ending(uint8_t *to, struct vcrypto_cursor *content, const uint8_t *mac,
			 size_t mac_len, size_t len)
{
	size_t at = (size_t)content->left;

	if (!vcrypto_cursor_read(content, to, at))
		return 0;
	memcpy(to + at, mac, mac_len);
	at += mac_len;
	memset(to + at, (int)(len - at - 1), len - at);
	return len;
}

static enum vcrypto_status seal_record(struct vcrypto_op *op, struct vcrypto_cursor src)
{
	uint8_t bytes[VCRYPTO_MAX_BLOCK + VCRYPTO_MAX_DIGEST + VCRYPTO_MAX_BLOCK];
	uint64_t whole = src.left & ~((uint64_t)VCRYPTO_MAX_BLOCK - 1);
	const struct vcrypto_session *session = op->session;
	enum vcrypto_status status = VCRYPTO_ERROR;
	struct vcrypto_cursor dst = op->dst;
	struct vcrypto_job *job = &op->job;
	struct vcrypto_cursor blocks, to;
	struct iovec ending = { bytes, 0 };

	if (vcrypto_run_hash(session, job, job->aad, true, false) &&
	    vcrypto_run_hash(session, job, src, false, true) &&
	    vcrypto_cursor_cut(&src, whole, &blocks) && vcrypto_cursor_cut(&dst, whole, &to) &&
	    vcrypto_run_cipher(session, job, blocks, to)) {
		ending.iov_len = put_ending(bytes, &src, job->tag, job->tag_len,
					    (size_t)dst.left);
		if (vcrypto_run_cipher(session, job, vcrypto_cursor_start(&ending, 1), dst))
			status = VCRYPTO_OK;
	}
	vcrypto_wipe(bytes, sizeof(bytes));
	return status;
}

enum vcrypto_status vcrypto_tls(struct vcrypto_op *op)
{
	struct vcrypto_cursor src = op->job.src;

	return op->job.decrypt ? open_record(op, src) : seal_record(op, src);
}
