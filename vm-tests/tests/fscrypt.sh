#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: fscrypt.sh PROGRAM
#
# The program with an ext4 file system that can encrypt, in a guest whose kernel prefers the device to its own ciphers.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

[ $# -eq 1 ] || fail "no program"
mkfs=$(PATH=$PATH:/sbin:/usr/sbin command -v mkfs.ext4) || fail "mkfs.ext4 is missing; install e2fsprogs"
tmp=$(mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT
truncate -s 24M "$tmp/disk"
"$mkfs" -q -O encrypt "$tmp/disk"
"$(dirname -- "${BASH_SOURCE[0]}")/kernel.sh" --first --module ext4 --module cts --module 'sha512_generic?' --module 'sha512?' \
	--file "$tmp/disk:/root/disk" -- "$1" /root/disk
