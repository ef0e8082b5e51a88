/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a guest asks for: requests that suit what is live, as a rule. */
#ifndef FUZZ_ENGINE_ARGS_H
#define FUZZ_ENGINE_ARGS_H

#include "engine_model.h"

/* The control part of a request, and what goes with it. */
struct op_args {
	uint8_t control[48 + 600];
	size_t control_len;
	size_t src_len;
	bool has_source;	/* else the source is anything */
	uint8_t source[MODEL_OUT];
	uint8_t end[MODEL_AAD + VCRYPTO_MAX_DIGEST + 2];	/* then: trailer, tag */
	size_t end_len;
	size_t trailer_len;
	size_t dst_len;		/* destination or result */
	size_t tail_len;	/* digest and IV */
};

/* Append to the control part: a number of @bytes bytes, a request header. */
void args_put(struct op_args *args, uint32_t value, size_t bytes);
void args_put_header(struct op_args *args, struct input *in, uint16_t op, uint32_t flags,
		     uint32_t context, uint32_t session);

/* A session that is live, if there is one, and the context to name with it. */
uint32_t args_live_session(struct input *in, const struct engine_model *model, uint32_t *context);

/* Mostly short, at times as long as may be, rarely longer. */
uint32_t args_payload_len(struct input *in, uint32_t block);

/* 0, or @right; something else at times. */
uint32_t args_optional(struct input *in, uint32_t right);

/* engine_auth_args.c: AUTHCRYPT. */
void op_choose_auth(struct op_args *args, struct input *in, const struct engine_model *model);

/* What kind of request is wanted. */
enum op_wish {
	OP_ANY,
	OP_BURST,	/* with an IV of its own and mostly a new hash: depends on no other */
	OP_OPEN,
	OP_SESSION,
};

void op_choose(struct op_args *args, struct input *in, const struct engine_model *model,
	       enum op_wish wish);

#endif /* FUZZ_ENGINE_ARGS_H */
