#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Shows the whole thing: a stock Linux guest in a virtual machine encrypts a file
# through /dev/crypto, the host does the work, and the result is compared with
# what the openssl command makes of the same file.
#
#	./demo.sh [FILE]		default: docs/protocol.md
#	./demo.sh --stock [FILE]	with nothing but the distribution's QEMU, kernel and
#				module: our daemon vcryptod serves the standard's device
#	./demo.sh --stock=whole [FILE]	the same with QEMU 11.1, where all of the device is
#				the daemon's; and RSA through keyctl
#	./demo.sh --shell		a shell in the guest, to try /dev/crypto yourself; "exit" ends it
#	./demo.sh --small-devices	the five small devices instead, in one machine
#	./demo.sh --riscv		an emulator that is not QEMU, and programs without an
#				operating system
#
# Installs and builds what is missing first; that takes some minutes once.
# VCRYPTO_BUILD names another build folder than build/.
# Exit status 0 says that the results are identical.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=.ci/usage.sh
. "$(dirname "$0")/.ci/usage.sh"

caller=$PWD
cd "$(dirname "$0")"
build=${VCRYPTO_BUILD:-$PWD/build}
file=docs/protocol.md
modules=guest-adapter
programs=(vm_filecrypt)
work=

die() {
	echo "demo.sh: $*" >&2
	exit 1
}

# Announces a step, with the time since the start.
step() {
	printf '\n[%d:%02d] %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"
}

# The value of KEY=... in what the guest program reported.
report() {
	sed -n "s/^$1=//p" "$work/report"
}

# BYTES SECONDS -> "12.3 MB/s"
rate() {
	awk -v bytes="$1" -v seconds="$2" 'BEGIN {
		if (seconds + 0 > 0) printf "%.1f MB/s", bytes / seconds / 1e6
		else printf "too fast to tell"
	}'
}

prepare() {
	local log=$build/log/demo.log

	step "Packages (only what is missing)"
	.ci/setup.sh library vm
	step "QEMU, with virtio-cryptodev and libvcrypto in it"
	qemu-adapter/build-qemu.sh
	step "A stock Debian kernel for the guest, and the guest module for it"
	vm-tests/fetch-kernel.sh
	"$modules/build.sh"
	step "The programs that the guest runs"
	mkdir -p "${log%/*}"
	if ! { cmake --preset release -B "$build/demo" -DVCRYPTO_VM_TESTS=ON -DVCRYPTO_BENCH=OFF \
			-DVCRYPTO_KAT=OFF &&
		cmake --build "$build/demo" --target "${programs[@]}"; } >"$log" 2>&1; then
		cat "$log"
		die "the guest programs did not build; see above"
	fi
}

prepare_stock() {
	local log=$build/log/demo.log

	step "Packages (only what is missing)"
	.ci/setup.sh library vm
	step "Debian's own QEMU $qemu, unpacked below $build"
	vm-tests/fetch-qemu.sh "$qemu"
	step "A stock Debian kernel for the guest"
	vm-tests/fetch-kernel.sh
	step "The daemon, and the program that the guest runs"
	mkdir -p "${log%/*}"
	if ! { cmake --preset release -B "$build/demo" -DVCRYPTO_VM_TESTS=ON -DVCRYPTO_BENCH=OFF \
			-DVCRYPTO_KAT=OFF &&
		cmake --build "$build/demo" --target vcryptod vm_algcrypt; } >"$log" 2>&1; then
		cat "$log"
		die "they did not build; see above"
	fi
}

# Runs a command whose program in the guest gives ciphertext and a report.
in_guest() {
	local status=0

	"$@" >"$work/ciphertext" 2>"$work/report" || status=$?
	if [ $status -ne 0 ]; then
		cat "$work/report" >&2
		die "the guest failed with status $status"
	fi
}

run_guest() {
	in_guest vm-tests/vm.sh run --check-log --timeout 600 --file "$file:/root/input" \
		"$build/demo/vm-tests/filecrypt" "$key" "$iv" /root/input
}

