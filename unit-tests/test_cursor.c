// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Byte streams over iovecs, and walks over two of them (cursor.h), against flat
 * copies, in random segments. */
#include <stdlib.h>

#include "check.h"

#define LEN 300
#define MAX_SEGMENTS 2000

/* A stream of bytes in segments, some of them empty. */
struct stream {
	uint8_t flat[LEN];
	struct iovec segments[MAX_SEGMENTS];
	size_t count;
};

/* Every segment is an allocation of its own; flat holds a copy of the bytes. */
static void stream_start(struct stream *stream, uint64_t *random, uint32_t longest)
{
	size_t at = 0;

	pattern(stream->flat, LEN, *random);
	stream->count = 0;
	while (at < LEN || random_below(random, 2)) {
		size_t here = random_below(random, longest + 1);

		if (here > LEN - at)
			here = LEN - at;
		assert_in_range(stream->count, 0, MAX_SEGMENTS - 1);
		stream->segments[stream->count].iov_base = malloc(here ? here : 1);
		stream->segments[stream->count].iov_len = here;
		memcpy(stream->segments[stream->count].iov_base, stream->flat + at, here);
		stream->count++;
		at += here;
	}
}

static struct vcrypto_cursor stream_cursor(const struct stream *stream)
{
	return vcrypto_cursor_start(stream->segments, stream->count);
}

/* Copies the bytes back to flat and frees the segments. */
static void stream_stop(struct stream *stream)
{
	size_t at = 0;
	size_t i;

	for (i = 0; i < stream->count; i++) {
		memcpy(stream->flat + at, stream->segments[i].iov_base,
		       stream->segments[i].iov_len);
		at += stream->segments[i].iov_len;
		free(stream->segments[i].iov_base);
	}
}

static void reads_give_the_bytes_in_order(void **state)
{
	struct stream stream;
	uint64_t random = 1;
	uint8_t bytes[LEN];
	uint32_t round;

	(void)state;
	for (round = 0; round < 300; round++) {
		struct vcrypto_cursor cursor;
		size_t at = 0;

		stream_start(&stream, &random, 1 + round % 50);
		cursor = stream_cursor(&stream);
		assert_int_equal(cursor.left, LEN);
		while (cursor.left) {
			size_t len = random_below(&random, 30);

			if (len > cursor.left) {
				struct vcrypto_cursor before = cursor;

				assert_false(vcrypto_cursor_read(&cursor, bytes, len));
				assert_int_equal(cursor.left, before.left);
				len = (size_t)cursor.left;
			}
			assert_true(vcrypto_cursor_read(&cursor, bytes, len));
			assert_memory_equal(bytes, stream.flat + at, len);
			at += len;
		}
		assert_true(vcrypto_cursor_read(&cursor, bytes, 0));
		assert_false(vcrypto_cursor_read(&cursor, bytes, 1));
		stream_stop(&stream);
	}
}

static void writes_and_cuts_reach_just_their_bytes(void **state)
{
	struct stream stream;
	uint64_t random = 2;
	uint8_t expected[LEN], bytes[LEN];
	uint32_t round;

	(void)state;
	for (round = 0; round < 300; round++) {
		struct vcrypto_cursor cursor, part;
		size_t skip = random_below(&random, LEN), len = random_below(&random, LEN);

		stream_start(&stream, &random, 1 + round % 50);
		memcpy(expected, stream.flat, LEN);
		pattern(bytes, LEN, round);
		cursor = stream_cursor(&stream);
		assert_true(vcrypto_cursor_cut(&cursor, skip, &part));
		assert_int_equal(part.left, skip);
		assert_int_equal(cursor.left, LEN - skip);
		assert_false(vcrypto_cursor_cut(&cursor, LEN - skip + 1, &part));
		assert_false(vcrypto_cursor_write(&cursor, bytes, LEN - skip + 1));
		if (len > LEN - skip)
			len = LEN - skip;
		assert_true(vcrypto_cursor_cut(&cursor, len, &part));
		assert_true(vcrypto_cursor_write(&part, bytes, len));
		assert_int_equal(part.left, 0);
		assert_false(vcrypto_cursor_write(&part, bytes, 1));
		memcpy(expected + skip, bytes, len);
		/* What follows the part is wiped. */
		vcrypto_cursor_wipe(cursor);
		memset(expected + skip + len, 0, LEN - skip - len);
		stream_stop(&stream);
		assert_memory_equal(stream.flat, expected, LEN);
	}
}

