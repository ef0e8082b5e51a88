#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is wrong with vcrypto's command line is said in one line, before any device is opened.
#
#	arguments.sh VCRYPTO
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 1 "$@"

vcrypto=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
status=0
key=000102030405060708090a0b0c0d0e0f

# says STATUS TEXT ARGUMENT...
says() {
	local is=0 expected=$1 text=$2

	shift 2
	"$vcrypto" --device /nonexistent/crypto "$@" >out 2>err </dev/null || is=$?
	if [ $is -ne "$expected" ] || [ "$(wc -l <err)" -ne 1 ] || ! grep -q "^vcrypto: .*$text" err || [ -s out ]; then
		echo "FAIL: vcrypto $*: status $is, not $expected, or not '$text': $(cat err)"
		status=1
	fi
}

bad() { says 2 "$@"; }
# Nothing is wrong with it but that there is no device.
good() { says 1 'cannot use /nonexistent/crypto: .*load the module' "$@"; }

# helps TEXT ARGUMENT...: whatever else is missing.
helps() {
	local text=$1

	shift
	if ! "$vcrypto" "$@" >out 2>err || [ -s err ] || ! grep -q -e "$text" out; then
		echo "FAIL: vcrypto $*: not '$text': $(cat out err)"
		status=1
	fi
}

helps '^usage: vcrypto COMMAND' --help
helps '^  speed ' --help
for command in list enc dec hash mac aead speed info; do
	helps "^usage: vcrypto $command" $command --help
	helps '^      --device FILE  *[^ ]' $command -h
done
helps '^  -i, --input FILE  *[^ ]' --help enc
helps ' aes-ctr' dec --help --padding pkcs7
helps ' hmac-sha1' mac -h
"$vcrypto" hash --help | grep -q -e --key -e aes && { echo "FAIL: hash --help tells of others' options"; status=1; }
bad "no command 'encrypt' (vcrypto --help explains)" --help encrypt
bad "needs an algorithm (vcrypto hash --help explains)" hash

bad "aes-ctr needs a key of 32 bytes: --key-file or --key" enc aes-256-ctr
# An option's mistake is explained where the option is.
"$vcrypto" enc aes-ctr --iv xyz 2>err
grep -q '(vcrypto enc --help explains)' err || { echo "FAIL: $(cat err)"; status=1; }

bad 'say what to do'
bad "no command 'encrypt'" encrypt
bad "unknown option '--nothing'" list --nothing
bad "unknown option '-x'" list -x
bad '--key needs a value' enc aes-cbc --key
bad "'--quiet=1' has a value" enc aes-cbc --quiet=1
bad 'list knows no --key' list --key 00
bad 'hash knows no --output' hash sha256 -o file
bad 'speed knows no --iv' speed --iv 00
bad "list takes no 'aes'" list aes
bad 'enc needs an algorithm' enc
bad "no algorithm 'rot13'" enc rot13
bad "no algorithm 'aes-127-cbc'" enc aes-127-cbc --key $key
bad "no algorithm 'aes-64-cbc'" enc aes-64-cbc --key $key
bad "no algorithm ''" hash ''
bad "no algorithm 'x" hash "$(printf 'x%.0s' {1..1000})"
bad "no algorithm 'rot13'" speed sha256 rot13
bad 'sha256 goes with hash, not with mac' mac sha256 --key $key
bad 'hmac-sha256 goes with mac, not with hash' hash hmac-sha256
bad 'aes-gcm goes with aead, not with enc' enc aes-gcm --key $key
bad 'aes-cbc goes with enc and dec, not with aead' aead enc aes-cbc
bad 'aead needs enc or dec' aead aes-gcm
bad "'file' is one argument too many" enc aes-ecb file --key $key
bad 'needs a key of 16, 24 or 32 bytes: --key-file or --key' enc aes-ecb
bad 'needs a key of 16, 24 or 32 bytes, not 0' enc aes-ecb --key ''
bad 'needs a key of 32, 48 or 64 bytes, not 40' enc aes-xts --key $key$key${key:0:16} --iv $key
bad 'needs a key of 4 to 56 bytes, not 3' enc blowfish --key 000102 --iv 0001020304050607
bad 'needs a key of 24 bytes, not 16' enc des-ede3-cbc --key $key --iv 0001020304050607
bad 'needs a key of 1 to 512 bytes' mac hmac-md5
bad 'null needs a key of 0 bytes, not 1' enc null --key 00
bad 'even number of hexadecimal digits' enc aes-ecb --key 0
bad 'even number of hexadecimal digits' enc aes-ecb --key "$key "
bad 'even number of hexadecimal digits' enc aes-ecb --key "$(printf '00%.0s' {1..513})"
bad 'even number of hexadecimal digits' enc aes-cbc --key $key --iv x0
bad '--key and --key-file are one too many' enc aes-ecb --key $key --key-file /dev/null
bad 'standard input can be only one' enc aes-ecb --key-file -
bad 'standard input can be only one' mac hmac-sha1 --key-file -
bad 'standard input can be only one' mac hmac-sha1 --key-file - a -
bad 'standard input can be only one' aead enc aes-gcm --key-file - --aad-file - --iv 00 -i file
bad 'aes-cbc needs an IV of 16 bytes, not 0' enc aes-cbc --key $key
bad 'aes-ecb takes no IV' enc aes-ecb --key $key --iv $key
bad 'cmac-aes takes no IV' mac cmac-aes --key $key --iv $key
bad 'gmac-aes needs an IV of 12 bytes, not 0' mac gmac-aes --key $key a
bad 'gmac-aes needs an IV of 12 bytes, not 16' mac gmac-aes --key $key --iv $key a
bad 'gmac-aes takes one file' mac gmac-aes --key $key --iv ${key:0:24} a b
bad 'needs an IV of 12 bytes, not 16' aead enc aes-gcm --key $key --iv $key
bad 'needs an IV of 7 to 13, or 16 bytes, not 6' aead enc aes-ccm --key $key --iv 000102030405
bad 'first byte of a whole IV of aes-ccm is 1 to 7' aead enc aes-ccm --key $key --iv $key
bad "padding is pkcs7 or none, not 'zero'" enc aes-ecb --key $key --padding zero
bad 'aes-ctr needs no padding' enc aes-ctr --key $key --iv $key --padding pkcs7
bad 'aad needs an even number' aead enc aes-gcm --aad 0
bad '--aad and --aad-file are one too many' aead enc aes-gcm --key $key --iv ${key:0:24} --aad 00 --aad-file f
bad "tag-len needs a number from 4 to 16, not '17'" aead enc aes-gcm --tag-len 17
bad 'aes-gcm has no tags of 5 bytes' aead enc aes-gcm --key $key --iv ${key:0:24} --tag-len 5
bad 'chacha20-poly1305 has no tags of 8 bytes' aead enc chacha20-poly1305 --key $key$key --iv ${key:0:24} --tag-len 8
bad 'seconds needs a number above 0' speed --seconds 0
bad 'seconds needs a number above 0' speed --seconds nan
bad 'seconds needs a number above 0' speed --seconds 1s
bad 'size needs numbers of bytes' speed --size 16,0
bad 'size needs numbers of bytes' speed --size 65M
bad 'size needs numbers of bytes' speed --size 1T
bad 'size needs a number' speed --size ,
bad 'size takes 16 sizes at most' speed --size 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1

