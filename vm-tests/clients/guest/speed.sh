# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2317 # check() calls functions by their names
#
# OpenSSL's benchmark runs, and it is the device that does the work. How fast is of no interest here.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

# speed OPTION...: notes the operations that it reports, and checks that the device has seen all their bytes.
speed()
{
	before=$(counter bytes_in)
	openssl speed -engine devcrypto -elapsed -seconds 1 -bytes 16384 "$@" >speed.log 2>&1 ||
		{ cat speed.log; return 1; }
	# "Doing ...: 1234 ... in 1.00s" or, from the children of -multi, "+R:1234:...".
	operations=$(sed -En 's/^(Doing .*: |\+R:)([0-9]+)[ :].*/\2/p' speed.log |
		awk '{ sum += $1 } END { print sum + 0 }')
	read=$(($(counter bytes_in) - before))
	cat speed.log
	echo "note: $* $operations operations of 16384 bytes, the device has read $read bytes"
	[ "$operations" -gt 0 ] && [ "$read" -ge $((operations * 16384)) ]
}

check "speed encrypts with the device" speed -evp aes-128-cbc
check "speed decrypts with the device" speed -decrypt -evp aes-256-ctr
check "speed hashes with the device" speed -evp sha256
check "speed encrypts in two processes that share the device's open file" speed -multi 2 -evp aes-128-cbc
finish