static void spans_give_each_byte_once(void **state)
{
	struct stream stream;
	uint64_t random = 3;
	uint32_t round;

	(void)state;
	for (round = 0; round < 300; round++) {
		size_t max = 1 + random_below(&random, 40), len = 0, at = 0;
		struct vcrypto_cursor cursor;
		const uint8_t *span;

		stream_start(&stream, &random, 1 + round % 50);
		cursor = stream_cursor(&stream);
		assert_null(vcrypto_cursor_span(&cursor, 0, &len));
		while ((span = vcrypto_cursor_span(&cursor, max, &len))) {
			assert_in_range(len, 1, max);
			assert_memory_equal(span, stream.flat + at, len);
			at += len;
		}
		assert_int_equal(at, LEN);
		assert_null(vcrypto_cursor_span(&cursor, max, &len));
		stream_stop(&stream);
	}
}

/* Every piece whole blocks, everything once and in order, for each block size. */
static void walks_hand_out_whole_blocks_of_both_streams(void **state)
{
	struct stream from, to;
	uint64_t random = 4;
	uint8_t expected[LEN];
	uint32_t round;
	size_t i;

	(void)state;
	for (round = 0; round < 1000; round++) {
		size_t block = (size_t)1 << round % 5;
		size_t len = LEN / block * block, at = 0;
		struct vcrypto_cursor src, dst, part_src, part_dst;
		struct vcrypto_walk walk;

		stream_start(&from, &random, 1 + random_below(&random, 60));
		stream_start(&to, &random, 1 + random_below(&random, 60));
		memcpy(expected, to.flat, LEN);
		src = stream_cursor(&from);
		dst = stream_cursor(&to);
		assert_true(vcrypto_cursor_cut(&src, len, &part_src));
		assert_true(vcrypto_cursor_cut(&dst, len, &part_dst));
		vcrypto_walk_start(&walk, part_src, part_dst, block);
		while (vcrypto_walk_next(&walk)) {
			assert_true(walk.len && walk.len % block == 0);
			assert_memory_equal(walk.in, from.flat + at, walk.len);
			for (i = 0; i < walk.len; i++, at++)
				walk.out[i] = (uint8_t)~walk.in[i];
		}
		vcrypto_walk_finish(&walk);
		assert_int_equal(at, len);
		assert_true(all_bytes(walk.bounce, sizeof(walk.bounce), 0));
		for (i = 0; i < len; i++)
			expected[i] = (uint8_t)~from.flat[i];
		stream_stop(&to);
		stream_stop(&from);
		assert_memory_equal(to.flat, expected, LEN);
	}
}

/* cursor.h: so that a second pass finds the data in cache */
static void a_piece_of_a_walk_is_not_longer_than_its_limit(void **state)
{
	const size_t len = 3 * VCRYPTO_WALK_MAX + 32;
	uint8_t *memory = calloc(2, len);
	struct iovec in = { memory, len }, out = { memory + len, len };
	struct vcrypto_walk walk;
	size_t total = 0;

	(void)state;
	assert_non_null(memory);
	vcrypto_walk_start(&walk, vcrypto_cursor_start(&in, 1), vcrypto_cursor_start(&out, 1), 16);
	while (vcrypto_walk_next(&walk)) {
		assert_in_range(walk.len, 16, VCRYPTO_WALK_MAX);
		total += walk.len;
	}
	vcrypto_walk_finish(&walk);
	assert_int_equal(total, len);
	free(memory);
}

