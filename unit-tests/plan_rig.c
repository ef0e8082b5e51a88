// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "plan_rig.h"

struct vcrypto_plan_session plan_session_of(uint32_t cipher, uint32_t mac)
{
	return (struct vcrypto_plan_session) {
		.cipher = vcrypto_cipher_find(cipher), .mac = vcrypto_mac_find(mac),
		.payload = PAYLOAD, .aad = PAGE,
	};
}

struct vcrypto_crypt_op plan_crypt_of(uint16_t flags, uint32_t len)
{
	return (struct vcrypto_crypt_op) {
		.flags = flags, .len = len, .src = SRC, .dst = DST, .mac = MAC, .iv = IV,
	};
}

struct vcrypto_auth_op plan_auth_of(uint16_t op, uint16_t flags, uint32_t len)
{
	return (struct vcrypto_auth_op) {
		.op = op, .flags = flags, .len = len, .auth_len = 13, .auth_src = AAD,
		.src = SRC, .dst = SRC, .tag = MAC, .iv = IV,
	};
}

enum vcrypto_verdict plan_crypt(uint32_t cipher, uint32_t mac, const struct vcrypto_crypt_op *op,
				struct vcrypto_plan *plan)
{
	const struct vcrypto_plan_session session = plan_session_of(cipher, mac);

	return vcrypto_plan_crypt(&session, op, plan);
}

enum vcrypto_verdict plan_authcrypt(uint32_t cipher, uint32_t mac,
				    const struct vcrypto_auth_op *op, struct vcrypto_plan *plan)
{
	const struct vcrypto_plan_session session = plan_session_of(cipher, mac);

	return vcrypto_plan_authcrypt(&session, op, plan);
}

bool plan_fits(const struct vcrypto_plan *plan)
{
	const struct vcrypto_plan_session session = plan_session_of(0, 0);

	return vcrypto_plan_fits(&session, plan);
}
