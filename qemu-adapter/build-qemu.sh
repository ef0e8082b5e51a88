#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds a small QEMU with the devices of this project in it.
#
#	build-qemu.sh [--version 7.2|10.0|11.1] [--source TREE]
#	              [--targets LIST] [--prefix DIR] [--asan | --tsan]
#
# The source is the distribution's own QEMU package.  The result is
# build/qemu/qemu-system-x86_64, or build/qemu-10.0/...; run again, the script
# rebuilds only what has changed: in the adapter, in the library, or in the
# configuration.
#
#	--version	the QEMU to build (default 7.2); see version_facts below
#	--source	the unpacked source of another version, newer than 10.0, as QEMU or
#			a distribution releases it; copied once, it is --version 11.0, say
#	--targets	the machines' architectures, with commas or spaces between
#			them: x86_64 (the default), aarch64, riscv64, s390x
#	--prefix	where libvcrypto is installed.  Without it the library is
#			built from this repository and installed in build/prefix.
#	--asan		QEMU and library with clang's sanitizers of addresses, leaks and
#			undefined behaviour, in folders of their own: build/qemu-asan/...
#			For vm-tests/asan.sh.
#	--tsan		the same with the one of threads: build/qemu-tsan/..., for
#			vm-tests/tsan.sh.
#	VCRYPTO_BUILD	environment: another place for the folder build/
#
# It installs nothing on the machine and changes nothing outside build/.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
build=${VCRYPTO_BUILD:-$top/build}
version=7.2
source=
targets=x86_64
prefix=
sanitizer=
library_options=()

# shellcheck source-path=SCRIPTDIR source=../.ci/apt.sh
. "$top/.ci/apt.sh"

die() {
	printf 'build-qemu.sh: %s\n' "$*" >&2
	exit 1
}

say() {
	printf 'qemu: %s\n' "$*"
}

# Runs a command whose output interests nobody unless it fails.
quietly() {
	local log=$1
	shift
	if ! "$@" >"$log" 2>&1; then
		tail -n 40 "$log" >&2
		die "failed: $1 ... (all of it: $log)"
	fi
}

# All that differs from one QEMU version to the next.
#	suite		the Debian release whose archive has this version
#	dir		where it is built
#	python		SUITE/PACKAGE...: what it wants of Python and this machine has
#			too old or not at all
#	configure_extra	configure options beyond the common ones
version_facts() {
	case $version in
	7.2)
		suite=bookworm
		dir=$build/qemu
		python=()
		configure_extra=(--meson=meson)
		;;
	10.0)
		# It wants meson 1.5, as a module of the Python that it is told.
		suite=trixie
		dir=$build/qemu-10.0
		python=(bookworm-backports/meson)
		configure_extra=(--python=/usr/bin/python3)
		;;
	*)
		# Debian has the newest in an addition to a release.
		suite=trixie-backports
		dir=$build/qemu-$version
		python=(bookworm-backports/meson bookworm-backports/python3-pycotap
			trixie-backports/python3-qemu-qmp)
		configure_extra=(--python=/usr/bin/python3)
		[ "$version" = 11.1 ] || [ -n "$source" ] || [ -d "$dir/src" ] ||
			die "QEMU $version is not fetched; known: 7.2, 10.0, 11.1; others need --source TREE once"
		;;
	esac
}

# Whose file says 11.0.3 is version 11.0.
version_of_source() {
	local said=

	[ ! -r "$source/VERSION" ] || said=$(<"$source/VERSION")
	[[ $said =~ ^([0-9]+\.[0-9]+)\.[0-9]+$ ]] ||
		die "$source has no file VERSION that says which release of QEMU it is"
	version=${BASH_REMATCH[1]}
	[[ $version != 7.2 && $version != 10.0 ]] || die "QEMU $version needs no --source, but --version $version"
	source=$(realpath "$source")
}

# QEMU's own code has warnings there.
use_sanitizer() {
	local flags=-fsanitize=thread options=(--enable-tsan)

	if [ "$sanitizer" = -asan ]; then
		flags='-fsanitize=address,undefined -fno-omit-frame-pointer'
		options=(--enable-asan --enable-ubsan)
		[ "$version" != 7.2 ] || options=(--enable-sanitizers)
	fi
	dir+=$sanitizer
	command -v clang >/dev/null || die "packages missing: apt-get install clang"
	configure_extra+=("${options[@]}" --cc=clang --cxx=clang++ --disable-werror)
	library_options=(-DCMAKE_C_COMPILER=clang "-DCMAKE_C_FLAGS=$flags" -DVCRYPTO_LTO=OFF -DBUILD_TESTING=OFF)
}

