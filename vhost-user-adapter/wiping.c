// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Memory of libcrypto's, wiped when it is given back: to read a DER it copies it, and does not
 * wipe the copy.  The whole process is ours, so all of it may be.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "adapter.h"

static void *take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(size);
}

static void give(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	if (memory)
		vcrypto_wipe(memory, malloc_usable_size(memory));
	free(memory);
}

static void *resize(void *memory, size_t size, const char *file, int line)
{
	size_t has = memory ? malloc_usable_size(memory) : 0;
	void *fresh = size ? malloc(size) : NULL;

	if (size && !fresh)
		return NULL;
	if (memory && fresh)
		memcpy(fresh, memory, has < size ? has : size);
	give(memory, file, line);
	return fresh;
}

bool wiping_begin(void)
{
	return CRYPTO_set_mem_functions(take, resize, give) == 1;
}
