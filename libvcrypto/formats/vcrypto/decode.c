// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * From bytes to a struct vcrypto_request.  Form only: whether the handles mean
 * anything is for execute.c.  Every refusal names its section of
 * docs/protocol.md.
 */
#include <vcrypto/format.h>

/* What the header of an operation may hold (protocol 4). */
struct shape {
	uint32_t flags;		/* those it knows */
	bool context;		/* the header names a context, else zero */
	bool session;		/* and a session, else zero */
	enum vcrypto_status (*params)(const struct vcrypto_limits *limits, uint32_t flags,
				      struct vcrypto_request *request);
};

/*
 * Member by member: one that has just been stored so, and is loaded in larger pieces,
 * has the processor wait.
 */
static inline struct vcrypto_cursor copy(const struct vcrypto_cursor *from)
{
	struct vcrypto_cursor cursor;

	cursor.segment = from->segment;
	cursor.offset = from->offset;
	cursor.left = from->left;
	return cursor;
}

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

static enum vcrypto_status no_params(const struct vcrypto_limits *limits, uint32_t flags,
					struct vcrypto_request *request)
{
	(void)limits;
	(void)flags;
	return exactly(request, 0, 0);
}

static enum vcrypto_status session_new_params(const struct vcrypto_limits *limits, uint32_t flags,
					struct vcrypto_request *request)
{
	struct vcrypto_session_new params;

	(void)limits;
	(void)flags;
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

static enum vcrypto_status session_info_params(const struct vcrypto_limits *limits, uint32_t flags,
					struct vcrypto_request *request)
{
	(void)limits;
	(void)flags;
	return exactly(request, 0, sizeof(struct vcrypto_session_info));
}

static enum vcrypto_status hash_copy_params(const struct vcrypto_limits *limits, uint32_t flags,
					struct vcrypto_request *request)
{
	struct vcrypto_hash_copy params;

	(void)limits;
	(void)flags;
	if (!vcrypto_cursor_read(&request->input, &params, sizeof(params)))
		return VCRYPTO_BAD_REQUEST;	/* 3.3 */
	if (vcrypto_get32(params.reserved))
		return VCRYPTO_BAD_REQUEST;	/* 2.1 */
	request->u.hash_copy.source = vcrypto_get32(params.source);
	return exactly(request, 0, 0);
}

/* What CRYPT and AUTHCRYPT say, in host byte order. */
struct lengths {
	uint32_t src;
	uint32_t dst;
	uint32_t aad;
	uint32_t trailer;
	uint16_t iv;
	uint16_t iv_out;
	uint16_t tag_in;	/* behind the source */
	uint16_t mac;		/* behind the destination */
};

VCRYPTO_ALWAYS_INLINE
static inline bool lengths_ok(const struct vcrypto_limits *limits, const struct lengths *len,
			      uint64_t readable, uint64_t writable)
{
	return len->src <= limits->payload && len->aad <= limits->aad &&
	       len->trailer <= limits->aad && len->iv <= VCRYPTO_MAX_IV &&
	       len->iv_out <= VCRYPTO_MAX_IV &&		/* 2.4, 4.8 */
	       readable == (uint64_t)len->iv + len->aad + len->src + len->trailer +
			   len->tag_in &&
	       writable == (uint64_t)len->dst + len->mac + len->iv_out;	/* 3.3 */
}

/* Cannot fail: the lengths have been compared with what is there. */
VCRYPTO_ALWAYS_INLINE
static inline bool fill_op(struct vcrypto_request *request, const struct lengths *len,
			   struct vcrypto_cursor *in)
{
	struct vcrypto_op *op = &request->op;
	struct vcrypto_cursor out = copy(&request->output);
	bool ok;

