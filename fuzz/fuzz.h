/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What all fuzz targets share. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"

/* A broken promise of the library: fatal, so that the fuzzer keeps the input. */
#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, \
				#condition); \
			abort(); \
		} \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* malloc() of exactly @len bytes that cannot fail; a unique address for 0. */
static inline void *fuzz_alloc(size_t len)
{
	void *memory = malloc(len ? len : 1);

	CHECK(memory);
	return memory;
}

/*
 * Memory from a pool that is to be what malloc() would give: what is poisoned nobody may
 * touch, and a sanitizer sees who does.  FUZZ_POISON says that there is one: the target's
 * own files may be compiled without.
 */
#ifdef FUZZ_POISON
void __asan_poison_memory_region(void const volatile *at, size_t len);
void __asan_unpoison_memory_region(void const volatile *at, size_t len);
#define fuzz_poison(at, len) __asan_poison_memory_region(at, len)
#define fuzz_unpoison(at, len) __asan_unpoison_memory_region(at, len)
#else
#define fuzz_poison(at, len) ((void)(at), (void)(len))
#define fuzz_unpoison(at, len) ((void)(at), (void)(len))
#endif

/*
 * Each input of a target says once whether it reached what the target is for: a chain
 * served, a crypto operation.  The share is printed at the end.  If all do, refusals are
 * hardly tried any more; if few do, what follows from success is not: 30 to 70 % it is to be.
 * One file of a target calls this.
 */
static uint64_t reached_inputs, reached_yes;

static inline void reached_print(void)
{
	fprintf(stderr, "stat::inputs_with_real_work_percent: %.1f\n",
		100.0 * (double)reached_yes / (double)reached_inputs);
}

static inline void reached_count(bool yes)
{
	if (!reached_inputs++)
		CHECK(!atexit(reached_print));
	reached_yes += yes;
}

#endif /* FUZZ_FUZZ_H */
