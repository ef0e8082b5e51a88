// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Section numbers are those of docs/protocol.md. */
#include "engine_auth.h"

uint32_t model_live(const struct engine_model *model)
{
	uint32_t live = 0;
	size_t i;

	for (i = 0; i < MODEL_SESSIONS; i++)
		live += model->sessions[i].live;
	return live;
}

uint32_t model_sessions_of(const struct engine_model *model, uint32_t context)
{
	uint32_t count = 0;
	size_t i;

	for (i = 0; i < MODEL_SESSIONS; i++)
		count += model->sessions[i].live && model->sessions[i].context == context;
	return count;
}

uint32_t model_unused(const struct engine_model *model)
{
	uint32_t i = 0;

	while (i < MODEL_SESSIONS && model->sessions[i].live)
		i++;
	return i < MODEL_SESSIONS ? i : VCRYPTO_NO_HANDLE;
}

void model_counters(const struct engine_model *model, struct vcrypto_counters *counters)
{
	uint32_t open = 0;
	size_t i;

	for (i = 0; i < MODEL_CONTEXTS; i++)
		open += model->open[i];
	memset(counters, 0, sizeof(*counters));
	counters->requests = vcrypto_put64(model->answered);
	counters->failures = vcrypto_put64(model->failures);
	counters->crypt_requests = vcrypto_put64(model->crypt_requests);
	counters->bytes_in = vcrypto_put64(model->bytes_in);
	counters->bytes_out = vcrypto_put64(model->bytes_out);
	counters->sessions_created = vcrypto_put64(model->sessions_created);
	counters->contexts = vcrypto_put32(open);
	counters->sessions = vcrypto_put32(model_live(model));
}

void model_reset(struct engine_model *model)
{
	memset(model->open, 0, sizeof(model->open));
	memset(model->sessions, 0, sizeof(model->sessions));
	model->answered = model->failures = model->crypt_requests = 0;
	model->bytes_in = model->bytes_out = model->sessions_created = 0;
}

static struct model_session *find(struct engine_model *model, uint32_t context, uint32_t handle)
{
	if (handle >= MODEL_SESSIONS || !model->sessions[handle].live ||
	    model->sessions[handle].context != context)
		return NULL;
	return &model->sessions[handle];
}

bool model_action_fails(struct engine_model *model)
{
	return flaky_fails(model->fail_mask, model->actions++);
}

/* 4.1, 4.2 */
static enum vcrypto_status do_context(struct engine_model *model,
				      const struct parsed_request *request)
{
	size_t i;

	if (request->op == VCRYPTO_OP_CONTEXT_OPEN) {
		if (request->context >= MODEL_CONTEXTS)
			return VCRYPTO_NO_SPACE;
		if (model->open[request->context])
			return VCRYPTO_HANDLE_IN_USE;
		model->open[request->context] = true;
		return VCRYPTO_OK;
	}
	if (request->context >= MODEL_CONTEXTS || !model->open[request->context])
		return VCRYPTO_NO_CONTEXT;
	model->open[request->context] = false;
	for (i = 0; i < MODEL_SESSIONS; i++)
		if (model->sessions[i].context == request->context)
			memset(&model->sessions[i], 0, sizeof(model->sessions[i]));
	return VCRYPTO_OK;
}

static bool offered(uint64_t capabilities, uint32_t id)
{
	return id < 64 && capabilities >> id & 1;
}

/* 6.1.1 */
static void take_apart(struct model_session *session)
{
	session->named = session->cipher;
	if (!session->named || (session->named->id != VCRYPTO_CIPHER_TLS11_AES_CBC_HMAC_SHA1 &&
				session->named->id != VCRYPTO_CIPHER_TLS12_AES_CBC_HMAC_SHA256))
		return;
	session->cipher = vcrypto_cipher_find(VCRYPTO_CIPHER_AES_CBC);
	session->mac = vcrypto_mac_find(session->named->id ==
					VCRYPTO_CIPHER_TLS11_AES_CBC_HMAC_SHA1 ?
					VCRYPTO_MAC_HMAC_SHA1 : VCRYPTO_MAC_HMAC_SHA2_256);
}

