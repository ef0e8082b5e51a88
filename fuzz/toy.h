/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A toy provider that offers every algorithm.  Its "cryptography" protects
 * nothing, but each output byte depends on key, IV, position and data, and it
 * can be worked out in a few lines: so a model can foretell every byte of a
 * response, and a mix-up of sessions, IVs or pieces never goes unnoticed.  A
 * text in parts, each with the next IV of protocol 4.7.3, gives what the whole
 * gives, as with real ciphers.
 */
#ifndef FUZZ_TOY_H
#define FUZZ_TOY_H

#include <vcrypto/backend.h>

#include "fuzz.h"

/* FNV-1a; also what makes a number of a key.  Start with TOY_START ^ key. */
#define TOY_START 0xcbf29ce484222325u

/*
 * Ciphers that can do a message or data unit in parts, of toy_backend (and libcrypto) and
 * of toy_flat_backend; and those that the latter wants in one piece.
 */
#define TOY_FLAT_STREAMS (1ull << VCRYPTO_CIPHER_AES_GCM | 1ull << VCRYPTO_CIPHER_CHACHA20_POLY1305)
#define TOY_STREAMS (TOY_FLAT_STREAMS | 1ull << VCRYPTO_CIPHER_AES_XTS | \
		     1ull << VCRYPTO_CIPHER_AES_CCM)
#define TOY_FLAT TOY_STREAMS

uint64_t toy_hash(uint64_t state, const uint8_t *bytes, size_t len);
/* The state of a message that begins with @key, and @iv if @mac (or NULL) takes one. */
uint64_t toy_mac_start(const struct vcrypto_mac *mac, uint64_t key, const uint8_t *iv);

/* All of the longest digest; algorithms differ in how much of it they use. */
void toy_digest(uint64_t state, uint8_t digest[VCRYPTO_MAX_DIGEST]);

/* What a tag starts from: then the AAD and the ciphertext are hashed, and that is the digest. */
uint64_t toy_tag_start(uint64_t key, const uint8_t iv[VCRYPTO_MAX_IV]);

struct toy_cipher {
	const struct vcrypto_cipher *cipher;
	uint64_t key;
	uint64_t offset;	/* into the text */
	uint8_t iv[VCRYPTO_MAX_IV];
};

void toy_cipher_start(struct toy_cipher *toy, const struct vcrypto_cipher *cipher, uint64_t key,
		      const uint8_t iv[VCRYPTO_MAX_IV]);

/* The next @len bytes of a text; @in and @out may be the same. */
void toy_cipher_run(struct toy_cipher *toy, bool decrypt, uint8_t *out, const uint8_t *in,
		    size_t len);

/* The last block of key stream begun; the end of the text. */
void toy_cipher_feedback(struct toy_cipher *toy, uint8_t next[VCRYPTO_MAX_IV]);

/* The IV from which a data unit goes on. */
void toy_cipher_unit(const struct toy_cipher *toy, uint8_t next[VCRYPTO_MAX_IV]);

/*
 * An asymmetric key, which is a number; one whose DER begins with TOY_NO_KEY is none.  It
 * encrypts and decrypts by an xor, and signs with a digest.  It has not MD5.
 */
#define TOY_NO_KEY 0xdd
uint64_t toy_key(enum vcrypto_key_kind kind, const uint8_t *der, size_t len);
void toy_key_run(uint64_t key, struct vcrypto_key_job *job);

extern const struct vcrypto_backend toy_backend;

/* The same, with some ciphers that need all in one piece, and check that they get it. */
extern const struct vcrypto_backend toy_flat_backend;

#endif /* FUZZ_TOY_H */