tell() {
	local bytes
	bytes=$(report bytes)
	cat <<END
    guest   Linux $(cat "$build/kernel/6.1/release"), stock kernel, module vcrypto.ko
            ran filecrypt: open("/dev/crypto"), CIOCGSESSION, CIOCCRYPT, CIOCFSESSION
    device  virtio-cryptodev-pci in $("$build/qemu/qemu-system-x86_64" --version | sed -n '1s/ (.*//; 1p')
            answered $(report requests) requests, $(report crypt_requests) of them with data, $(report failures) refused;
            took in $(report bytes_in) bytes, gave out $(report bytes_out) bytes
    host    libvcrypto with backend $(report backend) did the cryptography

    AES-256-CBC of $bytes bytes   in $(report seconds_encrypt) s   $(rate "$bytes" "$(report seconds_encrypt)")
    SHA-256     of $bytes bytes   in $(report seconds_hash) s   $(rate "$bytes" "$(report seconds_hash)")
    (the whole machine is emulated, so these are far from what hardware does)
END
}

compare() {
	local same=yes sha256

	openssl enc -aes-256-cbc -K "$key" -iv "$iv" -in "$file" -out "$work/expected"
	if cmp -s "$work/expected" "$work/ciphertext"; then
		echo "    ciphertext, $(stat -c %s "$work/ciphertext") bytes: identical to openssl enc -aes-256-cbc"
	else
		echo "    ciphertext: DIFFERS from openssl enc -aes-256-cbc"
		same=no
	fi
	# The standard's device makes no digests for a stock guest.
	[ -z "$stock" ] || { [ $same = yes ]; return; }
	sha256=$(openssl dgst -sha256 -r "$file" | cut -d' ' -f1)
	if [ "$sha256" = "$(report sha256)" ]; then
		echo "    SHA-256 $sha256: identical to openssl dgst -sha256"
	else
		echo "    SHA-256 $(report sha256): DIFFERS from openssl's $sha256"
		same=no
	fi
	[ $same = yes ]
}

run_stock_guest() {
	# The file is in the guest's memory, unpacked and packed.
	STOCK_MEMORY=$((512 + 4 * $(stat -c %s "$file") / 1048576)) in_guest \
		vm-tests/tests/stock.sh --plain "$way" "$qemu" \
		"$build/demo/vhost-user-adapter/vcryptod" --file "$file:/root/input" -- \
		"$build/demo/vm-tests/algcrypt" "$key" "$iv" /root/input
}

tell_stock() {
	local bytes
	bytes=$(report bytes)
	cat <<END
    guest   Linux $(cat "$build/kernel/6.1/release"), stock kernel, its own module virtio_crypto
            ran algcrypt: AF_ALG, "$(report driver)"; the kernel's self-test: $(report selftest)
    device  the standard's virtio-crypto (id 20) in QEMU $(cat "$build/stock-qemu/$qemu/version") of Debian
$(sed -n 's/^vcryptod: /    host    vcryptod, outside QEMU: /p' "$work/report")

    AES-256-CBC of $bytes bytes   in $(report seconds) s   $(rate "$bytes" "$(report seconds)")
    (the whole machine is emulated, so this is far from what hardware does)
END
}

# Neither QEMU nor a kernel: examples/riscv-emu/.
riscv() {
	local log=$build/log/demo.log folder=$build/demo-riscv

	step "Packages (only what is missing)"
	.ci/setup.sh library riscv
	step "The RISC-V machine, with the host's compiler; its programs, with a cross-compiler"
	mkdir -p "${log%/*}"
	if ! { cmake --preset release -B "$folder" -DVCRYPTO_RISCV=ON -DVCRYPTO_LTO=OFF -DVCRYPTO_BENCH=OFF \
			-DVCRYPTO_KAT=OFF &&
		cmake --build "$folder" --target riscv-emu; } >"$log" 2>&1; then
		cat "$log"
		die "they did not build; see above"
	fi
	step "The crypto device, and the same with the openssl command"
	examples/riscv-emu/test.sh crypto "$folder/examples/riscv-emu"
	step "The five calls, with the Caesar device"
	examples/riscv-emu/test.sh five-calls "$folder/examples/riscv-emu"
	step "All as it should be"
}

