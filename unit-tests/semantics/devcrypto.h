/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of devcrypto.c share. */
#ifndef DEVCRYPTO_H
#define DEVCRYPTO_H

#include <stdbool.h>

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
 * Whether the device takes the call: EINVAL; EFAULT.  Fills @iv with the call's, or where
 * the session goes on, and @step with the first request.
 */
int first_step(const struct session *session, const struct vcrypto_plan *plan,
	       uint8_t iv[VCRYPTO_MAX_IV], struct vcrypto_plan_step *step);

/* The request behind @step; false if that was the last. */
bool next_step(const struct vcrypto_plan *plan, struct vcrypto_plan_step *step);

/* What comes of a request's IV, @left or NULL: the session's, and with the last the program's. */
int keep_iv(struct session *session, const struct vcrypto_plan *plan,
	    const struct vcrypto_plan_step *step, const uint8_t *left);

/* Lets the host answer; the call stays. */
int answer(struct guest_call *call);

/* CIOCAUTHCRYPT with a session that there is. */
int auth(struct session *session, uint32_t context, struct crypt_auth_op *op);

#endif /* DEVCRYPTO_H */
