// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Section numbers are those of docs/protocol.md. */
#include "engine_auth.h"

static bool is_record(const struct model_session *session)
{
	return session->named && session->named != session->cipher;
}

/* 4.8.1 */
static bool tag_len_right(uint32_t cipher, uint32_t len)
{
	switch (cipher) {
	case VCRYPTO_CIPHER_AES_GCM:
		return (len % 4 == 0 || len > 12) && len >= 4 && len <= 16;
	case VCRYPTO_CIPHER_AES_CCM:
		return len % 2 == 0 && len >= 4 && len <= 16;
	default:
		return len == 16;
	}
}

/* 4.8.1, 4.8.2: the first and the last part have the tag's length, the first the message's */
static bool ccm_right(const struct model_session *session, const struct parsed_auth *auth)
{
	bool first = auth->more && !auth->go_on;
	uint64_t len = first ? auth->message_len : auth->src_len;
	uint32_t l = auth->iv_len ? auth->iv[0] + 1u : 0;

	if (auth->more && auth->go_on ? auth->tag_len != 0 :
					!tag_len_right(VCRYPTO_CIPHER_AES_CCM, auth->tag_len))
		return false;
	if (!first && auth->message_len)
		return false;
	if (auth->go_on)
		return auth->more ? len <= session->message_left :
				    len == session->message_left &&
				    auth->tag_len == session->message_tag_len;
	return l >= 2 && l <= 8 && (l == 8 || len < 1ull << 8 * l) && auth->src_len <= len;
}

/* 4.8.1, 4.8.2 */
static enum vcrypto_status refuse_aead(const struct engine_model *model,
				       const struct model_session *session,
				       const struct parsed_auth *auth)
{
	uint32_t cipher = session->named ? session->named->id : 0;
	bool ccm = cipher == VCRYPTO_CIPHER_AES_CCM;

	if (is_record(session) || !session->named || !session->named->tag_len ||
	    auth->dst_len != auth->src_len || auth->trailer_len)
		return VCRYPTO_BAD_PARAMETER;
	if (ccm ? !ccm_right(session, auth) :
		  auth->message_len || (auth->more ? auth->tag_len != 0 :
						     !tag_len_right(cipher, auth->tag_len)))
		return VCRYPTO_BAD_PARAMETER;
	if (auth->go_on)
		return auth->iv_len || auth->iv_out_len || auth->aad_len ||
		       !session->message_open || session->message_decrypt != auth->decrypt ?
			VCRYPTO_BAD_PARAMETER : VCRYPTO_OK;
	if (auth->iv_len != session->named->iv_len ||
	    (auth->iv_out_len && auth->iv_out_len != auth->iv_len))
		return VCRYPTO_BAD_PARAMETER;
	return auth->more && !(model->streams >> cipher & 1) ? VCRYPTO_NOT_SUPPORTED : VCRYPTO_OK;
}

/* 4.8.3, 4.8.4 */
static bool two_fit(const struct model_session *session, const struct parsed_auth *auth)
{
	const struct vcrypto_cipher *cipher = session->cipher;

	if (!cipher || !session->mac || session->mac->kind != VCRYPTO_KIND_HMAC ||
	    cipher->id == VCRYPTO_CIPHER_AES_XTS || cipher->id == VCRYPTO_CIPHER_ARC4 ||
	    auth->more || auth->go_on || auth->message_len)
		return false;
	if (auth->mode == VCRYPTO_AUTH_SRTP && (cipher->block != 1 || is_record(session)))
		return false;
	return (!auth->iv_len || auth->iv_len == cipher->iv_len) &&
	       (!auth->iv_out_len || auth->iv_out_len == cipher->iv_len) &&
	       auth->tag_len >= 1 && auth->tag_len <= session->mac->digest_len;
}

/* 4.8.3: a byte of padding at a time, until it fits. */
static uint32_t record_len(const struct model_session *session, const struct parsed_auth *auth)
{
	uint32_t len = auth->src_len + auth->tag_len;

	if (session->cipher->block > 1)
		do
			len++;
		while (len % session->cipher->block);
	return len;
}

