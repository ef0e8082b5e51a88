// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The engine against a hostile guest and a provider that fails.
 *
 * Rounds of requests, cut at random, some malformed, some with overlapping
 * parts, are executed and compared with the model (engine_model.h): status,
 * lengths, every byte of the guest's memory, counters, and what the provider
 * was called for.  Resets in between; at the end no key is left anywhere.
 */
#include <dlfcn.h>
#include <signal.h>

#include <vcrypto/backends.h>
#include <vcrypto/driver.h>

#include "engine_chain.h"
#include "engine_long.h"
#include "engine_op.h"
#include "scratch.h"
#include "toy.h"
#include "watch.h"

#define MAX_ROUNDS 2		/* as a rule; */
#define DEEP_ROUNDS 12		/* of one input in eight */
#define MAX_OPS 40		/* of one round: more than a batch */
#define MOST_CLOSED 1		/* sessions that end at once, of a context that is closed */

/* A provider and the engine in front of it: both last, and a reset makes them clean. */
struct device {
	struct flaky flaky;
	const struct vcrypto_backend *inner;
	bool foretold;		/* the model knows what data it gives */
	uint64_t streams;	/* of what is foretold */
	uint8_t *memory;
	size_t memory_len;
	struct vcrypto_engine *engine;
	struct vcrypto_device_limits limits;
};

struct harness {
	struct engine_model model;
	struct engine_op ops[MAX_OPS];
	size_t count;
	struct device *device;
	struct vcrypto_engine *engine;
};

/* Watch the control part of a request that is on its own. */
static void watch_one(const struct harness *h, struct input *in)
{
	const struct engine_op *op = &h->ops[0];

	if (h->count == 1 && !op->overlap && !op->in.private)
		watch_start(op->readable[0].iov_base, op->readable[0].iov_len, input_u8(in));
}

static INPUT_QUIET bool zeroed(const void *memory, size_t len)
{
	const uint8_t *bytes = memory;
	uint8_t all = 0;
	size_t i;

	for (i = 0; i < len; i++)
		all |= bytes[i];
	return !all;
}

/*
 * As a format would that flushes only when it must: sessions and contexts end while ops of
 * theirs may be in flight (store.h).
 */
static void execute_eagerly(const struct harness *h, struct vcrypto_request *requests)
{
	struct vcrypto_store *store = vcrypto_engine_store(h->engine);
	struct vcrypto_lane *lane = vcrypto_engine_lane(h->engine);
	size_t i;

	for (i = 0; i < h->count; i++) {
		struct vcrypto_request *request = &requests[i];

		if (request->status != VCRYPTO_OK)
			continue;
		if (request->number == VCRYPTO_OP_SESSION_FREE) {
			request->status = vcrypto_store_free(store, request->context,
							     request->session);
		} else if (request->number == VCRYPTO_OP_CONTEXT_CLOSE) {
			request->status = vcrypto_store_close(store, request->context);
		} else if (!request->data) {
			vcrypto_execute(h->engine, request, 1);
		} else {
			request->op.session = vcrypto_store_find(store, request->context,
								 request->session);
			if (request->op.session)
				vcrypto_lane_submit(lane, &request->op);
			else
				request->status = VCRYPTO_NO_SESSION;
		}
	}
	vcrypto_lane_flush(lane);
}

/* Encodes, and sees that no digest and no IV is left (format.h). */
static uint32_t encode(const struct harness *h, struct vcrypto_request *request)
{
	uint32_t written = vcrypto_encode(h->engine, request);
	const struct vcrypto_op *op = &request->op;

	CHECK(!request->data || (zeroed(op->job.tag, sizeof(op->job.tag)) &&
				 zeroed(op->job.iv, sizeof(op->job.iv)) &&
				 zeroed(op->iv_out, sizeof(op->iv_out))));
	return written;
}

/* As a VMM would that runs the three steps itself. */
static void run_steps(struct harness *h, bool eagerly)
{
	struct vcrypto_request *requests = scratch_alloc(h->count * sizeof(*requests));
	size_t i;

	memset(requests, 0xa5, h->count * sizeof(*requests));
	for (i = 0; i < h->count; i++) {
		struct engine_op *op = &h->ops[i];

		op->written = vcrypto_decode(h->engine,
			vcrypto_cursor_start(op->in.segments, op->in.count),
			vcrypto_cursor_start(op->out.segments, op->out.count), &requests[i]);
		if (!op->written)
			requests[i].status = VCRYPTO_BAD_REQUEST;
		/* What was taken for numbers may have been a piece of a key. */
		else if (requests[i].status != VCRYPTO_OK)
			CHECK(zeroed(&requests[i].op, sizeof(requests[i].op)));
		CHECK(vcrypto_cost(h->engine, &requests[i]) > 0);
	}
	if (eagerly)
		execute_eagerly(h, requests);
	else
		vcrypto_execute(h->engine, requests, h->count);
	for (i = 0; i < h->count; i++)
		if (h->ops[i].written)
			h->ops[i].written = encode(h, &requests[i]);
}

