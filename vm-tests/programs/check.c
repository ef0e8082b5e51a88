// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/* A broken loop must not fill the log; the first failures say it all. */
#define MAX_COMPLAINTS 20

static atomic_int failures; /* of the current case */
static int cases_run;
static int cases_failed;
static char case_name[256];

/* One write per line: lines of several threads and processes do not mix. */
__attribute__((format(printf, 1, 0))) static void vline(const char *format, va_list arguments)
{
	char line[1024];
	int length = vsnprintf(line, sizeof(line) - 1, format, arguments);

	if (length > (int)sizeof(line) - 2)
		length = (int)sizeof(line) - 2;
	line[length++] = '\n';
	fflush(stdout);
	if (write(STDOUT_FILENO, line, (size_t)length) != length)
		_exit(1);
}

__attribute__((format(printf, 1, 2))) static void line(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vline(format, arguments);
	va_end(arguments);
}

void check_note(const char *format, ...)
{
	char text[900];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	line("# %s", text);
}

static const char *base_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash ? slash + 1 : file;
}

__attribute__((format(printf, 3, 4))) static bool complain(const char *file, int line_number,
							   const char *format, ...)
{
	char text[900];
	va_list arguments;

	if (atomic_fetch_add(&failures, 1) >= MAX_COMPLAINTS)
		return false;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	line("# %s:%d: %s", base_name(file), line_number, text);
	return false;
}

bool check_that(bool holds, const char *file, int line_number, const char *what)
{
	return holds || complain(file, line_number, "not so: %s", what);
}

bool check_equal(long long actual, long long expected, const char *file, int line_number,
		 const char *what)
{
	return actual == expected || complain(file, line_number, "%s is %lld (0x%llx), not %lld",
					      what, actual, (unsigned long long)actual, expected);
}

bool check_memory(const void *actual, const void *expected, size_t length, const char *file,
		  int line_number, const char *what)
{
	const uint8_t *a = actual, *e = expected;
	size_t i = 0, differ = 0;

	if (!memcmp(actual, expected, length))
		return true;
	while (a[i] == e[i])
		i++;
	for (size_t j = i; j < length; j++)
		differ += a[j] != e[j];
	return complain(file, line_number,
			"%s: %zu of %zu bytes differ, at %zu is 0x%02x, not 0x%02x", what, differ,
			length, i, a[i], e[i]);
}

bool check_errno(long long result, int expected, const char *file, int line_number,
		 const char *what)
{
	int error = errno;

	if (expected ? result == -1 && error == expected : result >= 0)
		return true;
	if (result >= 0)
		return complain(file, line_number, "%s returns %lld, not %s", what, result,
				strerrorname_np(expected));
	return complain(file, line_number, "%s fails with %s, expected %s", what,
			strerrorname_np(error), expected ? strerrorname_np(expected) : "success");
}

void check_bail_out(const char *file, int line_number, const char *what)
{
	line("Bail out! %s:%d: %s fails (%s)", base_name(file), line_number, what, strerror(errno));
	_exit(1);
}

void check_begin(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(case_name, sizeof(case_name), format, arguments);
	va_end(arguments);
	atomic_store(&failures, 0);
}

void check_end(void)
{
	bool failed = atomic_load(&failures) > 0;

	cases_run++;
	cases_failed += failed;
	line("%s %d - %s", failed ? "not ok" : "ok", cases_run, case_name);
}

int check_plan(void)
{
	line("1..%d", cases_run);
	return cases_failed || !cases_run ? 1 : 0;
}

pid_t check_fork(void (*run)(void *), void *argument)
{
	pid_t child = fork();

	REQUIRE(child >= 0);
	if (child)
		return child;
	atomic_store(&failures, 0);
	run(argument);
	_exit(atomic_load(&failures) ? 1 : 0);
}

void check_wait(pid_t child)
{
	int status;

	if (CHECK_EQ(waitpid(child, &status, 0), child))
		CHECK_EQ(status, 0);
}

int check_main(const struct check_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check_begin("%s", cases[i].name);
		cases[i].run();
		check_end();
	}
	return check_plan();
}

int check_skip(const char *why, int status)
{
	line("SKIP: %s", why);
	return status ? status : 77;
}
