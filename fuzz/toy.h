/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A toy provider that offers every algorithm.  Its "cryptography" protects
 * nothing, but each output byte depends on key, IV, position and data, and it
 * can be worked out in a few lines: so a model can foretell every byte of a
 * response, and a mix-up of sessions, IVs or pieces never goes unnoticed.
 */
#ifndef FUZZ_TOY_H
#define FUZZ_TOY_H

#include <vcrypto/backend.h>

/* FNV-1a; also what makes a number of a key.  Start with TOY_START ^ key. */
#define TOY_START 0xcbf29ce484222325u

uint64_t toy_hash(uint64_t state, const uint8_t *bytes, size_t len);

/* All of the longest digest; algorithms differ in how much of it they use. */
void toy_digest(uint64_t state, uint8_t digest[VCRYPTO_MAX_DIGEST]);

/* Encrypts or decrypts @len bytes that lie @offset bytes into the payload. */
void toy_crypt(uint64_t key, const uint8_t iv[VCRYPTO_MAX_IV], uint64_t offset, uint8_t *out,
	       const uint8_t *in, size_t len);

extern const struct vcrypto_backend toy_backend;

#endif /* FUZZ_TOY_H */
