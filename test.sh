#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what is missing, builds everything and runs all tests.
#
#	./test.sh [--quick]
#
#	--quick	leaves the virtual machines out: library and fuzzers only
#
# VCRYPTO_BUILD names another build folder than build/.
# Can be run again at once; only what has changed is built.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=.ci/usage.sh
. "$(dirname "$0")/.ci/usage.sh"
cd "$(dirname "$0")"

build=${VCRYPTO_BUILD:-$PWD/build}
quick=no
steps=8
step=0

die() {
	echo "test.sh: $*" >&2
	exit 1
}

. .ci/ctest.sh

# Announces a step, with the time since the start.
step() {
	step=$((step + 1))
	printf '\n== [%d/%d, %d:%02d] %s\n' "$step" "$steps" \
		$((SECONDS / 60)) $((SECONDS % 60)) "$*"
}

# Configures and builds PRESET in FOLDER; the full output only if it fails.
build_preset() {
	local preset=$1 folder=$build/$2 log=$build/log/$1.log
	shift 2
	mkdir -p "${log%/*}"
	if ! { cmake --preset "$preset" -B "$folder" "$@" &&
		cmake --build "$folder"; } >"$log" 2>&1; then
		cat "$log"
		die "building preset '$preset' failed; see above"
	fi
	tail -n 1 "$log"
}

for arg; do
	case $arg in
	--quick) quick=yes steps=5 ;;
	*)
		echo "test.sh: unknown argument '$arg'; there is only --quick" >&2
		exit 2
		;;
	esac
done

vm_tests=OFF
step "Packages"
if [ $quick = yes ]; then
	.ci/setup.sh library fuzz riscv
else
	.ci/setup.sh library fuzz riscv vm
	vm_tests=ON
	step "QEMU with the device in it"
	qemu-adapter/build-qemu.sh
	step "A stock guest kernel and QEMU, and modules for guest and host"
	vm-tests/fetch-kernel.sh
	vm-tests/fetch-qemu.sh
	guest-adapter/build.sh
	guest-adapter/small-devices/build.sh
	qemu-adapter/small-devices/vhost-demo-module/build.sh
	step "OpenSSL's engine for /dev/crypto, nginx, and another OpenSSL"
	vm-tests/clients/build-openssl.sh
	vm-tests/clients/fetch-nginx.sh
	vm-tests/clients/fetch-openssl.sh
fi
step "Library and tests, with gcc"
build_preset dev dev -DVCRYPTO_VM_TESTS=$vm_tests
step "Library, tests and fuzzers, with clang and sanitizers"
build_preset fuzz fuzzing
step "Tests under sanitizers; fuzzers for some seconds each"
run_ctest "$build/fuzzing" "$build/log/fuzz.xml" -j2 -LE '^(vectors|oss-fuzz|fresh)$'
step "Tests$([ $quick = yes ] || echo ', and virtual machines')"
# Emulation within emulation takes minutes: ctest --preset dev -L nested.
# Other kernels and QEMUs: vm-tests/matrix.sh; other processors: vm-tests/reach.sh; with the standard's device -L stock.  Debian 13's vectors: -L vectors.
# As OSS-Fuzz builds the fuzzers: -L oss-fuzz.  The modules for many kernels: -L kernels.
rm -f -- "$build/vm/again"
run_ctest "$build/dev" "$build/log/dev.xml" -j2 -LE '^(nested|matrix|reach|stock|kernels|vectors|oss-fuzz|fresh)$'

printf '\nAll of it took %d:%02d minutes.\n' $((SECONDS / 60)) $((SECONDS % 60))
[ ! -e "$build/vm/again" ] ||
	printf 'QEMU or a kernel died by itself and was started once more: %s\n' "$(paste -sd ';' -- "$build/vm/again")"
printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
[ $failed -eq 0 ]
