#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# usage: test-vm.sh VCRYPTO-KAT SOURCE-FOLDER
#
# vcrypto-kat in a guest, through the ioctls: our own vectors, and a sample of the packaged ones.  A damaged
# vector is noticed there as well.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 2 "$@"

kat=$1 source=$2
vm=$source/vm-tests/vm.sh
tmp=$(mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT

fail() {
	echo "not so: $*"
	exit 1
}

mkdir "$tmp/vectors"
cp -- "$source"/unit-tests/vectors/*.txt "$tmp/vectors"
"$source/unit-tests/kat/files.sh" samples "$tmp/vectors"
# Ten thousand calls for each vector, in an emulated machine.
rm -- "$tmp/vectors/TCBCMonte3.rsp" "$tmp/vectors/elsewhere.json"
packaged=$(dpkg -L python3-cryptography-vectors 2>/dev/null | sed -n 's|/ciphers/AES$||p') || :
if [ -d "$packaged" ]; then
	for file in ciphers/AES/CBC/CBCMMT256.rsp ciphers/AES/ECB/ECBVarTxt128.rsp \
		ciphers/AES/CFB/CFB128MMT192.rsp ciphers/AES/OFB/OFBMMT128.rsp ciphers/AES/CCM/VTT128.rsp \
		ciphers/AES/XTS/tweak-128hexstr/XTSGenAES256.rsp ciphers/3DES/CBC/TCBCMMT3.rsp \
		hashes/SHA1/SHA1ShortMsg.rsp hashes/SHA2/SHA512LongMsg.rsp hashes/SHA3/SHA3_256ShortMsg.rsp; do
		cp -- "$packaged/$file" "$tmp/vectors"
	done
	sed -n '1,/^Count = 14/p' "$packaged/ciphers/AES/GCM/gcmDecrypt256.rsp" | sed '$d' \
		>"$tmp/vectors/gcmDecrypt256.rsp"
else
	echo "SKIP the sample of packaged vectors: python3-cryptography-vectors is not installed"
fi
sed 's/^digest = ./digest = 0/' "$source/unit-tests/vectors/digest.txt" >"$tmp/damaged.txt"

# shellcheck disable=SC2016 # the guest's shell expands that
"$vm" run --timeout 300 --file "$kat:/kat" --file "$tmp/vectors:/vectors" --file "$tmp/damaged.txt:/damaged.txt" -- \
	sh -c '/kat --quiet --device /dev/crypto /vectors/* && {
		/kat --device /dev/crypto /damaged.txt >/tmp/out; echo "damaged: exit status $?"
		grep -c MISMATCH /tmp/out; }' | tee "$tmp/out" || fail "all vectors pass in a guest"
grep -q '^all .* 0 ' "$tmp/out" || fail "nothing failed"
for algorithm in AES-CBC AES-CTR AES-GCM AES-CCM AES-XTS 3DES-CBC SHA3-256 HMAC-SHA2-512; do
	grep -Eq "^$algorithm +[1-9]" "$tmp/out" || fail "$algorithm was tested"
done
grep -qx 'damaged: exit status 1' "$tmp/out" || fail "a damaged file is noticed"