bad 'only aes-xts has sectors' enc aes-cbc --key $key --iv $key --sector-size 512
bad "power of two from 16 to 1M, not '15'" enc aes-xts --sector-size 15
bad "power of two from 16 to 1M, not '2M'" enc aes-xts --sector-size 2M
bad "power of two from 16 to 1M, not '768'" enc aes-xts --sector-size 768
bad "jobs needs a number from 1 to 256, not '0'" speed --jobs 0
bad "async needs a number from 1 to 64, not '65'" speed --async 65
bad 'sha1 has nothing to decrypt' speed --decrypt aes-cbc sha1
bad 'enc knows no --json' enc aes-ecb --json
bad 'mac knows no --passphrase-file' mac hmac-sha1 --passphrase-file file

good list
good list --json
good speed --decrypt --jobs 256 --async 64 --latency --json
good enc aes-xts --key $key$key --iv $key --sector-size 512
good dec aes-xts --key $key$key --iv $key --sector-size 1M
good info
good hash SHA-256 file
good speed
good speed aes-256-gcm sha1 --size 16,1k,64M --seconds 0.5 --ops -q
good enc null
good enc aes-128-cbc --key=$key --iv $key --padding none -i in -o out -q
good dec 'cbc(aes)' --key $key --iv $key --padding pkcs7
good enc aes-128-xts --key $key$key --iv $key
good enc aes-256-xts --key $key$key$key$key --iv $key
good mac hmac-sha3-512 --key 00 - a b
good mac gmac-aes --key $key --iv ${key:0:24} a
good mac hmac-sha1 --key "$(printf '00%.0s' {1..512})"
good aead dec chacha20-poly1305 --key $key$key --iv ${key:0:24} --aad 00ff
good aead enc aes-ccm --key $key --iv ${key:0:14} --tag-len 6

printf 0123456789abcdef >key
good enc aes-128-ecb --key-file key
says 1 'cannot read missing: No such file' enc aes-ecb --key-file missing
head -c 513 /dev/zero >long
says 1 'long is too long: 512 bytes at most' mac hmac-sha1 --key-file long

# What only a program with libcrypto knows.
printf '\n' >nothing
echo correct horse >passphrase
if "$vcrypto" speed --software --help >out 2>err; then
	good speed --software
	good enc aes-xts --passphrase-file passphrase
	good aead dec aes-ccm --passphrase-file passphrase
	bad 'no passphrase in nothing' enc aes-ctr --passphrase-file nothing
	bad 'null has no key' enc null --passphrase-file passphrase
	bad 'gives key and IV' enc aes-ctr --passphrase-file passphrase --key $key
	bad 'gives key and IV' enc aes-ctr --passphrase-file passphrase --key-file key
	bad 'gives key and IV' enc aes-ctr --passphrase-file passphrase --iv $key
	bad 'standard input can be only one' enc aes-ctr --passphrase-file -
else
	bad 'software needs libcrypto' speed --software
	bad 'passphrase-file needs libcrypto' enc aes-ctr --passphrase-file passphrase
fi
exit $status
