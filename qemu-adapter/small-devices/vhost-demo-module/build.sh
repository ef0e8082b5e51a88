#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the host module of vhost-demo for a kernel that vm-tests/fetch-kernel.sh has fetched.
#
# The module uses the vhost core, whose header drivers/vhost/vhost.h is private to the kernel's source: it is in
# no headers package. So it comes from the distribution's source package of the very version, without which the
# structures in it could differ from those that the stock vhost.ko was built with.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
top=$(cd -- "$here/../../.." && pwd)
build=${VCRYPTO_BUILD:-$top/build}
series=6.1

# shellcheck source-path=SCRIPTDIR source=../../../.ci/apt.sh
. "$top/.ci/apt.sh"

usage()
{
	cat <<END
usage: build.sh [--sparse] [SERIES]     build build/host-module/<release>/vhost_demo.ko

SERIES names a kernel below build/kernel (default $series). --sparse has all files checked by sparse as well.
Warnings are errors. VCRYPTO_BUILD names another build folder.
END
}

die()
{
	printf 'build.sh: %s\n' "$*" >&2
	exit 1
}

bad_usage()
{
	printf 'build.sh: %s (--help explains)\n' "$*" >&2
	exit 2
}

sparse=()
while [ $# -gt 0 ]; do
	case $1 in
	--help) usage; exit 0 ;;
	--sparse) sparse=(C=2 CF=-Wsparse-error) ;;
	-*) bad_usage "unknown option '$1'" ;;
	*) series=$1; [ $# -eq 1 ] || bad_usage "too many arguments" ;;
	esac
	shift
done
[ ${#sparse[@]} -eq 0 ] || command -v sparse >/dev/null || die "sparse is missing: install the package sparse"

# The one place that knows it is the library's <vcrypto/version.h>.
version=$(sed -n 's/^#define VCRYPTO_VERSION_[MP][AI][A-Z]* \([0-9]*\)$/\1/p' -- \
	"$top/libvcrypto/include/vcrypto/version.h" | paste -sd .)
[ -n "$version" ] || die "no version in $top/libvcrypto/include/vcrypto/version.h"

kernel=$build/kernel/$series
[ -e "$kernel/release" ] || die "there is no kernel in $kernel: run vm-tests/fetch-kernel.sh"
kernel=$(cd -- "$kernel" && pwd)
release=$(<"$kernel/release")
mkdir -p -- "$build/host-module/$release"
target=$(cd -- "$build/host-module/$release" && pwd)
# Two at once would trip over each other.
exec 9>"$target/lock"
flock 9

# Prints the version of the package that the kernel comes from. The banner in the kernel image says it:
# "Linux version 6.1.0-56-amd64 (...) ... Debian 6.1.192-2 (2026-11-16)".
package_version()
{
	grep -aom 1 "Linux version $release [[:print:]]*" -- "$kernel/vmlinux" |
		sed -n 's/.* Debian \([^ ]*\) (.*/\1/p' | head -n 1
}

# Downloads the source package, some 140 MB, for one file of 8 KiB; once for each kernel.
fetch_vhost_header()
{
	local version package suite tmp

	[ ! -e "$target/vhost.h" ] || return 0
	version=$(package_version)
	[ -n "$version" ] || die "$kernel/vmlinux does not say which package it is from"
	package=linux-source-$series
	suite=$(cat -- "$kernel/suite" 2>/dev/null) || die "$kernel/suite is missing: remove $kernel and fetch it again"
	apt_configure "$target/apt" deb "$suite"
	tmp=$(mktemp -d -- "$target/.tmp-XXXXXX")
	# shellcheck disable=SC2064 # as it is now
	trap "rm -rf -- '$tmp'" EXIT
	(cd -- "$tmp" && apt-get -q=2 -c "$target/apt/apt.conf" download "$package=$version" >apt.log 2>&1) ||
		die "cannot download $package $version: $(tail -n 1 "$tmp/apt.log") (has the kernel been superseded? remove $kernel and fetch it again)"
	# tar would read on to the archive's end; that it does not is no failure of the others.
	(
		set +o pipefail
		dpkg-deb --fsys-tarfile "$tmp"/*.deb 2>/dev/null |
			tar -xOf - "./usr/src/$package.tar.xz" 2>/dev/null |
			xz -dcT0 2>/dev/null |
			tar -xOf - --occurrence=1 "$package/drivers/vhost/vhost.h"
	) >"$tmp/vhost.h" || :
	grep -q '^void vhost_dev_init(' "$tmp/vhost.h" || die "$package $version has no drivers/vhost/vhost.h"
	mv -- "$tmp/vhost.h" "$target/vhost.h"
	rm -rf -- "$tmp"
}

# Kbuild builds where the sources are, so they are copied: one folder. Dates are kept, so that only what
# has changed is compiled.
stage()
{
	mkdir -p -- "$target/vcrypto/small-devices"
	cp -p -- "$here"/vhost-demo.c "$here/../vhost-demo.h" "$target"
	sed "s/@VERSION@/$version/" -- "$here/Kbuild" >"$target/Kbuild"
	cp -p -- "$top"/libvcrypto/small-devices/virtio-demo.[ch] "$target/vcrypto/small-devices"
	cp -p -- "$top/libvcrypto/include/vcrypto/platform.h" "$target/vcrypto"
}

fetch_vhost_header
stage
log=$target/build.log
# No BTF: it would need pahole and the kernel's own debug information.
if ! make -C "$kernel/headers" M="$target" W=1 CONFIG_DEBUG_INFO_BTF_MODULES= "${sparse[@]}" modules >"$log" 2>&1; then
	cat -- "$log" >&2
	die "the build failed"
fi
# Kbuild's own programs, modpost for one, only print theirs. That a tool is another than the kernel's says nothing of
# the module.
! grep -E 'warning:|WARNING:' -- "$log" | grep -v ' differs from the one used to build the kernel$' >&2 || die "the build had warnings"
printf '%s\n' "$target/vhost_demo.ko"
