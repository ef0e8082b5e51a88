// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "handlers.h"

#define VERSION 1

/* Each piece begins at a cache line. */
#define ALIGNMENT 64u

struct inflight_entry {
	uint8_t inflight;
	uint8_t padding[5];
	uint16_t next;		/* of the last batch */
	uint64_t counter;
};

/* Volatile: it is written for who comes after us, in this order. */
struct inflight_region {
	volatile uint64_t features;
	volatile uint16_t version;	/* 0: nothing has been written to it */
	volatile uint16_t desc_num;
	volatile uint16_t last_batch_head;
	volatile uint16_t used_idx;
	volatile struct inflight_entry entries[];
};

VCRYPTO_ASSERT(sizeof(struct inflight_entry) == 16, "the layout of vhost-user");
VCRYPTO_ASSERT(sizeof(struct inflight_region) == 16, "the layout of vhost-user");

static uint64_t stride(uint32_t size)
{
	uint64_t len = sizeof(struct inflight_region) + size * sizeof(struct inflight_entry);

	return (len + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
}

static struct inflight_region *region_of(const struct queue *queue)
{
	const struct inflight *inflight = &queue->connection->inflight;

	if (!inflight->base || queue->index >= inflight->queues)
		return NULL;
	return (struct inflight_region *)(void *)(inflight->base +
						  queue->index * stride(inflight->size));
}

static void clear(struct inflight_region *region, uint32_t size, uint16_t used)
{
	uint32_t i;

	for (i = 0; i < size; i++)
		region->entries[i].inflight = 0;
	region->desc_num = (uint16_t)size;
	region->used_idx = used;
	region->version = VERSION;
}

/*
 * The last batch, as far as the driver has been told of it, when there was no time to say here
 * that it is over.
 */
static void end_batch(struct inflight_region *region, uint32_t size, uint16_t used)
{
	uint16_t left = (uint16_t)(used - region->used_idx);
	uint16_t head = region->last_batch_head;
	uint32_t steps;

	for (steps = 0; left && steps < size && head < size; steps++, left--) {
		region->entries[head].inflight = 0;
		head = region->entries[head].next;
	}
	region->used_idx = used;
}

struct begun {
	uint64_t counter;
	uint16_t head;
};

/* Two sorted pieces that follow each other, of @from up to @end, as one at @to. */
static void merge(struct begun *to, const struct begun *from, const struct begun *second,
		  const struct begun *end)
{
	const struct begun *half = second;

	while (from < half || second < end)
		if (second == end || (from < half && from->counter <= second->counter))
			*to++ = *from++;
		else
			*to++ = *second++;
}

/*
 * By counters, which are whatever somebody has written there, so no order of them may last much
 * longer than others.  Not with qsort(), which wants to know how much memory there is.
 */
static void sort(struct begun *begun, uint32_t count)
{
	struct begun sorted[VCRYPTO_VRING_MAX];
	uint32_t len, at;

	for (len = 1; len < count; len *= 2) {
		for (at = 0; at < count; at += 2 * len) {
			uint32_t left = count - at;

			merge(sorted + at, begun + at, begun + at + (left < len ? left : len),
			      begun + at + (left < 2 * len ? left : 2 * len));
		}
		memcpy(begun, sorted, count * sizeof(*begun));
	}
}

static const char *find_again(struct queue *queue, struct inflight_region *region)
{
	struct inflight_queue *mine = &queue->inflight;
	struct begun begun[VCRYPTO_VRING_MAX];
	uint32_t i;

	for (i = 0; i < queue->size; i++)
		if (region->entries[i].inflight)
			begun[mine->left++] = (struct begun){ region->entries[i].counter,
							      (uint16_t)i };
	if (!mine->left)
		return NULL;
	mine->again = malloc(mine->left * sizeof(mine->again[0]));
	if (!mine->again)
		return "no memory for requests in flight";
	sort(begun, mine->left);
	mine->counter = begun[mine->left - 1].counter + 1;
	for (i = 0; i < mine->left; i++)
		mine->again[i] = begun[i].head;
	return NULL;
}

const char *inflight_start(struct queue *queue, struct vcrypto_vring_setup *setup)
{
	struct inflight_region *region = region_of(queue);
	struct inflight_queue *mine = &queue->inflight;
	const char *fault;

	*mine = (struct inflight_queue){ .used = setup->next_used };
	if (!region)
		return NULL;
	if (queue->size > queue->connection->inflight.size)
		return "a ring that is longer than what was said of requests in flight";
	if (region->version != VERSION) {
		clear(region, queue->size, setup->next_used);
	} else {
		end_batch(region, queue->size, setup->next_used);
		fault = find_again(queue, region);
		if (fault)
			return fault;
		/* What the front end says is where the driver is, or where we were. */
		setup->next_avail = (uint16_t)(setup->next_used + mine->left);
	}
	mine->region = region;
	return NULL;
}

void inflight_stop(struct queue *queue)
{
	free(queue->inflight.again);
	queue->inflight = (struct inflight_queue){ 0 };
}

void inflight_forget(struct queue *queue)
{
	struct inflight_region *region = region_of(queue);

	if (region)
		region->version = 0;
	inflight_stop(queue);
}

/* --- requests --- */

static void begin(struct queue *queue, const uint16_t *heads, size_t count)
{
	struct inflight_queue *mine = &queue->inflight;
	size_t i;

	for (i = 0; i < count; i++) {
		mine->region->entries[heads[i]].counter = mine->counter++;
		mine->region->entries[heads[i]].inflight = 1;
	}
}

/* It will be pushed in front of those that have been linked last. */
static void link_head(struct queue *queue, uint16_t head)
{
	struct inflight_region *region = queue->inflight.region;

	region->entries[head].next = region->last_batch_head;
	region->last_batch_head = head;
}

/* All that have been linked are pushed. */
static void end(struct queue *queue, const uint16_t *heads, const struct vcrypto_io *io,
		size_t count)
{
	struct inflight_queue *mine = &queue->inflight;
	size_t i;

	for (i = 0; i < count; i++) {
		if (!io[i].written)
			continue;
		mine->region->entries[heads[i]].inflight = 0;
		mine->used++;
	}
	mine->region->used_idx = mine->used;
}

/*
 * Linked from the last one on: they are pushed one after the other, and who comes after us has to
 * find those at the beginning of the list that have been.
 */
static size_t link_batch(struct queue *queue, const struct vcrypto_io *io, size_t count,
			 size_t answered)
{
	const uint16_t *heads = queue->connection->server->batch.heads;

	while (count--)
		if (io[count].written)
			link_head(queue, heads[count]);
	return answered;
}

static size_t execute(void *context, struct vcrypto_io *chains, size_t count)
{
	struct queue *queue = context;

	begin(queue, queue->connection->server->batch.heads, count);
	return link_batch(queue, chains, count,
			  queue->connection->kind->execute(queue, chains, count));
}

static size_t execute_again(void *context, struct vcrypto_io *chains, size_t count)
{
	struct queue *queue = context;

	return link_batch(queue, chains, count,
			  queue->connection->kind->execute_again(queue, chains, count));
}

static size_t serve_again(struct queue *queue, struct vcrypto_batch *batch)
{
	struct inflight_queue *mine = &queue->inflight;
	size_t count = vcrypto_serve_again(execute_again, queue, &queue->vring, batch,
					   mine->again + mine->next, mine->left);

	mine->next += (uint32_t)count;
	mine->left -= (uint32_t)count;
	return count;
}

size_t inflight_serve(struct queue *queue, struct vcrypto_batch *batch)
{
	size_t count;

	if (!queue->inflight.region)
		return vcrypto_serve_with(queue->connection->kind->execute, queue, &queue->vring,
					  batch);
	count = queue->inflight.left ? serve_again(queue, batch) :
				       vcrypto_serve_with(execute, queue, &queue->vring, batch);
	end(queue, batch->heads, batch->io, count);
	return count;
}

void inflight_push(struct queue *queue, uint16_t head, uint32_t written)
{
	const struct vcrypto_io io = { .written = written };

	if (queue->inflight.region)
		link_head(queue, head);
	vcrypto_vring_push(&queue->vring, head, written);
	if (queue->inflight.region)
		end(queue, &head, &io, 1);
}

/* --- messages --- */

static bool numbers_ok(const struct connection *connection, const struct message_inflight *asked)
{
	return asked->queues && asked->queues <= connection_queues(connection) && asked->size &&
	       asked->size <= VCRYPTO_VRING_MAX;
}

/* @len zeros.  Its length is given by writing them, which needs no call of its own. */
static bool fill(int file, uint64_t len)
{
	static const uint8_t zeros[4096];

	while (len) {
		size_t most = len < sizeof(zeros) ? (size_t)len : sizeof(zeros);
		ssize_t n = write(file, zeros, most);

		if (n <= 0)
			return false;
		len -= (uint64_t)n;
	}
	return true;
}

const char *on_get_inflight_fd(struct connection *connection)
{
	struct message_inflight asked = message_inflight(message_of(connection));
	int file;

	if (!numbers_ok(connection, &asked))
		return "requests in flight of queues that there are not";
	file = memfd_create("inflight", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (file < 0)
		return "no file for requests in flight";
	connection->reply_file = file;
	asked.len = asked.queues * stride(asked.size);
	asked.offset = 0;
	if (!fill(file, asked.len) ||
	    fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		return "no file for requests in flight";
	message_reply_inflight(message_of(connection), &asked);
	return NULL;
}

const char *on_set_inflight_fd(struct connection *connection)
{
	struct message_inflight asked = message_inflight(message_of(connection));
	const char *fault;
	uint8_t *base;

	if (!numbers_ok(connection, &asked))
		return "requests in flight of queues that there are not";
	if (connection_runs(connection))
		return "requests in flight of rings that run";
	if (asked.len < asked.queues * stride(asked.size) || asked.offset % ALIGNMENT)
		return "a file for requests in flight that is too short, or not aligned";
	fault = memory_share(&connection->memory, SHARED_INFLIGHT, connection->inbox.fds[0],
			     asked.offset, asked.queues * stride(asked.size), &base);
	if (!fault)
		connection->inflight = (struct inflight){ base, asked.queues, asked.size };
	return fault;
}
