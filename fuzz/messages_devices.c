// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Devices that only note what they are asked: the standard's, and our own, which has an engine
 * for each queue.
 */
#include <vcrypto/engine.h>

#include "messages_world.h"

size_t vcrypto_virtio_size(const struct vcrypto_virtio_limits *limits,
			   const struct vcrypto_backend *backend)
{
	(void)limits, (void)backend;
	return 64;
}

struct vcrypto_virtio *vcrypto_virtio_init(void *at, const struct vcrypto_virtio_limits *limits,
					   struct vcrypto_lane *lane, uint32_t seed)
{
	(void)limits, (void)lane, (void)seed;
	return at;
}

void vcrypto_virtio_fini(struct vcrypto_virtio *device)
{
	CHECK(device);
}

/* Sessions end in turns. */
static void no_sessions(void)
{
	CHECK(world.sessions <= SESSIONS_A_TURN);
	world.sessions = 0;
}

static uint32_t end_sessions(uint32_t most)
{
	uint32_t n = world.sessions < most ? world.sessions : most;

	CHECK(most <= SESSIONS_A_TURN);
	world.sessions -= n;
	return n;
}

struct vcrypto_census vcrypto_virtio_census(const struct vcrypto_virtio *device)
{
	CHECK(device);
	return (struct vcrypto_census){ .sessions = world.sessions };
}

uint32_t vcrypto_virtio_end_some(struct vcrypto_virtio *device, uint32_t most)
{
	CHECK(device);
	return end_sessions(most);
}

void vcrypto_virtio_reset(struct vcrypto_virtio *device)
{
	CHECK(device);
	no_sessions();
	world.resets++;
	world.negotiated = 0;
}

void vcrypto_virtio_negotiate(struct vcrypto_virtio *device, uint64_t features)
{
	CHECK(device);
	world.negotiated = features;
}

uint64_t vcrypto_virtio_features(const struct vcrypto_virtio *device)
{
	CHECK(device);
	return DEVICE_FEATURES;
}

void vcrypto_virtio_config(const struct vcrypto_virtio *device, uint32_t queues,
			   struct vcrypto_virtio_config *config)
{
	size_t i;

	CHECK(device && queues);
	for (i = 0; i < sizeof(*config); i++)
		((uint8_t *)config)[i] = (uint8_t)(i + 1);
}

enum vcrypto_virtio_status vcrypto_virtio_create(struct vcrypto_virtio *device,
						 enum vcrypto_virtio_service service,
						 const struct vcrypto_virtio_numbers *numbers,
						 struct vcrypto_cursor keys, uint64_t *id)
{
	size_t len = numbers->key_len + numbers->auth_key_len;

	CHECK(device && service == VCRYPTO_VIRTIO_CIPHER && len <= sizeof(world.made.keys));
	world.made.calls++;
	world.made.numbers = *numbers;
	CHECK(vcrypto_cursor_read(&keys, world.made.keys, len) && !keys.left);
	if (world.answer < 0)
		return (enum vcrypto_virtio_status)-world.answer;
	*id = (uint64_t)world.answer;
	return VCRYPTO_VIRTIO_OK;
}

enum vcrypto_virtio_status vcrypto_virtio_destroy(struct vcrypto_virtio *device, uint64_t id)
{
	CHECK(device);
	world.destroyed = id;
	return id & 1 ? VCRYPTO_VIRTIO_OK : VCRYPTO_VIRTIO_ERR;
}

void vcrypto_virtio_keep_keys(struct vcrypto_virtio *device, const struct vcrypto_virtio_keep *keep)
{
	void *keys = keep->take(keep->context, 64);

	CHECK(device && keys);
	keep->give(keep->context, keys, 64);
}

void vcrypto_virtio_save_start(struct vcrypto_virtio *device)
{
	CHECK(device);
}

size_t vcrypto_virtio_save(struct vcrypto_virtio *device, uint8_t *to, size_t room)
{
	size_t len = world.saved < room ? world.saved : room;

	CHECK(device && room >= VCRYPTO_VIRTIO_STATE_PIECE);
	memset(to, 0x5a, len);
	world.saved -= len;
	return len;
}

enum vcrypto_virtio_load vcrypto_virtio_load(struct vcrypto_virtio *device, const uint8_t *bytes,
					     size_t len, size_t *taken)
{
	CHECK(device && len && bytes[0] == 0xa5 && bytes[len - 1] == 0xa5);
	*taken = world.keeps < len ? len - world.keeps : 0;
	return world.loaded;
}

