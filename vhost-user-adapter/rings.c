// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the messages about rings do. */
#include "handlers.h"

/* The queue that a message is about; NULL: there is none. */
static struct queue *queue_at(struct connection *connection, uint64_t index)
{
	return index < connection_queues(connection) ? &connection->queues[index] : NULL;
}

#define NO_QUEUE "a queue that there is not"

/*
 * Who asks to be told may go on after a refusal.  So what is refused leaves no trace: else a ring
 * would begin with it as soon as the rest fits.
 */

const char *on_set_vring_num(struct connection *connection)
{
	struct message_vring vring = message_vring(message_of(connection));
	struct queue *queue = queue_at(connection, vring.index);
	const char *fault;
	uint32_t before;
	bool broken;

	if (!queue)
		return NO_QUEUE;
	if (queue->running)
		return "a size of a ring that runs";
	if (!vring.value || vring.value > VCRYPTO_VRING_MAX || vring.value & (vring.value - 1))
		return "a size that no ring has here";
	before = queue->size;
	broken = queue->broken;
	queue->size = vring.value;
	queue->broken = false;
	fault = queue_start(queue);
	if (fault) {
		queue->size = before;
		queue->broken = broken;
	}
	return fault;
}

const char *on_set_vring_addr(struct connection *connection)
{
	struct message_address address = message_address(message_of(connection));
	struct queue *queue = queue_at(connection, address.index);
	struct message_address before;
	const char *fault;
	bool had;

	if (!queue)
		return NO_QUEUE;
	if (queue->running && (address.desc != queue->address.desc ||
			       address.avail != queue->address.avail ||
			       address.used != queue->address.used))
		return "other addresses of a ring that runs";
	before = queue->address;
	had = queue->has_address;
	queue->address = address;
	queue->has_address = true;
	fault = queue_start(queue);
	if (fault) {
		queue->address = before;
		queue->has_address = had;
	}
	return fault;
}

/*
 * A front end that has paused gives back what it was given.  Anything else is a driver that
 * begins anew, and knows of no sessions, nor of requests in flight.
 */
const char *on_set_vring_base(struct connection *connection)
{
	struct message_vring vring = message_vring(message_of(connection));
	struct queue *queue = queue_at(connection, vring.index);

	if (!queue)
		return NO_QUEUE;
	if (queue->running)
		return "an index of a ring that runs";
	if (vring.value > UINT16_MAX)
		return "an index that no split ring has";
	if (queue->has_returned && vring.value != queue->returned) {
		inflight_forget(queue);
		connection_drop_sessions(connection);
	}
	queue->has_returned = false;
	queue->base = (uint16_t)vring.value;
	return NULL;
}

const char *on_get_vring_base(struct connection *connection)
{
	struct message_vring vring = message_vring(message_of(connection));
	struct queue *queue = queue_at(connection, vring.index);

	if (!queue)
		return NO_QUEUE;
	queue_stop(queue);
	queue->broken = false;
	/* It starts with another kick. */
	(void)queue_set_kick(queue, -1);
	queue->returned = queue->base;
	queue->has_returned = true;
	vring.value = queue->base;
	message_reply_vring(message_of(connection), vring);
	return NULL;
}

/* The file of CALL or ERR, which is ours from then on; -1: there is none.  False: not that one. */
static bool take_file(struct connection *connection, int *file)
{
	bool any = message_of(connection)->fd_count;

	if (any && !file_notifies(connection->server, connection->inbox.fds[0]))
		return false;
	*file = any ? inbox_take_fd(&connection->inbox, 0) : -1;
	return true;
}

static struct queue *queue_of_file(struct connection *connection)
{
	return queue_at(connection, message_u64(message_of(connection)) & MESSAGE_FD_INDEX);
}

const char *on_set_vring_kick(struct connection *connection)
{
	struct queue *queue = queue_of_file(connection);
	const char *fault;

	if (!queue)
		return NO_QUEUE;
	if (!message_of(connection)->fd_count)
		return "a ring without kicks: nothing here looks again and again";
	if (!file_kicks(connection->server, connection->inbox.fds[0]))
		return "a kick that is neither an eventfd nor a pipe";
	if (!queue_set_kick(queue, inbox_take_fd(&connection->inbox, 0)))
		return "a kick that cannot be waited for";
	queue_look(queue);
	fault = queue_start(queue);
	if (fault)
		(void)queue_set_kick(queue, -1);
	return fault;
}

const char *on_set_vring_call(struct connection *connection)
{
	struct queue *queue = queue_of_file(connection);
	int file;

	if (!queue)
		return NO_QUEUE;
	if (!take_file(connection, &file))
		return NO_EVENT;
	queue_set_call(queue, file);
	return NULL;
}

const char *on_set_vring_err(struct connection *connection)
{
	struct queue *queue = queue_of_file(connection);
	int file;

	if (!queue)
		return NO_QUEUE;
	if (!take_file(connection, &file))
		return NO_EVENT;
	queue_set_err(queue, file);
	return NULL;
}

const char *on_set_vring_enable(struct connection *connection)
{
	struct message_vring vring = message_vring(message_of(connection));
	struct queue *queue = queue_at(connection, vring.index);
	const char *fault;
	bool before;

	if (!queue)
		return NO_QUEUE;
	if (vring.value > 1)
		return "a ring that is enabled neither 0 nor 1";
	before = queue->enabled;
	queue->enabled = vring.value;
	queue_look(queue);
	fault = queue_start(queue);
	if (fault)
		queue->enabled = before;
	return fault;
}
