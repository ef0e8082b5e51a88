# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2015,SC2016,SC2094,SC2317 # check() calls functions by their names; A && B || C is meant
#
# Files and pipes, whole and in pieces, and what vcrypto prints.

# shellcheck source-path=SCRIPTDIR source=../../clients/guest/lib.sh
. "${0%/*}/lib.sh"

key=000102030405060708090a0b0c0d0e0f
iv=f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff

enc() { vcrypto enc aes-128-cbc --key "$key" --iv "$iv" "$@"; }
dec() { vcrypto dec aes-128-cbc --key "$key" --iv "$iv" "$@"; }

# In a row, without anything that could be taken for a file.
pipeline()
{
	enc --padding pkcs7 <plain | dec --padding pkcs7 | cmp - plain
}

# Reads are short, and one ends in the middle of a block.
trickle() { for _ in 1 2 3 4 5 6 7; do head -c 4099 /dev/zero; sleep 0.05; done; }

short_reads()
{
	trickle | enc --padding pkcs7 >slow && head -c 28693 /dev/zero | enc --padding pkcs7 | cmp - slow &&
		trickle | vcrypto hash sha1 >one && head -c 28693 /dev/zero | sha1sum | cmp - one
}

# More than goes into any buffer of a pipe: all writers have to wait.
slow_reader() { enc -i big | { sleep 1; dec; } | cmp - big; }

own_input()
{
	cp big own && enc -i own -o own && dec -i own -o own && cmp own big
}

# The file behind it is replaced, and keeps its mode.
through_link()
{
	: >target && chmod 640 target && ln -s target link && enc -i big -o link &&
		[ -L link ] && dec -i target | cmp - big && [ "$(stat -c %a target)" = 640 ]
}

new_mode()
{
	rm -f new && (umask 027 && enc -i big -o new) && [ "$(stat -c %a new)" = 640 ]
}

# The new file is somebody else's than the old one, perhaps.
no_borrowed_rights()
{
	: >lent && chmod 6755 lent && enc -i big -o lent && [ "$(stat -c %a lent)" = 755 ]
}

