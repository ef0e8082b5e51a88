#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Makes the device nodes on a system without udev and without devtmpfs, after the module has been loaded:
# /dev/crypto and /dev/cryptodev0 to 31. Their numbers are the kernel's choice.
#
#	make-nodes.sh [FOLDER]		(default /dev)
set -eu

die()
{
	echo "make-nodes.sh: $*" >&2
	exit 1
}

case ${1-} in
--help) sed -n '4,/^set /s/^# \{0,1\}//p' "$0"; exit ;;
-*) echo "make-nodes.sh: unknown option '$1' (--help explains)" >&2; exit 2 ;;
esac
folder=${1:-/dev}

# number LIST NAME: the number that /proc/devices or /proc/misc has for NAME.
number() { awk -v name="$2" '$2 == name { print $1; exit }' "$1"; }

# node NAME MAJOR MINOR: a node that is there already may be from an earlier load, with another number.
node()
{
	rm -f "$folder/$1"
	mknod -m 666 "$folder/$1" c "$2" "$3"
}

major=$(number /proc/devices cryptodev)
minor=$(number /proc/misc crypto)
[ -n "$major" ] && [ -n "$minor" ] || die "the module vcrypto is not loaded"

node crypto "$(number /proc/devices misc)" "$minor"
i=0
while [ "$i" -lt 32 ]; do
	node "cryptodev$i" "$major" "$i"
	i=$((i + 1))
done
