# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Shared by the scripts of this folder: where things are, and how to complain.

set -euo pipefail

# Bytes, not characters: file names and arguments need not be valid UTF-8, and the messages of the
# tools whose output is parsed below must not be translated.
export LC_ALL=C

# Where kmod is, and lspci; an ordinary user's PATH lacks it.
PATH=$PATH:/usr/sbin:/sbin

# Nobody else may say where a build product lies; everything else in this folder asks these variables.
VM_TESTS=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
BUILD=${VCRYPTO_BUILD:-$VM_TESTS/../build}
BUILD=$(realpath -ms -- "$BUILD")
# shellcheck disable=SC2034 # for the scripts that source this file
{
	SERIES=6.1                        # the kernel series that is fetched and booted unless told otherwise
	KERNELS=$BUILD/kernel             # <series>/{vmlinuz,release,modules,headers}, see fetch-kernel.sh
	QEMU=$BUILD/qemu/qemu-system-x86_64 # version 7.2; qemu_of knows the others
	GUEST_MODULES=$BUILD/guest        # <release>/vcrypto.ko
	VM=$BUILD/vm                      # our own: cached initramfs parts, files of running VMs, console logs
}

# qemu_of VERSION: the one that build-qemu.sh --version builds.
qemu_of()
{
	case $1 in
	7.2) echo "$QEMU" ;;
	*) echo "$BUILD/qemu-$1/qemu-system-x86_64" ;;
	esac
}

# One line, and out. EXIT_BROKEN is 125: below the codes that shells give a meaning, and hardly ever a
# program's own.
EXIT_BROKEN=125

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die()
{
	say "$@"
	exit "$EXIT_BROKEN"
}

bad_usage()
{
	say "$* (--help explains)"
	exit 2
}

# need_command COMMAND PACKAGE
need_command() { command -v "$1" >/dev/null || die "$1 is missing: install the package $2"; }

# make_tmp FOLDER: makes $tmp within it, for what is moved out of there when it is complete; it goes with the script.
make_tmp()
{
	mkdir -p -- "$1"
	tmp=$(mktemp -d -- "$1/.tmp-XXXXXX")
	trap 'rm -rf -- "$tmp"' EXIT
	trap 'exit 130' INT TERM
	chmod 755 -- "$tmp"
}
