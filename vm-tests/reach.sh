#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Other processors, other transports: the same guests' programs and the same library where bytes lie the other way round
# or a pointer is half as long.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=arch.sh
. "$VM_TESTS/arch.sh"
# shellcheck source=../.ci/ctest.sh
. "$VM_TESTS/../.ci/ctest.sh"

# Name, Debian's architecture, kernel, machine as VM_MACHINE of vm.sh has it, QEMU, way to the device. Where there is no
# kernel the unit tests run, in an emulator of the processor alone.
table()
{
	cat <<-END
	pc           amd64   6.1       pc        7.2 PCI
	q35          amd64   6.1       q35       7.2 PCI
	microvm      amd64   6.1       microvm   7.2 MMIO
	cloud        amd64   6.1-cloud pc        7.2 PCI
	i386         i386    6.1       pc        7.2 PCI
	arm64-pci    arm64   6.1       virt-pci  7.2 PCI
	arm64-mmio   arm64   6.1       virt-mmio 7.2 MMIO
	riscv64-pci  riscv64 6.12      virt-pci  7.2 PCI
	riscv64-mmio riscv64 6.12      virt-mmio 7.2 MMIO
	s390x-ccw    s390x   6.1       ccw       7.2 CCW
	s390x-pci    s390x   6.1       pci       7.2 PCI
	host-i386    i386    -         -         -   -
	host-s390x   s390x   -         -         -   -
	END
}

usage()
{
	cat <<END
usage: reach.sh [--prepare | --run] [--tests DIR] [ROW]...
       reach.sh --list

For each row a stock Debian kernel boots on a machine with its own way to devices, our module, built for it, is loaded,
and there run: the programs that say what the ioctls mean (docs/semantics.md), vcrypto-kat with a sample of published
vectors, and what Caesar's device must do. Rows "host-" run the unit tests for that processor instead. Fetches and builds
first what is missing, below the build folder; ends with a table. What cannot be had here is a line that says so, and
is counted as skipped. Exit status 0: nothing failed; 77: nothing ran.

  --prepare    only fetch and build
  --run        only run; what is missing is skipped
  --tests DIR  the build folder whose programs run in amd64's guests (default build/dev)
  --list       print the rows

VCRYPTO_BUILD names another build folder.
END
}

semantics=(sem_header sem_file sem_session sem_info sem_cipher sem_iv sem_hash sem_async clients_style
	sem_auth_aead sem_auth_aead_refuse sem_auth_tls sem_auth_tls_refuse sem_auth_srtp)
# Not for other processors: what looks at the machine's own tools, or runs the programs of the build itself.
not_crossed='unit\.(kat|install|ways|purity|timing|includes|sizes|workflows|help|drawings|readme|semantics|tool|vhost)'
not_crossed+='|unit\.(fips|lanes)|vcryptod'
# Half an hour each where the processor is emulated.
not_crossed+='|unit\.(big|sem_random)'

# skip TEXT: what the row cannot do here. Its caller goes on with the next one.
skip()
{
	echo "SKIP $row: $*"
	skipped=$((skipped + 1))
}

# quietly LOG COMMAND...: its last words only if it fails.
quietly()
{
	local log=$1

	shift
	mkdir -p -- "${log%/*}"
	"$@" >"$log" 2>&1 || { tail -n 20 -- "$log" >&2; return 1; }
}

