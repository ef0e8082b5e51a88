/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The same computed by libcrypto's one-shot functions, with nothing of ours between. */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "check.h"

/* libcrypto's name of @cipher with a key of @key_len bytes. */
const char *ref_name(uint32_t cipher, size_t key_len);

/* @len bytes, whole blocks, without padding. */
void ref_cipher(uint32_t cipher, const uint8_t *key, size_t key_len, const uint8_t *iv,
		bool decrypt, const uint8_t *in, size_t len, uint8_t *out);

/* XTS block by block, by the words of IEEE 1619, 5.3; also with keys of 48 bytes. */
void ref_xts(const uint8_t *key, size_t key_len, const uint8_t *iv, bool decrypt, const uint8_t *in,
	     size_t len, uint8_t *out);

/* The MAC over three byte strings, any of which may be empty. */
void ref_hmac(uint32_t mac, const uint8_t *key, size_t key_len, const void *a, size_t a_len,
	      const void *b, size_t b_len, const void *c, size_t c_len,
	      uint8_t digest[VCRYPTO_MAX_DIGEST]);

/* A CMAC with AES (SP 800-38B). */
void ref_cmac(const uint8_t *key, size_t key_len, const void *text, size_t len,
	      uint8_t digest[VCRYPTO_MAX_DIGEST]);

/* A GMAC with AES, of AES-ECB and GHASH by the words of SP 800-38D, 6. */
void ref_gmac(const uint8_t *key, size_t key_len, const uint8_t iv[12], const void *text, size_t len,
	      uint8_t digest[VCRYPTO_MAX_DIGEST]);

/* Encrypts; CCM with the IV as the protocol has it (L - 1, then the nonce). */
void ref_aead(uint32_t cipher, const uint8_t *key, size_t key_len, const uint8_t *iv,
	      const void *aad, size_t aad_len, const uint8_t *in, size_t len, uint8_t *out,
	      uint8_t *tag, size_t tag_len);

#endif /* REFERENCE_H */
