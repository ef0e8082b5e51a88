// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* CIOCCRYPT, and what it has in common with CIOCAUTHCRYPT. */
#include <vcrypto/cryptodev.h>

static bool has_units(const struct vcrypto_cipher *cipher)
{
	return cipher && cipher->max_unit;
}

static bool wants_reset(const struct vcrypto_crypt_op *op)
{
	return !op->flags || (op->flags & VCRYPTO_COP_RESET);
}

static bool wants_digest(const struct vcrypto_crypt_op *op)
{
	return (op->flags & VCRYPTO_COP_FINAL) || !(op->flags & VCRYPTO_COP_UPDATE) || !op->len;
}

static enum vcrypto_verdict check(const struct vcrypto_cipher *cipher,
				  const struct vcrypto_crypt_op *op)
{
	if (op->op != VCRYPTO_COP_ENCRYPT && op->op != VCRYPTO_COP_DECRYPT)
		return VCRYPTO_SAY_EINVAL;
	if (!cipher)
		return VCRYPTO_FINE;
	if (cipher->kind != VCRYPTO_KIND_CIPHER || op->len % cipher->block)
		return VCRYPTO_SAY_EINVAL;
	return op->len && !op->dst ? VCRYPTO_SAY_EFAULT : VCRYPTO_FINE;
}

static uint16_t iv_len_of(const struct vcrypto_plan_session *session)
{
	if (session->cipher)
		return session->cipher->iv_len;
	return session->mac ? session->mac->iv_len : 0;
}

enum vcrypto_verdict vcrypto_plan_crypt(const struct vcrypto_plan_session *session,
					const struct vcrypto_crypt_op *op,
					struct vcrypto_plan *plan)
{
	const struct vcrypto_cipher *cipher = session->cipher;
	enum vcrypto_verdict verdict = check(cipher, op);

	if (verdict != VCRYPTO_FINE)
		return verdict;
	*plan = (struct vcrypto_plan) {
		.cipher = cipher,
		.mac = session->mac,
		.decrypt = op->op == VCRYPTO_COP_DECRYPT,
		.copy = op->flags & VCRYPTO_COP_NO_ZC,
		.can_cut = true,
		.write_iv = op->flags & VCRYPTO_COP_WRITE_IV,
		.reset = wants_reset(op),
		.src = op->src,
		.dst = op->dst,
		.src_len = op->len,
		.dst_len = cipher ? op->len : 0,
		.iv = op->iv,
		.iv_len = op->iv ? iv_len_of(session) : 0,
		.mac_at = op->mac,
		.mac_len = session->mac && wants_digest(op) ? session->mac->digest_len : 0,
	};
	return VCRYPTO_FINE;
}

bool vcrypto_plan_overtakes(const struct vcrypto_plan *plan)
{
	return plan->dst_len && plan->dst > plan->src && plan->dst - plan->src < plan->src_len;
}

bool vcrypto_plan_fits(const struct vcrypto_plan_session *session,
		       const struct vcrypto_plan *plan)
{
	if (plan->aad_len > session->aad || plan->trailer_len > session->aad)
		return false;
	if (has_units(plan->cipher) && plan->src_len > VCRYPTO_COP_MAX_UNIT)
		return false;
	if (!plan->can_cut)
		return plan->src_len <= session->payload && plan->dst_len <= session->payload;
	return plan->src_len <= VCRYPTO_COP_MAX_OVERLAP || !vcrypto_plan_overtakes(plan);
}

uint32_t vcrypto_plan_next(const struct vcrypto_plan *plan, uint32_t offset, uint32_t longest)
{
	uint32_t left = plan->src_len - offset;

	return plan->can_cut && left > longest ? longest : left;
}

/* Each request has a cipher's IV.  A MAC's goes with the first, and the device says if it fits. */
static uint16_t step_iv_len(const struct vcrypto_plan *plan, bool first)
{
	if (plan->cipher)
		return plan->cipher->iv_len;
	return first ? plan->iv_len : 0;
}

void vcrypto_plan_crypt_args(const struct vcrypto_plan *plan,
			     const struct vcrypto_plan_step *step,
			     struct vcrypto_crypt_args *args)
{
	bool first = vcrypto_step_is_first(step), last = vcrypto_step_is_last(plan, step);
	uint16_t iv_len = plan->cipher ? plan->cipher->iv_len : 0;
	bool more = has_units(plan->cipher) && !last;

	*args = (struct vcrypto_crypt_args) {
		.decrypt = plan->decrypt,
		.reset = step->fresh || (first && plan->reset),
		.more = more,
		.src_len = step->len,
		.dst_len = plan->cipher ? step->len : 0,
		.iv = first ? step->first_iv : step->next_iv,
		.iv_len = step_iv_len(plan, first),
		.iv_out_len = vcrypto_leaves_iv(plan->cipher) || more ? iv_len : 0,
		.mac_len = last ? plan->mac_len : 0,
	};
}
