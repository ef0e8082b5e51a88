// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <string.h>

#include "scatter.h"
#include "scratch.h"

/* Single bytes to begin with, at times. */
#define CRUMBS 40

/* How long the next segment of a piece with @left bytes is to be. */
static size_t segment_len(struct input *in, size_t left)
{
	static const uint8_t weights[] = { 16, 3, 2, 1, 6 };

	switch (input_choose(in, weights, sizeof(weights))) {
	case 0:
		return left;
	case 1:
		return 1;
	case 2:
		return left > 1 ? left - 1 : left;
	case 3:
		return 0;
	default:
		return 1 + input_below(in, left > 4096 ? 4096 : (uint32_t)left);
	}
}

void scatter_cut(struct scatter *scatter, struct input *in, const struct iovec *pieces,
		 size_t count)
{
	struct iovec segments[SCATTER_MAX];
	size_t crumbs = input_rare(in, 32) ? CRUMBS : 0;
	size_t n = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		uint8_t *at = pieces[i].iov_base;
		size_t left = pieces[i].iov_len;

		while (left) {
			/* Keep one segment for the rest of each piece to come. */
			bool last = n + (count - i) >= SCATTER_MAX;
			size_t len = last ? left : n < crumbs ? 1 : segment_len(in, left);

			len = len < left ? len : left;
			segments[n].iov_base = len ? at : NULL;
			segments[n++].iov_len = len;
			at += len;
			left -= len;
		}
	}
	scatter->segments = scratch_alloc(n * sizeof(*segments));
	if (n)
		memcpy(scatter->segments, segments, n * sizeof(*segments));
	scatter->count = n;
	scatter->private = false;
}

void scatter_make_private(struct scatter *scatter)
{
	size_t i;

	scatter->private = true;
	for (i = 0; i < scatter->count; i++) {
		struct iovec *segment = &scatter->segments[i];

		scatter->home[i] = segment->iov_base;
		if (!segment->iov_len)
			continue;
		segment->iov_base = scratch_alloc(segment->iov_len);
		memcpy(segment->iov_base, scatter->home[i], segment->iov_len);
	}
}

void scatter_end(struct scatter *scatter)
{
	size_t i;

	for (i = 0; scatter->private && i < scatter->count; i++) {
		const struct iovec *segment = &scatter->segments[i];

		if (!segment->iov_len)
			continue;
		memcpy(scatter->home[i], segment->iov_base, segment->iov_len);
	}
}
