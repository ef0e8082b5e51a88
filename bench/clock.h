/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Time that a thread works, on one processor. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <sched.h>
#include <time.h>

/* Nanoseconds of the thread's processor time. */
static inline double processor_time(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Stay on one processor; if that is not allowed, the numbers are only noisier. */
static inline void pin(void)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	if (cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

#endif /* BENCH_CLOCK_H */
