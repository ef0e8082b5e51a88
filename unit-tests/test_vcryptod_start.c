// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * vcryptod and who starts it: units, signals, limits and files that it has from there, and what
 * is said to whoever waits for it.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vcrypto/backends.h>

#include "../vhost-user-adapter/adapter.h"
#include "vhost-user/guest.h"

/* What the service unit runs the program with, ended by NULL; the words lie in @line. */
static void unit_arguments(char *line, size_t len, const char **arguments, size_t count)
{
	FILE *file = fopen(VCRYPTOD_UNIT, "r");
	size_t used = 0;
	char *word;

	assert_non_null(file);
	do
		assert_non_null(fgets(line, (int)len, file));
	while (strncmp(line, "ExecStart=", 10));
	fclose(file);
	word = strtok(line, " \n");
	assert_string_equal(strrchr(word, '/'), "/vcryptod\"");
	while ((word = strtok(NULL, " \n"))) {
		assert_true(used + 1 < count);
		arguments[used++] = word;
		if (strcmp(word, "--sandbox=seccomp") || (WITH_SECCOMP && !SANITIZED))
			continue;
		print_message("no filter of system calls in this build\n");
		arguments[used - 1] = "--sandbox=none";
	}
	arguments[used] = NULL;
}

/* As the units start it: a socket that listens, as file 3. */
static void test_the_units(void **state)
{
	const char *arguments[8];
	struct front front, other;
	char line[256];

	(void)state;
	unit_arguments(line, sizeof(line), arguments, 8);
	daemon_start_at_socket(arguments);
	front_connect(&front);
	front_whole_device(&front);
	guest_encrypts(&front, guest_session(&front));
	front_connect(&other);
	front_session_mode(&other);
	front_close(&front);
	/* It goes on to listen. */
	front_connect(&front);
	front_whole_device(&front);
	guest_encrypts(&front, guest_session(&front));
	(void)front_ask(&other, GET_FEATURES);
	front_close(&front);
	front_close(&other);
	daemon_stop();
}

/* Its alarm has to come, and the fault of memory that is cut short. */
static void expect_guards(struct front *other)
{
	const uint64_t full = UINT64_MAX - 1;
	const struct message_inflight told = { 1 << 16, 0, RINGS, RING_SIZE, 0 };
	uint64_t session = guest_session(other);
	struct front front;
	int file = eventfd(0, EFD_CLOEXEC);

	front_connect(&front);
	front_whole_device(&front);
	assert_int_equal(write(file, &full, sizeof(full)), sizeof(full));
	front_file(&front, SET_VRING_CALL, 0, file);
	front_ended(&front);
	close(file);
	front_close(&front);
	front_connect(&front);
	front.protocol = P_INFLIGHT_SHMFD;
	front_u64(&front, SET_PROTOCOL_FEATURES, P_CONFIG | P_INFLIGHT_SHMFD);
	file = memfd_create("notes", MFD_CLOEXEC);
	assert_int_equal(ftruncate(file, (off_t)told.len), 0);
	front_send(&front, SET_INFLIGHT_FD, 0, &told, sizeof(told), &file, 1);
	front_whole_device(&front);
	guest_cuts_short(&front, file);
	close(file);
	front_close(&front);
	guest_encrypts(other, session);
}

/* Whoever starts it may have blocked all signals, and have ignored some. */
static void test_signals_of_who_starts_it(void **state)
{
	static const int ignored[] = { SIGCHLD, SIGALRM, SIGBUS, SIGTERM, SIGUSR1 };
	sigset_t all, before;
	struct front front;
	size_t i;

	/* It waits for a child, and knows the answer from then on. */
	(void)guest_have_sandbox();
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	(void)guest_start(state);
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_DFL);
	sigprocmask(SIG_SETMASK, &before, NULL);
	front_connect(&front);
	front_whole_device(&front);
	expect_guards(&front);
	daemon_print_counters();
	front_close(&front);
	daemon_stop();
}

