// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Open files, which vcryptod shares out among guests. */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vhost-user/guest.h"

/* With no more files than a process has as a rule. */
static int start_with_few_files(void **state)
{
	struct rlimit before, few;
	int result;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = few.rlim_cur < 1024 ? few.rlim_cur : 1024;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	result = guest_start(state);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	return result;
}

/* Front ends that have as many files as they may, and then one that needs a few. */
static void test_many_files(void **state)
{
	enum { GUESTS = 16 };
	static struct front fronts[GUESTS];
	struct rlimit limit;
	struct front other;
	uint32_t i, index;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_max < 4 * 1024) {
		print_message("SKIP: no more than %llu files are allowed here\n",
			      (unsigned long long)limit.rlim_max);
		skip();
	}
	for (i = 0; i < GUESTS; i++) {
		front_connect(&fronts[i]);
		for (index = 0; index < VCRYPTO_MAX_QUEUES; index++) {
			front_file(&fronts[i], SET_VRING_KICK, index, fronts[i].rings[0].kick);
			front_file(&fronts[i], SET_VRING_CALL, index, fronts[i].rings[0].call);
			front_file(&fronts[i], SET_VRING_ERR, index, fronts[i].rings[0].call);
		}
		(void)front_ask(&fronts[i], GET_FEATURES);
	}
	front_connect(&other);
	front_whole_device(&other);
	guest_encrypts(&other, guest_session(&other));
	front_close(&other);
	for (i = 0; i < GUESTS; i++)
		front_close(&fronts[i]);
}

/* On a machine where no process may have more. */
static int start_with_no_more_files(void **state)
{
	(void)state;
	daemon_limit_files(1024);
	/* Loops have files of their own, so there must be as many as the test counts on. */
	daemon_start((const char *const[]){ "--sandbox=none", "--threads=1", NULL });
	daemon_limit_files(0);
	return 0;
}

/* What a guest may have then, its socket included: what eight rings and a table need, and a bit. */
#define FEWEST_FILES 42u
#define GUESTS_SERVED 12

/* Front ends that take what they get, as many of them as are served: the last one has enough. */
static void test_files_are_shared_out(void **state)
{
	static struct front fronts[GUESTS_SERVED - 1];
	struct front other;
	uint32_t i, index;

	(void)state;
	daemon_wait_for("no more than 12 guests at once");
	for (i = 0; i < GUESTS_SERVED - 1; i++) {
		front_connect(&fronts[i]);
		for (index = 0; index < FEWEST_FILES - 1; index++)
			front_file(&fronts[i], SET_VRING_CALL, index, fronts[i].rings[0].call);
		(void)front_ask(&fronts[i], GET_FEATURES);
	}
	front_connect(&other);
	front_whole_device(&other);
	guest_encrypts(&other, guest_session(&other));
	front_file(&fronts[0], SET_VRING_CALL, index, fronts[0].rings[0].call);
	front_ended(&fronts[0]);
	daemon_wait_for("ended: more open files than a guest may have");
	front_table(&other);
	guest_encrypts(&other, guest_session(&other));
	front_close(&other);
	for (i = 0; i < GUESTS_SERVED - 1; i++)
		front_close(&fronts[i]);
}

/* Where there are too few for one guest, nobody would ever be served. */
static void test_too_few_files_for_anybody(void **state)
{
	(void)state;
	daemon_limit_files(40);
	daemon_start((const char *const[]){ "--sandbox=none", NULL });
	daemon_limit_files(0);
	daemon_wait_for("too few open files (ulimit -n) or mappings for even one guest");
	assert_int_equal(access(daemon_path(), F_OK), -1);
	daemon_fails();
}

/* The lowest number that no file of the process that serves has. */
static unsigned int first_free_file(void)
{
	unsigned int number;
	char path[64];
	struct stat about;

	for (number = 0;; number++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%u", daemon_inside(), number);
		if (lstat(path, &about))
			return number;
	}
}

/* The process that serves may have no more files than it has; or again as many as before. */
static void limit_files(bool limited)
{
	static struct rlimit before;
	struct rlimit now;

	if (limited) {
		assert_int_equal(prlimit(daemon_inside(), RLIMIT_NOFILE, NULL, &before), 0);
		now = before;
		now.rlim_cur = first_free_file();
	} else {
		now = before;
	}
	assert_int_equal(prlimit(daemon_inside(), RLIMIT_NOFILE, &now, NULL), 0);
}

/* A daemon without a file for the first connection waits, and looks again by itself. */
static void test_no_file_for_a_connection(void **state)
{
	struct front front;

	(void)state;
	front_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	front_close(&front);
	sleep_ms(20);
	limit_files(true);
	front_connect(&front);
	daemon_wait_for("no file or memory for another connection");
	sleep_ms(20);
	limit_files(false);
	front_whole_device(&front);
	guest_encrypts(&front, guest_session(&front));
	front_close(&front);
}

/* A daemon that cannot take a file says that this is why, and not that there were too many. */
static void test_no_file_for_a_message(void **state)
{
	struct front front;

	(void)state;
	front_connect(&front);
	(void)front_ask(&front, GET_FEATURES);
	limit_files(true);
	front_file(&front, SET_VRING_CALL, 0, front.rings[0].call);
	front_ended(&front);
	limit_files(false);
	daemon_wait_for("ended: a file for which the daemon or the system has no room");
	front_close(&front);
}

#define OPEN_TEST(name) cmocka_unit_test_setup_teardown(name, guest_start_open, guest_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_many_files, start_with_few_files, guest_stop),
		cmocka_unit_test_setup_teardown(test_files_are_shared_out, start_with_no_more_files,
						guest_stop),
		cmocka_unit_test_teardown(test_too_few_files_for_anybody, guest_clear),
		OPEN_TEST(test_no_file_for_a_connection),
		OPEN_TEST(test_no_file_for_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
