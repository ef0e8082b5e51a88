#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# An outside project finds the installed library, builds the example with it and
# runs it.
#
#	find.sh WAY BACKEND PREFIX LIBDIR EXAMPLE CC CXX
#
# The example has the backend libcrypto, which BACKEND replaces.
# WAY: cmake-static, cmake-shared, pkg-config, pkg-config-static, meson, meson-wrap,
# meson-qemu, c++, examples
#
# With c++ the headers are compiled instead; with examples EXAMPLE is a folder of them.
# With meson-wrap the library is a subproject, and the same as the installed one.  With meson-qemu
# qemu-adapter/meson.build finds either.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 7 "$@"

way=$1 backend=$2 prefix=$3 libdir=$4 example=$5
export CC=$6 CXX=$7
root=$(cd "${0%/*}/../.." && pwd)

skip() {
	echo "SKIP: $*"
	exit 77
}

[ -f "$prefix/$libdir/pkgconfig/vcrypto-$backend.pc" ] ||
	skip "this build has no backend '$backend'"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ "$way" = examples ] || sed "s/vcrypto_backend_libcrypto/vcrypto_backend_$backend/" "$example" >"$work/example.c"
cd "$work"

# A copy of the prefix without shared libraries: the linker takes what is there.
static_only() {
	cp -r "$prefix" "$work/prefix"
	rm "$work/prefix/$libdir"/*.so*
	prefix=$work/prefix
}

use_cmake() {
	local name program source

	cat >CMakeLists.txt <<-END
		cmake_minimum_required(VERSION 3.16)
		project(outside C)
		find_package(vcrypto 0.1 REQUIRED)
		add_executable(example example.c)
		target_link_libraries(example vcrypto::$backend)
	END
	# And by each name that docs/embedding.md has.
	[ "$backend" != libcrypto ] || grep -o 'vcrypto::[a-z_]*' "$root/docs/embedding.md" | sort -u | while read -r name; do
		program=by-${name#vcrypto::} source=example.c
		[ "$name" != vcrypto::vcrypto ] || source=none.c
		printf '%s\n' "add_executable($program $source)" "target_link_libraries($program $name)" >>CMakeLists.txt
	done
	echo 'int main(void) { return 0; }' >none.c
	cmake -S . -B build -DCMAKE_PREFIX_PATH="$prefix" -DBUILD_SHARED_LIBS="$1" >log ||
		{ cat log; exit 1; }
	cmake --build build >log || { cat log; exit 1; }
	mv build/example .
}

use_pkg_config() {
	command -v pkg-config >/dev/null || skip "no pkg-config"
	export PKG_CONFIG_PATH=$prefix/$libdir/pkgconfig
	printf '#include <vcrypto/version.h>\nVCRYPTO_VERSION_STRING\n' >version.c
	[ "$("$CC" -E -P -I "$prefix/include" version.c | tr -d '" ')" = \
		"$(pkg-config --modversion "vcrypto-$backend")" ] ||
		{ echo "FAIL: <vcrypto/version.h> and vcrypto-$backend.pc differ"; exit 1; }
	# shellcheck disable=SC2046
	"$CC" -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror example.c -o example \
		$(pkg-config "$@" --cflags --libs "vcrypto-$backend")
}

use_meson() {
	command -v meson >/dev/null || skip "no meson"
	export PKG_CONFIG_PATH=$prefix/$libdir/pkgconfig
	cat >meson.build <<-END
		project('outside', 'c', default_options: ['c_std=gnu11', 'werror=true'])
		executable('example', 'example.c',
		           dependencies: [dependency('vcrypto'), dependency('vcrypto-$backend')])
	END
	meson setup build >log 2>&1 && meson compile -C build >>log 2>&1 || { cat log; exit 1; }
	mv build/example .
}

# member_names ARCHIVE: its members, without the folders that meson has in their names
member_names() {
	ar t "$1" | sed 's/.*_\([^_]*\.c\.o\)$/\1/' | sort
}

# Here what a subproject needs of our tree, packed, with the wrap file of docs/embedding.md.
pack_subproject() {
	command -v meson >/dev/null || skip "no meson"
	mkdir -p subprojects/packagefiles
	tar -C "$root" -cf subprojects/packagefiles/vcrypto.tar --transform 's|^|vcrypto/|' \
		meson.build meson_options.txt libvcrypto guest-adapter/include
	sed -n '/^\[wrap-/,/^```$/p' "$root/docs/embedding.md" | sed '$d' |
		sed "s|^url = .*|source_filename = vcrypto.tar|; /^revision/d
			s|^\[wrap-git]|[wrap-file]|
			s|^directory.*|&\nsource_url = file://$PWD/subprojects/packagefiles/vcrypto.tar|
			/^directory/a source_hash = $(sha256sum <subprojects/packagefiles/vcrypto.tar | cut -d ' ' -f 1)" \
		>subprojects/vcrypto.wrap
}

use_meson_wrap() {
	local name built=build/subprojects/vcrypto

	pack_subproject
	cat >meson.build <<-END
		project('outside', 'c', default_options: ['c_std=gnu11', 'warning_level=3', 'werror=true'])
		executable('example', 'example.c', dependencies: dependency('vcrypto-$backend', version: '>=0.1'))
	END
	{ meson setup build && meson compile -C build; } >log 2>&1 || { cat log; exit 1; }
	meson compile -C build vcrypto-small-devices >log 2>&1 || { cat log; exit 1; }
	for name in "$prefix/$libdir"/libvcrypto*.a; do
		diff <(member_names "$name") <(member_names "$built/${name##*/}") ||
			{ echo "FAIL: ${name##*/} is made of other files by CMake"; exit 1; }
	done
	diff "$prefix/include/vcrypto/backends.h" "$built/libvcrypto/meson/vcrypto/backends.h" ||
		{ echo "FAIL: backends.h is another one by CMake"; exit 1; }
	mv build/example .
	# Without what the others are made of, and with one that there is not.
	meson setup one -Dvcrypto:backends="$backend" >log 2>&1 || { cat log; exit 1; }
	name=$(cd one/subprojects/vcrypto/libvcrypto/meson/vcrypto && sed -n 's/^#define VCRYPTO_BACKENDS(X) //p' backends.h)
	[ "$name" = "X($backend) X(null)" ] || { echo "FAIL: $name is built instead of $backend"; exit 1; }
	# Each alone is linked, or refused because of the one that it calls.
	for name in $(sed -n 's/^backends=//p' "$prefix/$libdir/pkgconfig/vcrypto.pc"); do
		sed -i "s/vcrypto_backend_[a-z_]*/vcrypto_backend_$name/" example.c
		sed -i "s/'vcrypto-[a-z_]*'/'vcrypto-$name'/" meson.build
		if meson setup --reconfigure build -Dvcrypto:backends="$name" >log 2>&1; then
			meson compile -C build >log 2>&1 || { cat log; echo "FAIL: $name alone"; exit 1; }
		else
			grep -q "the backend $name needs the backend [a-z_]*$" log ||
				{ cat log; echo "FAIL: $name alone is refused, and not said why"; exit 1; }
		fi
	done
	# A library that is too new is as none, as it is for CMake.
	mkdir later
	printf 'Name: nettle\nDescription: of later\nVersion: 4.0\n' >later/nettle.pc
	PKG_CONFIG_PATH=$PWD/later meson setup new >log 2>&1 || { cat log; exit 1; }
	! grep -q 'X(nettle)' new/subprojects/vcrypto/libvcrypto/meson/vcrypto/backends.h ||
		{ echo "FAIL: a backend is built with Nettle 4.0"; exit 1; }
	if meson setup none -Dvcrypto:backends=nobody >log 2>&1 || ! grep -q 'no backend "nobody"' log; then
		cat log
		echo "FAIL: a backend that is not there is refused"
		exit 1
	fi
}