/* Nor may a limit that it has from there end it, when a guest asks for a long file. */
static void test_a_limit_of_who_starts_it(void **state)
{
	static const char *const arguments[] = { "--sandbox=none", NULL };
	const struct message_inflight asked = { 0, 0, RINGS, RING_SIZE_MAX, 0 };
	struct rlimit limit = { 16384, RLIM_INFINITY }, before;
	struct front front, other;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	daemon_start(arguments);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	front_connect(&other);
	front_whole_device(&other);
	front_connect(&front);
	front_u64(&front, SET_PROTOCOL_FEATURES, P_CONFIG | P_INFLIGHT_SHMFD);
	front_send(&front, GET_INFLIGHT_FD, 0, &asked, sizeof(asked), NULL, 0);
	front_ended(&front);
	front_close(&front);
	guest_encrypts(&other, guest_session(&other));
	front_close(&other);
	daemon_stop();
}

/* Where systemd would listen; @name begins with '@' if it is no path. */
static int listen_as_systemd(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int file = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));

	strcpy(address.sun_path, name);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	assert_true(file >= 0);
	assert_int_equal(bind(file, (struct sockaddr *)&address, len), 0);
	assert_int_equal(setsockopt(file, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	return file;
}

/* From the process that was started: systemd takes it from no other. */
static void expect_ready(int file)
{
	char text[64];
	struct iovec piece = { text, sizeof(text) };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control = { .bytes = { 0 } };
	struct msghdr message = {
		.msg_iov = &piece, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control),
	};
	struct pollfd wait = { .fd = file, .events = POLLIN };
	struct ucred sender;

	assert_int_equal(poll(&wait, 1, PATIENCE_MS), 1);
	assert_int_equal(recvmsg(file, &message, 0), strlen("READY=1"));
	assert_memory_equal(text, "READY=1", strlen("READY=1"));
	assert_int_equal(control.align.cmsg_type, SCM_CREDENTIALS);
	memcpy(&sender, CMSG_DATA(&control.align), sizeof(sender));
	assert_int_equal(sender.pid, daemon_outside());
}

/* Who has been told may send signals, and connect. */
static void expect_told(const char *sandbox, const char *name)
{
	const char *const arguments[] = { "--fd=3", sandbox, NULL };
	struct front front;
	int file = listen_as_systemd(name);

	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	daemon_start_at_socket(arguments);
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	expect_ready(file);
	daemon_print_counters();
	front_connect(&front);
	front_whole_device(&front);
	guest_encrypts(&front, guest_session(&front));
	front_close(&front);
	/* Once, and nothing else. */
	assert_int_equal(recv(file, &(char){ 0 }, 1, MSG_DONTWAIT), -1);
	assert_int_equal(daemon_said("NOTIFY_SOCKET"), 0);
	daemon_stop();
	close(file);
}

