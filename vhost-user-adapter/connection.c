// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A front end: its messages one by one, what it is answered, and its end. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "adapter.h"

/* Messages in one go, so that others have theirs; of those that last long not as many. */
#define MESSAGES_A_TURN 16

void connection_cancel_jobs(struct connection *connection)
{
	struct server *server = connection->server;

	if (server->worker)
		worker_cancel(server->worker, &connection->client, &server->answers, NULL);
}

static void close_reply_file(struct connection *connection)
{
	if (connection->reply_file >= 0)
		close(connection->reply_file);
	connection->reply_file = -1;
}

struct connection *connection_new(struct server *server, int socket, uint32_t number)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	uint32_t i;

	if (!connection)
		return NULL;
	connection->watch = (struct watch){ WATCH_SOCKET, connection };
	connection->server = server;
	connection->number = number;
	connection->socket = socket;
	connection->reply_file = -1;
	connection->kind = server->settings->kind;
	/* Where there is just one nobody has to say which. */
	connection->mode = connection->kind->create ? MODE_UNKNOWN : MODE_WHOLE;
	connection->device = connection->kind->make(connection);
	connection->remains = connection->device ? remains_new(server) : NULL;
	if (!connection->remains) {
		if (connection->device)
			connection->kind->end(connection->device);
		free(connection);
		return NULL;
	}
	connection->inbox.remains = connection->remains;
	state_init(connection);
	memory_init(&connection->memory, server->settings->connections, server->settings->slots,
		    connection->remains);
	dirty_log_init(&connection->log);
	for (i = 0; i < QUEUES_MAX; i++)
		queue_init(&connection->queues[i], connection, i);
	return connection;
}

void connection_free(struct connection *connection)
{
	uint32_t i;

	connection_cancel_jobs(connection);
	connection_forget_endings(connection);
	state_forget(connection);
	for (i = 0; i < QUEUES_MAX; i++)
		queue_fini(&connection->queues[i]);
	connection->kind->end(connection->device);
	dirty_log_fini(connection);
	close_reply_file(connection);
	memory_fini(&connection->memory);
	inbox_next(&connection->inbox);
	/* With what has not been read, which may be files. */
	remains_file(connection->remains, connection->socket);
	remains_leave(connection->remains);
	free(connection);
}

void connection_end(struct connection *connection, const char *why)
{
	if (connection->ended)
		return;
	connection->ended = true;
	connection_cancel_jobs(connection);
	connection_end_sessions(connection);
	counters_end(&connection->server->counters, why);
	server_unwatch(connection->server, connection->socket);
	if (why)
		say(connection->number, "ended: %s", why);
}

bool connection_lost(struct connection *connection)
{
	if (connection->memory.lost)
		connection_end(connection, "a file of its memory has been cut short");
	return connection->ended;
}

uint32_t connection_queues(const struct connection *connection)
{
	if (connection->mode == MODE_WHOLE)
		return connection->server->settings->queues + connection->kind->has_control;
	return connection->mode == MODE_SESSION ? VCRYPTO_MAX_QUEUES : QUEUES_MAX;
}

bool connection_runs(const struct connection *connection)
{
	uint32_t i;

	for (i = 0; i < QUEUES_MAX; i++)
		if (connection->queues[i].running)
			return true;
	return false;
}

static void send_reply(struct connection *connection)
{
	connection->inbox.message.header.flags = MESSAGE_VERSION | MESSAGE_REPLY;
	/* Else it has gone, with an answer or two on the way. */
	if (!socket_send(connection->socket, &connection->inbox.message, connection->reply_file))
		connection_end(connection, errno == EAGAIN ? "it does not read what it is answered" :
							     NULL);
	close_reply_file(connection);
}

/* What a request without a reply of its own is answered, if it is, or how it ends. */
static void acknowledge(struct connection *connection, const char *fault, bool wanted)
{
	if (fault && !wanted) {
		connection_end(connection, fault);
		return;
	}
	if (fault)
		say(connection->number, "refused: %s", fault);
	if (!wanted)
		return;
	message_reply_u64(&connection->inbox.message, fault ? 1 : 0);
	send_reply(connection);
}

