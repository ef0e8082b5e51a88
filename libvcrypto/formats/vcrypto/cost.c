// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What a request will cost, before it is executed. */
#include <vcrypto/format.h>

/* All in the unit of vcrypto_weight(), about nanoseconds. */
#define REQUEST 1000		/* any: taken from the ring, answered */
#define KEYS 64000		/* the dearest to schedule are Blowfish's, 50000 to 90000 */
#define OPEN 3000		/* a TLS record: where its MAC ends must not show in what is done */
#define RELEASE 2000		/* a session ends; the dearest are those with long MACs */
#define DEAREST 64		/* a byte in a session that is not known; 3DES with SHA-3 is 36 */

static uint64_t bytes(const struct vcrypto_op *op)
{
	return op->job.src.left + op->job.aad.left +
	       (op->verb == VCRYPTO_VERB_CRYPT ? 0 : op->trailer.left);
}

/* A session that is not there yet may be by the time the request is executed. */
static uint32_t weight(const struct vcrypto_store *store, const struct vcrypto_request *request)
{
	const struct vcrypto_session *session = vcrypto_store_find(store, request->context,
								   request->session);

	return session ? vcrypto_session_weight(session) : DEAREST;
}

static uint64_t data_cost(const struct vcrypto_store *store, const struct vcrypto_request *request)
{
	const struct vcrypto_op *op = &request->op;
	bool opens = op->verb == VCRYPTO_VERB_TLS && op->job.decrypt;

	return bytes(op) * weight(store, request) + (opens ? OPEN : 0);
}

uint64_t vcrypto_format_cost(const struct vcrypto_store *store,
			     const struct vcrypto_request *request)
{
	if (request->status != VCRYPTO_OK)
		return REQUEST;
	if (request->data)
		return REQUEST + data_cost(store, request);
	if (request->number == VCRYPTO_OP_SESSION_NEW)
		return REQUEST + KEYS;
	if (request->number == VCRYPTO_OP_CONTEXT_CLOSE)
		return REQUEST + (uint64_t)RELEASE * vcrypto_store_ends_at_once(store,
										request->context);
	return REQUEST;
}
