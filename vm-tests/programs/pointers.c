// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/mman.h>

#include "check.h"
#include "dev.h"
#include "pointers.h"

uint8_t *unreadable[UNREADABLE];
uint8_t *read_only, *torn;

uint8_t *pointers_map(size_t size, int protection)
{
	uint8_t *memory = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	REQUIRE(memory != MAP_FAILED);
	return memory;
}

void pointers_prepare(void)
{
	uint8_t *unmapped, *no_access;

	unmapped = pointers_map(BIG, PROT_READ);
	REQUIRE(munmap(unmapped, BIG) == 0);
	no_access = pointers_map(BIG, PROT_NONE);
	read_only = pointers_map(BIG, PROT_READ);
	torn = pointers_map(2 * BIG, PROT_READ | PROT_WRITE);
	REQUIRE(mprotect(torn + BIG, BIG, PROT_NONE) == 0);
	unreadable[0] = NULL;
	unreadable[1] = dev_unconst((void *)16);
	unreadable[2] = unmapped;
	unreadable[3] = no_access;
	/* The kernel's half, or for a 32-bit program what comes close to it. */
	unreadable[4] = dev_unconst((void *)(uintptr_t)0xffffffff81000000ull);
	unreadable[5] = dev_unconst((void *)(UINTPTR_MAX - 15));
}
