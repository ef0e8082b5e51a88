# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2015,SC2016,SC2094,SC2317 # check() calls functions by their names; A && B || C is meant
#
# What vcrypto does when something is wrong. Runs in a guest whose device does not offer des-cbc.

# shellcheck source-path=SCRIPTDIR source=../../clients/guest/lib.sh
. "${0%/*}/lib.sh"

key=000102030405060708090a0b0c0d0e0f
iv=f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff

# refused STATUS TEXT COMMAND...: it fails with this status and says so in one line, and leaves out.bin alone.
refused()
{
	status=$1 text=$2
	shift 2
	echo before >out.bin
	"$@" >out 2>err
	is=$?
	cat err
	[ "$is" -eq "$status" ] || { echo "the status is $is, not $status"; return 1; }
	[ "$(wc -l <err)" -eq 1 ] && grep -q "^vcrypto: .*$text" err || { echo "not the line that was expected"; return 1; }
	[ "$(cat out.bin)" = before ] || { echo "the output file has changed"; return 1; }
	set -- .vcrypto-*
	[ ! -e "$1" ] || { echo "$1 is left"; return 1; }
}

enc() { vcrypto enc aes-128-cbc --key "$key" --iv "$iv" "$@"; }
dec() { vcrypto dec aes-128-cbc --key "$key" --iv "$iv" "$@"; }

# As much as fits into the file system under test, which is not much.
no_space()
{
	mkdir -p small && mount -t tmpfs -o size=64k small small || return
	echo before >small/file
	refused 1 'small/file: No space left' enc -i big -o small/file
	result=$?
	[ "$(cat small/file)" = before ] || result=1
	ls -A small
	[ "$(ls -A small)" = file ] || result=1
	umount small
	return "$result"
}

# An unprivileged user; root may write everything.
not_allowed()
{
	mkdir -p -m 755 theirs && echo before >theirs/file && chmod 777 theirs && chmod 644 theirs/file || return
	refused 1 'theirs/file: Permission denied' \
		su -s /bin/sh nobody -c "vcrypto enc aes-128-cbc --key $key --iv $iv -i block -o theirs/file" &&
		[ "$(cat theirs/file)" = before ] && chmod 755 theirs &&
		refused 1 'theirs/new: Permission denied' \
			su -s /bin/sh nobody -c "vcrypto enc aes-128-cbc --key $key --iv $iv -i block -o theirs/new"
}

# The reader goes first: the end by SIGPIPE, without a word.
closed_pipe()
{
	{
		enc -i big 2>err
		echo $? >status
	} | head -c 1 >first
	cat err status
	[ "$(cat status)" -eq 141 ] && [ ! -s err ]
}

# A signal in the middle: the input never ends, so it is still running.
interrupted()
{
	echo before >out.bin
	mkfifo endless || return
	vcrypto enc aes-128-ctr --key "$key" --iv "$iv" -i endless -o out.bin &
	pid=$!
	exec 9>endless
	head -c 3000000 /dev/zero >&9
	ls .vcrypto-* || return
	kill "$pid"
	wait "$pid"
	status=$?
	exec 9>&-
	ls -A
	set -- .vcrypto-*
	[ "$status" -eq 143 ] && [ ! -e "$1" ] && [ "$(cat out.bin)" = before ]
}

# Files that can be read are hashed all the same.
one_of_three()
{
	vcrypto hash sha256 block missing block >sums 2>err
	[ $? -eq 1 ] && cat err sums && [ "$(wc -l <sums)" -eq 2 ] && [ "$(wc -l <err)" -eq 1 ] &&
		grep -q '^vcrypto: cannot read missing: No such file' err
}

echo nobody:x:65534:65534:nobody:/:/bin/sh >>/etc/passwd
chmod 755 . /tmp
head -c 16 /dev/zero >block
head -c 17 /dev/zero >odd
head -c 3000000 /dev/zero >big
truncate -s 16777232 xts
enc -i block -o sealed
enc --padding pkcs7 -i odd -o padded

check "a key of a wrong length is refused with the lengths that are right" \
	refused 2 'aes-cbc needs a key of 16, 24 or 32 bytes, not 15' \
	vcrypto enc aes-cbc --key 000102030405060708090a0b0c0d0e --iv "$iv" -i block -o out.bin
