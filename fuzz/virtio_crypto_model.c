// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "virtio_crypto_model.h"

enum shape { CIPHER, HASH, MAC, AEAD, CHAIN, SHAPES };
enum kind { CREATE, SESSION, STATELESS, KINDS };
enum { OK, ERR, BADMSG, NOTSUPP, INVSESS, NOSPC };

/* The numbers of heads, and where they stand; 0: nowhere. */
enum number {
	ALGO, KEY, DIRECTION, TYPE, ORDER, MODE, AUTH, AUTH_KEY, RESULT, IV, AAD, SRC, DST,
	CIPHER_AT, CIPHER_LEN, HASH_AT, HASH_LEN, NUMBERS
};

static const uint8_t places[KINDS][SHAPES][NUMBERS] = {
	[CREATE] = {
		[CIPHER] = { [ALGO] = 16, [KEY] = 20, [DIRECTION] = 24, [TYPE] = 64 },
		[HASH] = { [ALGO] = 16, [RESULT] = 20 },
		[MAC] = { [ALGO] = 16, [RESULT] = 20, [AUTH_KEY] = 24 },
		[AEAD] = { [ALGO] = 16, [KEY] = 20, [RESULT] = 24, [DIRECTION] = 32 },
		[CHAIN] = { [ORDER] = 16, [MODE] = 20, [ALGO] = 24, [KEY] = 28, [DIRECTION] = 32,
			    [AUTH] = 40, [RESULT] = 44, [AUTH_KEY] = 48, [TYPE] = 64 },
	},
	[SESSION] = {
		[CIPHER] = { [IV] = 24, [SRC] = 28, [DST] = 32, [TYPE] = 64 },
		[HASH] = { [SRC] = 24, [RESULT] = 28 },
		[MAC] = { [SRC] = 24, [RESULT] = 28 },
		[AEAD] = { [IV] = 24, [AAD] = 28, [SRC] = 32, [DST] = 36, [RESULT] = 40 },
		[CHAIN] = { [IV] = 24, [SRC] = 28, [DST] = 32, [CIPHER_AT] = 36,
			    [CIPHER_LEN] = 40, [HASH_AT] = 44, [HASH_LEN] = 48, [AAD] = 52,
			    [RESULT] = 56, [TYPE] = 64 },
	},
	[STATELESS] = {
		[CIPHER] = { [ALGO] = 24, [KEY] = 28, [DIRECTION] = 32, [IV] = 36, [SRC] = 40,
			     [DST] = 44, [TYPE] = 96 },
		[HASH] = { [ALGO] = 24, [SRC] = 28, [RESULT] = 32 },
		[MAC] = { [ALGO] = 24, [AUTH_KEY] = 28, [SRC] = 32, [RESULT] = 36 },
		[AEAD] = { [ALGO] = 24, [KEY] = 28, [DIRECTION] = 32, [IV] = 36, [RESULT] = 40,
			   [AAD] = 44, [SRC] = 48, [DST] = 52 },
		[CHAIN] = { [ORDER] = 24, [ALGO] = 32, [KEY] = 36, [DIRECTION] = 40, [AUTH] = 44,
			    [AUTH_KEY] = 48, [MODE] = 52, [IV] = 56, [SRC] = 60, [DST] = 64,
			    [CIPHER_AT] = 68, [CIPHER_LEN] = 72, [HASH_AT] = 76, [HASH_LEN] = 80,
			    [AAD] = 84, [RESULT] = 88, [TYPE] = 96 },
	},
};

static const uint8_t head_lens[KINDS][SHAPES] = {
	[CREATE] = { 72, 24, 32, 40, 72 },
	[SESSION] = { 72, 32, 32, 48, 72 },
	[STATELESS] = { 100, 40, 40, 56, 100 },
};

/* --- the standard's numbers --- */

