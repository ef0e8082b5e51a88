/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of devcrypto.c share. */
#ifndef DEVCRYPTO_H
#define DEVCRYPTO_H

#include <crypto/cryptodev.h>

#include <vcrypto/cryptodev.h>

#include "guest.h"

struct session {
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	uint32_t handle;
	uint8_t iv[VCRYPTO_MAX_IV];	/* where a call without IV goes on */
	bool used;
};

extern struct guest guest;

void *pointer(uint64_t address);
struct vcrypto_plan_session plan_session(const struct session *session);

/* All these return 0 or an errno. */

/* From or to the program; EFAULT if the kernel finds that it has no such memory. */
int user_copy(void *to, const void *from, size_t len);

/* The library's verdict on a call. */
int verdict_error(enum vcrypto_verdict verdict);

/*
 * The one request that a call is here: all of its source, the IV read, or the session's.
 * EINVAL if it does not fit the device; EFAULT.
 */
int one_step(const struct session *session, const struct vcrypto_plan *plan,
	     uint8_t iv[VCRYPTO_MAX_IV], struct vcrypto_plan_step *step);

/* What comes of a request's IV, @left or NULL: the session's, the program's. */
int keep_iv(struct session *session, const struct vcrypto_plan *plan, const uint8_t *given,
	    const uint8_t *left);

/* Lets the host answer; the call stays. */
int answer(struct guest_call *call);

/* CIOCAUTHCRYPT with a session that there is. */
int auth(struct session *session, uint32_t context, struct crypt_auth_op *op);

#endif /* DEVCRYPTO_H */
