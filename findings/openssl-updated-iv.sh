#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
OpenSSL 3.5: a program encrypts a block and asks for the IV to go on with. It gets the right one, and
success, but an error stays in the thread's queue. Who looks there next, as one must after SSL_read(),
takes it for his own. The parameter "updated-iv" shows why: each cipher tries two types one after the
other, and not all in the same order, so no type is clean for all of them.
END

fetch trixie libssl3t64=3.5.9-1~deb13u1 libssl-dev=3.5.9-1~deb13u1 libc6=2.41-12+deb13u5 \
	zlib1g=1:1.3.dfsg+really1.3.1-1+deb13u1 libzstd1=1.5.7+dfsg-1+deb13u1

compile updated-iv -lcrypto <<'END'
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <string.h>

static EVP_CIPHER_CTX *used(const char *name, unsigned char out[16])
{
	unsigned char key[16] = { 1 }, iv[16] = { 2 }, in[16] = { 3 };
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	int len;

	if (EVP_EncryptInit_ex2(ctx, cipher, key, iv, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1 ||
	    EVP_EncryptUpdate(ctx, out, &len, in, 16) != 1 || ERR_peek_error())
		puts("no clean start");
	return ctx;
}

static void report(const char *name, const char *how, int result)
{
	unsigned long error = ERR_get_error();

	printf("%s, %s: returns %d, queue: %s\n", name, how, result,
	       error ? ERR_reason_error_string(error) : "empty");
	ERR_clear_error();
}

static void by_parameter(const char *name)
{
	unsigned char out[16], iv[16], *pointer = NULL;
	EVP_CIPHER_CTX *ctx = used(name, out);
	OSSL_PARAM params[2] = { OSSL_PARAM_construct_octet_string("updated-iv", iv, 16),
				 OSSL_PARAM_construct_end() };

	report(name, "octet string", EVP_CIPHER_CTX_get_params(ctx, params));
	params[0] = OSSL_PARAM_construct_octet_ptr("updated-iv", (void **)&pointer, 16);
	report(name, "octet pointer", EVP_CIPHER_CTX_get_params(ctx, params));
	EVP_CIPHER_CTX_free(ctx);
}

int main(void)
{
	unsigned char out[16], iv[16];
	EVP_CIPHER_CTX *ctx = used("AES-128-CBC", out);

	report("AES-128-CBC", "function", EVP_CIPHER_CTX_get_updated_iv(ctx, iv, 16));
	/* In this mode it is the last block of the ciphertext. */
	printf("the IV is %s\n", memcmp(iv, out, 16) ? "wrong" : "right");
	EVP_CIPHER_CTX_free(ctx);
	by_parameter("AES-128-CBC");
	by_parameter("AES-128-GCM");
	return 0;
}
END

expected "a call that returns 1 leaves the error queue as it was"
seen=$(run updated-iv) || die "the program failed"
happened 'AES-128-CBC, function: returns 1, queue: param of incompatible type
the IV is right
AES-128-CBC, octet string: returns 1, queue: param of incompatible type
AES-128-CBC, octet pointer: returns 1, queue: empty
AES-128-GCM, octet string: returns 1, queue: empty
AES-128-GCM, octet pointer: returns 1, queue: param of incompatible type' "$seen"
