/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the tests of AKCIPHER share: keys, and requests of which one answer is enough. */
#ifndef AKCIPHER_HAND_H
#define AKCIPHER_HAND_H

#include <openssl/evp.h>

#include "virtio_hand.h"

#define ENCRYPT 0
#define DECRYPT 1
#define SIGN 2
#define VERIFY 3

#define PUBLIC 1
#define PRIVATE 2

#define ERR 1
#define NOTSUPP 3
#define INVSESS 4
#define NOSPC 5
#define KEY_REJECTED 6

#define ALL_STATELESS (STATELESS | 32u)

struct bytes {
	uint8_t at[4096];
	size_t len;
};

/* The key of now, both halves as they are sent; and what a test asks and expects. */
extern EVP_PKEY *akcipher_pkey;
extern struct bytes akcipher_key, akcipher_public, text, result, digest;

void set_hex(struct bytes *bytes, const char *hex);

/* Of a test: a device that offers AKCIPHER, with the backend that is tested. */
int start(void **state);
int stop(void **state);

/* That of RFC 7515, A.2; with its digest in @digest, and its signature in @result. */
void jws_key(void);
void new_rsa(unsigned int bits);
void new_ec(const char *curve);
/* The halves again, of akcipher_pkey. */
void write_key(void);
void forget_key(void);

/* A session of RSA, or of a curve. */
struct hand hand_of(uint32_t type, uint32_t padding, uint32_t hash);
struct hand ec_of(uint32_t type, uint32_t curve);

/* The same with a request: what is worked on, and room for the result. */
struct hand ask(struct hand hand, uint32_t op, const uint8_t *src, size_t src_len, size_t dst_len);
/* Whether @src is a signature of @of. */
struct hand ask_verify(struct hand hand, const uint8_t *src, size_t src_len, const uint8_t *of,
		       size_t of_len);

/* Makes the session and gives the request; its status. */
uint32_t run_once(struct hand hand);

#endif /* AKCIPHER_HAND_H */
