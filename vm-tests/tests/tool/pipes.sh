# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2015,SC2016,SC2094,SC2317 # check() calls functions by their names; A && B || C is meant
#
# Files and pipes, whole and in pieces, and what vcrypto prints.

# shellcheck source-path=SCRIPTDIR source=../../clients/guest/lib.sh
. "${0%/*}/lib.sh"

key=000102030405060708090a0b0c0d0e0f
iv=f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff
zero=00000000000000000000000000000000

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
	script -qc 'sh slowly' typescript </dev/null >/dev/null && cat typescript && grep -q '[0-9]\.[0-9] [kM]B/s' typescript &&
		script -qc 'sh slowly --quiet' typescript </dev/null >/dev/null && ! grep -q 'B/s' typescript &&
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

# Every way to call: the other direction, several threads, asynchronous calls; how long a call takes.
measures_ways()
{
	for way in --decrypt '--jobs 3' '--async 8' '--jobs 2 --async 64 --decrypt'; do
		vcrypto speed --seconds 0.05 --size 16,4k $way aes-256-ctr 3des >speed 2>err && cat err speed &&
			[ "$(grep -Ec '^(aes-256-ctr|3des) +[0-9.]+ +[0-9.]+$' speed)" -eq 2 ] || return
	done
	for aead in aes-gcm aes-ccm chacha20-poly1305; do
		vcrypto speed --seconds 0.05 --size 16,4k --decrypt $aead >speed && cat speed &&
			grep -Eq "^$aead +[0-9.]+ +[0-9.]+$" speed || return
	done
	vcrypto speed --seconds 0.05 --size 16 --async 4 aes-gcm sha256 >speed && cat speed && grep -Eq '^aes-gcm +-$' speed &&
		grep -Eq '^sha256 +[0-9.]+$' speed &&
		vcrypto speed --seconds 0.05 --size 16 --latency sha1 >speed && cat speed && [ "$(wc -l <speed)" -eq 5 ] &&
		grep -Eq '^  99 of 100, us +[0-9.]+$' speed
}

measures_software()
{
	vcrypto speed --seconds 0.02 --size 64 --software >speed && cat speed &&
		grep -A 1 '^aes-cbc ' speed | grep -Eq '^  software +[0-9.]+$' &&
		grep -A 1 '^hmac-sha256 ' speed | grep -Eq '^  software +[0-9.]+$' &&
		grep -A 1 '^gmac-aes ' speed | grep -Eq '^  software +[0-9.]+$'
}

# A unit test knows where quotes and commas belong.
json()
{
	vcrypto list --json >json && grep -q '"name": "aes-cbc",$' json && grep -q '"key_max": 32,$' json &&
		grep -q '"is_device": true$' json && grep -q '"max_sessions": [0-9]*,*$' json &&
		vcrypto info --json >json && cat json && grep -q '"device": "/dev/cryptodev0",$' json &&
		grep -q '"crypt_requests": [0-9]*,*$' json && vcrypto speed --json --seconds 0.05 --size 64 md5 >json &&
		cat json && grep -q '"algorithm": "md5",$' json && grep -q '"calls_per_second": [0-9.e+]*,$' json
}

# What dm-crypt does with a disk: a tweak for each sector, which is its number.
sectors()
{
	head -c 18000000 /dev/zero >disk
	both=$key$iv
	vcrypto enc aes-128-xts --key "$both" --iv "$zero" --sector-size 4096 -i disk -o sealed &&
		vcrypto dec aes-128-xts --key "$both" --iv "$zero" --sector-size 4096 -i sealed | cmp - disk || return
	# The second sector, and the one behind 256 others, by themselves.
	tail -c +4097 sealed | head -c 4096 >second && tail -c +1052673 sealed | head -c 4096 >behind &&
		head -c 4096 disk | vcrypto enc aes-128-xts --key "$both" --iv "01${zero#??}" | cmp - second &&
		head -c 4096 disk | vcrypto enc aes-128-xts --key "$both" --iv "0101${zero#????}" | cmp - behind &&
		head -c 8192 disk | vcrypto enc aes-128-xts --key "$both" --iv "01${zero#??}" --sector-size 4k |
		head -c 4096 | cmp - second &&
		vcrypto enc aes-128-xts --key "$both" --iv "ffff${zero#????}" --sector-size 512 -i disk | head -c 1024 |
		tail -c 512 >carried && head -c 512 disk |
		vcrypto enc aes-128-xts --key "$both" --iv "000001${zero#??????}" | cmp - carried
}

