// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Section numbers are those of docs/protocol.md. */
#include "engine_parse.h"

uint32_t parsed_number(const uint8_t *at, size_t bytes)
{
	return bytes ? at[0] | parsed_number(at + 1, bytes - 1) << 8 : 0;
}

/* 4.7.1 */
bool parsed_crypt_fits(const struct model_session *session, const uint8_t *bytes)
{
	uint32_t src = parsed_number(bytes + 16, 4), dst = parsed_number(bytes + 20, 4);
	uint32_t iv = parsed_number(bytes + 24, 2), iv_out = parsed_number(bytes + 26, 2);
	uint32_t mac = parsed_number(bytes + 28, 2);
	uint32_t right_iv = session->cipher ? session->cipher->iv_len : 0;

	if (session->cipher ? dst != src || src % session->cipher->block : dst != 0)
		return false;
	return (!iv || iv == right_iv) && (!iv_out || iv_out == right_iv) &&
	       (!mac || mac == (session->mac ? session->mac->digest_len : 0));
}

static bool crypt_well_formed(const uint8_t *at, uint64_t len, uint64_t room)
{
	uint64_t src, dst, iv, iv_out, mac;

	if (len < 32)
		return false;
	src = parsed_number(at + 16, 4);
	dst = parsed_number(at + 20, 4);
	iv = parsed_number(at + 24, 2);
	iv_out = parsed_number(at + 26, 2);
	mac = parsed_number(at + 28, 2);
	return !parsed_number(at + 30, 2) && src <= MODEL_PAYLOAD && iv <= 16 && iv_out <= 16 &&
	       mac <= 64 && len == 32 + iv + src && room == dst + mac + iv_out;
}

/* Reserved fields, limits, and both halves exactly as long as announced: 2.1, 2.4, 3.3. */
static bool well_formed(const struct parsed_request *request)
{
	const uint8_t *at = request->bytes;
	uint64_t len = request->len;
	uint64_t room = request->room;

	switch (request->op) {
	case VCRYPTO_OP_CONTEXT_OPEN:
	case VCRYPTO_OP_CONTEXT_CLOSE:
		return !request->session && len == 16 && !room;
	case VCRYPTO_OP_SESSION_NEW:
		return len >= 32 && !parsed_number(at + 28, 4) && !room &&
		       len == 32 + (uint64_t)parsed_number(at + 20, 4) + parsed_number(at + 24, 4);
	case VCRYPTO_OP_SESSION_FREE:
		return len == 16 && !room;
	case VCRYPTO_OP_SESSION_INFO:
		return len == 16 && room == 136;
	case VCRYPTO_OP_HASH_COPY:
		return len == 24 && !parsed_number(at + 20, 4) && !room;
	case VCRYPTO_OP_COUNTERS:
		return !request->context && !request->session && len == 16 && room == 64;
	default:
		return crypt_well_formed(at, len, room);
	}
}

/* In the order of 3.4. */
enum vcrypto_status parsed_from_bytes(struct parsed_request *request)
{
	const uint8_t *at = request->bytes;

	if (request->len < 16)
		return VCRYPTO_BAD_REQUEST;
	if (parsed_number(at, 2) != 1)
		return VCRYPTO_NOT_SUPPORTED;
	request->op = (uint16_t)parsed_number(at + 2, 2);
	request->flags = parsed_number(at + 4, 4);
	request->context = parsed_number(at + 8, 4);
	request->session = parsed_number(at + 12, 4);
	if (request->op < 1 || request->op > 9 || request->op == VCRYPTO_OP_AUTHCRYPT ||
	    request->flags > (request->op == VCRYPTO_OP_CRYPT ? 3 : 0))
		return VCRYPTO_NOT_SUPPORTED;
	return well_formed(request) ? VCRYPTO_OK : VCRYPTO_BAD_REQUEST;
}
