// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * From bytes to a struct vcrypto_request.  Form only: whether the handles mean
 * anything is for vcrypto_execute().  Every refusal names its section of
 * docs/protocol.md.
 */
#include "../../core/internal.h"

/* What the header of an operation may hold (protocol 4). */
struct shape {
	uint32_t flags;		/* those it knows */
	bool context;		/* the header names a context, else zero */
	bool session;		/* and a session, else zero */
	enum vcrypto_status (*params)(const struct vcrypto_engine *engine,
				      struct vcrypto_request *request);
};

/*
 * Both halves must be exactly as long as the parameters say (protocol 3.3), so
 * that a length means the same to both sides.
 */
static enum vcrypto_status exactly(const struct vcrypto_request *request, uint64_t readable,
				   uint64_t writable)
{
	if (request->input.left != readable || request->output.left != writable)
		return VCRYPTO_BAD_REQUEST;
	return VCRYPTO_OK;
}

static enum vcrypto_status no_params(const struct vcrypto_engine *engine,
				     struct vcrypto_request *request)
{
	(void)engine;
	return exactly(request, 0, 0);
}

static enum vcrypto_status session_new_params(const struct vcrypto_engine *engine,
					      struct vcrypto_request *request)
{
	struct vcrypto_session_new params;

	(void)engine;
	if (!vcrypto_cursor_read(&request->input, &params, sizeof(params)))
		return VCRYPTO_BAD_REQUEST;	/* 3.3 */
	if (vcrypto_get32(params.reserved))
		return VCRYPTO_BAD_REQUEST;	/* 2.1 */
	request->u.session_new.cipher = vcrypto_get16(params.cipher);
	request->u.session_new.mac = vcrypto_get16(params.mac);
	request->u.session_new.cipher_key_len = vcrypto_get32(params.cipher_key_len);
	request->u.session_new.mac_key_len = vcrypto_get32(params.mac_key_len);
	return exactly(request, (uint64_t)request->u.session_new.cipher_key_len +
		       request->u.session_new.mac_key_len, 0);
}

static enum vcrypto_status session_info_params(const struct vcrypto_engine *engine,
					       struct vcrypto_request *request)
{
	(void)engine;
	return exactly(request, 0, sizeof(struct vcrypto_session_info));
}

static enum vcrypto_status hash_copy_params(const struct vcrypto_engine *engine,
					    struct vcrypto_request *request)
{
	struct vcrypto_hash_copy params;

	(void)engine;
	if (!vcrypto_cursor_read(&request->input, &params, sizeof(params)))
		return VCRYPTO_BAD_REQUEST;	/* 3.3 */
	if (vcrypto_get32(params.reserved))
		return VCRYPTO_BAD_REQUEST;	/* 2.1 */
	request->u.hash_copy.source = vcrypto_get32(params.source);
	return exactly(request, 0, 0);
}

static enum vcrypto_status crypt_params(const struct vcrypto_engine *engine,
					struct vcrypto_request *request)
{
	struct vcrypto_crypt params;
	uint32_t src_len, dst_len;
	uint16_t iv_len, iv_out_len, mac_len;

	if (!vcrypto_cursor_read(&request->input, &params, sizeof(params)))
		return VCRYPTO_BAD_REQUEST;	/* 3.3 */
	src_len = request->u.crypt.src_len = vcrypto_get32(params.src_len);
	dst_len = request->u.crypt.dst_len = vcrypto_get32(params.dst_len);
	iv_len = request->u.crypt.iv_len = vcrypto_get16(params.iv_len);
	iv_out_len = request->u.crypt.iv_out_len = vcrypto_get16(params.iv_out_len);
	mac_len = request->u.crypt.mac_len = vcrypto_get16(params.mac_len);
	request->u.crypt.content_len = dst_len;
	if (vcrypto_get16(params.reserved) || src_len > engine->limits.payload ||
	    iv_len > VCRYPTO_MAX_IV || iv_out_len > VCRYPTO_MAX_IV ||
	    mac_len > VCRYPTO_MAX_DIGEST)
		return VCRYPTO_BAD_REQUEST;	/* 2.1, 2.4 */
	if (exactly(request, (uint64_t)iv_len + src_len,
		    (uint64_t)dst_len + mac_len + iv_out_len) != VCRYPTO_OK)
		return VCRYPTO_BAD_REQUEST;	/* 3.3 */
	request->job.aad.left = 0;
	memset(request->job.iv, 0, sizeof(request->job.iv));
	if (!vcrypto_cursor_read(&request->input, request->job.iv, iv_len))
		return VCRYPTO_BAD_REQUEST;
	return VCRYPTO_OK;
}

