// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The process on the other side. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "front.h"

#define MOST_ARGUMENTS 16

static struct {
	pid_t pid;		/* 0: there is none */
	bool listener;		/* was made for it, and therefore stays */
	unsigned int files;	/* that it may open; 0: as many as we */
	char folder[64];
	char path[80];
	char log[80];
} daemon_now;

void sleep_ms(unsigned int ms)
{
	const struct timespec time = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	nanosleep(&time, NULL);
}

bool is_emulated(void)
{
	return getenv("VCRYPTOD_EMULATED");
}

void skip_if_emulated(const char *what)
{
	if (is_emulated()) {
		print_message("SKIP: the processor is emulated, which changes %s\n", what);
		skip();
	}
}

const char *daemon_path(void)
{
	return daemon_now.path;
}

/* The program, unless the environment names another. */
static const char *program(void)
{
	const char *other = getenv("VCRYPTOD");

	return other ? other : VCRYPTOD;
}

/* What systemd passes on has this number. */
#define GIVEN 3

/* As systemd does with a socket unit. */
static void pass_on(int socket)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", (int)getpid());
	setenv("LISTEN_PID", number, 1);
	setenv("LISTEN_FDS", "1", 1);
	/* It may be open already, and would close with the program. */
	socket = fcntl(socket, F_DUPFD_CLOEXEC, GIVEN + 1);
	if (dup2(socket, GIVEN) != GIVEN)
		_exit(126);
}

/* @socket: one to pass on, or -1. */
static _Noreturn void exec_daemon(const char *const *arguments, int out, int err, int socket)
{
	const struct rlimit files = { daemon_now.files, daemon_now.files };
	const char *argv[MOST_ARGUMENTS + 1] = { program() };
	size_t i;

	for (i = 0; i + 1 < MOST_ARGUMENTS && arguments[i]; i++)
		argv[i + 1] = arguments[i];
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	if (socket >= 0)
		pass_on(socket);
	if (daemon_now.files && setrlimit(RLIMIT_NOFILE, &files))
		_exit(126);
	execv(program(), (char *const *)(uintptr_t)argv);
	_exit(127);
}

const char *daemon_threads(void)
{
	const char *asked = getenv("VCRYPTOD_THREADS");

	return asked ? asked : "1";
}

void daemon_limit_files(unsigned int most)
{
	daemon_now.files = most;
}

static void make_folder(void)
{
	strcpy(daemon_now.folder, "/tmp/vcryptod-XXXXXX");
	assert_non_null(mkdtemp(daemon_now.folder));
	snprintf(daemon_now.path, sizeof(daemon_now.path), "%s/socket", daemon_now.folder);
	snprintf(daemon_now.log, sizeof(daemon_now.log), "%s/log", daemon_now.folder);
	daemon_now.listener = false;
}

static void start(const char *const *arguments, int socket)
{
	int log = open(daemon_now.log, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
	pid_t pid;

	assert_true(log >= 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		exec_daemon(arguments, log, log, socket);
	daemon_now.pid = pid;
	close(log);
}

bool daemon_has_ended(void)
{
	siginfo_t info = { 0 };

	return daemon_now.pid &&
	       !waitid(P_PID, (id_t)daemon_now.pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       info.si_pid == daemon_now.pid;
}

void daemon_start(const char *const *arguments)
{
	const char *all[MOST_ARGUMENTS] = { "--socket-path", daemon_now.path,
					    "--threads", daemon_threads() };
	size_t used = 4, i;
	int ms;

	make_folder();
	for (i = 0; arguments && arguments[i]; i++) {
		assert_true(used + 1 < MOST_ARGUMENTS);
		all[used++] = arguments[i];
	}
	start(all, -1);
	for (ms = 0; ms < PATIENCE_MS && access(daemon_now.path, F_OK) && !daemon_has_ended(); ms++)
		sleep_ms(1);
}

void daemon_start_at_socket(const char *const *arguments)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	make_folder();
	daemon_now.listener = true;
	strcpy(address.sun_path, daemon_now.path);
	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 8), 0);
	start(arguments, listener);
	close(listener);
}

void daemon_start_connected(const char *const *arguments, int socket)
{
	make_folder();
	start(arguments, socket);
}

/* There must be one: other numbers than a process's are many processes for kill(). */
static pid_t running(void)
{
	assert_true(daemon_now.pid > 0);
	return daemon_now.pid;
}

/* The status with which @pid ends, before patience does; -1: it does not. */
static int status_of(pid_t pid)
{
	int status, ms;

	for (ms = 0; ms < PATIENCE_MS; ms += 5) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		sleep_ms(5);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return -1;
}

/* The status of the daemon; from then on there is none. */
static int end_of_daemon(void)
{
	int status = status_of(running());

	daemon_now.pid = 0;
	return status;
}

