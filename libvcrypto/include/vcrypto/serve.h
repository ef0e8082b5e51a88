/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a device does with a queue, once for all that have the ring of vring.h: take
 * chains, execute them, hand them back.
 *
 *	vcrypto_vring_disable_notify(&ring);
 *	do
 *		while (vcrypto_serve(engine, &ring, &batch))
 *			if (vcrypto_vring_should_interrupt(&ring))
 *				interrupt();
 *	while (batch.state == VCRYPTO_VRING_EMPTY && vcrypto_vring_enable_notify(&ring));
 *
 * When to look, when to stop for others, and how to interrupt is the caller's business.
 */
#ifndef VCRYPTO_SERVE_H
#define VCRYPTO_SERVE_H

#include <vcrypto/engine.h>
#include <vcrypto/vring.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Chains on their way.  The caller's memory; no call needs what is in it from the last. */
struct vcrypto_batch {
	/* in: room for the segments of @chains chains, @capacity of each one after the other */
	struct iovec *segments;
	size_t capacity;		/* see struct vcrypto_chain */
	size_t chains;			/* taken at once; 1 ... VCRYPTO_BATCH */
	uint64_t quantum;		/* taking stops when the chains that were taken have
					 * cost that much, see below; 0: it does not */
	/* out */
	enum vcrypto_vring_state state;	/* what the last look at the ring said */
	size_t answered;		/* of the chains that were taken */
	struct vcrypto_io io[VCRYPTO_BATCH];	/* those that were taken; until the next call */
	uint16_t heads[VCRYPTO_BATCH];		/* which the ring has them by */
};

/* What a chain costs beside its bytes, in bytes; and each segment that was looked at for it. */
#define VCRYPTO_CHAIN_COST 2048
#define VCRYPTO_SEGMENT_COST 32

/*
 * Take up to batch->chains chains, execute them, and hand them back.  Returns how many
 * were taken; 0: there is nothing, or the ring is broken, as @state says.  A chain that breaks
 * a rule, or has no room for a response, breaks the ring; the others are answered, and the
 * driver may want to be interrupted for them.
 */
size_t vcrypto_serve(struct vcrypto_engine *engine, struct vcrypto_vring *ring,
		     struct vcrypto_batch *batch);

/*
 * What executes @count chains, in order, and sets @written of each; returns how many were
 * answered.  vcrypto_process(), vcrypto_virtio_data() and vcrypto_virtio_control() are such
 * functions, but for the type of their first argument.
 */
typedef size_t (*vcrypto_execute_fn)(void *context, struct vcrypto_io *chains, size_t count);

/* The same for any format: @execute is called once with what was taken, if there was any. */
size_t vcrypto_serve_with(vcrypto_execute_fn execute, void *context,
			  struct vcrypto_vring *ring, struct vcrypto_batch *batch);

/*
 * The same with chains that are taken once more, see vcrypto_vring_retake(): up to @count, at
 * least one, whose @heads the caller remembers, in this order.
 */
size_t vcrypto_serve_again(vcrypto_execute_fn execute, void *context, struct vcrypto_vring *ring,
			   struct vcrypto_batch *batch, const uint16_t *heads, size_t count);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_SERVE_H */
