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

static size_t execute(void *context, struct vcrypto_io *chains, size_t count)
{
	const struct queue *queue = context;
	struct connection *connection = queue->connection;
	struct vcrypto_engine *engine =
		((struct cryptodev *)connection->device)->engines[queue->index];
	struct vcrypto_counters before, after;
	size_t answered;

	vcrypto_engine_counters(engine, &before);
	answered = vcrypto_process(engine, chains, count);
	vcrypto_engine_counters(engine, &after);
	counters_add(&connection->server->counters, &before, &after);
	if (vcrypto_store_census(vcrypto_engine_store(engine)).closed)
		connection_sweep(connection);
	return answered;
}

const struct device_kind device_cryptodev = {
	.name = "cryptodev", .config_len = sizeof(struct vcrypto_config),
	.make = make, .end = end, .features = features, .negotiate = negotiate,
	.config = config, .reset = reset, .sessions = sessions, .end_some = end_some,
	.sweep = sweep, .execute = execute,
	/* The sessions of another daemon are not here, and without one nothing is done. */
	.execute_again = execute,
};
