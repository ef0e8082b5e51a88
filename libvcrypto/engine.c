// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A store, a lane and our format in one piece of memory:
 *
 *	struct vcrypto_engine | requests | lane | store | bounce memory
 *
 * From the store's tables on it holds nothing after a reset.
 */
#include <vcrypto/engine.h>

struct vcrypto_engine {
	struct vcrypto_limits limits;
	struct vcrypto_store *store;
	struct vcrypto_lane *lane;
	struct vcrypto_tally tally;
	bool borrowed;				/* the lane is others', too */
	struct vcrypto_traffic traffic;		/* ours, if it is */
	struct vcrypto_request *requests;	/* VCRYPTO_BATCH, for vcrypto_process() */
	uint8_t *end;				/* of the memory */
};

/* Where the parts lie; offsets in bytes.  With a lane that is borrowed there are only two. */
struct layout {
	size_t requests;
	size_t lane;
	size_t store;
	size_t bounce;
	size_t total;
};

static size_t bounce_len(const struct vcrypto_limits *limits)
{
	return (size_t)limits->payload + limits->aad;
}

/* The sums cannot overflow: every factor is bounded by vcrypto_limits_ok(). */
static struct layout layout_of(const struct vcrypto_limits *limits,
			       const struct vcrypto_backend *backend, bool borrowed)
{
	struct layout layout;

	layout.requests = vcrypto_aligned(sizeof(struct vcrypto_engine));
	layout.lane = layout.requests +
		      vcrypto_aligned(VCRYPTO_BATCH * sizeof(struct vcrypto_request));
	layout.store = layout.lane + (borrowed ? 0 : vcrypto_lane_size(backend));
	layout.bounce = layout.store + vcrypto_store_size(limits->contexts, limits->sessions,
							  backend);
	layout.total = layout.bounce + (borrowed ? 0 : vcrypto_aligned(bounce_len(limits)));
	return layout;
}

size_t vcrypto_engine_size(const struct vcrypto_limits *limits,
			   const struct vcrypto_backend *backend)
{
	return vcrypto_limits_ok(limits) ? layout_of(limits, backend, false).total : 0;
}

size_t vcrypto_engine_size_on(const struct vcrypto_limits *limits,
			      const struct vcrypto_backend *backend)
{
	return vcrypto_limits_ok(limits) ? layout_of(limits, backend, true).total : 0;
}

/* All but the lane. */
static struct vcrypto_engine *init(void *memory, const struct layout *layout,
				   const struct vcrypto_limits *limits,
				   const struct vcrypto_backend *backend)
{
	struct vcrypto_engine *engine = memory;
	uint8_t *base = memory;

	engine->limits = *limits;
	engine->requests = (struct vcrypto_request *)(void *)(base + layout->requests);
	engine->end = base + layout->total;
	engine->store = vcrypto_store_init(base + layout->store, limits->contexts,
					   limits->sessions, backend);
	return engine;
}

struct vcrypto_engine *vcrypto_engine_init(void *memory, const struct vcrypto_limits *limits,
					   const struct vcrypto_backend *backend)
{
	struct vcrypto_engine *engine;
	uint8_t *base = memory;
	struct layout layout;

	if ((uintptr_t)memory % VCRYPTO_ALIGNMENT || !vcrypto_limits_ok(limits))
		return NULL;
	layout = layout_of(limits, backend, false);
	engine = init(memory, &layout, limits, backend);
	engine->lane = vcrypto_lane_init(base + layout.lane, backend, base + layout.bounce,
					 bounce_len(limits));
	return engine->store && engine->lane ? engine : NULL;
}

struct vcrypto_engine *vcrypto_engine_init_on(void *memory, const struct vcrypto_limits *limits,
					      struct vcrypto_lane *lane)
{
	const struct vcrypto_backend *backend = vcrypto_lane_backend(lane);
	struct vcrypto_engine *engine;
	struct layout layout;

	if ((uintptr_t)memory % VCRYPTO_ALIGNMENT || !vcrypto_limits_ok(limits))
		return NULL;
	layout = layout_of(limits, backend, true);
	engine = init(memory, &layout, limits, backend);
	engine->lane = lane;
	engine->borrowed = true;
	return engine->store ? engine : NULL;
}

void vcrypto_engine_reset(struct vcrypto_engine *engine)
{
	vcrypto_store_reset(engine->store);
	engine->traffic = (struct vcrypto_traffic){ 0, 0 };
	if (!engine->borrowed)
		vcrypto_lane_set_traffic(engine->lane, engine->traffic);
	engine->tally = (struct vcrypto_tally){ 0, 0, 0 };
}

