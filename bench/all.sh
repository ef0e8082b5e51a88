#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# usage: bench/all.sh [--vm] FILE
#
# Installs what is missing, builds the benchmarks, runs all that need no virtual machine, and writes one JSON object to
# FILE: what machine it was, and what each printed, as JSON where it can, else as lines. Five minutes. With --vm those
# with a machine as well, seven minutes more; QEMU, module and the rest are built first, if need be. Ends with what
# bench/rows.py says of FILE: the project's aims and what was reached. bench/plot.py draws FILE.
# VCRYPTO_BUILD names another build folder.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"

bench=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
top=$bench/..
export VCRYPTO_BUILD=${VCRYPTO_BUILD:-$top/build}
build=$VCRYPTO_BUILD/bench

die()
{
	printf 'bench/all.sh: %s\n' "$*" >&2
	exit 1
}

vm=
if [ "${1-}" = --vm ]; then
	vm=yes
	shift
fi
[ $# -eq 1 ] || die "usage: bench/all.sh [--vm] FILE"
file=$1
tmp=$(mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT

# say TEXT: what comes now, with the time since the start.
say()
{
	printf '[%d:%02d] %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*" >&2
}

# run NAME COMMAND...: what it prints is NAME's.
run()
{
	say "$1"
	"${@:2}" >"$tmp/$1" || die "$1 failed: ${*:2}: $(tail -n 20 -- "$tmp/$1")"
}

# prepare WHAT COMMAND...
prepare()
{
	say "$1"
	"${@:2}" >"$tmp/log" 2>&1 || die "$1 failed: $(cat "$tmp/log")"
	rm -- "$tmp/log"
}

prepare "packages" "$top/.ci/setup.sh" library ${vm:+vm}
prepare "the benchmarks" cmake -S "$top" --preset release -B "$build" -DVCRYPTO_BENCH=ON ${vm:+-DVCRYPTO_VM_TESTS=ON}
prepare "the benchmarks, compiling" cmake --build "$build"
if [ -n "$vm" ]; then
	prepare "QEMU with the device in it" "$top/qemu-adapter/build-qemu.sh"
	prepare "a kernel" "$top/vm-tests/fetch-kernel.sh"
	prepare "the module" "$top/guest-adapter/build.sh"
	prepare "OpenSSL's engine" "$top/vm-tests/clients/build-openssl.sh"
fi
preferred=$(sed -n 's/^#define VCRYPTO_BACKENDS(X) X(\([a-z_]*\)).*/\1/p' "$build/include/vcrypto/backends.h")
for backend in $(printf '%s\n' libcrypto "$preferred" | sort -u); do
	for direction in '' --decrypt; do
		for mode in cbc ctr gcm hmac; do
			[ "$mode$direction" != hmac--decrypt ] || continue
			# shellcheck disable=SC2046,SC2086 # a word or none
			run "engine $mode$direction $backend" "$build/bench/engine" --json --sessions 32 \
				--backend "$backend" $([ $mode = cbc ] || echo --$mode) $direction
		done
	done
done
run threads "$build/bench/threads" --json
run walk "$build/bench/walk" --json
[ ! -x "$build/bench/break_even" ] || run break_even "$build/bench/break_even"
run sessions "$build/bench/sessions"
run memory "$build/bench/memory"
[ ! -x "$build/bench/daemon" ] || run daemon "$build/bench/daemon" "$build/vhost-user-adapter/vcryptod"
if [ -n "$vm" ]; then
	run vm "$bench/vm.sh"
	run calls "$bench/guest.sh" calls --smp 2
	run "calls, iothreads" "$bench/guest.sh" calls --smp 2 \
		--qemu-arg -object --qemu-arg iothread,id=io0 --qemu-arg -object --qemu-arg iothread,id=io1 \
		--no-device --device virtio-cryptodev-pci,queues=2,iothreads=io0:io1
	run copy "$bench/guest.sh" copy
	run fairness "$bench/guest.sh" fairness --smp 2
	export PROGRAMS=$build/vm-tests
	run tls "$top/vm-tests/clients/client.sh" tls
	run allocations "$top/vm-tests/tests/tap.sh" -- "$PROGRAMS/allocations"
fi

python3 - "$tmp" >"$tmp.json" <<'END'
import json
import pathlib
import platform
import sys

results = {}
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    text = path.read_text()
    results[path.name] = json.loads(text) if text[:1] in "[{" else text.splitlines()
models = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
json.dump({"processor": models[0] if models else platform.machine(), "kernel": platform.release(),
           "results": results}, sys.stdout, indent=1)
END
mv -- "$tmp.json" "$file"
"$bench/rows.py" "$file"
