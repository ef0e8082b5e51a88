// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A message of any length: one request, or several that go on from each other. */
#include "kat.h"

static const char *broken;

int transport_broken(const char *how)
{
	broken = how;
	return -1;
}

const char *transport_error(void)
{
	return broken;
}

/* Where a message may be cut into requests; 0: nowhere. */
static size_t granule(const struct kat *kat, const struct vector *vector)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);

	if (!cipher)
		return 1;
	if (cipher->tag_len)
		return kat->transport->can_continue(kat->device, cipher->id) ? 1 : 0;
	if (cipher->id == VCRYPTO_CIPHER_AES_XTS)
		return 0;	/* a request is a data unit */
	return cipher->iv_len > cipher->block ? cipher->iv_len : cipher->block;
}

/* With CUT_REQUESTS three of them, if there is enough. */
size_t kat_request_len(const struct kat *kat, const struct vector *vector, size_t len,
		       enum cut cut)
{
	size_t unit = granule(kat, vector);
	size_t each;

	if (!unit || (cut != CUT_REQUESTS && len <= kat->transport->longest))
		return len;
	each = cut == CUT_REQUESTS ? (len / 3 + unit) / unit * unit : kat->transport->longest;
	if (each > kat->transport->longest)
		each = kat->transport->longest;
	return each - each % unit;
}

/* The IV as it is on the wire; for CCM the flags byte and the nonce (protocol 4.8.1). */
static uint16_t wire_iv(const struct vector *vector, uint8_t *iv)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);
	const struct vcrypto_mac *mac = vcrypto_mac_find(vector->mac);

	if (!cipher && mac->iv_len) {
		memcpy(iv, vector->iv.at, mac->iv_len);
		return mac->iv_len;
	}
	if (!cipher || !cipher->iv_len)
		return 0;
	if (cipher->id == VCRYPTO_CIPHER_AES_CCM) {
		memset(iv, 0, VCRYPTO_MAX_IV);
		iv[0] = (uint8_t)(14 - vector->iv.len);
		memcpy(iv + 1, vector->iv.at, vector->iv.len);
	} else {
		memcpy(iv, vector->iv.at, cipher->iv_len);
	}
	return cipher->iv_len;
}

static bool answer(struct kat *kat, const struct vector *vector, const struct op *op,
		   int expected)
{
	int status = kat->transport->op(kat->device, op);
	char what[128];

	if (status == expected)
		return true;
	if (status > 0 && vector->verdict == ACCEPTABLE) {
		kat->refused = true;
		return false;
	}
	snprintf(what, sizeof(what), "%s: %s, expected %s", op->decrypt ? "decrypt" : "encrypt",
		 status < 0 ? transport_error() : vcrypto_status_name((uint32_t)status),
		 vcrypto_status_name((uint32_t)expected));
	kat_mismatch(kat, vector, op->cut, what, NULL, NULL, 0);
	return false;
}

bool kat_job(struct kat *kat, const struct vector *vector, const struct job *job, enum cut cut,
	     int expected)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(vector->cipher);
	size_t each = kat_request_len(kat, vector, job->len, cut);
	uint8_t iv[VCRYPTO_MAX_IV];
	struct op op = {
		.cut = cut, .aead = cipher && cipher->tag_len, .decrypt = job->decrypt,
		.iv = iv, .iv_len = wire_iv(vector, iv), .reset = true,
	};
	bool ccm = vector->cipher == VCRYPTO_CIPHER_AES_CCM;
	size_t done = 0;
	bool last;

	do {
		op.len = job->len - done < each ? job->len - done : each;
		last = done + op.len == job->len;
		op.src = job->src + done;
		op.dst = job->dst ? job->dst + done : NULL;
		op.go_on = op.aead && done;
		op.more = op.aead && !last;
		op.aad = vector->aad.at;
		op.aad_len = op.go_on ? 0 : vector->aad.len;
		op.tag = job->tag;
		/* CCM has to know both lengths before it begins (protocol 4.8.2). */
		op.message_len = ccm && !done && !last ? job->len : 0;
		op.tag_len = last || op.message_len ? job->tag_len : 0;
		op.iv_out = job->iv_out;
		op.iv_out_len = last && job->iv_out && cipher ? cipher->iv_len : 0;
		if (!answer(kat, vector, &op, last ? expected : VCRYPTO_OK))
			return false;
		done += op.len;
		op.iv_len = 0;
		op.reset = false;
	} while (!last);
	return true;
}
