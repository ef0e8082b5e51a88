/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the test programs share: checks that count.
 *
 * Standard output is TAP: "ok N - name" or "not ok N - name" for each case,
 * before it "# file:line: what was wrong" for each check that failed in it, and
 * the plan "1..N" as the last line, so that a run that was cut short shows.
 * The exit status is 1 if a case failed.
 *
 * Checks may be made in several threads at once, and in child processes that
 * check_wait() is then called for.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* A case: its name is a sentence that holds if no check in it fails. */
struct check_case {
	const char *name;
	void (*run)(void);
};

/* Runs cases; returns the program's exit status. */
int check_main(const struct check_case *cases, size_t count);

/*
 * Says that this kernel cannot do the rest, and why; returns the exit status, @status if that of
 * the cases so far is not 0.
 */
int check_skip(const char *why, int status);

/* A main() that does nothing else. */
#define CHECK_MAIN(cases)                                                                          \
	int main(void)                                                                             \
	{                                                                                          \
		return check_main(cases, ARRAY_SIZE(cases));                                       \
	}

/* Where the cases are not known beforehand: what check_main() consists of. */
void check_begin(const char *format, ...) __attribute__((format(printf, 1, 2)));
void check_end(void);
int check_plan(void);

/* Prints a line that is not a failure. */
void check_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Runs @run in a child process, which fails if a check in it does. */
pid_t check_fork(void (*run)(void *), void *argument);
/* Waits for it; a failed check unless it succeeded. */
void check_wait(pid_t child);

/*
 * Checks.  Each says whether it held, so that a caller can give up the case.
 * The CHECK_OK() and CHECK_ERRNO() are for system calls: -1 and errno.
 */
#define CHECK(condition) check_that((condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ(actual, expected)                                                                 \
	check_equal((long long)(actual), (long long)(expected), __FILE__, __LINE__, #actual)
#define CHECK_MEM(actual, expected, length)                                                        \
	check_memory((actual), (expected), (length), __FILE__, __LINE__, #actual)
#define CHECK_OK(call) check_errno((call), 0, __FILE__, __LINE__, #call)
#define CHECK_ERRNO(call, error) check_errno((call), (error), __FILE__, __LINE__, #call)

/* What all the rest depends on: the program ends if it does not hold. */
#define REQUIRE(condition) ((condition) ? (void)0 : check_bail_out(__FILE__, __LINE__, #condition))

bool check_that(bool holds, const char *file, int line, const char *what);
bool check_equal(long long actual, long long expected, const char *file, int line,
		 const char *what);
bool check_memory(const void *actual, const void *expected, size_t length, const char *file,
		  int line, const char *what);
bool check_errno(long long result, int expected, const char *file, int line, const char *what);
_Noreturn void check_bail_out(const char *file, int line, const char *what);

#endif /* CHECK_H */
