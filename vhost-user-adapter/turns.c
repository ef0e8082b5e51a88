// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Whose turn it is, in one loop.  A queue that has work waits for its turn in a list, and gets
 * one batch; then come messages and kicks, then the next round.
 */
#include <time.h>

#include "adapter.h"

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

uint64_t turns_now(void)
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
	const struct connection *connection;
	const struct queue *queue;
	uint64_t least = UINT64_MAX;

	for (queue = server->first; queue; queue = queue->next)
		if (!queue->connection->ended && queue->connection->spent < least)
			least = queue->connection->spent;
	/* Sessions that end are work as well, and few of them in a round take next to nothing. */
	for (connection = server->connections; server->endings && connection;
	     connection = connection->next)
		if (ending_goes_on(connection) && connection->spent < least)
			least = connection->spent;
	if (least != UINT64_MAX && least > server->spent)
		server->spent = least;
}

/* Whether it may have a turn now. */
static bool is_due(const struct server *server, struct connection *connection)
{
	if (connection->spent < server->spent)
		connection->spent = server->spent;
	return connection->spent <= server->spent + TURN_NS;
}

static bool timed_turn(struct server *server, struct queue *queue)
{
	uint64_t before = turns_now();
	bool more = queue_turn(queue, &server->batch);

	queue->connection->spent += turns_now() - before;
	return more;
}

/*
 * While others wait, messages and states are paid for like requests: some take a millisecond, and
 * a front end can send them without end.  Those that are not due are told of again.
 */
void turns_act(struct connection *connection, void (*act)(struct connection *))
{
	struct server *server = connection->server;
	uint64_t before = turns_now();

	if (!server->first) {
		act(connection);
		return;
	}
	/* As before turns: whose messages wait has none of these either, and nothing overtakes. */
	find_least(server);
	if (is_due(server, connection)) {
		act(connection);
		connection->spent += turns_now() - before;
	}
}

void turns_give(struct server *server)
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

void turns_forget(struct server *server, const struct connection *connection)
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
