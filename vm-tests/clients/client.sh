#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: client.sh [--must-fail] NAME [OPTION of vm.sh]...
#
# Runs guest/NAME.sh, or the program $PROGRAMS/NAME, in a VM that has openssl as the distribution built it, and
# the engine of build-openssl.sh where openssl looks for it. What the script needs in /data is made here first.
# With --must-fail it succeeds if some cases fail, and nothing worse happens.

# shellcheck source-path=SCRIPTDIR source=../tests/lib.sh
. "${BASH_SOURCE[0]%/*}/../tests/lib.sh"

must_fail=
[ "${1-}" != --must-fail ] || { must_fail=yes; shift; }
clients=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
engine=${VCRYPTO_BUILD:-$clients/../../build}/openssl/devcrypto.so
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
[ -e "$engine" ] || fail "there is no $engine: run vm-tests/clients/build-openssl.sh"
engines=$("$openssl" version -e | sed -n 's/^ENGINESDIR: "\(.*\)"$/\1/p')
[ -n "$engines" ] || fail "openssl does not say where it looks for engines"

# Sizes around a block, around what openssl enc reads at a time, and far above.
sizes=(0 1 15 16 17 8191 8192 65537 400001)

make_files()
{
	local cipher digest key length size

	for size in "${sizes[@]}"; do
		head -c "$size" /dev/urandom >"$tmp/data/plain.$size"
	done
	for cipher in aes-{128,192,256}-{cbc,ctr,ecb}; do
		length=${cipher//[^0-9]/}
		key="-K $("$openssl" rand -hex $((length / 8)))"
		[[ $cipher == *-ecb ]] || key+=" -iv $("$openssl" rand -hex 16)"
		echo "$key" >"$tmp/data/$cipher.key"
		for size in "${sizes[@]}"; do
			# shellcheck disable=SC2086 # several words
			"$openssl" enc "-$cipher" $key -in "$tmp/data/plain.$size" -out "$tmp/data/$cipher.$size"
		done
	done
	for digest in md5 sha1 sha224 sha256 sha384 sha512; do
		for size in "${sizes[@]}"; do
			"${digest}sum" <"$tmp/data/plain.$size" | cut -d ' ' -f 1 >"$tmp/data/$digest.$size"
		done
	done
}

make_tls()
{
	head -c 400001 /dev/urandom >"$tmp/data/plain.400001"
	head -c 7200 /dev/urandom | base64 -w 64 >"$tmp/data/lines"
	"$openssl" req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 3650 \
		-keyout "$tmp/data/key.pem" -out "$tmp/data/cert.pem" 2>/dev/null
}

mkdir "$tmp/data"
case $name in
files) make_files ;;
tls) make_tls ;;
esac

options=(--timeout 280 --file "$openssl" --file "$engine:$engines/devcrypto.so"
	--file "$clients/guest:/clients" --file "$tmp/data:/data" "$@")
if [ -z "$must_fail" ]; then
	"$clients/../tests/tap.sh" "${options[@]}" -- "${program[@]}"
	exit
fi
status=0
vm "${options[@]}" -- "${program[@]}" >"$tmp/report" || status=$?
cat -- "$tmp/report"
[ "$status" -eq 1 ] || fail "$name ended with status $status, not 1"
grep -q '^not ok' "$tmp/report" || fail "$name failed for another reason"
