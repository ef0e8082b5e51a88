// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "kat.h"

void kat_file(struct kat *kat, const char *file, const char *format)
{
	unsigned long before = kat->vectors + kat->skipped;
	size_t len;
	char *text;

	kat_begin_file(kat, file);
	text = kat_read_file(kat, &len);
	/* A mark that some editors put before UTF-8. */
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		memset(text, ' ', 3);
	if (strlen(text) != len)
		kat_file_error(kat, "", "not a text file");
	kat_parse(kat, text, len, format);
	if (kat->vectors + kat->skipped == before)
		kat_file_error(kat, "", "no vectors in this file");
	kat_free(text);
	kat_end_file(kat);
}
