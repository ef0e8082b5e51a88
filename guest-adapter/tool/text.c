// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Numbers and bytes as text, and back. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static int digit(char character)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = character ? strchr(digits, tolower((unsigned char)character)) : NULL;

	return at ? (int)(at - digits) : -1;
}

bool parse_hex(const char *text, struct bytes *bytes)
{
	size_t len = strlen(text);

	if (len % 2 || len / 2 > sizeof(bytes->at))
		return false;
	for (size_t i = 0; i < len / 2; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes->at[i] = (uint8_t)(high * 16 + low);
	}
	bytes->len = len / 2;
	bytes->given = true;
	return true;
}

bool parse_size(const char *text, uint64_t *size)
{
	static const char units[] = "kMG";
	unsigned int shift = 0;
	const char *unit;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*size = strtoull(text, &end, 10);
	if (*end) {
		unit = strchr(units, *end == 'K' ? 'k' : *end);
		if (!unit || end[1])
			return false;
		shift = 10 * ((unsigned int)(unit - units) + 1);
	}
	if (errno || *size > UINT64_MAX >> shift)
		return false;
	*size <<= shift;
	return true;
}

char *format_bytes(double bytes, char *text, size_t size)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
	size_t unit = 0;

	/* 999.95 would be printed as 1000.0 */
	while (bytes >= 999.95 && unit + 1 < COUNT(units)) {
		bytes /= 1000;
		unit++;
	}
	snprintf(text, size, "%.*f %s", unit ? 1 : 0, bytes, units[unit]);
	return text;
}

/* A name that would break the line is marked by a backslash before the line. */
void print_digest(const uint8_t *digest, size_t len, const char *file)
{
	if (strpbrk(file, "\\\n\r"))
		putchar('\\');
	for (size_t i = 0; i < len; i++)
		printf("%02x", digest[i]);
	fputs("  ", stdout);
	for (; *file; file++) {
		if (*file == '\n')
			fputs("\\n", stdout);
		else if (*file == '\r')
			fputs("\\r", stdout);
		else if (*file == '\\')
			fputs("\\\\", stdout);
		else
			putchar(*file);
	}
	putchar('\n');
}
