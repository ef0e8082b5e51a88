/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What all fuzz targets share. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

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

#endif /* FUZZ_FUZZ_H */