# scrypt as openssl has it makes the key, and the bytes of the header that are compared.
passphrase_as_openssl()
{
	salt=$(od -An -tx1 -j 24 -N 16 sealed | tr -d ' \n') iv_is=$(od -An -tx1 -j 56 -N 16 sealed | tr -d ' \n')
	openssl kdf -keylen 48 -kdfopt "pass:correct horse" -kdfopt "hexsalt:$salt" -kdfopt n:131072 -kdfopt r:8 -kdfopt p:1 \
		-kdfopt maxmem_bytes:200000000 -binary SCRYPT >both || return
	tail -c +33 both | cmp - check && tail -c +73 sealed >body && head -c 32 both >made &&
		vcrypto dec aes-256-ctr --key-file made --iv "$iv_is" -i body | cmp - big
}

passphrases()
{
	echo correct horse >words && echo 'correct horse ' >wrong || return
	vcrypto enc aes-ctr --passphrase-file words -i big -o sealed && [ "$(head -c 8 sealed)" = VCRYPTO1 ] &&
		[ "$(wc -c <sealed)" -eq $(($(wc -c <big) + 72)) ] && tail -c +41 sealed | head -c 16 >check &&
		vcrypto dec aes-ctr --passphrase-file words -i sealed | cmp - big && passphrase_as_openssl || return
	! vcrypto dec aes-ctr --passphrase-file wrong -i sealed -o opened 2>err && cat err && grep -q 'passphrase is not' err &&
		! vcrypto dec aes-cbc --passphrase-file words -i sealed -o opened 2>err && cat err &&
		grep -q 'another algorithm than aes-cbc' err && [ ! -e opened ] &&
		! vcrypto dec aes-128-ctr --passphrase-file words -i sealed -o opened 2>err && grep -q '32 bytes, not 16' err &&
		! vcrypto dec aes-ctr --passphrase-file words -i big -o opened 2>err && grep -q 'was not encrypted with' err || return
	head -c 50 sealed >cut
	! vcrypto dec aes-ctr --passphrase-file words -i cut -o opened 2>err && grep -q 'cut has been cut off' err
}

# With what else a header has: padding, sectors, tags.
passphrases_elsewhere()
{
	for way in "cbc --padding pkcs7" "xts --sector-size 512" "192-xts"; do
		vcrypto enc aes-$way --passphrase-file words -i big -o sealed &&
			vcrypto dec aes-$way --passphrase-file words -i sealed | cmp - big || return
	done
	for aead in aes-ccm chacha20-poly1305; do
		vcrypto aead enc $aead --passphrase-file words -i big -o sealed &&
			vcrypto aead dec $aead --passphrase-file words -i sealed | cmp - big || return
	done
	! vcrypto aead dec chacha20-poly1305 --aad 00 --passphrase-file words -i sealed -o opened 2>err && grep -q 'tag does not' err
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
check "speed calls in every way" measures_ways
check "speed has libcrypto beside it" measures_software
check "list, info and speed print JSON" json
check "XTS goes by sectors" sectors
check "a passphrase gives key and IV, as openssl would make them" passphrases
check "and does so with padding, sectors and tags" passphrases_elsewhere
check "no session is left" counter_becomes sessions 0
check "no context is left" counter_becomes contexts 0
echo "1..$cases"
exit $failed
