/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Buffers cut into iovecs at places that the input chooses.  No cut may change
 * any result (protocol 3), and every array and, on request, every segment is
 * a piece of its exact size (scratch.h), so that a sanitizer sees one byte too many.
 */
#ifndef FUZZ_SCATTER_H
#define FUZZ_SCATTER_H

#include <sys/uio.h>

#include "fuzz.h"

#define SCATTER_MAX 96		/* segments */

struct scatter {
	struct iovec *segments;		/* exactly count of them */
	size_t count;
	uint8_t *home[SCATTER_MAX];	/* where a private segment came from */
	bool private;
};

/* Cut @count pieces, in order, into segments; with empty ones in between at times. */
void scatter_cut(struct scatter *scatter, struct input *in, const struct iovec *pieces,
		 size_t count);

/* Give each segment memory of its own, with the bytes of its home. */
void scatter_make_private(struct scatter *scatter);

/* Copy private segments home; what is left goes with scratch_reset(). */
void scatter_end(struct scatter *scatter);

#endif /* FUZZ_SCATTER_H */
