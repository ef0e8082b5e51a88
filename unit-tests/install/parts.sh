#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# The library as part of another project's build, and parts of what is installed.
#
#	parts.sh WAY SOURCE_DIR BUILD_DIR PREFIX LIBDIR CC
#
# WAY: add_subdirectory, FetchContent, components
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 6 "$@"

way=$1 source=$2 build=$3 prefix=$4 libdir=$5
export CC=$6

die() {
	echo "FAIL: $*"
	exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# A project whose build has ours in it: the lines after its name.
embed() {
	cp "$source/unit-tests/embed/example.c" .
	{
		printf 'cmake_minimum_required(VERSION 3.25)\nproject(outside C)\n'
		cat
		cat <<-END
		add_executable(example example.c)
		target_link_libraries(example vcrypto::libcrypto)
		foreach(name vcrypto vcrypto_static vcrypto_shared vcrypto_libcrypto_static null)
			if(NOT TARGET vcrypto::\${name})
				message(FATAL_ERROR "no target vcrypto::\${name}")
			endif()
		endforeach()
		END
	} >CMakeLists.txt
	cmake -S . -B build >log 2>&1 || { cat log; die "it does not configure"; }
	grep -q '^--   backend nettle *out: VCRYPTO_NETTLE=OFF$' log || die "it does not say that nettle is out"
	cmake --build build --target help >targets
	! grep -E 'small|test_|vcrypto_tool|vcrypto-kat|fuzz|bench|tidy|format-check' targets ||
		die "another project gets these targets"
	cmake --build build >log 2>&1 || { cat log; die "it does not build"; }
	build/example | grep -qx '16 bytes written, status 0' || die "the example says something else"
	cmake --install build --prefix "$work/none" >log
	[ ! -e none ] || die "our files are installed with another project's"
}

# part NAME FILE...: what a component installs, and nothing else.
part() {
	local name=$1
	shift
	rm -rf "$work/part"
	mkdir "$work/part" # a component may have nothing to install
	cmake --install "$build" --prefix "$work/part" --component "$name" >/dev/null
	(cd part && find . ! -type d | sort) >installed
	for file; do
		grep -qE "^\./$file\$" installed || die "component $name has no $file"
	done
}

# shellcheck disable=SC2016 # CMake's variables
# outside COMPONENTS...: the output of a project that asks for these.
outside() {
	mkdir -p outside
	printf '%s\n' 'cmake_minimum_required(VERSION 3.16)' 'project(outside C)' \
		"find_package(vcrypto 0.1 $*)" 'message(STATUS "found: ${vcrypto_FOUND}")' \
		'foreach(name libcrypto null)' 'if(TARGET vcrypto::${name})' \
		'message(STATUS "target: ${name}")' 'endif()' 'endforeach()' >outside/CMakeLists.txt
	rm -rf outside/build
	cmake -S outside -B outside/build "${hide[@]}" -DCMAKE_PREFIX_PATH="$prefix" 2>&1 | tr -s ' \n' ' '
}

# expect TEXT COMPONENTS...
expect() {
	local output
	output=$(outside "${@:2}") || true
	grep -qF -e "$1" <<<"$output" || die "find_package(vcrypto ${*:2}) does not say '$1': $output"
}

hide=()
case $way in
add_subdirectory)
	embed <<<"add_subdirectory($source libvcrypto)" ;;
FetchContent)
	embed <<-END
	include(FetchContent)
	FetchContent_Declare(vcrypto SOURCE_DIR $source)
	FetchContent_MakeAvailable(vcrypto)
	END
	;;
components)
	part runtime "$libdir/libvcrypto\.so\.[0-9]+" "$libdir/libvcrypto-libcrypto\.so\.[0-9]+"
	! grep -E '\.(a|h|pc|so|cmake)$|/bin/' installed || die "component runtime has more"
	part dev "$libdir/libvcrypto\.so" "$libdir/libvcrypto\.a" include/vcrypto/version.h \
		"$libdir/pkgconfig/vcrypto-libcrypto.pc" "$libdir/cmake/vcrypto/vcrypto-config.cmake"
	! grep -E '\.so\.[0-9]|/bin/|crypto/cryptodev' installed | grep -v 'include/vcrypto/' ||
		die "component dev has more"
	# A header that is made depends on what there is; packages for two architectures both have it.
	find "$prefix/include/vcrypto" -name '*.h' | while read -r header; do
		[ -n "$(find "$source/libvcrypto" -name "${header##*/}" -exec cmp -s "$header" {} \; -print)" ] ||
			grep -qF "/include/${header#"$prefix/include/"} debian/tmp/usr/include/\$(DEB_HOST_MULTIARCH)" \
				"$source/packaging/debian/rules" || die "${header##*/} is made, and not where Debian wants it"
	done
	part guest include/crypto/cryptodev.h include/crypto/cryptodev_uring.h
	! grep -vE '/vcrypto(\.1|\.so)?$|crypto/cryptodev(_uring)?\.h$' installed || die "component guest has more"
	part tools
	! grep -v vcrypto-kat installed || die "component tools has more"
	part daemon bin/vcryptod share/man/man1/vcryptod.1 share/qemu/vhost-user/50-vcryptod.json \
		lib/systemd/system/vcryptod.socket lib/systemd/system/vcryptod.service
	[ ! -e "$prefix/include/crypto" ] || die "everything has <crypto/cryptodev.h>, too"

	expect 'found: 1 -- target: libcrypto -- Conf' REQUIRED COMPONENTS libcrypto
	expect 'found: 1 -- target: libcrypto -- target: null -- Conf' REQUIRED
	expect 'found: 1 -- target: null -- Conf' COMPONENTS null OPTIONAL_COMPONENTS nosuch
	expect "without the backend 'nosuch'; it has: " REQUIRED COMPONENTS libcrypto nosuch
	expect 'found: 0' COMPONENTS nosuch
	# What a component is made of is looked for, what others are made of is not.
	hide=(-DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON)
	expect 'found: 1 -- target: null -- Conf' REQUIRED COMPONENTS null
	expect 'dependency OpenSSL could not be found' COMPONENTS libcrypto
	;;
*) die "no way '$way'" ;;
esac
