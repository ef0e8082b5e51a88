/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * One request on its way to an engine: its bytes, where they lie, and what must
 * have become of every byte afterwards.
 *
 * All parts lie in one arena.  As a rule they are disjoint, and then each
 * segment may get an allocation of its own; at times they overlap, and then the
 * expectation follows protocol 3.5: everything is read before anything is
 * written, and the response header is written last.
 */
#ifndef FUZZ_ENGINE_OP_H
#define FUZZ_ENGINE_OP_H

#include "engine_args.h"
#include "scatter.h"

#define OP_ARENA 12288		/* enough for every op */

/* Planted in keys and in plaintext, so that they can be found where they should not be. */
#define OP_MARK_LEN 8
#define OP_MARKED_LEN (5 + OP_MARK_LEN + VCRYPTO_MAX_IV)	/* of text that has it */
extern const uint8_t op_mark[OP_MARK_LEN];
extern const uint8_t op_text_mark[OP_MARK_LEN];

/* Fills in the mark, if @text is long enough for it not to get into an IV. */
static inline void op_mark_text(uint8_t *text, size_t len)
{
	if (len >= OP_MARKED_LEN)
		memcpy(text + 5, op_text_mark, OP_MARK_LEN);
}

struct engine_op {
	uint8_t *arena;		/* exactly len bytes, gone with scratch_reset() */
	uint8_t *expected;	/* the arena afterwards; complete after op_expect() */
	size_t len;
	bool overlap;		/* the parts are not disjoint */
	struct iovec readable[3];	/* control part, source, trailer and tag; in the arena */
	struct iovec writable[3];	/* response header, destination, digest and IV */
	struct scatter in;
	struct scatter out;
	struct model_reply reply;	/* from the model, before execution */
	uint32_t written;		/* from the engine */
};

/* Make up a request that suits @model as a rule, and ask the model about it. */
void op_build(struct engine_op *op, struct input *in, struct engine_model *model,
	      enum op_wish wish);

/* After execution: every byte is what it must be. */
void op_check(struct engine_op *op);

#endif /* FUZZ_ENGINE_OP_H */