static uint32_t cipher_of(enum shape shape, uint32_t number)
{
	static const uint8_t ciphers[] = {
		0, VCRYPTO_CIPHER_ARC4, VCRYPTO_CIPHER_AES_ECB, VCRYPTO_CIPHER_AES_CBC,
		VCRYPTO_CIPHER_AES_CTR, 0, VCRYPTO_CIPHER_DES_CBC, 0, VCRYPTO_CIPHER_3DES_CBC,
		0, 0, 0, 0, VCRYPTO_CIPHER_AES_XTS,
	};
	static const uint8_t aeads[] = { 0, VCRYPTO_CIPHER_AES_GCM, VCRYPTO_CIPHER_AES_CCM,
					 VCRYPTO_CIPHER_CHACHA20_POLY1305 };

	if (shape == AEAD)
		return number < sizeof(aeads) ? aeads[number] : 0;
	return number < sizeof(ciphers) ? ciphers[number] : 0;
}

static uint32_t mac_of(bool keyed, uint32_t number)
{
	static const uint8_t hashes[] = {
		0, VCRYPTO_MAC_MD5, VCRYPTO_MAC_SHA1, VCRYPTO_MAC_SHA2_224, VCRYPTO_MAC_SHA2_256,
		VCRYPTO_MAC_SHA2_384, VCRYPTO_MAC_SHA2_512, VCRYPTO_MAC_SHA3_224,
		VCRYPTO_MAC_SHA3_256, VCRYPTO_MAC_SHA3_384, VCRYPTO_MAC_SHA3_512,
	};

	if (!keyed)
		return number < sizeof(hashes) ? hashes[number] : 0;
	if (number == 26)
		return VCRYPTO_MAC_CMAC_AES;
	return number && number <= 6 ? hashes[number] + VCRYPTO_HMAC : 0;
}

/* --- bytes --- */

