#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tests in virtual machines with the other kernels and QEMUs that are supported.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=../.ci/ctest.sh
. "$VM_TESTS/../.ci/ctest.sh"

# KERNEL/QEMU. With 6.1/7.2, which ../test.sh runs, these are all.
pairs=(6.12/7.2 7.3/7.2 6.1/10.0 6.12/10.0 7.3/10.0)

usage()
{
	cat <<END
usage: matrix.sh [--prepare | --run [--tests DIR] | --list] [KERNEL/QEMU]...

Runs all tests of the labels "vm" and "clients" with each pair of a kernel and a QEMU; the usual pairs are
${pairs[*]}. Fetches and builds what is missing first, needs root or sudo if packages
are missing, and ends with a table. Exit status 0 says that all tests of all pairs have passed.

  --prepare    only fetch and build
  --run        only run the tests; everything must be there
  --tests DIR  the build folder whose tests they are (default build/dev)
  --list       only print the pairs

The tests of one pair by hand: set VM_KERNEL and VM_QEMU, see vm.sh --help. VCRYPTO_BUILD names another build folder.
END
}

# all WHAT: each kernel or QEMU of the pairs once.
all()
{
	case $1 in
	kernels) printf '%s\n' "${pairs[@]%/*}" ;;
	qemus) printf '%s\n' "${pairs[@]#*/}" ;;
	esac | sort -Vu
}

prepare()
{
	local top=$VM_TESTS/.. kernel qemu

	"$top/.ci/setup.sh" library vm matrix
	for qemu in $(all qemus); do
		"$top/qemu-adapter/build-qemu.sh" --version "$qemu"
	done
	for kernel in $(all kernels); do
		"$VM_TESTS/fetch-kernel.sh" "$kernel"
		"$top/guest-adapter/build.sh" "$KERNELS/$kernel/headers"
		"$top/guest-adapter/small-devices/build.sh" "$KERNELS/$kernel/headers"
		"$top/qemu-adapter/small-devices/vhost-demo-module/build.sh" "$kernel"
	done
	"$VM_TESTS/clients/build-openssl.sh"
}

build_tests()
{
	local log=$BUILD/log/matrix.log

	mkdir -p -- "$BUILD/log"
	if ! (cd -- "$VM_TESTS/.." && cmake --preset dev -B "$BUILD/dev" -DVCRYPTO_VM_TESTS=ON &&
		cmake --build "$BUILD/dev") >"$log" 2>&1; then
		cat -- "$log" >&2
		die "the tests do not build; see above"
	fi
}

# The tests are registered once, for the usual pair. Here they run from a folder of the pair's own, because two
# ctests that run in one write over each other's logs.
run_pair()
{
	local kernel=${1%/*} qemu=${1#*/} dir=$BUILD/matrix/${1/\//-} start=$SECONDS

	passed=0 failed=0 skipped=0
	printf '\n== kernel %s in QEMU %s\n' "$(<"$KERNELS/$kernel/release")" "$("$(qemu_of "$qemu")" --version | head -n 1)"
	mkdir -p -- "$dir"
	echo "subdirs(\"$tests/vm-tests\")" >"$dir/CTestTestfile.cmake"
	VM_KERNEL=$KERNELS/$kernel VM_QEMU=$(qemu_of "$qemu") \
		run_ctest "$dir" "$dir/junit.xml" -j2 -L '^(vm|clients)$'
	table+=$(printf '%-8s %-8s %8d %8d %8d %8d:%02d' "$kernel" "$qemu" "$passed" "$failed" "$skipped" \
		$(((SECONDS - start) / 60)) $(((SECONDS - start) % 60)))$'\n'
	all_failed=$((all_failed + failed))
}

check_pair()
{
	[[ $1 =~ ^[0-9.]+/[0-9.]+$ ]] || bad_usage "'$1' is not a pair of a kernel and a QEMU, such as 6.12/10.0"
}

action=everything tests=$BUILD/dev named=()
while [ $# -gt 0 ]; do
	case $1 in
	--help) usage; exit 0 ;;
	--prepare | --run | --list) action=${1#--} ;;
	--tests) [ $# -ge 2 ] || bad_usage "--tests needs a folder"; tests=$(realpath -- "$2"); shift ;;
	-*) bad_usage "unknown option '$1'" ;;
	*) check_pair "$1"; named+=("$1") ;;
	esac
	shift
done
[ ${#named[@]} -eq 0 ] || pairs=("${named[@]}")

case $action in
list) printf '%s\n' "${pairs[@]}"; exit ;;
prepare) prepare; exit ;;
everything) prepare; build_tests ;;
esac

table='' all_failed=0
for pair in "${pairs[@]}"; do
	run_pair "$pair"
done
printf '\n%-8s %-8s %8s %8s %8s %11s\n%s' kernel QEMU passed failed skipped time "$table"
[ "$all_failed" -eq 0 ]
