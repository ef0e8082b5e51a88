// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "engine_op.h"
#include "scratch.h"

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

enum part { CONTROL, SOURCE, END, HEADER, DST, TAIL, PARTS };

/* Put parts on top of each other, each where it fits into the arena as it is. */
static void overlap(struct input *in, size_t len, const size_t part_len[PARTS], size_t at[PARTS])
{
	size_t to = at[SOURCE];

	if (!input_rare(in, 4)) {	/* destination near the source, or right on it */
		if (input_rare(in, 3))	/* only just not disjoint */
			to += part_len[SOURCE] - (part_len[SOURCE] > 0);
		else if (!input_rare(in, 3))
			to = to + input_below(in, 81) - (to < 40 ? to : 40);
		at[DST] = to + part_len[DST] <= len ? to : len - part_len[DST];
		return;
	}
	for (size_t i = HEADER; i < PARTS; i++)	/* anywhere */
		if (input_rare(in, 2))
			at[i] = input_below(in, (uint32_t)(len - part_len[i]) + 1);
}

static void fill(struct engine_op *op, struct input *in, const struct op_args *args,
		 const size_t at[PARTS], const size_t part_len[PARTS])
{
	input_fill(in, op->arena, op->len);
	memcpy(op->arena, args->control,
	       args->control_len < part_len[CONTROL] ? args->control_len : part_len[CONTROL]);
	memcpy(op->arena + at[END], args->end,
	       args->end_len < part_len[END] ? args->end_len : part_len[END]);
	if (args->has_source)
		memcpy(op->arena + at[SOURCE], args->source,
		       args->src_len < part_len[SOURCE] ? args->src_len : part_len[SOURCE]);
	else
		op_mark_text(op->arena + at[SOURCE], part_len[SOURCE]);
}

static void place(struct engine_op *op, struct input *in, const struct op_args *args,
		  const size_t part_len[PARTS])
{
	size_t at[PARTS];
	size_t i, apart;

	op->len = 0;
	for (i = 0; i < PARTS; i++) {
		at[i] = op->len;
		op->len += part_len[i];
	}
	apart = at[DST];
	op->overlap = input_rare(in, 4);
	if (op->overlap)
		overlap(in, op->len, part_len, at);
	/* The trailer is hashed after the destination has been written (4.8.4). */
	if (args->trailer_len && at[DST] < at[END] + part_len[END] &&
	    at[END] < at[DST] + part_len[DST])
		at[DST] = apart;
	op->arena = scratch_alloc(op->len);
	op->expected = scratch_alloc(op->len);
	fill(op, in, args, at, part_len);
	for (i = 0; i < 3; i++) {
		op->readable[i] = (struct iovec){ op->arena + at[i], part_len[i] };
		op->writable[i] = (struct iovec){ op->arena + at[3 + i], part_len[3 + i] };
	}
}

/* What the model is asked: the readable half in one piece. */
static void ask(struct engine_op *op, struct engine_model *model)
{
	static uint8_t flat[OP_ARENA];
	size_t len = 0, room = 0;
	size_t i;

	for (i = 0; i < 3; i++) {
		CHECK(len + op->readable[i].iov_len <= sizeof(flat));
		memcpy(flat + len, op->readable[i].iov_base, op->readable[i].iov_len);
		len += op->readable[i].iov_len;
		room += op->writable[i].iov_len;
	}
	model_request(model, flat, len, room, &op->reply);
}

/* A provider that cannot be foretold could say anything about a tag. */
static void only_seal(struct op_args *args)
{
	if (args->control[2] == VCRYPTO_OP_AUTHCRYPT)
		args->control[4] &= (uint8_t)~VCRYPTO_FLAG_DECRYPT;
}

void op_build(struct engine_op *op, struct input *in, struct engine_model *model,
	      enum op_wish wish)
{
	struct op_args args;
	bool odd = input_rare(in, 8);
	size_t part_len[PARTS];

	op_choose(&args, in, model, wish);
	part_len[CONTROL] = args.control_len;
	part_len[SOURCE] = args.src_len;
	part_len[END] = args.end_len;
	part_len[HEADER] = sizeof(struct vcrypto_response_header);
	part_len[DST] = args.dst_len;
	part_len[TAIL] = args.tail_len;
	if (odd && input_rare(in, 4))
		change_length(in, &part_len[CONTROL], &part_len[SOURCE]);
	if (odd && input_rare(in, 4))
		change_length(in, &part_len[DST], &part_len[TAIL]);
	if (odd && input_rare(in, 8))
		part_len[END] = input_below(in, (uint32_t)part_len[END] + 2);
	if (odd && input_rare(in, 16))
		part_len[HEADER] = input_below(in, sizeof(struct vcrypto_response_header));
	if (odd && input_rare(in, 4) && args.control_len)	/* one wrong bit */
		args.control[input_below(in, (uint32_t)args.control_len)] ^=
			(uint8_t)(1u << input_below(in, 8));
	if (model->opaque)
		only_seal(&args);
	place(op, in, &args, part_len);
	ask(op, model);
	memcpy(op->expected, op->arena, op->len);
	scatter_cut(&op->in, in, op->readable, 3);
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
	size_t done = 0;
	size_t i;

	for (i = 0; i < 3 && done < len; i++) {
		const struct iovec *part = &op->writable[i];
		uint8_t *to = arena + ((uint8_t *)part->iov_base - op->arena) + offset;
		size_t n;

		if (offset >= part->iov_len) {
			offset -= part->iov_len;
			continue;
		}
		n = part->iov_len - offset < len - done ? part->iov_len - offset : len - done;
		if (bytes)
			memcpy(to, bytes + done, n);
		else
			memset(to, 0, n);
		done += n;
		offset = 0;
	}
	CHECK(done == len);
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
