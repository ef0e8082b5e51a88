#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# usage: test.sh CASE VCRYPTO-KAT SOURCE-FOLDER [CC LIBDIR INCLUDE...]
#
# What follows SOURCE-FOLDER is for the case "plugin".
#
# What vcrypto-kat passes, what it reports, what it refuses.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 3 "$@"

case_name=$1 kat=$2 source=$3
toolchain=("${@:4}")
tmp=$(mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT
samples=$tmp/samples
"$source/kat/files.sh" samples "$samples"
own=("$source"/vectors/*.txt "$samples"/*)

fail() {
	echo "not so: $*"
	cat -- "$tmp/out" 2>/dev/null || :
	exit 1
}

# expect STATUS PATTERN ARGUMENT...: exit status, and a line of the output (an extended regular expression)
expect() {
	local status=0 wanted=$1 pattern=$2

	shift 2
	"$kat" "$@" >"$tmp/out" 2>&1 || status=$?
	[ "$status" -eq "$wanted" ] || fail "exit status $wanted of: $* (it is $status)"
	grep -Eq -- "$pattern" "$tmp/out" || fail "a line like '$pattern' from: $*"
	echo "ok - $wanted from ${*//$tmp\//}"
}

# Each of our vectors, in every cut.
own_vectors() {
	"$kat" "${own[@]}" | tee "$tmp/out" || fail "all of our own vectors pass"
	! grep -q '^skipped .* AES-CCM' "$tmp/out" || fail "no nonce is skipped"
}

# Every file that the distribution packages, in every cut; only the totals and reasons are printed.
packaged_vectors() {
	local folder files

	folder=$(dpkg -L python3-cryptography-vectors 2>/dev/null | sed -n 's|/ciphers/AES$||p') || :
	[ -d "$folder" ] || {
		echo "SKIP: the package python3-cryptography-vectors is not installed"
		exit 77
	}
	cd "$folder"
	mapfile -t files < <("$source/kat/files.sh" packaged .)
	"$kat" --quiet "${files[@]}" | tee "$tmp/out" || fail "all packaged vectors pass"
	awk '$1 == "all" && $2 >= 30000 { n++ } END { exit n < 1 }' "$tmp/out" ||
		fail "at least 30000 vectors pass"
}

# All of these as requests of the standard's device.  What has no number there is never passed.
virtio_crypto() {
	local folder files name

	"$kat" --format virtio-crypto "${own[@]}" | tee "$tmp/out" || fail "all of our own vectors pass"
	for name in AES-OFB AES-GMAC CAMELLIA-CBC HMAC-SHA3-256 RIPEMD160; do
		grep -Eq "^$name +0 +0 +[1-9]" "$tmp/out" || fail "no vector of $name counts"
		grep -q "^skipped .* $name: .*not expressible in the standard's" "$tmp/out" ||
			fail "$name is said not to be expressible"
	done
	for name in AES-CBC AES-XTS AES-GCM AES-CCM CHACHA20-POLY1305 SHA3-512 HMAC-SHA1; do
		grep -Eq "^$name +[1-9][0-9]* +0 " "$tmp/out" || fail "vectors of $name pass"
	done
	expect 2 'has its own requests' --format virtio-crypto --device /dev/null "${own[0]}"
	expect 1 MISMATCH --format virtio-crypto --backend null "${own[0]}" "$source/vectors/aes.txt"
	folder=$(dpkg -L python3-cryptography-vectors 2>/dev/null | sed -n 's|/ciphers/AES$||p') || :
	[ -d "$folder" ] || {
		echo "SKIP: the package python3-cryptography-vectors is not installed"
		exit 77
	}
	cd "$folder"
	mapfile -t files < <("$source/kat/files.sh" packaged .)
	"$kat" --quiet --format virtio-crypto "${files[@]}" | tee "$tmp/out" ||
		fail "all packaged vectors pass"
	awk '$1 == "all" && $2 >= 25000 { n++ } END { exit n < 1 }' "$tmp/out" ||
		fail "at least 25000 vectors pass"
}

# docs/vectors.md says what comes of the packaged vectors.
page() {
	local version folder files format

	version=$(dpkg-query -f '${Version}' -W python3-cryptography-vectors 2>/dev/null) || :
	grep -q "^## python3-cryptography-vectors $version " "$source/../docs/vectors.md" || {
		echo "SKIP: docs/vectors.md is not about this version of python3-cryptography-vectors: '$version'"
		exit 77
	}
	folder=$(dpkg -L python3-cryptography-vectors | sed -n 's|/ciphers/AES$||p')
	cd "$folder"
	mapfile -t files < <("$source/kat/files.sh" packaged .)
	for format in auto virtio-crypto; do
		"$kat" --backend libcrypto --cuts whole --format "$format" --markdown "${files[@]}" ||
			fail "all packaged vectors pass"
	done >"$tmp/out"
	sed -n "/^## python3-cryptography-vectors $version /,/^## /p" "$source/../docs/vectors.md" |
		grep '^|' | diff - "$tmp/out" || fail "docs/vectors.md is as vector-sets.sh --page writes it"
}

# damage FILE SCRIPT: a copy of FILE that sed has changed
damage() {
	sed -E "$2" "$1" >"$tmp/${1##*/}"
	! cmp -s "$1" "$tmp/${1##*/}" || fail "the damage to ${1##*/} damages something"
}

# One wrong digit is reported, with file, place and cut.
damaged_vectors() {
	damage "$samples/CBCMCT.rsp" '0,/^CIPHERTEXT = ./s//CIPHERTEXT = 0/'
	expect 1 'CBCMCT.rsp: line .*MISMATCH libcrypto, AES-CBC, cut .*ciphertext, expected' \
		--backend libcrypto "$tmp/CBCMCT.rsp"
	# shellcheck disable=SC2016 # a dollar for sed
	damage "$samples/TCBCMonte3.rsp" '/DECRYPT/,$s/^(PLAINTEXT = .*)..\r?$/\100/'
	expect 1 'MISMATCH .* 3DES-CBC.*plaintext' --backend libcrypto "$tmp/TCBCMonte3.rsp"
	damage "$samples/HMAC.rsp" '0,/^Msg = ../s//Msg = 00/'
	expect 1 'line 7: MISMATCH .* HMAC-SHA1, cut bytes: digest' --backend libcrypto "$tmp/HMAC.rsp"
	damage "$samples/more.txt" '0,/^tag = ./s//tag = 0/'
	expect 1 'line 4, GCM, 0 bytes: MISMATCH .*AES-GCM.*AUTH_FAILED' --backend libcrypto "$tmp/more.txt"
	damage "$samples/more.txt" 's/^result = invalid/result = valid/'
	expect 2 'line .* no plaintext' --backend libcrypto "$tmp/more.txt"
	damage "$samples/gcm-new.json" 's/"invalid"/"valid"/'
	expect 1 'tcId 5: MISMATCH .*AES-GCM, cut pages: tag' --backend libcrypto "$tmp/gcm-new.json"
	damage "$samples/gcm-new.json" '0,/"valid"/s//"invalid"/'
	expect 1 'tcId 1: MISMATCH .*decrypt: OK, expected AUTH_FAILED' --backend libcrypto \
		"$tmp/gcm-new.json"
	damage "$samples/cbc-pkcs5.json" 's/"invalid"/"valid"/'
	expect 1 'tcId 5: MISMATCH .*AES-CBC' --backend libcrypto "$tmp/cbc-pkcs5.json"
	damage "$samples/hmac-sha512.json" '0,/"valid"/s//"invalid"/'
	expect 1 'tcId 1: MISMATCH .*the MAC is right' --backend libcrypto "$tmp/hmac-sha512.json"
	# A backend that computes nothing gets every vector wrong.
	expect 1 '^all +0 +[1-9][0-9]* +0$' --backend null "$source"/vectors/{aes,digest,hmac,aead}.txt
}

# malformed NAME PATTERN TEXT: a file with that TEXT is refused in one line that says why
malformed() {
	printf '%b' "$3" >"$tmp/$1"
	expect 2 "^vcrypto-kat: .*$2" --backend libcrypto "$tmp/$1"
	[ "$(wc -l <"$tmp/out")" -eq 1 ] || fail "one line"
}

# What a vector of its kind has no use for would be compared by nobody.
surplus() {
	local block=00000000000000000000000000000000 key cbc gcm hash

	cbc="cipher = AES-CBC\nkey = $block\niv = $block\nplaintext = $block\nciphertext = $block\n"
	gcm="cipher = AES-GCM\nkey = $block\niv = ${block::24}\nplaintext = $block\nciphertext = $block\ntag = $block\n"
	hash='mac = MD5\nmessage = 00\ndigest = 00\n'
	for key in tag aad digest message mac_key repeat; do
		malformed surplus.txt "line 7: the vector before this line has no use for $key\$" "$cbc$key = 16\n"
	done
	for key in next_iv digest message mac_key repeat; do
		malformed surplus.txt "line 8: the vector before this line has no use for $key\$" "$gcm$key = 16\n"
	done
	for key in tag aad next_iv key iv plaintext ciphertext mac_key; do
		malformed surplus.txt "line 5: the vector before this line has no use for $key\$" "$hash$key = 16\n"
	done
	# A digest that is longer than any.
	malformed surplus.txt 'no use for digest$' "${cbc}digest = $(printf '%0400d' 0)\n"
	# The cipher may also come at the end.
	malformed surplus.txt 'no use for tag$' "tag = $block\nmac = MD5\nmessage = 00\ndigest = 00\n"
}

refused_files() {
	local aes='# AESVS MMT test data for CBC\n'

	malformed empty 'not in a format' ''
	malformed picture 'not a text file' 'PNG\0\0\0'
	malformed prose 'neither' 'Once upon a time\nthere was\n'
	malformed numbers 'not in a format' '12345\n'
	malformed a.rsp 'line 2: a vector without CIPHERTEXT' "${aes}COUNT = 0\nKEY = 00\nIV = 00\nPLAINTEXT = 00\n\nCOUNT = 1\n"
	malformed b.rsp 'not hexadecimal: PT' "${aes}COUNT = 0\nKEY = 00\nIV = 00\nPLAINTEXT = 0x\nCIPHERTEXT = 00\n"
	malformed c.rsp 'section without' "${aes}[ENCRYPT\n"
	malformed d.rsp 'no vectors' "${aes}[ENCRYPT]\n"
	malformed e.rsp 'another length' '# "SHA-1 ShortMsg"\n[L = 20]\n\nLen = 16\nMsg = 00\nMD = 00\n'
	malformed f.rsp 'Monte Carlo' '# "SHA-1 Monte"\n[L = 20]\n\nSeed = 00\n\nCOUNT = 0\nMD = 00\n'
	malformed g.rsp 'neither pass nor fail: maybe' '# GCM Decrypt with keysize 128\nKey =\nIV =\nCT =\nTag =\nPT =\nResult = maybe\n'
	malformed i.txt 'no MAC: AES-XTS' 'mac = AES-XTS\nmessage = 00\n'
	malformed j.txt 'no cipher: MD5' 'cipher = MD5\nkey = 00\n'
	malformed b.txt 'unknown key' 'cipher = AES-ECB\nkeys = 00\n'
	malformed c.txt 'no digest' 'mac = MD5\nmessage = 00\n'
	malformed d.txt 'twice' 'mac = MD5\nmessage = 00\nmessage = 00\n'
	malformed e.txt 'not hexadecimal' 'mac = MD5\nmessage = 000\n'
	malformed f.txt 'times' 'mac = MD5\nrepeat = x\n'
	surplus
	malformed a.json 'line 1' '{ "algorithm": '
	malformed b.json 'neither Wycheproof' '{ "fruit": "apple" }'
	malformed c.json '"tests" is not an array' '{ "algorithm": "AES-GCM", "testGroups": [ { } ] }'
	malformed d.json '"tcId"' '{ "algorithm": "AES-GCM", "testGroups": [ { "tests": [ { } ] } ] }'
	malformed e.json '"result"' '{ "algorithm": "AES-GCM", "testGroups": [ { "tests": [ { "tcId": 1 } ] } ] }'
	damage "$samples/gcm-new.json" 's/"numberOfTests": ./"numberOfTests": 7/'
	expect 2 '6 tests, but it says 7' --backend libcrypto "$tmp/gcm-new.json"
	expect 2 'No such file' --backend libcrypto "$tmp/nowhere"
	expect 2 'No such file' --device "$tmp/nowhere" "${own[@]}"
	expect 2 'not a crypto device' --device /dev/null "${own[@]}"
	expect 2 '^usage:' --backend libcrypto
	expect 2 'not all of these are cuts' --cuts whole,half "${own[@]}"
	expect 2 'not all of these are here' --backend rot13 "${own[@]}"
	expect 2 'cavp, acvp' --format xml "${own[@]}"
	expect 2 'no such algorithm' --algorithm ROT13 "${own[@]}"
}

# says NAME PATTERN TEXT: a file with that NAME and TEXT passes, and the output has a line like PATTERN
says() {
	mkdir -p "$(dirname "$tmp/$1")"
	printf '%b' "$3" >"$tmp/$1"
	expect 0 "$2" --backend libcrypto --cuts whole "$tmp/$1"
}

# What a file says of itself decides, and nothing else.
names() {
	local one='\nCOUNT = 0\nKEY = 00000000000000000000000000000000\n' block=00000000000000000000000000000000
	local zero="${one}PT = $block\nCT = 66e94bd4ef8a2c3b884cfa59ca342b2e\n"
	local chained="${one}IV = $block\nPT = $block\nCT = 0123456789abcdef0123456789abcdef\n"
	local words='the interface cannot say it: no such'

	# What they were derived from is in the comment, and the IV has the length of AES's.
	says seed-ofb.txt "^skipped 1 SEED-OFB: $words algorithm" \
		"# SEED OFB vectors\n# Derived from the AESVS MMT test data for OFB\n$chained"
	says x/rfc8998.txt "^skipped 1 SM4-GCM: $words algorithm" \
		"# Vectors from rfc8998.txt\n# SM4 GCM\n${chained}TAG = 00\n"
	says x/idea.txt "^skipped 1 IDEA: $words algorithm" "# IDEA CBC vectors\n# AESVS MMT test data for CBC\n$chained"
	says x/cast5-ctr.txt "^skipped 1 CAST5-CTR: $words" "# CAST5 CBC vectors\n# as of AES CTR\n$chained"
	says ChaCha20/rfc7539.txt "^skipped 1 CHACHA20: $words" "# From RFC 7539\n${one}NONCE = 00\nPT = 00\nCT = 00\n"
	says poly1305/rfc7539.txt "^skipped 1 POLY1305: $words" "# From RFC 7539\n${one}MSG = 00\nTAG = 00\n"
	says x/aes-192-gcm-siv.txt '^skipped 1 AES-GCM-SIV: .*no such mode' "${chained}TAG = 00\n"
	says x/cfb8.rsp '^skipped 1 AES-CFB8: .*no such mode' "# AESVS MMT test data for CFB8\n$chained"
	# The end of what a file says is the end of what is run.
	says x/a.txt '^skipped 1 .: the file does not say it: which algorithm' "# Derived from AES ECB\n$zero"
	says x/b.txt '^skipped 1 AES: the file does not say it: which mode' "# AES vectors\n$zero"
	says x/c.txt '^skipped 1 .: the file does not say it: it names several' "# AES ECB\n# SEED ECB\n$zero"
	says x/d.txt '^skipped 1 HMAC: the file does not say it: which hash' '# "HMAC" information\n\nKey = 00\nMsg = 00\nMac = 00\n'
	says x/e.txt '^AES-ECB +1 +0 +0$' "# AES ECB\n$zero"
	says x/h.txt '^AES-ECB +1 +0 +0$' "# AES ECB\n# These are no Monte Carlo tests; those are in ECBMCT.\n$zero"
	says x/aes-128-ecb.txt '^AES-ECB +1 +0 +0$' "$zero"
	says x/rijndael.txt '^AES-ECB +1 +0 +0$' "# Test vectors for the cipher AES-128-ECB\n$zero"
	says x/ECBMMT128.rsp '^AES-ECB +1 +0 +0$' "$zero"
	says hmac/md5.txt '^HMAC-MD5 +1 +0 +0$' '\nKey = 4a656665\nMsg = 7768617420646f2079612077616e7420666f72206e6f7468696e673f\nMD = 750c783e6ab0b503eaa86e310a5db738\n'
	says x/aes-128-cmac.txt '^AES-CMAC +1 +0 +0$' "${one}MESSAGE =\nOUTPUT = 4387c14b46ef7e176dceefa862d72ff9\n"
	says x/g.txt '^skipped 1 ROT13: I do not know this name' 'cipher = ROT13\nkey = 00\n'
	says x/g.txt "^skipped 1 SEED-CBC: $words algorithm" 'mac = MD5\ncipher = SEED-CBC\nkey = 00\n'
	says x/f.json '^skipped 1 FROG-CBC: I do not know this name' \
		'{ "algorithm": "FROG-CBC", "testGroups": [ { "tests": [ { "tcId": 1 } ] } ] }'
	# A tag beside a cipher without one says nothing of the message.
	says x/i.json '^skipped 1 AES-CTR: .* an invalid vector of a cipher that cannot tell$' \
		"{ \"algorithm\": \"AES-CTR\", \"testGroups\": [ { \"tests\": [ { \"tcId\": 1, \"key\": \"$block\",
		\"iv\": \"$block\", \"msg\": \"00\", \"ct\": \"66\", \"tag\": \"00\", \"result\": \"invalid\" } ] } ] }"
}

# acvp_refused NAME PATTERN GROUP: an ACVP file for that algorithm with one GROUP; it is refused in a line like PATTERN
acvp_refused() {
	malformed acvp.json "$2" "{ \"vsId\": 1, \"algorithm\": \"$1\", \"testGroups\": [ $3 ] }"
}

acvp() {
	local file
	local aft='"tgId": 1, "testType": "AFT"' id='"tcId": 1' mct='"testType": "MCT"'

	for file in cbc:AES-CBC:10:0 ecb:AES-ECB:10:0 cfb128:AES-CFB:10:0 ofb:AES-OFB:10:0 ctr:AES-CTR:3:2 \
		gcm:AES-GCM:8:1 gmac:AES-GMAC:1:0 ccm:AES-CCM:6:0 xts:AES-XTS:2:2 tdes-cbc:3DES-CBC:1:0 \
		sha1:SHA1:8:1 sha2-256:SHA2-256:14:1 sha3-224:SHA3-224:14:1 hmac:HMAC-SHA2-384:3:0 \
		cmac:AES-CMAC:4:0; do
		IFS=: read -r file name passed skipped <<<"$file"
		expect 0 "^$name +$passed +0 +$skipped\$" --backend libcrypto "$samples/acvp-$file.json"
	done
	expect 0 'AES-CTR: the interface cannot say it: test type CTR$' --backend libcrypto "$samples/acvp-ctr.json"
	expect 0 'AES-XTS: the interface cannot say it: a payload of several' --backend libcrypto "$samples/acvp-xts.json"

	# Questions and answers in two files.
	expect 0 '^AES-CBC +4 +0 +0$' --backend libcrypto "$samples/prompt.json"
	expect 0 'AES-CBC: the file does not say it' --backend libcrypto "$samples/expectedResults.json"
	cp "$samples/prompt.json" "$tmp"
	expect 0 '^skipped 3 AES-CBC: the file does not say it: the answer$' --backend libcrypto "$tmp/prompt.json"
	damage "$samples/expectedResults.json" '0,/"ct": "./s//"ct": "0/'
	expect 1 'tcId 2: MISMATCH .*ciphertext' --backend libcrypto "$tmp/prompt.json"
	damage "$samples/expectedResults.json" 's/"ct": ".*"/"ct": 7/'
	expect 2 'tcId 1: "ct" is not a string' --backend libcrypto "$tmp/prompt.json"

	damage "$samples/acvp-gcm.json" 's/"testPassed": false/"testPassed": true/'
	expect 0 'AES-GCM: the file does not say it: the answer' --backend libcrypto "$tmp/acvp-gcm.json"
	damage "$samples/acvp-gcm.json" '0,/"testPassed": true/s//"testPassed": false/'
	expect 1 'tcId 5: MISMATCH .*decrypt: OK, expected AUTH_FAILED' --backend libcrypto "$tmp/acvp-gcm.json"
	damage "$samples/acvp-sha2-256.json" 's/alternate/standard/'
	expect 1 'tcId 8, round 1: MISMATCH .*SHA2-256.*digest' --backend libcrypto "$tmp/acvp-sha2-256.json"
	damage "$samples/acvp-cfb128.json" '0,/"direction": "encrypt"/! s/"direction": "encrypt"/"direction": "decrypt"/'
	expect 1 'tcId 3, round 0: MISMATCH .*AES-CFB' --backend libcrypto "$tmp/acvp-cfb128.json"

	acvp_refused AES-CBC '"tests" is not an array' "{ $aft }"
	acvp_refused AES-CBC '"tests" is not an array' '7'
	acvp_refused AES-CBC '"tcId" is not a number' "{ $aft, \"tests\": [ { \"tcId\": \"1\" } ] }"
	acvp_refused AES-CBC '"tcId" is not a number' "{ $aft, \"tests\": [ [ ] ] }"
	acvp_refused AES-CBC '"key" is not a string' "{ $aft, \"tests\": [ { $id, \"key\": 1 } ] }"
	acvp_refused AES-CBC '"key" is not hexadecimal' "{ $aft, \"tests\": [ { $id, \"key\": \"0\" } ] }"
	acvp_refused AES-CBC '"payloadLen" is not a number' "{ $aft, \"payloadLen\": -8, \"tests\": [ { $id } ] }"
	acvp_refused AES-GCM 'neither true nor false' "{ $aft, \"tests\": [ { $id, \"testPassed\": 1 } ] }"
	acvp_refused AES-CCM 'shorter than the tag' \
		"{ $aft, \"tagLen\": 9223372036854775800, \"tests\": [ { $id, \"ct\": \"00\" } ] }"
	acvp_refused TDES-CBC 'a DES key' "{ $aft, \"tests\": [ { $id, \"key1\": \"00\" } ] }"
	acvp_refused SHA-1 'another length than it says' "{ $aft, \"tests\": [ { $id, \"len\": 8, \"msg\": \"\" } ] }"
	acvp_refused SHA-1 'lengths that do not fit' \
		"{ $aft, \"tests\": [ { $id, \"largeMsg\": { \"content\": \"00\", \"contentLength\": 8, \"fullLength\": 0 } } ] }"
	acvp_refused SHA-1 'a wrong length' "{ $mct, \"tests\": [ { $id, \"resultsArray\": [ { \"md\": \"00\" } ] } ] }"
	acvp_refused AES-ECB "another length than a block" \
		"{ $mct, \"tests\": [ { $id, \"resultsArray\": [ { \"key\": \"\", \"pt\": \"\", \"ct\": \"\" } ] } ] }"
	says acvp.json '^skipped 1 SHA1: .* cannot say it: a message of more than 256 MiB$' "{ \"vsId\": 1, \"algorithm\": \"SHA-1\",
		\"testGroups\": [ { \"testType\": \"LDT\", \"tests\": [ { $id, \"largeMsg\": { \"content\": \"00\",
		\"contentLength\": 8, \"fullLength\": 9223372036854775800 } } ] } ] }"
	says acvp.json '^skipped 1 SHA1: I do not know this name: test type VOT$' '[ { "acvVersion": "1.0" }, { "vsId": 1,
		"algorithm": "SHA-1", "testGroups": [ { "testType": "VOT", "tests": [ { "tcId": 1 } ] } ] } ]'
	says acvp.json '^skipped 1 AES-CBC: the file does not say it: the IV$' '{ "vsId": 1, "algorithm": "ACVP-AES-CBC",
		"testGroups": [ { "testType": "AFT", "tests": [ { "tcId": 1, "key": "" } ] } ] }'
}

