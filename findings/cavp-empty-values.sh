#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
NIST's CAVP response files, as packaged for python3-cryptography 38: what is empty stands in the files of
CCM and of SHA as "00", which looks like one byte, and in those of GCM as nothing. Only the length of the
section or of the vector tells. libcrypto, of the same suite, is asked which reading is right.
END

fetch bookworm python3-cryptography-vectors=38.0.4-1 libssl3=3.0.20-1~deb12u2 \
	libssl-dev=3.0.20-1~deb12u2

vectors=$root/usr/lib/python3/dist-packages/cryptography_vectors

# value FILE NAME: the first one of that name, as it stands there.
value()
{
	tr -d '\r' <"$vectors/$1" | sed -n "/^\[\{0,1\}$2 *= */{s///; s/[],].*//; p; q}"
}

compile judge -lcrypto <<'END'
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

/* KEY NONCE TAG: whether CCM accepts no payload, with @len bytes of AAD. */
static int accepts(char **hex, int len)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	EVP_CIPHER *ccm = EVP_CIPHER_fetch(NULL, "AES-128-CCM", NULL);
	unsigned char *value[3], zero = 0, out;
	long size[3];
	int i, done;

	for (i = 0; i < 3; i++)
		if (!(value[i] = OPENSSL_hexstr2buf(hex[i], &size[i])))
			return -1;
	if (EVP_DecryptInit_ex2(ctx, ccm, NULL, NULL, NULL) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, size[1], NULL) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, size[2], value[2]) != 1 ||
	    EVP_DecryptInit_ex2(ctx, NULL, value[0], value[1], NULL) != 1 ||
	    EVP_DecryptUpdate(ctx, NULL, &done, NULL, 0) != 1 ||
	    (len && EVP_DecryptUpdate(ctx, NULL, &done, &zero, len) != 1))
		return -1;
	return EVP_DecryptUpdate(ctx, &out, &done, &zero, 0) == 1;
}

/* Whether @hex is the SHA-256 of @len zero bytes. */
static int is_hash(const char *hex, size_t len)
{
	unsigned char md[32], *want = OPENSSL_hexstr2buf(hex, NULL);

	return want && EVP_Q_digest(NULL, "SHA256", NULL, "", len, md, NULL) == 1 &&
	       !memcmp(md, want, sizeof(md));
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 1;
	printf("CCM verifies with AAD of one zero byte: %d, of none: %d\n",
	       accepts(argv + 1, 1), accepts(argv + 1, 0));
	printf("the SHA-256 is that of one zero byte: %d, of none: %d\n", is_hash(argv[4], 1),
	       is_hash(argv[4], 0));
	return 0;
}
END

ccm=ciphers/AES/CCM/DVPT128.rsp
gcm=ciphers/AES/GCM/gcmDecrypt128.rsp
sha=hashes/SHA2/SHA256ShortMsg.rsp
for file in "$ccm" "$gcm" "$sha"; do
	[ -f "$vectors/$file" ] || die "the package has no $file"
done

expected "an empty value stands as nothing, and 00 is a byte"
verdict=$(run judge "$(value $ccm Key)" "$(value $ccm Nonce)" "$(value $ccm CT)" "$(value $sha MD)") ||
	die "the program failed"
seen="CCM: Alen = $(value $ccm Alen), Adata = '$(value $ccm Adata)', Payload = '$(value $ccm Payload)'
GCM: AADlen = $(value $gcm AADlen), AAD = '$(value $gcm AAD)', PT = '$(value $gcm PT)'
SHA-256: Len = $(value $sha Len), Msg = '$(value $sha Msg)'
$verdict"
happened "CCM: Alen = 0, Adata = '00', Payload = '00'
GCM: AADlen = 0, AAD = '', PT = ''
SHA-256: Len = 0, Msg = '00'
CCM verifies with AAD of one zero byte: 0, of none: 1
the SHA-256 is that of one zero byte: 0, of none: 1" "$seen"
