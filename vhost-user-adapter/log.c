// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "adapter.h"

#define LINES_A_SECOND 100

/* Whether a line more may be said; what has been left out is said with the next. */
static bool may_say(unsigned long *left_out)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static unsigned long omitted;
	static unsigned int lines;
	static time_t second;
	struct timespec now;
	bool may;

	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_lock(&lock);
	if (now.tv_sec != second) {
		second = now.tv_sec;
		lines = 0;
	}
	may = ++lines <= LINES_A_SECOND;
	if (may)
		*left_out = omitted;
	omitted = may ? 0 : omitted + 1;
	pthread_mutex_unlock(&lock);
	return may;
}

/* One write() for a line, so that it stays one. */
__attribute__((format(printf, 3, 0)))
static void write_line(uint32_t number, unsigned long left_out, const char *format, va_list args)
{
	char line[512];
	int len;

	len = snprintf(line, sizeof(line), "vcryptod: ");
	if (left_out)
		len += snprintf(line + len, sizeof(line) - (size_t)len,
				"(%lu lines left out) ", left_out);
	if (number)
		len += snprintf(line + len, sizeof(line) - (size_t)len, "connection %u: ", number);
	len += vsnprintf(line + len, sizeof(line) - (size_t)len, format, args);
	if (len > (int)sizeof(line) - 1)
		len = (int)sizeof(line) - 1;
	line[len++] = '\n';
	/* There is nobody to tell that it could not be told. */
	if (write(STDERR_FILENO, line, (size_t)len) < 0)
		return;
}

void say(uint32_t number, const char *format, ...)
{
	unsigned long left_out;
	va_list args;

	if (!may_say(&left_out))
		return;
	va_start(args, format);
	write_line(number, left_out, format, args);
	va_end(args);
}

void say_always(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(0, 0, format, args);
	va_end(args);
}
