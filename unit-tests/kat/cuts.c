// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "kat.h"

/* Some are for the ring only, some for the ioctls only; see ring.c and device.c. */
static const struct {
	const char *name;
	const char *help;
} cuts[CUT_COUNT] = {
	[CUT_WHOLE] = { "whole", "one buffer for each half of the request" },
	[CUT_BYTES] = { "bytes", "one byte in each buffer, as far as the ring has room" },
	[CUT_FIELDS] = { "fields", "a cut at every border of a field" },
	[CUT_HEADER] = { "header", "cuts within the headers and parameters" },
	[CUT_PAGES] = { "pages", "buffers across pages that lie apart" },
	[CUT_INDIRECT] = { "indirect", "all buffers in an indirect table" },
	[CUT_MIXED] = { "mixed", "the first buffer direct, the others in an indirect table" },
	[CUT_IN_PLACE] = { "inplace", "source and destination are the same bytes" },
	[CUT_INTERLEAVED] = { "interleaved", "pieces of source and destination take turns" },
	[CUT_OVERLAP] = { "overlap", "the destination begins within the source" },
	[CUT_UNALIGNED] = { "unaligned", "source and destination at odd addresses" },
	[CUT_EDGE] = { "edge", "buffers that end where memory ends" },
	[CUT_REQUESTS] = { "requests", "several requests that go on from each other" },
};

const char *cut_name(enum cut cut)
{
	return cuts[cut].name;
}

const char *cut_help(enum cut cut)
{
	return cuts[cut].help;
}
