#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unpacks a stock Debian kernel and its headers below the build folder. Nothing is installed: the guest's
# kernel is an input of the tests and no business of the machine that runs them.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=arch.sh
. "$VM_TESTS/arch.sh"
# shellcheck source=../.ci/apt.sh
. "$VM_TESTS/../.ci/apt.sh"

usage()
{
	cat <<END
usage: fetch-kernel.sh [--suite SUITE] [--arch ARCH] [SERIES]

Makes the newest kernel of SERIES (6.1, 6.12 or 7.3, default $SERIES) from Debian's archive available as
  build/kernel/SERIES/vmlinuz    the kernel image
  build/kernel/SERIES/vmlinux    what QEMU boots: the same, unpacked where that is faster
  build/kernel/SERIES/release    what 'uname -r' says in the guest
  build/kernel/SERIES/modules    its lib/modules/<release>, with modules.dep
  build/kernel/SERIES/headers    for Kbuild: make -C build/kernel/SERIES/headers M=\$PWD modules
  build/kernel/SERIES/root       the unpacked packages, to which the above point ('modprobe -d')
  build/kernel/SERIES/suite      the suite they come from
Does nothing if that is there already. The package lists are fetched into the build folder; the machine's own stay
as they are. SUITE is where to look for another series. 6.1-cloud is Debian's kernel for clouds, of series 6.1.
Where the headers name a compiler that the machine does not have, as 7.3 does gcc 14, they get that as well.
ARCH is one of ${ARCHS[*]}: the folder is build/kernel/SERIES-ARCH then, and it says 'arch'.
VCRYPTO_BUILD names another build folder.
END
}

suite='' wanted=amd64
while [ $# -gt 0 ]; do
	case $1 in
	--help) usage; exit 0 ;;
	--suite) [ $# -ge 2 ] || bad_usage "--suite needs a name"; suite=$2; shift ;;
	--arch) [ $# -ge 2 ] || bad_usage "--arch needs a name"; wanted=$2; shift ;;
	-*) bad_usage "unknown option '$1'" ;;
	*) SERIES=$1; [ $# -eq 1 ] || bad_usage "too many arguments" ;;
	esac
	shift
done

arch_facts "$wanted"
target=$(kernel_of "$SERIES" "$arch")
[ ! -e "$target/release" ] || exit 0
if [[ $SERIES == *-cloud ]]; then
	SERIES=${SERIES%-cloud} arch_flavour=cloud-$arch
fi
case $SERIES in
6.1) : "${suite:=bookworm}" ;;
6.12) : "${suite:=$([ "$arch_suite" = trixie ] && echo trixie || echo bookworm-backports)}" ;;
7.3) : "${suite:=trixie-backports}" ;;
*) [ -n "$suite" ] || bad_usage "no suite is known to have a kernel $SERIES: name one with --suite" ;;
esac

need_command apt-get apt
need_command dpkg dpkg
need_command depmod kmod

apt=$KERNELS/.apt-$suite
if [ "$arch" != amd64 ]; then
	# shellcheck disable=SC2034 # for apt.sh
	apt=$apt-$arch apt_architecture=$arch
fi

# depends PACKAGE=VERSION PATTERN: the dependencies of the package that match the extended regular expression.
depends()
{
	apt-cache -c "$apt/apt.conf" show "$1" | sed -n 's/^Depends: //p' | head -n 1 | tr , '\n' |
		sed -En "s/^ *($2)( .*)?\$/\1/p"
}

