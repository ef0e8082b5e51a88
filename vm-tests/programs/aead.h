/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs that test CIOCAUTHCRYPT's AEAD mode share: sessions and calls. */
#ifndef AEAD_H
#define AEAD_H

#include <stddef.h>
#include <stdint.h>

#include <crypto/cryptodev.h>

#define PAGE 4096
#define LONG (3 * PAGE)
/* As much as is copied; of more the pages are pinned. */
#define BOUNCE 512

extern const uint8_t key[32];
extern uint8_t aad[PAGE + 1], text[LONG], iv[16];
/* What is encrypted to, and what is decrypted to. */
extern uint8_t sealed[LONG + 64], room[LONG + 128];
extern int fd;
extern uint32_t gcm, ccm, chacha;

void aead_prepare(void);

/* Opens the device, makes a session of each and fills the results with 0xee. */
void aead_start(void);

/* A call that encrypts @len bytes of text, with 20 of AAD. */
struct crypt_auth_op aead_sealing(uint32_t ses, size_t len);
/* What undoes it: made of what that has returned. */
struct crypt_auth_op aead_opening(const struct crypt_auth_op *done);

/* With each session lengths from 0 to LONG, in a file of its own. */
void aead_each_length(void (*check)(uint32_t ses, size_t len));

#endif /* AEAD_H */
