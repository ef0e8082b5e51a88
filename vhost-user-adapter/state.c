// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handlers.h"

#define STATE_BYTES 16384u

VCRYPTO_ASSERT(STATE_BYTES >= VCRYPTO_VIRTIO_STATE_PIECE, "the longest piece");

/* A pipe that can be written to takes as much as this, whoever has it. */
#define AT_ONCE 4096u

/* To read an asymmetric key takes a quarter of a millisecond, so fewer come at once. */
#define AT_ONCE_WITH_KEYS 512u

#define STANDS_STILL_NS 5000000000u

/* Answers to SET_DEVICE_STATE_FD. */
#define USE_YOURS 0x100u
#define REFUSED 0x101u

enum step {
	STEP_MORE,
	STEP_DONE,
	STEP_FAULT,
};

void state_init(struct connection *connection)
{
	connection->transfer.file = -1;
	connection->transfer_watch = (struct watch){ WATCH_STATE, connection };
}

bool state_moves(const struct connection *connection)
{
	return connection->transfer.file >= 0;
}

static void stop(struct connection *connection)
{
	struct transfer *transfer = &connection->transfer;

	/* The front end may have it, too, so that closing would not end the waiting. */
	server_unwatch(connection->server, transfer->file);
	remains_file(connection->remains, transfer->file);
	transfer->file = -1;
	vcrypto_wipe(transfer->bytes, STATE_BYTES);
	free(transfer->bytes);
	transfer->bytes = NULL;
	connection->server->transfers--;
}

void state_forget(struct connection *connection)
{
	if (state_moves(connection))
		stop(connection);
	connection->transfer.good = false;
}

/* Of half a state no session stays. */
static void finish(struct connection *connection, const char *fault)
{
	stop(connection);
	connection->transfer.good = !fault;
	if (fault) {
		say(connection->number, "its state: %s", fault);
		if (connection->transfer.loads)
			connection_drop_sessions(connection);
	}
	connection_settle(connection);
}

static enum step blocked(struct connection *connection)
{
	connection_end(connection, "a file for its state that blocks");
	return STEP_FAULT;
}

static enum step after_error(struct connection *connection)
{
	if (errno == EINTR)
		return blocked(connection);
	return errno == EAGAIN ? STEP_MORE : STEP_FAULT;
}

static enum step save_some(struct connection *connection)
{
	struct transfer *transfer = &connection->transfer;
	size_t asked;
	ssize_t n;

	if (!transfer->len) {
		transfer->at = 0;
		transfer->len = connection->kind->save(connection->device, transfer->bytes,
						       STATE_BYTES);
	}
	if (!transfer->len)
		return STEP_DONE;
	asked = transfer->len < AT_ONCE ? transfer->len : AT_ONCE;
	n = write(transfer->file, transfer->bytes + transfer->at, asked);
	if (n < 0)
		return after_error(connection);
	/* There was room, so somebody has taken it meanwhile, and we were interrupted. */
	if ((size_t)n < asked)
		return blocked(connection);
	transfer->at += (size_t)n;
	transfer->len -= (size_t)n;
	transfer->moved = turns_now();
	return STEP_MORE;
}

static enum step understand(struct connection *connection)
{
	struct transfer *transfer = &connection->transfer;
	enum vcrypto_virtio_load result;
	size_t taken;

	result = connection->kind->load(connection->device, transfer->bytes, transfer->len, &taken);
	transfer->len -= taken;
	memmove(transfer->bytes, transfer->bytes + taken, transfer->len);
	transfer->whole = result == VCRYPTO_VIRTIO_LOAD_DONE;
	if (result == VCRYPTO_VIRTIO_LOAD_BAD || (transfer->whole && transfer->len))
		return STEP_FAULT;
	return STEP_MORE;
}

static enum step load_some(struct connection *connection)
{
	struct transfer *transfer = &connection->transfer;
	size_t most = connection->server->worker ? AT_ONCE_WITH_KEYS : AT_ONCE;
	size_t room = STATE_BYTES - transfer->len;
	ssize_t n;

