// SPDX-License-Identifier: GPL-2.0-only
/* One line on standard error. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static void print(const char *format, va_list values, const char *end)
{
	/* A line of progress may stand there. */
	progress_end();
	fputs("vcrypto: ", stderr);
	vfprintf(stderr, format, values);
	fputs(end, stderr);
}

void complain(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	print(format, values, "\n");
	va_end(values);
}

void die(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	print(format, values, "\n");
	va_end(values);
	exit(EXIT_FAILED);
}

void die_usage(const char *format, ...)
{
	va_list values;

	va_start(values, format);
	print(format, values, " (vcrypto --help explains)\n");
	va_end(values);
	exit(EXIT_USAGE);
}

void finish_stdout(void)
{
	if (fflush(stdout) || ferror(stdout))
		die("cannot write standard output: %s", strerror(errno));
}
