// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The end, and memory.  The fuzzer of the parsers has both in another way. */
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "kat.h"

void kat_die(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("vcrypto-kat: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	/* At once: nobody waits for the memory. */
	_exit(2);
}

void *kat_alloc(size_t len)
{
	void *memory = calloc(1, len ? len : 1);

	if (!memory)
		kat_die("out of memory");
	return memory;
}

void kat_free(void *memory)
{
	free(memory);
}