static void test_who_starts_it_is_told(void **state)
{
	char folder[] = "/tmp/vcryptod-XXXXXX", path[64], name[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/notify", folder);
	snprintf(name, sizeof(name), "@vcryptod-%d", (int)getpid());
	expect_told("--sandbox=none", name);
	expect_told("--sandbox=none", path);
	assert_int_equal(unlink(path), 0);
	if (WITH_SECCOMP && !SANITIZED)
		expect_told("--sandbox=seccomp", name);
	if (guest_have_sandbox())
		expect_told("--sandbox=full", name);
	assert_int_equal(rmdir(folder), 0);
}

/* Nobody can be told, which is no reason to end. */
static void expect_not_told(const char *name, const char *why)
{
	static const char *const arguments[] = { "--sandbox=none", NULL };
	char line[128];

	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	daemon_start(arguments);
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	snprintf(line, sizeof(line), "nobody was told that it is ready: %s\n", why);
	daemon_wait_for(line);
	daemon_print_counters();
	daemon_stop();
}

static void test_nobody_can_be_told(void **state)
{
	char name[200];

	(void)state;
	expect_not_told("/no/such/socket", "No such file or directory");
	expect_not_told("@nobody listens here", "Connection refused");
	expect_not_told("", "Invalid argument");
	expect_not_told("vsock:2:1234", "Invalid argument");
	memset(name, 'a', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	expect_not_told(name, "Invalid argument");
}

/* That neither listens nor is connected. */
static void test_a_socket_of_no_use(void **state)
{
	static const char *const arguments[] = { "--fd=3", "--sandbox=none", NULL };
	int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_true(file >= 0);
	daemon_start_connected(arguments, file);
	close(file);
	daemon_wait_for("--fd: a socket that neither listens nor is connected");
	daemon_fails();
}

/* As the loader sees it that has a folder to look in first. */
static void make_unusable(const char *folder, const char *name)
{
	char path[64];
	int file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(file >= 0);
	close(file);
}

static bool mixed_is_the_default(void)
{
#define ROW(name) #name,
	static const char *const names[] = { VCRYPTO_BACKENDS(ROW) };
#undef ROW

	return strcmp(names[0], "mixed") == 0;
}

/* What the default backend may do without. */
static void test_a_library_that_is_missing(void **state)
{
	static const char *const names[] = { "libIPSec_MB.so.1", "libIPSec_MB.so.2" };
	char folder[] = "/tmp/vcryptod-XXXXXX", path[64];
	struct front front;
	size_t i;

	assert_non_null(mkdtemp(folder));
	for (i = 0; i < 2; i++)
		make_unusable(folder, names[i]);
	assert_int_equal(setenv("LD_LIBRARY_PATH", folder, 1), 0);
	(void)guest_start(state);
	assert_int_equal(unsetenv("LD_LIBRARY_PATH"), 0);
	front_connect(&front);
	front_whole_device(&front);
	guest_encrypts(&front, guest_session(&front));
	front_close(&front);
	assert_int_equal(daemon_said("cannot be opened: the backend mixed does without it"),
			 mixed_is_the_default());
	daemon_stop();
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(folder), 0);
}

#define PASSED_ON 40

/* Who starts it has closed standard input, output and error: they stay what nobody writes to. */
static pid_t start_without_files(int socket)
{
	pid_t pid = fork();
	int file;

	assert_true(pid >= 0);
	if (!pid) {
		if (dup2(socket, PASSED_ON) != PASSED_ON)
			_exit(99);
		for (file = 0; file <= STDERR_FILENO; file++)
			close(file);
		execl(VCRYPTOD, VCRYPTOD, "--fd=40", "--sandbox=none", NULL);
		_exit(99);
	}
	close(socket);
	return pid;
}

static void test_closed_files(void **state)
{
	char path[64], target[64] = "";
	struct front front;
	int ends[2], status, file;
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	pid = start_without_files(ends[0]);
	front_connect_by(&front, ends[1]);
	(void)front_ask(&front, GET_FEATURES);
	for (file = 0; file <= STDERR_FILENO; file++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, file);
		assert_true(readlink(path, target, sizeof(target) - 1) > 0);
		assert_string_equal(target, "/dev/null");
	}
	front_close(&front);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_signals_of_who_starts_it, guest_clear),
		cmocka_unit_test_teardown(test_a_limit_of_who_starts_it, guest_clear),
		cmocka_unit_test_teardown(test_the_units, guest_clear),
		cmocka_unit_test_teardown(test_who_starts_it_is_told, guest_clear),
		cmocka_unit_test_teardown(test_nobody_can_be_told, guest_clear),
		cmocka_unit_test_teardown(test_a_socket_of_no_use, guest_clear),
		cmocka_unit_test_teardown(test_a_library_that_is_missing, guest_clear),
		cmocka_unit_test(test_closed_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