# evp PATTERN TEXT: a file of OpenSSL's with that TEXT is refused in a line like PATTERN
evp() {
	malformed evp.txt "$1" "$2"
}

# The text files of OpenSSL's evp_test and of BoringSSL.
stanzas() {
	local gcm='KEY: 00000000000000000000000000000000\nNONCE: 000000000000000000000000\nIN:\nAD:\nCT:\n'
	local zeros=00000000000000000000000000000000

	expect 0 '^all +18 +0 +7$' --backend libcrypto "$samples/openssl.txt"
	expect 0 '^skipped 1 3DES-CMAC: .*no such mode$' --backend libcrypto "$samples/openssl.txt"
	expect 0 '^the interface cannot say it +7$' --backend libcrypto "$samples/openssl.txt"
	expect 0 'AES-GCM: the interface cannot say it: the parameter TLSAAD$' --backend libcrypto "$samples/openssl.txt"
	expect 0 '^AES-CCM +4 +0 +0$' --backend libcrypto "$samples/aes_128_ccm_tests.txt"
	damage "$samples/openssl.txt" '0,/^NextIV = ...../s//NextIV = 00000/'
	expect 1 'line 6: MISMATCH .*AES-CBC.*next IV' --backend libcrypto "$tmp/openssl.txt"
	damage "$samples/openssl.txt" '/^Result = CIPHERFINAL_ERROR/d'
	expect 1 'MISMATCH .*AES-GCM.*: tag' --backend libcrypto "$tmp/openssl.txt"
	damage "$samples/openssl.txt" 's/^Count = 3/Count = 2/'
	expect 1 'MISMATCH .*SHA1, .*digest' --backend libcrypto "$tmp/openssl.txt"
	damage "$samples/openssl.txt" 's/^Count = 7/Count = 6/'
	expect 1 'MISMATCH .*SHA3-512, .*digest' --backend libcrypto "$tmp/openssl.txt"
	damage "$samples/aes_128_ccm_tests.txt" '/^FAILS/d'
	expect 1 'MISMATCH .*AES-CCM.*: tag' --backend libcrypto "$tmp/aes_128_ccm_tests.txt"
	damage "$samples/aes_128_ccm_tests.txt" '0,/^KEY/s//FAILS: 01\nKEY/'
	expect 1 'decrypt: OK, expected AUTH_FAILED' --backend libcrypto "$tmp/aes_128_ccm_tests.txt"

	# Which cipher: the name of the file.
	says boring/tests.txt '^skipped 1 .: the file does not say it: which algorithm' "${gcm}TAG: 00\n"
	says boring/aes_256_gcm_siv_tests.txt '^skipped 1 AES-GCM-SIV: .*no such mode$' "${gcm}TAG: 00\n"
	says boring/aes_128_cbc_sha1_tls_tests.txt '^skipped 1 .: .*it names several algorithms$' "${gcm}TAG: 00\n"
	says boring/aes_128_cbc_tests.txt '^skipped 1 AES-CBC: .*no AEAD$' "${gcm}TAG: 00\n"
	says boring/aes_128_gcm_tests.txt '^AES-GCM +1 +0 +0$' "${gcm}TAG: 58e2fccefa7e3061367f1d57a4e7455a\n"
	says evp.txt '^skipped 1 FROG-CBC: I do not know this name$' 'Cipher = FROG-CBC\nKey = 00\n'
	says evp.txt '^skipped 1 AES-CBC: .*the parameter Sauce$' 'Cipher = AES-128-CBC\nSauce = 1\nKey = 00\n'

	# Nobody has a use for these, either.
	says evp.txt '^skipped 1 AES-ECB: .* cannot say it: a tag or AAD without an AEAD$' \
		"Cipher = AES-128-ECB\nKey = $zeros\nPlaintext = $zeros\nCiphertext = 66e94bd4ef8a2c3b884cfa59ca342b2e\nTag = 00\n"
	says evp.txt '^skipped 1 AES-GCM: .* cannot say it: an IV that comes out of an AEAD$' \
		"Cipher = AES-128-GCM\nKey = $zeros\nIV = ${zeros::24}\nNextIV = ${zeros::24}\nPlaintext =\nCiphertext =
Tag = 58e2fccefa7e3061367f1d57a4e7455a\n"
	says x/ecb.txt '^skipped 1 AES-ECB: .* cannot say it: a tag or AAD without an AEAD$' \
		"# AES ECB\nCOUNT = 0\nKEY = $zeros\nPT = $zeros\nCT = 66e94bd4ef8a2c3b884cfa59ca342b2e\nTAG = 00\n"

	evp 'line 1: a test without Key' 'Cipher = AES-128-CBC\n'
	evp 'line 3: a test without IV' 'Title = A\n\nCipher = AES-128-CBC\nKey = 00\n'
	evp 'a test without Ciphertext' 'Cipher = AES-128-ECB\nKey = 00\n'
	evp 'a test without Tag' 'Cipher = AES-128-GCM\nKey = 00\nIV = 00\nPlaintext =\nCiphertext =\n'
	evp 'hexadecimal nor in quotes: Key' 'Cipher = AES-128-ECB\nKey = "\n'
	evp 'hexadecimal nor in quotes: Key' 'Cipher = AES-128-ECB\nKey = 0\n'
	evp 'hexadecimal nor in quotes: Input' 'Digest = MD5\nOutput = 00\nInput = xy\n'
	evp 'another length than IV: NextIV' 'Cipher = AES-128-CBC\nKey =\nIV =\nPlaintext =\nCiphertext =\nNextIV = 00\n'
	evp 'not "key = value"' 'Cipher = AES-128-ECB\nKey\n'
	evp 'not "key = value"' 'Cipher = AES-128-ECB\n= 00\n'
	evp 'a test of an unknown kind' 'Title = A\n\nCypher = AES-128-ECB\n'
	evp 'a test without Input' 'Digest = MD5\nOutput = 00\n'
	evp 'a test without Key' 'MAC = HMAC\nAlgorithm = MD5\nInput =\nOutput = 00\n'
	evp 'too long or empty' 'Digest = MD5\nInput =\nOutput =\n'
	evp 'not a number, or too large: Count' 'Digest = MD5\nInput =\nCount = 9999999999999999999999\nOutput = 00\n'
	evp '256 MiB, or none' 'Digest = MD5\nInput = 00\nCount = 268435456\nNcopy = 268435456\nOutput = 00\n'
	evp '256 MiB, or none' 'Digest = MD5\nInput = 00\nCount = 0\nOutput = 00\n'
	evp 'no vectors' 'PublicKey = A\n-----BEGIN PUBLIC KEY-----\nAA\n'
	printf 'Cipher = AES-128-ECB\n%s' "$(yes 'Key =' | head -n 600)" >"$tmp/evp.txt"
	expect 2 'too many keys in a test' --backend libcrypto "$tmp/evp.txt"
	malformed aes_128_gcm_tests.txt 'a test without NONCE' 'KEY: 00\n'
}

