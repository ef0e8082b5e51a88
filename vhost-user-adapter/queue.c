// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A ring, from what the front end says of it to its turns. */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "adapter.h"

/*
 * Buffers.  Of more than that a driver is broken; of more than SEGMENTS a request fails.  That is
 * for the standard's device, whose Linux driver makes them.
 */
#define LONGEST_CHAIN 32768u

void queue_init(struct queue *queue, struct connection *connection, uint32_t index)
{
	*queue = (struct queue){
		.watch = { WATCH_KICK, queue }, .connection = connection, .index = index,
		.kick = -1, .call = -1, .err = -1,
	};
}

/* What of the ring we act on.  In session mode nobody tells, so it must suit both. */
static uint64_t ring_features(const struct connection *connection)
{
	if (connection->mode == MODE_SESSION)
		return VCRYPTO_VRING_F_INDIRECT | VCRYPTO_VRING_F_EVENT_IDX;
	return connection->features;
}

/*
 * Jobs of a guest that are to be done later, and still take its requests.  Beyond that they wait
 * in the ring.
 */
#define MOST_JOBS 256u

/* In session mode nobody enables. */
static bool is_enabled(const struct queue *queue)
{
	return queue->enabled || queue->connection->mode == MODE_SESSION;
}

/* Whether the driver's requests are taken. */
static bool is_served(const struct queue *queue)
{
	return queue->running && is_enabled(queue) && !queue->connection->postponed &&
	       !queue->connection->ending;
}

static bool find_setup(const struct queue *queue, struct vcrypto_vring_setup *setup)
{
	const struct memory *memory = &queue->connection->memory;
	struct vcrypto_le16 used;
	const void *at;

	setup->size = queue->size;
	setup->features = ring_features(queue->connection);
	setup->next_avail = queue->base;
	if (!memory_guest_address(memory, queue->address.desc, &setup->desc) ||
	    !memory_guest_address(memory, queue->address.avail, &setup->avail) ||
	    !memory_guest_address(memory, queue->address.used, &setup->used))
		return false;
	/* Nobody tells how far the driver has been answered, but for the ring itself. */
	at = vcrypto_memory_at(&memory->table, setup->used, 4);
	if (!at)
		return false;
	memcpy(&used, (const uint8_t *)at + 2, sizeof(used));
	setup->next_used = vcrypto_get16(used);
	return true;
}

