// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "scratch.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#endif

#define SIZE ((size_t)8 << 20)
#define GAP 32			/* at least, between two pieces */

static _Alignas(16) uint8_t memory[SIZE];
static size_t used;

void *scratch_alloc(size_t len)
{
	uint8_t *piece;

	if (!used) {
		ASAN_POISON_MEMORY_REGION(memory, sizeof(memory));
		used = GAP;
	}
	CHECK(len <= SIZE && used + len + 2 * GAP <= SIZE);
	piece = memory + used;
	ASAN_UNPOISON_MEMORY_REGION(piece, len);
	used = (used + len + GAP + 15) / 16 * 16;
	return piece;
}

void scratch_reset(void)
{
	if (used > GAP)
		ASAN_POISON_MEMORY_REGION(memory + GAP, used - GAP);
	used = used ? GAP : 0;
}
