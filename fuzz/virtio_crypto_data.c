// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What becomes of data requests. */
#include "virtio_crypto_heads.h"

static void crypt_text(struct model_session *session, const uint8_t *iv, const uint8_t *from,
		       size_t len, uint8_t *to)
{
	struct toy_cipher toy;

	toy_cipher_start(&toy, session->cipher, session->key, iv);
	if (session->cipher->chaining == VCRYPTO_CHAIN_STATE)
		toy.offset = session->stream_at;
	toy_cipher_run(&toy, session->decrypt, to, from, len);
	session->stream_at = toy.offset;
}

/* A request that has been taken apart. */
struct parts {
	uint32_t numbers[NUMBERS];
	uint64_t src, tag, dst, result, room;	/* bytes */
	const uint8_t *keys, *iv, *text, *tag_at, *aad;
	enum shape shape;
	bool stateless;
	bool decrypt;
};

static bool find_lengths(struct parts *parts)
{
	const uint32_t *numbers = parts->numbers;

	parts->src = numbers[SRC];
	parts->dst = numbers[DST];
	parts->result = numbers[RESULT];
	parts->tag = 0;
	parts->room = 0;
	if (parts->shape != AEAD)
		return parts->shape == HASH || parts->shape == MAC || parts->dst == parts->src;
	if (numbers[RESULT] > 64)
		return false;
	parts->room = parts->dst;
	if (parts->decrypt) {
		parts->tag = numbers[RESULT];
		parts->result = 0;
		parts->src -= parts->tag;
		parts->dst = parts->src;
		return numbers[SRC] >= parts->tag && parts->room >= parts->src;
	}
	parts->dst = parts->src;
	return parts->room == parts->src || parts->room >= parts->src + numbers[RESULT];
}

/* Where everything is, if it is all there. */
static bool find_pieces(struct parts *parts, const uint8_t *at, uint64_t in, uint64_t out)
{
	const uint32_t *numbers = parts->numbers;
	uint64_t keys = parts->stateless ? (uint64_t)numbers[KEY] + numbers[AUTH_KEY] : 0;
	uint64_t readable = keys + numbers[IV] + parts->src + parts->tag + numbers[AAD];
	uint64_t writable = parts->dst + parts->result;
	bool aad_first = parts->stateless && parts->shape == CHAIN;

	if (readable > in || writable > out || parts->room > out || readable + writable > MODEL_MAX_SIZE ||
	    numbers[IV] > 16 || parts->result > 64)
		return false;
	parts->keys = at;
	parts->iv = at + keys;
	parts->text = parts->iv + numbers[IV] + (aad_first ? numbers[AAD] : 0);
	parts->tag_at = parts->text + parts->src;
	parts->aad = aad_first ? parts->iv + numbers[IV] : parts->tag_at + parts->tag;
	return true;
}

static bool in_range(uint64_t at, uint64_t len, uint64_t all)
{
	return at + len <= all;
}

/* Whether the session does such a thing. */
static bool fits(const struct model_session *session, const struct parts *parts)
{
	const struct vcrypto_cipher *cipher = session->cipher;
	const uint32_t *numbers = parts->numbers;

	if (parts->decrypt != (cipher && session->decrypt))
		return false;
	if (session->mac && (!parts->result || parts->result > session->result_len))
		return false;
	if (!cipher)
		return true;
	if (cipher->len_first ? numbers[IV] < 7 || numbers[IV] > 13 :
				numbers[IV] != cipher->iv_len)
		return false;
	if (parts->shape == AEAD)
		return numbers[RESULT] == session->result_len;
	if (parts->shape == CIPHER)
		return parts->src % cipher->block == 0;
	return numbers[CIPHER_LEN] % cipher->block == 0 &&
	       in_range(numbers[CIPHER_AT], numbers[CIPHER_LEN], parts->src) &&
	       in_range(numbers[HASH_AT], numbers[HASH_LEN], parts->src);
}

static void digest_of(const struct model_session *session, const struct parts *parts,
		      const uint8_t *text, uint64_t len, uint8_t *to)
{
	uint64_t state = toy_mac_start(session->mac, session->mac_key, NULL);
	uint8_t digest[VCRYPTO_MAX_DIGEST];

	if (parts->shape == CHAIN)
		state = toy_hash(state, parts->aad, parts->numbers[AAD]);
	toy_digest(toy_hash(state, text, len), digest);
	memcpy(to, digest, parts->result);
}

static void run_chain(struct model_session *session, const struct parts *parts,
		      const uint8_t *iv, uint8_t *reply)
{
	const uint32_t *numbers = parts->numbers;
	size_t at = numbers[CIPHER_AT];

	memcpy(reply, parts->text, parts->src);
	crypt_text(session, iv, parts->text + at, numbers[CIPHER_LEN], reply + at);
	digest_of(session, parts, (session->hash_first ? parts->text : reply) + numbers[HASH_AT],
		  numbers[HASH_LEN], reply + parts->dst);
}