static enum vcrypto_status refuse(const struct engine_model *model,
				  const struct model_session *session,
				  const struct parsed_auth *auth)
{
	uint32_t right = auth->src_len;

	if (auth->mode == VCRYPTO_AUTH_AEAD)
		return refuse_aead(model, session, auth);
	if (!two_fit(session, auth))
		return VCRYPTO_BAD_PARAMETER;
	if (auth->mode == VCRYPTO_AUTH_TLS) {
		if (auth->trailer_len || (auth->decrypt && right % session->cipher->block))
			return VCRYPTO_BAD_PARAMETER;
		if (!auth->decrypt)
			right = record_len(session, auth);
	}
	return auth->dst_len == right ? VCRYPTO_OK : VCRYPTO_BAD_PARAMETER;
}

static enum vcrypto_status aead(struct model_session *session, const struct parsed_auth *auth,
				uint8_t *out)
{
	uint8_t iv[VCRYPTO_MAX_IV] = { 0 };
	uint8_t tag[VCRYPTO_MAX_DIGEST];

	if (!auth->go_on) {
		memcpy(iv, auth->iv, auth->iv_len);
		toy_cipher_start(&session->message, session->cipher, session->key, iv);
		session->tag = toy_hash(toy_tag_start(session->key, iv), auth->aad, auth->aad_len);
		session->message_left = auth->message_len;
		session->message_tag_len = auth->tag_len;
	}
	session->message_left -= auth->src_len;
	toy_cipher_run(&session->message, auth->decrypt, out, auth->src, auth->src_len);
	session->tag = toy_hash(session->tag, auth->decrypt ? auth->src : out, auth->src_len);
	session->message_open = auth->more;
	session->message_decrypt = auth->decrypt;
	toy_digest(session->tag, tag);
	memcpy(out + auth->dst_len, tag, auth->tag_out);
	memcpy(out + auth->dst_len + auth->tag_out, iv, auth->iv_out_len);
	return memcmp(tag, auth->tag, auth->tag_in) ? VCRYPTO_AUTH_FAILED : VCRYPTO_OK;
}

/* The MAC over three pieces. */
static void mac_of(const struct model_session *session, const struct parsed_auth *auth,
		   const uint8_t *text, uint32_t len, uint8_t mac[VCRYPTO_MAX_DIGEST])
{
	uint64_t state = toy_hash(TOY_START ^ session->mac_key, auth->aad, auth->aad_len);

	state = toy_hash(state, text, len);
	toy_digest(toy_hash(state, auth->trailer, auth->trailer_len), mac);
}

/* The whole text through the session's cipher, from its IV. */
static void crypt_text(struct model_session *session, bool decrypt, uint8_t *out,
		       const uint8_t *in, uint32_t len)
{
	struct toy_cipher toy;

	toy_cipher_start(&toy, session->cipher, session->key, session->iv);
	toy_cipher_run(&toy, decrypt, out, in, len);
	model_next_iv(session, &toy, decrypt ? in : out, len);
}

static void seal_record(struct model_session *session, const struct parsed_auth *auth, uint8_t *out)
{
	uint8_t text[MODEL_OUT];
	uint8_t mac[VCRYPTO_MAX_DIGEST];
	uint32_t at = auth->src_len + auth->tag_len;

	mac_of(session, auth, auth->src, auth->src_len, mac);
	memcpy(text, auth->src, auth->src_len);
	memcpy(text + auth->src_len, mac, auth->tag_len);
	memset(text + at, (int)(auth->dst_len - at - 1), auth->dst_len - at);
	crypt_text(session, false, out, text, auth->dst_len);
}

/* The number of bytes of padding; 0 if it is wrong. */
static uint32_t padding_of(const uint8_t *text, uint32_t len, uint32_t tag_len)
{
	uint32_t padding = text[len - 1] + 1u;
	uint32_t i;

	if (padding + tag_len > len)
		return 0;
	for (i = 1; i <= padding; i++)
		if (text[len - i] != padding - 1)
			return 0;
	return padding;
}

static enum vcrypto_status open_record(struct model_session *session,
				       const struct parsed_auth *auth, uint8_t *out,
				       uint32_t *content_len)
{
	uint32_t padding = 0;
	uint8_t mac[VCRYPTO_MAX_DIGEST];

	crypt_text(session, true, out, auth->src, auth->src_len);
	if (session->cipher->block > 1) {
		padding = padding_of(out, auth->src_len, auth->tag_len);
		if (!padding)
			return VCRYPTO_AUTH_FAILED;
	}
	*content_len = auth->src_len - auth->tag_len - padding;
	mac_of(session, auth, out, *content_len, mac);
	if (memcmp(mac, out + *content_len, auth->tag_len))
		return VCRYPTO_AUTH_FAILED;
	memset(out + *content_len, 0, auth->dst_len - *content_len);
	return VCRYPTO_OK;
}