static bool may_map(uint32_t request)
{
	return request == SET_MEM_TABLE || request == ADD_MEM_REG || request == SET_LOG_BASE ||
	       request == SET_INFLIGHT_FD;
}

/*
 * Whether the message has to wait: for what remains of others, for jobs, because they write to the
 * ring and to the memory as these are now, or for the end of a state or of sessions.
 */
static bool has_to_wait(const struct connection *connection)
{
	uint32_t request = connection->inbox.message.header.request;

	if (connection->ending || remains_wait(connection->remains, may_map(request)))
		return true;
	switch (request) {
	case GET_VRING_BASE:
	case SET_MEM_TABLE:
	case ADD_MEM_REG:
	case REM_MEM_REG:
		return connection->client.count;
	case CHECK_DEVICE_STATE:
		return state_moves(connection);
	default:
		return false;
	}
}

static void on_message(struct connection *connection)
{
	const struct message *message = &connection->inbox.message;
	bool wanted = message->header.flags & MESSAGE_NEED_REPLY &&
		      connection->protocol & P_REPLY_ACK;
	const char *fault;

	if (!message_known(message, connection->protocol)) {
		acknowledge(connection, "a request that is not known", wanted);
		return;
	}
	fault = message_fault(message);
	if (fault) {
		connection_end(connection, fault);
		return;
	}
	fault = handle(connection);
	if (connection_lost(connection))
		return;
	if (!message_has_reply(message->header.request))
		acknowledge(connection, fault, wanted);
	else if (fault)
		connection_end(connection, fault);
	else
		send_reply(connection);
}

/* Of a socket that is watched for nothing epoll still tells when the other end has gone. */
static void postpone(struct connection *connection)
{
	connection->postponed = true;
	if (!server_watch_else(connection->server, connection->socket, &connection->watch, 0))
		connection_end(connection, "it cannot be waited for");
}

static uint32_t count_of(int file)
{
	return file >= 0;
}

/* Files that it has open, but for those of the message that comes. */
static uint32_t files_open(const struct connection *connection)
{
	uint32_t count = count_of(connection->socket) + count_of(connection->log.call) +
			 count_of(connection->transfer.file);
	uint32_t i;

	for (i = 0; i < QUEUES_MAX; i++) {
		const struct queue *queue = &connection->queues[i];

		count += count_of(queue->kick) + count_of(queue->call) + count_of(queue->err);
	}
	return count;
}

static enum inbox_state read_message(struct connection *connection, const char **fault)
{
	uint32_t most = connection->server->settings->files, open = files_open(connection);

	connection->inbox.room = most > open ? most - open : 0;
	return inbox_read(&connection->inbox, connection->socket, fault);
}

void connection_read(struct connection *connection)
{
	uint64_t begun = turns_now();
	const char *fault = NULL;
	unsigned int i;

	/* What has happened then is that the front end has gone. */
	if (connection->postponed) {
		connection_end(connection, NULL);
		return;
	}
	for (i = 0; i < MESSAGES_A_TURN && !connection->ended && !connection->ending; i++) {
		/* Not before the first: it may be one that was postponed, and no more may come. */
		if (i && turns_now() - begun > TURN_NS)
			return;
		switch (read_message(connection, &fault)) {
		case INBOX_WAIT:
			return;
		case INBOX_END:
			connection_end(connection, NULL);
			return;
		case INBOX_FAULT:
			connection_end(connection, fault);
			return;
		case INBOX_MESSAGE:
			if (has_to_wait(connection)) {
				postpone(connection);
				return;
			}
			on_message(connection);
			inbox_next(&connection->inbox);
			break;
		}
	}
}

void connection_look(struct connection *connection)
{
	uint32_t i;

	for (i = 0; i < QUEUES_MAX; i++)
		queue_look(&connection->queues[i]);
}

void connection_settle(struct connection *connection)
{
	bool resumes = connection->postponed && !has_to_wait(connection);

	if (connection->ended || !(resumes || connection->client.held))
		return;
	connection->client.held = false;
	if (resumes) {
		connection->postponed = false;
		if (!server_watch_else(connection->server, connection->socket, &connection->watch,
				       EPOLLIN))
			connection_end(connection, "it cannot be waited for");
		else
			connection_read(connection);
	}
	connection_look(connection);
}