/* 4.3 */
static enum vcrypto_status do_session_new(struct engine_model *model,
					  const struct parsed_request *request)
{
	uint32_t cipher = parsed_number(request->bytes + 16, 2);
	uint32_t mac = parsed_number(request->bytes + 18, 2);
	uint32_t key_len = parsed_number(request->bytes + 20, 4);
	uint32_t mac_key_len = parsed_number(request->bytes + 24, 4);
	struct model_session new = {
		.live = true,
		.context = request->context,
		.cipher = vcrypto_cipher_find(cipher),
		.mac = vcrypto_mac_find(mac),
	};

	if (request->context >= MODEL_CONTEXTS || !model->open[request->context])
		return VCRYPTO_NO_CONTEXT;
	if (request->session >= MODEL_SESSIONS)
		return VCRYPTO_NO_SPACE;
	if (model->sessions[request->session].live)
		return VCRYPTO_HANDLE_IN_USE;
	if ((!cipher && !mac) || (cipher && !offered(model->ciphers, cipher)) ||
	    (mac && !offered(model->macs, mac)) || (mac && new.cipher && new.cipher->tag_len) ||
	    (new.cipher && new.mac && new.mac->iv_len))
		return VCRYPTO_NOT_SUPPORTED;
	take_apart(&new);
	if ((cipher ? !vcrypto_cipher_key_len_ok(new.named, key_len) : key_len != 0) ||
	    (new.mac ? !vcrypto_mac_key_len_ok(new.mac, mac_key_len) : mac_key_len != 0) ||
	    (new.named && new.named->record_mac && !mac_key_len))
		return VCRYPTO_BAD_KEY;
	if (model_action_fails(model))
		return flaky_refusal(model->actions - 1);
	new.key = toy_hash(TOY_START, request->bytes + 32, key_len);
	new.mac_key = toy_hash(TOY_START, request->bytes + 32 + key_len, mac_key_len);
	model->sessions[request->session] = new;
	model->sessions_created++;
	return VCRYPTO_OK;
}

/* 4.5 */
static void do_info(const struct model_session *session, struct model_reply *reply)
{
	struct vcrypto_session_info info;

	memset(&info, 0, sizeof(info));
	if (session->cipher)
		snprintf(info.cipher_driver, VCRYPTO_NAME_LEN, "%s-" FLAKY_NAME,
			 session->named->mode);
	if (session->mac && (!session->named || !session->named->tag_len))
		snprintf(info.mac_driver, VCRYPTO_NAME_LEN, "%s-" FLAKY_NAME,
			 session->mac->mode);
	info.flags = vcrypto_put32(VCRYPTO_SESSION_INFO_OFFLOADED);
	memcpy(reply->out, &info, sizeof(info));
	reply->dst_len = reply->room = sizeof(info);
}

/* 4.6 */
static enum vcrypto_status do_copy(struct engine_model *model, const struct parsed_request *request)
{
	struct model_session *to = find(model, request->context, request->session);
	struct model_session *from = find(model, request->context,
					  parsed_number(request->bytes + 16, 4));

	if (!to || !from)
		return VCRYPTO_NO_SESSION;
	if (to == from || !to->mac || to->mac != from->mac ||
	    (to->named && to->named->tag_len) || (from->named && from->named->tag_len))
		return VCRYPTO_BAD_PARAMETER;
	if (!model->can_copy)
		return VCRYPTO_NOT_SUPPORTED;
	to->hash_started = false;
	if (!from->hash_started && from->mac->iv_len)
		return VCRYPTO_OK;
	if (!from->hash_started) {
		if (model_action_fails(model))
			return VCRYPTO_ERROR;
		from->hash = TOY_START ^ from->mac_key;
		from->hash_started = true;
	}
	if (model_action_fails(model))
		return VCRYPTO_ERROR;
	to->hash_started = true;
	to->hash = from->hash;
	return VCRYPTO_OK;
}

void model_next_iv(struct model_session *session, struct toy_cipher *toy, const uint8_t *ciphertext,
		   size_t len)
{
	uint8_t text[VCRYPTO_MAX_IV + MODEL_OUT];
	size_t blocks = (len + 15) / 16;
	size_t i;

	switch (session->cipher->chaining) {
	case VCRYPTO_CHAIN_BLOCK:
		memcpy(text, session->iv, session->cipher->iv_len);
		memcpy(text + session->cipher->iv_len, ciphertext, len);
		memcpy(session->iv, text + len, session->cipher->iv_len);
		break;
	case VCRYPTO_CHAIN_COUNTER:
		while (blocks--)
			for (i = 16; i-- && !++session->iv[i]; )
				;
		break;
	case VCRYPTO_CHAIN_FEEDBACK:
		toy_cipher_feedback(toy, session->iv);
		break;
	default:
		break;
	}
}

