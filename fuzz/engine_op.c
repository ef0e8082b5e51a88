// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "engine_op.h"
#include "engine_args.h"

/* Bytes that are missing or left over at the end of one half. */
static void change_length(struct input *in, size_t *first, size_t *last)
{
	size_t total = *first + *last;

	if (input_rare(in, 2)) {
		*last += 1 + input_below(in, 20);
		return;
	}
	total = input_rare(in, 2) ? input_below(in, (uint32_t)total + 1) : total - !!total;
	*first = *first < total ? *first : total;
	*last = total - *first;
}

/* Put parts on top of each other, each where it fits into the arena as it is. */
static void overlap(struct input *in, size_t len, const size_t part_len[5], size_t at[5])
{
	size_t to = at[1];

	if (!input_rare(in, 4)) {	/* destination near the source, or right on it */
		if (input_rare(in, 3))	/* only just not disjoint */
			to += part_len[1] - (part_len[1] > 0);
		else if (!input_rare(in, 3))
			to = to + input_below(in, 81) - (to < 40 ? to : 40);
		at[3] = to + part_len[3] <= len ? to : len - part_len[3];
		return;
	}
	for (size_t i = 2; i < 5; i++)	/* header, destination, tail: anywhere */
		if (input_rare(in, 2))
			at[i] = input_below(in, (uint32_t)(len - part_len[i]) + 1);
}

static void place(struct engine_op *op, struct input *in, const struct op_args *args,
		  const size_t part_len[5])
{
	size_t at[5];
	size_t i;

	op->len = 0;
	for (i = 0; i < 5; i++) {
		at[i] = op->len;
		op->len += part_len[i];
	}
	op->overlap = input_rare(in, 4);
	if (op->overlap)
		overlap(in, op->len, part_len, at);
	op->arena = fuzz_alloc(op->len);
	op->expected = fuzz_alloc(op->len);
	input_fill(in, op->arena, op->len);
	memcpy(op->arena, args->control,
	       args->control_len < part_len[0] ? args->control_len : part_len[0]);
	if (part_len[1] >= OP_MARK_LEN)
		memcpy(op->arena + at[1], op_mark, OP_MARK_LEN);
	for (i = 0; i < 2; i++)
		op->readable[i] = (struct iovec){ op->arena + at[i], part_len[i] };
	for (i = 0; i < 3; i++)
		op->writable[i] = (struct iovec){ op->arena + at[2 + i], part_len[2 + i] };
}

/* What the model is asked: the readable half in one piece. */
static void ask(struct engine_op *op, struct engine_model *model)
{
	static uint8_t flat[OP_ARENA];
	size_t control = op->readable[0].iov_len;
	size_t source = op->readable[1].iov_len;

	CHECK(control + source <= sizeof(flat));
	memcpy(flat, op->readable[0].iov_base, control);
	memcpy(flat + control, op->readable[1].iov_base, source);
	model_request(model, flat, control + source,
		      op->writable[0].iov_len + op->writable[1].iov_len +
		      op->writable[2].iov_len, &op->reply);
}

void op_build(struct engine_op *op, struct input *in, struct engine_model *model, bool burst)
{
	struct op_args args;
	size_t part_len[5];

	op_choose(&args, in, model, burst);
	part_len[0] = args.control_len;
	part_len[1] = args.src_len;
	part_len[2] = sizeof(struct vcrypto_response_header);
	part_len[3] = args.dst_len;
	part_len[4] = args.tail_len;
	if (input_rare(in, 32))
		change_length(in, &part_len[0], &part_len[1]);
	if (input_rare(in, 32))
		change_length(in, &part_len[3], &part_len[4]);
	if (input_rare(in, 128))
		part_len[2] = input_below(in, sizeof(struct vcrypto_response_header));
	if (input_rare(in, 32) && args.control_len)	/* one wrong bit */
		args.control[input_below(in, (uint32_t)args.control_len)] ^=
			(uint8_t)(1u << input_below(in, 8));
	place(op, in, &args, part_len);
	ask(op, model);
	memcpy(op->expected, op->arena, op->len);
	scatter_cut(&op->in, in, op->readable, 2);
	scatter_cut(&op->out, in, op->writable, 3);
	if (!op->overlap && !input_rare(in, 4)) {
		scatter_make_private(&op->in);
		scatter_make_private(&op->out);
	}
}

/* Write to the writable half of @arena, @offset bytes into it; NULL: zeros. */
static void put(const struct engine_op *op, uint8_t *arena, size_t offset, const uint8_t *bytes,
		size_t len)
{
	size_t i, k;

	for (k = 0; k < len; k++) {
		size_t at = offset + k;

		for (i = 0; at >= op->writable[i].iov_len; i++)
			at -= op->writable[i].iov_len;
		at += (size_t)((uint8_t *)op->writable[i].iov_base - op->arena);
		arena[at] = bytes ? bytes[k] : 0;
	}
}

/* A provider that cannot be foretold: take its word, but no more bytes than that. */
static void believe(struct engine_op *op, size_t len)
{
	size_t i;

	for (i = 0; i < 3 && len; i++) {
		size_t at = (size_t)((uint8_t *)op->writable[i].iov_base - op->arena);
		size_t here = op->writable[i].iov_len < len ? op->writable[i].iov_len : len;

		memcpy(op->expected + at, op->arena + at, here);
		len -= here;
	}
}

static void expect(struct engine_op *op)
{
	const struct model_reply *reply = &op->reply;
	size_t len = (size_t)reply->room + reply->mac_len + reply->iv_len;
	struct vcrypto_response_header header = {
		.status = vcrypto_put32(reply->status),
		.dst_len = vcrypto_put32(reply->dst_len),
		.mac_len = vcrypto_put16(reply->mac_len),
		.iv_len = vcrypto_put16(reply->iv_len),
	};

	if (reply->none)
		return;
	if (reply->opaque)
		believe(op, sizeof(header) + len);
	else
		put(op, op->expected, sizeof(header), reply->out, len);
	put(op, op->expected, sizeof(header), NULL, reply->wiped);
	put(op, op->expected, 0, (const uint8_t *)&header, sizeof(header));
}

void op_check(struct engine_op *op)
{
	const struct model_reply *reply = &op->reply;

	scatter_end(&op->in);
	scatter_end(&op->out);
	CHECK(op->written == (reply->none ? 0 : 16 + reply->room + reply->mac_len +
						reply->iv_len));
	expect(op);
	CHECK(!memcmp(op->arena, op->expected, op->len));
}

void op_free(struct engine_op *op)
{
	free(op->arena);
	free(op->expected);
}