void *vcrypto_engine_idle_memory(struct vcrypto_engine *engine, size_t *len)
{
	uint8_t *start = vcrypto_store_idle_memory(engine->store, len);

	/* Behind the store there is only bounce memory. */
	*len = (size_t)(engine->end - start);
	return start;
}

void vcrypto_engine_fini(struct vcrypto_engine *engine)
{
	vcrypto_store_fini(engine->store);
	if (!engine->borrowed)
		vcrypto_lane_fini(engine->lane);
	vcrypto_wipe(engine->requests, VCRYPTO_BATCH * sizeof(struct vcrypto_request));
	vcrypto_wipe(engine, sizeof(*engine));
}

struct vcrypto_store *vcrypto_engine_store(const struct vcrypto_engine *engine)
{
	return engine->store;
}

struct vcrypto_lane *vcrypto_engine_lane(const struct vcrypto_engine *engine)
{
	return engine->lane;
}

void vcrypto_engine_config(const struct vcrypto_engine *engine, uint32_t queues,
			   struct vcrypto_config *config)
{
	vcrypto_format_config(&engine->limits, engine->lane, queues, config);
}

/* A lane counts what all do on it; while it is ours, only what we have done. */
static void borrow(const struct vcrypto_engine *engine)
{
	if (engine->borrowed)
		vcrypto_lane_set_traffic(engine->lane, engine->traffic);
}

static void execute(struct vcrypto_engine *engine, struct vcrypto_request *requests, size_t count)
{
	borrow(engine);
	vcrypto_format_execute(engine->store, engine->lane, requests, count);
	if (engine->borrowed)
		engine->traffic = vcrypto_lane_traffic(engine->lane);
}

void vcrypto_engine_counters(const struct vcrypto_engine *engine,
			     struct vcrypto_counters *counters)
{
	borrow(engine);
	vcrypto_format_counters(engine->store, engine->lane, &engine->tally, counters);
}

bool vcrypto_decode(const struct vcrypto_engine *engine, struct vcrypto_cursor readable,
		    struct vcrypto_cursor writable, struct vcrypto_request *request)
{
	request->input = readable;
	request->output = writable;
	return vcrypto_format_decode(&engine->limits, request);
}

uint64_t vcrypto_cost(const struct vcrypto_engine *engine, const struct vcrypto_request *request)
{
	return vcrypto_format_cost(engine->store, request);
}

void vcrypto_execute(struct vcrypto_engine *engine, struct vcrypto_request *requests,
		     size_t count)
{
	execute(engine, requests, count);
}

uint32_t vcrypto_encode(struct vcrypto_engine *engine, struct vcrypto_request *request)
{
	return vcrypto_format_encode(request, &engine->tally);
}

/* vcrypto_cursor_start(), without a copy of the result. */
static void start(struct vcrypto_cursor *cursor, const struct iovec *segments, size_t count)
{
	size_t i;

	cursor->segment = segments;
	cursor->offset = 0;
	cursor->left = 0;
	for (i = 0; i < count; i++)
		cursor->left += segments[i].iov_len;
}

/* A batch of at most VCRYPTO_BATCH.  Returns how many were answered. */
VCRYPTO_FLATTEN
static size_t process(struct vcrypto_engine *engine, struct vcrypto_io *io, size_t count)
{
	struct vcrypto_request *requests = engine->requests;
	size_t answered = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		start(&requests[i].input, io[i].readable, io[i].readable_count);
		start(&requests[i].output, io[i].writable, io[i].writable_count);
		io[i].written = vcrypto_format_decode(&engine->limits, &requests[i]);
		if (!io[i].written)
			requests[i].status = VCRYPTO_BAD_REQUEST;
	}
	execute(engine, requests, count);
	for (i = 0; i < count; i++) {
		if (!io[i].written)
			continue;
		io[i].written = vcrypto_format_encode(&requests[i], &engine->tally);
		answered++;
	}
	return answered;
}

size_t vcrypto_process(struct vcrypto_engine *engine, struct vcrypto_io *chains, size_t count)
{
	size_t answered = 0;
	size_t done, n;

	for (done = 0; done < count; done += n) {
		n = count - done < VCRYPTO_BATCH ? count - done : VCRYPTO_BATCH;
		answered += process(engine, chains + done, n);
	}
	return answered;
}
