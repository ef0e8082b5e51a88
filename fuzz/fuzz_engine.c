// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The engine against a hostile guest and a provider that fails.
 *
 * Rounds of requests, cut at random, some malformed, some with overlapping
 * parts, are executed and compared with the model (engine_model.h): status,
 * lengths, every byte of the guest's memory, counters, and what the provider
 * was called for.  Resets in between; at the end no key is left anywhere.
 */
#include <vcrypto/backends.h>
#include <vcrypto/driver.h>

#include "engine_op.h"
#include "toy.h"

#define MAX_ROUNDS 64
#define MAX_OPS 40		/* of one round: more than a batch */

struct harness {
	struct engine_model model;
	struct engine_op ops[MAX_OPS];
	size_t count;
	uint8_t *memory;
	size_t memory_len;
	struct vcrypto_engine *engine;
};

/* Control bytes under watch: read once, and changed right after (U5). */
static struct {
	uint8_t *at;
	size_t len;
	bool seen[sizeof(((struct engine_op *)0)->reply.out)];
	uint8_t flip;
} watch;

void vcrypto_read_hook(const void *shared, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		size_t at = (uintptr_t)shared + i - (uintptr_t)watch.at;

		if (at >= watch.len)
			continue;
		CHECK(!watch.seen[at]);
		watch.seen[at] = true;
		watch.at[at] ^= watch.flip;
	}
}

/* Watch the control part of a request that is on its own. */
static void watch_start(const struct harness *h, struct input *in)
{
	const struct engine_op *op = &h->ops[0];

	watch.len = 0;
	if (h->count != 1 || op->overlap || op->in.private)
		return;
	watch.at = op->readable[0].iov_base;
	watch.len = op->readable[0].iov_len;
	watch.flip = input_u8(in);
	memset(watch.seen, 0, watch.len);
}

static void watch_end(void)
{
	size_t i;

	for (i = 0; i < watch.len; i++)
		if (watch.seen[i])
			watch.at[i] ^= watch.flip;
	watch.len = 0;
}

/* As a VMM would that runs the three steps itself. */
static void run_steps(struct harness *h)
{
	struct vcrypto_request *requests = fuzz_alloc(h->count * sizeof(*requests));
	size_t i;

	memset(requests, 0xa5, h->count * sizeof(*requests));
	for (i = 0; i < h->count; i++) {
		struct engine_op *op = &h->ops[i];

		op->written = vcrypto_decode(h->engine,
			vcrypto_cursor_start(op->in.segments, op->in.count),
			vcrypto_cursor_start(op->out.segments, op->out.count), &requests[i]);
		if (!op->written)
			requests[i].status = VCRYPTO_BAD_REQUEST;
		CHECK(vcrypto_cost(h->engine, &requests[i]) > 0);
	}
	vcrypto_execute(h->engine, requests, h->count);
	for (i = 0; i < h->count; i++)
		if (h->ops[i].written)
			h->ops[i].written = vcrypto_encode(h->engine, &requests[i]);
	free(requests);
}

static void run_process(struct harness *h)
{
	struct vcrypto_io *chains = fuzz_alloc(h->count * sizeof(*chains));
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
	free(chains);
}

/* And no plaintext is left in the engine's memory, though sessions are live. */
static void check_state(const struct harness *h)
{
	struct vcrypto_counters expected, counters;

	CHECK(h->model.opaque || !memmem(h->memory, h->memory_len, op_text_mark, OP_MARK_LEN));

	model_counters(&h->model, &expected);
	vcrypto_engine_counters(h->engine, &counters);
	CHECK(!memcmp(&counters, &expected, sizeof(counters)));
	CHECK(flaky.live == model_live(&h->model));
	CHECK(vcrypto_store_unused(vcrypto_engine_store(h->engine)) == model_unused(&h->model));
	CHECK(flaky.actions == h->model.actions);
}

static void run_ops(struct harness *h, struct input *in, bool steps)
{
	size_t i;

	watch_start(h, in);
	if (steps)
		run_steps(h);
	else
		run_process(h);
	watch_end();
	for (i = 0; i < h->count; i++)
		op_check(&h->ops[i]);
	check_state(h);
	for (i = 0; i < h->count; i++)
		op_free(&h->ops[i]);
}