	n = read(transfer->file, transfer->bytes + transfer->len, room < most ? room : most);
	if (n < 0)
		return after_error(connection);
	if (!n)
		return transfer->whole ? STEP_DONE : STEP_FAULT;
	transfer->len += (size_t)n;
	transfer->moved = turns_now();
	return understand(connection);
}

void state_event(struct connection *connection)
{
	struct transfer *transfer = &connection->transfer;
	enum step step;

	/* What epoll has told in the round in which it began may be of the one before. */
	if (connection->ended || !state_moves(connection) ||
	    transfer->round == connection->server->rounds)
		return;
	if (connection_runs(connection)) {
		finish(connection, "a ring has been started before all of it was there");
		return;
	}
	step = transfer->loads ? load_some(connection) : save_some(connection);
	if (step == STEP_MORE)
		return;
	finish(connection, step == STEP_DONE ? NULL :
			   transfer->loads ? "it is not all there, or not for this device" :
					     "nobody reads it");
}

void states_look(struct server *server)
{
	struct connection *connection;
	uint64_t time = server->transfers ? turns_now() : 0;

	for (connection = server->connections; server->transfers && connection;
	     connection = connection->next)
		if (!connection->ended && state_moves(connection) &&
		    time - connection->transfer.moved >= STANDS_STILL_NS)
			finish(connection, "it stands still");
}

/* Of others nobody knows what to read or write them does. */
static bool is_channel(int file)
{
	unsigned int type = file_type(file);

	return type == S_IFIFO || type == S_IFSOCK;
}

static const char *refusal(const struct connection *connection, const struct message_state *asked)
{
	if (asked->direction > MESSAGE_STATE_LOAD || asked->phase)
		return "a state in a direction or a phase that there is not";
	if (connection_runs(connection))
		return "a state while rings run";
	if (state_moves(connection))
		return "a state while another is on its way";
	return is_channel(connection->inbox.fds[0]) ? NULL :
						      "a state by a file that is no pipe or socket";
}

/*
 * Of a guest that comes the front end knows where its rings go on, and we do not.  What was in
 * flight in those that have been stopped was another's.
 */
static void forget_rings(struct connection *connection)
{
	struct queue *queue;
	uint32_t i;

	for (i = 0; i < QUEUES_MAX; i++) {
		queue = &connection->queues[i];
		if (queue->has_returned)
			inflight_forget(queue);
		queue->has_returned = false;
	}
}

static const char *begin(struct connection *connection, bool loads)
{
	struct server *server = connection->server;
	uint8_t *bytes = malloc(STATE_BYTES);
	int file;

	if (!bytes)
		return "no memory for a state";
	file = inbox_take_fd(&connection->inbox, 0);
	if (!server_watch(server, file, &connection->transfer_watch, loads ? EPOLLIN : EPOLLOUT)) {
		remains_file(connection->remains, file);
		free(bytes);
		return "a file for a state that cannot be waited for";
	}
	connection->transfer = (struct transfer){
		.file = file, .loads = loads, .bytes = bytes, .moved = turns_now(),
		.round = server->rounds,
	};
	server->transfers++;
	if (loads)
		forget_rings(connection);
	else
		connection->kind->save_start(connection->device);
	return NULL;
}

const char *on_set_device_state_fd(struct connection *connection)
{
	struct message_state asked = message_state(message_of(connection));
	const char *fault = refusal(connection, &asked);

	if (!fault)
		fault = begin(connection, asked.direction == MESSAGE_STATE_LOAD);
	if (fault)
		say(connection->number, "refused: %s", fault);
	message_reply_u64(message_of(connection), fault ? REFUSED : USE_YOURS);
	return NULL;
}

const char *on_check_device_state(struct connection *connection)
{
	message_reply_u64(message_of(connection), connection->transfer.good ? 0 : 1);
	return NULL;
}
