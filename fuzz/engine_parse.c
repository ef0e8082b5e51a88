// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Section numbers are those of docs/protocol.md. */
#include "engine_parse.h"

uint32_t parsed_number(const uint8_t *at, size_t bytes)
{
	return bytes ? at[0] | parsed_number(at + 1, bytes - 1) << 8 : 0;
}

/* 4.7.1 */
static bool iv_fits(const struct model_session *session, uint32_t iv, bool reset)
{
	if (session->cipher)
		return !iv || iv == session->cipher->iv_len;
	return iv == (session->mac && (reset || !session->hash_started) ? session->mac->iv_len : 0);
}

static bool lengths_fit(const struct model_session *session, const uint8_t *bytes)
{
	bool reset = parsed_number(bytes + 4, 4) & VCRYPTO_FLAG_RESET;
	uint32_t src = parsed_number(bytes + 16, 4), dst = parsed_number(bytes + 20, 4);
	uint32_t iv = parsed_number(bytes + 24, 2), iv_out = parsed_number(bytes + 26, 2);
	uint32_t mac = parsed_number(bytes + 28, 2);
	uint32_t right_iv = session->cipher ? session->cipher->iv_len : 0;

	if (session->named && session->named->tag_len)
		return false;
	if (session->cipher ? dst != src || src % session->cipher->block : dst != 0)
		return false;
	return iv_fits(session, iv, reset) && (!iv_out || iv_out == right_iv) &&
	       (!mac || mac == (session->mac ? session->mac->digest_len : 0));
}

/* 4.7.1, 4.7.4 */
enum vcrypto_status parsed_crypt_fits(const struct engine_model *model,
				      const struct model_session *session,
				      const struct parsed_request *request)
{
	bool unit = session->cipher && session->cipher->id == VCRYPTO_CIPHER_AES_XTS;
	bool more = request->flags & 4;

	if (!lengths_fit(session, request->bytes) || (more && !unit))
		return VCRYPTO_BAD_PARAMETER;
	return more && !(model->streams >> VCRYPTO_CIPHER_AES_XTS & 1) ? VCRYPTO_NOT_SUPPORTED :
									VCRYPTO_OK;
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

static void auth_numbers(const struct parsed_request *request, struct parsed_auth *auth)
{
	const uint8_t *at = request->bytes;

	auth->mode = parsed_number(at + 16, 2);
	auth->iv_len = parsed_number(at + 18, 2);
	auth->iv_out_len = parsed_number(at + 20, 2);
	auth->tag_len = parsed_number(at + 22, 2);
	auth->aad_len = parsed_number(at + 24, 4);
	auth->src_len = parsed_number(at + 28, 4);
	auth->dst_len = parsed_number(at + 32, 4);
	auth->trailer_len = parsed_number(at + 36, 4);
	auth->message_len = (uint64_t)parsed_number(at + 44, 4) << 32 | parsed_number(at + 40, 4);
	auth->decrypt = request->flags & 1;
	auth->more = request->flags & 4;
	auth->go_on = request->flags & 8;
	auth->tag_in = auth->tag_out = 0;
	if (auth->mode != 2 && !auth->more)
		*(auth->decrypt ? &auth->tag_in : &auth->tag_out) = auth->tag_len;
}

enum vcrypto_status parsed_auth(const struct parsed_request *request, struct parsed_auth *auth)
{
	const uint8_t *at = request->bytes;

	if (request->len < 48)
		return VCRYPTO_BAD_REQUEST;
	auth_numbers(request, auth);
	if (auth->mode < 1 || auth->mode > 3)
		return VCRYPTO_NOT_SUPPORTED;
	if (auth->src_len > MODEL_PAYLOAD || auth->aad_len > MODEL_AAD ||
	    auth->trailer_len > MODEL_AAD || auth->iv_len > 16 || auth->iv_out_len > 16 ||
	    auth->tag_len > 64 ||
	    request->len != 48ull + auth->iv_len + auth->aad_len + auth->src_len +
			    auth->trailer_len + auth->tag_in ||
	    request->room != (uint64_t)auth->dst_len + auth->tag_out + auth->iv_out_len)
		return VCRYPTO_BAD_REQUEST;
	auth->iv = at + 48;
	auth->aad = auth->iv + auth->iv_len;
	auth->src = auth->aad + auth->aad_len;
	auth->trailer = auth->src + auth->src_len;
	auth->tag = auth->trailer + auth->trailer_len;
	return VCRYPTO_OK;
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
	static const uint8_t flags[10] = { [VCRYPTO_OP_CRYPT] = 7, [VCRYPTO_OP_AUTHCRYPT] = 13 };
	const uint8_t *at = request->bytes;
	struct parsed_auth auth;

	if (request->len < 16)
		return VCRYPTO_BAD_REQUEST;
	if (parsed_number(at, 2) != 1)
		return VCRYPTO_NOT_SUPPORTED;
	request->op = (uint16_t)parsed_number(at + 2, 2);
	request->flags = parsed_number(at + 4, 4);
	request->context = parsed_number(at + 8, 4);
	request->session = parsed_number(at + 12, 4);
	if (request->op < 1 || request->op > 9 || request->flags & ~(uint32_t)flags[request->op])
		return VCRYPTO_NOT_SUPPORTED;
	if (request->op == VCRYPTO_OP_AUTHCRYPT)
		return parsed_auth(request, &auth);
	return well_formed(request) ? VCRYPTO_OK : VCRYPTO_BAD_REQUEST;
}
