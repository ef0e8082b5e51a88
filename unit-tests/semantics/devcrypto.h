/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of devcrypto.c share. */
#ifndef DEVCRYPTO_H
#define DEVCRYPTO_H

#include <crypto/cryptodev.h>

#include "guest.h"

struct session {
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	uint32_t handle;
	bool used;
};

extern struct guest guest;

/* All these return 0 or an errno. */

/* From or to the program; EFAULT if the kernel finds that it has no such memory. */
int user_copy(void *to, const void *from, size_t len);

/* Lets the host answer; the call stays. */
int answer(struct guest_call *call);

/* CIOCAUTHCRYPT with a session that there is. */
int auth(const struct session *session, uint32_t context, struct crypt_auth_op *op);

#endif /* DEVCRYPTO_H */