# download VERSION: kernel and headers, and sets release; fails if the archive has not all of it. From Debian 13's backports
# on image, modules, and what both say of themselves are packages of their own. Kbuild's programs are for this machine.
download()
{
	local version=$1 image headers name packages=()

	image=$(depends "linux-image-$arch_flavour=$version" 'linux-image-[0-9][^ ]*')
	headers=linux-headers-${image#linux-image-}
	release=${image#linux-image-}
	for name in "$image" "$headers" $(depends "$image=$version" 'linux-(binary|modules|base)-[0-9][^ ]*') \
		$(depends "$headers=$version" 'linux-(headers-[^ ]*-common|kbuild-[^ ]*)'); do
		[[ $name != linux-kbuild-* ]] || name=${name%:*}:$(dpkg --print-architecture)
		packages+=("$name=$version")
	done
	rm -f -- "$tmp"/*.deb
	(cd -- "$tmp" && apt-get -qq -c "$apt/apt.conf" download "${packages[@]}")
}

# A mirror may announce a new version before it has all its files: then the one before it is taken.
download_newest()
{
	local version

	apt_configure "$apt" deb "$suite"
	for version in $(apt_versions "$apt" "linux-image-$arch_flavour" "$SERIES."); do
		! download "$version" >>"$apt/log" 2>&1 || return 0
	done
	apt_failed "$apt" "suite $suite has no complete kernel $SERIES for $arch_flavour"
}

unpack()
{
	local deb

	for deb in "$tmp"/*.deb; do
		dpkg -x "$deb" "$tmp/root"
		rm -- "$deb"
	done
	# From Debian 13 on modules lie in /usr/lib; kmod is told of one place only.
	[ -d "$tmp/root/lib" ] || ln -s usr/lib "$tmp/root/lib"
}

# The headers' Makefile includes that of the -common package by its absolute path: make it relative, so
# that the tree works where it is and after the rename.
relocate_headers()
{
	# shellcheck disable=SC2016 # make expands that
	sed -i -e 's,^include /usr/src/,include $(dir $(lastword $(MAKEFILE_LIST)))../,' \
		-e 's,^KBUILD_OUTPUT=/usr/src/,KBUILD_OUTPUT=$(dir $(abspath $(lastword $(MAKEFILE_LIST))))../,' \
		"$tmp/root/usr/src/linux-headers-$release/Makefile"
	rm -f -- "$tmp/root/lib/modules/$release/build" "$tmp/root/lib/modules/$release/source"
}

# The compiler that the headers name, where this machine has not got it: kernels are not built by older ones.
missing_compiler()
{
	local named

	[ "$arch" = amd64 ] || return 0
	named=$(sed -n 's/^CC = .*)\(gcc-[0-9]*\)$/\1/p' "$tmp/headers/.kernelvariables")
	[ -z "$named" ] || type -P "$triplet-$named" >/dev/null || echo "$named"
}

# Programs that are for a newer Debian than this machine's, the headers' own and the compiler, are started with that
# one's C library.
adapt_tools()
{
	local deb program compiler root=$target/tools apt_architecture='' suites=("${suite%-backports}" "$suite")
	local packages=(libc6 libelf1t64 libssl3t64 zlib1g libzstd1) folders=("$tmp"/root/usr/lib/linux-kbuild-*)

	compiler=$(missing_compiler)
	[ -n "$compiler" ] || grep -q 'not found' < <(ldd "$tmp"/root/usr/lib/linux-kbuild-*/scripts/mod/modpost* 2>&1) ||
		return 0
	if [ -n "$compiler" ]; then
		folders+=("$tmp"/tools/usr/{bin,libexec})
		packages+=({"$compiler","${compiler/gcc/cpp}"}-"${triplet/_/-}" "lib$compiler-dev" libmpc3 libmpfr6 libgmp10 libisl23)
	fi
	apt=$KERNELS/.apt-tools
	apt_configure "$apt" deb "${suites[0]}"
	mkdir -- "$tmp/tools"
	(cd -- "$tmp/tools" && apt-get -qq -c "$apt/apt.conf" download "${packages[@]}") \
		>>"$apt/log" 2>&1 || apt_failed "$apt" "cannot fetch the compiler and libraries of $suite"
	for deb in "$tmp"/tools/*.deb; do
		dpkg-deb -x "$deb" "$tmp/tools"
		rm -- "$deb"
	done
	while IFS= read -r -d '' program; do
		[ "$(head -c 4 -- "$program")" = $'\177ELF' ] || continue
		mv -- "$program" "$program.program"
		# shellcheck disable=SC2016 # that is for the program's shell
		printf '#!/bin/sh\nexec %s --library-path %s --argv0 "$0" "$0.program" "$@"\n' \
			"$root/usr/lib64/ld-linux-x86-64.so.2" "$root/usr/lib/x86_64-linux-gnu" >"$program"
		chmod 755 -- "$program"
	done < <(find "${folders[@]}" -type f -perm -100 -print0)
	[ -z "$compiler" ] ||
		sed -i "s,^CC = .*,CC = $root/usr/bin/$triplet-$compiler," "$tmp/headers/.kernelvariables"
}

# Under emulation a kernel spends two thirds of its boot unpacking itself. QEMU can start the plain ELF file
# by its PVH entry, so unpack it here, once. Offsets: the kernel's Documentation/x86/boot.rst, "The
# Real-Mode Kernel Header"; the payload ends with four bytes of its own, its unpacked size.
extract_vmlinux()
{
	local setup offset length unpack image=$tmp/$1

	read -r setup < <(od -An -tu1 -j $((0x1f1)) -N 1 -- "$image")
	read -r offset length < <(od -An -tu4 -j $((0x248)) -N 8 -- "$image")
	offset=$(((setup + 1) * 512 + offset))
	case $(od -An -tx1 -j "$offset" -N 4 -- "$image") in
	' fd 37 7a 58') unpack=xz ;;
	' 28 b5 2f fd') unpack=zstd ;;
	' 02 21 4c 18') unpack=lz4 ;;
	*) die "the kernel image is packed in an unknown way" ;;
	esac
	need_command "$unpack" "${unpack/%xz/xz-utils}"
	dd if="$image" iflag=skip_bytes,count_bytes skip="$offset" count=$((length - 4)) bs=1M status=none |
		"$unpack" -dc >"$tmp/vmlinux"
}

make_tmp "$KERNELS"

download_newest
unpack
relocate_headers
ln -s "root/usr/src/linux-headers-$release" "$tmp/headers"
adapt_tools
# Where packages are split it lies beside the modules.
image=$(cd -- "$tmp" && find root/boot "root/lib/modules/$release/" -name 'vmlinu[xz]*' -print -quit 2>/dev/null) || :
[ -n "$image" ] || die "there is no image in the packages of kernel $release"
if [ "$arch" = amd64 ]; then extract_vmlinux "$image"; else ln -s vmlinuz "$tmp/vmlinux"; fi
depmod -b "$tmp/root" "$release"
ln -s "$image" "$tmp/vmlinuz"
ln -s "root/lib/modules/$release" "$tmp/modules"
echo "$suite" >"$tmp/suite"
[ "$arch" = amd64 ] || echo "$arch" >"$tmp/arch"
echo "$release" >"$tmp/release"

# Only a complete tree gets the name. If somebody else was faster, theirs is as good as ours.
mv -T -- "$tmp" "$target" 2>/dev/null || [ -e "$target/release" ] || die "cannot create $target"