# Each of these in one line: what is looked for, and the package that has it.
check_packages() {
	local missing=() name package

	while read -r name package; do
		command -v "$name" >/dev/null || missing+=("$package")
	done <<-'END'
		cc gcc
		make make
		cmake cmake
		meson meson
		ninja ninja-build
		pkg-config pkg-config
		python3 python3
		dpkg-source dpkg-dev
		flock util-linux
	END
	while read -r name package; do
		# An installed library may do without that backend.
		[ "$name" != libcrypto ] || [ -z "$prefix" ] || continue
		pkg-config --exists "$name" 2>/dev/null || missing+=("$package")
	done <<-'END'
		glib-2.0 libglib2.0-dev
		pixman-1 libpixman-1-dev
		nettle nettle-dev
		zlib zlib1g-dev
		libcrypto libssl-dev
	END
	# libfdt has no .pc file.
	echo '#include <libfdt.h>' | cc -E - >/dev/null 2>&1 ||
		missing+=(libfdt-dev)
	[ ${#missing[@]} -eq 0 ] ||
		die "packages missing: apt-get install ${missing[*]}"
}

copy_source() {
	say "copying $source"
	rm -rf -- "$dir/copied"
	cp -a -- "$source" "$dir/copied"
	# Only what is complete gets the name.
	mv -T -- "$dir/copied" "$dir/src"
}

fetch_source() {
	if [ -d "$dir/src" ]; then
		[ -z "$source" ] || cmp -s "$source/VERSION" "$dir/src/VERSION" ||
			die "$dir/src is QEMU $(<"$dir/src/VERSION"); remove $dir for another one"
		return
	fi
	if [ -n "$source" ]; then
		copy_source
		return
	fi
	say "fetching the source of QEMU $version"
	apt_source "$dir/apt" "$suite" qemu "$version" "$dir/src"
	say "unpacked $apt_version"
}

fetch_python() {
	local wanted package

	for wanted in "${python[@]}"; do
		package=${wanted#*/}
		if [ ! -d "$dir/$package" ]; then
			apt_package "$dir/apt-$package" "${wanted%/*}" "$package" "$dir/$package"
			say "unpacked $package $apt_version"
		fi
		PYTHONPATH=${PYTHONPATH:+$PYTHONPATH:}$dir/$package/usr/lib/python3/dist-packages
	done
	export PYTHONPATH
}

build_library() {
	if [ -n "$prefix" ]; then
		return
	fi
	prefix=$build/prefix$sanitizer
	say "building libvcrypto"
	cd "$top"
	quietly "$dir/library.log" cmake --preset release -B "$build/release$sanitizer" \
		-DVCRYPTO_KAT=OFF -DVCRYPTO_BENCH=OFF "${library_options[@]}"
	quietly "$dir/library.log" cmake --build "$build/release$sanitizer" --parallel "$(nproc)"
	# Leaves the times of unchanged files alone, and so QEMU unbuilt.
	quietly "$dir/library.log" cmake --install "$build/release$sanitizer" --prefix "$prefix"
}

find_library() {
	local pc

	pc=$(find "$prefix" -path '*/pkgconfig/vcrypto.pc' -print -quit 2>/dev/null)
	[ -n "$pc" ] || die "no vcrypto.pc below $prefix"
	PKG_CONFIG_PATH=$(dirname "$pc")${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
	export PKG_CONFIG_PATH
}

# Everything off, then what is needed on.  nettle: QEMU's own virtio-crypto
# device, which benchmarks compare with, should have a real cipher provider;
# it is the one that the distribution's QEMU uses.  The firmware is the
# distribution's too.  What does not fit another QEMU's interfaces is an error,
# as newer compilers have it anyway; other warnings of theirs are about QEMU.
configure_options() {
	printf -- '--target-list=%s\n' "$(printf '%s-softmmu\n' "$@" | paste -sd ,)"
	printf -- '--with-devices-%s=vcrypto\n' "$@"
	printf '%s\n' \
		--without-default-features \
		--without-default-devices \
		--enable-tcg \
		--enable-kvm \
		--enable-vhost-user \
		--enable-vhost-kernel \
		--enable-vhost-crypto \
		--enable-nettle \
		'--extra-cflags=-Werror=incompatible-pointer-types -Werror=int-conversion' \
		--disable-docs \
		--disable-tools \
		--disable-install-blobs \
		--firmwarepath=/usr/share/qemu:/usr/share/seabios:/usr/lib/ipxe/qemu \
		"${configure_extra[@]}"
}

configure_qemu() {
	local options

	mapfile -t options < <(configure_options "$@")
	if printf '%s\n' "$PKG_CONFIG_PATH" "${options[@]}" |
		cmp -s "$obj/configured-with" -; then
		return
	fi
	say "configuring"
	rm -rf "$obj"
	mkdir "$obj"
	cd "$obj"
	quietly "$dir/configure.log" ../src/configure "${options[@]}"
	printf '%s\n' "$PKG_CONFIG_PATH" "${options[@]}" >configured-with
}

# ninja writes a line for each of its steps.  Shows one for every tenth of the
# way, and whatever is not progress: warnings and errors.  Where ninja runs
# meson again first, only the complaints among meson's 300 lines.
condense() {
	local line tenth=-1 step total in_meson=false

	while IFS= read -r line; do
		if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
			step=${BASH_REMATCH[1]} total=${BASH_REMATCH[2]}
			in_meson=false
			if ((step * 10 / total > tenth && step > 0)); then
				tenth=$((step * 10 / total))
				say "compiling, $step of $total"
			fi
		elif [[ $line == "The Meson build system" ]]; then
			in_meson=true
			say "configuring again"
		elif $in_meson; then
			[[ ! $line =~ (ERROR|WARNING|error): ]] || printf '%s\n' "$line"
		elif [[ $line != "ninja: no work to do." ]]; then
			printf '%s\n' "$line"
		fi
	done
}

# What is linked follows from the library's list of backends, which meson has read; it does
# so again when one of its files is newer.
follow_backends() {
	local backends

	backends=$(pkg-config --variable=backends vcrypto)
	[ "$backends" != "$(cat "$obj/vcrypto-backends" 2>/dev/null)" ] || return 0
	touch "$dir/src/hw/vcrypto/meson.build"
	printf '%s\n' "$backends" >"$obj/vcrypto-backends"
}

# build_qemu TARGET...
build_qemu() {
	local target

	cd "$obj"
	ninja "${@/#/qemu-system-}" 2>&1 | tee "$dir/ninja.log" | condense ||
		die "the build failed (all of it: $dir/ninja.log)"
	# A hard link: started from within its build folder QEMU looks for firmware
	# nowhere else, and a symbolic link does not hide that from it.
	for target; do
		ln -f "qemu-system-$target" "$dir/qemu-system-$target"
		say "ready: $dir/qemu-system-$target"
	done
}

# The devices of one target: its machines, its console, and what all have.
link_devices() {
	local folder=$dir/src/configs/devices

	mkdir -p "$folder/$1-softmmu"
	ln -sfn "$here/devices.mak" "$folder/vcrypto-all.mak"
	ln -sfn "$here/devices-$1.mak" "$folder/$1-softmmu/vcrypto.mak"
}

# make_targets OBJ KNOWN...: those of the known targets that were asked for. All are
# configured together, because most objects serve any of them.
make_targets() {
	local target wanted=()

	obj=$1
	shift
	for target; do
		[[ " $targets " != *" $target "* ]] || wanted+=("$target")
	done
	[ ${#wanted[@]} -gt 0 ] || return 0
	for target; do
		link_devices "$target"
	done
	configure_qemu "$@"
	follow_backends
	build_qemu "${wanted[@]}"
}

check_targets() {
	local target

	targets=${targets//,/ }
	for target in $targets; do
		case $target in
		x86_64 | aarch64 | riscv64 | s390x) ;;
		*) die "there is no target '$target'; known: x86_64, aarch64, riscv64, s390x" ;;
		esac
	done
}

while [ $# -gt 0 ]; do
	case $1 in
	--version | --source | --targets | --prefix)
		[ $# -ge 2 ] || die "$1 needs a value"
		printf -v "${1#--}" %s "$2"
		shift 2
		;;
	--asan | --tsan)
		sanitizer=${1/-/}
		shift
		;;
	*)
		die "unknown argument $1; usage: build-qemu.sh [--version 7.2|10.0|11.1] [--source TREE] [--targets LIST] [--prefix DIR] [--asan | --tsan]"
		;;
	esac
done

[ -z "$source" ] || version_of_source
version_facts
[ -z "$sanitizer" ] || use_sanitizer
check_targets
check_packages
mkdir -p "$dir"
dir=$(realpath "$dir")
build=$(realpath "$build")
[ -z "$prefix" ] || prefix=$(realpath "$prefix")
# Two at once would trip over each other.
exec 9>"$dir/lock"
flock --nonblock 9 || {
	say "waiting for somebody else who builds it"
	flock 9
}

fetch_source
fetch_python
build_library
find_library
"$here/install.sh" --link "$dir/src"
# Others have objects of their own: the usual build does not wait for them.
make_targets "$dir/obj" x86_64
make_targets "$dir/obj-others" aarch64 riscv64 s390x