static void run_process(struct harness *h)
{
	struct vcrypto_io *chains = scratch_alloc(h->count * sizeof(*chains));
	size_t answered = 0;
	size_t i;

	for (i = 0; i < h->count; i++) {
		const struct engine_op *op = &h->ops[i];

		chains[i] = (struct vcrypto_io){
			.readable = op->in.segments,
			.readable_count = op->in.count,
			.writable = op->out.segments,
			.writable_count = op->out.count,
			.written = UINT32_MAX,
		};
		answered += !op->reply.none;
	}
	CHECK(vcrypto_process(h->engine, chains, h->count) == answered);
	for (i = 0; i < h->count; i++)
		h->ops[i].written = chains[i].written;
}

typedef void *find_byte(const void *at, int byte, size_t len);

/* The C library's own: a sanitizer's would look up the shadow of all that is searched. */
static find_byte *plain_memchr(void)
{
	static find_byte *found;
	void *symbol;

	if (!found) {
		symbol = dlsym(RTLD_NEXT, "memchr");
		memcpy(&found, &symbol, sizeof(found));
		found = found ? found : memchr;
	}
	return found;
}

/*
 * memchr(), because next to none of it is the first byte; no memcmp(), because a fuzzer
 * learns from what that is given.
 */
static bool contains(const uint8_t *at, size_t len, const uint8_t mark[OP_MARK_LEN])
{
	const uint8_t *end = at + len - OP_MARK_LEN;
	find_byte *find = plain_memchr();
	uint64_t here, wanted;

	memcpy(&wanted, mark, sizeof(wanted));
	while (at <= end && (at = find(at, mark[0], (size_t)(end - at) + 1))) {
		memcpy(&here, at++, sizeof(here));
		if (here == wanted)
			return true;
	}
	return false;
}

/* Where the engine can put it. */
static bool engine_has(const struct device *device, const uint8_t mark[OP_MARK_LEN])
{
	return contains(device->memory, device->memory_len, mark);
}

/*
 * The stack below, as deep as the engine and the toy provider use it: made clean before
 * they are called, and searched after.  Not where an address sanitizer keeps the stacks
 * of functions that have returned elsewhere; then nothing is found.
 */
#define STACK_BELOW 8192

static INPUT_QUIET void stack_clean(void)
{
	uint8_t below[STACK_BELOW];

	memset(below, 0, sizeof(below));
	__asm__ volatile("" : : "r"(below) : "memory");
}

static INPUT_QUIET bool stack_has(const uint8_t mark[OP_MARK_LEN])
{
	uint8_t below[STACK_BELOW];
	const uint8_t *at = below;

	/* Whatever is there: it is not to be known that nothing was written. */
	__asm__ volatile("" : "+r"(at) : : "memory");
	return contains(at, sizeof(below), mark);
}

/*
 * The fuzzing engine looks at the clock by a signal, every second or so.  What is in registers
 * then is stored in the frame of its handler: a piece of a key, if one is being copied.  So
 * the handler is to have a stack of its own.
 */
static void stack_keep_clean(void)
{
	static uint8_t other[65536];
	static bool done;
	stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) }, old;
	struct sigaction action;

	if (done)
		return;
	done = true;
	/* A sanitizer may have made one. */
	CHECK(!sigaltstack(NULL, &old));
	if (old.ss_flags & SS_DISABLE)
		CHECK(!sigaltstack(&stack, NULL));
	CHECK(!sigaction(SIGALRM, NULL, &action));
	action.sa_flags |= SA_ONSTACK;
	CHECK(!sigaction(SIGALRM, &action, NULL));
}

static uint32_t least(uint32_t one, uint32_t other)
{
	return one < other ? one : other;
}

/* Where some are still to be swept, a handle may be theirs. */
static void check_unused(const struct harness *h, const struct vcrypto_store *store,
			 uint32_t closed)
{
	uint32_t unused = vcrypto_store_unused(store), lowest = model_unused(&h->model);

	if (!closed || lowest == VCRYPTO_NO_HANDLE)
		CHECK(unused == lowest);
	else
		CHECK(unused < MODEL_SESSIONS && !h->model.sessions[unused].live);
}

