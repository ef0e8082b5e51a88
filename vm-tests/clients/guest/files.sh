# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2317 # check() calls functions by their names
#
# Files encrypted, decrypted and hashed with the engine are what OpenSSL makes of them on the host: /data has
# the files (plain.SIZE) and the results (CIPHER.SIZE, DIGEST.SIZE), key has the options for each cipher.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

sizes=$(find /data -name 'plain.*' | sed 's/.*\.//' | sort -n)
total=$(cat /data/plain.* | wc -c)

# enc CIPHER OPTION...
enc()
{
	cipher=$1
	shift
	# shellcheck disable=SC2046 # several words
	openssl enc -engine devcrypto "-$cipher" $(cat "/data/$cipher.key") "$@"
}

both_directions()
{
	for size in $sizes; do
		echo "$1, $size bytes"
		enc "$1" -in "/data/plain.$size" -out encrypted && cmp encrypted "/data/$1.$size" &&
			enc "$1" -d -in "/data/$1.$size" -out decrypted && cmp decrypted "/data/plain.$size" || return
	done
}

# openssl enc reads 8 KiB at a time unless told otherwise.
one_piece()
{
	enc "$1" -bufsize 2000000 -in "/data/plain.$2" -out encrypted &&
		cmp encrypted "/data/$1.$2"
}

# A pipe gives it odd amounts.
odd_pieces()
{
	for start in 0 1 2 3 4 5 6 7 8 9; do
		dd if="/data/plain.$2" bs=777 skip="$start" count=1 2>/dev/null
		sleep 0.05
	done | enc "$1" -out encrypted &&
		head -c 7770 "/data/$1.$2" >expected &&
		head -c 7760 encrypted >start && head -c 7760 expected | cmp - start
}

digests()
{
	for size in $sizes; do
		echo "$1, $size bytes"
		openssl dgst -engine devcrypto "-$1" -r "/data/plain.$size" >digest &&
			cut -d ' ' -f 1 digest | cmp - "/data/$1.$size" || return
	done
}

for cipher in aes-128-cbc aes-192-cbc aes-256-cbc aes-128-ctr aes-192-ctr aes-256-ctr \
	aes-128-ecb aes-192-ecb aes-256-ecb camellia-128-cbc camellia-192-cbc camellia-256-cbc \
	des-ede3-cbc des-cbc bf-cbc; do
	name="$cipher makes of files of all sizes, and back, what it does on the host"
	if [ -e "/data/$cipher.key" ]; then
		check "$name" device_reads $((2 * total)) both_directions $cipher
	else
		skip "$name" "the host's openssl does not have it"
	fi
done
check "aes-256-cbc encrypts a file in one piece" one_piece aes-256-cbc 400001
check "aes-256-ctr encrypts a file in one piece" one_piece aes-256-ctr 400001
check "aes-128-cbc encrypts what comes in odd pieces" odd_pieces aes-128-cbc 65537
check "aes-128-ctr encrypts what comes in odd pieces" odd_pieces aes-128-ctr 65537
for digest in md5 sha1 sha224 sha256 sha384 sha512 ripemd160; do
	check "$digest makes of files of all sizes what it does on the host" \
		device_reads "$total" digests $digest
done
finish
