// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* CIOCGSESSION, what was asked for in the numbers of the device; CIOCCPHASH. */
#include <vcrypto/cryptodev.h>

/* The length of a key that no algorithm takes is not looked at. */
static void translate(const struct vcrypto_session_op *op, const struct vcrypto_cipher *cipher,
		      const struct vcrypto_mac *mac, struct vcrypto_session_args *args)
{
	bool record = cipher && cipher->kind == VCRYPTO_KIND_RECORD;

	*args = (struct vcrypto_session_args) {
		.cipher = cipher ? cipher->id : VCRYPTO_CIPHER_NONE,
		.cipher_key_len = cipher ? op->keylen : 0,
		.mac = mac ? mac->id : VCRYPTO_MAC_NONE,
		.mac_key_len = record || (mac && mac->keyed) ? op->mackeylen : 0,
	};
}

enum vcrypto_verdict vcrypto_plan_new_session(const struct vcrypto_device_limits *limits,
					      const struct vcrypto_session_op *op,
					      struct vcrypto_session_args *args)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_from_cryptodev(op->cipher);
	const struct vcrypto_mac *mac = op->mac ? vcrypto_mac_from_cryptodev(op->mac) : NULL;

	if ((op->cipher && !cipher) || (op->mac && !mac))
		return VCRYPTO_SAY_EINVAL;
	if (cipher && cipher->kind != VCRYPTO_KIND_CIPHER && op->mac)
		return VCRYPTO_SAY_EINVAL;
	if (cipher && cipher->kind == VCRYPTO_KIND_AEAD && op->mackeylen)
		return VCRYPTO_SAY_EINVAL;
	translate(op, cipher, mac, args);
	return vcrypto_check_session(limits, args) == VCRYPTO_OK ? VCRYPTO_FINE :
		VCRYPTO_SAY_EINVAL;
}

enum vcrypto_verdict vcrypto_plan_hash_copy(uint32_t to_ses, uint32_t from_ses,
					    const struct vcrypto_plan_session *to,
					    const struct vcrypto_plan_session *from)
{
	if (!to || !from)
		return VCRYPTO_SAY_ENOENT;
	if (to_ses == from_ses)
		return VCRYPTO_SAY_EDEADLK;
	return to->mac && to->mac == from->mac ? VCRYPTO_FINE : VCRYPTO_SAY_EINVAL;
}
