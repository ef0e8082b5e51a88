/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Calls of /dev/crypto as its rules get them: for tests, each of which changes what it is about. */
#ifndef UNIT_PLAN_RIG_H
#define UNIT_PLAN_RIG_H

#include <vcrypto/cryptodev.h>

#include "check.h"

/* Where the program's memory would be.  Nobody looks at it. */
enum { SRC = 0x100000, DST = 0x200000, MAC = 0x300000, IV = 0x400000, AAD = 0x500000 };

/* What the device takes with one request. */
enum { PAYLOAD = 1 << 20, PAGE = 4096 };

#define CBC VCRYPTO_CIPHER_AES_CBC
#define CTR VCRYPTO_CIPHER_AES_CTR
#define XTS VCRYPTO_CIPHER_AES_XTS
#define GCM VCRYPTO_CIPHER_AES_GCM
#define CCM VCRYPTO_CIPHER_AES_CCM
#define RECORD VCRYPTO_CIPHER_TLS11_AES_CBC_HMAC_SHA1
#define SHA1 VCRYPTO_MAC_SHA1
#define HMAC VCRYPTO_MAC_HMAC_SHA1
#define GMAC VCRYPTO_MAC_GMAC_AES

/* A session with these algorithms, of which either may be 0. */
struct vcrypto_plan_session plan_session_of(uint32_t cipher, uint32_t mac);
/* A call of CIOCCRYPT to encrypt @len bytes, with all that it may have. */
struct vcrypto_crypt_op plan_crypt_of(uint16_t flags, uint32_t len);
/* One of CIOCAUTHCRYPT, in place and with the AAD of a TLS record. */
struct vcrypto_auth_op plan_auth_of(uint16_t op, uint16_t flags, uint32_t len);
/* What comes of each in such a session. */
enum vcrypto_verdict plan_crypt(uint32_t cipher, uint32_t mac, const struct vcrypto_crypt_op *op,
				struct vcrypto_plan *plan);
enum vcrypto_verdict plan_authcrypt(uint32_t cipher, uint32_t mac,
				    const struct vcrypto_auth_op *op, struct vcrypto_plan *plan);
/* Whether the device takes it. */
bool plan_fits(const struct vcrypto_plan *plan);

#endif /* UNIT_PLAN_RIG_H */