static void check_state(const struct harness *h)
{
	const struct vcrypto_store *store = vcrypto_engine_store(h->engine);
	uint32_t closed = vcrypto_store_census(store).closed;
	struct vcrypto_counters expected, counters;
	uint32_t i;

	model_counters(&h->model, &expected);
	vcrypto_engine_counters(h->engine, &counters);
	CHECK(!memcmp(&counters, &expected, sizeof(counters)));
	CHECK(flaky->live == model_live(&h->model) + closed);
	check_unused(h, store, closed);
	for (i = 0; i < MODEL_CONTEXTS; i++)
		CHECK(vcrypto_store_ends_at_once(store, i) ==
		      (h->model.open[i] ?
			       least(MOST_CLOSED, model_sessions_of(&h->model, i)) : 0));
	CHECK(flaky->actions == h->model.actions);
}

enum steps { STEPS_NONE, STEPS, STEPS_EAGERLY };

static void run_ops(struct harness *h, struct input *in, enum steps steps)
{
	bool marked = false;
	bool formed = true;
	size_t i;

	flaky->overlaps = false;
	for (i = 0; i < h->count; i++) {
		formed &= h->ops[i].reply.status != VCRYPTO_BAD_REQUEST &&
			  h->ops[i].reply.status != VCRYPTO_NOT_SUPPORTED;
		flaky->overlaps |= h->ops[i].overlap;
		marked |= h->ops[i].readable[1].iov_len >= OP_MARKED_LEN;
	}
	watch_one(h, in);
	stack_clean();
	if (steps)
		run_steps(h, steps == STEPS_EAGERLY);
	else
		run_process(h);
	/* What was refused for its form may have been a key that was taken for numbers. */
	if (h->device->foretold && formed)
		CHECK(!stack_has(op_mark) && !stack_has(op_text_mark));
	watch_end();
	for (i = 0; i < h->count; i++)
		op_check(&h->ops[i]);
	check_state(h);
	/* No plaintext is left in the engine's memory, though sessions are live. */
	CHECK(h->model.opaque || !marked || !engine_has(h->device, op_text_mark));
	scratch_reset();
}

/* Few requests as a rule; a long input has many rounds. */
static size_t choose_count(struct input *in)
{
	size_t count = 1 + input_below(in, input_rare(in, 48) ? MAX_OPS : 3);
	size_t affordable = 1 + in->left / 8;

	return count < affordable ? count : affordable;
}

static void round_of_ops(struct harness *h, struct input *in)
{
	enum steps steps = (enum steps)input_rare(in, 3);
	bool burst = input_rare(in, 128);
	size_t i;

	if (steps && input_rare(in, 2))
		steps = STEPS_EAGERLY;
	if (steps == STEPS_EAGERLY && h->device->foretold && input_rare(in, 2)) {
		chain_run(h->engine, &h->model, in);
		check_state(h);
	}
	h->count = burst ? MAX_OPS : choose_count(in);
	for (i = 0; i < h->count; i++)
		op_build(&h->ops[i], in, &h->model, burst ? OP_BURST : OP_ANY);
	run_ops(h, in, steps);
	/* Seldom: of several closed contexts there is to be something left. */
	if (steps)
		(void)vcrypto_store_sweep(vcrypto_engine_store(h->engine), MOST_CLOSED);
}

/* Something to work with, so that short inputs get far; the others are refused a lot. */
static void furnish(struct harness *h, struct input *in)
{
	for (h->count = 0; h->count < 3; h->count++)
		op_build(&h->ops[h->count], in, &h->model, h->count ? OP_SESSION : OP_OPEN);
	run_ops(h, in, STEPS_NONE);
}

/* Neither a key nor payload is left where the engine could put it. */
static void check_wiped(const struct harness *h)
{
	CHECK(!flaky->live);
	CHECK(!engine_has(h->device, op_mark));
}

static struct device *choose_device(struct input *in)
{
#define X(name) { .inner = &vcrypto_backend_##name },
	static struct device devices[] = {
		{ .inner = &toy_backend, .foretold = true, .streams = TOY_STREAMS },
		{ .inner = &toy_flat_backend, .foretold = true, .streams = TOY_FLAT_STREAMS },
		X(null)
		FUZZ_BACKENDS
	};
	static const uint8_t weights[] = { 24, 18, 2, 2, 2, 2 };
	const size_t count = sizeof(devices) / sizeof(devices[0]);

