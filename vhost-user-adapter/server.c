// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What is waited for, and whose turn it is.  A queue that has work waits for its turn in a
 * list, and gets one batch; then come messages and kicks, then the next round.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "adapter.h"

#define EVENTS 64

/* How far ahead of the others a guest may be: a turn of something fast. */
#define SLICE_NS 200000u

/*
 * What is to be written to belongs to front ends, who may make it block, whatever is done
 * against it before.  So while there is work a timer interrupts what lasts that long.  It
 * goes on for a while after the work has ended, because starting it costs a system call.
 */
#define GUARD_MS 100
#define IDLE_MS 1000

static volatile sig_atomic_t stop;
static volatile sig_atomic_t asked;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static void on_question(int number)
{
	(void)number;
	asked = 1;
}

/* That it comes is all. */
static void on_alarm(int number)
{
	(void)number;
}

static void guard(struct server *server, bool on)
{
	const struct timeval interval = { 0, on ? GUARD_MS * 1000 : 0 };
	const struct itimerval timer = { interval, interval };

	if (on != server->guarded)
		(void)setitimer(ITIMER_REAL, &timer, NULL);
	server->guarded = on;
}

bool server_watch(const struct server *server, int fd, struct watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	return epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

void server_unwatch(const struct server *server, int fd)
{
	(void)epoll_ctl(server->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void server_enqueue(struct server *server, struct queue *queue)
{
	if (queue->busy)
		return;
	queue->busy = true;
	queue->next = NULL;
	if (server->first)
		server->last->next = queue;
	else
		server->first = queue;
	server->last = queue;
}

static struct queue *dequeue(struct server *server)
{
	struct queue *queue = server->first;

	server->first = queue->next;
	queue->busy = false;
	return queue;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/*
 * Bytes do not tell what a turn takes: one of 3DES lasts as long as dozens of AES, by another
 * backend as long as two.  So turns are timed, once a batch, and who has spent more than the
 * others waits until they have, too.  Who comes back from doing nothing has saved nothing.
 */
static void find_least(struct server *server)
{
	uint64_t least = UINT64_MAX;
	struct queue *queue;

	for (queue = server->first; queue; queue = queue->next)
		if (!queue->connection->ended && queue->connection->spent < least)
			least = queue->connection->spent;
	if (least != UINT64_MAX && least > server->spent)
		server->spent = least;
}

/* Whether it may have a turn now. */
static bool is_due(const struct server *server, struct connection *connection)
{
	if (connection->spent < server->spent)
		connection->spent = server->spent;
	return connection->spent <= server->spent + SLICE_NS;
}

static bool timed_turn(struct server *server, struct queue *queue)
{
	uint64_t before = now();
	bool more = queue_turn(queue, &server->batch);

	queue->connection->spent += now() - before;
	return more;
}

/*
 * A turn for each guest that has a queue in the list now, so that none has more for having
 * more queues; the others of its queues come first in the next round.
 */
static void give_turns(struct server *server)
{
	struct queue *end = server->last;
	struct queue *again = NULL, **last = &again;
	struct queue *queue;

	if (!server->first)
		return;
	server->round++;
	find_least(server);
	do {
		queue = dequeue(server);
		if (queue->connection->ended)
			continue;
		if (queue->connection->round == server->round ||
		    !is_due(server, queue->connection)) {
			server_enqueue(server, queue);
			continue;
		}
		queue->connection->round = server->round;
		if (timed_turn(server, queue)) {
			queue->next = NULL;
			*last = queue;
			last = &queue->next;
		}
	} while (queue != end);
	while ((queue = again)) {
		again = queue->next;
		server_enqueue(server, queue);
	}
}

static void add_connection(struct server *server, int socket)
{
	struct connection *connection = connection_new(server, socket, ++server->last_number);

	if (!connection) {
		say(server->last_number, "ended: no memory for it");
		close(socket);
		return;
	}
	if (!server_watch(server, socket, &connection->watch, EPOLLIN)) {
		say(connection->number, "ended: it cannot be waited for");
		connection_free(connection);
		return;
	}
	connection->next = server->connections;
	server->connections = connection;
	server->counters.connections++;
	server->count++;
}

static bool has_room(const struct server *server)
{
	return server->endpoint.listening && server->count < server->settings->connections;
}

/* While there are too many nobody is waited for: the next ones wait in the socket's queue. */
static void listen_if_room(struct server *server)
{
	bool room = has_room(server);

	if (room == server->listening)
		return;
	if (room)
		room = server_watch(server, server->endpoint.fd, &server->watch, EPOLLIN);
	else
		server_unwatch(server, server->endpoint.fd);
	server->listening = room;
}

static void on_listener(struct server *server)
{
	int socket = accept4(server->endpoint.fd, NULL, NULL, SOCK_CLOEXEC);

	if (socket >= 0) {
		server->starved = false;
		add_connection(server, socket);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
		if (!server->starved)
			say(0, "no file or memory for another connection: it has to wait");
		server->starved = true;
		server_unwatch(server, server->endpoint.fd);
		server->listening = false;
	}
}

static void on_answers(struct server *server)
{
	struct vcrypto_virtio_job *job;
	struct connection *connection;
	struct queue *queue;
	uint16_t head;
	void *owner;

	while ((job = worker_answer(server->worker, &server->answers, &owner, &head))) {
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
		on_listener(watch->owner);
		break;
	case WATCH_SOCKET:
		connection = watch->owner;
		if (!connection->ended)
			connection_read(connection);
		break;
	case WATCH_KICK:
		queue_look(watch->owner);
		break;
	case WATCH_ANSWERS:
		on_answers(watch->owner);
		break;
	}
}

/* No queue of it may be left in the list. */
static void forget_queues(struct server *server, const struct connection *connection)
{
	struct queue *queue = server->first;

	server->first = NULL;
	while (queue) {
		struct queue *next = queue->next;

		queue->busy = false;
		if (queue->connection != connection)
			server_enqueue(server, queue);
		queue = next;
	}
}

/* Those that have ended.  Not before all events of a round: one may be about them. */
static void reap(struct server *server, bool all)
{
	struct connection **at = &server->connections;

	while (*at) {
		struct connection *connection = *at;

		if (!connection->ended && !all) {
			at = &connection->next;
			continue;
		}
		*at = connection->next;
		forget_queues(server, connection);
		connection_free(connection);
		server->count--;
		listen_if_room(server);
	}
}

void server_catch_signals(struct server *server)
{
	struct sigaction action = { .sa_handler = on_signal };
	const struct sigaction alarm = { .sa_handler = on_alarm };
	const struct sigaction question = { .sa_handler = on_question };
	sigset_t ours;

	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGUSR1, &question, NULL);
	sigaction(SIGALRM, &alarm, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* They come while nothing else is done, so that none is missed. */
	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGUSR1);
	sigprocmask(SIG_BLOCK, &ours, &server->while_waiting);
	sigdelset(&server->while_waiting, SIGTERM);
	sigdelset(&server->while_waiting, SIGINT);
	sigdelset(&server->while_waiting, SIGUSR1);
	sigaddset(&server->while_waiting, SIGALRM);
}

/* How long to wait for what comes next, in milliseconds. */
static int patience(const struct server *server)
{
	if (server->first)
		return 0;
	/* Nobody tells when there is a file again for who waits to be accepted. */
	return server->guarded || (has_room(server) && !server->listening) ? IDLE_MS : -1;
}

static void answer_question(const struct server *server)
{
	if (!asked)
		return;
	asked = 0;
	counters_print(&server->counters, server->count);
}

void server_run(struct server *server)
{
	struct epoll_event events[EVENTS];
	int count, i;

	server->watch = (struct watch){ WATCH_LISTENER, server };
	if (server->endpoint.listening)
		listen_if_room(server);
	else
		add_connection(server, server->endpoint.fd);
	while (!stop && (server->endpoint.listening || server->count)) {
		count = epoll_pwait(server->epoll, events, EVENTS, patience(server),
				    &server->while_waiting);
		guard(server, count > 0 || server->first);
		for (i = 0; i < count; i++)
			on_event(events[i].data.ptr);
		give_turns(server);
		reap(server, false);
		if (!count)
			listen_if_room(server);
		answer_question(server);
	}
	reap(server, true);
	if (!server->worker)
		return;
	/* Keys are the lane's. */
	worker_stop(server->worker, server->settings->sandbox == SANDBOX_NONE);
	on_answers(server);
}
