// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * AKCIPHER against a hostile guest, on a device of its own: one key, and requests by it or
 * stateless, mostly right, done at once or later, in whatever order, or never.  What becomes of
 * each is told from its numbers.
 */
#include <stdlib.h>

#include "scatter.h"
#include "scratch.h"
#include "virtio_crypto_model.h"

#define JOBS 4
#define DER_MAX 40
#define TEXT_MAX 100

enum { OK, ERR, BADMSG, NOTSUPP, INVSESS, NOSPC, REJECTED };

/* A key, and what a request says about it. */
struct plan {
	struct vcrypto_virtio_numbers numbers;
	uint8_t der[DER_MAX];
	uint32_t verb;
	uint8_t src[TEXT_MAX];
	uint8_t digest[TEXT_MAX];
};

/* A request that has been given. */
struct request {
	uint8_t *out;
	size_t out_len;
	uint8_t reply[sizeof(((struct bytes *)0)->at)];	/* what is to be there in the end */
	uint32_t written;
	struct vcrypto_virtio_job *job;
};

static struct vcrypto_virtio *virtio;
static struct request requests[JOBS];
static size_t given;
static bool defers;

static void *take(void *context, size_t size)
{
	(void)context;
	return malloc(size);
}

static void put(void *context, struct vcrypto_virtio_job *job, size_t index)
{
	(void)context;
	CHECK(index == 0 && defers && !requests[given].job);
	requests[given].job = job;
}

static const struct vcrypto_virtio_later later = { take, put, NULL };

static void open_device(void)
{
	static const struct vcrypto_virtio_limits limits = { 1, MODEL_MAX_SIZE };
	static uint8_t bounce[MODEL_MAX_SIZE];
	size_t lane_len = vcrypto_lane_size(&toy_backend);
	size_t len = vcrypto_virtio_size(&limits, &toy_backend);
	void *lane = memset(fuzz_alloc(lane_len), 0, lane_len);
	struct vcrypto_lane *opened = vcrypto_lane_init(lane, &toy_backend, bounce, sizeof(bounce));

	CHECK(opened);
	virtio = vcrypto_virtio_init(memset(fuzz_alloc(len), 0, len), &limits, opened, 7);
	CHECK(virtio);
}

/* --- what is asked for --- */

static void plan_key(struct plan *plan, struct input *in)
{
	static const uint8_t hashes[] = { 6, 5, 0, 9, 4, 1, 10 };
	struct vcrypto_virtio_numbers *numbers = &plan->numbers;

	memset(plan, 0, sizeof(*plan));
	numbers->algo = 1 + input_below(in, 2);
	numbers->key_type = 1 + input_below(in, 2);
	numbers->padding = numbers->algo == 1 ? input_below(in, 2) : 1 + input_below(in, 5);
	numbers->padding_hash = hashes[input_below(in, sizeof(hashes))];
	numbers->key_len = 1 + input_below(in, DER_MAX);
	input_fill(in, plan->der, numbers->key_len);
	if (!input_rare(in, 12))
		return;
	switch (input_below(in, 5)) {
	case 0: numbers->algo = input_border(in); break;
	case 1: numbers->key_type = input_border(in); break;
	case 2: numbers->padding = input_border(in); break;
	case 3: numbers->padding_hash = input_border(in); break;
	default: plan->der[0] = TOY_NO_KEY;
	}
}

static void plan_text(struct plan *plan, struct input *in)
{
	struct vcrypto_virtio_numbers *numbers = &plan->numbers;
	struct vcrypto_key_job job = { .verb = VCRYPTO_KEY_SIGN };

	plan->verb = input_below(in, 4);
	numbers->src_len = input_below(in, TEXT_MAX);
	numbers->dst_len = input_below(in, TEXT_MAX);
	input_fill(in, plan->src, numbers->src_len);
	if (plan->verb != VCRYPTO_VIRTIO_VERIFY)
		return;
	input_fill(in, plan->digest, numbers->dst_len);
	if (input_rare(in, 3))
		return;
	/* A signature that is right. */
	job.src_len = numbers->dst_len;
	memcpy(job.src, plan->digest, job.src_len);
	toy_key_run(toy_key((enum vcrypto_key_kind)numbers->algo, plan->der, numbers->key_len),
		    &job);
	memcpy(plan->src, job.dst, job.dst_len);
	numbers->src_len = (uint32_t)job.dst_len;
}

/* --- what is to come of it --- */