	request->data = true;
	request->room = len->dst;
	request->mac_len = len->mac;
	op->iv_len = len->iv;
	op->iv_out_len = len->iv_out;
	op->content_len = len->dst;
	memset(op->job.iv, 0, sizeof(op->job.iv));
	ok = vcrypto_cursor_read(in, op->job.iv, len->iv) &&
	     vcrypto_cursor_cut(&out, len->dst, &op->dst);
	request->output = out;
	return ok;
}

/* The usual request, so its numbers and the cursor stay in registers. */
VCRYPTO_ALWAYS_INLINE
static inline enum vcrypto_status crypt_params(const struct vcrypto_limits *limits, uint32_t flags,
					       struct vcrypto_request *request,
					       struct vcrypto_cursor in)
{
	struct vcrypto_op *op = &request->op;
	struct vcrypto_crypt params;
	struct lengths len = { 0 };

	if (!vcrypto_cursor_read(&in, &params, sizeof(params)))
		return VCRYPTO_BAD_REQUEST;	/* 3.3 */
	len.src = vcrypto_get32(params.src_len);
	len.dst = vcrypto_get32(params.dst_len);
	len.iv = vcrypto_get16(params.iv_len);
	len.iv_out = vcrypto_get16(params.iv_out_len);
	len.mac = vcrypto_get16(params.mac_len);
	if (vcrypto_get16(params.reserved) || len.mac > VCRYPTO_MAX_DIGEST ||	/* 2.1, 2.4 */
	    !lengths_ok(limits, &len, in.left, request->output.left) ||
	    !fill_op(request, &len, &in))
		return VCRYPTO_BAD_REQUEST;
	op->verb = VCRYPTO_VERB_CRYPT;
	op->job.decrypt = flags & VCRYPTO_FLAG_DECRYPT;
	op->begin = flags & VCRYPTO_FLAG_RESET;
	op->more = flags & VCRYPTO_FLAG_MORE;
	op->mac_len = len.mac;
	op->job.aad.left = 0;
	/* All that is left. */
	op->job.src = in;
	return VCRYPTO_OK;
}

static const enum vcrypto_verb verbs[] = {
	[VCRYPTO_AUTH_AEAD] = VCRYPTO_VERB_AEAD,
	[VCRYPTO_AUTH_TLS] = VCRYPTO_VERB_TLS,
	[VCRYPTO_AUTH_SRTP] = VCRYPTO_VERB_SRTP,
};

/* The parameters as numbers. */
static enum vcrypto_status authcrypt_numbers(struct vcrypto_request *request,
					     struct lengths *len, uint32_t flags)
{
	struct vcrypto_op *op = &request->op;
	struct vcrypto_authcrypt params;
	uint16_t mode;

	if (!vcrypto_cursor_read(&request->input, &params, sizeof(params)))
		return VCRYPTO_BAD_REQUEST;	/* 3.3 */
	mode = vcrypto_get16(params.mode);
	if (mode < VCRYPTO_AUTH_AEAD || mode > VCRYPTO_AUTH_SRTP)
		return VCRYPTO_NOT_SUPPORTED;	/* 4.8 */
	op->verb = verbs[mode];
	op->job.tag_len = vcrypto_get16(params.tag_len);
	op->job.message_len = vcrypto_get64(params.message_len);
	len->iv = vcrypto_get16(params.iv_len);
	len->iv_out = vcrypto_get16(params.iv_out_len);
	len->aad = vcrypto_get32(params.aad_len);
	len->src = vcrypto_get32(params.src_len);
	len->dst = vcrypto_get32(params.dst_len);
	len->trailer = vcrypto_get32(params.trailer_len);
	if (op->job.tag_len > VCRYPTO_MAX_DIGEST)
		return VCRYPTO_BAD_REQUEST;	/* 2.4 */
	/* A TLS record has its MAC in it, and only the end of a message has a tag. */
	if (mode != VCRYPTO_AUTH_TLS && !(flags & VCRYPTO_FLAG_MORE))
		*(flags & VCRYPTO_FLAG_DECRYPT ? &len->tag_in : &len->mac) = op->job.tag_len;
	return VCRYPTO_OK;
}

/* Cannot fail: the lengths have been compared with what is there. */
static bool cut_message(struct vcrypto_request *request, const struct lengths *len)
{
	struct vcrypto_op *op = &request->op;

	return vcrypto_cursor_cut(&request->input, len->aad, &op->job.aad) &&
	       vcrypto_cursor_cut(&request->input, len->src, &op->job.src) &&
	       vcrypto_cursor_cut(&request->input, len->trailer, &op->trailer) &&
	       vcrypto_cursor_read(&request->input, op->job.tag, len->tag_in);
}

static enum vcrypto_status authcrypt_params(const struct vcrypto_limits *limits, uint32_t flags,
					    struct vcrypto_request *request)
{
	struct vcrypto_op *op = &request->op;
	struct lengths len = { 0 };
	enum vcrypto_status status = authcrypt_numbers(request, &len, flags);

