// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * To be loaded before the C library: a getrandom() that makes the system calls of glibc's from
 * 2.41 on, where the kernel (from 6.11 on) has it make numbers itself (vDSO): when a thread
 * uses it first, signals are blocked while memory for that is taken.
 */
#include <signal.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t getrandom(void *to, size_t len, unsigned int flags)
{
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return syscall(SYS_getrandom, to, len, flags);
}
