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

/*
 * In place of the sanitizer's: that one tells the fuzzer of each comparison, even of those that
 * libcrypto makes to find a parameter by its name, and the words would end up in inputs.
 */
#if defined(FUZZ_POISON) && defined(__clang__) && !defined(FUZZ_STRINGS)
int strcmp(const char *one, const char *other);

INPUT_QUIET int strcmp(const char *one, const char *other)
{
	for (; *one && *one == *other; one++)
		other++;
	return (unsigned char)*one - (unsigned char)*other;
}
#endif
