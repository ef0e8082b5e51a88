#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds a small QEMU with the devices of this project in it.
#
#	build-qemu.sh [--version 7.2] [--prefix DIR]
#
# The source is the distribution's own QEMU package.  The result is
# build/qemu/qemu-system-x86_64; run again, the script rebuilds only what has
# changed: in the adapter, in the library, or in the configuration.
#
#	--version	the QEMU to build; see version_facts below
#	--prefix	where libvcrypto is installed.  Without it the library is
#			built from this repository and installed in build/prefix.
#	VCRYPTO_BUILD	environment: another place for the folder build/
#
# It installs nothing on the machine and changes nothing outside build/.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
build=${VCRYPTO_BUILD:-$top/build}
version=7.2
prefix=

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
#	configure_extra	configure options beyond the common ones
version_facts() {
	case $version in
	7.2)
		suite=bookworm
		dir=$build/qemu
		configure_extra=(--meson=meson)
		;;
	*)
		die "QEMU $version is not supported; known: 7.2"
		;;
	esac
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

# The machine's apt configuration usually lacks deb-src entries, and is not
# ours to change.  So apt gets a list of our own, made of the Debian archives
# that the machine already uses, with its state below the build folder.
apt_configuration() {
	local apt=$dir/apt keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	local options=

	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/empty"
	[ ! -f "$keyring" ] || options="[signed-by=$keyring] "

	# apt itself reads the list, so both of its formats are understood.
	# The origin stands in the archives' Release files, which apt has only
	# after an update.
	# shellcheck disable=SC2016 # apt's variables, not the shell's
	apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI) $(COMPONENT)' \
		'Created-By: Packages' |
		awk -v suite="$suite" -v options="$options" '
			$1 == "Debian" && $4 == "main" &&
			$2 ~ /^[a-z]+(-updates|-security)?$/ {
				sub(/^[a-z]+/, suite, $2)
				print "deb-src " options $3, $2, $4
			}' | sort -u >"$apt/sources.list"
	[ -s "$apt/sources.list" ] ||
		die "apt knows no Debian archive; try apt-get update"

	# Post-Invoke: a machine's own hooks are for the machine's own updates.
	# Sandbox: apt's unprivileged user may not be able to write here.
	cat >"$apt/apt.conf" <<-END
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		APT::Sandbox::User "root";
		Dir::Etc::sourcelist "$apt/sources.list";
		Dir::Etc::sourceparts "$apt/empty";
		Dir::State::Lists "$apt/lists";
		Dir::Cache "$apt/cache";
	END
}

fetch_source() {
	local dsc

	[ ! -d "$dir/src" ] || return 0
	say "fetching the source of QEMU $version"
	apt_configuration
	quietly "$dir/apt/update.log" apt-get -c "$dir/apt/apt.conf" update
	rm -rf "$dir/download"
	mkdir "$dir/download"
	cd "$dir/download"
	quietly "$dir/apt/source.log" \
		apt-get -c "$dir/apt/apt.conf" source --download-only qemu
	dsc=$(find . -name "qemu_$version*.dsc")
	[ -n "$dsc" ] || die "the archive of $suite has no QEMU $version: $(echo *.dsc)"
	say "unpacking ${dsc#./}"
	# apt has compared the files with the archive's signed index already.
	quietly "$dir/apt/unpack.log" \
		dpkg-source --no-check -x "$dsc" unpacked
	cd "$dir"
	mv download/unpacked src
	rm -rf download
}

build_library() {
	if [ -n "$prefix" ]; then
		return
	fi
	prefix=$build/prefix
	say "building libvcrypto"
	cd "$top"
	quietly "$dir/library.log" cmake --preset release -B "$build/release"
	quietly "$dir/library.log" cmake --build "$build/release" --parallel "$(nproc)"
	# Leaves the times of unchanged files alone, and so QEMU unbuilt.
	quietly "$dir/library.log" cmake --install "$build/release" --prefix "$prefix"
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
# distribution's too.
configure_options() {
	printf '%s\n' \
		--target-list=x86_64-softmmu \
		--without-default-features \
		--without-default-devices \
		--with-devices-x86_64=vcrypto \
		--enable-tcg \
		--enable-kvm \
		--enable-vhost-user \
		--enable-vhost-kernel \
		--enable-vhost-crypto \
		--enable-nettle \
		--disable-docs \
		--disable-tools \
		--disable-install-blobs \
		--firmwarepath=/usr/share/qemu:/usr/share/seabios:/usr/lib/ipxe/qemu \
		"${configure_extra[@]}"
}

configure_qemu() {
	local options

	mapfile -t options < <(configure_options)
	if printf '%s\n' "$PKG_CONFIG_PATH" "${options[@]}" |
		cmp -s "$dir/obj/configured-with" -; then
		return
	fi
	say "configuring"
	rm -rf "$dir/obj"
	mkdir "$dir/obj"
	cd "$dir/obj"
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

build_qemu() {
	cd "$dir/obj"
	ninja qemu-system-x86_64 2>&1 | tee "$dir/ninja.log" | condense ||
		die "the build failed (all of it: $dir/ninja.log)"
	# A hard link: started from within its build folder QEMU looks for firmware
	# nowhere else, and a symbolic link does not hide that from it.
	ln -f qemu-system-x86_64 "$dir/qemu-system-x86_64"
}

while [ $# -gt 0 ]; do
	case $1 in
	--version | --prefix)
		[ $# -ge 2 ] || die "$1 needs a value"
		printf -v "${1#--}" %s "$2"
		shift 2
		;;
	*)
		die "unknown argument $1; usage: build-qemu.sh [--version 7.2] [--prefix DIR]"
		;;
	esac
done

version_facts
check_packages
mkdir -p "$dir"
dir=$(realpath "$dir")
build=$(realpath "$build")
[ -z "$prefix" ] || prefix=$(realpath "$prefix")
# Two at once would trip over each other.
exec 9>"$dir/lock"
flock 9

fetch_source
build_library
find_library
"$here/install.sh" --link "$dir/src"
mkdir -p "$dir/src/configs/devices/x86_64-softmmu"
ln -sfn "$here/devices.mak" "$dir/src/configs/devices/x86_64-softmmu/vcrypto.mak"
configure_qemu
build_qemu
say "ready: $dir/qemu-system-x86_64"