void model_put32(uint8_t *bytes, size_t at, uint32_t value)
{
	size_t i;

	for (i = 0; i < 4; i++)
		bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static uint32_t get32(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

uint64_t model_get64(const uint8_t *bytes)
{
	return get32(bytes) | (uint64_t)get32(bytes + 4) << 32;
}

static uint32_t service_of(enum shape shape)
{
	return shape == CHAIN ? 0 : (uint32_t)shape;
}

static bool revised(const struct model *model)
{
	return model->features & 1;
}

static bool stateless_bit(const struct model *model, uint32_t service)
{
	return revised(model) && (model->features >> (1 + service) & 1);
}

static size_t head_len(const struct model *model, enum kind kind, uint32_t service)
{
	return revised(model) ? head_lens[kind][service] : 72;
}

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

/* --- the provider's part --- */

/* The nonce of CCM has a byte of flags before it (SP 800-38C, A.3). */
static void wire_iv(const struct vcrypto_cipher *cipher, const uint8_t *from, size_t len,
		    uint8_t iv[VCRYPTO_MAX_IV])
{
	memset(iv, 0, VCRYPTO_MAX_IV);
	if (cipher->len_first)
		iv[0] = (uint8_t)(14 - len);
	memcpy(iv + cipher->len_first, from, len);
}

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

static void tag_of(const struct model_session *session, const uint8_t *iv, const uint8_t *aad,
		   size_t aad_len, const uint8_t *ciphertext, size_t len, uint8_t *tag)
{
	uint64_t state = toy_hash(toy_tag_start(session->key, iv), aad, aad_len);

	toy_digest(toy_hash(state, ciphertext, len), tag);
}

/* --- requests that are made up --- */

/* What a driver wants. */
struct plan {
	struct model_session session;
	enum shape shape;
	uint32_t numbers[NUMBERS];
	uint8_t keys[VCRYPTO_MAX_CIPHER_KEY + 80];
};

static void plan_session(struct plan *plan, struct input *in)
{
	static const uint8_t ciphers[] = { 3, 4, 2, 13, 1, 8, 6 };
	static const uint8_t macs[] = { 2, 4, 26, 6, 1 };
	static const uint8_t shapes[] = { CIPHER, AEAD, CHAIN, MAC, HASH };
	struct model_session *session = &plan->session;
	uint32_t *numbers = plan->numbers;

	memset(plan, 0, sizeof(*plan));
	plan->shape = shapes[input_below(in, SHAPES)];
	session->decrypt = input_u8(in) & 1;
	numbers[DIRECTION] = 1 + session->decrypt;
	numbers[TYPE] = plan->shape == CHAIN ? 2 : 1;
	numbers[ORDER] = 1 + input_below(in, 2);
	numbers[MODE] = 1 + input_below(in, 2);
	if (plan->shape == AEAD)
		numbers[ALGO] = 1 + input_below(in, 3);
	else if (plan->shape == HASH)
		numbers[ALGO] = 1 + input_below(in, 10);
	else if (plan->shape == MAC)
		numbers[ALGO] = macs[input_below(in, sizeof(macs))];
	else
		numbers[ALGO] = ciphers[input_below(in, plan->shape == CHAIN ? 3 : 7)];
	if (plan->shape == CHAIN)
		numbers[AUTH] = macs[input_below(in, sizeof(macs))];
	if (numbers[MODE] == 1 && numbers[AUTH] == 26)
		numbers[AUTH] = 9;
	if (plan->shape != HASH && plan->shape != MAC)
		session->cipher = vcrypto_cipher_find(cipher_of(plan->shape, numbers[ALGO]));
	if (plan->shape == CHAIN)
		session->mac = vcrypto_mac_find(mac_of(numbers[MODE] == 2, numbers[AUTH]));
	else if (plan->shape != CIPHER && plan->shape != AEAD)
		session->mac = vcrypto_mac_find(mac_of(plan->shape == MAC, numbers[ALGO]));
}

/* Keys, and the length of digest or tag. */
static void plan_keys(struct plan *plan, struct input *in)
{
	const struct vcrypto_cipher *cipher = plan->session.cipher;
	const struct vcrypto_mac *mac = plan->session.mac;
	uint32_t *numbers = plan->numbers;

	if (cipher)
		numbers[KEY] = cipher->key_min;
	if (cipher && cipher->key_step && input_u8(in) & 1)
		numbers[KEY] = cipher->key_max;
	if (mac && mac->keyed)
		numbers[AUTH_KEY] = mac->kind == VCRYPTO_KIND_CMAC ? 16 : input_below(in, 70);
	input_fill(in, plan->keys, numbers[KEY] + numbers[AUTH_KEY]);
	if (mac)
		numbers[RESULT] = mac->digest_len - (input_rare(in, 4) ? input_below(in, 9) : 0);
	if (plan->shape == AEAD)
		numbers[RESULT] = cipher->tag_len;
	if (plan->shape == AEAD && numbers[ALGO] != 3 && input_u8(in) & 1)
		numbers[RESULT] = 8;
	plan->session.shape = (uint8_t)plan->shape;
	plan->session.result_len = numbers[RESULT];
	plan->session.key = toy_hash(TOY_START, plan->keys, numbers[KEY]);
}

static void put(struct bytes *bytes, const void *from, size_t len)
{
	CHECK(len <= sizeof(bytes->at) - bytes->len - 64);
	memcpy(bytes->at + bytes->len, from, len);
	bytes->len += len;
}

static void put_fill(struct bytes *bytes, struct input *in, size_t len)
{
	CHECK(len <= sizeof(bytes->at) - bytes->len - 64);
	input_fill(in, bytes->at + bytes->len, len);
	bytes->len += len;
}

static void put_head(const struct model *model, struct bytes *bytes, enum kind kind,
		     const struct plan *plan, uint32_t op)
{
	const uint8_t *place = places[kind][plan->shape];
	size_t i;

	bytes->len = head_len(model, kind, service_of(plan->shape));
	memset(bytes->at, 0, bytes->len);
	model_put32(bytes->at, 0, service_of(plan->shape) << 8 | op);
	model_put32(bytes->at, 4, plan->numbers[ALGO]);
	for (i = 0; i < NUMBERS; i++)
		if (place[i])
			model_put32(bytes->at, place[i], plan->numbers[i]);
	/* It stands there twice. */
	if (kind == STATELESS && plan->shape == CHAIN)
		model_put32(bytes->at, 28, plan->numbers[AAD]);
}

static struct vcrypto_virtio_numbers numbers_of(const struct plan *plan)
{
	const uint32_t *numbers = plan->numbers;

	return (struct vcrypto_virtio_numbers){
		.algo = numbers[ALGO], .key_len = numbers[KEY], .direction = numbers[DIRECTION],
		.op_type = numbers[TYPE], .order = numbers[ORDER], .hash_mode = numbers[MODE],
		.auth_algo = numbers[AUTH], .auth_key_len = numbers[AUTH_KEY],
		.result_len = numbers[RESULT], .iv_len = numbers[IV], .aad_len = numbers[AAD],
		.src_len = numbers[SRC], .dst_len = numbers[DST],
		.cipher_start = numbers[CIPHER_AT], .cipher_len = numbers[CIPHER_LEN],
		.hash_start = numbers[HASH_AT], .hash_len = numbers[HASH_LEN],
	};
}

/* The driver's half of the library writes the same head. */
static void same_head(const struct bytes *bytes, const uint8_t *head, size_t len)
{
	CHECK(len == bytes->len && !memcmp(bytes->at, head, len));
}

static void check_create(const struct model *model, const struct bytes *bytes,
			 const struct plan *plan)
{
	struct vcrypto_virtio_numbers numbers = numbers_of(plan);
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];

	same_head(bytes, head, vcrypto_virtio_put_create(model->features,
		(enum vcrypto_virtio_service)service_of(plan->shape), &numbers, head));
}

static void check_data(const struct model *model, const struct bytes *bytes,
		       const struct plan *plan, bool alone)
{
	struct vcrypto_virtio_data data = {
		.service = (enum vcrypto_virtio_service)service_of(plan->shape),
		.decrypt = bytes->at[0] & 1, .stateless = alone,
		.session = model_get64(bytes->at + 8), .numbers = numbers_of(plan),
	};
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];

	same_head(bytes, head, vcrypto_virtio_put_data(model->features, &data, head));
}