many_folders()
{
	mkdir folders && (cd folders && mkdir $(seq 40)) &&
		(ulimit -n 20; ! vcrypto hash sha256 folders/* big 2>/dev/null) | grep -q ' big$'
}

keys_from_files()
{
	printf '\000\001\002\003\004\005\006\007\010\011\012\013\014\015\016\017' >key &&
		vcrypto enc aes-cbc --key-file key --iv "$iv" -i big -o by-file &&
		vcrypto enc aes-cbc --key-file - --iv "$iv" -i big -o by-pipe <key &&
		enc -i big | cmp - by-file && cmp by-file by-pipe
}

other_names()
{
	enc -i big -o expected &&
		for spelling in aes-cbc AES-CBC 'cbc(aes)' cbc-aes Aes-128-Cbc; do
			vcrypto enc "$spelling" --key "$key" --iv "$iv" -i big | cmp - expected || return
		done
}

other_device() { enc --device /dev/cryptodev0 -i big | cmp - expected; }

# While it runs, the key is not among the arguments that others can see.
key_is_hidden()
{
	mkfifo waits
	vcrypto enc aes-128-cbc --key "$key" --iv "$iv" -i waits -o hidden &
	exec 9>waits
	sleep 0.5
	tr '\0' ' ' </proc/$!/cmdline >arguments
	exec 9>&-
	wait
	cat arguments && echo
	grep -q 'vcrypto enc aes-128-cbc --key' arguments && ! grep -q "$key" arguments
}

names_of_files()
{
	for file in 'a b' "-" 'back\slash' "$(printf 'new\nline')" 'täst'; do
		cp big "./$file" || return
	done
	vcrypto hash sha256 'a b' ./- 'back\slash' "$(printf 'new\nline')" 'täst' >SUMS && cat SUMS &&
		sha256sum 'a b' ./- >expected.sums && head -n 2 SUMS | cmp - expected.sums &&
		[ "$(wc -l <SUMS)" -eq 5 ] && [ "$(grep -c '^[\\]' SUMS)" -eq 2 ]
}

sums_are_checked()
{
	vcrypto hash sha256 big plain >SUMS && sha256sum -c SUMS && vcrypto hash sha512 big plain | sha512sum -c - &&
		vcrypto hash sha256 <big >SUMS && sha256sum -c SUMS <big
}

# Not shown to those who are not at a terminal.
no_progress()
{
	enc -i big -o quiet 2>err && [ ! -s err ] && vcrypto hash sha256 big 2>err && [ ! -s err ]
}

# On one it says how fast the work is, and cleans the line at the end.
progress()
{
	cat >slowly <<-END
		trickle() { for _ in 1 2 3 4 5 6 7 8; do head -c 1048576 /dev/zero; sleep 0.2; done; }
		trickle | vcrypto enc aes-128-cbc --key $key --iv $iv -o shown "\$@"
	END
	script -qc 'sh slowly' typescript </dev/null >/dev/null && cat typescript && grep -q '[0-9]\.[0-9] MB/s' typescript &&
		script -qc 'sh slowly --quiet' typescript </dev/null >/dev/null && ! grep -q 'MB/s' typescript &&
		[ "$(wc -c <shown)" -eq 8388608 ]
}

# Who is not root may use the device, and what may be locked is enough for its pages.
ordinary_user()
{
	echo nobody:x:65534:65534:nobody:/:/bin/sh >>/etc/passwd
	chmod 755 . && su -s /bin/sh nobody -c "vcrypto enc aes-128-cbc --key $key --iv $iv -i big" | cmp - expected
}

lists()
{
	vcrypto list >list && cat list &&
		grep -Eq '^aes-cbc +cipher +16 +16 +- +16,24,32 +cbc\(aes\) +[a-z0-9_-]+$' list &&
		grep -Eq '^sha256 +hash +- +- +32 +- +sha256 +[a-z0-9_-]+$' list &&
		grep -Eq '^hmac-sha1 +MAC +- +- +20 +1-512 +hmac\(sha1\) +[a-z0-9_-]+$' list &&
		grep -Eq '^backend +(mixed|libcrypto)$' list && grep -Eq '^max_sessions +[0-9]+$' list
}

# As many as the driver says, less the two TLS record ciphers, which are not for files.
lists_all()
{
	folder=/sys/class/cryptodev/cryptodev0/device
	all=$(cat "$folder/ciphers" "$folder/macs" | grep -vc '^tls')
	grep -q "^$all algorithms" list || { echo "the driver says $all"; return 1; }
}

tells_counters()
{
	before=$(counter crypt_requests)
	enc -i big -o counted && vcrypto info >info && cat info || return
	after=$(awk '$1 == "crypt_requests" { print $2 }' info)
	[ "$after" -ge $((before + 3)) ] && grep -Eq '^device +/dev/cryptodev0$' info &&
		vcrypto info --device /dev/cryptodev0 | grep -q '^crypt_requests'
}

measures()
{
	vcrypto speed --seconds 0.05 --size 16,1k,1000 aes-128-cbc sha256 hmac-sha1 >speed 2>err && cat err speed &&
		[ ! -s err ] && [ "$(wc -l <speed)" -eq 4 ] &&
		grep -Eq '^MB/s +16 B +1024 B +1000 B$' speed &&
		grep -Eq '^aes-128-cbc +[0-9.]+ +[0-9.]+ +-$' speed &&
		grep -Eq '^sha256 +[0-9.]+ +[0-9.]+ +[0-9.]+$' speed &&
		vcrypto speed --ops --seconds 0.05 --size 64 sha1 | grep -Eq '^sha1 +[1-9][0-9]+$'
}

head -c 2600011 /dev/urandom >plain
head -c 2600016 /dev/urandom >big

check "what goes through a pipe comes back" pipeline
check "short reads make no difference" short_reads
check "a reader that is slow gets everything" slow_reader
check "a file may be input and output" own_input
check "a link stays one, and its file keeps its mode" through_link
check "a new file has the mode that the user wants" new_mode
check "a file that is replaced keeps no set-user-id bit" no_borrowed_rights
check "files that cannot be read use nothing up" many_folders
check "a key comes from a file or from standard input" keys_from_files
check "an algorithm has several names" other_names
check "another device may be named" other_device
check "the key is not seen among the arguments of the running program" key_is_hidden
check "names of files are printed as sha256sum does" names_of_files
check "sha256sum -c takes what hash prints" sums_are_checked
check "nothing is shown where there is no terminal" no_progress
check "how far the work is is shown on a terminal, unless that is not wanted" progress
check "an ordinary user may use the device" ordinary_user
check "list says what the device offers" lists
check "list leaves nothing out that the driver offers" lists_all
check "info tells what the device has counted" tells_counters
check "speed prints a table" measures
check "no session is left" counter_becomes sessions 0
check "no context is left" counter_becomes contexts 0
echo "1..$cases"
exit $failed
