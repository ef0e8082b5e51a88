// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* CIOCAUTHCRYPT: authenticated encryption in three modes. */
#include <vcrypto/cryptodev.h>

/* What len can say. */
#define LONGEST 0xffffffffu

static bool choose_mode(struct vcrypto_plan *plan, uint16_t flags)
{
	const struct vcrypto_cipher *cipher = plan->cipher;
	bool hmac = plan->mac && plan->mac->kind == VCRYPTO_KIND_HMAC;

	if (!cipher)
		return false;
	if (flags & VCRYPTO_COP_SRTP) {
		plan->mode = VCRYPTO_AUTH_SRTP;
		return hmac && cipher->block == 1;
	}
	if (cipher->kind == VCRYPTO_KIND_RECORD) {
		plan->mode = VCRYPTO_AUTH_TLS;
		return true;
	}
	if (cipher->kind == VCRYPTO_KIND_AEAD) {
		plan->mode = VCRYPTO_AUTH_AEAD;
		return true;
	}
	plan->mode = VCRYPTO_AUTH_TLS;
	return hmac && (flags & VCRYPTO_COP_TLS);
}

static bool choose_tag_len(struct vcrypto_plan *plan, uint32_t wanted)
{
	uint32_t full = plan->cipher->tag_len ? plan->cipher->tag_len : plan->mac->digest_len;
	uint32_t len = wanted ? wanted : full;

	if (plan->mode == VCRYPTO_AUTH_AEAD ? !vcrypto_tag_len_ok(plan->cipher, len) : len > full)
		return false;
	plan->mac_len = (uint16_t)len;
	return true;
}

static bool plan_aead(struct vcrypto_plan *plan, const struct vcrypto_auth_op *op)
{
	if (!op->iv)
		return false;
	if (plan->decrypt ? op->len < plan->mac_len : op->len > LONGEST - plan->mac_len)
		return false;
	plan->src_len = op->len - (plan->decrypt ? plan->mac_len : 0);
	plan->dst_len = plan->src_len;
	plan->aad_len = op->auth_len;
	plan->mac_at = (plan->decrypt ? op->src : op->dst) + plan->src_len;
	plan->can_cut = true;
	return true;
}

static bool plan_tls(struct vcrypto_plan *plan, const struct vcrypto_auth_op *op)
{
	uint64_t dst_len = op->len;

	if (op->src != op->dst && plan->cipher->kind != VCRYPTO_KIND_RECORD)
		return false;
	if (!plan->decrypt)
		dst_len = vcrypto_record_len(op->len, plan->mac_len, plan->cipher->block);
	if (dst_len > LONGEST)
		return false;
	plan->src_len = op->len;
	plan->dst_len = (uint32_t)dst_len;
	plan->aad_len = op->auth_len;
	return true;
}

/* The payload lies within what is authenticated, with something around it. */
static bool plan_srtp(struct vcrypto_plan *plan, const struct vcrypto_auth_op *op)
{
	uint64_t header = op->src - op->auth_src;

	if (op->src != op->dst || !op->len)
		return false;
	if (op->src < op->auth_src || header > VCRYPTO_COP_MAX_SRTP_HEADER ||
	    header + op->len > op->auth_len)
		return false;
	plan->src_len = op->len;
	plan->dst_len = op->len;
	plan->aad_len = (uint32_t)header;
	plan->trailer = op->src + op->len;
	plan->trailer_len = op->auth_len - op->len - plan->aad_len;
	return true;
}

static bool plan_mode(struct vcrypto_plan *plan, const struct vcrypto_auth_op *op)
{
	switch (plan->mode) {
	case VCRYPTO_AUTH_SRTP:
		return plan_srtp(plan, op);
	case VCRYPTO_AUTH_TLS:
		return plan_tls(plan, op);
	default:
		return plan_aead(plan, op);
	}
}

enum vcrypto_verdict vcrypto_plan_authcrypt(const struct vcrypto_plan_session *session,
					    const struct vcrypto_auth_op *op,
					    struct vcrypto_plan *plan)
{
	if (op->op != VCRYPTO_COP_ENCRYPT && op->op != VCRYPTO_COP_DECRYPT)
		return VCRYPTO_SAY_EINVAL;
	*plan = (struct vcrypto_plan) {
		.cipher = session->cipher,
		.mac = session->mac,
		.decrypt = op->op == VCRYPTO_COP_DECRYPT,
		.copy = op->flags & VCRYPTO_COP_NO_ZC,
		.write_iv = op->flags & VCRYPTO_COP_WRITE_IV,
		.src = op->src,
		.dst = op->dst,
		.aad = op->auth_src,
		.iv = op->iv,
		.mac_at = op->tag,
	};
	if (!choose_mode(plan, op->flags))
		return VCRYPTO_SAY_EINVAL;
	plan->iv_len = op->iv ? plan->cipher->iv_len : 0;
	if (!choose_tag_len(plan, op->tag_len) || !plan_mode(plan, op))
		return VCRYPTO_SAY_EINVAL;
	return VCRYPTO_FINE;
}

bool vcrypto_plan_first_ok(const struct vcrypto_plan *plan, uint8_t first)
{
	return !vcrypto_plan_needs_first(plan) || first >= 7 ||
	       !((uint64_t)plan->src_len >> (8 * (first + 1)));
}

void vcrypto_plan_authcrypt_args(const struct vcrypto_plan *plan,
				 const struct vcrypto_plan_step *step,
				 struct vcrypto_authcrypt_args *args)
{
	bool first = vcrypto_step_is_first(step), last = vcrypto_step_is_last(plan, step);
	bool aead = plan->mode == VCRYPTO_AUTH_AEAD;
	uint16_t iv_len = plan->cipher->iv_len;

	*args = (struct vcrypto_authcrypt_args) {
		.mode = plan->mode,
		.decrypt = plan->decrypt,
		.more = !last,
		.go_on = !first,
		.iv = step->first_iv,
		.iv_len = first ? iv_len : 0,
		.iv_out_len = !aead && vcrypto_leaves_iv(plan->cipher) ? iv_len : 0,
		.tag_len = last ? plan->mac_len : 0,
		.aad_len = first ? plan->aad_len : 0,
		.src_len = step->len,
		.trailer_len = plan->trailer_len,
		.dst_len = aead ? step->len : plan->dst_len,
	};
	/* It authenticates both before anything else (protocol 4.8.2). */
	if (plan->cipher->len_first && first && !last) {
		args->message_len = plan->src_len;
		args->tag_len = plan->mac_len;
	}
}
