/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The same work as a program does it that calls libcrypto itself. */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include <openssl/evp.h>

#include "rig.h"

/* A keyed context for each session: of a cipher, or of an HMAC. */
struct bare {
	const struct work *work;
	EVP_CIPHER_CTX *ciphers[RIG_BATCH];
	EVP_MAC_CTX *macs[RIG_BATCH];
};

/*
 * Contexts for @work, which OpenSSL calls @name: the cipher, or the HMAC's hash.  Ends the
 * program if there are none.
 *
 * EVP_CIPHER_CTX_set_padding() is what everybody uses.  It leaves a flag behind
 * for which each EVP_CipherInit_ex2() sets the padding again.  Our backend
 * avoids that; with @lean the bare loop does too.
 */
void bare_open(struct bare *bare, const struct work *work, const char *name, bool lean);
void bare_close(struct bare *bare);

/* The first @count pieces of @payload: set the IV, transform; tags as the requests have them. */
void bare_run(const struct bare *bare, const struct payload *payload, size_t count);

#endif /* BENCH_BARE_H */