static void forget_daemon(void)
{
	unlink(daemon_now.path);
	unlink(daemon_now.log);
	assert_int_equal(rmdir(daemon_now.folder), 0);
}

void daemon_kill(void)
{
	assert_int_equal(kill(daemon_inside(), SIGKILL), 0);
	(void)end_of_daemon();
	forget_daemon();
}

void daemon_clear(void)
{
	if (daemon_now.pid)
		daemon_kill();
}

void daemon_ended(void)
{
	assert_int_equal(end_of_daemon(), 0);
	/* One that it was given belongs to who made it. */
	if (daemon_now.listener)
		assert_int_equal(unlink(daemon_now.path), 0);
	assert_int_equal(access(daemon_now.path, F_OK), -1);
	forget_daemon();
}

void daemon_fails(void)
{
	assert_int_equal(end_of_daemon(), 1);
	forget_daemon();
}

void daemon_stop(void)
{
	assert_int_equal(kill(running(), SIGTERM), 0);
	daemon_ended();
}

int daemon_said(const char *text)
{
	FILE *file = fopen(daemon_now.log, "r");
	char line[1024];
	int count = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		count += strstr(line, text) != NULL;
	fclose(file);
	return count;
}

void daemon_wait_for(const char *text)
{
	int ms;

	for (ms = 0; ms < PATIENCE_MS && !daemon_said(text); ms += 5)
		sleep_ms(5);
	if (!daemon_said(text))
		fail_msg("the daemon has not said: %s", text);
}

void daemon_print_counters(void)
{
	assert_int_equal(kill(running(), SIGUSR1), 0);
	daemon_wait_for("counters: that is all");
	assert_int_equal(daemon_said("counters: that is all"), 1);
}

/* The child of @pid; 0: it has none. */
static int child_of(int pid)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	int child = 0;

	assert_non_null(folder);
	while (!child && (entry = readdir(folder))) {
		char path[300];
		int parent = 0;
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		file = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? fopen(path, "r") : NULL;
		if (!file)
			continue;
		if (fscanf(file, "%*d (%*[^)]) %*c %d", &parent) == 1 && parent == pid)
			child = atoi(entry->d_name);
		fclose(file);
	}
	closedir(folder);
	return child;
}

int daemon_inside(void)
{
	int child = child_of((int)running());

	return child ? child : (int)running();
}

int daemon_outside(void)
{
	return (int)running();
}

size_t daemon_count(const char *name)
{
	size_t count = 0;
	char path[64];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/%s", daemon_inside(), name);
	folder = opendir(path);
	assert_non_null(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

size_t daemon_mappings(void)
{
	char path[64], line[512], permissions[8];
	size_t count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", daemon_inside());
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file))
		count += sscanf(line, "%*x-%*x %7s", permissions) == 1 && permissions[3] == 's';
	fclose(file);
	return count;
}

void daemon_wait_for_mappings(size_t count)
{
	int ms;

	for (ms = 0; ms < PATIENCE_MS && daemon_mappings() > count; ms++)
		sleep_ms(1);
	assert_true(daemon_mappings() <= count);
}

static size_t memory_now(void)
{
	char path[64], line[128];
	size_t memory = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", daemon_inside());
	file = fopen(path, "r");
	assert_non_null(file);
	while (!memory && fgets(line, sizeof(line), file))
		(void)sscanf(line, "Rss: %zu kB", &memory);
	fclose(file);
	assert_true(memory > 0);
	return memory;
}

struct daemon_holding daemon_look(void)
{
	return (struct daemon_holding){ daemon_count("fd"), daemon_mappings(), memory_now() };
}

/* Less than eight bytes 100,000 times, but more than an allocator comes and goes by. */
#define MEMORY_MORE 768u

void daemon_holds(const struct daemon_holding *before)
{
	/* What is left is closed beside the loops, so it may take a while. */
	daemon_wait_for_files(before->files);
	daemon_wait_for_mappings(before->mappings);
	/* Of an emulator's memory most is its own; a sanitizer keeps what has been freed. */
	if (!SANITIZED && !is_emulated())
		assert_in_range(memory_now(), 1, before->memory + MEMORY_MORE);
}

void daemon_wait_for_files(size_t count)
{
	int ms;

	for (ms = 0; ms < PATIENCE_MS && daemon_count("fd") > count; ms++)
		sleep_ms(1);
	assert_true(daemon_count("fd") <= count);
}

int program_run(const char *const *arguments, char *text, size_t len)
{
	size_t got = 0;
	ssize_t n;
	int pipes[2];
	pid_t pid;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		exec_daemon(arguments, pipes[1], pipes[1], -1);
	close(pipes[1]);
	while ((n = read(pipes[0], text + got, len - 1 - got)) > 0)
		got += (size_t)n;
	text[got] = '\0';
	close(pipes[0]);
	return status_of(pid);
}
