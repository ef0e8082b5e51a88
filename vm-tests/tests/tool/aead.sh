# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2015,SC2016,SC2094,SC2317 # check() calls functions by their names; A && B || C is meant
#
# vcrypto aead: published vectors, and that nothing comes out when a tag does not match.

# shellcheck source-path=SCRIPTDIR source=../../clients/guest/lib.sh
. "${0%/*}/lib.sh"

unhex() { xxd -r -p; }
hex() { xxd -p | tr -d '\n'; }

# answers EXPECTED PLAINTEXT ALGORITHM OPTION...: all in hexadecimal digits; and back again.
answers()
{
	expected=$1 plain=$2
	shift 2
	echo "$plain" | unhex >plain
	vcrypto aead enc "$@" -i plain -o sealed && is=$(hex <sealed) || return
	[ "$is" = "$expected" ] || { echo "not $expected: $is"; return 1; }
	vcrypto aead dec "$@" <sealed | cmp - plain
}

key=000102030405060708090a0b0c0d0e0f
nonce=000102030405060708090a0b

seal() { vcrypto aead enc aes-128-gcm --key "$key" --iv "$nonce" "$@"; }
unseal() { vcrypto aead dec aes-128-gcm --key "$key" --iv "$nonce" "$@"; }

# forged COMMAND...: no byte of plaintext, the old file, and a line that says why.
forged()
{
	echo before >out.bin
	"$@" -o out.bin 2>err
	[ $? -eq 1 ] && cat err && grep -q '^vcrypto: the tag does not match' err && [ "$(wc -l <err)" -eq 1 ] || return
	[ "$(cat out.bin)" = before ] || { echo "the output has changed"; return 1; }
	"$@" >out 2>err
	[ $? -eq 1 ] && [ ! -s out ]
}

comes_back() { unseal --aad 00ff -i message | cmp - plain; }

# Every byte counts: the first, one of the middle, the tag's first and last.
changed_bytes()
{
	for at in 0 50000 100000 100015; do
		cp message changed || return
		byte=$(dd if=message bs=1 skip="$at" count=1 2>/dev/null | hex)
		printf '%02x' $((0x$byte ^ 0x40)) | unhex | dd of=changed bs=1 seek="$at" conv=notrunc 2>/dev/null
		! cmp -s message changed && forged unseal --aad 00ff -i changed || { echo "byte $at"; return 1; }
	done
}

cut_off()
{
	head -c 100015 message >short && forged unseal --aad 00ff -i short || return
	head -c 15 message >shorter
	echo before >out.bin
	! unseal --aad 00ff -i shorter -o out.bin 2>err && cat err && grep -q 'shorter than the tag, 16 bytes' err &&
		[ "$(cat out.bin)" = before ]
}

all_tags()
{
	for len in 4 8 12 13 14 15 16; do
		seal --tag-len "$len" -i plain -o tagged && [ "$(wc -c <tagged)" -eq $((100000 + len)) ] &&
			unseal --tag-len "$len" -i tagged | cmp - plain &&
			[ "$(head -c 100000 tagged | md5sum)" = "$(head -c 100000 message | md5sum)" ] || return
	done
}

aad_files()
{
	printf '\000\377' >aad && seal --aad-file aad -i plain | cmp - message &&
		seal --aad-file - -i plain <aad | cmp - message
}

# Three requests to the device; a byte of the first is changed.
several_requests()
{
	head -c 3000001 /dev/zero >mega && seal -i mega -o sealed && unseal -i sealed | cmp - mega || return
	printf x | dd of=sealed bs=1 seek=7 conv=notrunc 2>/dev/null
	forged unseal -i sealed || return
	vcrypto aead enc aes-ccm --key "$key" --iv "$nonce" -i mega -o sealed &&
		vcrypto aead dec aes-ccm --key "$key" --iv "$nonce" -i sealed | cmp - mega
}

too_long()
{
	truncate -s 67108865 huge
	! seal -i huge >out 2>err && cat err && grep -q 'huge is too long: 67108864 bytes' err && [ ! -s out ]
}

nothing() { [ "$(seal </dev/null | wc -c)" -eq 16 ] && seal </dev/null | unseal | cmp - /dev/null; }

too_much_aad()
{
	head -c 4097 /dev/zero >aad
	! seal --aad-file aad -i plain >out 2>err && cat err && grep -q 'too long: 4096 bytes' err && [ ! -s out ]
}

ccm_length()
{
	head -c 65536 /dev/zero >long
	! vcrypto aead enc aes-ccm --key "$key" --iv "${nonce}0c" -i long >out 2>err && cat err &&
		grep -q 'takes less than 65536' err && [ ! -s out ] &&
		vcrypto aead enc aes-ccm --key "$key" --iv "$nonce" -i long -o sealed
}

ccm_nonces()
{
	vcrypto aead enc aes-ccm --key "$key" --iv 10111213141516 -i plain -o one &&
		vcrypto aead enc aes-ccm --key "$key" --iv 07101112131415160000000000000000 -i plain | cmp - one
}

check "GCM: test case 4 of its specification" answers \
	42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47 \
	d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39 \
	aes-gcm --key feffe9928665731c6d6a8f9467308308 --iv cafebabefacedbaddecaf888 \
	--aad feedfacedeadbeeffeedfacedeadbeefabaddad2
check "CCM: packet vector 1 of RFC 3610" answers \
	588c979a61c663d2f066d0c2c0f989806d5f6b61dac38417e8d12cfdf926e0 08090a0b0c0d0e0f101112131415161718191a1b1c1d1e \
	aes-ccm --key c0c1c2c3c4c5c6c7c8c9cacbcccdcecf --iv 00000003020100a0a1a2a3a4a5 --aad 0001020304050607 --tag-len 8
check "ChaCha20-Poly1305: section 2.8.2 of RFC 8439" answers \
	d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691 \
	4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73637265656e20776f756c642062652069742e \
	chacha20-poly1305 --key 808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f \
	--iv 070000004041424344454647 --aad 50515253c0c1c2c3c4c5c6c7

head -c 100000 /dev/urandom >plain
seal --aad 00ff -i plain -o message
check "a message of several pages comes back" comes_back
check "a changed byte is noticed, wherever it is" changed_bytes
check "other additional data are noticed" forged unseal --aad 00fe -i message
check "missing additional data are noticed" forged unseal -i message
check "another key is noticed" forged vcrypto aead dec aes-gcm --key ${key%0f}00 --iv "$nonce" --aad 00ff -i message
check "another nonce is noticed" forged vcrypto aead dec aes-gcm --key "$key" --iv ${nonce%0b}00 --aad 00ff -i message
check "a message that is cut off is noticed" cut_off
check "tags may be shorter" all_tags
check "additional data come from a file or from standard input" aad_files
check "a message may be longer than the device takes at once" several_requests
check "a message that is too long is refused" too_long
check "an empty message has a tag" nothing
check "too many additional data are refused" too_much_aad
check "a CCM message that is too long for its nonce is refused" ccm_length
check "a CCM nonce may be given as /dev/crypto wants it" ccm_nonces
check "no session is left" counter_becomes sessions 0
echo "1..$cases"
exit $failed
