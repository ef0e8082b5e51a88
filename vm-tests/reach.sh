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
vectors, the kernel's own tests of what the module registers with its crypto API, the program vcrypto, and what the small
devices must do that the machine can have. Rows "host-" run the unit tests for that processor instead. Fetches and builds
first what is missing, below the build folder; ends with a table. What cannot be had here is a line that says so, and
is counted as skipped. Exit status 0: nothing failed; 77: nothing ran.

  --prepare    only fetch and build
  --run        only run; what is missing is skipped
  --tests DIR  the build folder whose programs run in amd64's guests (default build/dev)
  --list       print the rows

VCRYPTO_BUILD names another build folder. VM_PATIENCE=N: how much longer than usual a machine may take (default 4).
END
}

# Not for other processors: what looks at the machine's own tools, or runs the programs of the build itself.
not_crossed='unit\.(kat|install|ways|purity|timing|includes|sizes|workflows|help|drawings|readme|semantics|tool)'
not_crossed+='|unit\.fips|unit\.provider\.timing|unit\.vhost_user\.manual'
# What the daemon does as a process, to which an emulator's signals, output and limits belong too; and what is true of
# one thread of it once more of two.
not_crossed+='|unit\.vcryptod|two_loops'
# Half an hour each where the processor is emulated.
not_crossed+='|unit\.(big|sem_random)'

# skip TEXT: what the row cannot do here. Its caller goes on with the next one.
skip()
{
	echo "SKIP $row: $*"
	skipped=$((skipped + 1))
	return 1
}

# Where packages are missing that setup.sh has named, what does not build is no failure.
broken()
{
	[ -z "$incomplete" ] || { skip "$* without the packages above"; return; }
	echo "FAIL $row: $*"
	tail -n 20 -- "$log"
	failed=$((failed + 1))
	return 1
}

not_made() { skip "there is no $1: reach.sh --prepare makes it"; }

# What it is that takes the time.
step() { echo "-- $row: $*"; }

# attempt COMMAND...: what it says goes to the row's log; if it fails, the last of it is the reason.
attempt()
{
	mkdir -p -- "${log%/*}"
	"$@" >"$log" 2>&1 && return
	reason=$(tail -n 1 -- "$log")
	return 1
}

# row_facts NAME: sets its columns, and where its things are.
row_facts()
{
	row=$1 log=$BUILD/log/reach-$1.log
	read -r _ arch_name series machine qemu_version transport < <(table | ROW=$row awk '$1 == ENVIRON["ROW"]') || bad_usage "there is no row '$row'"
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
	local targets=(vcrypto-kat vcrypto_tool vm_kernel_api vm_semantics small_{pci-demo,my_rng,virtio-demo})
	local options=(--preset dev -B "$programs" -DVCRYPTO_VM_TESTS=ON)

	if [ "$arch" != amd64 ]; then
		step "compiler and libraries for $arch"
		attempt "$VM_TESTS/fetch-cross.sh" "$arch" || { skip "needs the package gcc-12-$triplet: $reason"; return; }
		options+=(--toolchain "$CROSS/$arch/cross.cmake" -DCMAKE_C_COMPILER="$CROSS/$arch/bin/$triplet-gcc"
			-DVCRYPTO_FUZZ=OFF -DVCRYPTO_BENCH=OFF)
	fi
	[ "$series" != - ] || targets=(all)
	step "programs"
	if ! attempt cmake -S "$VM_TESTS/.." "${options[@]}" || ! attempt cmake --build "$programs" --target "${targets[@]}"; then
		broken "its programs do not build"
	fi
}

prepare_modules()
{
	local script prefix=

	step "modules"
	[ "$arch" = amd64 ] || prefix=$CROSS/$arch/bin/$triplet-
	for script in build.sh small-devices/build.sh; do
		PATH=$CROSS/$arch/bin:$PATH CROSS_COMPILE=$prefix attempt "$VM_TESTS/../guest-adapter/$script" \
			"$kernel/headers" || { broken "its modules do not build"; return; }
	done
}

# It says itself how far it is.
prepare_qemu()
{
	local built=("$VM_TESTS/../qemu-adapter/build-qemu.sh" --version "$qemu_version" --targets "$arch_qemu")

	step "QEMU $qemu_version for $arch_qemu"
	"${built[@]}" 2>&1 | tee -- "$log" && return
	reason=$(tail -n 1 -- "$log")
	case $reason in
	*'packages missing'* | *'knows no Debian archive'* | *'cannot fetch'* | *'there is no complete'*)
		skip "needs the source package qemu $qemu_version and what builds it: $reason" ;;
	*) broken "QEMU does not build" ;;
	esac
}

prepare_row()
{
	local package=linux-image-$arch_flavour

	if [ "$series" = - ]; then
		prepare_programs
		return
	fi
	[[ $series != *-cloud ]] || package=linux-image-cloud-$arch
	step "kernel $series, $package"
	attempt "$VM_TESTS/fetch-kernel.sh" --arch "$arch" "$series" ||
		{ skip "needs the package $package: $reason"; return; }
	prepare_programs && prepare_modules && prepare_qemu
}

# --- the tests -------------------------------------------------------------------------------------------

