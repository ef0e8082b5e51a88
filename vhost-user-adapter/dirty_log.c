// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <unistd.h>

#include "handlers.h"

#define PAGE 4096u

void dirty_log_init(struct dirty_log *log)
{
	*log = (struct dirty_log){ .call = -1 };
}

void dirty_log_fini(struct connection *connection)
{
	if (connection->log.call >= 0)
		remains_file(connection->remains, connection->log.call);
}

static bool is_on(const struct connection *connection)
{
	return connection->features & F_LOG_ALL && connection->log.bits;
}

/* The front end has measured it by its memory.  Where it has not, nobody looks for our bits. */
static void tell_too_short(struct connection *connection)
{
	if (!connection->log.told)
		say(connection->number, "its dirty log is too short: pages behind it are not marked");
	connection->log.told = true;
}

/* @len bytes, at least one.  Others change other bits at the same time. */
static void mark(struct connection *connection, uint64_t guest, uint64_t len)
{
	struct dirty_log *log = &connection->log;
	uint64_t page = guest / PAGE, end = log->size * 8;
	uint64_t last = len - 1 > UINT64_MAX - guest ? UINT64_MAX / PAGE : (guest + len - 1) / PAGE;

	if (last >= end) {
		tell_too_short(connection);
		last = end - 1;
	}
	while (page <= last) {
		unsigned int from = page % 8;
		unsigned int to = last - page < 8 - from ? from + (unsigned int)(last - page) : 7;
		uint8_t bits = (uint8_t)(0xffu << from & 0xffu >> (7 - to));

		/* Also where they are set: else they may be taken away before our bytes are seen. */
		__atomic_fetch_or(&log->bits[page / 8], bits, __ATOMIC_SEQ_CST);
		page += 8 - from;
	}
}

static void mark_stream(struct connection *connection, struct vcrypto_cursor written)
{
	uint64_t guest;
	size_t here;
	void *span;

	while ((span = vcrypto_cursor_span(&written, SIZE_MAX, &here)))
		if (memory_guest_of(&connection->memory, span, &guest))
			mark(connection, guest, here);
}

static void mark_used(struct queue *queue)
{
	if (queue->address.flags & MESSAGE_ADDRESS_LOG)
		mark(queue->connection, queue->address.log, vcrypto_vring_used_bytes(queue->size));
}

static void tell(struct connection *connection)
{
	const uint64_t one = 1;
	int call = connection->log.call;

	if (call >= 0 && write(call, &one, sizeof(one)) < 0 && errno == EINTR)
		connection_end(connection, "a file to notify it with that blocks");
}

void dirty_log_batch(struct queue *queue, const struct vcrypto_batch *batch, size_t count)
{
	struct connection *connection = queue->connection;
	size_t i;

	if (!is_on(connection))
		return;
	for (i = 0; i < count; i++)
		mark_stream(connection, vcrypto_cursor_start(batch->io[i].writable,
							     batch->io[i].writable_count));
	mark_used(queue);
	tell(connection);
}

void dirty_log_written(struct queue *queue, struct vcrypto_cursor written)
{
	if (!is_on(queue->connection))
		return;
	mark_stream(queue->connection, written);
	mark_used(queue);
	tell(queue->connection);
}

void dirty_log_used(struct queue *queue)
{
	if (!is_on(queue->connection))
		return;
	mark_used(queue);
	tell(queue->connection);
}

/* The message is its own reply.  The old log is ours no more before that is sent. */
const char *on_set_log_base(struct connection *connection)
{
	struct message_log asked = message_log(message_of(connection));
	struct dirty_log *log = &connection->log;
	const char *fault;

	if (!asked.size)
		return "a dirty log of no bytes";
	fault = memory_share(&connection->memory, SHARED_LOG, connection->inbox.fds[0],
			     asked.offset, asked.size, &log->bits);
	if (fault)
		return fault;
	log->size = asked.size;
	log->told = false;
	return NULL;
}

const char *on_set_log_fd(struct connection *connection)
{
	if (!file_notifies(connection->server, connection->inbox.fds[0]))
		return NO_EVENT;
	dirty_log_fini(connection);
	connection->log.call = inbox_take_fd(&connection->inbox, 0);
	return NULL;
}