static uint32_t judge_key(const struct plan *plan, uint32_t there)
{
	const struct vcrypto_virtio_numbers *numbers = &plan->numbers;
	uint32_t hash = numbers->padding_hash;

	if (numbers->algo == 1 && numbers->padding > 1)
		return NOTSUPP;
	if (numbers->algo == 1 && numbers->padding && hash && (hash < 4 || hash > 9))
		return NOTSUPP;
	if (numbers->algo == 2 && (!numbers->padding || numbers->padding > 5))
		return NOTSUPP;
	if (numbers->algo != 1 && numbers->algo != 2)
		return NOTSUPP;
	if (numbers->key_type != 1 && numbers->key_type != 2)
		return ERR;
	if (numbers->key_len > there)
		return ERR;
	if (numbers->algo == 1 && numbers->padding && hash == 4)
		return NOTSUPP;
	return plan->der[0] == TOY_NO_KEY ? ERR : OK;
}

/* With a key that there is; the reply is filled. */
static uint32_t judge_data(const struct plan *plan, struct request *request)
{
	const struct vcrypto_virtio_numbers *numbers = &plan->numbers;
	bool signature = plan->verb >= VCRYPTO_VIRTIO_SIGN;
	struct vcrypto_key_job job = {
		.verb = (enum vcrypto_key_verb)plan->verb, .src_len = numbers->src_len,
	};

	if (numbers->algo == 2 ? !signature : signature && !numbers->padding)
		return NOTSUPP;
	if (numbers->key_type == 1 &&
	    (plan->verb == VCRYPTO_VIRTIO_SIGN || plan->verb == VCRYPTO_VIRTIO_DECRYPT))
		return ERR;
	memcpy(job.src, plan->src, job.src_len);
	if (plan->verb == VCRYPTO_VIRTIO_VERIFY) {
		job.digest_len = numbers->dst_len;
		memcpy(job.digest, plan->digest, job.digest_len);
	}
	toy_key_run(toy_key((enum vcrypto_key_kind)numbers->algo, plan->der, numbers->key_len),
		    &job);
	if (job.status == VCRYPTO_AUTH_FAILED)
		return REJECTED;
	if (plan->verb == VCRYPTO_VIRTIO_VERIFY)
		return OK;
	if (job.status != VCRYPTO_OK || job.dst_len > numbers->dst_len)
		return ERR;
	memset(request->reply, 0, numbers->dst_len);
	memcpy(request->reply, job.dst, job.dst_len);
	request->written = (uint32_t)job.dst_len + 1;
	return OK;
}

/* --- requests --- */

static void append(struct bytes *bytes, const void *from, size_t len)
{
	memcpy(bytes->at + bytes->len, from, len);
	bytes->len += len;
}

static uint32_t give(struct input *in, const struct bytes *bytes, uint8_t *out, size_t out_len,
		     bool control)
{
	struct scatter readable, writable;
	uint8_t *sent = scratch_alloc(bytes->len);
	const struct iovec from = { sent, bytes->len }, to = { out, out_len };
	struct vcrypto_io io;
	size_t n;

	memcpy(sent, bytes->at, bytes->len);
	scatter_cut(&readable, in, &from, 1);
	scatter_cut(&writable, in, &to, 1);
	io = (struct vcrypto_io){
		.readable = readable.segments, .readable_count = readable.count,
		.writable = writable.segments, .writable_count = writable.count,
	};
	n = control ? vcrypto_virtio_control(virtio, &io, 1) : vcrypto_virtio_data(virtio, &io, 1);
	CHECK(n == 1);
	CHECK(!memcmp(sent, bytes->at, bytes->len));
	return io.written;
}

/* Its id, if it is made; else 0. */
static uint64_t make_key(struct input *in, uint64_t features, struct plan *plan)
{
	struct bytes bytes;
	uint32_t there = plan->numbers.key_len;
	uint8_t *reply = scratch_alloc(16);
	uint32_t status;

	if (input_rare(in, 12))
		plan->numbers.key_len = there + 1 + input_below(in, 3);
	bytes.len = vcrypto_virtio_put_create(features, VCRYPTO_VIRTIO_AKCIPHER, &plan->numbers,
					      bytes.at);
	append(&bytes, plan->der, there);
	memset(reply, MODEL_FILL, 16);
	CHECK(give(in, &bytes, reply, 16, true) == 16);
	status = judge_key(plan, there);
	CHECK(reply[8] == status && !reply[9] && !reply[10] && !reply[11]);
	CHECK(vcrypto_virtio_census(virtio).sessions == (status == OK));
	plan->numbers.key_len = there;
	return status == OK ? model_get64(reply) : 0;
}

static void end_key(struct input *in, uint64_t features, uint64_t id)
{
	struct bytes bytes;
	uint8_t *reply = scratch_alloc(1);

	bytes.len = vcrypto_virtio_put_destroy(features, VCRYPTO_VIRTIO_AKCIPHER, id, bytes.at);
	CHECK(give(in, &bytes, reply, 1, true) == 1 && *reply == OK);
	CHECK(!vcrypto_virtio_census(virtio).sessions);
}