static void check_destroy(const struct model *model, const struct bytes *bytes)
{
	uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD];

	same_head(bytes, head, vcrypto_virtio_put_destroy(model->features,
		(enum vcrypto_virtio_service)bytes->at[1], model_get64(bytes->at + 16), head));
}

size_t model_build_create(const struct model *model, struct input *in, struct bytes *bytes)
{
	struct plan plan;
	size_t head;

	plan_session(&plan, in);
	plan_keys(&plan, in);
	put_head(model, bytes, CREATE, &plan, 2);
	if (input_rare(in, 32))
		check_create(model, bytes, &plan);
	head = bytes->len;
	put(bytes, plan.keys, plan.numbers[KEY] + plan.numbers[AUTH_KEY]);
	return head;
}

/* A session that is live, if there is one; at times another. */
static const struct model_session *choose(const struct model *model, struct input *in)
{
	uint32_t from = input_below(in, MODEL_SESSIONS);
	uint32_t i;

	for (i = 0; i < MODEL_SESSIONS; i++) {
		const struct model_session *at = &model->sessions[(from + i) % MODEL_SESSIONS];

		if (at->live)
			return at;
	}
	return &model->sessions[from];
}

/* Its id; at times one that is none. */
static uint64_t id_of(const struct model *model, const struct model_session *session,
		      struct input *in)
{
	if (!input_rare(in, 16))
		return session->id;
	return input_u8(in) & 1 ? model->old : session->id ^ (uint64_t)1 << input_below(in, 64);
}

size_t model_build_destroy(const struct model *model, struct input *in, struct bytes *bytes)
{
	const struct model_session *session = choose(model, in);
	uint64_t id = id_of(model, session, in);
	uint32_t service = service_of((enum shape)session->shape);

	if (input_rare(in, 8))
		service = input_below(in, 4);
	bytes->len = revised(model) ? 24 : 72;
	memset(bytes->at, 0, bytes->len);
	model_put32(bytes->at, 0, service << 8 | 3);
	model_put32(bytes->at, 16, (uint32_t)id);
	model_put32(bytes->at, 20, (uint32_t)(id >> 32));
	if (input_rare(in, 32))
		check_destroy(model, bytes);
	return bytes->len;
}

