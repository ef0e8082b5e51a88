// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* vcryptod as the system sees it: what it has given up, and its command line. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
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

	assert_int_equal(kill(daemon_outside(), SIGUSR1), 0);
	daemon_wait_for("counters: that is all");
	assert_int_equal(daemon_said("counters: that is all"), 1);
	for (i = 0; i < count; i++)
		if (daemon_said(lines[i]) != 1)
			fail_msg("%d lines with: %s", daemon_said(lines[i]), lines[i]);
}

/* Two requests, one of no session, a front end that leaves, and one that is thrown out. */
/* As many as there is time for: whatever it gives up at its end, each finds what it needs. */
static void test_signals_until_the_end(void **state)
{
	unsigned int i;

	(void)guest_start(state);
	for (i = 0; i < 100000 && !daemon_has_ended(); i++)
		(void)kill(daemon_outside(), SIGTERM);
	daemon_ended();
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
	expect_counters(NULL, 0);
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
	expect_counters(NULL, 0);
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
	expect_counters(NULL, 0);
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
		cmocka_unit_test_teardown(test_signals_of_who_starts_it, guest_clear),
		cmocka_unit_test_teardown(test_a_limit_of_who_starts_it, guest_clear),
		cmocka_unit_test_teardown(test_the_units, guest_clear),
		cmocka_unit_test_teardown(test_who_starts_it_is_told, guest_clear),
		cmocka_unit_test_teardown(test_nobody_can_be_told, guest_clear),
		cmocka_unit_test(test_forbidden_calls),
		cmocka_unit_test_teardown(test_a_newer_c_library, guest_clear),
		cmocka_unit_test(test_command_line),
		cmocka_unit_test_teardown(test_a_socket_of_no_use, guest_clear),
		cmocka_unit_test_teardown(test_a_library_that_is_missing, guest_clear),
		cmocka_unit_test(test_closed_files),
		cmocka_unit_test(test_output_that_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