# A file that ends somewhere: JSON is refused, and of a text there is an end one way or another.
cut_short() {
	local file size part status

	for file in acvp-gcm.json acvp-sha2-256.json gcm-new.json CBCMCT.rsp HMAC.rsp openssl.txt aes_128_ccm_tests.txt \
		more.txt; do
		size=$(wc -c <"$samples/$file")
		for part in {1..15}; do
			head -c $((size * part / 16)) "$samples/$file" >"$tmp/$file"
			status=0
			"$kat" --backend libcrypto --cuts whole "$tmp/$file" >"$tmp/out" 2>&1 || status=$?
			case $file:$status in
			*.json:2) grep -q 'line [0-9]*: ' "$tmp/out" || fail "it is said where $file ends" ;;
			*.json:*) fail "$part/16 of $file are refused (exit status $status)" ;;
			*:[012]) ;;
			*) fail "$part/16 of $file end well (exit status $status)" ;;
			esac
		done
		echo "ok - parts of $file"
	done
}

# Three numbers, and a file of which nothing can run.
messages() {
	local idle=$samples/elsewhere.json sample=$samples/xts.json

	expect 0 '^SKIP 1 of the files: nothing in them could run$' --backend libcrypto "$idle" "$sample"
	expect 0 '^the interface cannot say it +1$' --backend libcrypto "$idle"
	expect 0 '^I do not know this name +0$' --backend libcrypto "$idle"
	# libcrypto without its module for old ciphers.
	printf 'cipher = BLOWFISH-CBC\nkey = %032d\niv = %016d\nplaintext =\nciphertext =\n' 0 0 >"$tmp/bf"
	OPENSSL_MODULES=$tmp expect 0 '^skipped 1 BLOWFISH-CBC: the device does not offer it$' --backend libcrypto "$tmp/bf"
	expect 2 '^vcrypto-kat: .*elsewhere.json: nothing in it could run$' --strict --backend libcrypto "$idle" "$sample"
	expect 0 '^AES-XTS +3 ' --strict --backend libcrypto,nettle "$sample"
}

