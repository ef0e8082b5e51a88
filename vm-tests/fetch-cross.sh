#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unpacks a cross compiler and the libraries of another architecture below the build folder. Nothing is installed:
# Debian's cross compilers do not go together with gcc-multilib, which other tests need, and foreign
# libraries would make this machine's dpkg one of two architectures.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=arch.sh
. "$VM_TESTS/arch.sh"
# shellcheck source=../.ci/apt.sh
. "$VM_TESTS/../.ci/apt.sh"

usage()
{
	cat <<END
usage: fetch-cross.sh ARCH

Makes what programs and modules for ARCH (${ARCHS[*]:1}) are built with available:
  build/cross/ARCH/bin         its compiler and the rest, <triplet>-gcc and so on: CROSS_COMPILE of a kernel
  build/cross/ARCH/root        the libraries and headers of what the project needs, for --sysroot
  build/cross/ARCH/busybox     a static one, for a guest
  build/cross/ARCH/cross.cmake for cmake --toolchain
Does nothing if that is there already. About 100 MB are fetched. VCRYPTO_BUILD names another build folder.
END
}

[ "${1-}" != --help ] || { usage; exit 0; }
[ $# -eq 1 ] || bad_usage "an architecture is needed"
arch_facts "$1"
[ "$arch" != amd64 ] || bad_usage "amd64 is no other architecture"
target=$CROSS/$arch
[ ! -e "$target/cross.cmake" ] || exit 0
need_command apt-get apt
need_command dpkg-deb dpkg

make_tmp "$CROSS"

# The compiler is this machine's kind of program, and needs no library that gcc does not need. Of one release with that.
unpack_tools()
{
	local deb apt=$tmp/apt-tools

	mkdir -- "$tmp/tools"
	apt_configure "$apt" deb bookworm
	(cd -- "$tmp/tools" && apt-get -qq -c "$apt/apt.conf" download \
		"gcc-12-$triplet" "cpp-12-$triplet" "binutils-$triplet" "libgcc-12-dev-$arch-cross") >>"$apt/log" 2>&1 ||
		apt_failed "$apt" "cannot fetch a compiler for $arch; an installed gcc-12-$triplet would do"
	for deb in "$tmp"/tools/*.deb; do
		dpkg-deb -x "$deb" "$tmp/tools"
		rm -- "$deb"
	done
}

# With all that they need.
unpack_libraries()
{
	local deb name apt=$tmp/apt-root apt_architecture=$arch

	apt_configure "$apt" deb "$arch_suite"
	apt_empty "$apt"
	apt_closure "$apt" libc6-dev libssl-dev nettle-dev libcmocka-dev libjansson-dev busybox-static libc-bin ||
		apt_failed "$apt" "suite $arch_suite lacks some of the libraries for $arch"
	for name in bin sbin lib lib64; do
		mkdir -p -- "$tmp/root/usr/$name"
		ln -s "usr/$name" "$tmp/root/$name"
	done
	for deb in "$apt"/cache/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$tmp/root" --keep-directory-symlink
	done
	ln -s root/bin/busybox "$tmp/busybox"
}

# Links to what stands in the machine's own folders.
relocate_links()
{
	local link to

	while IFS= read -r -d '' link; do
		to=$(readlink -- "$link")
		[ ! -e "$tmp/root$to" ] || ln -sfnr -- "$tmp/root$to" "$link"
	done < <(find "$tmp/root" -type l -lname '/*' -print0)
}

# What a program is started by that uses a library of its own, and a compiler that finds them for its programs.
write_starters()
{
	local program name options libraries

	mkdir -- "$tmp/bin"
	libraries=$target/tools/usr/lib/$(gcc -print-multiarch)
	for program in "$tmp/tools/usr/bin/$triplet"-*; do
		name=${program##*/} options=
		[[ $name != *-gcc-12 ]] || options=" --sysroot=$target/root"
		printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s%s "$@"\n' "$libraries" "$target/tools/usr/bin/$name" \
			"$options" >"$tmp/bin/$name"
		chmod 755 -- "$tmp/bin/$name"
	done
	# The headers of Debian 13's kernels name their compiler, which does not run on Debian 12.
	for name in "$triplet-gcc" "$triplet-gcc-14"; do
		ln -s "$triplet-gcc-12" "$tmp/bin/$name"
	done
}

# Programs of the build are started by QEMU where the processor or the kernel cannot: of 32 bits where they can.
write_cmake()
{
	local starter loader

	loader=$(cd -- "$tmp/root" && find lib lib64 usr/lib/"$multiarch" -name 'ld*.so.[12]' -print -quit -follow)
	starter="$target/root/$loader;--library-path;$target/root/usr/lib/$multiarch"
	[ "$arch" = i386 ] && "$tmp/root/$loader" --version >/dev/null 2>&1 ||
		starter="qemu-${arch_qemu/x86_64/i386};-L;$target/root"
	cat >"$tmp/cross.cmake" <<-END
		set(CMAKE_SYSTEM_NAME Linux)
		set(CMAKE_SYSTEM_PROCESSOR ${arch_qemu/x86_64/i686})
		set(CMAKE_C_COMPILER $target/bin/$triplet-gcc)
		set(CMAKE_SYSROOT $target/root)
		set(CMAKE_LIBRARY_ARCHITECTURE $multiarch)
		set(CMAKE_FIND_ROOT_PATH $target/root)
		set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
		set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
		set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
		set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
		set(CMAKE_CROSSCOMPILING_EMULATOR $starter)
		set(ENV{PKG_CONFIG_SYSROOT_DIR} $target/root)
		set(ENV{PKG_CONFIG_LIBDIR} $target/root/usr/lib/$multiarch/pkgconfig:$target/root/usr/share/pkgconfig)
	END
}

unpack_tools
unpack_libraries
relocate_links
write_starters
write_cmake
rm -rf -- "$tmp"/apt-*
# Only what is complete gets the name. If somebody else was faster, theirs is as good as ours.
mv -T -- "$tmp" "$target" 2>/dev/null || [ -e "$target/cross.cmake" ] || die "cannot create $target"
printf 'for %s: %s\n' "$arch" "$target/bin/$triplet-gcc"