static void round_of_ops(struct harness *h, struct input *in)
{
	bool steps = input_rare(in, 3);
	bool burst = input_rare(in, 8);
	size_t i;

	h->count = burst ? MAX_OPS : 1 + input_below(in, input_rare(in, 8) ? MAX_OPS : 6);
	for (i = 0; i < h->count; i++)
		op_build(&h->ops[i], in, &h->model, burst ? OP_BURST : OP_ANY);
	run_ops(h, in, steps);
}

/* Something to work with, so that short inputs get far. */
static void furnish(struct harness *h, struct input *in)
{
	for (h->count = 0; h->count < 4; h->count++)
		op_build(&h->ops[h->count], in, &h->model, h->count ? OP_SESSION : OP_OPEN);
	run_ops(h, in, false);
}

/* Neither a key nor payload is left where the engine could put it. */
static void check_wiped(const struct harness *h)
{
	CHECK(!flaky.live);
	CHECK(!memmem(h->memory, h->memory_len, op_mark, OP_MARK_LEN));
}

static const struct vcrypto_backend *choose_backend(struct harness *h, struct input *in)
{
	static const struct vcrypto_backend *const inner[] = {
		&toy_backend, &toy_flat_backend, &vcrypto_backend_null,
#ifdef FUZZ_LIBCRYPTO
		&vcrypto_backend_libcrypto,
#endif
	};
	static const uint64_t streams[] = { TOY_STREAMS, TOY_FLAT_STREAMS, UINT64_MAX, TOY_STREAMS };
	static const uint8_t weights[] = { 8, 6, 1, 1 };
	unsigned int at = input_choose(in, weights, sizeof(inner) / sizeof(inner[0]));

	memset(&h->model, 0, sizeof(h->model));
	h->model.opaque = at > 1;
	h->model.streams = streams[at];
	h->model.can_copy = !input_rare(in, 8);
	h->model.fail_mask = input_rare(in, 2) ? input_u64(in) & input_u64(in) : 0;
	return flaky_setup(inner[at], h->model.fail_mask, h->model.can_copy);
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

static void start(struct harness *h, struct input *in)
{
	static const struct vcrypto_limits limits = {
		MODEL_CONTEXTS, MODEL_SESSIONS, MODEL_PAYLOAD, MODEL_AAD,
	};
	const struct vcrypto_backend *backend = choose_backend(h, in);
	struct vcrypto_device_limits seen;
	struct vcrypto_config config;

	if (input_rare(in, 32))
		check_bad_limits(in, backend);
	h->memory_len = vcrypto_engine_size(&limits, backend);
	h->memory = fuzz_alloc(h->memory_len);
	memset(h->memory, 0, h->memory_len);
	h->engine = vcrypto_engine_init(h->memory, &limits, backend);
	CHECK(h->engine);
	vcrypto_engine_config(h->engine, 1, &config);
	CHECK(vcrypto_check_config(&config, &seen));
	CHECK(seen.contexts == MODEL_CONTEXTS && seen.sessions == MODEL_SESSIONS);
	CHECK(!strcmp(seen.backend, FLAKY_NAME));
	h->model.ciphers = seen.ciphers;
	h->model.macs = seen.macs;
}

/* What a caller that gives memory back to the system has instead. */
static void give_back(struct harness *h)
{
	size_t len;
	void *idle = vcrypto_engine_idle_memory(h->engine, &len);

	memset(idle, 0, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct harness h;
	struct input in = { data, size };
	unsigned int rounds;

	start(&h, &in);
	if (!input_rare(&in, 8))
		furnish(&h, &in);
	for (rounds = 0; in.left && rounds < MAX_ROUNDS; rounds++) {
		round_of_ops(&h, &in);
		if (!input_rare(&in, 32))
			continue;
		vcrypto_engine_reset(h.engine);
		give_back(&h);
		model_reset(&h.model);
		check_state(&h);
		check_wiped(&h);
	}
	vcrypto_engine_fini(h.engine);
	check_wiped(&h);
	CHECK(!flaky.open);
	free(h.memory);
	return 0;
}
