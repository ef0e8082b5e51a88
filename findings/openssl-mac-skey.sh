#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
OpenSSL 3.5: keys may be objects (EVP_SKEY), and there are functions that begin with one, for ciphers
and for MACs. The default provider's ciphers take its keys. None of its MACs does, HMAC included: the
function for MACs is there for other providers.
END

fetch trixie libssl3t64=3.5.9-1~deb13u1 libssl-dev=3.5.9-1~deb13u1 libc6=2.41-12+deb13u5 \
	zlib1g=1:1.3.dfsg+really1.3.1-1+deb13u1 libzstd1=1.5.7+dfsg-1+deb13u1

compile mac-skey -lcrypto <<'END'
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>

static unsigned char bytes[32] = { 1 };

static EVP_SKEY *key(const char *type, size_t len)
{
	return EVP_SKEY_import_raw_key(NULL, type, bytes, len, NULL);
}

static void try_mac(const char *name, size_t len, const char *what, char *value, const char *type)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, name, NULL);
	EVP_MAC_CTX *by_bytes = EVP_MAC_CTX_new(mac), *by_object = EVP_MAC_CTX_new(mac);
	EVP_SKEY *skey = key(type, len);
	OSSL_PARAM params[] = {
		what ? OSSL_PARAM_construct_utf8_string(what, value, 0) : OSSL_PARAM_construct_end(),
		OSSL_PARAM_construct_end(),
	};
	int first = EVP_MAC_init(by_bytes, bytes, len, params), second;

	ERR_clear_error();
	second = EVP_MAC_init_SKEY(by_object, skey, params);
	printf("%s: by bytes %d, by %s of %s %d\n", name, first, EVP_SKEY_get0_skeymgmt_name(skey),
	       EVP_SKEY_get0_provider_name(skey), second);
}

int main(void)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	char digest[] = "SHA256", cipher[] = "AES-128-CBC";

	printf("AES-128-CBC: by AES %d\n",
	       EVP_CipherInit_SKEY(ctx, EVP_CIPHER_fetch(NULL, cipher, NULL), key("AES", 16), bytes, 16,
				   1, NULL));
	try_mac("HMAC", 32, "digest", digest, "GENERIC-SECRET");
	try_mac("CMAC", 16, "cipher", cipher, "AES");
	try_mac("KMAC-128", 32, NULL, NULL, "GENERIC-SECRET");
	try_mac("Poly1305", 32, NULL, NULL, "GENERIC-SECRET");
	try_mac("SipHash", 16, NULL, NULL, "GENERIC-SECRET");
	try_mac("BLAKE2BMAC", 32, NULL, NULL, "GENERIC-SECRET");
	return 0;
}
END

expected "what takes the bytes of a key takes a key of the same provider"
seen=$(run mac-skey) || die "the program failed"
happened 'AES-128-CBC: by AES 1
HMAC: by bytes 1, by GENERIC-SECRET of default 0
CMAC: by bytes 1, by AES of default 0
KMAC-128: by bytes 1, by GENERIC-SECRET of default 0
Poly1305: by bytes 1, by GENERIC-SECRET of default 0
SipHash: by bytes 1, by GENERIC-SECRET of default 0
BLAKE2BMAC: by bytes 1, by GENERIC-SECRET of default 0' "$seen"