# A machine of its own, whose daemon is told to offer RSA.
rsa() {
	step "Booting another one, whose device does RSA as well; keyctl uses it, openssl is the other side"
	if ! vm-tests/tests/stock-rsa.sh 6.1 "$way" "$qemu" "$build/demo/vhost-user-adapter/vcryptod" \
			>"$work/rsa" 2>&1; then
		cat "$work/rsa" >&2
		die "RSA failed; see above"
	fi
	echo "    host    vcryptod --akcipher, outside QEMU: RSA with a key of 2048 bits"
	sed -n 's/^rsa: /    guest   /p' "$work/rsa"
}

stock=
case ${1-} in
--stock | --stock=session)
	stock=yes way=session qemu=7.2
	! grep -qs '^VERSION_CODENAME=trixie' /etc/os-release || qemu=10.0
	shift
	;;
--stock=whole)
	stock=yes way=whole qemu=11.1
	shift
	;;
--shell)
	programs=(vcrypto_tool)
	[ $# -eq 1 ] || die "--shell takes no file"
	[ -t 0 ] || die "--shell needs a terminal"
	prepare
	step "Booting a virtual machine; its shell has the program vcrypto, and openssl, which does without the device"
	cat <<-END
	    vcrypto list                                        what the device offers
	    echo abc | vcrypto hash sha256                      as sha256sum does
	    vcrypto enc aes-256-ctr --passphrase-file /etc/passphrase -i /bin/busybox -o secret
	    vcrypto info                                        what has been counted
	    exit

	END
	echo "not much of a secret" >"$build/demo/passphrase"
	exec vm-tests/vm.sh shell --file "$build/demo/guest-adapter/tool/vcrypto:/usr/bin/vcrypto" \
		--file "$(type -P openssl):/usr/bin/openssl" --file "$build/demo/passphrase:/etc/passphrase"
	;;
--small-devices)
	modules=guest-adapter/small-devices
	programs=(small_pci-demo small_virtio-demo small_my_rng)
	[ $# -eq 1 ] || die "--small-devices takes no file"
	prepare
	step "Booting a virtual machine with the five small devices"
	PROGRAMS=$build/demo/vm-tests/small-devices exec vm-tests/small-devices/demo.sh
	;;
--riscv)
	[ $# -eq 1 ] || die "--riscv takes no file"
	riscv
	exit
	;;
-*)
	echo "demo.sh: unknown option '$1'; usage: ./demo.sh [--stock | --stock=whole] [FILE], --shell, --small-devices, or --riscv" >&2
	exit 2
	;;
esac
if [ $# -gt 1 ]; then
	echo "demo.sh: one file at a time; usage: ./demo.sh [--stock | --stock=whole] [FILE]" >&2
	exit 2
fi
if [ $# -eq 1 ]; then
	file=$(cd "$caller" && realpath -- "$1")
	{ [ -f "$file" ] && [ -r "$file" ]; } || die "'$1' is not a file that can be read"
fi

if [ -n "$stock" ]; then
	prepare_stock
else
	prepare
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
key=$(openssl rand -hex 32)
iv=$(openssl rand -hex 16)

step "Booting a virtual machine; the guest encrypts $file"
if [ -n "$stock" ]; then
	run_stock_guest
	tell_stock
else
	run_guest
	tell
fi
step "The same on the host, with the openssl command"
if compare; then
	[ "${way-}" != whole ] || rsa
	printf '\nidentical\n'
else
	printf '\nNOT IDENTICAL\n'
	exit 1
fi
