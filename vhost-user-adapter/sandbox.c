// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the daemon gives up before it serves anybody: namespaces of its own for users, mounts,
 * processes, network, IPC and names, a root with nothing in it, all capabilities, and all
 * system calls but those of filter.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapter.h"

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "vcryptod: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t len = strlen(text);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		fail(path);
	close(fd);
}

/*
 * We stay who we are.  The kernel lets us say so of our group only if we never change the groups
 * that we are in besides: they stay, too.
 */
static void enter_namespaces(void)
{
	unsigned int user = geteuid(), group = getegid();
	char map[64];

	if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)) {
		fprintf(stderr, "vcryptod: no namespaces of its own: %s "
			"(--sandbox=seccomp goes on without them)\n", strerror(errno));
		exit(EXIT_FAILURE);
	}
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1", user, user);
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "%u %u 1", group, group);
	write_file("/proc/self/gid_map", map);
}

/*
 * The one outside waits for the one inside, and removes the socket, which nobody inside can
 * see.  Its signals are blocked.
 */
static _Noreturn void wait_for(pid_t inside, const struct settings *settings,
			       const struct endpoint *endpoint)
{
	sigset_t awaited;
	int number, status;
	pid_t ended;

	sigemptyset(&awaited);
	sigaddset(&awaited, SIGTERM);
	sigaddset(&awaited, SIGINT);
	sigaddset(&awaited, SIGUSR1);
	sigaddset(&awaited, SIGCHLD);
	while (!(ended = waitpid(inside, &status, WNOHANG)))
		if (!sigwait(&awaited, &number) && number != SIGCHLD)
			kill(inside, number);
	endpoint_close(settings, endpoint);
	if (ended < 0)
		fail("waitpid");
	if (WIFEXITED(status))
		exit(WEXITSTATUS(status));
	say(0, "ended by signal %d", WTERMSIG(status));
	exit(EXIT_FAILURE);
}

/* A process namespace begins with its first child. */
static void go_inside(const struct settings *settings, const struct endpoint *endpoint)
{
	sigset_t more;
	pid_t inside;

	sigemptyset(&more);
	sigaddset(&more, SIGCHLD);
	sigprocmask(SIG_BLOCK, &more, NULL);
	inside = fork();
	if (inside < 0)
		fail("fork");
	if (inside)
		wait_for(inside, settings, endpoint);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		fail("prctl");
}

/* Of the one inside only: the one outside has a socket to remove. */
static void empty_root(void)
{
	const unsigned long flags = MS_NODEV | MS_NOEXEC | MS_NOSUID | MS_RDONLY;

	if (unshare(CLONE_NEWNS) || mount("", "/", "", MS_PRIVATE | MS_REC, NULL) ||
	    mount("", "/tmp", "tmpfs", flags, "nr_inodes=2,nr_blocks=1") ||
	    chdir("/tmp") || syscall(SYS_pivot_root, ".", ".") ||
	    umount2(".", MNT_DETACH) || chdir("/"))
		fail("an empty root");
}

static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	const struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	unsigned long i;

	/* Those that the kernel does not know fail, and those that we may not drop. */
	for (i = 0; i < 64; i++)
		(void)prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
	if (syscall(SYS_capset, &header, none) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		fail("giving up privileges");
}

void sandbox_enter(const struct settings *settings, const struct endpoint *endpoint)
{
	if (settings->sandbox == SANDBOX_NONE)
		return;
	if (settings->sandbox == SANDBOX_FULL) {
		enter_namespaces();
		go_inside(settings, endpoint);
		empty_root();
	}
	drop_capabilities();
}
