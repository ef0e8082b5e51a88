// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Requests are put together byte by byte, independently of driver.c. */
#include "engine_op.h"

const uint8_t op_mark[OP_MARK_LEN] = { 0xc5, 0x6b, 0x65, 0x79, 0x5c, 0xf0, 0x0d, 0xc5 };
const uint8_t op_text_mark[OP_MARK_LEN] = { 0xc7, 0x74, 0x65, 0x78, 0x74, 0xf3, 0x0e, 0xc7 };

void args_put(struct op_args *args, uint32_t value, size_t bytes)
{
	for (; bytes--; value >>= 8)
		args->control[args->control_len++] = (uint8_t)value;
}

void args_put_header(struct op_args *args, struct input *in, uint16_t op, uint32_t flags,
		     uint32_t context, uint32_t session)
{
	bool odd = input_rare(in, 16);

	if (odd && input_rare(in, 4))
		op = input_below(in, 11) == 10 ? input_u16(in) : VCRYPTO_OP_AUTHCRYPT;
	args_put(args, odd && input_rare(in, 8) ? input_u16(in) : VCRYPTO_WIRE_VERSION, 2);
	args_put(args, op, 2);
	args_put(args, odd && input_rare(in, 4) ? 1u << input_below(in, 32) : flags, 4);
	args_put(args, context, 4);
	args_put(args, session, 4);
}

/* A handle below @limit, or not quite. */
static uint32_t handle(struct input *in, uint32_t limit)
{
	if (input_rare(in, 32))
		return input_rare(in, 2) ? limit : input_border(in);
	return input_below(in, limit);
}

uint32_t args_live_session(struct input *in, const struct engine_model *model, uint32_t *context)
{
	uint32_t at = handle(in, MODEL_SESSIONS);
	uint32_t tries;

	*context = handle(in, MODEL_CONTEXTS);
	if (input_rare(in, 16) || at >= MODEL_SESSIONS)
		return at;
	for (tries = 0; tries < MODEL_SESSIONS && !model->sessions[at].live; tries++)
		at = (at + 1) % MODEL_SESSIONS;
	if (!input_rare(in, 16))
		*context = model->sessions[at].context;
	return at;
}

static void choose_context_op(struct op_args *args, struct input *in, uint16_t op)
{
	args_put_header(args, in, op, 0, handle(in, MODEL_CONTEXTS),
		   input_rare(in, 64) ? input_u8(in) : 0);
}

/*
 * For two lengths that are added up: what one gains and the other loses, so that
 * the sum is right again if it is taken in too few bits (HG-069).
 */
static uint32_t shift_of(struct input *in, unsigned int one_in)
{
	if (!input_rare(in, one_in))
		return 0;
	return input_rare(in, 2) ? input_border(in) : input_below(in, 256);
}

static bool is_xts(const struct vcrypto_cipher *cipher)
{
	return cipher && cipher->id == VCRYPTO_CIPHER_AES_XTS;
}

static uint32_t cipher_key_len(struct input *in, const struct vcrypto_cipher *cipher)
{
	uint32_t step = cipher && cipher->key_step ? cipher->key_step : 1;
	uint32_t steps = cipher ? (uint32_t)(cipher->key_max - cipher->key_min) / step : 0;

	if (input_rare(in, 32))
		return input_below(in, 70);
	return cipher ? cipher->key_min + step * input_below(in, steps + 1) : 0;
}

static uint32_t mac_key_len(struct input *in, const struct vcrypto_mac *mac)
{
	if (input_rare(in, 32))
		return input_below(in, 514);
	if (!mac || !mac->keyed)
		return 0;
	if (mac->key_step > 1)
		return mac->key_min + mac->key_step *
		       input_below(in, (uint32_t)(mac->key_max - mac->key_min) / mac->key_step + 1);
	return input_rare(in, 16) ? VCRYPTO_MAX_MAC_KEY : 1 + input_below(in, 64);
}

