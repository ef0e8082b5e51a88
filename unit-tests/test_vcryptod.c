// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * vcryptod as the system sees it: what it has given up, its command line, its counters.  Who
 * starts it is in test_vcryptod_start.c.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vcrypto/backends.h>

#include "../vhost-user-adapter/adapter.h"
#include "vhost-user/guest.h"

/* The number behind @name in the status of the process that serves. */
static unsigned long long status_number(const char *name, int base)
{
	unsigned long long value = ~0ull;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", daemon_inside());
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			value = strtoull(line + strlen(name) + 1, NULL, base);
	fclose(file);
	return value;
}

static void test_sandbox(void **state)
{
	struct front front;

	(void)state;
	if (!guest_have_sandbox()) {
		print_message("SKIP: no namespaces here, or a build with a sanitizer\n");
		skip();
	}
	front_connect(&front);
	front_whole_device(&front);
	guest_encrypts(&front, guest_session(&front));
	assert_int_equal(status_number("NoNewPrivs:", 10), 1);
	assert_int_equal(status_number("CapEff:", 16), 0);
	assert_int_equal(status_number("CapPrm:", 16), 0);
	assert_int_equal(status_number("CapBnd:", 16), 0);
	if (WITH_SECCOMP)
		assert_int_equal(status_number("Seccomp:", 10), 2);
	/* Only root may look in; nothing but the two names that all folders have. */
	if (geteuid() == 0)
		assert_int_equal(daemon_count("root"), 2);
	front_close(&front);
}

/* One that nobody has woken yet. */
static void test_an_idle_daemon_ends(void **state)
{
	(void)guest_start(state);
	sleep_ms(50);
	daemon_stop();
}

static void expect_counters(const char *const *lines, size_t count)
{
	size_t i;

	daemon_print_counters();
	for (i = 0; i < count; i++)
		if (daemon_said(lines[i]) != 1)
			fail_msg("%d lines with: %s", daemon_said(lines[i]), lines[i]);
}

/* As many as there is time for: whatever it gives up at its end, each finds what it needs. */
static void test_signals_until_the_end(void **state)
{
	unsigned int i;

	(void)guest_start(state);
	for (i = 0; i < 100000 && !daemon_has_ended(); i++)
		(void)kill(daemon_outside(), SIGTERM);
	daemon_ended();
}

/* Two requests, one of no session, a front end that leaves, and one that is thrown out. */
static void test_counters(void **state)
{
	static const char *const lines[] = {
		"counters: connections: 1 now, 3 in all, 1 left\n",
		"counters: cipher: 2 requests, 512 bytes\n",
		"counters: hash: 0 requests, 0 bytes\n",
		"counters: answered ok: 2\n", "counters: answered invsess: 1\n",
		"counters: answered err: 0\n", "counters: broken rings: 1\n",
		"counters: ended: 1: a kick that is neither an eventfd nor a pipe\n",
	};
	const struct piece piece = { 0, 16, false };
	struct front front, other;
	uint64_t session;

	(void)state;
	front_connect(&other);
	(void)front_ask(&other, GET_FEATURES);
	front_close(&other);
	front_connect(&other);
	front_file(&other, SET_VRING_KICK, 0, other.file);
	front_ended(&other);
	front_close(&other);
	front_connect(&front);
	front_whole_device(&front);
	session = guest_session(&front);
	guest_encrypts(&front, session);
	assert_int_equal(guest_run(&front, session + 1, 0), VCRYPTO_VIRTIO_INVSESS);
	front_post(&front, 0, &piece, 1, 0);
	front_kick(&front, 0);
	daemon_wait_for("queue 0 is broken");
	expect_counters(lines, sizeof(lines) / sizeof(lines[0]));
	front_close(&front);
}

