// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "kat.h"

static char *read_file(const struct kat *kat, size_t *len)
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

void kat_file(struct kat *kat, const char *file, const char *format)
{
	unsigned long before = kat->vectors + kat->skipped;
	size_t len;
	char *text;

	kat_begin_file(kat, file);
	text = read_file(kat, &len);
	/* A mark that some editors put before UTF-8. */
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		memset(text, ' ', 3);
	if (strlen(text) != len)
		kat_file_error(kat, "", "not a text file");
	kat_parse(kat, text, len, format);
	if (kat->vectors + kat->skipped == before)
		kat_file_error(kat, "", "no vectors in this file");
	free(text);
	kat_end_file(kat);
}
