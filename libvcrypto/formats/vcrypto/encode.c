// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* From an executed request to the bytes of its response (protocol 3.2). */
#include "../../core/internal.h"

/* What follows the response header, and the lengths that announce it. */
struct result {
	const void *bytes;	/* a result structure; NULL: payload, already in place */
	uint32_t dst_len;
	uint32_t room;		/* bytes from the header's end to the digest */
	uint16_t mac_len;
	uint16_t iv_len;
};

static struct result result_of(const struct vcrypto_request *request)
{
	struct result result = { NULL, 0, 0, 0, 0 };

	if (request->status != VCRYPTO_OK)
		return result;
	switch (request->op) {
	case VCRYPTO_OP_SESSION_INFO:
		result.bytes = &request->u.info;
		result.dst_len = sizeof(request->u.info);
		result.room = result.dst_len;
		break;
	case VCRYPTO_OP_COUNTERS:
		result.bytes = &request->u.counters;
		result.dst_len = sizeof(request->u.counters);
		result.room = result.dst_len;
		break;
	case VCRYPTO_OP_CRYPT:
	case VCRYPTO_OP_AUTHCRYPT:
		result.dst_len = request->u.crypt.content_len;
		result.room = request->u.crypt.dst_len;
		result.mac_len = request->u.crypt.mac_len;
		result.iv_len = request->u.crypt.iv_out_len;
		break;
	default:
		break;
	}
	return result;
}

/* Cannot fail: decode has compared the lengths with what is there. */
static bool put_result(struct vcrypto_cursor output, const struct vcrypto_request *request,
		       const struct result *result)
{
	struct vcrypto_cursor payload;

	if (result->bytes ? !vcrypto_cursor_write(&output, result->bytes, result->dst_len) :
			    !vcrypto_cursor_cut(&output, result->room, &payload))
		return false;
	return vcrypto_cursor_write(&output, request->job.digest, result->mac_len) &&
	       vcrypto_cursor_write(&output, request->iv_out, result->iv_len);
}

static void wipe_job(struct vcrypto_request *request)
{
	vcrypto_wipe(request->job.iv, sizeof(request->job.iv));
	vcrypto_wipe(request->job.digest, sizeof(request->job.digest));
	vcrypto_wipe(request->iv_out, sizeof(request->iv_out));
}

/*
 * What has been answered is known only now: requests that were executed together
 * with this one, but before it, are among it (protocol 1.1, 4.9).
 */
static void count_answered(const struct vcrypto_engine *engine, struct vcrypto_counters *counters)
{
	counters->requests = vcrypto_put64(engine->answered);
	counters->failures = vcrypto_put64(engine->failures);
	counters->crypt_requests = vcrypto_put64(engine->crypt_requests);
}

uint32_t vcrypto_encode(struct vcrypto_engine *engine, struct vcrypto_request *request)
{
	struct result result = result_of(request);
	struct vcrypto_response_header header = { 0 };

	if (request->status == VCRYPTO_OK && request->op == VCRYPTO_OP_COUNTERS)
		count_answered(engine, &request->u.counters);
	if (request->status == VCRYPTO_OK && !put_result(request->output, request, &result)) {
		request->status = VCRYPTO_ERROR;
		result = result_of(request);
	}
	header.status = vcrypto_put32(request->status);
	header.dst_len = vcrypto_put32(result.dst_len);
	header.mac_len = vcrypto_put16(result.mac_len);
	header.iv_len = vcrypto_put16(result.iv_len);
	/* Last, so that a driver that overlaps it with the payload still sees it. */
	if (!vcrypto_cursor_write(&request->header, &header, sizeof(header)))
		return 0;
	engine->answered++;
	engine->failures += request->status != VCRYPTO_OK;
	engine->crypt_requests += request->op == VCRYPTO_OP_CRYPT ||
				  request->op == VCRYPTO_OP_AUTHCRYPT;
	if (request->op == VCRYPTO_OP_CRYPT || request->op == VCRYPTO_OP_AUTHCRYPT)
		wipe_job(request);
	return (uint32_t)sizeof(header) + result.room + result.mac_len + result.iv_len;
}
