// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* From an executed request to the bytes of its response (protocol 3.2). */
#include <vcrypto/format.h>

/* What follows the response header, and the lengths that announce it. */
struct result {
	const void *bytes;	/* a result structure; NULL: payload, already in place */
	uint32_t dst_len;
	uint32_t room;		/* bytes from the header's end to the digest */
	uint16_t mac_len;
	uint16_t iv_len;
};

VCRYPTO_ALWAYS_INLINE
static inline struct result result_of(const struct vcrypto_request *request)
{
	struct result result = { NULL, 0, 0, 0, 0 };

	if (request->status != VCRYPTO_OK)
		return result;
	if (request->data) {
		result.dst_len = request->op.content_len;
		result.room = request->room;
		result.mac_len = request->mac_len;
		result.iv_len = request->op.iv_out_len;
	} else if (request->number == VCRYPTO_OP_SESSION_INFO) {
		result.bytes = &request->u.info;
		result.dst_len = result.room = sizeof(request->u.info);
	} else if (request->number == VCRYPTO_OP_COUNTERS) {
		result.bytes = &request->u.counters;
		result.dst_len = result.room = sizeof(request->u.counters);
	}
	return result;
}

/* Cannot fail: decode has compared the lengths with what is there. */
static bool put_result(struct vcrypto_request *request, const struct result *result)
{
	struct vcrypto_cursor *output = &request->output;

	if (result->bytes)
		return vcrypto_cursor_write(output, result->bytes, result->dst_len);
	/* Neither is there, usually. */
	if (result->mac_len &&
	    !vcrypto_cursor_write(output, request->op.job.tag, result->mac_len))
		return false;
	return !result->iv_len ||
	       vcrypto_cursor_write(output, request->op.iv_out, result->iv_len);
}

static void wipe_op(struct vcrypto_op *op)
{
	vcrypto_wipe(op->job.iv, sizeof(op->job.iv));
	vcrypto_wipe(op->job.tag, sizeof(op->job.tag));
	vcrypto_wipe(op->iv_out, sizeof(op->iv_out));
}

/*
 * What has been answered is known only now: requests that were executed together
 * with this one, but before it, are among it (protocol 1.1, 4.9).
 */
static void count_answered(const struct vcrypto_tally *tally, struct vcrypto_counters *counters)
{
	counters->requests = vcrypto_put64(tally->answered);
	counters->failures = vcrypto_put64(tally->failures);
	counters->crypt_requests = vcrypto_put64(tally->crypt_requests);
}

/* Puts what follows the header, and judges; the request's status is final after it. */
VCRYPTO_ALWAYS_INLINE
static inline struct result finish(struct vcrypto_request *request,
				   const struct vcrypto_tally *tally)
{
	struct result result;

	if (request->data && request->status == VCRYPTO_OK)
		request->status = request->op.job.status;
	else if (request->status == VCRYPTO_OK && request->number == VCRYPTO_OP_COUNTERS)
		count_answered(tally, &request->u.counters);
	result = result_of(request);
	if (request->status == VCRYPTO_OK && !put_result(request, &result)) {
		request->status = VCRYPTO_ERROR;
		result = result_of(request);
	}
	return result;
}

/* An operation that was refused for its form counts as the one that it names. */
static bool is_crypt(const struct vcrypto_request *request)
{
	return request->number == VCRYPTO_OP_CRYPT || request->number == VCRYPTO_OP_AUTHCRYPT;
}

/*
 * The response header is made of two words, because one that is put together of its
 * members in memory has the processor wait for these when it is copied as a whole.
 */
static bool put_header(const struct vcrypto_request *request, const struct result *result)
{
	const struct vcrypto_le64 words[2] = {
		vcrypto_put64(request->status | (uint64_t)result->dst_len << 32),
		vcrypto_put64(result->mac_len | (uint32_t)result->iv_len << 16),
	};

	struct vcrypto_cursor header = request->header;
	uint8_t *to = vcrypto_cursor_peek(&header, sizeof(words));

	VCRYPTO_ASSERT(sizeof(words) == sizeof(struct vcrypto_response_header), "wire layout");
	if (!to)
		return vcrypto_cursor_write(&header, words, sizeof(words));
	memcpy(to, &words[0], sizeof(words[0]));
	memcpy(to + sizeof(words[0]), &words[1], sizeof(words[1]));
	return true;
}

uint32_t vcrypto_format_encode(struct vcrypto_request *request, struct vcrypto_tally *tally)
{
	struct result result = finish(request, tally);

	/* Last, so that a driver that overlaps it with the payload still sees it. */
	if (!put_header(request, &result))
		return 0;
	tally->answered++;
	tally->failures += request->status != VCRYPTO_OK;
	tally->crypt_requests += is_crypt(request);
	if (request->data)
		wipe_op(&request->op);
	return (uint32_t)sizeof(struct vcrypto_response_header) + result.room + result.mac_len +
	       result.iv_len;
}
