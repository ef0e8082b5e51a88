// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Sessions, and what becomes of requests about them. */
#include "virtio_crypto_heads.h"

void model_reset(struct model *model, uint64_t features)
{
	size_t i;

	for (i = 0; i < MODEL_SESSIONS; i++) {
		if (model->sessions[i].live)
			model->old = model->sessions[i].id;
		model->sessions[i].live = false;
	}
	model->live = 0;
	model->features = features;
}

void model_made(struct model *model, struct model_session *session, uint64_t id)
{
	size_t i;

	CHECK(id >> 63 == 0 && id >> 32 != 0 && id != model->old);
	for (i = 0; i < MODEL_SESSIONS; i++)
		CHECK(&model->sessions[i] == session || !model->sessions[i].live ||
		      model->sessions[i].id != id);
	session->id = id;
}

/* The numbers of a head; returns the shape. */
enum shape model_read_head(enum kind kind, uint32_t service, const uint8_t *head,
			   uint32_t numbers[NUMBERS])
{
	enum shape shape = (enum shape)service;
	const uint8_t *place;
	size_t i;

	if (!service && model_get32(head + model_places[kind][CIPHER][TYPE]) == 2)
		shape = CHAIN;
	place = model_places[kind][shape];
	for (i = 0; i < NUMBERS; i++)
		numbers[i] = place[i] ? model_get32(head + place[i]) : 0;
	return shape;
}

uint32_t model_make(const uint32_t numbers[NUMBERS], enum shape shape, const uint8_t *keys,
		    size_t left, struct model_session *session)
{
	const struct vcrypto_cipher *cipher = NULL;
	const struct vcrypto_mac *mac = NULL;
	bool keyed = shape == MAC || (shape == CHAIN && numbers[MODE] == 2);
	uint32_t mac_key = keyed ? numbers[AUTH_KEY] : 0;

	if (shape != HASH && shape != MAC)
		cipher = vcrypto_cipher_find(model_cipher_of(shape, numbers[ALGO]));
	if (shape != CIPHER && shape != AEAD && (keyed || shape == HASH || numbers[MODE] == 1))
		mac = vcrypto_mac_find(model_mac_of(keyed, numbers[shape == CHAIN ? AUTH : ALGO]));
	if ((!cipher && !mac) || (shape == CIPHER && numbers[TYPE] != 1))
		return NOTSUPP;
	if (shape == CHAIN && (!cipher || !mac || cipher->max_unit ||
			       cipher->chaining == VCRYPTO_CHAIN_STATE))
		return NOTSUPP;
	if (cipher && numbers[DIRECTION] - 1 > 1)
		return ERR;
	if (mac && numbers[RESULT] - 1 > mac->digest_len - 1u)
		return ERR;
	if (shape == AEAD && !vcrypto_tag_len_ok(cipher, numbers[RESULT]))
		return ERR;
	if (shape == CHAIN && numbers[ORDER] - 1 > 1)
		return ERR;
	if ((cipher && !vcrypto_cipher_key_len_ok(cipher, numbers[KEY])) ||
	    (mac && !vcrypto_mac_key_len_ok(mac, mac_key)))
		return ERR;
	if ((cipher ? numbers[KEY] : 0) + mac_key > left)
		return ERR;
	*session = (struct model_session){
		.shape = (uint8_t)shape, .decrypt = numbers[DIRECTION] == 2,
		.hash_first = numbers[ORDER] == 1, .result_len = numbers[RESULT],
		.cipher = cipher, .mac = mac,
	};
	session->key = toy_hash(TOY_START, keys, cipher ? numbers[KEY] : 0);
	session->mac_key = toy_hash(TOY_START, keys + (cipher ? numbers[KEY] : 0), mac_key);
	return OK;
}

static void reply_byte(struct guess *guess, size_t out_len, uint32_t status)
{
	guess->written = out_len ? 1 : 0;
	if (out_len)
		guess->reply[0] = (uint8_t)status;
}

/* Without REVISION_1 a full table is an error like others. */
static void reply_create(const struct model *model, struct guess *guess, uint32_t status)
{
	guess->written = 16;
	model_put32(guess->reply, 8, status == NOSPC && !model_revised(model) ? ERR : status);
	model_put32(guess->reply, 12, 0);
}

static void judge_create(struct model *model, const struct bytes *bytes, uint32_t service,
			 size_t out_len, struct guess *guess)
{
	size_t head = model_head_len(model, CREATE, service);
	struct model_session *to = model->sessions;
	uint32_t numbers[NUMBERS], status;
	struct model_session session;
	enum shape shape;

	if (out_len < 16) {
		guess->written = 0;
		return;
	}
	if (bytes->len < head) {
		reply_create(model, guess, ERR);
		return;
	}
	shape = model_read_head(CREATE, service, bytes->at, numbers);
	status = model->live == MODEL_SESSIONS ? NOSPC :
		 model_make(numbers, shape, bytes->at + head, bytes->len - head, &session);
	reply_create(model, guess, status);
	if (status != OK)
		return;
	while (to->live)
		to++;
	*to = session;
	to->live = true;
	model->live++;
	guess->made = to;
}

struct model_session *model_find(struct model *model, uint64_t id)
{
	size_t i;

	for (i = 0; i < MODEL_SESSIONS; i++)
		if (model->sessions[i].live && model->sessions[i].id == id)
			return &model->sessions[i];
	return NULL;
}

static void judge_destroy(struct model *model, const struct bytes *bytes, uint32_t service,
			  size_t out_len, struct guess *guess)
{
	struct model_session *session = NULL;

	if (out_len && bytes->len >= (model_revised(model) ? 24u : 72u))
		session = model_find(model, model_get64(bytes->at + 16));
	if (session && model_service_of((enum shape)session->shape) != service)
		session = NULL;
	reply_byte(guess, out_len, session ? OK : ERR);
	if (!session)
		return;
	session->live = false;
	model->old = session->id;
	model->live--;
}

void model_begin(const struct bytes *bytes, size_t out_len, struct guess *guess)
{
	guess->made = NULL;
	guess->src_at = guess->dst_len = 0;
	guess->control_len = bytes->len;
	memset(guess->reply, MODEL_FILL, out_len);
}

void model_control(struct model *model, const struct bytes *bytes, size_t out_len,
		   struct guess *guess)
{
	uint32_t opcode = bytes->len < 16 ? 0 : model_get32(bytes->at);
	uint32_t op = opcode & 0xff;

	model_begin(bytes, out_len, guess);
	if (opcode >> 8 <= AEAD && op == 2 && bytes->len >= 16)
		judge_create(model, bytes, opcode >> 8, out_len, guess);
	else if (opcode >> 8 <= AEAD && op == 3 && bytes->len >= 16)
		judge_destroy(model, bytes, opcode >> 8, out_len, guess);
	else if (out_len < 16)
		reply_byte(guess, out_len, ERR);
	else
		reply_create(model, guess, bytes->len < 16 ? ERR : NOTSUPP);
}
