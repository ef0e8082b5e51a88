// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Standard error: a line on the terminal that says how far the work is, and messages of a line. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

#define FIRST 0.5	/* seconds until it is shown */
#define EVERY 0.2	/* and until it is shown again */
#define BAR 30

static struct {
	bool wanted, shown;
	uint64_t done, total;
	double begin, next;
} progress;

double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

void progress_begin(uint64_t total, bool quiet)
{
	progress.wanted = !quiet && isatty(STDERR_FILENO);
	progress.shown = false;
	progress.done = 0;
	progress.total = total;
	progress.begin = now();
	progress.next = progress.begin + FIRST;
}

/* "1:05 left", or nothing before there is something to reckon with. */
static char *time_left(uint64_t done, uint64_t total, double seconds, char *text, size_t size)
{
	double left = done ? seconds * (double)(total - done) / (double)done : 0;
	unsigned long rest = left < 360000 ? (unsigned long)(left + 0.5) : 360000;

	*text = 0;
	if (rest >= 3600)
		snprintf(text, size, "  %lu:%02lu:%02lu left", rest / 3600, rest / 60 % 60,
			 rest % 60);
	else if (done)
		snprintf(text, size, "  %lu:%02lu left", rest / 60, rest % 60);
	return text;
}

/* A file that grows has more than its total. */
char *progress_line(uint64_t done, uint64_t total, double seconds, char *text, size_t size)
{
	static const char full[] = "##############################";
	char amount[16], rate[16], left[32];
	double part = total ? (double)done / (double)total : 0;

	format_bytes((double)done, amount, sizeof(amount));
	format_bytes(seconds > 0 ? (double)done / seconds : 0, rate, sizeof(rate));
	if (done > total)
		done = total;
	if (part > 1)
		part = 1;
	if (!total)
		snprintf(text, size, "%s  %s/s", amount, rate);
	else
		snprintf(text, size, "[%-*.*s] %3d%%  %s  %s/s%s", BAR, (int)(part * BAR), full,
			 (int)(part * 100), amount, rate,
			 time_left(done, total, seconds, left, sizeof(left)));
	return text;
}

void progress_add(uint64_t bytes)
{
	char text[100];
	double time;

	progress.done += bytes;
	if (!progress.wanted)
		return;
	time = now();
	if (time < progress.next)
		return;
	progress.next = time + EVERY;
	progress.shown = true;
	progress_line(progress.done, progress.total, time - progress.begin, text, sizeof(text));
	/* To the line's beginning, and clear what the last one was longer. */
	fprintf(stderr, "\r%s\033[K", text);
}

void progress_end(void)
{
	if (progress.shown)
		fputs("\r\033[K", stderr);
	progress.wanted = false;
	progress.shown = false;
}

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

static enum command explained;

void usage_of(enum command command)
{
	explained = command;
}

void die_usage(const char *format, ...)
{
	va_list values;
	char end[60];

	va_start(values, format);
	snprintf(end, sizeof(end), " (vcrypto %s%s--help explains)\n",
		 explained ? command_rows[explained].name : "", explained ? " " : "");
	print(format, values, end);
	va_end(values);
	exit(EXIT_USAGE);
}

void finish_stdout(void)
{
	if (fflush(stdout) || ferror(stdout))
		die("cannot write standard output: %s", strerror(errno));
}