# idle CUTS NAME TEXT: of a file with that TEXT nothing runs with these cuts, and with the cut "whole" it fails
idle() {
	printf '%b' "$3" >"$tmp/$2"
	expect 0 '^all +0 +0 +1$' --backend libcrypto --cuts "$1" "$tmp/$2"
	expect 0 'no chosen cut applies to it$' --backend libcrypto --cuts "$1" "$tmp/$2"
	expect 2 'nothing in it could run$' --strict --backend libcrypto --cuts "$1" "$tmp/$2"
	expect 1 '^all +0 +1 +0$' --backend libcrypto --cuts "$1,whole" "$tmp/$2"
}

# A vector that none of the chosen cuts applies to: its answers are wrong, and nobody compares them.
idle_cuts() {
	local cut zeros=00000000000000000000000000000000

	for cut in inplace overlap inplace,interleaved,overlap; do
		idle "$cut" SHA256.rsp "# sha\n[L = 32]\n\nLen = 24\nMsg = 616263\nMD = $zeros$zeros\n"
		idle "$cut" empty.txt "cipher = AES-GCM\nkey = $zeros\niv = ${zeros::24}\nplaintext =\nciphertext =\ntag = $zeros\n"
	done
	idle requests cbc.rsp "# AESVS GFSbox test data for CBC\n\n[ENCRYPT]\n\nCOUNT = 0\nKEY = $zeros\nIV = $zeros
PLAINTEXT = f34481ec3cc627bacd5dc3fb08f273e6\nCIPHERTEXT = $zeros\n"
	# Monte Carlo tests are not cut into requests, and hashes are not in place.
	expect 0 '^all +0 +0 +8$' --backend libcrypto --cuts requests "$samples/CBCMCT.rsp"
	expect 0 '^all +8 +0 +0$' --backend libcrypto --cuts requests,inplace "$samples/CBCMCT.rsp"
	expect 0 '^no chosen cut applies to it +14$' --backend libcrypto --cuts inplace "$samples/acvp-sha2-256.json"
}