/* How much text, and which ranges of it. */
static void plan_lengths(struct plan *plan, struct input *in)
{
	const struct vcrypto_cipher *cipher = plan->session.cipher;
	uint32_t *numbers = plan->numbers;
	uint32_t block = cipher ? cipher->block : 1;
	uint32_t len = input_rare(in, 64) ? 1900 + input_below(in, 200) : input_below(in, 80);

	numbers[SRC] = plan->shape == CHAIN && input_u8(in) & 1 ? len : len - len % block;
	if (input_rare(in, 24))
		numbers[SRC] = len;
	numbers[DST] = numbers[SRC];
	numbers[IV] = cipher ? cipher->iv_len : 0;
	if (cipher && cipher->len_first)
		numbers[IV] = 7 + input_below(in, 7);
	numbers[AAD] = plan->shape >= AEAD ? input_below(in, 24) : 0;
	if (plan->shape != CHAIN)
		return;
	numbers[CIPHER_AT] = input_below(in, numbers[SRC] + 1);
	numbers[CIPHER_LEN] = input_below(in, numbers[SRC] - numbers[CIPHER_AT] + 1);
	numbers[CIPHER_LEN] -= numbers[CIPHER_LEN] % block;
	numbers[HASH_AT] = input_below(in, numbers[SRC] + 1);
	numbers[HASH_LEN] = input_below(in, numbers[SRC] - numbers[HASH_AT] + 1);
}

/* IV, text, tag and AAD behind the head and the keys. */
static void put_text(struct bytes *bytes, struct input *in, const struct plan *plan,
		     bool stateless)
{
	const uint32_t *numbers = plan->numbers;
	size_t len = numbers[SRC];
	size_t iv_at = bytes->len;
	size_t src_at, tag_at, aad_at;
	uint8_t iv[VCRYPTO_MAX_IV], tag[VCRYPTO_MAX_DIGEST];

	put_fill(bytes, in, numbers[IV]);
	if (stateless && plan->shape == CHAIN)
		put_fill(bytes, in, numbers[AAD]);
	src_at = bytes->len;
	put_fill(bytes, in, len);
	if (stateless && plan->shape == CHAIN)
		return;
	tag_at = src_at + len;
	aad_at = bytes->len;
	put_fill(bytes, in, numbers[AAD]);
	if (plan->shape != AEAD || !plan->session.decrypt)
		return;
	/* src_len counts the tag, which is right as a rule. */
	tag_at -= numbers[RESULT];
	wire_iv(plan->session.cipher, bytes->at + iv_at, numbers[IV], iv);
	tag_of(&plan->session, iv, bytes->at + aad_at, numbers[AAD], bytes->at + src_at,
	       tag_at - src_at, tag);
	tag[input_below(in, numbers[RESULT])] ^= input_rare(in, 8);
	memcpy(bytes->at + tag_at, tag, numbers[RESULT]);
}

size_t model_build_data(const struct model *model, struct input *in, struct bytes *bytes,
			size_t *out_len)
{
	const struct model_session *session = choose(model, in);
	bool alone = (model->features & 1) && (!session->live || input_rare(in, 4));
	struct plan plan;
	uint32_t *numbers = plan.numbers;
	enum kind kind;
	uint64_t id = 0;
	size_t head;

	plan_session(&plan, in);
	if (!alone && (session->cipher || session->mac)) {
		plan.session = *session;
		plan.shape = (enum shape)session->shape;
		numbers[TYPE] = plan.shape == CHAIN ? 2 : 1;
		numbers[RESULT] = session->result_len;
		id = id_of(model, session, in);
	} else {
		alone = true;
		plan_keys(&plan, in);
	}
	alone &= stateless_bit(model, service_of(plan.shape));
	plan_lengths(&plan, in);
	if (plan.session.mac && input_rare(in, 12))
		numbers[RESULT] += 1 + input_below(in, 3);
	*out_len = (plan.session.cipher ? numbers[DST] : 0) +
		   (plan.shape == CIPHER ? 0 : numbers[RESULT]) + 1;
	if (plan.shape == AEAD && plan.session.decrypt) {
		numbers[SRC] += numbers[RESULT];
		*out_len = numbers[DST] + 1;
	} else if (plan.shape == AEAD && input_u8(in) & 1) {
		numbers[DST] += numbers[RESULT];
	}
	kind = stateless_bit(model, service_of(plan.shape)) ? STATELESS : SESSION;
	put_head(model, bytes, kind, &plan, plan.session.cipher && plan.session.decrypt);
	head = bytes->len;
	id = alone ? 0 : id;
	model_put32(bytes->at, 8, (uint32_t)id);
	model_put32(bytes->at, 12, (uint32_t)(id >> 32));
	model_put32(bytes->at, 16, !alone);
	if (input_rare(in, 32))
		check_data(model, bytes, &plan, alone);
	if (alone)
		put(bytes, plan.keys, numbers[KEY] + numbers[AUTH_KEY]);
	put_text(bytes, in, &plan, alone);
	return head;
}

