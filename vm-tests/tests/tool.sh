#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: tool.sh VCRYPTO [SIZE]...
#
# vcrypto in a guest computes what openssl does on the host: every cipher, hash and MAC that both know, with
# sizes around a block and around what goes into one call, or those SIZEs.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

[ $# -ge 1 ] || fail "no program"
VCRYPTO=$1
openssl=$(type -P openssl) || fail "openssl is missing: install the package openssl"

# Names of vcrypto, and what openssl calls them.
ciphers=(aes-{128,192,256}-{ecb,cbc,ctr,cfb,ofb} camellia-{128,192,256}-cbc 3des-cbc:des-ede3-cbc
	des-cbc blowfish-cbc:bf-cbc cast5-cbc arc4:rc4)
hashes=(md5 sha1 rmd160:ripemd160 sha224 sha256 sha384 sha512 sha3-224 sha3-256 sha3-384 sha3-512)
sizes=("${@:2}")
[ ${#sizes[@]} -gt 0 ] || sizes=(0 1 16 1048577 2097168)
key=603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4
iv=f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff

legacy=(-provider default -provider legacy)
key_for()
{
	case $1 in
	*-128-* | blowfish* | cast5* | arc4) echo "${key:0:32}" ;;
	*-192-* | 3des*) echo "${key:0:48}" ;;
	des*) echo "${key:0:16}" ;;
	*) echo "$key" ;;
	esac
}

# How the program is called, after "enc CIPHER" of either.
options_for()
{
	case $1 in
	*-ecb | arc4) ;;
	*des-* | blowfish* | cast5*) echo "${iv:0:16}" ;;
	*) echo "$iv" ;;
	esac
}

mkdir "$tmp/in" "$tmp/out" "$tmp/expected"
for size in "${sizes[@]}"; do
	head -c "$size" /dev/urandom >"$tmp/in/$size"
done

# openssl pads what has a block; the guest's script is told to do so too.
for pair in "${ciphers[@]}"; do
	cipher=${pair%:*} theirs=${pair#*:}
	iv_hex=$(options_for "$cipher")
	padding=none
	[[ $cipher != *-@(ecb|cbc) ]] || padding=pkcs7
	echo "$cipher $padding $(key_for "$cipher") $iv_hex"
	for size in "${sizes[@]}"; do
		"$openssl" enc "-$theirs" "${legacy[@]}" -K "$(key_for "$cipher")" ${iv_hex:+-iv "$iv_hex"} \
			-in "$tmp/in/$size" -out "$tmp/expected/$cipher.$size" 2>"$tmp/error" ||
			fail "openssl does not know $theirs: $(head -n 1 "$tmp/error")"
	done
done >"$tmp/ciphers"
for pair in "${hashes[@]}"; do
	hash=${pair%:*} theirs=${pair#*:}
	echo "$hash"
	(cd "$tmp/in" && "$openssl" dgst -r "-$theirs" "${legacy[@]}" "${sizes[@]}" | sed 's/ \*/  /') >"$tmp/expected/$hash"
	(cd "$tmp/in" && "$openssl" dgst -r "-$theirs" -mac HMAC -macopt "hexkey:$key" "${legacy[@]}" "${sizes[@]}" |
		sed 's/ \*/  /') >"$tmp/expected/hmac-$hash"
done >"$tmp/hashes"
(cd "$tmp/in" && for size in "${sizes[@]}"; do
	mac=$("$openssl" mac -cipher AES-256-CBC -macopt "hexkey:$key" -in "$size" CMAC)
	echo "${mac,,}  $size"
done) >"$tmp/expected/cmac"
(cd "$tmp/in" && for size in "${sizes[@]}"; do
	mac=$("$openssl" mac -cipher AES-256-GCM -macopt "hexkey:$key" -macopt hexiv:000102030405060708090a0b -in "$size" GMAC)
	echo "${mac,,}  $size"
done) >"$tmp/expected/gmac"

cat >"$tmp/script" <<'END_OF_SCRIPT'
set -e
key=$1
shift
mkdir /tmp/out
cd /in
while read -r cipher padding cipher_key iv; do
	for size in "$@"; do
		vcrypto enc "$cipher" --padding "$padding" --key "$cipher_key" ${iv:+--iv "$iv"} -i "$size" \
			-o "/tmp/out/$cipher.$size"
		vcrypto dec "$cipher" --padding "$padding" --key "$cipher_key" ${iv:+--iv "$iv"} \
			-i "/tmp/out/$cipher.$size" | cmp - "$size"
	done
done </ciphers
while read -r hash; do
	vcrypto hash "$hash" "$@" >"/tmp/out/$hash"
	vcrypto mac "hmac-$hash" --key "$key" "$@" >"/tmp/out/hmac-$hash"
done </hashes
vcrypto mac cmac-aes --key "$key" "$@" >/tmp/out/cmac
# One IV is for one message; that these share it is for the comparison alone.
for file; do
	vcrypto mac gmac-aes --key "$key" --iv 000102030405060708090a0b "$file"
done >/tmp/out/gmac
# IEEE 1619, vector 2: openssl's command does not do XTS.
head -c 32 /dev/zero | tr '\0' 'D' |
	vcrypto enc aes-128-xts --iv 33333333330000000000000000000000 \
		--key 1111111111111111111111111111111122222222222222222222222222222222 | xxd -p | tr -d '\n' >/tmp/out/xts
tar -C /tmp/out -c .
END_OF_SCRIPT
printf c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0 >"$tmp/expected/xts"

vm --file "$tmp/in:/in" --file "$tmp/script:/script" --file "$tmp/ciphers:/ciphers" --file "$tmp/hashes:/hashes" \
	--file "$VCRYPTO:/bin/vcrypto" -- sh /script "$key" "${sizes[@]}" >"$tmp/archive"
tar -C "$tmp/out" -xf "$tmp/archive"

count=0
for file in "$tmp/expected"/*; do
	cmp -- "$file" "$tmp/out/${file##*/}" || fail "${file##*/} is not what openssl says"
	count=$((count + 1))
done
expected=$((${#ciphers[@]} * ${#sizes[@]} + 2 * ${#hashes[@]} + 3))
[ "$count" -eq "$expected" ] || fail "$count results, not $expected"
echo "ok - $count results are the same"