# lost ARGUMENT...: nobody gets what is printed
lost() {
	local status=0

	"$kat" "$@" >/dev/full 2>"$tmp/out" || status=$?
	[ "$status" -eq 2 ] || fail "exit status 2 on a full disk of: $* (it is $status)"
	grep -q '^vcrypto-kat: cannot write standard output: ' "$tmp/out" || fail "a line that says so, from: $*"
}

options() {
	local sample=$samples/more.txt

	lost --help
	lost --cuts list
	lost --backend list
	lost --backend libcrypto "$sample"

	expect 0 '^cut whole +76 runs' --backend libcrypto --cuts whole "$sample"
	! grep -q '^cut bytes' "$tmp/out" || fail "no other cut"
	expect 0 '^cut overlap +[1-9][0-9]* runs' --backend libcrypto --cuts rotate "$sample"
	expect 0 '^interleaved ' --cuts list
	[ "$(wc -l <"$tmp/out")" -ge 8 ] || fail "at least eight cuts"
	expect 0 '^libcrypto$' --backend list
	printf 'COUNT = 0\nKEY = %032d\nPT = %032d\nCT = 66e94bd4ef8a2c3b884cfa59ca342b2e\n' 0 0 >"$tmp/x"
	expect 0 '^AES-ECB +1 +0 +0' --backend libcrypto --algorithm AES-ECB "$tmp/x"
	expect 0 '^HMAC-SHA3-224 +1 +0 +0' --backend libcrypto "$samples/HMAC-SHAAlg.rsp"
	expect 0 '^\| AES-GCM \| 8 \| 0 \| 1 \| 1 the interface cannot say it: an IV of .* \|$' --backend libcrypto \
		--markdown "$samples/acvp-gcm.json"
	{ printf '\xef\xbb\xbf'; cat -- "$samples/xts.json"; } >"$tmp/z"
	expect 0 '^AES-XTS +3 +0 +0' --backend libcrypto "$tmp/z"
	grep -v '^#' "$samples/CFB128MCT.rsp" >"$tmp/CFB128MCT.rsp"
	expect 0 '^AES-CFB +8 +0 +0' --backend libcrypto "$tmp/CFB128MCT.rsp"
	tr -d '\r' <"$samples/CBCMCT.rsp" | grep -v '^$' >"$tmp/y"
	expect 0 '^AES-CBC +8 +0 +0' --backend libcrypto "$tmp/y"
}

