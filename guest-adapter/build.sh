#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname -- "$here")
build=${VCRYPTO_BUILD:-$top/build}

usage()
{
	cat <<END
usage: build.sh [--sparse] [KDIR]     build build/guest/<release>/vcrypto.ko
       build.sh --stage DIR           only put the sources together, as DKMS wants them
       build.sh --from DIR [--sparse] [KDIR]
                                      build other modules: those of a folder with a Kbuild, which may include
                                      the library's headers. See small-devices/build.sh

KDIR is a kernel's headers; default build/kernel/6.1/headers, which vm-tests/fetch-kernel.sh makes. For the
running kernel: /lib/modules/\$(uname -r)/build. --sparse has all files checked by sparse as well. Warnings
are errors. VCRYPTO_BUILD names another build folder. Needed are make, the compiler that the kernel was built with,
and what the headers' packages bring with them.
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

# fill_in FILE... FOLDER: copies that say the project's version.
fill_in()
{
	local file

	for file in "${@:1:$#-1}"; do
		sed "s/@VERSION@/$version/" -- "$file" >"${!#}/${file##*/}"
	done
}

# Kbuild builds where the sources are, so they are copied: one flat folder, and in it the library's half.
# Dates are kept, so that only what has changed is compiled.
stage()
{
	local library=$top/libvcrypto

	mkdir -p -- "$1/include/crypto" "$1/libvcrypto/include/vcrypto" "$1/libvcrypto/cryptodev"
	cp -p -- "$here"/{*.c,*.h} "$1"
	fill_in "$here"/{Kbuild,dkms.conf} "$1"
	cp -p -- "$here"/include/crypto/*.h "$1/include/crypto"
	cp -p -- "$library"/core/algorithm.c "$library"/formats/vcrypto/driver.c "$1/libvcrypto"
	cp -p -- "$library"/formats/cryptodev/*.c "$1/libvcrypto/cryptodev"
	cp -p -- "$library"/include/vcrypto/{platform,limits,status,wire,algorithm,driver,cryptodev}.h "$1/libvcrypto/include/vcrypto"
}

# The same for a folder of modules that need no more of the library than headers.
stage_from()
{
	local headers=$2/include/vcrypto

	mkdir -p -- "$headers/small-devices"
	cp -p -- "$1"/{*.c,*.h} "$2"
	fill_in "$1/Kbuild" "$2"
	cp -p -- "$top"/libvcrypto/include/vcrypto/{platform,limits,status,algorithm,wire}.h "$headers"
	cp -p -- "$top"/libvcrypto/small-devices/*.h "$headers/small-devices"
}

# The one place that knows it is the library's <vcrypto/version.h>.
version=$(sed -n 's/^#define VCRYPTO_VERSION_[MP][AI][A-Z]* \([0-9]*\)$/\1/p' -- \
	"$top/libvcrypto/include/vcrypto/version.h" | paste -sd .)
[ -n "$version" ] || die "no version in $top/libvcrypto/include/vcrypto/version.h"

from=
sparse=()
while [ $# -gt 0 ]; do
	case $1 in
	--help) usage; exit 0 ;;
	--sparse) sparse=(C=2 CF=-Wsparse-error) ;;
	--stage)
		[ $# -eq 2 ] || bad_usage "--stage needs a folder"
		stage "$2"
		exit ;;
	--from)
		[ -e "${2-}/Kbuild" ] || bad_usage "--from needs a folder with a Kbuild"
		from=$(cd -- "$2" && pwd)
		shift ;;
	-*) bad_usage "unknown option '$1'" ;;
	*) break ;;
	esac
	shift
done
[ $# -le 1 ] || bad_usage "too many arguments"

headers=${1:-$build/kernel/6.1/headers}
[ -e "$headers/Makefile" ] || die "no kernel headers in $headers: run vm-tests/fetch-kernel.sh, or name others"
headers=$(cd -- "$headers" && pwd -P)
# What 'uname -r' says; 'make kernelrelease' knows nothing of what a distribution adds.
release=$(sed -n 's/^#define UTS_RELEASE "\(.*\)"$/\1/p' "$headers/include/generated/utsrelease.h")
[ -n "$release" ] || die "$headers is not configured"
command -v make >/dev/null || die "make is missing: install the package make"
[ ${#sparse[@]} -eq 0 ] || command -v sparse >/dev/null || die "sparse is missing: install the package sparse"

target=$build/guest/$release
if [ -n "$from" ]; then
	target=$target/${from##*/}
	stage_from "$from" "$target"
else
	stage "$target"
fi
log=$target/build.log
# No BTF: it would need pahole and the kernel's own debug information. No check of comments, which W=1 brings:
# it would need all of perl, or python.
if ! make -C "$headers" M="$target" W=1 CONFIG_DEBUG_INFO_BTF_MODULES= cmd_checkdoc= KCFLAGS=-Werror "${sparse[@]}" \
	modules >"$log" 2>&1; then
	cat -- "$log" >&2
	die "the build failed"
fi
# Kbuild's own programs, modpost for one, only print theirs. That a tool is another than the kernel's says nothing of
# the module.
! grep -E 'warning:|WARNING:' -- "$log" | grep -v ' differs from the one used to build the kernel$' >&2 ||
	die "the build had warnings"
if [ -z "$from" ]; then
	printf '%s\n' "$target/vcrypto.ko"
else
	# Beside vcrypto.ko, where people look.
	ln -f -- "$target"/*.ko "$build/guest/$release"
	printf '%s\n' "$target"/*.ko | sed "s,.*/,$build/guest/$release/,"
fi
