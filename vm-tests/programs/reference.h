/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same cryptography done by libcrypto in the program itself. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What both can do: the numbers of /dev/crypto, and names for messages. */
struct reference_cipher {
	uint32_t cipher;
	const char *name;
	uint32_t keylen;
	size_t block;
	const char *libcrypto;
	size_t iv;
};

struct reference_mac {
	uint32_t mac;
	const char *name;
	int keyed;
	size_t size;
	const char *libcrypto; /* a hash; NULL: a CMAC */
};

/* All; the first ones are there on any host, and may be cut into pieces. */
#define REFERENCE_CIPHERS 33
#define REFERENCE_MACS 23
#define REFERENCE_COMMON_CIPHERS 9
#define REFERENCE_COMMON_MACS 8
extern const struct reference_cipher reference_ciphers[REFERENCE_CIPHERS];
extern const struct reference_mac reference_macs[REFERENCE_MACS];

/* Whether libcrypto has them here; some are in a module of their own, "legacy". */
bool reference_has_cipher(const struct reference_cipher *cipher);
bool reference_has_mac(const struct reference_mac *mac);
/* A length of key that it takes, by a number of the caller's; an HMAC takes any. */
uint32_t reference_keylen(const struct reference_mac *mac, uint32_t any);

/* The program ends if libcrypto fails. */
void reference_encrypt(const struct reference_cipher *cipher, const uint8_t *key, const uint8_t *iv,
		       const uint8_t *src, size_t len, uint8_t *dst);
void reference_decrypt(const struct reference_cipher *cipher, const uint8_t *key, const uint8_t *iv,
		       const uint8_t *src, size_t len, uint8_t *dst);
void reference_digest(const struct reference_mac *mac, const uint8_t *key, size_t keylen,
		      const uint8_t *src, size_t len, uint8_t *digest);

#endif /* REFERENCE_H */