static void choose_session_new(struct op_args *args, struct input *in,
			       const struct engine_model *model)
{
	/* First what is on capabilities, dull things first; then what is not, or does not exist. */
	static const uint8_t ciphers[] = {
		VCRYPTO_CIPHER_AES_CBC, VCRYPTO_CIPHER_NONE, VCRYPTO_CIPHER_AES_CTR,
		VCRYPTO_CIPHER_AES_GCM, VCRYPTO_CIPHER_TLS11_AES_CBC_HMAC_SHA1,
		VCRYPTO_CIPHER_AES_ECB, VCRYPTO_CIPHER_NULL, VCRYPTO_CIPHER_CHACHA20_POLY1305,
		VCRYPTO_CIPHER_AES_CCM, VCRYPTO_CIPHER_AES_CFB, VCRYPTO_CIPHER_AES_OFB,
		VCRYPTO_CIPHER_AES_XTS, VCRYPTO_CIPHER_DES_CBC,
		VCRYPTO_CIPHER_TLS12_AES_CBC_HMAC_SHA256, VCRYPTO_CIPHER_3DES_CBC,
		VCRYPTO_CIPHER_BLOWFISH_CBC, VCRYPTO_CIPHER_CAMELLIA_CBC, 40, 63,
		VCRYPTO_CIPHER_CAST5_CBC, VCRYPTO_CIPHER_ARC4,
	};
	static const uint8_t macs[] = {
		VCRYPTO_MAC_HMAC_SHA1, VCRYPTO_MAC_NONE, VCRYPTO_MAC_HMAC_SHA2_256,
		VCRYPTO_MAC_HMAC_SHA2_512, VCRYPTO_MAC_HMAC_MD5, VCRYPTO_MAC_SHA1,
		VCRYPTO_MAC_SHA2_256, VCRYPTO_MAC_MD5, VCRYPTO_MAC_HMAC_SHA2_224,
		VCRYPTO_MAC_SHA2_512, VCRYPTO_MAC_SHA3_512, VCRYPTO_MAC_HMAC_SHA3_512, 12,
		VCRYPTO_HMAC, 64, VCRYPTO_MAC_CMAC_AES, 63, VCRYPTO_MAC_GMAC_AES,
		VCRYPTO_MAC_GMAC_AES,
	};
	uint32_t cipher = ciphers[input_below(in, input_rare(in, 8) ? sizeof(ciphers) : 14)];
	uint32_t mac = macs[input_below(in, input_rare(in, 8) ? sizeof(macs) : 9)];
	const struct vcrypto_mac *mac_row = vcrypto_mac_find(mac);
	bool odd = input_rare(in, 16);
	/* With an IV of its own it has no cipher beside it. */
	bool no_cipher = mac_row && mac_row->iv_len && !odd;
	const struct vcrypto_cipher *row = no_cipher ? NULL : vcrypto_cipher_find(cipher);
	bool alone = row && row->tag_len && !(odd && input_rare(in, 3));
	uint32_t key_len = cipher_key_len(in, row);
	uint32_t mac_len = mac_key_len(in, vcrypto_mac_find(alone ? row->record_mac : mac));
	uint32_t session = handle(in, MODEL_SESSIONS);
	uint32_t context = handle(in, MODEL_CONTEXTS);
	uint32_t tries, shift;
	uint8_t *keys;

	for (tries = 0; tries < MODEL_CONTEXTS && context < MODEL_CONTEXTS &&
			!model->open[context] && !input_rare(in, 16); tries++)
		context = (context + 1) % MODEL_CONTEXTS;
	args_put_header(args, in, VCRYPTO_OP_SESSION_NEW, 0, context, session);
	args_put(args, no_cipher ? 0 : cipher, 2);
	args_put(args, alone ? 0 : mac, 2);
	shift = odd ? shift_of(in, 3) : 0;
	args_put(args, (odd && input_rare(in, 4) ? input_border(in) : key_len) + shift, 4);
	args_put(args, (odd && input_rare(in, 4) ? input_border(in) : mac_len) - shift, 4);
	args_put(args, odd && input_rare(in, 8), 4);
	keys = args->control + args->control_len;
	input_fill(in, keys, key_len + mac_len);
	if (key_len >= OP_MARK_LEN)
		memcpy(keys, op_mark, OP_MARK_LEN);
	if (mac_len >= OP_MARK_LEN)
		memcpy(keys + key_len, op_mark, OP_MARK_LEN);
	if (is_xts(row) && input_rare(in, 8))
		memcpy(keys + key_len / 2, keys, key_len / 2);
	args->control_len += key_len + mac_len;
}

static void choose_session_op(struct op_args *args, struct input *in,
			      const struct engine_model *model, uint16_t op)
{
	uint32_t context;
	uint32_t session = args_live_session(in, model, &context);

	args_put_header(args, in, op, 0, context, session);
	if (op == VCRYPTO_OP_SESSION_INFO)
		args->dst_len = sizeof(struct vcrypto_session_info);
	if (op == VCRYPTO_OP_HASH_COPY) {
		args_put(args, args_live_session(in, model, &context), 4);
		args_put(args, input_rare(in, 64), 4);
	}
}

uint32_t args_payload_len(struct input *in, uint32_t block)
{
	uint32_t len = input_below(in, 9) * 16;

	if (input_rare(in, 8))
		len = input_below(in, input_rare(in, 4) ? MODEL_PAYLOAD + 1 : 600);
	if (input_rare(in, 64))
		len = MODEL_PAYLOAD + (input_rare(in, 2) ? block : 0);
	if (input_rare(in, 3))
		len += input_below(in, 16);
	if (input_rare(in, 48))		/* as likely of one bit as of any number of bytes */
		return input_rare(in, 2) ? (len & ~15u) + (1u << input_below(in, 4)) : len;
	return len - len % block;
}

