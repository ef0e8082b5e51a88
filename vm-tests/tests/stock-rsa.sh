#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: stock-rsa.sh SERIES whole|object QEMU VCRYPTOD
#
# A stock kernel of SERIES, in a QEMU as stock.sh has them, does RSA with the device, which has to be asked to: keyctl
# signs, verifies, encrypts and decrypts, and openssl is the other side of each. The kernel's self-tests of the device's
# algorithms have passed, and it is the device's that the kernel takes. Not asked to, the object offers none.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

[ $# -eq 4 ] || fail "which kernel, way, QEMU and daemon? (--help explains)"
for program in keyctl openssl; do
	type -P "$program" >/dev/null || fail "$program is missing: run .ci/setup.sh vm"
done

openssl genrsa -out "$tmp/key.pem" 2048 2>/dev/null
openssl pkcs8 -topk8 -nocrypt -in "$tmp/key.pem" -outform DER -out "$tmp/key.p8"
cat >"$tmp/guest" <<'END'
set -e
cd /
id=$(keyctl padd asymmetric rsa @s <key.p8)
printf 'a text' | openssl dgst -sha256 -binary >digest
printf 'a secret' >secret
printf 'another text' | openssl dgst -sha256 -binary >other

keyctl pkey_sign "$id" 0 digest enc=pkcs1 hash=sha256 >signature
openssl pkeyutl -verify -inkey key.pem -in digest -sigfile signature -pkeyopt digest:sha256
openssl pkeyutl -sign -inkey key.pem -in digest -pkeyopt digest:sha256 >theirs
cmp signature theirs
echo 'rsa: keyctl pkey_sign: identical to openssl pkeyutl -sign, and openssl verifies it'
keyctl pkey_verify "$id" 0 digest theirs enc=pkcs1 hash=sha256
! keyctl pkey_verify "$id" 0 other theirs enc=pkcs1 hash=sha256 2>refusal
cat refusal
echo "rsa: keyctl pkey_verify: takes openssl's signature, and refuses it for another text"

keyctl pkey_encrypt "$id" 0 secret enc=pkcs1 >sealed
openssl pkeyutl -decrypt -inkey key.pem -in sealed | cmp - secret
echo 'rsa: keyctl pkey_encrypt: openssl pkeyutl -decrypt gives the text back'
openssl pkeyutl -encrypt -inkey key.pem -in secret >sealed
keyctl pkey_decrypt "$id" 0 sealed enc=pkcs1 | cmp - secret
echo "rsa: keyctl pkey_decrypt: gives back what openssl pkeyutl -encrypt sealed"

# Of those of one name the kernel takes the one with the highest priority.
for driver in virtio-crypto-rsa virtio-pkcs1-rsa 'pkcs1\(pad\)\?(virtio-crypto-rsa,sha256)'; do
	grep -A 5 "driver       : $driver" /proc/crypto | grep -q 'selftest     : passed'
done
echo 'rsa: all of it by virtio-crypto-rsa and what is over it; the self-tests of these: passed'
echo 'all of it'
END

# --plain, because it prints no TAP: its last line tells that it came there.
status=0
STOCK_AKCIPHER=yes "${BASH_SOURCE[0]%/*}/stock.sh" --plain --kernel "$@" \
	--module pkcs8_key_parser --file "$tmp/key.pem:/key.pem" --file "$tmp/key.p8:/key.p8" --file "$tmp/guest:/guest" \
	--file "$(type -P keyctl)" --file "$(type -P openssl)" -- keyctl session - sh /guest | tee "$tmp/out" || status=$?
[ "$status" -ne 77 ] || exit 77
if [ "$status" -ne 0 ] || ! grep -q '^all of it' "$tmp/out"; then
	fail "the guest did not come to its end"
fi
