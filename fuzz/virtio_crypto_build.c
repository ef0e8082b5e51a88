// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Requests that are made up. */
#include "virtio_crypto_heads.h"

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
		session->cipher = vcrypto_cipher_find(model_cipher_of(plan->shape, numbers[ALGO]));
	if (plan->shape == CHAIN)
		session->mac = vcrypto_mac_find(model_mac_of(numbers[MODE] == 2, numbers[AUTH]));
	else if (plan->shape != CIPHER && plan->shape != AEAD)
		session->mac = vcrypto_mac_find(model_mac_of(plan->shape == MAC, numbers[ALGO]));
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
	const uint8_t *place = model_places[kind][plan->shape];
	size_t i;

	bytes->len = model_head_len(model, kind, model_service_of(plan->shape));
	memset(bytes->at, 0, bytes->len);
	model_put32(bytes->at, 0, model_service_of(plan->shape) << 8 | op);
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
		(enum vcrypto_virtio_service)model_service_of(plan->shape), &numbers, head));
}

static void check_data(const struct model *model, const struct bytes *bytes,
		       const struct plan *plan, bool alone)
{
	struct vcrypto_virtio_data data = {
		.service = (enum vcrypto_virtio_service)model_service_of(plan->shape),
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
	uint32_t service = model_service_of((enum shape)session->shape);

	if (input_rare(in, 8))
		service = input_below(in, 4);
	bytes->len = model_revised(model) ? 24 : 72;
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

/* How much room an AEAD's request has; it may say more than it needs, at times more than it has. */
static size_t plan_room(struct plan *plan, struct input *in)
{
	uint32_t *numbers = plan->numbers;
	bool decrypt = plan->session.decrypt;
	size_t needed = numbers[DST] + (decrypt ? 0 : numbers[RESULT]);
	uint32_t more = input_rare(in, 8) ? 1 + input_below(in, 20) : 0;

	if (decrypt)
		numbers[SRC] += numbers[RESULT];
	if (more || (!decrypt && input_u8(in) & 1))
		numbers[DST] = (uint32_t)needed + more;
	return needed + (input_rare(in, 8) ? 0 : more);
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
	model_wire_iv(plan->session.cipher, bytes->at + iv_at, numbers[IV], iv);
	model_tag_of(&plan->session, iv, bytes->at + aad_at, numbers[AAD], bytes->at + src_at,
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
	alone &= model_stateless_bit(model, model_service_of(plan.shape));
	plan_lengths(&plan, in);
	if (plan.session.mac && input_rare(in, 12))
		numbers[RESULT] += 1 + input_below(in, 3);
	*out_len = (plan.session.cipher ? numbers[DST] : 0) +
		   (plan.shape == CIPHER ? 0 : numbers[RESULT]) + 1;
	if (plan.shape == AEAD)
		*out_len = plan_room(&plan, in) + 1;
	kind = model_stateless_bit(model, model_service_of(plan.shape)) ? STATELESS : SESSION;
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
