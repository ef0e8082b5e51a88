// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* --json: a writer that puts commas and quotes where they belong. */
#include <ctype.h>
#include <stdio.h>

#include "tool.h"

static struct {
	unsigned int depth;
	bool more;		/* something stands before in this object or array */
} json;

static void print_text(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '"' || byte == '\\')
			printf("\\%c", byte);
		else if (byte < ' ' || byte == 0x7f)
			printf("\\u%04x", byte);
		else
			putchar(byte);
	}
	putchar('"');
}

static void begin_value(const char *name)
{
	if (json.more)
		putchar(',');
	if (json.depth)
		printf("\n%*s", (int)(2 * json.depth), "");
	json.more = true;
	if (name) {
		print_text(name);
		fputs(": ", stdout);
	}
}

void json_begin(const char *name, char bracket)
{
	begin_value(name);
	putchar(bracket);
	json.depth++;
	json.more = false;
}

void json_end(char bracket)
{
	json.depth--;
	if (json.more)
		printf("\n%*s", (int)(2 * json.depth), "");
	putchar(bracket);
	json.more = true;
	if (!json.depth)
		putchar('\n');
}

void json_string(const char *name, const char *text)
{
	begin_value(name);
	print_text(text);
}

void json_count(const char *name, uint64_t number)
{
	begin_value(name);
	printf("%llu", (unsigned long long)number);
}

void json_real(const char *name, double number)
{
	begin_value(name);
	printf("%.6g", number);
}

void json_bool(const char *name, bool value)
{
	begin_value(name);
	fputs(value ? "true" : "false", stdout);
}

/* RFC 8259: no zeros before a number; and what has 19 digits at most fits everywhere. */
static bool is_number(const char *text)
{
	size_t len = 0;

	while (isdigit((unsigned char)text[len]))
		len++;
	return len && len < 19 && !text[len] && (*text != '0' || len == 1);
}

void json_found(const char *name, const char *text)
{
	begin_value(name);
	if (is_number(text))
		fputs(text, stdout);
	else
		print_text(text);
}