/* The file is as the front end made it.  One that is full has been noticed, or never will be. */
static void notify(struct queue *queue, int fd)
{
	const uint64_t one = 1;

	if (fd >= 0 && write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		connection_end(queue->connection, "a file to notify it with that blocks");
}

const char *queue_start(struct queue *queue)
{
	const struct connection *connection = queue->connection;
	struct vcrypto_vring_setup setup;
	const char *fault;

	if (queue->running || queue->broken || !queue->size || !queue->has_address ||
	    queue->kick < 0 || !connection->memory.table.count)
		return NULL;
	/* Until then a front end may still change what it has said. */
	if (!is_enabled(queue))
		return NULL;
	if (!find_setup(queue, &setup) ||
	    !vcrypto_vring_init(&queue->vring, &connection->memory.table, &setup))
		return "a ring that is not in the guest's memory, or not aligned";
	fault = inflight_start(queue, &setup);
	/* Once more, from where that says. */
	if (!fault && !vcrypto_vring_init(&queue->vring, &connection->memory.table, &setup))
		fault = "a ring that is there no more";
	if (fault) {
		inflight_stop(queue);
		return fault;
	}
	if (connection->kind->long_chains)
		vcrypto_vring_allow(&queue->vring, LONGEST_CHAIN, true);
	queue->running = true;
	/* Another daemon may have ended between an answer and telling of it. */
	notify(queue, queue->call);
	queue_look(queue);
	return NULL;
}

/* Not by another start: some of its requests may be under way. */
void queue_negotiate(struct queue *queue)
{
	if (!queue->running)
		return;
	/* What was said in the other way would stay. */
	(void)vcrypto_vring_enable_notify(&queue->vring);
	vcrypto_vring_negotiate(&queue->vring, ring_features(queue->connection));
	/* Its turn tells the driver when to notify, in the other way if there is one now. */
	queue_look(queue);
}

void queue_stop(struct queue *queue)
{
	if (queue->running)
		queue->base = vcrypto_vring_next_avail(&queue->vring);
	queue->running = false;
	inflight_stop(queue);
}

void queue_look(struct queue *queue)
{
	if (is_served(queue))
		server_enqueue(queue->connection->server, queue);
}

void queue_answer(struct queue *queue, struct vcrypto_virtio_job *job, uint16_t head)
{
	struct vcrypto_cursor writes = vcrypto_virtio_job_writes(job);
	uint32_t written;

	if (queue->connection->ended) {
		vcrypto_virtio_job_drop(job);
		return;
	}
	written = vcrypto_virtio_job_finish(job);
	if (connection_lost(queue->connection))
		return;
	inflight_push(queue, head, written);
	dirty_log_written(queue, writes);
	if (connection_lost(queue->connection))
		return;
	if (vcrypto_vring_should_interrupt(&queue->vring))
		notify(queue, queue->call);
}

static void queue_cancel(struct queue *queue)
{
	struct connection *connection = queue->connection;
	struct server *server = connection->server;

	if (server->worker)
		worker_cancel(server->worker, &connection->client, &server->answers, queue);
	/* The others may have waited for these. */
	connection_settle(connection);
}

/* It stays so until the front end stops it and starts it anew. */
static void queue_break(struct queue *queue)
{
	const char *why = vcrypto_vring_broken(&queue->vring);

	say(queue->connection->number, "queue %u is broken: %s", queue->index, why);
	queue->connection->server->counters.broken++;
	queue_cancel(queue);
	queue_stop(queue);
	inflight_forget(queue);
	queue->broken = true;
	notify(queue, queue->err);
}

/*
 * To read an asymmetric key takes a quarter of a millisecond, which no length tells.  Where keys
 * may come, at most what one largest request takes.
 */
#define KEYS_A_TURN 4u

static size_t chains_a_turn(const struct queue *queue)
{
	const struct connection *connection = queue->connection;
	bool keys = queue_is_control(queue) ||
		    connection->features & VCRYPTO_VIRTIO_F_AKCIPHER_STATELESS;

	return connection->server->worker && keys ? KEYS_A_TURN : VCRYPTO_BATCH;
}

bool queue_is_control(const struct queue *queue)
{
	const struct connection *connection = queue->connection;

	return connection->kind->has_control && connection->mode != MODE_SESSION &&
	       queue->index == connection_queues(connection) - 1;
}

bool queue_turn(struct queue *queue, struct vcrypto_batch *batch)
{
	struct connection *connection = queue->connection;
	size_t count;
	bool more;

	if (!is_served(queue))
		return false;
	if (connection->client.count >= MOST_JOBS) {
		connection->client.held = true;
		return false;
	}
	connection->served = queue;
	batch->chains = chains_a_turn(queue);
	vcrypto_vring_disable_notify(&queue->vring);
	count = inflight_serve(queue, batch);
	dirty_log_batch(queue, batch, count);
	if (count && (vcrypto_vring_should_interrupt(&queue->vring) ||
		      connection->mode == MODE_SESSION))
		notify(queue, queue->call);
	if (connection_lost(connection))
		return false;
	if (batch->state == VCRYPTO_VRING_BROKEN || batch->answered < count) {
		queue_break(queue);
		return false;
	}
	if (batch->state == VCRYPTO_VRING_READY)
		return true;
	more = vcrypto_vring_enable_notify(&queue->vring);
	dirty_log_used(queue);
	return more && !connection_lost(connection);
}

/*
 * Every kick is an edge, so the count need not be read for the next one to be noticed: an
 * edge that somebody else has read away would block us.
 */
bool queue_set_kick(struct queue *queue, int kick)
{
	const struct server *server = queue->connection->server;
	struct remains *remains = queue->connection->remains;

	/* What is refused leaves the last one. */
	if (kick >= 0 && !server_watch(server, kick, &queue->watch, EPOLLIN | EPOLLET)) {
		remains_file(remains, kick);
		return false;
	}
	if (queue->kick >= 0) {
		/* The front end has it, too, so that closing would not end the waiting. */
		server_unwatch(server, queue->kick);
		remains_file(remains, queue->kick);
	}
	queue->kick = kick;
	return true;
}

void queue_set_call(struct queue *queue, int call)
{
	if (queue->call >= 0)
		remains_file(queue->connection->remains, queue->call);
	queue->call = call;
	/* What was done before it was there has not been told. */
	if (queue->running)
		notify(queue, call);
}

void queue_set_err(struct queue *queue, int err)
{
	if (queue->err >= 0)
		remains_file(queue->connection->remains, queue->err);
	queue->err = err;
	/* As with calls. */
	if (queue->broken)
		notify(queue, err);
}

void queue_fini(struct queue *queue)
{
	queue_stop(queue);
	(void)queue_set_kick(queue, -1);
	queue_set_call(queue, -1);
	queue_set_err(queue, -1);
}