/* The parameters as numbers; those that a decision depends on are compared later. */
static enum vcrypto_status authcrypt_numbers(const struct vcrypto_engine *engine,
					     struct vcrypto_request *request)
{
	struct vcrypto_authcrypt params;

	if (!vcrypto_cursor_read(&request->input, &params, sizeof(params)))
		return VCRYPTO_BAD_REQUEST;	/* 3.3 */
	request->u.crypt.mode = vcrypto_get16(params.mode);
	request->u.crypt.iv_len = vcrypto_get16(params.iv_len);
	request->u.crypt.iv_out_len = vcrypto_get16(params.iv_out_len);
	request->u.crypt.tag_len = vcrypto_get16(params.tag_len);
	request->u.crypt.aad_len = vcrypto_get32(params.aad_len);
	request->u.crypt.src_len = vcrypto_get32(params.src_len);
	request->u.crypt.dst_len = vcrypto_get32(params.dst_len);
	request->u.crypt.trailer_len = vcrypto_get32(params.trailer_len);
	request->u.crypt.message_len = vcrypto_get64(params.message_len);
	request->u.crypt.content_len = request->u.crypt.dst_len;
	if (request->u.crypt.mode < VCRYPTO_AUTH_AEAD ||
	    request->u.crypt.mode > VCRYPTO_AUTH_SRTP)
		return VCRYPTO_NOT_SUPPORTED;	/* 4.8 */
	if (request->u.crypt.src_len > engine->limits.payload ||
	    request->u.crypt.aad_len > engine->limits.aad ||
	    request->u.crypt.trailer_len > engine->limits.aad ||
	    request->u.crypt.iv_len > VCRYPTO_MAX_IV ||
	    request->u.crypt.iv_out_len > VCRYPTO_MAX_IV ||
	    request->u.crypt.tag_len > VCRYPTO_MAX_DIGEST)
		return VCRYPTO_BAD_REQUEST;	/* 2.4, 4.8 */
	return VCRYPTO_OK;
}

static enum vcrypto_status authcrypt_params(const struct vcrypto_engine *engine,
					    struct vcrypto_request *request)
{
	enum vcrypto_status status = authcrypt_numbers(engine, request);
	uint16_t tag_in = 0, tag_out = 0;
	struct vcrypto_cursor source;

	if (status != VCRYPTO_OK)
		return status;
	if (request->u.crypt.mode != VCRYPTO_AUTH_TLS && !(request->flags & VCRYPTO_FLAG_MORE)) {
		if (request->flags & VCRYPTO_FLAG_DECRYPT)
			tag_in = request->u.crypt.tag_len;
		else
			tag_out = request->u.crypt.tag_len;
	}
	request->u.crypt.mac_len = tag_out;
	if (exactly(request, (uint64_t)request->u.crypt.iv_len + request->u.crypt.aad_len +
			     request->u.crypt.src_len + request->u.crypt.trailer_len + tag_in,
		    (uint64_t)request->u.crypt.dst_len + tag_out +
		    request->u.crypt.iv_out_len) != VCRYPTO_OK)
		return VCRYPTO_BAD_REQUEST;	/* 3.3 */
	memset(request->job.iv, 0, sizeof(request->job.iv));
	if (!vcrypto_cursor_read(&request->input, request->job.iv, request->u.crypt.iv_len) ||
	    !vcrypto_cursor_cut(&request->input, request->u.crypt.aad_len, &request->job.aad) ||
	    !vcrypto_cursor_cut(&request->input, request->u.crypt.src_len, &source) ||
	    !vcrypto_cursor_cut(&request->input, request->u.crypt.trailer_len,
				&request->trailer) ||
	    !vcrypto_cursor_read(&request->input, request->job.digest, tag_in))
		return VCRYPTO_BAD_REQUEST;
	request->input = source;
	return VCRYPTO_OK;
}

