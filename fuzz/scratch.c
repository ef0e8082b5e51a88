// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "scratch.h"

#define SIZE ((size_t)8 << 20)
#define GAP 32			/* at least, between two pieces */

static _Alignas(16) uint8_t memory[SIZE];
static size_t used;

void *scratch_alloc(size_t len)
{
	uint8_t *piece;

	if (!used) {
		fuzz_poison(memory, sizeof(memory));
		used = GAP;
	}
	CHECK(len <= SIZE && used + len + 2 * GAP <= SIZE);
	piece = memory + used;
	fuzz_unpoison(piece, len);
	used = (used + len + GAP + 15) / 16 * 16;
	return piece;
}

void scratch_reset(void)
{
	if (used > GAP)
		fuzz_poison(memory + GAP, used - GAP);
	used = used ? GAP : 0;
}
