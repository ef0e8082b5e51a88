#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes a quilt series that puts the devices of this directory into a QEMU, for
# a package's debian/patches.
#
#	make-patches.sh QEMU_TREE FOLDER
#
# FOLDER gets "series" and two patches: vcrypto-hooks.patch, the lines in QEMU's
# own files, and vcrypto-devices.patch, the new directory hw/vcrypto.  Both are
# the difference that install.sh makes, so nobody keeps them by hand; the hooks
# are in patches/ as well, to be read and compared.  QEMU_TREE is not changed; it
# may have the devices in it already.  The same tree gives the same bytes.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

die() {
	printf 'make-patches.sh: %s\n' "$*" >&2
	exit 1
}

[ $# -eq 2 ] || die "a QEMU tree and a folder are needed (--help explains)"
[ -f "$1/hw/virtio/virtio.c" ] || die "$1 is not a QEMU source tree"
tree=$(cd "$1" && pwd)
mkdir -p -- "$2"
out=$(cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# header TITLE TEXT...: as DEP-3 has it.
header() {
	printf 'Description: %s\n' "$1"
	printf ' %s\n' "${@:2}"
	printf '%s\n' 'Author: the developers of libvcrypto' \
		'Forwarded: not-needed' '---'
}

# difference FOLDER NAME: of a file or directory, without dates, which would differ
# each time.
difference() {
	LC_ALL=C diff -Nru "a/$1" "b/$1" | sed -e '/^diff -Nru /d' \
		-e 's/^\(\(---\|+++\) [^\t]*\)\t.*/\1/' || :
}

# What install.sh looks at and edits, without what an earlier run has added.
cd "$work"
files=()
for file in VERSION trace/meson.build meson.build hw/Kconfig hw/meson.build \
	hw/virtio/virtio.c hw/virtio/virtio-qmp.c qapi/qom.json; do
	[ -f "$tree/$file" ] || continue
	files+=("$file")
	mkdir -p "a/$(dirname "$file")" "b/$(dirname "$file")"
	sed -f "$here/without.sed" "$tree/$file" >"a/$file"
	cp "a/$file" "b/$file"
done
"$here/install.sh" b >/dev/null

{
	header 'virtio-cryptodev: what QEMU has to know of hw/vcrypto' \
		'The build looks into the directory, and the virtio core knows the id of' \
		'the device: it asserts that each has a name.'
	for file in "${files[@]}"; do
		difference "$file"
	done
} >"$out/vcrypto-hooks.patch"
{
	header 'virtio-cryptodev: a crypto device for guests, and small teaching devices' \
		'The device behind /dev/crypto of a guest; libvcrypto does the work.' \
		'Needs vcrypto.pc, of libvcrypto, when QEMU is built.'
	difference hw/vcrypto
} >"$out/vcrypto-devices.patch"
# Without the first QEMU does not look at what the second brings.
printf '%s\n' vcrypto-devices.patch vcrypto-hooks.patch >"$out/series"
