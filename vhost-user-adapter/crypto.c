// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The standard's device: a guest's sessions in one store, a control queue behind the others. */
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "adapter.h"

struct crypto {
	struct vcrypto_virtio *device;
	struct vcrypto_virtio_later later;
	_Alignas(VCRYPTO_ALIGNMENT) uint8_t memory[];
};

static void *take_job(void *context, size_t size)
{
	(void)context;
	return worker_take(size);
}

static void put_job(void *context, struct vcrypto_virtio_job *job, size_t index)
{
	struct connection *connection = context;
	struct server *server = connection->server;

	worker_put(server->worker, &connection->client, &server->answers, job, connection->served,
		   server->batch.heads[index]);
}

static void *take_keys(void *context, size_t size)
{
	(void)context;
	return malloc(size);
}

static void give_keys(void *context, void *memory, size_t size)
{
	(void)context;
	(void)size;
	free(memory);
}

static const struct vcrypto_virtio_keep keep = { take_keys, give_keys, NULL };

static void *make(struct connection *connection)
{
	const struct settings *settings = connection->server->settings;
	const struct vcrypto_virtio_limits limits = { settings->sessions, MAX_SIZE };
	uint32_t seed = connection->number;
	struct crypto *crypto;

	/* Not the C library's, which may ask the kernel for more than numbers (glibc from 2.41 on). */
	if (syscall(SYS_getrandom, &seed, sizeof(seed), GRND_NONBLOCK) < 0)
		say(connection->number, "no random numbers: session ids can be guessed");
	crypto = calloc(1, sizeof(*crypto) + vcrypto_virtio_size(&limits, settings->backend));
	if (!crypto)
		return NULL;
	crypto->device = vcrypto_virtio_init(crypto->memory, &limits, connection->server->lane,
					     seed);
	if (!crypto->device) {
		free(crypto);
		return NULL;
	}
	vcrypto_virtio_count(crypto->device, &connection->server->counters.data);
	if (settings->migrate_keys)
		vcrypto_virtio_keep_keys(crypto->device, &keep);
	if (connection->server->worker) {
		crypto->later = (struct vcrypto_virtio_later){ take_job, put_job, connection };
		vcrypto_virtio_offer_akcipher(crypto->device, &crypto->later);
	}
	return crypto;
}

static void end(void *device)
{
	struct crypto *crypto = device;

	vcrypto_virtio_fini(crypto->device);
	free(crypto);
}

static uint64_t features(const void *device)
{
	return vcrypto_virtio_features(((const struct crypto *)device)->device);
}

static void negotiate(void *device, uint64_t negotiated)
{
	vcrypto_virtio_negotiate(((struct crypto *)device)->device, negotiated);
}

static void config(const void *device, uint32_t queues, void *to)
{
	vcrypto_virtio_config(((const struct crypto *)device)->device, queues, to);
}

static void reset(void *device)
{
	vcrypto_virtio_reset(((struct crypto *)device)->device);
}

static uint32_t sessions(const void *device)
{
	return vcrypto_virtio_census(((const struct crypto *)device)->device).sessions;
}

static uint32_t end_some(void *device, uint32_t most)
{
	return vcrypto_virtio_end_some(((struct crypto *)device)->device, most);
}

static size_t execute(void *context, struct vcrypto_io *chains, size_t count)
{
	const struct queue *queue = context;
	struct crypto *crypto = queue->connection->device;

	return queue_is_control(queue) ? vcrypto_virtio_control(crypto->device, chains, count) :
					 vcrypto_virtio_data(crypto->device, chains, count);
}

static size_t execute_again(void *context, struct vcrypto_io *chains, size_t count)
{
	const struct queue *queue = context;
	struct crypto *crypto = queue->connection->device;

	return queue_is_control(queue) ?
		       vcrypto_virtio_control(crypto->device, chains, count) :
		       vcrypto_virtio_data_again(crypto->device, chains, count);
}

/* Ids are never negative. */
static int64_t create(void *device, const struct session_ask *ask)
{
	const struct iovec keys[2] = {
		{ (void *)(uintptr_t)ask->key, ask->numbers.key_len },
		{ (void *)(uintptr_t)ask->auth_key, ask->numbers.auth_key_len },
	};
	struct crypto *crypto = device;
	enum vcrypto_virtio_status status;
	uint64_t id;

	status = vcrypto_virtio_create(crypto->device, VCRYPTO_VIRTIO_CIPHER, &ask->numbers,
				       vcrypto_cursor_start(keys, 2), &id);
	return status == VCRYPTO_VIRTIO_OK ? (int64_t)id : -(int64_t)status;
}

/* One that there is not is nothing to be upset about: it was made before we were. */
static void destroy(void *device, uint64_t id)
{
	(void)vcrypto_virtio_destroy(((struct crypto *)device)->device, id);
}

static void save_start(void *device)
{
	vcrypto_virtio_save_start(((struct crypto *)device)->device);
}

static size_t save(void *device, uint8_t *to, size_t room)
{
	return vcrypto_virtio_save(((struct crypto *)device)->device, to, room);
}

static enum vcrypto_virtio_load load(void *device, const uint8_t *bytes, size_t len, size_t *taken)
{
	return vcrypto_virtio_load(((struct crypto *)device)->device, bytes, len, taken);
}

const struct device_kind device_crypto = {
	.name = "crypto", .config_len = sizeof(struct vcrypto_virtio_config), .has_control = true,
	.long_chains = true, .make = make, .end = end, .features = features, .negotiate = negotiate,
	.config = config, .reset = reset, .sessions = sessions, .end_some = end_some,
	.execute = execute, .execute_again = execute_again,
	.create = create, .destroy = destroy,
	.save_start = save_start, .save = save, .load = load,
};
