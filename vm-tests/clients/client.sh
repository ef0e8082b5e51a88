#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: client.sh [--must-fail] NAME [OPTION of vm.sh]...
#
# Runs guest/NAME.sh, or the program $PROGRAMS/NAME, in a VM that has openssl as the distribution built it, and
# the engine of build-openssl.sh where openssl looks for it. What the script needs in /data is made here first.
# A NAME that begins with "provider" gets the OpenSSL provider instead, which PROVIDER names, curl, and nginx if
# fetch-nginx.sh has been run.
# With --must-fail it succeeds if some cases fail, and nothing worse happens.
# VCRYPTO_BUILD names another build folder.

# shellcheck source-path=SCRIPTDIR source=../tests/lib.sh
. "${BASH_SOURCE[0]%/*}/../tests/lib.sh"

must_fail=
[ "${1-}" != --must-fail ] || { must_fail=yes; shift; }
clients=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
built=${VCRYPTO_BUILD:-$clients/../../build}/openssl
engine=$built/devcrypto.so
name=${1-}
shift || :
if [ -f "$clients/guest/$name.sh" ]; then
	program=(sh "/clients/$name.sh")
elif [ -f "$PROGRAMS/$name" ]; then
	program=("$PROGRAMS/$name")
else
	fail "there is neither guest/$name.sh nor $PROGRAMS/$name; usage: client.sh [--must-fail] NAME [OPTION of vm.sh]..."
fi
openssl=$(type -P openssl) || fail "openssl is missing: install the package openssl"
provider=
[[ $name != provider* ]] || provider=${PROVIDER:?}
[[ -n $provider && $name != provider-vectors ]] || [ -e "$engine" ] || fail "there is no $engine: run vm-tests/clients/build-openssl.sh"
engines=$("$openssl" version -e | sed -n 's/^ENGINESDIR: "\(.*\)"$/\1/p')
[ -n "$engines" ] || fail "openssl does not say where it looks for engines"

# Sizes around a block, around what openssl enc reads at a time, and far above.
sizes=(0 1 15 16 17 8191 8192 65537 400001)
[ "$name" != provider ] || sizes=(17 8192 400001)

# What openssl calls a cipher, the bytes of its key and of its IV. Some are in a module of OpenSSL's that is not
# there everywhere; the guest's script skips those.
ciphers()
{
	local mode size

	for size in 128 192 256; do
		for mode in cbc ctr; do
			echo "aes-$size-$mode $((size / 8)) 16"
		done
		echo "aes-$size-ecb $((size / 8)) 0"
		echo "camellia-$size-cbc $((size / 8)) 16"
	done
	echo "des-ede3-cbc 24 8"
	[ ${#legacy[@]} -eq 0 ] || printf '%s\n' "des-cbc 8 8" "bf-cbc 16 8"
}

make_files()
{
	local cipher digest iv_bytes key key_bytes legacy size

	for size in "${sizes[@]}"; do
		head -c "$size" /dev/urandom >"$tmp/data/plain.$size"
	done
	legacy=(-provider default -provider legacy)
	"$openssl" list -providers "${legacy[@]}" >/dev/null 2>&1 || legacy=()
	while read -r cipher key_bytes iv_bytes; do
		key="-K $("$openssl" rand -hex "$key_bytes")"
		[ "$iv_bytes" -eq 0 ] || key+=" -iv $("$openssl" rand -hex "$iv_bytes")"
		echo "$key" >"$tmp/data/$cipher.key"
		for size in "${sizes[@]}"; do
			# shellcheck disable=SC2086 # several words
			"$openssl" enc "${legacy[@]}" "-$cipher" $key -in "$tmp/data/plain.$size" \
				-out "$tmp/data/$cipher.$size"
		done
	done < <(ciphers)
	for size in "${sizes[@]}"; do
		for digest in md5 sha1 sha224 sha256 sha384 sha512; do
			"${digest}sum" <"$tmp/data/plain.$size" | cut -d ' ' -f 1 >"$tmp/data/$digest.$size"
		done
		"$openssl" dgst -r -ripemd160 <"$tmp/data/plain.$size" | cut -d ' ' -f 1 >"$tmp/data/ripemd160.$size"
	done
}

make_tls()
{
	head -c 400001 /dev/urandom >"$tmp/data/plain.400001"
	head -c 7200 /dev/urandom | base64 -w 64 >"$tmp/data/lines"
	"$openssl" req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 3650 \
		-addext subjectAltName=DNS:localhost \
		-keyout "$tmp/data/key.pem" -out "$tmp/data/cert.pem" 2>/dev/null
}

mkdir "$tmp/data"
case $name in
files | provider) make_files ;;
tls | provider-tls) make_tls ;;
provider-vectors) cp -- "$built"/src/test/recipes/30-test_evp_data/*.txt "$tmp/data/" ;;
esac

options=(--timeout 280 --file "$openssl" --file "$clients/guest:/clients" --file "$tmp/data:/data")
if [ -z "$provider" ]; then
	options+=(--file "$engine:$engines/devcrypto.so")
else
	curl=$(type -P curl) || fail "curl is missing: install the package curl"
	nginx=${VCRYPTO_BUILD:-$clients/../../build}/nginx/usr/sbin/nginx
	# Whom nginx's workers become.
	printf '%s\n' root:x:0:0:root:/root:/bin/sh nobody:x:65534:65534:nobody:/:/bin/sh >"$tmp/passwd"
	printf '%s\n' root:x:0: nogroup:x:65534: >"$tmp/group"
	echo 127.0.0.1 localhost >"$tmp/hosts"
	options+=(--file "$provider:/provider/vcrypto.so" --file "$curl" --file "$tmp/passwd:/etc/passwd"
		--file "$tmp/group:/etc/group" --file "$tmp/hosts:/etc/hosts")
	[ "$name" != provider-vectors ] || options+=(--file "$built/evp_test:/bin/evp_test")
	[ ! -e "$nginx" ] || options+=(--file "$nginx:/usr/sbin/nginx")
fi
options+=("$@")
if [ -z "$must_fail" ]; then
	"$clients/../tests/tap.sh" "${options[@]}" -- "${program[@]}"
	exit
fi
status=0
vm "${options[@]}" -- "${program[@]}" >"$tmp/report" || status=$?
cat -- "$tmp/report"
[ "$status" -eq 1 ] || fail "$name ended with status $status, not 1"
grep -q '^not ok' "$tmp/report" || fail "$name failed for another reason"