static uint32_t run(struct model_session *session, const struct parts *parts, uint8_t *reply)
{
	uint8_t iv[VCRYPTO_MAX_IV], tag[VCRYPTO_MAX_DIGEST];

	if (session->cipher)
		model_wire_iv(session->cipher, parts->iv, parts->numbers[IV], iv);
	if (parts->shape == CHAIN) {
		run_chain(session, parts, iv, reply);
		return OK;
	}
	if (!session->cipher) {
		digest_of(session, parts, parts->text, parts->src, reply);
		return OK;
	}
	crypt_text(session, iv, parts->text, parts->src, reply);
	if (parts->shape == CIPHER)
		return OK;
	model_tag_of(session, iv, parts->aad, parts->numbers[AAD],
	       parts->decrypt ? parts->text : reply, parts->src, tag);
	if (!parts->decrypt) {
		memcpy(reply + parts->dst, tag, parts->result);
		return OK;
	}
	if (!memcmp(tag, parts->tag_at, parts->tag))
		return OK;
	memset(reply, 0, parts->dst);
	return BADMSG;
}

/* The head and all that follows it. */
static uint32_t take_apart(const struct model *model, const struct bytes *bytes, size_t out,
			   struct parts *parts)
{
	uint32_t opcode, service, flag;
	enum kind kind;
	size_t head;

	if (bytes->len < 24)
		return ERR;
	opcode = model_get32(bytes->at);
	service = opcode >> 8;
	flag = model_get32(bytes->at + 16);
	parts->decrypt = opcode & 1;
	if (service > AEAD || (opcode & 0xff) > 1 ||
	    (parts->decrypt && (service == HASH || service == MAC)))
		return NOTSUPP;
	parts->stateless = model_stateless_bit(model, service) && !flag;
	if (model_revised(model) && flag != 1 && !parts->stateless)
		return NOTSUPP;
	kind = model_stateless_bit(model, service) ? STATELESS : SESSION;
	head = model_head_len(model, kind, service);
	if (bytes->len < head)
		return ERR;
	parts->shape = model_read_head(kind, service, bytes->at, parts->numbers);
	if (parts->shape == CIPHER && parts->numbers[TYPE] != 1)
		return NOTSUPP;
	return find_lengths(parts) &&
	       find_pieces(parts, bytes->at + head, bytes->len - head, out) ? OK : ERR;
}

/* The session that does it, which @once may become; else what is wrong. */
static uint32_t find_session(struct model *model, const struct bytes *bytes,
			     const struct parts *parts, bool refused,
			     struct model_session *once, struct model_session **session)
{
	uint32_t status = OK;

	if (parts->stateless) {
		*session = once;
		if (!refused)
			status = model_make(parts->numbers, parts->shape, parts->keys,
				      (size_t)(parts->iv - parts->keys), once);
	} else {
		*session = model_find(model, model_get64(bytes->at + 8));
		if (!*session || (*session)->shape != (uint8_t)parts->shape)
			status = INVSESS;
	}
	if (status != OK)
		return status;
	return refused || !fits(*session, parts) ? ERR : OK;
}

static uint32_t judge_data(struct model *model, const struct bytes *bytes, size_t out_len,
			   bool in_place, struct guess *guess, struct parts *parts)
{
	uint32_t status = take_apart(model, bytes, out_len - 1, parts);
	struct model_session *session, once;
	bool refused;

	if (status != OK)
		return status;
	/* What has been done in place already cannot be told from what has not. */
	refused = model->again && in_place && parts->dst;
	status = find_session(model, bytes, parts, refused, &once, &session);
	if (status != OK && !refused)
		return status;
	guess->src_at = (size_t)(parts->text - bytes->at);
	guess->dst_len = parts->dst;
	guess->control_len = (size_t)(parts->iv - bytes->at) + parts->numbers[IV];
	if (!refused)
		return run(session, parts, guess->reply);
	memcpy(guess->reply, parts->text, parts->dst);
	return status;
}

void model_data(struct model *model, const struct bytes *bytes, size_t out_len, bool in_place,
		struct guess *guess)
{
	struct parts parts;
	uint64_t result;
	uint32_t status;

	model_begin(bytes, out_len, guess);
	guess->written = out_len ? 1 : 0;
	if (!out_len)
		return;
	status = judge_data(model, bytes, out_len, in_place, guess, &parts);
	guess->reply[out_len - 1] = (uint8_t)status;
	if (status != OK)
		return;
	model->successes++;
	result = parts.dst + parts.result;
	if (result)
		guess->written = (uint32_t)(result + (result == out_len - 1));
}
