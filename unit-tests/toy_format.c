// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "toy_format.h"

/* Handles are this format's own business: one context, one session. */
static bool set_key(struct vcrypto_store *store, struct vcrypto_lane *lane,
		    struct vcrypto_cursor key)
{
	const struct vcrypto_session_request new = {
		.cipher = VCRYPTO_CIPHER_AES_CTR, .cipher_key_len = 16, .keys = key,
	};

	(void)vcrypto_store_close(store, 0);
	return key.left == 16 && vcrypto_store_open(store, 0) == VCRYPTO_OK &&
	       vcrypto_store_create(store, lane, &new) == VCRYPTO_OK;
}

static bool decode(struct vcrypto_cursor in, struct vcrypto_cursor out, struct vcrypto_op *op)
{
	*op = (struct vcrypto_op){ .verb = VCRYPTO_VERB_CRYPT, .iv_len = 16 };
	if (!vcrypto_cursor_read(&in, op->job.iv, 16) ||
	    !vcrypto_cursor_cut(&out, in.left, &op->dst))
		return false;
	op->job.src = in;
	op->content_len = (uint32_t)in.left;
	return true;
}

static bool crypt(const struct vcrypto_store *store, struct vcrypto_op *op)
{
	op->session = vcrypto_store_find(store, 0, 0);
	if (!op->session)
		return false;
	vcrypto_lane_submit(vcrypto_session_lane(op->session), op);
	vcrypto_lane_flush(vcrypto_session_lane(op->session));
	return op->job.status == VCRYPTO_OK;
}

uint32_t toy_serve(struct vcrypto_store *store, struct vcrypto_lane *lane,
		   struct vcrypto_cursor readable, struct vcrypto_cursor writable)
{
	struct vcrypto_cursor status;
	struct vcrypto_op op = { .content_len = 0 };
	char verb = 0;
	bool ok = false;

	if (!vcrypto_cursor_cut(&writable, 1, &status) ||
	    !vcrypto_cursor_read(&readable, &verb, 1))
		return 0;
	if (verb == 'K')
		ok = set_key(store, lane, readable);
	else if (verb == 'E')
		ok = decode(readable, writable, &op) && crypt(store, &op);
	if (!vcrypto_cursor_write(&status, ok ? "+" : "-", 1))
		return 0;
	return ok ? 1 + op.content_len : 1;
}