# What qemu-adapter/meson.build asks for, in a project that has of QEMU what it uses.
use_meson_as_qemu() {
	pack_subproject
	mkdir hw
	cp -r "$root/qemu-adapter" hw/vcrypto
	cat >meson.build <<-'END'
		project('qemu', 'c', default_options: ['c_std=gnu11', 'werror=true'])
		cc = meson.get_compiler('c')
		specific_ss = import('sourceset').source_set()
		subdir('hw/vcrypto')
		all = specific_ss.apply({}, strict: false)
		executable('example', 'example.c', 'virtio.c', all.sources(), dependencies: all.dependencies())
		executable('models', 'models.c', dependencies: all.dependencies() + small_models)
	END
	# As QEMU's own hw/virtio/virtio.c, and as a device.
	cat >virtio.c <<-'END'
		#include "hw/vcrypto/virtio-ids.h"
		extern const char *const virtio_device_names[];
		const char *const virtio_device_names[] = { VCRYPTO_VIRTIO_NAMES };
	END
	cat >models.c <<-'END'
		#include <vcrypto/small-devices/pci-demo.h>
		int main(void) { struct vcrypto_pci_demo demo; vcrypto_pci_demo_reset(&demo); return 0; }
	END
	{ PKG_CONFIG_PATH=$prefix/$libdir/pkgconfig meson setup installed && meson compile -C installed example models &&
		meson setup inside && meson compile -C inside example models; } >log 2>&1 || { cat log; exit 1; }
	installed/example >installed.txt
	inside/example | diff installed.txt - || { echo "FAIL: the subproject is another library"; exit 1; }
	[ ! -e installed/subprojects ] || { echo "FAIL: the library is installed, and built again"; exit 1; }
	[ -e inside/subprojects/vcrypto/libvcrypto.a ] || { echo "FAIL: no subproject is built"; exit 1; }
	mv installed/example .
}

