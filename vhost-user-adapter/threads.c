// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The loops, and what they have in common.  The first one runs on the thread that the process
 * began with: it accepts, takes signals, and ends the others.  What one loop has for another
 * lies behind one lock, and an event wakes it; no guest's work touches that lock.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "adapter.h"

static volatile sig_atomic_t stop;
static volatile sig_atomic_t asked;
/* NULL: there is nothing to end any more, or not yet. */
static const struct server *volatile woken;

/*
 * A loop that always has work never waits, so a signal that came while it waits would never
 * come.
 */
static void on_signal(int number)
{
	int before = errno;

	if (number == SIGUSR1)
		asked = 1;
	else
		stop = 1;
	if (woken)
		server_wake(woken);
	errno = before;
}

/* That it comes is all. */
static void on_alarm(int number)
{
	(void)number;
}

static sigset_t our_signals(void)
{
	sigset_t ours;

	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGUSR1);
	return ours;
}

void threads_catch_signals(void)
{
	/* What they interrupt goes on, but for the waiting. */
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	const struct sigaction alarm = { .sa_handler = on_alarm };
	const sigset_t ours = our_signals();

	/* Whoever has started us may have blocked others, or have children that nobody waits for. */
	sigprocmask(SIG_SETMASK, &ours, NULL);
	signal(SIGCHLD, SIG_DFL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGALRM, &alarm, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* A file that may not become longer is an error, and no reason to end. */
	signal(SIGXFSZ, SIG_IGN);
}

/* --- from one loop to another --- */

/* The one with the fewest guests. */
static struct server *idlest(const struct threads *threads)
{
	struct server *best = threads->servers;
	uint32_t i;

	for (i = 1; i < threads->count; i++)
		if (threads->servers[i].count < best->count)
			best = &threads->servers[i];
	return best;
}

void threads_hand_over(struct threads *threads, int socket)
{
	struct server *server;

	pthread_mutex_lock(&threads->lock);
	server = idlest(threads);
	server->handed[server->handed_count++] = (struct handed){ socket, ++threads->last_number };
	server->count++;
	threads->connections++;
	pthread_mutex_unlock(&threads->lock);
	server_wake(server);
}

static bool take_handed(struct server *server, struct handed *one)
{
	bool any;

	pthread_mutex_lock(&server->threads->lock);
	any = server->handed_count;
	if (any)
		*one = server->handed[--server->handed_count];
	pthread_mutex_unlock(&server->threads->lock);
	return any;
}

void threads_left(struct server *server)
{
	struct threads *threads = server->threads;

	pthread_mutex_lock(&threads->lock);
	server->count--;
	threads->connections--;
	pthread_mutex_unlock(&threads->lock);
	server_wake(threads->servers);
}

void threads_settle(struct server *server)
{
	pthread_mutex_lock(&server->threads->lock);
	server->settles = true;
	pthread_mutex_unlock(&server->threads->lock);
	server_wake(server);
}

uint32_t threads_connections(struct threads *threads)
{
	uint32_t count;

	pthread_mutex_lock(&threads->lock);
	count = threads->connections;
	pthread_mutex_unlock(&threads->lock);
	return count;
}

static void wake_all(const struct threads *threads)
{
	uint32_t i;

	for (i = 0; i < threads->count; i++)
		server_wake(&threads->servers[i]);
}

/* Each loop adds what it has counted, and the last one prints the sum. */
static void ask(struct threads *threads)
{
	uint32_t i;

	pthread_mutex_lock(&threads->lock);
	/* Else the answer to the last question is on its way. */
	if (!threads->missing) {
		asked = 0;
		threads->sum = (struct counters){ 0 };
		threads->missing = threads->count;
		for (i = 0; i < threads->count; i++)
			threads->servers[i].asked = true;
	}
	pthread_mutex_unlock(&threads->lock);
	wake_all(threads);
}

static void answer(struct server *server)
{
	struct threads *threads = server->threads;
	struct counters sum;
	bool last = false;
	uint32_t now = 0;

	pthread_mutex_lock(&threads->lock);
	if (server->asked) {
		server->asked = false;
		counters_sum(&threads->sum, &server->counters);
		last = --threads->missing == 0;
	}
	if (last) {
		sum = threads->sum;
		now = threads->connections;
	}
	pthread_mutex_unlock(&threads->lock);
	if (last)
		counters_print(&sum, now);
}

void threads_on_wake(struct server *server)
{
	struct threads *threads = server->threads;
	struct handed one;

	server->looks = true;
	while (take_handed(server, &one))
		server_add(server, one.socket, one.number);
	answer(server);
	pthread_mutex_lock(&threads->lock);
	server->ends = threads->stop;
	server->settling |= server->settles;
	server->settles = false;
	pthread_mutex_unlock(&threads->lock);
}

static void end_all(struct threads *threads)
{
	/* It finishes what it runs; of what waits it begins nothing more, however much it is. */
	if (threads->worker)
		worker_stop(threads->worker, threads->settings->sandbox == SANDBOX_NONE);
	pthread_mutex_lock(&threads->lock);
	threads->stop = true;
	pthread_mutex_unlock(&threads->lock);
	wake_all(threads);
}

void threads_look(struct server *server, bool idle)
{
	struct threads *threads = server->threads;

	if (server != threads->servers || !(idle || server->looks))
		return;
	server->looks = false;
	listener_look(threads);
	if (asked)
		ask(threads);
	if (!threads->stop &&
	    (stop || (!threads->endpoint.listening && !threads_connections(threads))))
		end_all(threads);
}

/* --- their beginning and end --- */

static void tell(struct threads *threads, uint32_t *what)
{
	pthread_mutex_lock(&threads->lock);
	(*what)++;
	pthread_cond_signal(&threads->changed);
	pthread_mutex_unlock(&threads->lock);
}

/* Until all but the first have told. */
static void wait_for(struct threads *threads, const uint32_t *what)
{
	pthread_mutex_lock(&threads->lock);
	while (*what < threads->count - 1)
		pthread_cond_wait(&threads->changed, &threads->lock);
	pthread_mutex_unlock(&threads->lock);
}

/* To end takes system calls that a sandbox does not leave. */
static void stay(struct threads *threads)
{
	pthread_mutex_lock(&threads->lock);
	for (;;)
		pthread_cond_wait(&threads->never, &threads->lock);
}

/* The alarm interrupts what is done, and not the waiting. */
static void know_signals(struct server *server)
{
	pthread_sigmask(SIG_BLOCK, NULL, &server->while_waiting);
	sigaddset(&server->while_waiting, SIGALRM);
}

static void *run(void *context)
{
	struct server *server = context;
	struct threads *threads = server->threads;
	char name[16];

	snprintf(name, sizeof(name), "loop %u", (unsigned int)(server - threads->servers));
	pthread_setname_np(pthread_self(), name);
	server_begin(server);
	know_signals(server);
	tell(threads, &threads->begun);
	server_run(server);
	tell(threads, &threads->ended);
	if (threads->settings->sandbox != SANDBOX_NONE)
		stay(threads);
	return NULL;
}

static _Noreturn void fail(void)
{
	fputs("vcryptod: no thread\n", stderr);
	exit(EXIT_FAILURE);
}

void threads_start(struct threads *threads)
{
	const sigset_t ours = our_signals();
	uint32_t i;

	/* Other arenas than the first grow by system calls that are not left. */
	mallopt(M_ARENA_MAX, 1);
	/*
	 * Fixed, a device is always of pages that nobody has touched, and goes back to the system.
	 * Else it comes from the heap after the first one has ended, where all of it is cleared,
	 * and stays.
	 */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	pthread_mutex_init(&threads->lock, NULL);
	pthread_cond_init(&threads->changed, NULL);
	pthread_cond_init(&threads->never, NULL);
	for (i = 1; i < threads->count; i++)
		if (pthread_create(&threads->servers[i].thread, NULL, run, &threads->servers[i]))
			fail();
	wait_for(threads, &threads->begun);
	if (threads->worker && !worker_start(threads->worker))
		fail();
	if (!remains_start(threads->endpoint.listening ? threads->settings->connections : 1))
		fail();
	server_begin(threads->servers);
	/* From now on signals come to this thread, whatever it does. */
	woken = threads->servers;
	sigprocmask(SIG_UNBLOCK, &ours, NULL);
	know_signals(threads->servers);
}

void threads_run(struct threads *threads)
{
	uint32_t i;

	if (!threads->endpoint.listening)
		threads_hand_over(threads, threads->endpoint.fd);
	threads->servers[0].looks = true;
	threads_look(threads->servers, false);
	server_run(threads->servers);
	wait_for(threads, &threads->ended);
	if (threads->settings->sandbox == SANDBOX_NONE)
		for (i = 1; i < threads->count; i++)
			pthread_join(threads->servers[i].thread, NULL);
	remains_stop();
	woken = NULL;
}