uint32_t args_optional(struct input *in, uint32_t right)
{
	if (input_rare(in, 64))
		return input_rare(in, 2) ? right + 1 : input_border(in) & 0xffff;
	return input_u8(in) & 1 ? 0 : right;
}

static void choose_crypt(struct op_args *args, struct input *in, const struct engine_model *model,
			 bool burst)
{
	uint32_t context;
	uint32_t handle_of = args_live_session(in, model, &context);
	const struct model_session *session =
		handle_of < MODEL_SESSIONS ? &model->sessions[handle_of] : NULL;
	const struct vcrypto_cipher *cipher = session ? session->cipher : NULL;
	uint32_t right_iv = cipher ? cipher->iv_len : 0;
	uint32_t mac_iv = session && session->mac && !cipher ? session->mac->iv_len : 0;
	uint32_t src_len = args_payload_len(in, cipher ? cipher->block : 1);
	uint32_t dst_len = cipher ? src_len : 0;
	uint32_t iv_len = burst ? right_iv : args_optional(in, right_iv);
	uint32_t iv_out_len = args_optional(in, right_iv);
	uint32_t right_mac = session && session->mac ? session->mac->digest_len : 0;
	uint32_t mac_len = args_optional(in, right_mac);
	uint32_t flags = input_below(in, 4);
	bool odd = input_rare(in, 16);
	uint32_t shift;

	if (odd && input_rare(in, 4))
		dst_len = input_below(in, MODEL_PAYLOAD);
	if (burst && !input_rare(in, 3))
		flags |= VCRYPTO_FLAG_RESET;
	if (is_xts(cipher) ? input_rare(in, 2) : odd && input_rare(in, 16))
		flags |= VCRYPTO_FLAG_MORE;
	if (mac_iv && !odd)
		iv_len = flags & VCRYPTO_FLAG_RESET || !session->hash_started ? mac_iv : 0;
	args_put_header(args, in, VCRYPTO_OP_CRYPT, flags, context, handle_of);
	args_put(args, odd && input_rare(in, 4) ? input_border(in) : src_len, 4);
	shift = odd ? shift_of(in, 3) : 0;
	args_put(args, (odd && input_rare(in, 4) ? input_border(in) : dst_len) - shift, 4);
	args_put(args, iv_len, 2);
	args_put(args, iv_out_len, 2);
	args_put(args, mac_len + shift, 2);
	args_put(args, odd && input_rare(in, 8), 2);
	iv_len = iv_len < 64 ? iv_len : 64;
	input_fill(in, args->control + args->control_len, iv_len);
	if (input_rare(in, 4))		/* a counter about to wrap */
		memset(args->control + args->control_len, 0xff, iv_len);
	args->control_len += iv_len;
	args->src_len = src_len;
	args->dst_len = dst_len;
	args->tail_len = (mac_len + iv_out_len) & 1023;
}

void op_choose(struct op_args *args, struct input *in, const struct engine_model *model,
	       enum op_wish wish)
{
	static const uint8_t weights[] = { 20, 6, 24, 6, 4, 8, 56, 2, 72 };
	static const uint16_t ops[] = {
		VCRYPTO_OP_CONTEXT_OPEN, VCRYPTO_OP_CONTEXT_CLOSE, VCRYPTO_OP_SESSION_NEW,
		VCRYPTO_OP_SESSION_FREE, VCRYPTO_OP_SESSION_INFO, VCRYPTO_OP_HASH_COPY,
		VCRYPTO_OP_CRYPT, VCRYPTO_OP_COUNTERS, VCRYPTO_OP_AUTHCRYPT,
	};
	uint16_t op = VCRYPTO_OP_CRYPT;

	if (wish == OP_ANY)
		op = ops[input_choose(in, weights, sizeof(weights))];
	else if (wish == OP_OPEN)
		op = VCRYPTO_OP_CONTEXT_OPEN;
	else if (wish == OP_SESSION)
		op = VCRYPTO_OP_SESSION_NEW;
	else if (input_rare(in, 3))
		op = VCRYPTO_OP_AUTHCRYPT;
	args->control_len = args->src_len = args->dst_len = args->tail_len = 0;
	args->end_len = args->trailer_len = 0;
	args->has_source = false;
	switch (op) {
	case VCRYPTO_OP_CONTEXT_OPEN:
	case VCRYPTO_OP_CONTEXT_CLOSE:
		choose_context_op(args, in, op);
		break;
	case VCRYPTO_OP_SESSION_NEW:
		choose_session_new(args, in, model);
		break;
	case VCRYPTO_OP_CRYPT:
		choose_crypt(args, in, model, wish == OP_BURST);
		break;
	case VCRYPTO_OP_AUTHCRYPT:
		op_choose_auth(args, in, model);
		break;
	case VCRYPTO_OP_COUNTERS:
		args_put_header(args, in, op, 0, input_rare(in, 64), input_rare(in, 64));
		args->dst_len = sizeof(struct vcrypto_counters);
		break;
	default:
		choose_session_op(args, in, model, op);
	}
}
