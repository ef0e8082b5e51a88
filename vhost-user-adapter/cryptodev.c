// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Our own device: an engine for each queue, because contexts and sessions are a queue's. */
#include <stdlib.h>

#include <vcrypto/engine.h>

#include "adapter.h"

struct cryptodev {
	const struct settings *settings;
	struct vcrypto_engine *engines[VCRYPTO_MAX_QUEUES];
	void *memory[VCRYPTO_MAX_QUEUES];
};

static struct vcrypto_store *store_of(const struct cryptodev *cryptodev, uint32_t index)
{
	return vcrypto_engine_store(cryptodev->engines[index]);
}

static void end(void *device)
{
	struct cryptodev *cryptodev = device;
	uint32_t i;

	for (i = 0; i < cryptodev->settings->queues; i++) {
		if (cryptodev->engines[i])
			vcrypto_engine_fini(cryptodev->engines[i]);
		free(cryptodev->memory[i]);
	}
	free(cryptodev);
}

/* Pages that no session has used cost nothing. */
static bool make_engine(struct cryptodev *cryptodev, uint32_t index, struct vcrypto_lane *lane)
{
	const struct vcrypto_limits limits = {
		VCRYPTO_DEFAULT_CONTEXTS, cryptodev->settings->sessions, MAX_SIZE, MAX_AAD,
	};
	void *memory = calloc(1, vcrypto_engine_size_on(&limits, vcrypto_lane_backend(lane)));

	cryptodev->memory[index] = memory;
	if (memory)
		cryptodev->engines[index] = vcrypto_engine_init_on(memory, &limits, lane);
	if (!cryptodev->engines[index])
		return false;
	vcrypto_store_set_most_closed(store_of(cryptodev, index), SESSIONS_A_TURN);
	return true;
}

static void *make(struct connection *connection)
{
	struct cryptodev *cryptodev = calloc(1, sizeof(*cryptodev));
	uint32_t i;

	if (!cryptodev)
		return NULL;
	cryptodev->settings = connection->server->settings;
	for (i = 0; i < cryptodev->settings->queues; i++) {
		if (!make_engine(cryptodev, i, connection->server->lane)) {
			end(cryptodev);
			return NULL;
		}
	}
	return cryptodev;
}

/* There are none yet (protocol 2). */
static uint64_t features(const void *device)
{
	(void)device;
	return 0;
}

static void negotiate(void *device, uint64_t negotiated)
{
	(void)device;
	(void)negotiated;
}

static void config(const void *device, uint32_t queues, void *to)
{
	vcrypto_engine_config(((const struct cryptodev *)device)->engines[0], queues, to);
}

static void reset(void *device)
{
	struct cryptodev *cryptodev = device;
	uint32_t i;

	for (i = 0; i < cryptodev->settings->queues; i++)
		vcrypto_engine_reset(cryptodev->engines[i]);
}

static uint32_t sessions(const void *device)
{
	const struct cryptodev *cryptodev = device;
	uint32_t sum = 0;
	uint32_t i;

	for (i = 0; i < cryptodev->settings->queues; i++) {
		struct vcrypto_census census = vcrypto_store_census(store_of(cryptodev, i));

		sum += census.sessions + census.closed;
	}
	return sum;
}

static uint32_t end_some(void *device, uint32_t most)
{
	struct cryptodev *cryptodev = device;
	uint32_t ended = 0;
	uint32_t i;

	for (i = 0; i < cryptodev->settings->queues && ended < most; i++)
		ended += vcrypto_store_end_some(store_of(cryptodev, i), most - ended);
	return ended;
}

static uint32_t sweep(void *device, uint32_t most)
{
	struct cryptodev *cryptodev = device;
	uint32_t left = 0;
	uint32_t i;

	for (i = 0; i < cryptodev->settings->queues; i++) {
		uint32_t before = vcrypto_store_census(store_of(cryptodev, i)).closed;
		uint32_t after = vcrypto_store_sweep(store_of(cryptodev, i), most);

		most -= before - after;
		left += after;
	}
	return left;
}

typedef size_t (*process_fn)(struct vcrypto_engine *engine, struct vcrypto_io *chains,
			     size_t count);

static size_t run(const struct queue *queue, process_fn process, struct vcrypto_io *chains,
		  size_t count)
{
	struct connection *connection = queue->connection;
	struct vcrypto_engine *engine =
		((struct cryptodev *)connection->device)->engines[queue->index];
	struct vcrypto_counters before, after;
	size_t answered;

	vcrypto_engine_counters(engine, &before);
	answered = process(engine, chains, count);
	vcrypto_engine_counters(engine, &after);
	counters_add(&connection->server->counters, &before, &after);
	if (vcrypto_store_census(vcrypto_engine_store(engine)).closed)
		connection_sweep(connection);
	return answered;
}

static size_t execute(void *context, struct vcrypto_io *chains, size_t count)
{
	return run(context, vcrypto_process, chains, count);
}

/*
 * The daemon before may have done it.  What it has made is gone, and is not made once more: a
 * session that begins anew would not be where the requests behind it go on.  So they are answered
 * NO_SESSION, which has the driver repeat them.  What writes to what it reads must not be repeated,
 * by the driver either.
 */
static void refuse_again(struct vcrypto_request *request, struct vcrypto_cursor readable,
			 struct vcrypto_cursor writable)
{
	if (request->number == VCRYPTO_OP_CONTEXT_OPEN ||
	    request->number == VCRYPTO_OP_SESSION_NEW)
		request->status = VCRYPTO_NO_CONTEXT;
	else if (vcrypto_cursor_meets(readable, writable))
		request->status = VCRYPTO_ERROR;
}

static size_t process_again(struct vcrypto_engine *engine, struct vcrypto_io *chains, size_t count)
{
	size_t answered = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		struct vcrypto_io *io = &chains[i];
		struct vcrypto_cursor in = vcrypto_cursor_start(io->readable, io->readable_count);
		struct vcrypto_cursor out = vcrypto_cursor_start(io->writable, io->writable_count);
		struct vcrypto_request request;

		io->written = 0;
		if (!vcrypto_decode(engine, in, out, &request))
			continue;
		if (request.status == VCRYPTO_OK)
			refuse_again(&request, in, out);
		vcrypto_execute(engine, &request, 1);
		io->written = vcrypto_encode(engine, &request);
		answered++;
	}
	return answered;
}

static size_t execute_again(void *context, struct vcrypto_io *chains, size_t count)
{
	return run(context, process_again, chains, count);
}

const struct device_kind device_cryptodev = {
	.name = "cryptodev", .config_len = sizeof(struct vcrypto_config),
	.make = make, .end = end, .features = features, .negotiate = negotiate,
	.config = config, .reset = reset, .sessions = sessions, .end_some = end_some,
	.sweep = sweep, .execute = execute, .execute_again = execute_again,
};
