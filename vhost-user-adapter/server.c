// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A loop: what is waited for, on the thread that all of this loop's guests belong to. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "adapter.h"

#define EVENTS 64

/*
 * What is to be written to belongs to front ends, who may make it block, whatever is done
 * against it before.  So while there is work a timer interrupts what lasts that long.  It
 * goes on for a while after the work has ended, because starting it costs a system call.
 */
#define GUARD_MS 100
#define IDLE_MS 1000

static void guard(struct server *server, bool on)
{
	const struct timespec interval = { 0, on ? GUARD_MS * 1000000L : 0 };
	const struct itimerspec times = { interval, interval };

	if (on != server->guarded)
		(void)timer_settime(server->guard, 0, &times, NULL);
	server->guarded = on;
}

bool server_watch(const struct server *server, int fd, struct watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	return epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool server_watch_else(const struct server *server, int fd, struct watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	return epoll_ctl(server->epoll, EPOLL_CTL_MOD, fd, &event) == 0;
}

void server_unwatch(const struct server *server, int fd)
{
	(void)epoll_ctl(server->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void server_wake(const struct server *server)
{
	const uint64_t one = 1;

	/* The number does not matter, and comes to no end. */
	if (write(server->answers.event, &one, sizeof(one)) < 0)
		return;
}

void server_add(struct server *server, int socket, uint32_t number)
{
	struct connection *connection = connection_new(server, socket, number);

	if (!connection) {
		say(number, "ended: no memory for it");
		close(socket);
		threads_left(server);
		return;
	}
	if (!server_watch(server, socket, &connection->watch, EPOLLIN)) {
		say(number, "ended: it cannot be waited for");
		connection_free(connection);
		return;
	}
	connection->next = server->connections;
	server->connections = connection;
	server->counters.connections++;
}

static void on_answers(struct server *server)
{
	struct vcrypto_virtio_job *job;
	struct connection *connection;
	struct queue *queue;
	uint16_t head;
	void *owner;

	while (server->worker &&
	       (job = worker_answer(server->worker, &server->answers, &owner, &head))) {
		queue = owner;
		connection = queue->connection;
		queue_answer(queue, job, head);
		worker_free(job);
		connection_settle(connection);
	}
}

static void on_event(const struct watch *watch)
{
	struct connection *connection;

	switch (watch->what) {
	case WATCH_LISTENER:
		listener_accept(watch->owner);
		break;
	case WATCH_SOCKET:
		connection = watch->owner;
		if (!connection->ended)
			turns_act(connection, connection_read);
		break;
	case WATCH_KICK:
		queue_look(watch->owner);
		break;
	case WATCH_STATE:
		turns_act(watch->owner, state_event);
		break;
	case WATCH_WAKE:
		threads_on_wake(watch->owner);
		on_answers(watch->owner);
		break;
	}
}

/* Messages that have waited are paid for as others are; who is not due comes in a later round. */
static void settle(struct server *server)
{
	struct connection *connection;

	server->settling = false;
	for (connection = server->connections; connection; connection = connection->next) {
		if (!connection->postponed || connection->ended)
			continue;
		turns_act(connection, connection_settle);
		server->settling |= connection->postponed && server->first;
	}
}

/*
 * Those that have ended, and have no session any more.  Not before all events of a round: one may
 * be about them.
 */
static void reap(struct server *server, bool all)
{
	struct connection **at = &server->connections;

	while (*at) {
		struct connection *connection = *at;

		if (!all && (!connection->ended || connection->ending)) {
			at = &connection->next;
			continue;
		}
		*at = connection->next;
		turns_forget(server, connection);
		connection_free(connection);
	}
}

/* Whether the next round is not only for what comes. */
static bool has_work(const struct server *server)
{
	return server->first || server->settling || server->endings;
}

/* How long to wait for what comes next, in milliseconds. */
static int patience(const struct server *server)
{
	if (has_work(server))
		return 0;
	return server->guarded || server->looks_again || server->transfers ? IDLE_MS : -1;
}

static _Noreturn void fail(const char *why)
{
	fprintf(stderr, "vcryptod: %s\n", why);
	exit(EXIT_FAILURE);
}

/* glibc 2.36 has no name for it. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

void server_begin(struct server *server)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM,
		.sigev_notify_thread_id = gettid(),
	};

	if (timer_create(CLOCK_MONOTONIC, &event, &server->guard))
		fail("no timer");
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	server->answers.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server->wake = (struct watch){ WATCH_WAKE, server };
	/* Each is an edge, so nobody needs to read it. */
	if (server->epoll < 0 || server->answers.event < 0 ||
	    !server_watch(server, server->answers.event, &server->wake, EPOLLIN | EPOLLET))
		fail("no file to wait with");
}

void server_run(struct server *server)
{
	struct epoll_event events[EVENTS];
	int count, i;

	while (!server->ends) {
		count = epoll_pwait(server->epoll, events, EVENTS, patience(server),
				    &server->while_waiting);
		server->rounds++;
		guard(server, count > 0 || has_work(server) || server->transfers);
		for (i = 0; i < count; i++)
			on_event(events[i].data.ptr);
		if (server->settling)
			settle(server);
		turns_give(server);
		endings_give(server);
		states_look(server);
		reap(server, false);
		threads_look(server, !count);
	}
	reap(server, true);
	/* Nobody wants them any more, but keys are the lane's. */
	on_answers(server);
}