/* --- judgement: control --- */

/* The numbers of a head; returns the shape. */
static enum shape read_head(enum kind kind, uint32_t service, const uint8_t *head,
			    uint32_t numbers[NUMBERS])
{
	enum shape shape = (enum shape)service;
	const uint8_t *place;
	size_t i;

	if (!service && get32(head + places[kind][CIPHER][TYPE]) == 2)
		shape = CHAIN;
	place = places[kind][shape];
	for (i = 0; i < NUMBERS; i++)
		numbers[i] = place[i] ? get32(head + place[i]) : 0;
	return shape;
}

static uint32_t make(const uint32_t numbers[NUMBERS], enum shape shape, const uint8_t *keys,
		     size_t left, struct model_session *session)
{
	const struct vcrypto_cipher *cipher = NULL;
	const struct vcrypto_mac *mac = NULL;
	bool keyed = shape == MAC || (shape == CHAIN && numbers[MODE] == 2);
	uint32_t mac_key = keyed ? numbers[AUTH_KEY] : 0;

	if (shape != HASH && shape != MAC)
		cipher = vcrypto_cipher_find(cipher_of(shape, numbers[ALGO]));
	if (shape != CIPHER && shape != AEAD && (keyed || shape == HASH || numbers[MODE] == 1))
		mac = vcrypto_mac_find(mac_of(keyed, numbers[shape == CHAIN ? AUTH : ALGO]));
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
	model_put32(guess->reply, 8, status == NOSPC && !revised(model) ? ERR : status);
	model_put32(guess->reply, 12, 0);
}

static void judge_create(struct model *model, const struct bytes *bytes, uint32_t service,
			 size_t out_len, struct guess *guess)
{
	size_t head = head_len(model, CREATE, service);
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
	shape = read_head(CREATE, service, bytes->at, numbers);
	status = model->live == MODEL_SESSIONS ? NOSPC :
		 make(numbers, shape, bytes->at + head, bytes->len - head, &session);
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

static struct model_session *find(struct model *model, uint64_t id)
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

	if (out_len && bytes->len >= (revised(model) ? 24u : 72u))
		session = find(model, model_get64(bytes->at + 16));
	if (session && service_of((enum shape)session->shape) != service)
		session = NULL;
	reply_byte(guess, out_len, session ? OK : ERR);
	if (!session)
		return;
	session->live = false;
	model->old = session->id;
	model->live--;
}

static void begin(const struct bytes *bytes, size_t out_len, struct guess *guess)
{
	guess->made = NULL;
	guess->src_at = guess->dst_len = 0;
	guess->control_len = bytes->len;
	memset(guess->reply, MODEL_FILL, out_len);
}

void model_control(struct model *model, const struct bytes *bytes, size_t out_len,
		   struct guess *guess)
{
	uint32_t opcode = bytes->len < 16 ? 0 : get32(bytes->at);
	uint32_t op = opcode & 0xff;

	begin(bytes, out_len, guess);
	if (opcode >> 8 <= AEAD && op == 2 && bytes->len >= 16)
		judge_create(model, bytes, opcode >> 8, out_len, guess);
	else if (opcode >> 8 <= AEAD && op == 3 && bytes->len >= 16)
		judge_destroy(model, bytes, opcode >> 8, out_len, guess);
	else if (out_len < 16)
		reply_byte(guess, out_len, ERR);
	else
		reply_create(model, guess, bytes->len < 16 ? ERR : NOTSUPP);
}

