#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Runs the RISC-V machine, and compares what its programs say with what others do.
#
#	test.sh crypto FOLDER [MISSING...]	the crypto device, with the openssl command
#	test.sh five-calls FOLDER [MISSING...]	the Caesar device, with the tr command
#	test.sh machine FOLDER [MISSING...]	programs that do what no program should
#
# FOLDER holds the emulator and the programs, MISSING are the packages for want of which they
# have not been built: then the test is skipped.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 2 "$@"

what=$1 folder=$2
shift 2
if ! [ -x "$folder/riscv-emu" ]; then
	echo "SKIP: the RISC-V machine is not built; it needs ${*:-VCRYPTO_RISCV=ON}"
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Under a sanitizer: Unicorn 2.1 does not free all of what uc_open() makes.
echo leak:libunicorn.so >"$work/known"
export LSAN_OPTIONS="suppressions=$work/known print_suppressions=0"

fail() {
	echo "FAIL: $*"
	exit 1
}

# What the program has printed behind "NAME: ".
said() {
	sed -n "s/^$1: *//p" "$work/said"
}

# The program must say just that.
must_say() {
	[ "$(said "$1")" = "$2" ] || fail "$1 is '$(said "$1")', and should be '$2'"
	echo "$1: as it should be"
}

run() {
	timeout 60 "$folder/riscv-emu" "$folder/$1.bin" >"$work/said" ||
		fail "$1 ended with status $?: $(cat "$work/said")"
	cat "$work/said"
}

crypto() {
	local text

	run crypto
	text=$(said text)
	[ ${#text} -eq 128 ] || fail "the text is not 64 bytes long"
	printf '%b' "$(sed 's/../\\x&/g' <<<"$text")" >"$work/text"
	must_say status "$(printf '%s\n' 1 3 11 15)"
	must_say backend libcrypto
	must_say "a key of 5 bytes" BAD_KEY
	must_say sha256 "$(openssl dgst -sha256 -r "$work/text" | cut -d' ' -f1)"
	must_say ciphertext "$(openssl enc -aes-128-cbc -nopad -K "$(said key)" -iv "$(said iv)" \
		-in "$work/text" | od -An -v -tx1 | tr -d ' \n')"
	must_say decrypted "$text"
	# One for each request, because the program sleeps until it is answered.
	must_say interrupts 8
}

five_calls() {
	run five-calls
	grep -v -e '^status' -e '^found' -e '^$' -e ':$' "$work/said" >"$work/calls"
	# Three places ahead.
	caesar() {
		tr A-Za-z D-ZA-Cd-za-c <<<"$1"
	}
	diff - "$work/calls" <<-END || fail "these are not the five calls"
	add_buf: Hello is chain 0
	kick: the device is told
	get_buf: nothing
	enable_cb: interrupts, please
	    (interrupt)
	get_buf: chain 0 says $(caesar Hello)
	disable_cb: no interrupts, please
	add_buf: Two is chain 2
	add_buf: words is chain 4
	add_buf: no 1 is chain 6
	kick: the device is told
	    (something else)
	enable_cb: there is something already
	get_buf: chain 2 says $(caesar Two)
	get_buf: chain 4 says $(caesar words)
	get_buf: chain 6 was refused
	get_buf: nothing
	add_buf: Bye is chain 8
	kick: the device is told
	    (interrupt)
	get_buf: chain 8 says $(caesar Bye)
	END
}

# refused MESSAGE [ARGUMENT...]: the emulator ends by itself, with one line that has MESSAGE.
refused() {
	local message=$1 status=0
	shift

	timeout 60 "$folder/riscv-emu" "$@" >"$work/said" 2>"$work/log" || status=$?
	[ $status -eq 1 ] || [ $status -eq 2 ] || fail "$message: status $status"
	[ "$(wc -l <"$work/log")" -eq 1 ] || fail "$message: $(cat "$work/log")"
	grep -q -- "$message" "$work/log" || fail "$message: $(cat "$work/log")"
	cat "$work/log"
}

# assemble WORD...: a program of a few instructions.
assemble() {
	local word

	for word; do
		printf '%b' "\\x${word:6:2}\\x${word:4:2}\\x${word:2:2}\\x${word:0:2}"
	done >"$work/program"
}

# program MESSAGE WORD...: one that is refused.
program() {
	local message=$1
	shift

	assemble "$@"
	refused "$message" "$work/program"
}

machine() {
	local usage

	usage=$("$folder/riscv-emu" --help) || fail "--help ended with status $?"
	[ "$usage" = "usage: riscv-emu PROGRAM" ] || fail "--help says '$usage'"
	refused usage
	refused usage a b
	refused "no program" "$work/none"
	refused "no program" "$work"
	: >"$work/empty"
	refused "no program" "$work/empty"
	head -c 1048577 /dev/zero >"$work/large"
	refused "no program" "$work/large"
	program "ended at 0x8000000" 00000000			# no instruction
	program "ended at 0x8000000" 00002503			# lw a0, 0(zero)
	program "ended at" 00000073				# ecall
	program "too long" 0000006f				# j .
	program "too long" 10500073 ffdff06f			# wfi; j .-4
	# lui a0, 0x10001; each word of the devices read and written back, to their end
	program "ended at" 10001537 00052583 00b52023 00450513 ff5ff06f
	# lui a0, 0x100; lui a1, 3; addi a1, a1, 0x333; sw a1, 0(a0); wfi
	assemble 00100537 000035b7 33358593 00b52023 10500073
	"$folder/riscv-emu" "$work/program" && fail "a program that says it has failed"
	echo "a program that fails: status 1"
}

case $what in
crypto) crypto ;;
five-calls) five_calls ;;
machine) machine ;;
*) fail "no test '$what'" ;;
esac