static bool srtp_authentic(const struct model_session *session, const struct parsed_auth *auth)
{
	uint8_t mac[VCRYPTO_MAX_DIGEST];

	mac_of(session, auth, auth->src, auth->src_len, mac);
	return !memcmp(mac, auth->tag, auth->tag_in);
}

static void srtp(struct model_session *session, const struct parsed_auth *auth, uint8_t *out)
{
	uint8_t mac[VCRYPTO_MAX_DIGEST];

	crypt_text(session, auth->decrypt, out, auth->src, auth->src_len);
	mac_of(session, auth, out, auth->src_len, mac);
	memcpy(out + auth->dst_len, mac, auth->tag_out);
}

/* All of @count, and the first to fail is the last. */
static bool actions_fail(struct engine_model *model, unsigned int count)
{
	while (count--)
		if (model_action_fails(model))
			return true;
	return false;
}

/* TLS and SRTP.  How many calls of the provider they take is the one thing known of the engine. */
static enum vcrypto_status two(struct engine_model *model, struct model_session *session,
			       const struct parsed_auth *auth, struct model_reply *reply)
{
	bool tls = auth->mode == VCRYPTO_AUTH_TLS;

	session->hash_started = false;
	if (tls && auth->decrypt && auth->src_len < auth->tag_len + (session->cipher->block > 1))
		return VCRYPTO_AUTH_FAILED;
	if (!tls && auth->decrypt) {
		if (actions_fail(model, 3))
			return VCRYPTO_ERROR;
		if (!srtp_authentic(session, auth))
			return VCRYPTO_AUTH_FAILED;
	}
	if (actions_fail(model, !tls && auth->decrypt ? 1 : 4))
		return VCRYPTO_ERROR;
	if (auth->iv_len) {
		memset(session->iv, 0, sizeof(session->iv));
		memcpy(session->iv, auth->iv, auth->iv_len);
	}
	if (!tls)
		srtp(session, auth, reply->out);
	else if (auth->decrypt)
		return open_record(session, auth, reply->out, &reply->dst_len);
	else
		seal_record(session, auth, reply->out);
	return VCRYPTO_OK;
}

static enum vcrypto_status run(struct engine_model *model, struct model_session *session,
			       const struct parsed_auth *auth, struct model_reply *reply)
{
	struct model_session changed = *session;
	enum vcrypto_status status = VCRYPTO_ERROR;

	if (auth->mode != VCRYPTO_AUTH_AEAD)
		status = two(model, &changed, auth, reply);
	else if (!model_action_fails(model))
		status = aead(&changed, auth, reply->out);
	if (status == VCRYPTO_OK) {
		*session = changed;
		return status;
	}
	session->hash_started = false;
	session->message_open = false;
	return status;
}

enum vcrypto_status model_auth(struct engine_model *model, struct model_session *session,
			       const struct parsed_request *request, struct model_reply *reply)
{
	enum vcrypto_status status;
	struct parsed_auth auth;

	CHECK(parsed_auth(request, &auth) == VCRYPTO_OK);
	status = refuse(model, session, &auth);
	if (status != VCRYPTO_OK)
		return status;
	reply->dst_len = auth.dst_len;
	status = run(model, session, &auth, reply);
	if (status != VCRYPTO_OK) {
		reply->dst_len = 0;
		reply->wiped = auth.dst_len;
		return status;
	}
	reply->room = auth.dst_len;
	reply->mac_len = (uint16_t)auth.tag_out;
	reply->iv_len = (uint16_t)auth.iv_out_len;
	if (auth.mode != VCRYPTO_AUTH_AEAD)
		memcpy(reply->out + reply->room + reply->mac_len, session->iv, reply->iv_len);
	reply->opaque = model->opaque;
	model->bytes_in += auth.src_len;
	model->bytes_out += reply->dst_len;
	return VCRYPTO_OK;
}
