// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The end, memory, and files.  The fuzzer of the parsers has them in another way. */
#include <errno.h>
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

void kat_file_error(const struct kat *kat, const char *where, const char *format, ...)
{
	va_list arguments;
	char what[256];

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	kat_die("%s: %s%s%s", kat->file, where, *where ? ": " : "", what);
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

char *kat_read_file(const struct kat *kat, size_t *len)
{
	FILE *in = fopen(kat->file, "rb");
	size_t room = 1 << 16;
	char *text = kat_alloc(room + 1);
	size_t got;

	if (!in)
		kat_die("%s: %s", kat->file, strerror(errno));
	for (*len = 0; (got = fread(text + *len, 1, room - *len, in)); ) {
		*len += got;
		if (*len < room)
			continue;
		room *= 2;
		text = realloc(text, room + 1);
		if (!text)
			kat_die("out of memory");
	}
	if (ferror(in))
		kat_die("%s: %s", kat->file, strerror(errno));
	fclose(in);
	text[*len] = '\0';
	return text;
}