	return &devices[input_choose(in, weights, count < sizeof(weights) ? (unsigned int)count :
								     sizeof(weights))];
}

static const struct vcrypto_backend *choose_backend(struct harness *h, struct input *in)
{
	memset(&h->model, 0, sizeof(h->model));
	h->device = choose_device(in);
	h->model.opaque = !h->device->foretold;
	h->model.can_copy = !input_rare(in, 8);
	h->model.fail_mask = input_rare(in, 4) ? input_u64(in) & input_u64(in) : 0;
	return flaky_setup(&h->device->flaky, h->device->inner, h->model.fail_mask,
			   h->model.can_copy);
}

/* Limits out of range are refused, whatever they are. */
static void check_bad_limits(struct input *in, const struct vcrypto_backend *backend)
{
	struct vcrypto_limits limits = { input_border(in), input_border(in), input_border(in),
					 input_border(in) };

	if (limits.contexts - 1 < VCRYPTO_MAX_CONTEXTS &&
	    limits.sessions - 1 < VCRYPTO_MAX_SESSIONS &&
	    limits.payload >= 4096 && limits.payload <= VCRYPTO_MAX_PAYLOAD &&
	    limits.aad <= VCRYPTO_MAX_AAD) {
		CHECK(vcrypto_engine_size(&limits, backend) > limits.payload);
		return;
	}
	CHECK(!vcrypto_engine_size(&limits, backend));
	CHECK(!vcrypto_engine_init(NULL, &limits, backend));
}

static void close_engine(struct harness *h)
{
	struct device *device = h->device;

	vcrypto_engine_fini(device->engine);
	check_wiped(h);
	CHECK(!flaky->open && zeroed(flaky->provider, FLAKY_PROVIDER));
	free(device->memory);
	device->engine = NULL;
}

static void open_engine(struct harness *h, const struct vcrypto_backend *backend)
{
	static const struct vcrypto_limits limits = {
		MODEL_CONTEXTS, MODEL_SESSIONS, MODEL_PAYLOAD, MODEL_AAD,
	};
	struct device *device = h->device;
	struct vcrypto_device_limits *seen = &device->limits;
	struct vcrypto_config config;

	device->memory_len = vcrypto_engine_size(&limits, backend);
	device->memory = fuzz_alloc(device->memory_len);
	memset(device->memory, 0, device->memory_len);
	device->engine = vcrypto_engine_init(device->memory, &limits, backend);
	CHECK(device->engine);
	vcrypto_store_set_most_closed(vcrypto_engine_store(device->engine), MOST_CLOSED);
	vcrypto_engine_config(device->engine, 1, &config);
	CHECK(vcrypto_check_config(&config, seen));
	CHECK(seen->contexts == MODEL_CONTEXTS && seen->sessions == MODEL_SESSIONS);
	CHECK(!strcmp(seen->backend, FLAKY_NAME));
	if (!device->foretold)
		device->streams = device->flaky.capabilities.streams;
}

static void start(struct harness *h, struct input *in)
{
	const struct vcrypto_backend *backend = choose_backend(h, in);

	if (input_rare(in, 64)) {
		check_bad_limits(in, backend);
		long_texts(in);
		if (h->device->engine)
			close_engine(h);
	}
	if (!h->device->engine)
		open_engine(h, backend);
	h->engine = h->device->engine;
	h->model.streams = h->device->streams;
	h->model.ciphers = h->device->limits.ciphers;
	h->model.macs = h->device->limits.macs;
}

/* What a caller that gives memory back to the system has instead. */
static void give_back(struct harness *h)
{
	size_t len;
	void *idle = vcrypto_engine_idle_memory(h->engine, &len);

	memset(idle, 0, len);
}

static void reset(struct harness *h)
{
	vcrypto_engine_reset(h->engine);
	model_reset(&h->model);
	check_state(h);
	check_wiped(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct harness h;
	struct input in = { data, size };
	unsigned int lot = input_lot(&in);
	bool furnished = lot >= 3;
	unsigned int most = lot == 7 ? DEEP_ROUNDS : MAX_ROUNDS;
	unsigned int rounds;

	stack_keep_clean();
	start(&h, &in);
	if (furnished)
		furnish(&h, &in);
	for (rounds = 0; in.left && rounds < most; rounds++) {
		round_of_ops(&h, &in);
		if (!input_rare(&in, 32))
			continue;
		reset(&h);
		give_back(&h);
	}
	reset(&h);
	reached_count(flaky->jobs != 0);
	return 0;
}
