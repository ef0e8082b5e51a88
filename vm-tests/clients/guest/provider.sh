# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2317 # check() calls functions by their names
#
# OpenSSL's program, unchanged, with the provider in its configuration. Files are what OpenSSL makes of them on the
# host: /data has them (plain.SIZE) and the results (CIPHER.SIZE, DIGEST.SIZE), key has the options for each cipher.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=provider-lib.sh
. "${0%/*}/provider-lib.sh"

sizes=$(find /data -name 'plain.*' | sed 's/.*\.//' | sort -n)

both_directions()
{
	for size in $sizes; do
		echo "$1, $size bytes"
		# shellcheck disable=SC2046 # several words
		openssl enc "-$1" $(cat "/data/$1.key") -in "/data/plain.$size" -out encrypted &&
			cmp encrypted "/data/$1.$size" &&
			openssl enc "-$1" -d $(cat "/data/$1.key") -in "/data/$1.$size" -out decrypted &&
			cmp decrypted "/data/plain.$size" || return
	done
}

digests()
{
	for size in $sizes; do
		echo "$1, $size bytes"
		openssl dgst "-$1" -r "/data/plain.$size" >digest &&
			cut -d ' ' -f 1 digest | cmp - "/data/$1.$size" || return
	done
}

hmacs()
{
	openssl dgst -sha256 -hmac key -r /data/plain.400001 | cut -d ' ' -f 1 >one &&
		OPENSSL_CONF=/dev/null openssl dgst -sha256 -hmac key -r /data/plain.400001 | cut -d ' ' -f 1 | cmp one - &&
		openssl mac -digest SHA256 -macopt key:key -in /data/plain.400001 HMAC | tr A-F a-f | cmp one -
}

active() { openssl list -providers | tee list && grep -q vcrypto list; }

listed()
{
	for name; do
		openssl list -cipher-algorithms -digest-algorithms -mac-algorithms -provider vcrypto >names 2>&1
		grep -Eiq "$name.*@ vcrypto" names || { echo "$name is not in the list"; return 1; }
	done
}

# speed LEAST OPTION...: the device is given at least that share, in percent, of what is reported.
speed()
{
	share=$1
	shift
	before=$(counter bytes_in)
	openssl speed -elapsed -seconds 1 -bytes 16384 "$@" >speed.log 2>&1 || { cat speed.log; return 1; }
	operations=$(sed -En 's/^(Doing .*: |\+R:)([0-9]+)[ :].*/\2/p' speed.log |
		awk '{ sum += $1 } END { print sum + 0 }')
	read=$(($(counter bytes_in) - before))
	cat speed.log
	echo "note: $* $operations operations of 16384 bytes, the device has read $read bytes"
	[ "$operations" -gt 0 ] && [ "$read" -ge $((operations * 16384 * share / 100)) ]
}

# speed takes options as it reads them: what it fetches by "-evp" is what it had then.
speed_without()
{
	before=$(counter bytes_in)
	OPENSSL_CONF=/dev/null openssl speed -elapsed -seconds 1 -bytes 16384 -evp aes-128-cbc \
		-provider-path /provider -provider vcrypto -propquery '?provider=vcrypto' >speed.log 2>&1 || return
	read=$(($(counter bytes_in) - before))
	cat speed.log
	echo "note: -evp before -provider and -propquery: the device has read $read bytes"
	[ "$read" -lt 16384 ]
}

speed_with()
{
	OPENSSL_CONF=/dev/null speed 99 -provider-path /provider -provider vcrypto -provider default \
		-propquery '?provider=vcrypto' -evp aes-128-cbc
}

# Nothing but what it was.
without_device()
{
	mv /dev/crypto /dev/elsewhere || return
	openssl dgst -r -sha256 /data/plain.400001 | cut -d ' ' -f 1 | cmp - /data/sha256.400001
	status=$?
	mv /dev/elsewhere /dev/crypto
	return "$status"
}

check "the configuration loads it" active
check "it lists what the device has" listed AES-128-CBC AES-256-XTS AES-192-GCM AES-128-CCM ChaCha20-Poly1305 \
	CAMELLIA-256-CBC DES-EDE3-CBC MD5 SHA2-384 SHA3-512 RIPEMD HMAC
for cipher in aes-128-cbc aes-192-cbc aes-256-cbc aes-128-ctr aes-192-ctr aes-256-ctr \
	aes-128-ecb aes-192-ecb aes-256-ecb camellia-128-cbc camellia-192-cbc camellia-256-cbc des-ede3-cbc; do
	check "$cipher makes of files of all sizes, and back, what it does on the host" \
		device_reads 780000 both_directions $cipher
done
for digest in md5 sha1 sha224 sha256 sha384 sha512 ripemd160; do
	check "$digest makes of files of all sizes what it does on the host" device_reads 400001 digests $digest
done
check "HMAC, by either command, is what it is without the provider" device_reads 800002 hmacs
check "speed encrypts with the device" speed 99 -evp aes-128-cbc
check "speed decrypts with the device" speed 99 -decrypt -evp aes-256-ctr
check "speed hashes with the device" speed 90 -evp sha256
check "speed encrypts whole messages of GCM with the device" speed 99 -aead -evp aes-128-gcm
check "speed encrypts in two processes that fork after it was loaded" speed 99 -multi 2 -evp aes-128-cbc
check "speed takes a provider that is named before -evp" speed_with
check "and not one that is named behind it" speed_without
check "without a device all is as if the provider were not there" without_device
finish