/* --- judgement: data --- */

/* A request that has been taken apart. */
struct parts {
	uint32_t numbers[NUMBERS];
	uint64_t src, tag, dst, result;		/* bytes */
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
	if (parts->shape != AEAD)
		return parts->shape == HASH || parts->shape == MAC || parts->dst == parts->src;
	if (numbers[RESULT] > 64)
		return false;
	if (!parts->decrypt) {
		if (parts->dst != parts->src && parts->dst != parts->src + numbers[RESULT])
			return false;
		parts->dst = parts->src;
		return true;
	}
	parts->tag = numbers[RESULT];
	parts->result = 0;
	parts->src -= parts->tag;
	return numbers[SRC] >= parts->tag && parts->dst == parts->src;
}

/* Where everything is, if it is all there. */
static bool find_pieces(struct parts *parts, const uint8_t *at, uint64_t in, uint64_t out)
{
	const uint32_t *numbers = parts->numbers;
	uint64_t keys = parts->stateless ? (uint64_t)numbers[KEY] + numbers[AUTH_KEY] : 0;
	uint64_t readable = keys + numbers[IV] + parts->src + parts->tag + numbers[AAD];
	uint64_t writable = parts->dst + parts->result;
	bool aad_first = parts->stateless && parts->shape == CHAIN;

	if (readable > in || writable > out || readable + writable > MODEL_MAX_SIZE ||
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
		wire_iv(session->cipher, parts->iv, parts->numbers[IV], iv);
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
	tag_of(session, iv, parts->aad, parts->numbers[AAD],
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
	opcode = get32(bytes->at);
	service = opcode >> 8;
	flag = get32(bytes->at + 16);
	parts->decrypt = opcode & 1;
	if (service > AEAD || (opcode & 0xff) > 1 ||
	    (parts->decrypt && (service == HASH || service == MAC)))
		return NOTSUPP;
	parts->stateless = stateless_bit(model, service) && !flag;
	if (revised(model) && flag != 1 && !parts->stateless)
		return NOTSUPP;
	kind = stateless_bit(model, service) ? STATELESS : SESSION;
	head = head_len(model, kind, service);
	if (bytes->len < head)
		return ERR;
	parts->shape = read_head(kind, service, bytes->at, parts->numbers);
	if (parts->shape == CIPHER && parts->numbers[TYPE] != 1)
		return NOTSUPP;
	return find_lengths(parts) &&
	       find_pieces(parts, bytes->at + head, bytes->len - head, out) ? OK : ERR;
}

static uint32_t judge_data(struct model *model, const struct bytes *bytes, size_t out_len,
			   struct guess *guess, struct parts *parts)
{
	uint32_t status = take_apart(model, bytes, out_len - 1, parts);
	struct model_session *session, once;

	if (status != OK)
		return status;
	if (parts->stateless) {
		session = &once;
		status = make(parts->numbers, parts->shape, parts->keys,
			      (size_t)(parts->iv - parts->keys), &once);
		if (status != OK)
			return status;
	} else {
		session = find(model, model_get64(bytes->at + 8));
		if (!session || session->shape != (uint8_t)parts->shape)
			return INVSESS;
	}
	if (!fits(session, parts))
		return ERR;
	guess->src_at = (size_t)(parts->text - bytes->at);
	guess->dst_len = parts->dst;
	guess->control_len = (size_t)(parts->iv - bytes->at) + parts->numbers[IV];
	return run(session, parts, guess->reply);
}

void model_data(struct model *model, const struct bytes *bytes, size_t out_len,
		struct guess *guess)
{
	struct parts parts;
	uint64_t result;
	uint32_t status;

	begin(bytes, out_len, guess);
	guess->written = out_len ? 1 : 0;
	if (!out_len)
		return;
	status = judge_data(model, bytes, out_len, guess, &parts);
	guess->reply[out_len - 1] = (uint8_t)status;
	if (status != OK)
		return;
	model->successes++;
	result = parts.dst + parts.result;
	if (result)
		guess->written = (uint32_t)(result + (result == out_len - 1));
}