/* How a process ends that makes @call under the filter; 0: it does not. */
static int signal_by(const struct settings *settings, long call, long third)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
			_exit(99);
		filter_enter(settings, false);
		syscall(call, 0, 4096, third, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static int signal_with(bool akcipher, uint32_t threads, long call, long third)
{
	const struct settings settings = {
		.backend = &vcrypto_backend_null, .akcipher = akcipher, .threads = threads,
	};

	return signal_by(&settings, call, third);
}

static int signal_of(long call, long third)
{
	return signal_with(false, 1, call, third);
}

static void test_forbidden_calls(void **state)
{
	const struct settings states = {
		.backend = &vcrypto_backend_null, .threads = 1, .migrate_keys = true,
	};

	(void)state;
	if (SANITIZED || !WITH_SECCOMP) {
		print_message("SKIP: no filter of system calls in this build\n");
		skip();
	}
	assert_int_equal(signal_of(SYS_mmap, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(signal_of(SYS_mmap, PROT_READ | PROT_EXEC), SIGSYS);
	assert_int_equal(signal_of(SYS_openat, 0), SIGSYS);
	assert_int_equal(signal_of(SYS_socket, 0), SIGSYS);
	assert_int_equal(signal_of(SYS_execve, 0), SIGSYS);
	assert_int_equal(signal_of(SYS_kill, 0), SIGSYS);
	assert_int_equal(signal_of(SYS_accept4, 0), SIGSYS);
	/* Of what there is no other than the one for seals. */
	assert_int_equal(signal_of(SYS_fcntl, 0), SIGSYS);
	assert_int_equal(signal_of(SYS_futex, 0), 0);
	assert_int_equal(signal_of(SYS_clone, 0), SIGSYS);
	/* For asymmetric keys, if there are any. */
	assert_int_equal(signal_of(SYS_getpid, 0), SIGSYS);
	assert_int_equal(signal_with(true, 1, SYS_getpid, 0), 0);
	assert_int_equal(signal_with(true, 1, SYS_clone, 0), SIGSYS);
	assert_int_equal(signal_with(false, 2, SYS_futex, 0), 0);
	assert_int_equal(signal_with(false, 2, SYS_getpid, 0), SIGSYS);
	assert_int_equal(signal_with(false, 2, SYS_clone, 0), SIGSYS);
	assert_int_equal(signal_of(SYS_read, 0), SIGSYS);
	assert_int_equal(signal_by(&states, SYS_read, 0), 0);
}

/* Whatever the C library does for random numbers. */
static void test_a_newer_c_library(void **state)
{
	static const char *const arguments[] = { "--akcipher", NULL };
	struct front front;

	(void)state;
	if (!guest_have_sandbox() || !WITH_SECCOMP) {
		print_message("SKIP: no namespaces here, or a build without a filter\n");
		skip();
	}
	assert_int_equal(setenv("LD_PRELOAD", NEWER_RANDOM, 1), 0);
	daemon_start(arguments);
	assert_int_equal(unsetenv("LD_PRELOAD"), 0);
	front_connect(&front);
	front_whole_device(&front);
	guest_encrypts(&front, guest_session(&front));
	front_close(&front);
	daemon_stop();
}

static void test_command_line(void **state)
{
	static const struct {
		const char *arguments[4];
		int status;
		const char *text;
	} cases[] = {
		{ { "--help" }, 0, "Usage: vcryptod" },
		{ { "--version" }, 0, "vcryptod " },
		{ { "--fd=77", "--print-capabilities", "--nonsense" }, 0, "\"type\": \"crypto\"" },
		{ { "--fd=77", "--print-cap" }, 0, "\"type\": \"crypto\"" },
		{ { NULL }, 2, "--socket-path or --fd is needed" },
		{ { "--socket-path=/tmp/x", "--fd=3" }, 2, "exclude each other" },
		{ { "--nonsense" }, 2, "there is no option '--nonsense'" },
		{ { "--fd=77", "-xyz" }, 2, "there is no option '-xyz'" },
		{ { "--fd=77", "-x" }, 2, "there is no option '-x'" },
		{ { "-socket-path=/tmp/x", "more" }, 2, "no option '-socket-path=/tmp/x'" },
		{ { "--fd=77", "--akcipher=yes" }, 2, "--akcipher=yes: this option takes no value" },
		{ { "--socket-path" }, 2, "--socket-path needs a value" },
		{ { "--socket-path=/tmp/x", "more" }, 2, "'more' is no option" },
		{ { "more", "--nonsense" }, 2, "'more' is no option" },
		{ { "--fd=x" }, 2, "not 'x'" },
		{ { "--fd=3", "--queues=0" }, 2, "--queues takes a number, 1 to 64, not '0'" },
		{ { "--fd=3", "--threads=65" }, 2, "--threads takes a number, 1 to 64, not '65'" },
		{ { "--fd=3", "--backend=none" }, 2, "there is no backend 'none'" },
		{ { "--fd=3", "--session-layout=9" }, 2, "--session-layout cannot be '9'" },
		{ { "--fd=3", "--sandbox=some" }, 2, "--sandbox cannot be 'some'" },
		{ { "--fd=77" }, 1, "--fd: Bad file descriptor" },
		{ { "--fd=1" }, 1, "--fd: " },
		{ { "--fd=77", "--akcipher", "--backend=null" }, 1, "no asymmetric keys" },
		{ { "--fd=77", "--akcipher", "--device=cryptodev" }, 2, "--akcipher is for" },
		{ { "--fd=77", "--migrate-keys", "--device=cryptodev" }, 2, "--migrate-keys is for" },
		{ { "--fd=77", "--device=disk" }, 2, "--device cannot be 'disk'" },
		{ { "--socket-path=/no/such/folder" }, 1, "/no/such/folder: No such file" },
	};
	char text[4096];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = program_run(cases[i].arguments, text, sizeof(text));

		if (status != cases[i].status || !strstr(text, cases[i].text))
			fail_msg("case %zu: status %d and: %s", i, status, text);
		/* One line, if it is about a mistake. */
		assert_true(!status || strchr(text, '\n') == text + strlen(text) - 1);
	}
}

static int status_on_a_full_disk(const char *option)
{
	int status, full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	pid_t pid = fork();

	assert_true(full >= 0 && pid >= 0);
	if (!pid) {
		if (dup2(full, STDOUT_FILENO) == STDOUT_FILENO)
			execl(VCRYPTOD, VCRYPTOD, option, NULL);
		_exit(99);
	}
	close(full);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_output_that_is_lost(void **state)
{
	(void)state;
	assert_int_equal(status_on_a_full_disk("--help"), 1);
	assert_int_equal(status_on_a_full_disk("--version"), 1);
	assert_int_equal(status_on_a_full_disk("--print-capabilities"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sandbox, guest_start, guest_stop),
		cmocka_unit_test_setup_teardown(test_counters, guest_start, guest_stop),
		cmocka_unit_test_teardown(test_an_idle_daemon_ends, guest_clear),
		cmocka_unit_test_teardown(test_signals_until_the_end, guest_clear),
		cmocka_unit_test(test_forbidden_calls),
		cmocka_unit_test_teardown(test_a_newer_c_library, guest_clear),
		cmocka_unit_test(test_command_line),
		cmocka_unit_test(test_output_that_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