check "a key that is not what the name says is refused" \
	refused 2 'aes-cbc needs a key of 32 bytes, not 16' vcrypto enc aes-256-cbc --key "$key" --iv "$iv" -o out.bin
check "a key file of a wrong length is refused" \
	refused 2 'needs a key of 16, 24 or 32 bytes, not 17' vcrypto enc aes-cbc --key-file odd --iv "$iv" -o out.bin
check "a key that is not hexadecimal is refused, and not printed" \
	refused 2 'key needs an even number of hexadecimal digits' \
	vcrypto enc aes-cbc --key 0g --iv "$iv" -i block -o out.bin
check "an IV of a wrong length is refused" \
	refused 2 'aes-cbc needs an IV of 16 bytes, not 1' vcrypto enc aes-cbc --key "$key" --iv 00 -o out.bin
check "an input file that is missing is refused" refused 1 'cannot read missing: No such file' \
	enc -i missing -o out.bin
check "an input file that is a folder is refused" refused 1 'cannot read /tmp: Is a directory' enc -i /tmp -o out.bin
check "a key file that is missing is refused" refused 1 'cannot read missing: No such file' \
	vcrypto enc aes-cbc --key-file missing --iv "$iv" -i block -o out.bin
check "an output file in a folder that is missing is refused" refused 1 'cannot write no/file: No such file' \
	enc -i block -o no/file
check "an output that is a folder is refused" refused 1 'cannot write /tmp: Is a directory' enc -i block -o /tmp
check "an output file that may not be written is refused" not_allowed
check "a full file system keeps the old file" no_space
check "a full device is noticed" refused 1 'cannot write /dev/full: No space left' enc -i big -o /dev/full
check "digests that cannot be written are noticed" \
	refused 1 'cannot write standard output: No space left' sh -c 'vcrypto hash sha256 block >/dev/full'
check "a closed pipe ends the program without a word" closed_pipe
check "a signal leaves the old file and no unfinished one" interrupted
check "data that are no multiple of the block are refused with a way out" \
	refused 1 'not a multiple of 16 bytes.*--padding pkcs7' enc -i odd -o out.bin
check "ciphertext that is no multiple of the block is refused" \
	refused 1 'not a multiple of 16 bytes.*not all is there' dec -i odd -o out.bin
check "wrong padding is refused" refused 1 'wrong padding' dec --padding pkcs7 -i sealed -o out.bin
check "padding that is right with another key is refused" refused 1 'wrong padding' \
	vcrypto dec aes-cbc --padding pkcs7 --key 100102030405060708090a0b0c0d0e0f --iv "$iv" -i padded -o out.bin
check "nothing at all has wrong padding" refused 1 'wrong padding' dec --padding pkcs7 -i /dev/null -o out.bin
check "a file that is missing does not keep others from being hashed" one_of_three
check "an algorithm that the device does not offer is named" \
	refused 1 'does not offer des-cbc.*vcrypto list' \
	vcrypto enc des-cbc --key 0001020304050607 --iv 0001020304050607 -i block -o out.bin
check "it cannot be measured either" refused 1 'does not offer des-cbc' vcrypto speed --seconds 0.01 des-cbc
check "the list does not have it" sh -c 'vcrypto list >list && grep -q "^aes-cbc " list && ! grep -q "^des-cbc " list'
check "an XTS key with equal halves is refused with the reason" refused 1 'two halves of an aes-xts key must differ' \
	vcrypto enc aes-xts --key "$key"$key --iv "$iv" -i block -o out.bin
check "more than goes into one call is refused where data cannot be cut" refused 1 'use --sector-size' \
	vcrypto enc aes-xts --key "$key"$iv --iv "$iv" -i xts -o out.bin
check "a device that is missing is refused with a hint" refused 1 'cannot use /dev/none: there is no such file.*/dev/crypto' \
	enc --device /dev/none -i block -o out.bin
check "and so does info" refused 1 'cannot use /dev/none' vcrypto info --device /dev/none
check "a file that is no device is refused" refused 1 'cannot use block: it is not a crypto device' \
	enc --device block -i block -o out.bin
check "a device of another kind is refused" refused 1 'cannot use /dev/null: it is not a crypto device' \
	enc --device /dev/null -i block -o out.bin
rmmod vcrypto
check "without the module all is refused with a hint" \
	refused 1 'cannot use /dev/crypto: .*load the module' enc -i block -o out.bin
echo "1..$cases"
exit $failed