# plugin_so NAME SOURCE ARGUMENT...: a shared object as an outsider makes one, with nothing of ours but public headers
plugin_so() {
	local includes=("${toolchain[@]:2}")

	"${toolchain[0]}" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -fvisibility=hidden -shared -fPIC \
		"${includes[@]/#/-I}" -o "$tmp/$1.so" "$2" "${@:3}" 2>"$tmp/out" || fail "$1.so is built"
}

# refused NAME PATTERN TEXT: what a plugin with this TEXT is refused with
refused() {
	printf '#include <vcrypto/backend.h>\n%s\n' "$3" >"$tmp/$1.c"
	plugin_so "$1" "$tmp/$1.c"
	expect 2 "^vcrypto-kat: --backend-so .*/$1.so: $2" --backend-so "$tmp/$1.so" "$samples/more.txt"
}

# A backend of somebody else's, made outside the tree: run, found wanting, refused.
plugin() {
	local libdir=${toolchain[1]} line whole

	export LD_LIBRARY_PATH=$libdir
	# One that has libcrypto behind it does all that libcrypto does.
	{ cat -- "$source/hacking/toy.c"; echo 'VCRYPTO_PLUGIN(vcrypto_backend_toy);'; } >"$tmp/toy.c"
	plugin_so toy "$tmp/toy.c" "-L$libdir" -lvcrypto-libcrypto
	expect 0 '^all +[1-9]' --backend libcrypto --cuts rotate --quiet "$source"/vectors/*.txt
	line=$(grep '^all ' "$tmp/out")
	expect 0 "^$line\$" --backend-so "$tmp/toy.so" --cuts rotate --quiet "$source"/vectors/*.txt
	expect 0 '\btoy\b' --backend-so "$tmp/toy.so" "$samples/xts.json"
	[ "$(grep -c '^AES-XTS ' "$tmp/out")" -eq 1 ] || fail "without --backend no other"
	expect 0 '^AES-XTS ' --backend-so "$tmp/toy.so" --backend libcrypto "$samples/xts.json"
	[ "$(grep -c '^AES-XTS ' "$tmp/out")" -eq 2 ] || fail "with --backend that one as well"
	(cd "$tmp" && expect 0 '^AES-XTS ' --backend-so toy.so "$samples/xts.json")

	# One that copies and knows nothing, linked with nothing: the program has the library's functions.
	{ sed 's/vcrypto_backend_null/vcrypto_backend_mine/; s/"null"/"mine"/' "$source/../libvcrypto/backends/null.c"
	  echo 'VCRYPTO_PLUGIN(vcrypto_backend_mine);'; } >"$tmp/mine.c"
	plugin_so mine "$tmp/mine.c"
	printf 'cipher = NULL\nplaintext = 0123456789abcdef\nciphertext = 0123456789abcdef\n' >"$tmp/null.txt"
	expect 0 '^NULL +1 +0 +0$' --backend-so "$tmp/mine.so" "$tmp/null.txt"
	expect 1 'MISMATCH .*AES-XTS' --backend-so "$tmp/mine.so" "$samples/xts.json"

	# What a file can be that is none.
	whole='bool o(void *p, struct vcrypto_capabilities *c) { (void)p; (void)c; return false; }
		enum vcrypto_status n(void *p, void *s, const struct vcrypto_session_spec *c)
		{ (void)p; (void)s; (void)c; return VCRYPTO_ERROR; }
		void s(void *p, struct vcrypto_job *const *j, size_t n) { (void)p; (void)j; (void)n; }
		static const struct vcrypto_backend b = {
			.name = "shut", .open = o, .session_new = n, .submit = s,
		};
		VCRYPTO_PLUGIN(b);'
	expect 2 '^vcrypto-kat: --backend-so nowhere.so: No such file' --backend-so nowhere.so "$tmp/null.txt"
	expect 2 'it cannot be loaded: .*irectory' --backend-so "$tmp" "$tmp/null.txt"
	expect 2 'it cannot be loaded: ' --backend-so "$tmp/null.txt" "$tmp/null.txt"
	refused gap 'it cannot be loaded: .*undefined symbol: nobody_has_this' \
		'void nobody_has_this(void); __attribute__((visibility("default"))) void f(void) { nobody_has_this(); }'
	refused other 'it has no symbol vcrypto_plugin' 'int here;'
	refused old 'it was compiled with headers of another version .*_ABI' \
		'const struct vcrypto_plugin vcrypto_plugin = { VCRYPTO_PLUGIN_ABI + 1, VCRYPTO_PLUGIN_LAYOUT, 0 };'
	refused sizes 'it was compiled with headers of another version .*_LAYOUT' \
		'const struct vcrypto_plugin vcrypto_plugin = { VCRYPTO_PLUGIN_ABI, VCRYPTO_PLUGIN_LAYOUT + 1, 0 };'
	refused nothing 'vcrypto_plugin names no backend' \
		'const struct vcrypto_plugin vcrypto_plugin = { VCRYPTO_PLUGIN_ABI, VCRYPTO_PLUGIN_LAYOUT, 0 };'
	refused name 'its backend has no name,' "${whole/.name = \"shut\",/}"
	refused open 'its backend has no open,' "${whole/.open = o,/}"
	refused create 'its backend has no session_new,' "${whole/.session_new = n,/}"
	refused submit 'its backend has no submit,' "${whole/.submit = s,/}"
	for line in '' 'sixteen letters.' 'tab\t'; do
		refused letters 'its backend.s name is not' "${whole/shut/$line}"
	done
	printf '#include <vcrypto/backend.h>\n%s\n' "$whole" >"$tmp/shut.c"
	plugin_so shut "$tmp/shut.c"
	expect 2 'the backend shut does not work on this machine' --backend-so "$tmp/shut.so" "$tmp/null.txt"
	expect 2 'a device has a backend already' --device /dev/null --backend-so "$tmp/mine.so" "$tmp/null.txt"
}

"$case_name"