# row_facts NAME: sets its columns, and where its things are.
row_facts()
{
	row=$1
	read -r _ arch_name series machine qemu_version transport < <(table | grep "^$row ") || bad_usage "there is no row '$row'"
	arch_facts "$arch_name"
	kernel=$(kernel_of "$series" "$arch")
	qemu=$(qemu_of "$qemu_version")
	qemu=${qemu%/*}/qemu-system-$arch_qemu
	programs=$tests
	[ "$arch" = amd64 ] || programs=$BUILD/reach/$arch
}

# --- what a row needs ------------------------------------------------------------------------------------

prepare_programs()
{
	local targets=(vcrypto-kat "${semantics[@]/#/vm_}") options=(--preset dev -B "$programs" -DVCRYPTO_VM_TESTS=ON)

	if [ "$arch" != amd64 ]; then
		"$VM_TESTS/fetch-cross.sh" "$arch" >/dev/null || { skip "needs the package gcc-12-$triplet, and its libraries"; return 1; }
		options+=(--toolchain "$CROSS/$arch/cross.cmake" -DCMAKE_C_COMPILER="$CROSS/$arch/bin/$triplet-gcc"
			-DVCRYPTO_FUZZ=OFF -DVCRYPTO_BENCH=OFF)
	fi
	[ "$series" != - ] || targets=(all)
	if ! quietly "$BUILD/log/reach-$row.log" cmake -S "$VM_TESTS/.." "${options[@]}" ||
		! quietly "$BUILD/log/reach-$row.log" cmake --build "$programs" --target "${targets[@]}"; then
		broken "its programs do not build"
	fi
}

broken()
{
	echo "FAIL $row: $*"
	failed=$((failed + 1))
	return 1
}

prepare_modules()
{
	local script prefix=

	[ "$arch" = amd64 ] || prefix=$CROSS/$arch/bin/$triplet-
	for script in build.sh small-devices/build.sh; do
		PATH=$CROSS/$arch/bin:$PATH CROSS_COMPILE=$prefix quietly "$BUILD/log/reach-$row.log" "$VM_TESTS/../guest-adapter/$script" \
			"$kernel/headers" || { broken "its modules do not build"; return; }
	done
}

prepare_row()
{
	if [ "$series" = - ]; then
		prepare_programs
		return
	fi
	"$VM_TESTS/fetch-kernel.sh" --arch "$arch" "$series" || { skip "there is no kernel linux-image-$arch_flavour $series"; return 1; }
	prepare_programs && prepare_modules || return
	"$VM_TESTS/../qemu-adapter/build-qemu.sh" --version "$qemu_version" --targets "$arch_qemu" ||
		broken "QEMU for $arch_qemu does not build"
}

# --- the tests -------------------------------------------------------------------------------------------

# check NAME COMMAND...: one of the row's tests.
check()
{
	local log=$BUILD/log/reach-$row-$1.log

	if "${@:2}" >"$log" 2>&1; then
		passed=$((passed + 1))
		echo "ok $row: $1$(counts "$log")"
	else
		failed=$((failed + 1))
		echo "FAIL $row: $1"
		tail -n 30 -- "$log"
	fi
}

# How much it was: TAP's cases, or the vectors of vcrypto-kat.
counts()
{
	local cases vectors

	cases=$(grep -c '^ok ' "$1") || :
	vectors=$(sed -En 's/^all +([0-9]+) .*/\1/p' "$1")
	[ "$cases" -eq 0 ] || echo ", $cases cases"
	[ -z "$vectors" ] || echo ", $vectors vectors"
}

run_guest()
{
	local paths=("${semantics[@]/#/$programs/vm-tests/}") program

	for program in "$kernel/release" "$qemu" "${paths[@]}" "$programs/unit-tests/kat/vcrypto-kat"; do
		[ -e "$program" ] || { skip "there is no $program: see --prepare"; return; }
	done
	[ -e "$GUEST_MODULES/$(<"$kernel/release")/caesar.ko" ] || { skip "there are no modules for $kernel"; return; }
	export VM_KERNEL=$kernel VM_QEMU=$qemu VM_MACHINE=$machine
	check semantics "$VM_TESTS/tests/tap.sh" --each -- "${paths[@]}"
	check vectors "$VM_TESTS/../unit-tests/kat/test-vm.sh" "$programs/unit-tests/kat/vcrypto-kat" "$VM_TESTS/.."
	check caesar "$VM_TESTS/small-devices/acceptance.sh" caesar
	[ "$transport" != MMIO ] || check legacy legacy_mmio
}

# The transport as QEMU has it by default: the module says which option is missing, and takes no device.
legacy_mmio()
{
	# shellcheck disable=SC2016 # the guest's shell expands that
	"$VM_TESTS/vm.sh" run --timeout 300 --qemu-arg -global --qemu-arg virtio-mmio.force-legacy=true -- sh -c \
		'dmesg | grep "virtio-mmio.force-legacy=false)$" && [ ! -e /dev/cryptodev0 ]'
}

# A ctest of its own for each, as the folder is another one.
run_host()
{
	[ -e "$programs/unit-tests/test_engine" ] || { skip "there is no $programs: see --prepare"; return; }
	mkdir -p -- "$BUILD/log"
	run_ctest "$programs" "$BUILD/log/reach-$row.xml" -j2 -L '^unit$' -E "$not_crossed" \
		>"$BUILD/log/reach-$row-units.log" || :
	tail -n 12 -- "$BUILD/log/reach-$row-units.log"
}

run_row()
{
	local start=$SECONDS before="$passed $failed $skipped"

	printf '\n== %s\n' "$row"
	if [ "$series" = - ]; then run_host; else run_guest; fi
	read -r -a before <<<"$before"
	summary+=$(printf '%-13s %-8s %-20s %-6s %-10s %7d %7d %8d %6d:%02d' "$row" "$arch" "$(cat "$kernel/release" 2>/dev/null || echo -)" \
		"$qemu_version" "$transport" $((passed - before[0])) $((failed - before[1])) $((skipped - before[2])) \
		$(((SECONDS - start) / 60)) $(((SECONDS - start) % 60)))$'\n'
}

action=everything tests=$BUILD/dev rows=()
while [ $# -gt 0 ]; do
	case $1 in
	--help) usage; exit 0 ;;
	--prepare | --run | --list) action=${1#--} ;;
	--tests) [ $# -ge 2 ] || bad_usage "--tests needs a folder"; tests=$(realpath -- "$2"); shift ;;
	-*) bad_usage "unknown option '$1'" ;;
	*) rows+=("$1") ;;
	esac
	shift
done
[ ${#rows[@]} -gt 0 ] || mapfile -t rows < <(table | cut -d ' ' -f 1)
if [ "$action" = list ]; then
	printf '%s\n' "${rows[@]}"
	exit
fi

summary=
[ "$action" = run ] || "$VM_TESTS/../.ci/setup.sh" library vm reach
for name in "${rows[@]}"; do
	row_facts "$name"
	if [ "$action" != run ]; then
		prepare_row || continue
	fi
	[ "$action" = prepare ] || run_row
done
[ "$action" = prepare ] || printf '\n%-13s %-8s %-20s %-6s %-10s %7s %7s %8s %9s\n%s' row guest kernel QEMU transport passed failed \
	skipped time "$summary"
[ "$failed" -eq 0 ] || exit 1
[ "$action" = prepare ] || [ "$passed" -gt 0 ] || exit 77
