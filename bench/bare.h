/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The same work as a program does it that calls libcrypto itself. */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include <openssl/evp.h>

#include "rig.h"

/*
 * A keyed context for @work, which OpenSSL calls @cipher; ends the program if
 * there is none.
 *
 * EVP_CIPHER_CTX_set_padding() is what everybody uses.  It leaves a flag behind
 * for which each EVP_CipherInit_ex2() sets the padding again.  Our backend
 * avoids that; with @lean the bare loop does too.
 */
EVP_CIPHER_CTX *bare_open(const struct work *work, const char *cipher, bool lean);

/* The first @count pieces of @payload: set the IV, transform. */
void bare_run(EVP_CIPHER_CTX *ctx, const struct work *work, const struct payload *payload,
	      size_t count);

#endif /* BENCH_BARE_H */