static enum vcrypto_status counters_params(const struct vcrypto_engine *engine,
					   struct vcrypto_request *request)
{
	(void)engine;
	return exactly(request, 0, sizeof(struct vcrypto_counters));
}

static const struct shape shapes[] = {
	[VCRYPTO_OP_CONTEXT_OPEN] = { 0, true, false, no_params },
	[VCRYPTO_OP_CONTEXT_CLOSE] = { 0, true, false, no_params },
	[VCRYPTO_OP_SESSION_NEW] = { 0, true, true, session_new_params },
	[VCRYPTO_OP_SESSION_FREE] = { 0, true, true, no_params },
	[VCRYPTO_OP_SESSION_INFO] = { 0, true, true, session_info_params },
	[VCRYPTO_OP_HASH_COPY] = { 0, true, true, hash_copy_params },
	[VCRYPTO_OP_CRYPT] = { VCRYPTO_FLAG_DECRYPT | VCRYPTO_FLAG_RESET | VCRYPTO_FLAG_MORE,
			       true, true, crypt_params },
	[VCRYPTO_OP_AUTHCRYPT] = { VCRYPTO_FLAG_DECRYPT | VCRYPTO_FLAG_MORE |
				   VCRYPTO_FLAG_CONTINUE, true, true, authcrypt_params },
	[VCRYPTO_OP_COUNTERS] = { 0, false, false, counters_params },
};

static enum vcrypto_status decode(const struct vcrypto_engine *engine,
				  struct vcrypto_request *request)
{
	struct vcrypto_request_header header;
	const struct shape *shape;

	if (!vcrypto_cursor_read(&request->input, &header, sizeof(header)))
		return VCRYPTO_BAD_REQUEST;	/* 3.1 */
	if (vcrypto_get16(header.version) != VCRYPTO_WIRE_VERSION)
		return VCRYPTO_NOT_SUPPORTED;	/* 2.2 */
	request->op = vcrypto_get16(header.op);
	if (request->op >= sizeof(shapes) / sizeof(shapes[0]) || !shapes[request->op].params)
		return VCRYPTO_NOT_SUPPORTED;	/* 4 */
	shape = &shapes[request->op];
	request->flags = vcrypto_get32(header.flags);
	if (request->flags & ~shape->flags)
		return VCRYPTO_NOT_SUPPORTED;	/* 3.1 */
	request->context = vcrypto_get32(header.context);
	request->session = vcrypto_get32(header.session);
	if ((!shape->context && request->context) || (!shape->session && request->session))
		return VCRYPTO_BAD_REQUEST;	/* 2.1 */
	return shape->params(engine, request);
}

bool vcrypto_decode_in_place(const struct vcrypto_engine *engine, struct vcrypto_request *request)
{
	request->op = 0;
	if (!vcrypto_cursor_cut(&request->output, sizeof(struct vcrypto_response_header),
				&request->header))
		return false;		/* 3.2 */
	request->status = decode(engine, request);
	/* What was taken for numbers may have been a piece of a key. */
	if (request->status != VCRYPTO_OK)
		vcrypto_wipe(&request->u, sizeof(request->u));
	return true;
}

bool vcrypto_decode(const struct vcrypto_engine *engine, struct vcrypto_cursor readable,
		    struct vcrypto_cursor writable, struct vcrypto_request *request)
{
	request->input = readable;
	request->output = writable;
	return vcrypto_decode_in_place(engine, request);
}
