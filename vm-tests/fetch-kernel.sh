#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unpacks a stock Debian kernel and its headers below the build folder. Nothing is installed: the guest's
# kernel is an input of the tests and no business of the machine that runs them.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=../.ci/apt.sh
. "$VM_TESTS/../.ci/apt.sh"

usage()
{
	cat <<END
usage: fetch-kernel.sh [--suite SUITE] [SERIES]

Makes the newest kernel of SERIES (6.1 or 6.12, default $SERIES) from Debian's archive available as
  build/kernel/SERIES/vmlinuz    the kernel image
  build/kernel/SERIES/vmlinux    the same unpacked, which QEMU boots faster
  build/kernel/SERIES/release    what 'uname -r' says in the guest
  build/kernel/SERIES/modules    its lib/modules/<release>, with modules.dep
  build/kernel/SERIES/headers    for Kbuild: make -C build/kernel/SERIES/headers M=\$PWD modules
  build/kernel/SERIES/root       the unpacked packages, to which the above point ('modprobe -d')
  build/kernel/SERIES/suite      the suite they come from; empty: one that this machine uses
Does nothing if that is there already. Uses the package lists of this machine (apt-get update), but for 6.12, or
with --suite, those of another suite of the same archive (e.g. bookworm-backports), which it fetches into the
build folder and never adds to the machine's own.
VCRYPTO_BUILD names another build folder.
END
}

suite=
while [ $# -gt 0 ]; do
	case $1 in
	--help) usage; exit 0 ;;
	--suite) [ $# -ge 2 ] || bad_usage "--suite needs a name"; suite=$2; shift ;;
	-*) bad_usage "unknown option '$1'" ;;
	*) SERIES=$1; [ $# -eq 1 ] || bad_usage "too many arguments" ;;
	esac
	shift
done

target=$KERNELS/$SERIES
[ ! -e "$target/release" ] || exit 0
[ "$SERIES" != 6.12 ] || : "${suite:=bookworm-backports}"

need_command apt-get apt
need_command dpkg dpkg
need_command depmod kmod

# Signatures and checksums are verified as always; only the change to another user is skipped, who could
# not write below the build folder.
apt_options=(-q=2 -o APT::Sandbox::User=root)

# depends PACKAGE PATTERN: the first dependency of the package that matches the extended regular expression.
depends()
{
	apt-cache "${apt_options[@]}" --no-recommends --no-suggests depends "$1" 2>/dev/null |
		sed -En "s/^ *Depends: ($2)\$/\1/p" | head -n 1
}

# Prints the kernel's release and the packages that bring it.
resolve()
{
	local image headers common kbuild

	image=$(depends linux-image-amd64 'linux-image-[0-9].*')
	[ -n "$image" ] || die "apt knows no linux-image-amd64: run apt-get update"
	headers=linux-headers-${image#linux-image-}
	common=$(depends "$headers" 'linux-headers-.*-common')
	kbuild=$(depends "$headers" 'linux-kbuild-.*')
	echo "${image#linux-image-}" "$image" "$headers" "$common" "$kbuild"
}

unpack()
{
	local deb

	(cd -- "$tmp" && apt-get "${apt_options[@]}" download "$@") ||
		die "cannot download $* (outdated package lists? run apt-get update)"
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
	sed -i 's,^include /usr/src/,include $(dir $(lastword $(MAKEFILE_LIST)))../,' \
		"$tmp/root/usr/src/linux-headers-$release/Makefile"
	rm -f -- "$tmp/root/lib/modules/$release/build" "$tmp/root/lib/modules/$release/source"
}

# Under emulation a kernel spends two thirds of its boot unpacking itself. QEMU can start the plain ELF file
# by its PVH entry, so unpack it here, once. Offsets: the kernel's Documentation/x86/boot.rst, "The
# Real-Mode Kernel Header"; the payload ends with four bytes of its own, its unpacked size.
extract_vmlinux()
{
	local setup offset length unpack
	local image=$tmp/root/boot/vmlinuz-$release

	read -r setup < <(od -An -tu1 -j $((0x1f1)) -N 1 -- "$image")
	read -r offset length < <(od -An -tu4 -j $((0x248)) -N 8 -- "$image")
	offset=$(((setup + 1) * 512 + offset))
	case $(od -An -tx1 -j "$offset" -N 4 -- "$image") in
	' fd 37 7a 58') unpack=xz ;;
	' 28 b5 2f fd') unpack=zstd ;;
	*) die "the kernel image is packed in an unknown way" ;;
	esac
	need_command "$unpack" "${unpack/%xz/xz-utils}"
	dd if="$image" iflag=skip_bytes,count_bytes skip="$offset" count=$((length - 4)) bs=1M status=none |
		"$unpack" -dc >"$tmp/vmlinux"
}

if [ -n "$suite" ]; then
	apt_configure "$KERNELS/.apt-$suite" deb "$suite"
	apt_options=(-q=2 -c "$KERNELS/.apt-$suite/apt.conf")
fi
packages=$(resolve)
read -r release image headers common kbuild <<<"$packages"
[[ $release == "$SERIES".* ]] || die "suite ${suite:-of this machine} has kernel $release, not $SERIES: try --suite"

mkdir -p -- "$KERNELS"
tmp=$(mktemp -d -- "$KERNELS/.tmp-XXXXXX")
trap 'rm -rf -- "$tmp"' EXIT
trap 'exit 130' INT TERM
chmod 755 -- "$tmp"

unpack "$image" "$headers" "$common" "$kbuild"
relocate_headers
extract_vmlinux
depmod -b "$tmp/root" "$release"
ln -s "root/boot/vmlinuz-$release" "$tmp/vmlinuz"
ln -s "root/lib/modules/$release" "$tmp/modules"
ln -s "root/usr/src/linux-headers-$release" "$tmp/headers"
echo "$suite" >"$tmp/suite"
echo "$release" >"$tmp/release"

# Only a complete tree gets the name. If somebody else was faster, theirs is as good as ours.
mv -T -- "$tmp" "$target" 2>/dev/null || [ -e "$target/release" ] || die "cannot create $target"