static void data(struct input *in, uint64_t features, struct plan *plan, uint64_t id)
{
	struct request *request = &requests[given];
	struct vcrypto_virtio_data data = { .service = VCRYPTO_VIRTIO_AKCIPHER, .session = id };
	struct bytes bytes;
	bool verify = plan->verb == VCRYPTO_VIRTIO_VERIFY;
	uint32_t status = INVSESS, written;

	data.numbers = plan->numbers;
	data.op = plan->verb;
	data.stateless = (features & VCRYPTO_VIRTIO_F_AKCIPHER_STATELESS) &&
			 (!id || input_rare(in, 3));
	bytes.len = vcrypto_virtio_put_data(features, &data, bytes.at);
	if (data.stateless)
		append(&bytes, plan->der, plan->numbers.key_len);
	append(&bytes, plan->src, plan->numbers.src_len);
	if (verify)
		append(&bytes, plan->digest, plan->numbers.dst_len);
	memset(bytes.at + bytes.len, 0x5c, 8);
	bytes.len += input_rare(in, 4) ? input_below(in, 8) : 0;
	request->out_len = (verify ? 0 : plan->numbers.dst_len) + 1 + input_below(in, 3);
	request->out = scratch_alloc(request->out_len);
	request->written = 1;
	memset(request->out, MODEL_FILL, request->out_len);
	memset(request->reply, MODEL_FILL, request->out_len);
	if (data.stateless)
		status = judge_key(plan, plan->numbers.key_len);
	else if (id)
		status = OK;
	if (status == OK)
		status = judge_data(plan, request);
	request->reply[request->out_len - 1] = (uint8_t)status;
	request->job = NULL;
	written = give(in, &bytes, request->out, request->out_len, false);
	CHECK(request->job ? !written : written == request->written);
	given++;
}

/* What is told of as written: from the start on, and the status. */
static void check_writes(const struct request *request)
{
	struct vcrypto_cursor writes = vcrypto_virtio_job_writes(request->job);
	uint8_t *next = request->out, *span;
	size_t len;

	CHECK(writes.left);
	while (writes.left > 1) {
		span = vcrypto_cursor_span(&writes, (size_t)writes.left - 1, &len);
		CHECK(span == next);
		next += len;
	}
	CHECK(next <= request->out + request->out_len - 1);
	CHECK(next - request->out >= (ptrdiff_t)request->written - 1);
	span = vcrypto_cursor_span(&writes, 1, &len);
	CHECK(span == request->out + request->out_len - 1 && !writes.left);
}

/* Those that were to be done later, the last one first; some fail, some are dropped. */
static void finish(struct input *in)
{
	while (given) {
		struct request *request = &requests[--given];
		uint32_t fate = request->job ? input_below(in, 8) : 8;

		if (fate < 7) {
			if (fate)
				vcrypto_virtio_job_run(request->job);
			else
				memset(request->reply, MODEL_FILL, request->out_len - 1);
			check_writes(request);
			CHECK(vcrypto_virtio_job_finish(request->job) ==
			      (fate ? request->written : 1));
			if (!fate)
				request->reply[request->out_len - 1] = ERR;
		} else if (fate == 7) {
			if (input_u8(in) & 1)
				vcrypto_virtio_job_run(request->job);
			vcrypto_virtio_job_drop(request->job);
			memset(request->reply, MODEL_FILL, request->out_len);
		}
		CHECK(!memcmp(request->out, request->reply, request->out_len));
		free(request->job);
		request->job = NULL;
	}
	scratch_reset();
}

void keys_run(struct input *in)
{
	static const uint8_t features[] = { 0, 1, 33, 63 };
	uint64_t agreed = features[input_below(in, sizeof(features))];
	uint64_t id, count = 1 + input_below(in, JOBS);
	struct plan plan;
	bool ends;

	if (!virtio)
		open_device();
	defers = input_u8(in) & 1;
	vcrypto_virtio_offer_akcipher(virtio, defers ? &later : NULL);
	vcrypto_virtio_negotiate(virtio, agreed);
	plan_key(&plan, in);
	id = make_key(in, agreed, &plan);
	while (count--) {
		plan_text(&plan, in);
		data(in, agreed, &plan, id);
	}
	/* They go on without it. */
	ends = id && input_u8(in) & 1;
	if (ends)
		end_key(in, agreed, id);
	finish(in);
	vcrypto_virtio_reset(virtio);
	CHECK(!vcrypto_virtio_census(virtio).sessions);
	reached_count(id != 0);
}
