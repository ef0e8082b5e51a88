// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* vcryptod with several loops: who has which, and that none waits for another. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vhost-user/guest.h"

static int start_two(void **state)
{
	(void)state;
	daemon_start((const char *const[]){ "--sandbox=none", "--threads=2", NULL });
	return 0;
}

static int start_four(void **state)
{
	(void)state;
	daemon_start((const char *const[]){ "--sandbox=none", "--threads=4", NULL });
	return 0;
}

static int start_two_for_two(void **state)
{
	(void)state;
	daemon_start((const char *const[]){ "--sandbox=none", "--threads=2", "--connections=2",
					    NULL });
	return 0;
}

/* The thread of that name, "loop 1"; 0: none.  The first loop's has the process's number. */
static int thread_of(const char *loop)
{
	char path[300], name[32];
	struct dirent *entry;
	int thread = 0;
	DIR *folder;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task", daemon_inside());
	folder = opendir(path);
	assert_non_null(folder);
	while (!thread && (entry = readdir(folder))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/comm", daemon_inside(),
			 entry->d_name);
		file = fopen(path, "r");
		assert_non_null(file);
		if (fgets(name, sizeof(name), file) && !strncmp(name, loop, strlen(loop)) &&
		    name[strlen(loop)] == '\n')
			thread = atoi(entry->d_name);
		fclose(file);
	}
	closedir(folder);
	return thread;
}

/* Nothing but this thread stops.  False: that is forbidden here. */
static bool freeze(int thread)
{
	int status;

	assert_int_not_equal(thread, 0);
	if (ptrace(PTRACE_SEIZE, thread, NULL, NULL)) {
		/* An emulator of the processor has no such call. */
		assert_true(errno == EPERM || errno == ENOSYS);
		return false;
	}
	assert_int_equal(ptrace(PTRACE_INTERRUPT, thread, NULL, NULL), 0);
	assert_int_equal(waitpid(thread, &status, __WALL), thread);
	return true;
}

static void thaw(int thread)
{
	assert_int_equal(ptrace(PTRACE_DETACH, thread, NULL, NULL), 0);
}

/* A guest, and a session of it. */
static uint64_t begin(struct front *front)
{
	front_connect(front);
	front_whole_device(front);
	return guest_session(front);
}

/*
 * While @thread stands still, @here is not served, and @there is.  Nothing may fail before it
 * goes on: it could not be ended.
 */
static void expect_apart(int thread, struct front *here, uint64_t session, struct front *there,
			 uint64_t its_session)
{
	bool stood, went;
	int ms;

	if (!freeze(thread)) {
		print_message("SKIP: no thread can be stopped here\n");
		skip();
	}
	guest_post(here, session, 0);
	guest_post(there, its_session, 0);
	front_kick(here, 0);
	front_kick(there, 0);
	for (ms = 0; ms < PATIENCE_MS && !front_used(there, 0); ms++)
		sleep_ms(1);
	went = front_used(there, 0);
	stood = !front_used(here, 0);
	thaw(thread);
	assert_true(went);
	assert_true(stood);
	(void)front_wait(there, 0);
	guest_expect_result(there);
	(void)front_wait(here, 0);
	guest_expect_result(here);
}

static void test_each_guest_has_a_loop(void **state)
{
	struct front first, second;
	uint64_t session, its_session;

	(void)state;
	session = begin(&first);
	its_session = begin(&second);
	expect_apart(daemon_inside(), &first, session, &second, its_session);
	expect_apart(thread_of("loop 1"), &second, its_session, &first, session);
	front_close(&second);
	front_close(&first);
}