/* Streams that do not keep the contract end the walk; they do not leave memory. */
static void a_walk_over_streams_that_do_not_match_ends_early(void **state)
{
	uint8_t from[40], to[40];
	size_t in_len, out_len;

	(void)state;
	for (in_len = 0; in_len <= 40; in_len++)
		for (out_len = 0; out_len <= 40; out_len++) {
			struct iovec in[2] = { { from, in_len / 2 },
					       { from + in_len / 2, in_len - in_len / 2 } };
			struct iovec out = { to, out_len };
			struct vcrypto_walk walk;
			size_t total = 0;

			vcrypto_walk_start(&walk, vcrypto_cursor_start(in, 2),
					   vcrypto_cursor_start(&out, 1), 16);
			while (vcrypto_walk_next(&walk))
				total += walk.len;
			vcrypto_walk_finish(&walk);
			assert_int_equal(total, (in_len < out_len ? in_len : out_len) / 16 * 16);
		}
}

/* A hazard is never overlooked: brute force over random segments of one arena. */
static bool brute_meets(const struct iovec *src, size_t src_count, const struct iovec *dst,
			size_t dst_count, bool askew)
{
	const uint8_t *in[128], *out[128];
	size_t n = 0, m = 0, i, k;

	for (i = 0; i < src_count; i++)
		for (k = 0; k < src[i].iov_len; k++)
			in[n++] = (uint8_t *)src[i].iov_base + k;
	for (i = 0; i < dst_count; i++)
		for (k = 0; k < dst[i].iov_len; k++)
			out[m++] = (uint8_t *)dst[i].iov_base + k;
	for (i = 0; i < n; i++)
		for (k = 0; k < m; k++)
			if (in[i] == out[k] && (i != k || !askew))
				return true;
	return false;
}

static void hazards_are_found_and_only_those(void **state)
{
	static uint8_t arena[256];
	struct iovec src[4], dst[4];
	uint64_t random = 6;
	uint32_t round, i, n, m, hazards = 0;

	(void)state;
	for (round = 0; round < 50000; round++) {
		n = 1 + random_below(&random, 4);
		m = 1 + random_below(&random, 4);
		for (i = 0; i < 4; i++) {
			src[i].iov_base = arena + 12 + random_below(&random, 200);
			src[i].iov_len = random_below(&random, 10);
			dst[i] = src[i];
			if (random_below(&random, 3) == 0)
				dst[i].iov_base = arena + random_below(&random, 200);
			if (random_below(&random, 3) == 0)
				dst[i].iov_len = random_below(&random, 20);
		}
		if (n == 1 || m == 1)
			dst[0].iov_base = (uint8_t *)src[0].iov_base - 12 +
					  random_below(&random, 24);
		hazards += brute_meets(src, n, dst, m, true);
		assert_int_equal(vcrypto_cursor_hazard(vcrypto_cursor_start(src, n),
						       vcrypto_cursor_start(dst, m)),
				 brute_meets(src, n, dst, m, true));
		assert_int_equal(vcrypto_cursor_meets(vcrypto_cursor_start(src, n),
						      vcrypto_cursor_start(dst, m)),
				 brute_meets(src, n, dst, m, false));
	}
	assert_in_range(hazards, 1000, 49000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_give_the_bytes_in_order),
		cmocka_unit_test(writes_and_cuts_reach_just_their_bytes),
		cmocka_unit_test(spans_give_each_byte_once),
		cmocka_unit_test(walks_hand_out_whole_blocks_of_both_streams),
		cmocka_unit_test(a_piece_of_a_walk_is_not_longer_than_its_limit),
		cmocka_unit_test(a_walk_over_streams_that_do_not_match_ends_early),
		cmocka_unit_test(hazards_are_found_and_only_those),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
