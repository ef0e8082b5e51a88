// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <vcrypto/serve.h>

/* A driver pays for all that it has us look at, whether it is of use or not. */
static uint64_t cost_of(const struct vcrypto_chain *chain)
{
	uint64_t cost = VCRYPTO_CHAIN_COST + VCRYPTO_SEGMENT_COST * (uint64_t)chain->searched;
	size_t i;

	for (i = 0; i < chain->readable + chain->writable; i++)
		cost += chain->segments[i].iov_len;
	return cost;
}

/* @heads: which to take once more, @most of them; NULL: the next ones. */
static inline size_t pop(struct vcrypto_vring *ring, struct vcrypto_batch *batch,
			 const uint16_t *heads, size_t most)
{
	uint64_t left = batch->quantum;
	size_t count;

	batch->state = VCRYPTO_VRING_READY;
	for (count = 0; count < most && count < VCRYPTO_BATCH; count++) {
		struct vcrypto_chain chain = {
			batch->segments + count * batch->capacity, batch->capacity, 0, 0, 0, 0,
		};
		struct vcrypto_io *io = &batch->io[count];

		batch->state = heads ? vcrypto_vring_retake(ring, heads[count], &chain) :
				       vcrypto_vring_pop(ring, &chain);
		if (batch->state != VCRYPTO_VRING_READY)
			break;
		batch->heads[count] = chain.head;
		io->readable = chain.segments;
		io->readable_count = chain.readable;
		io->writable = chain.segments + chain.readable;
		io->writable_count = chain.writable;
		if (!batch->quantum)
			continue;
		if (cost_of(&chain) >= left)
			return count + 1;
		left -= cost_of(&chain);
	}
	return count;
}

static void push(struct vcrypto_vring *ring, const struct vcrypto_batch *batch, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (batch->io[i].written)
			vcrypto_vring_push(ring, batch->heads[i], batch->io[i].written);
	if (batch->answered < count)
		vcrypto_vring_break(ring);
}

static void run(vcrypto_execute_fn execute, void *context, struct vcrypto_vring *ring,
		struct vcrypto_batch *batch, size_t count)
{
	batch->answered = count ? execute(context, batch->io, count) : 0;
	push(ring, batch, count);
}

VCRYPTO_FLATTEN
size_t vcrypto_serve_with(vcrypto_execute_fn execute, void *context,
			  struct vcrypto_vring *ring, struct vcrypto_batch *batch)
{
	size_t count = pop(ring, batch, NULL, batch->chains);

	run(execute, context, ring, batch, count);
	return count;
}

size_t vcrypto_serve_again(vcrypto_execute_fn execute, void *context, struct vcrypto_vring *ring,
			   struct vcrypto_batch *batch, const uint16_t *heads, size_t count)
{
	size_t taken = pop(ring, batch, heads, count < batch->chains ? count : batch->chains);

	run(execute, context, ring, batch, taken);
	return taken;
}

static size_t process(void *engine, struct vcrypto_io *chains, size_t count)
{
	return vcrypto_process(engine, chains, count);
}

size_t vcrypto_serve(struct vcrypto_engine *engine, struct vcrypto_vring *ring,
		     struct vcrypto_batch *batch)
{
	return vcrypto_serve_with(process, engine, ring, batch);
}