/* 4.7 with lengths already found to be right; @src is the payload */
static enum vcrypto_status do_crypt(struct engine_model *model, struct model_session *session,
				    const struct parsed_request *request, struct model_reply *reply)
{
	bool decrypt = request->flags & VCRYPTO_FLAG_DECRYPT;
	uint32_t iv_len = parsed_number(request->bytes + 24, 2);
	uint32_t len = parsed_number(request->bytes + 16, 4);
	const uint8_t *src = request->bytes + 32 + iv_len;
	uint8_t digest[VCRYPTO_MAX_DIGEST];
	struct toy_cipher toy;

	bool state = session->cipher && session->cipher->chaining == VCRYPTO_CHAIN_STATE;

	if (session->stream_lost)
		return VCRYPTO_ERROR;
	if (model_action_fails(model)) {
		session->hash_started = false;
		session->stream_lost = state;
		reply->wiped = parsed_number(request->bytes + 20, 4);
		return VCRYPTO_ERROR;
	}
	if (iv_len) {
		memset(session->iv, 0, sizeof(session->iv));
		memcpy(session->iv, request->bytes + 32, iv_len);
	}
	if (!session->hash_started || request->flags & VCRYPTO_FLAG_RESET)
		session->hash = toy_mac_start(session->mac, session->mac_key, session->iv);
	if (session->cipher) {
		toy_cipher_start(&toy, session->cipher, session->key, session->iv);
		toy.offset = state ? session->stream_at : 0;
		toy_cipher_run(&toy, decrypt, reply->out, src, len);
		session->stream_at = toy.offset;
		model_next_iv(session, &toy, decrypt ? src : reply->out, len);
		if (request->flags & VCRYPTO_FLAG_MORE)
			toy_cipher_unit(&toy, session->iv);
	}
	session->hash = toy_hash(session->hash, decrypt && session->cipher ? reply->out : src,
				 len);
	reply->dst_len = reply->room = parsed_number(request->bytes + 20, 4);
	reply->iv_len = (uint16_t)parsed_number(request->bytes + 26, 2);
	reply->mac_len = (uint16_t)parsed_number(request->bytes + 28, 2);
	session->hash_started = session->mac && !reply->mac_len;
	toy_digest(session->hash, digest);
	memcpy(reply->out + reply->dst_len, digest, reply->mac_len);
	memcpy(reply->out + reply->dst_len + reply->mac_len, session->iv, reply->iv_len);
	reply->opaque = model->opaque;
	model->bytes_in += len;
	model->bytes_out += reply->dst_len;
	return VCRYPTO_OK;
}

static enum vcrypto_status execute(struct engine_model *model, const struct parsed_request *request,
				   struct model_reply *reply)
{
	struct model_session *session = find(model, request->context, request->session);
	struct vcrypto_counters counters;

	switch (request->op) {
	case VCRYPTO_OP_CONTEXT_OPEN:
	case VCRYPTO_OP_CONTEXT_CLOSE:
		return do_context(model, request);
	case VCRYPTO_OP_SESSION_NEW:
		return do_session_new(model, request);
	case VCRYPTO_OP_HASH_COPY:
		return do_copy(model, request);
	case VCRYPTO_OP_COUNTERS:
		model_counters(model, &counters);
		memcpy(reply->out, &counters, sizeof(counters));
		reply->dst_len = reply->room = sizeof(counters);
		return VCRYPTO_OK;
	default:
		break;
	}
	if (!session)
		return VCRYPTO_NO_SESSION;
	if (request->op == VCRYPTO_OP_CRYPT) {
		enum vcrypto_status status = parsed_crypt_fits(model, session, request);

		return status == VCRYPTO_OK ? do_crypt(model, session, request, reply) : status;
	}
	if (request->op == VCRYPTO_OP_AUTHCRYPT)
		return model_auth(model, session, request, reply);
	if (request->op == VCRYPTO_OP_SESSION_INFO)
		do_info(session, reply);
	else
		memset(session, 0, sizeof(*session));
	return VCRYPTO_OK;
}

void model_request(struct engine_model *model, const uint8_t *bytes, size_t len, size_t room,
		   struct model_reply *reply)
{
	struct parsed_request request = { .bytes = bytes, .len = len, .room = room - 16 };

	memset(reply, 0, offsetof(struct model_reply, out));
	reply->none = room < 16;
	if (reply->none)
		return;
	reply->status = parsed_from_bytes(&request);
	if (reply->status == VCRYPTO_OK)
		reply->status = execute(model, &request, reply);
	model->answered++;
	model->failures += reply->status != VCRYPTO_OK;
	model->crypt_requests += request.op == VCRYPTO_OP_CRYPT ||
				 request.op == VCRYPTO_OP_AUTHCRYPT;
}
