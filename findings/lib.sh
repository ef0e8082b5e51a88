# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the findings share: packages of exact versions, unpacked into a temporary folder, a compiler
# that sees them, and the comparison of what happens with what is recorded.
#
# To be sourced, with 'set -euo pipefail' before it.  A finding calls, in this order:
#
#	begin "$@" <<END	its text for --help
#	fetch SUITE PACKAGE=VERSION...		or fetch_whole, with all that they need
#	compile NAME [FLAG...] <<END	a C program, if it needs one
#	boot SECONDS APPEND [OPTION...]	a machine with the files of $tmp/guest, if it needs one
#	expected TEXT		what a reasonable reader would expect
#	happened RECORDED SEEN	ends the script: 0 if they are the same, 1 if not
#
# What cannot be tried ends with status 2.

# shellcheck source-path=SCRIPTDIR source=../.ci/apt.sh
. "${BASH_SOURCE[0]%/*}/../.ci/apt.sh"

finding=${0##*/}

die()
{
	printf '%s: cannot be tried: %s\n' "$finding" "$*" >&2
	exit 2
}

begin()
{
	case ${1-} in
	--help)
		printf 'usage: %s\n\n' "$finding"
		cat
		printf '\nPackages are unpacked into a temporary folder; nothing is installed, nothing stays.\n'
		printf 'Exit status: 0 it behaves as recorded, 1 it does not any more, 2 it cannot be tried.\n'
		exit 0
		;;
	'') ;;
	*)
		printf "%s: unknown argument '%s'; see --help\n" "$finding" "$1" >&2
		exit 2
		;;
	esac
	[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] ||
		die "the versions are those of Debian's amd64"
	tmp=$(mktemp -d)
	trap 'rm -rf -- "$tmp"' EXIT
	trap 'exit 130' INT TERM
	chmod 755 -- "$tmp"
	root=$tmp/root
	libs=$root/usr/lib/x86_64-linux-gnu
}

# check_versions APT SUITE PACKAGE=VERSION...
check_versions()
{
	local apt=$1 suite=$2 spec has

	for spec in "${@:3}"; do
		has=$(apt_versions "$apt" "${spec%%=*}" | tr '\n' ' ')
		[[ " $has" = *" ${spec#*=} "* ]] ||
			die "$suite has no ${spec%%=*} ${spec#*=} (it has: ${has:-none })"
	done
}

# fetch SUITE PACKAGE=VERSION...: unpacks these, and only these, below $root.
fetch()
{
	local suite=$1 apt=$tmp/apt-$1 deb

	shift
	apt_configure "$apt" deb "$suite"
	check_versions "$apt" "$suite" "$@"
	rm -rf -- "$tmp/debs"
	mkdir -- "$tmp/debs"
	(cd -- "$tmp/debs" && apt-get -qq -c "$apt/apt.conf" download "$@") >>"$apt/log" 2>&1 ||
		apt_failed "$apt" "cannot download $*"
	for deb in "$tmp/debs"/*.deb; do
		dpkg -x "$deb" "$root" || die "cannot unpack ${deb##*/}"
	done
	printf 'package:  %s\n' "${@/=/ }"
}

# fetch_whole SUITE PACKAGE=VERSION...: the same with all that they need, of Debian 13 or newer, where each program
# and library lies below usr.
fetch_whole()
{
	local suite=$1 apt=$tmp/apt-whole deb name

	shift
	apt_configure "$apt" deb "$suite"
	check_versions "$apt" "$suite" "$@"
	apt_empty "$apt"
	apt_closure "$apt" "$@" || apt_failed "$apt" "cannot download $* and what they need"
	for name in bin sbin lib lib64; do
		mkdir -p -- "$root/usr/$name"
		ln -s "usr/$name" "$root/$name"
	done
	for deb in "$apt"/cache/archives/*.deb; do
		dpkg -x "$deb" "$root" || die "cannot unpack ${deb##*/}"
	done
	printf 'package:  %s\n' "${@/=/ }"
}

# compile NAME [FLAG...]: the C program on standard input, with the headers and libraries in $root.
compile()
{
	local name=$1

	shift
	cat >"$tmp/$name.c"
	# What the libraries need of the suite's C library is there when the program runs.
	"${CC:-cc}" -std=gnu11 -O1 -Wall -Wextra -Werror -I"$root/usr/include" \
		-I"$root/usr/include/x86_64-linux-gnu" "$tmp/$name.c" -o "$tmp/$name" \
		-L"$libs" "$@" -Wl,--allow-shlib-undefined || die "$name.c does not compile"
}

# run PROGRAM [ARGUMENT...]: with the unpacked libraries and nothing of our own environment.  PROGRAM
# is one that was compiled here, or a path below $root.  The array under, if set, is a command to run
# it under.  Where $root has a C library, its own loader starts the program: the machine's may be older.
under=()
run()
{
	local program=$tmp/$1 libraries=()

	[ -x "$program" ] || program=$root/$1
	shift
	if [ -e "$libs/ld-linux-x86-64.so.2" ]; then
		set -- "$libs/ld-linux-x86-64.so.2" --library-path "$libs" "$program" "$@"
	else
		libraries=("LD_LIBRARY_PATH=$libs")
		set -- "$program" "$@"
	fi
	env -i LC_ALL=C OPENSSL_CONF=/dev/null OPENSSL_MODULES="$libs/ossl-modules" \
		"${libraries[@]}" "${under[@]}" "$@"
}

# boot SECONDS APPEND [OPTION of QEMU...]: the kernel in $root, in the QEMU there, with the files of $tmp/guest as the
# first ones it has. Its console is $tmp/console; APPEND is added to its command line.
boot()
{
	local seconds=$1 append=$2

	shift 2
	command -v cpio >/dev/null || die "cpio is missing: install the package cpio"
	(cd -- "$tmp/guest" && find . | cpio --quiet -o -H newc) >"$tmp/initramfs"
	under=(timeout "$seconds" env "QEMU_MODULE_DIR=$libs/qemu")
	run usr/bin/qemu-system-x86_64 -L "$root/usr/share/seabios" -L "$root/usr/share/qemu" -machine pc -accel tcg \
		-m 512 -nodefaults -no-user-config -no-reboot -display none -nic none \
		-kernel "$(find "$root" -name 'vmlinuz*' -print -quit)" -initrd "$tmp/initramfs" \
		-append "console=ttyS0 quiet panic=-1 $append" \
		-chardev "file,id=console,path=$tmp/console" -serial chardev:console "$@" >"$tmp/qemu" 2>&1 ||
		die "QEMU failed: $(tail -n 1 "$tmp/qemu")"
}

# what_guest_said: the lines of its console that begin so.
what_guest_said()
{
	tr -d '\r' <"$tmp/console" | grep '^guest: '
}

# say LABEL TEXT: the lines of the text, under one another.
say()
{
	local line label=$1

	while IFS= read -r line; do
		printf '%-9s %s\n' "$label" "$line"
		label=
	done <<<"$2"
}

expected()
{
	say expected: "$1"
}

happened()
{
	say happened: "$2"
	if [ "$1" = "$2" ]; then
		echo "as recorded"
		exit 0
	fi
	say recorded: "$1"
	echo "$finding: it does not behave as recorded any more" >&2
	exit 1
}