# Every header by itself, as C++: compilers differ in what is an extension.
use_cplusplus() {
	command -v "$CXX" >/dev/null || skip "no C++ compiler"
	for header in "$prefix"/include/vcrypto/*.h; do
		echo "#include <vcrypto/${header##*/}>" >header.cc
		for standard in c++11 c++20; do
			for compiler in "$CXX" clang++; do
				command -v "$compiler" >/dev/null || continue
				"$compiler" -std=$standard -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
					-I "$prefix/include" header.cc
			done
		done
	done
	exit 0
}

# The folder as a project of its own, and each program by the command that it begins with.
use_examples() {
	local source command count=0

	{ cmake -S "$example" -B build -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS=-Werror &&
		cmake --build build && ctest --test-dir build --output-on-failure; } >log ||
		{ cat log; exit 1; }
	grep -q '100% tests passed, 0 tests failed out of 3' log || { cat log; exit 1; }
	export PKG_CONFIG_PATH=$prefix/$libdir/pkgconfig LD_LIBRARY_PATH=$prefix/$libdir
	cd "$example"
	# shellcheck disable=SC2317
	cc() { "$CC" -o "$work/example" "$@"; }
	for source in *.c; do
		command=$(sed -n "s/^ \*\t\(cc .*$source .*\)/\1/p" "$source")
		[ -n "$command" ] || { echo "FAIL: $source does not say how it is built"; exit 1; }
		eval "$command" || { echo "FAIL: $command"; exit 1; }
		"$work/example"
		count=$((count + 1))
	done
	[ "$count" -eq 3 ] || { echo "FAIL: $count examples"; exit 1; }
	exit 0
}

case $way in
cmake-static) use_cmake OFF ;;
cmake-shared) use_cmake ON ;;
pkg-config) use_pkg_config ;;
pkg-config-static) static_only; use_pkg_config --static ;;
meson) use_meson ;;
meson-wrap) use_meson_wrap ;;
meson-qemu) use_meson_as_qemu ;;
c++) use_cplusplus ;;
examples) use_examples ;;
esac

# Linked with what was asked for, and it runs.
needed=$(readelf -d example | grep -c 'NEEDED.*libvcrypto' || true)
case $way in
*-static | meson-wrap | meson-qemu) [ "$needed" -eq 0 ] ;;
*) [ "$needed" -gt 0 ] ;;
esac || { echo "FAIL: linked with $needed shared libraries of ours"; exit 1; }
LD_LIBRARY_PATH=$prefix/$libdir ./example | tee output
grep -qx '16 bytes written, status 0' output
