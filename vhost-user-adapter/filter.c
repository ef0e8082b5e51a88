// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The system calls that are left; any other kills the process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapter.h"

#ifndef VCRYPTOD_SECCOMP

void filter_enter(const struct settings *settings, bool listening)
{
	(void)listening;
	if (settings->sandbox == SANDBOX_SECCOMP) {
		fputs("vcryptod: built without libseccomp: --sandbox is full, or none where there are no "
		      "namespaces\n", stderr);
		exit(EXIT_FAILURE);
	}
	say(0, "built without libseccomp: all system calls are left");
}

#else

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>

/* What each is for; at most 20, or 21 with both RSA and states. */
static const int allowed[] = {
	SCMP_SYS(epoll_pwait),		/* wait */
	SCMP_SYS(epoll_ctl),		/* for other files */
	SCMP_SYS(timer_settime),	/* not for ever */
#ifdef __NR_timer_settime64
	SCMP_SYS(timer_settime64),	/* where machine words have 32 bits */
#endif
	SCMP_SYS(recvmsg),		/* messages, and files with them */
	SCMP_SYS(sendmsg),		/* replies, the same */
	SCMP_SYS(write),		/* call the guest; the log */
	SCMP_SYS(close),
	SCMP_SYS(munmap),		/* the guest's memory, large allocations */
	SCMP_SYS(brk),			/* small ones */
	SCMP_SYS(statx),		/* how long a file of memory is */
	SCMP_SYS(memfd_create),		/* where requests in flight are written down */
	SCMP_SYS(getrandom),		/* where session ids begin */
	SCMP_SYS(futex),		/* threads wait for each other */
	SCMP_SYS(clock_gettime),	/* lines of the log in a second, without vDSO */
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(exit_group),
};

/* Memory that can be executed would undo the rest. */
static int allow_mmap(scmp_filter_ctx filter)
{
#ifdef __s390x__
	/* It has its arguments in memory, where no filter looks. */
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 0);
#else
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
				SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
#endif
}

/* So that nobody cuts that short. */
static int allow_seals(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
				SCMP_A1(SCMP_CMP_EQ, F_ADD_SEALS, 0));
}

void filter_enter(const struct settings *settings, bool listening)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool device = strcmp(settings->backend->name, "hostdev") == 0;
	size_t i;
	int error;

	/* All threads are under the same filter. */
	error = filter ? seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) : -1;
	if (!error)
		error = allow_mmap(filter);
	if (!error)
		error = allow_seals(filter);
	for (i = 0; !error && i < sizeof(allowed) / sizeof(allowed[0]); i++)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	if (!error && listening)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(accept4), 0);
	/* The host's driver is asked in this way only. */
	if (!error && device)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 0);
	/* States of guests come by pipes. */
	if (!error && settings->migrate_keys)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(read), 0);
	/* By this libcrypto sees whether it is in another process now. */
	if (!error && settings->akcipher)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(getpid), 0);
	if (!error)
		error = seccomp_load(filter);
	if (error) {
		fputs("vcryptod: the filter of system calls cannot be loaded "
		      "(--sandbox=none goes on without)\n", stderr);
		exit(EXIT_FAILURE);
	}
	seccomp_release(filter);
}

#endif
