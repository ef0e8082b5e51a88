/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs that test CIOCAUTHCRYPT's TLS mode share.  Records are put
 * together by hand, of CIOCCRYPT's CBC and HMAC, which the vectors of "kat" prove
 * right.
 */
#ifndef TLS_H
#define TLS_H

#include <stddef.h>
#include <stdint.h>

#include <crypto/cryptodev.h>

#define PAGE 4096
#define ROOM (5 * PAGE)

/* A session, and those that do its work by hand. */
struct suite {
	uint32_t ses, cipher, mac;
	size_t block, digest;
	uint16_t flags;
};

extern const uint8_t tls_key[32], tls_mac_key[32], zeros[ROOM];
extern uint8_t aad[PAGE + 1], text[ROOM], first_iv[16];
/* What calls work on, and what tls_make_record() makes. */
extern uint8_t record[ROOM + 64], expected[ROOM + 64];
extern int fd;
extern struct suite sha1, sha256, tls11, tls12, ctr;

void tls_prepare(void);

/* Opens the device and makes the sessions. */
void tls_start(void);

/* With @padding bytes behind the MAC, all of which are one less; returns the record's length. */
size_t tls_make_record(const struct suite *suite, size_t len, size_t tag_len, size_t padding);
size_t tls_least_padding(const struct suite *suite, size_t len, size_t tag_len);

/* A call that encrypts @len bytes of text, with 13 of AAD. */
struct crypt_auth_op tls_sealing(const struct suite *suite, size_t len);
/* One that decrypts @len bytes of what tls_make_record() has made. */
struct crypt_auth_op tls_opening(const struct suite *suite, size_t len);

/* With each suite lengths from 0 to 16 KiB, in a file of its own. */
void tls_each_suite(void (*check)(const struct suite *suite, size_t len));

#endif /* TLS_H */