	if (status != VCRYPTO_OK)
		return status;
	if (!lengths_ok(limits, &len, request->input.left, request->output.left))
		return VCRYPTO_BAD_REQUEST;
	op->job.decrypt = flags & VCRYPTO_FLAG_DECRYPT;
	op->begin = !(flags & VCRYPTO_FLAG_CONTINUE);
	op->more = flags & VCRYPTO_FLAG_MORE;
	op->mac_len = 0;
	return fill_op(request, &len, &request->input) && cut_message(request, &len) ?
		       VCRYPTO_OK : VCRYPTO_BAD_REQUEST;
}

static enum vcrypto_status counters_params(const struct vcrypto_limits *limits, uint32_t flags,
					struct vcrypto_request *request)
{
	(void)limits;
	(void)flags;
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
			       true, true, NULL },
	[VCRYPTO_OP_AUTHCRYPT] = { VCRYPTO_FLAG_DECRYPT | VCRYPTO_FLAG_MORE |
				   VCRYPTO_FLAG_CONTINUE, true, true, authcrypt_params },
	[VCRYPTO_OP_COUNTERS] = { 0, false, false, counters_params },
};

static enum vcrypto_status decode(const struct vcrypto_limits *limits,
				  struct vcrypto_request *request)
{
	struct vcrypto_request_header header;
	const struct shape *shape;
	uint32_t flags;

	struct vcrypto_cursor in = copy(&request->input);

	if (!vcrypto_cursor_read(&in, &header, sizeof(header)))
		return VCRYPTO_BAD_REQUEST;	/* 3.1 */
	if (vcrypto_get16(header.version) != VCRYPTO_WIRE_VERSION)
		return VCRYPTO_NOT_SUPPORTED;	/* 2.2 */
	request->number = vcrypto_get16(header.op);
	if (!request->number || request->number >= sizeof(shapes) / sizeof(shapes[0]))
		return VCRYPTO_NOT_SUPPORTED;	/* 4 */
	shape = &shapes[request->number];
	flags = vcrypto_get32(header.flags);
	if (flags & ~shape->flags)
		return VCRYPTO_NOT_SUPPORTED;	/* 3.1 */
	request->context = vcrypto_get32(header.context);
	request->session = vcrypto_get32(header.session);
	if ((!shape->context && request->context) || (!shape->session && request->session))
		return VCRYPTO_BAD_REQUEST;	/* 2.1 */
	if (request->number == VCRYPTO_OP_CRYPT)
		return crypt_params(limits, flags, request, in);
	request->input = in;
	return shape->params(limits, flags, request);
}

bool vcrypto_format_decode(const struct vcrypto_limits *limits, struct vcrypto_request *request)
{
	request->number = 0;
	request->data = false;
	request->room = 0;
	request->mac_len = 0;
	if (!vcrypto_cursor_cut(&request->output, sizeof(struct vcrypto_response_header),
				&request->header))
		return false;		/* 3.2 */
	request->status = decode(limits, request);
	VCRYPTO_ASSERT(sizeof(request->op) >= sizeof(request->u), "the op is the longer one");
	/* What was taken for numbers may have been a piece of a key. */
	if (request->status != VCRYPTO_OK)
		vcrypto_wipe(&request->op, sizeof(request->op));
	return true;
}
