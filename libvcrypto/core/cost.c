// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What a request will cost, before it is executed. */
#include "internal.h"

/* All in the unit of vcrypto_weight(), about nanoseconds. */
#define REQUEST 1000		/* any: taken from the ring, answered */
#define KEYS 64000		/* the dearest to schedule are Blowfish's, 50000 to 90000 */
#define RELEASE 500		/* a session ends */
#define DEAREST 64		/* a byte in a session that is not known; 3DES with SHA-3 is 36 */

static uint64_t bytes(const struct vcrypto_request *request)
{
	uint64_t sum = request->u.crypt.src_len;

	if (request->op == VCRYPTO_OP_AUTHCRYPT)
		sum += (uint64_t)request->u.crypt.aad_len + request->u.crypt.trailer_len;
	return sum;
}

/* A session that is not there yet may be by the time the request is executed. */
static uint32_t weight(const struct vcrypto_engine *engine, const struct vcrypto_request *request)
{
	const struct session *session = vcrypto_session_find(engine, request->context,
							     request->session);

	return session ? vcrypto_weight(session->cipher, session->mac) : DEAREST;
}

uint64_t vcrypto_cost(const struct vcrypto_engine *engine, const struct vcrypto_request *request)
{
	if (request->status != VCRYPTO_OK)
		return REQUEST;
	switch (request->op) {
	case VCRYPTO_OP_CRYPT:
	case VCRYPTO_OP_AUTHCRYPT:
		return REQUEST + bytes(request) * weight(engine, request);
	case VCRYPTO_OP_SESSION_NEW:
		return REQUEST + KEYS;
	case VCRYPTO_OP_CONTEXT_CLOSE:
		return REQUEST + (uint64_t)RELEASE * vcrypto_context_sessions(engine,
									      request->context);
	default:
		return REQUEST;
	}
}
