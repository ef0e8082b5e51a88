// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* speed: the same call over and over, on one thread or several. */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "speed.h"

/*
 * Times are counted in classes: 16 to each doubling, so that one is wrong by some
 * per cent at most, and a long measurement takes no more memory than a short one.
 */
enum { PARTS = 16, DOUBLINGS = 48, CLASSES = PARTS * DOUBLINGS };

struct times {
	uint64_t classes[CLASSES];
	uint64_t count;
	double longest;
};

struct thread {
	pthread_t id;
	struct job job;
	const struct runner *runner;
	struct times times;
	double begin, end;
	int error;
};

static pthread_barrier_t start;

static size_t class_of(double seconds)
{
	uint64_t nanoseconds = seconds > 0 ? (uint64_t)(seconds * 1e9) : 0;
	unsigned int doubling = 0;

	while (nanoseconds >= 2 * PARTS) {
		nanoseconds /= 2;
		doubling++;
	}
	/* Below PARTS a class is a nanosecond. */
	return nanoseconds < PARTS ? (size_t)nanoseconds :
	       doubling + 1 < DOUBLINGS ? (size_t)(doubling * PARTS + nanoseconds) : CLASSES - 1;
}

static double class_middle(size_t class)
{
	size_t doubling = class < PARTS ? 0 : class / PARTS - 1;

	return ((double)(class - doubling * PARTS) + 0.5) * (double)(1ull << doubling) * 1e-9;
}

static void count(struct times *times, double seconds)
{
	times->classes[class_of(seconds)]++;
	times->count++;
	if (seconds > times->longest)
		times->longest = seconds;
}

static double quantile(const struct times *times, double part)
{
	double wanted = part * (double)times->count;
	uint64_t seen = 0;

	for (size_t i = 0; i < CLASSES; i++) {
		seen += times->classes[i];
		if (seen && (double)seen >= wanted)
			return class_middle(i);
	}
	return 0;
}

static void run(struct thread *thread)
{
	double seconds = thread->job.work->arguments->seconds, time = now();

	thread->begin = time;
	while (!thread->error && (!thread->times.count || time < thread->begin + seconds)) {
		thread->job.began = time;
		thread->error = thread->runner->call(&thread->job);
		time = now();
		if (!thread->error)
			count(&thread->times, time - thread->job.began);
	}
	thread->end = time;
}

static void *thread_main(void *opaque)
{
	struct thread *thread = opaque;

	thread->error = thread->runner->open(&thread->job);
	pthread_barrier_wait(&start);
	if (thread->error)
		return NULL;
	run(thread);
	thread->runner->close(&thread->job);
	return NULL;
}

static void begin(struct thread *threads, size_t jobs)
{
	if (pthread_barrier_init(&start, NULL, (unsigned int)jobs))
		die("not enough memory");
	for (size_t i = 0; i < jobs; i++)
		if (pthread_create(&threads[i].id, NULL, thread_main, &threads[i]))
			die("cannot start %zu threads", jobs);
}

/* Returns the error of one of them, if there was one. */
static int collect(struct thread *threads, size_t jobs, struct times *all, double *calls)
{
	int error = 0;

	for (size_t i = 0; i < jobs; i++) {
		pthread_join(threads[i].id, NULL);
		if (threads[i].error) {
			error = threads[i].error;
			continue;
		}
		for (size_t j = 0; j < CLASSES; j++)
			all->classes[j] += threads[i].times.classes[j];
		all->count += threads[i].times.count;
		if (threads[i].times.longest > all->longest)
			all->longest = threads[i].times.longest;
		*calls += (double)threads[i].times.count / (threads[i].end - threads[i].begin);
	}
	pthread_barrier_destroy(&start);
	return error;
}

struct rate measure(const struct work *work, const struct runner *runner)
{
	size_t jobs = work->arguments->jobs, size = jobs * sizeof(struct thread);
	struct thread *threads = (struct thread *)(void *)allocate(size);
	struct times all = { .count = 0 };
	struct rate rate = { .calls = 0 };
	int error;

	memset(threads, 0, size);
	for (size_t i = 0; i < jobs; i++) {
		threads[i].job.work = work;
		threads[i].runner = runner;
	}
	begin(threads, jobs);
	error = collect(threads, jobs, &all, &rate.calls);
	wipe_free(threads, size);
	if (error == EINVAL)
		return (struct rate){ .calls = 0 };
	if (error)
		die("%s", device_problem(error));
	rate.median = quantile(&all, 0.5);
	rate.most = quantile(&all, 0.99);
	rate.longest = all.longest;
	return rate;
}
