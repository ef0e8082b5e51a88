/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short forms of CIOCAUTHCRYPT for the test programs. */
#ifndef AUTH_H
#define AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <crypto/cryptodev.h>

int auth_call(int fd, struct crypt_auth_op *op);

/* Checks that the call fails with @error, and that nothing of the struct changes. */
void auth_refuses(int fd, struct crypt_auth_op op, int error);

/* A session with a key for each of cipher and mac; mac may be 0. */
uint32_t auth_session(int fd, uint32_t cipher, const void *key, uint32_t keylen, uint32_t mac,
		      const void *mackey, uint32_t mackeylen);

/* Checks what CIOCGSESSINFO says of a session that has a cipher and no mac. */
void auth_check_info(int fd, uint32_t ses, const char *name);

bool is_all(const uint8_t *memory, uint8_t value, size_t len);

#endif /* AUTH_H */
