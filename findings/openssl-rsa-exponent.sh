#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
OpenSSL 3.0: an RSA key with a modulus of more than 3072 bits and a public exponent of more than 64 can be
generated, and signs. EVP_PKEY_verify() of that signature returns 0, which by its manual says that the
signature is wrong; an error would be negative. The same arithmetic by hand says that it is right.
END

fetch bookworm libssl3=3.0.20-1~deb12u2 libssl-dev=3.0.20-1~deb12u2

compile exponent -lcrypto <<'END'
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>

static EVP_PKEY *generate(int bits, int exponent_bits)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *e = BN_new();
	EVP_PKEY *pkey = NULL;

	/* 2^n + 1 */
	if (BN_set_bit(e, exponent_bits - 1) != 1 || BN_add_word(e, 1) != 1 ||
	    EVP_PKEY_keygen_init(ctx) != 1 || EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits) != 1 ||
	    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) != 1 || EVP_PKEY_generate(ctx, &pkey) != 1)
		exit(1);
	return pkey;
}

/* Whether signature^e mod n begins and ends as PKCS#1 v1.5 wants: 1, ones, ..., the digest. */
static int is_right(EVP_PKEY *pkey, const unsigned char *signature, size_t len,
		    const unsigned char *digest)
{
	BIGNUM *n = NULL, *e = NULL, *number = BN_bin2bn(signature, (int)len, NULL);
	unsigned char text[1024];
	size_t i;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) != 1 ||
	    BN_mod_exp(number, number, e, n, BN_CTX_new()) != 1 ||
	    BN_bn2binpad(number, text, (int)len) != (int)len)
		exit(1);
	for (i = 0; i < 32; i++)
		if (text[len - 32 + i] != digest[i])
			return 0;
	return text[0] == 0 && text[1] == 1 && text[2] == 0xff;
}

static void try(int bits, int exponent_bits)
{
	EVP_PKEY *pkey = generate(bits, exponent_bits);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	unsigned char digest[32] = { 7 }, signature[1024];
	size_t len = sizeof(signature);
	int verified;

	if (EVP_PKEY_sign_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) != 1 ||
	    EVP_PKEY_sign(ctx, signature, &len, digest, sizeof(digest)) != 1 ||
	    EVP_PKEY_verify_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) != 1)
		exit(1);
	verified = EVP_PKEY_verify(ctx, signature, len, digest, sizeof(digest));
	printf("%d bits, exponent of %d: signed, by hand %s, EVP_PKEY_verify() %d\n", bits,
	       exponent_bits, is_right(pkey, signature, len, digest) ? "right" : "wrong", verified);
}

int main(void)
{
	try(3072, 65);
	try(3080, 64);
	try(3080, 65);
	return 0;
}
END

expected "a signature that its key has just made is verified, or an error below 0 says why it cannot be"
seen=$(run exponent) || die "the program failed"
happened "3072 bits, exponent of 65: signed, by hand right, EVP_PKEY_verify() 1
3080 bits, exponent of 64: signed, by hand right, EVP_PKEY_verify() 1
3080 bits, exponent of 65: signed, by hand right, EVP_PKEY_verify() 0" "$seen"
