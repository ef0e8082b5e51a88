#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: filecrypt.sh
#
# Files that the guest encrypts and hashes through the device are what openssl and sha256sum make of them on
# the host.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

type -P openssl >/dev/null || fail "openssl is missing: install the package openssl"

key=603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4
iv=000102030405060708090a0b0c0d0e0f
sizes=(0 1 15 16 17 4096 65537 1048576 5242880)

# Compares what the guest made of one file with what the host does.
compare()
{
	local name=$1 file=$2

	openssl enc -aes-256-cbc -K "$key" -iv "$iv" -in "$file" -out "$tmp/expected"
	cmp -- "$tmp/expected" "$tmp/out/$name" || fail "$name: ciphertext differs from openssl's"
	grep -qx "sha256=$(sha256sum <"$file" | cut -c 1-64)" "$tmp/out/$name.log" ||
		fail "$name: digest differs from sha256sum's: $(<"$tmp/out/$name.log")"
	grep -qx "bytes=$(stat -c %s "$file")" "$tmp/out/$name.log" || fail "$name: wrong number of bytes"
	echo "ok - $name"
}

mkdir "$tmp/in" "$tmp/out"
for size in "${sizes[@]}"; do
	head -c "$size" /dev/urandom >"$tmp/in/$size"
done

# One VM for all of them; the results come back as one archive.
cat >"$tmp/script" <<'END'
set -e
mkdir /tmp/out
for file in /in/*; do
	filecrypt "$1" "$2" "$file" >/tmp/out/"${file##*/}" 2>/tmp/out/"${file##*/}".log
done
filecrypt --chunk 4096 "$1" "$2" /in/65537 >/tmp/out/small-chunks 2>/tmp/out/small-chunks.log
filecrypt --chunk 67108864 "$1" "$2" /in/5242880 >/tmp/out/one-chunk 2>/tmp/out/one-chunk.log
tar -C /tmp/out -c .
END
vm --file "$tmp/in:/in" --file "$tmp/script:/script" --file "$PROGRAMS/filecrypt:/bin/filecrypt" -- \
	sh /script "$key" "$iv" >"$tmp/archive"
tar -C "$tmp/out" -xf "$tmp/archive"

for size in "${sizes[@]}"; do
	compare "$size" "$tmp/in/$size"
done
compare small-chunks "$tmp/in/65537"
compare one-chunk "$tmp/in/5242880"
cat -- "$tmp/out/5242880.log"

# The device has done the work: it has counted all bytes, twice.
bytes_in=$(sed -n 's/^bytes_in=//p' "$tmp/out/one-chunk.log")
[ "${bytes_in:-0}" -ge 10485760 ] || fail "the device has counted '$bytes_in' bytes"
