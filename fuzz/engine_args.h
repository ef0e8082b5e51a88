/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a guest asks for: requests that suit what is live, as a rule. */
#ifndef FUZZ_ENGINE_ARGS_H
#define FUZZ_ENGINE_ARGS_H

#include "engine_model.h"

/* The control part of a request, and the lengths that go with it. */
struct op_args {
	uint8_t control[32 + 600];
	size_t control_len;
	size_t src_len;
	size_t dst_len;		/* destination or result */
	size_t tail_len;	/* digest and IV */
};

/* @burst: CRYPT with an IV of its own and mostly a new hash, which depends on no other. */
void op_choose(struct op_args *args, struct input *in, const struct engine_model *model,
	       bool burst);

#endif /* FUZZ_ENGINE_ARGS_H */