/* The first loop is empty again, and gets the next one. */
static void test_the_emptiest_loop_gets_the_next(void **state)
{
	struct front first, second, third;
	uint64_t its_session, session;
	size_t files;

	(void)state;
	its_session = begin(&second);
	/* What came with its messages is closed beside the loops. */
	sleep_ms(20);
	files = daemon_count("fd");
	(void)begin(&first);
	/* It was the second that came first. */
	front_close(&first);
	daemon_wait_for_files(files);
	session = begin(&third);
	expect_apart(daemon_inside(), &second, its_session, &third, session);
	expect_apart(thread_of("loop 1"), &third, session, &second, its_session);
	front_close(&third);
	front_close(&second);
}

static void test_the_limit_is_of_all_loops(void **state)
{
	struct front fronts[3];
	uint64_t features;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		front_connect(&fronts[i]);
		(void)front_ask(&fronts[i], GET_FEATURES);
	}
	front_connect(&fronts[2]);
	front_send(&fronts[2], GET_FEATURES, 0, NULL, 0, NULL, 0);
	front_silent(&fronts[2]);
	/* That of the other loop. */
	front_close(&fronts[1]);
	front_reply(&fronts[2], GET_FEATURES, &features, sizeof(features));
	front_close(&fronts[2]);
	front_close(&fronts[0]);
}

#define AT_ONCE 4
#define ROUNDS 50

static void test_no_loop_leaks_files(void **state)
{
	struct front stays, fronts[AT_ONCE];
	size_t files, round, i;

	(void)state;
	front_connect(&stays);
	(void)front_ask(&stays, GET_FEATURES);
	files = daemon_count("fd");
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < AT_ONCE; i++) {
			front_connect(&fronts[i]);
			front_whole_device(&fronts[i]);
		}
		for (i = 0; i < AT_ONCE; i++) {
			(void)front_ask(&fronts[i], GET_FEATURES);
			front_close(&fronts[i]);
		}
	}
	daemon_wait_for_files(files);
	front_close(&stays);
}

/* Loops whose guests are in the middle of something. */
static void test_all_loops_end(void **state)
{
	struct front fronts[AT_ONCE];
	size_t i;

	for (i = 0; i < AT_ONCE; i++) {
		guest_post(&fronts[i], begin(&fronts[i]), 0);
		front_kick(&fronts[i], 0);
	}
	daemon_stop();
	for (i = 0; i < AT_ONCE; i++) {
		front_ended(&fronts[i]);
		front_close(&fronts[i]);
	}
	(void)start_four(state);
}

/* Which is what the manual says; with one loop a guest that floods it holds up the others. */
static void test_two_loops_unless_told(void **state)
{
	struct front front;

	(void)state;
	daemon_start_at_socket((const char *const[]){ "--fd=3", "--sandbox=none", NULL });
	front_connect(&front);
	front_whole_device(&front);
	assert_int_not_equal(thread_of("loop 1"), 0);
	assert_int_equal(thread_of("loop 2"), 0);
	front_close(&front);
	daemon_stop();
}

/* One connection, and what waits for the others ends with it. */
static void test_one_connection_is_enough(void **state)
{
	struct front front;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	daemon_start_connected((const char *const[]){ "--fd=3", "--sandbox=none", "--threads=4",
						      NULL }, ends[1]);
	close(ends[1]);
	front_connect_by(&front, ends[0]);
	front_whole_device(&front);
	guest_encrypts(&front, guest_session(&front));
	front_close(&front);
	daemon_ended();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_each_guest_has_a_loop, start_two, guest_stop),
		cmocka_unit_test_setup_teardown(test_the_emptiest_loop_gets_the_next, start_two,
						guest_stop),
		cmocka_unit_test_setup_teardown(test_the_limit_is_of_all_loops, start_two_for_two,
						guest_stop),
		cmocka_unit_test_setup_teardown(test_no_loop_leaks_files, start_four, guest_stop),
		cmocka_unit_test_setup_teardown(test_all_loops_end, start_four, guest_stop),
		cmocka_unit_test_teardown(test_two_loops_unless_told, guest_clear),
		cmocka_unit_test_teardown(test_one_connection_is_enough, guest_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
