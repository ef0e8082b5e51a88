// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "fuzz.h"

const char *__asan_default_options(void);

/*
 * What ASAN_OPTIONS does not say, if there is such a sanitizer.  Its quarter of a gigabyte of
 * freed memory that waits for late users is never in the cache; nothing here lives much
 * longer than an input, not even the copy that the fuzzer makes of each.  Strings are compared
 * by providers that look for what they know by its name: nothing is found or learnt there.
 */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:"
	       "malloc_context_size=2:max_malloc_fill_size=64"
#ifndef FUZZ_STRINGS
	       ":intercept_strcmp=0"
#endif
	;
}
