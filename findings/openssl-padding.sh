#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
OpenSSL 3.0: padding can be turned off by EVP_CIPHER_CTX_set_padding(), or as the parameter "padding". The
ciphertext is the same. But the function also leaves a flag in the context, for which every later
EVP_CipherInit_ex2() sets the padding again, also one that sets a new IV and nothing else. Counted in
instructions, by valgrind: the same on every run.
END

fetch bookworm libssl3=3.0.20-1~deb12u2 libssl-dev=3.0.20-1~deb12u2 valgrind=1:3.19.0-1

compile padding -lcrypto <<'END'
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	unsigned char key[16] = { 1 }, iv[16] = { 2 }, in[16] = { 3 }, out[32];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL);
	unsigned int none = 0;
	OSSL_PARAM params[2] = { OSSL_PARAM_construct_uint("padding", &none),
				 OSSL_PARAM_construct_end() };
	int i, len, end, ok = argc == 3, count = ok ? atoi(argv[2]) : 0;

	ok = ok && EVP_CipherInit_ex2(ctx, cipher, key, NULL, 1, NULL) == 1;
	if (ok && argv[1][0] == 'f')
		ok = EVP_CIPHER_CTX_set_padding(ctx, 0) == 1;
	else if (ok)
		ok = EVP_CIPHER_CTX_set_params(ctx, params) == 1;
	for (i = 0; ok && i < count; i++)
		ok = EVP_CipherInit_ex2(ctx, NULL, NULL, iv, -1, NULL) == 1;
	/* Nothing more comes at the end: there is no padding. */
	ok = ok && EVP_CipherInit_ex2(ctx, NULL, NULL, iv, -1, NULL) == 1 &&
	     EVP_CipherUpdate(ctx, out, &len, in, 16) == 1 && len == 16 &&
	     EVP_CipherFinal_ex(ctx, out + 16, &end) == 1 && end == 0;
	return !ok;
}
END

# shellcheck disable=SC2034 # for run
under=(VALGRIND_LIB="$root/usr/libexec/valgrind" "$root/usr/bin/valgrind" --tool=callgrind
	--callgrind-out-file=/dev/null)

# instructions HOW COUNT: of the whole program, with that many initializations.
instructions()
{
	local out

	out=$(run padding "$@" 2>&1) || die "under valgrind: ${out##*$'\n'}"
	sed -n 's/.*Collected : *//p' <<<"$out"
}

# each HOW: instructions of one initialization with an IV only.
each()
{
	local none many

	none=$(instructions "$1" 0) || exit
	many=$(instructions "$1" 1000) || exit
	echo $(((many - none) / 1000))
}

expected "setting an IV costs the same, however padding was turned off"
function=$(each function)
parameter=$(each parameter)
[[ $function -gt 0 && $parameter -gt 0 ]] || die "no instructions counted"
echo "counted:  $function instructions an IV after the function, $parameter after the parameter"
seen="about the same"
[ $((function * 4)) -lt $((parameter * 5)) ] || seen="a quarter more or worse after the function"
happened "a quarter more or worse after the function" "$seen"