size_t vcrypto_virtio_control(struct vcrypto_virtio *device, struct vcrypto_io *chains,
			      size_t count)
{
	(void)device, (void)chains, (void)count;
	abort();
}

size_t vcrypto_virtio_data(struct vcrypto_virtio *device, struct vcrypto_io *chains, size_t count)
{
	(void)device, (void)chains, (void)count;
	abort();
}

size_t vcrypto_virtio_data_again(struct vcrypto_virtio *device, struct vcrypto_io *chains,
				 size_t count)
{
	(void)device, (void)chains, (void)count;
	abort();
}

void vcrypto_virtio_count(struct vcrypto_virtio *device, struct vcrypto_virtio_counts *counts)
{
	CHECK(device && counts);
}

void vcrypto_virtio_offer_akcipher(struct vcrypto_virtio *device,
				   const struct vcrypto_virtio_later *later)
{
	(void)device, (void)later;
	abort();
}

void vcrypto_virtio_job_drop(struct vcrypto_virtio_job *job)
{
	(void)job;
	abort();
}

struct vcrypto_cursor vcrypto_virtio_job_writes(const struct vcrypto_virtio_job *job)
{
	(void)job;
	abort();
}

uint32_t vcrypto_virtio_job_finish(struct vcrypto_virtio_job *job)
{
	(void)job;
	abort();
}

/* Our own. */

const struct vcrypto_backend *vcrypto_lane_backend(const struct vcrypto_lane *lane)
{
	(void)lane;
	return NULL;
}

size_t vcrypto_engine_size_on(const struct vcrypto_limits *limits,
			      const struct vcrypto_backend *backend)
{
	(void)limits, (void)backend;
	return 64;
}

struct vcrypto_engine *vcrypto_engine_init_on(void *memory, const struct vcrypto_limits *limits,
					      struct vcrypto_lane *lane)
{
	(void)limits, (void)lane;
	if (!world.engine)
		world.engine = memory;
	return memory;
}

struct vcrypto_store *vcrypto_engine_store(const struct vcrypto_engine *engine)
{
	return (struct vcrypto_store *)(uintptr_t)engine;
}

struct vcrypto_census vcrypto_store_census(const struct vcrypto_store *store)
{
	const void *engine = store;

	return (struct vcrypto_census){ .sessions = engine == world.engine ? world.sessions : 0 };
}

void vcrypto_store_set_most_closed(struct vcrypto_store *store, uint32_t most)
{
	CHECK(store && most);
}

/* No request is executed, so no context is closed. */
uint32_t vcrypto_store_sweep(struct vcrypto_store *store, uint32_t most)
{
	(void)store, (void)most;
	abort();
}

uint32_t vcrypto_store_end_some(struct vcrypto_store *store, uint32_t most)
{
	const void *engine = store;

	return engine == world.engine ? end_sessions(most) : 0;
}

void vcrypto_engine_reset(struct vcrypto_engine *engine)
{
	CHECK(engine);
	no_sessions();
	world.resets++;
}

void vcrypto_engine_fini(struct vcrypto_engine *engine)
{
	CHECK(engine);
}

void vcrypto_engine_config(const struct vcrypto_engine *engine, uint32_t queues,
			   struct vcrypto_config *config)
{
	size_t i;

	CHECK(engine && queues);
	for (i = 0; i < sizeof(*config); i++)
		((uint8_t *)config)[i] = (uint8_t)(i + 1);
}

void vcrypto_engine_counters(const struct vcrypto_engine *engine,
			     struct vcrypto_counters *counters)
{
	(void)engine, (void)counters;
	abort();
}

size_t vcrypto_process(struct vcrypto_engine *engine, struct vcrypto_io *chains, size_t count)
{
	(void)engine, (void)chains, (void)count;
	abort();
}

bool vcrypto_decode(const struct vcrypto_engine *engine, struct vcrypto_cursor readable,
		    struct vcrypto_cursor writable, struct vcrypto_request *request)
{
	(void)engine, (void)readable, (void)writable, (void)request;
	abort();
}

void vcrypto_execute(struct vcrypto_engine *engine, struct vcrypto_request *requests,
		     size_t count)
{
	(void)engine, (void)requests, (void)count;
	abort();
}

uint32_t vcrypto_encode(struct vcrypto_engine *engine, struct vcrypto_request *request)
{
	(void)engine, (void)request;
	abort();
}