# check NAME COMMAND...: one of the row's tests.
check()
{
	local log=$BUILD/log/reach-$row-$1.log

	step "$1"
	mkdir -p -- "${log%/*}"
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

# What the machine has a bus for.
small_devices()
{
	echo caesar virtio-demo
	# A PCI device of s390x must have MSI-X, which is more than these are about.
	[ "$transport" != PCI ] || [ "$arch" = s390x ] || echo pci-demo my_rng
}

run_guest()
{
	local bin=$programs/vm-tests paths=() program device

	# Which they are is said in CMakeLists.txt.
	[ ! -e "$bin/semantics" ] || mapfile -t paths < <(sed "s,^,$bin/," -- "$bin/semantics")
	for program in "$bin/semantics" "$kernel/release" "$qemu" "$GUEST_MODULES/$(cat "$kernel/release" 2>/dev/null)"/{vcrypto,caesar}.ko \
		"${paths[@]}" "$bin"/{kernel_api,small-devices/{pci-demo,my_rng,virtio-demo}} \
		"$programs"/{unit-tests/kat/vcrypto-kat,guest-adapter/tool/vcrypto}; do
		[ -e "$program" ] || { not_made "$program"; return; }
	done
	# Time-outs are for this machine's kind of processor; the translation of another one's takes longer.
	export VM_KERNEL=$kernel VM_QEMU=$qemu VM_MACHINE=$machine VM_PATIENCE=${VM_PATIENCE:-4}
	check semantics "$VM_TESTS/tests/tap.sh" --each -- "${paths[@]}"
	check vectors "$VM_TESTS/../unit-tests/kat/test-vm.sh" "$programs/unit-tests/kat/vcrypto-kat" "$VM_TESTS/.."
	check kernel-api "$VM_TESTS/tests/kernel.sh" -- "$bin/kernel_api"
	# What is longer takes minutes, and is no different on another processor.
	check tool "$VM_TESTS/tests/tool.sh" "$programs/guest-adapter/tool/vcrypto" 1 65537
	for device in $(small_devices); do
		PROGRAMS=$bin/small-devices check "$device" "$VM_TESTS/small-devices/acceptance.sh" "$device"
	done
	[ "$transport" != MMIO ] || check legacy legacy_mmio
}

# The transport as QEMU has it by default: the module says which option is missing, and takes no device.
legacy_mmio()
{
	# shellcheck disable=SC2016 # the guest's shell expands that
	"$VM_TESTS/vm.sh" run --timeout 300 --qemu-arg -global --qemu-arg virtio-mmio.force-legacy=true -- sh -c \
		'dmesg | grep "virtio-mmio.force-legacy=false)$" && [ ! -e /dev/cryptodev0 ]'
}

# The tests start the daemon themselves, so it needs what cmake starts them with. Where that is an emulator, its system
# calls are not the daemon's.
prepare_daemon()
{
	local starter sandbox=

	starter=$(sed -n 's/^set(CMAKE_CROSSCOMPILING_EMULATOR \(.*\))$/\1/p' -- "$CROSS/$arch/cross.cmake")
	unset VCRYPTOD_EMULATED
	export VCRYPTOD=$programs/started-vcryptod
	if [ "$arch" = s390x ]; then
		export VCRYPTOD_EMULATED=yes
		sandbox=--sandbox=none
	fi
	printf '#!/bin/sh\nexec %s %q %s "$@"\n' "'${starter//;/"' '"}'" "$programs/vhost-user-adapter/vcryptod" "$sandbox" >"$VCRYPTOD"
	chmod 755 -- "$VCRYPTOD"
}

# A ctest of its own for each, as the folder is another one.
run_host()
{
	local units=$BUILD/log/reach-$row-units

	[ -e "$programs/unit-tests/test_engine" ] || { not_made "$programs"; return; }
	[ "$arch" != s390x ] || type -P qemu-s390x >/dev/null || { skip "needs the package qemu-user"; return; }
	step "unit tests"
	mkdir -p -- "${units%/*}"
	# Where libcrypto was made to look there may be nothing, or that of another processor.
	export OPENSSL_MODULES=$CROSS/$arch/root/usr/lib/$multiarch/ossl-modules
	prepare_daemon
	run_ctest "$programs" "$units.xml" -j2 -L '^unit$' -E "$not_crossed" > >(tee -- "$units.log" | tenths)
	wait $!
}

# Of ctest's report each tenth of the lines on which a test ends, and what failed.
tenths()
{
	awk -F '[/ ]+' '
		/^ *[0-9]+\/[0-9]+ Test / {
			$0 = $0
			sub(/^ +/, "")
			if (int(10 * $1 / $2) > tenth) { tenth = int(10 * $1 / $2); print $1 " of " $2; fflush() }
		}
		/^The following tests FAILED/ { failed = 1 }
		failed'
}

do_row()
{
	local start=$SECONDS before="$passed $failed $skipped"

	printf '\n== %s\n' "$row"
	if [ "$action" = run ] || prepare_row; then
		if [ "$action" = prepare ]; then :; elif [ "$series" = - ]; then run_host; else run_guest; fi
	fi || :
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
for name in "${rows[@]}"; do
	row_facts "$name"
done
if [ "$action" = list ]; then
	printf '%s\n' "${rows[@]}"
	exit
fi
summary='' incomplete=''
[ "$action" = run ] || "$VM_TESTS/../.ci/setup.sh" library vm reach || incomplete=yes
for name in "${rows[@]}"; do
	row_facts "$name"
	do_row
done
printf '\n%-13s %-8s %-20s %-6s %-10s %7s %7s %8s %9s\n%s' row guest kernel QEMU transport passed failed skipped time "$summary"
[ "$failed" -eq 0 ] || exit 1
[ "$action" = prepare ] || [ "$passed" -gt 0 ] || exit 77
