#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The committed patches for QEMU are those that make-patches.sh makes, and the series
# puts into a tree what install.sh puts there.
#
#	patches.sh SOURCE_DIR VERSION BUILD
#
# BUILD is where build-qemu.sh has its trees; without that of VERSION there is nothing to
# compare with (exit status 77).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"

[ $# -eq 3 ] || { echo "patches.sh: two folders and a version are needed (--help explains)" >&2; exit 2; }
adapter=$1/qemu-adapter version=$2
source=$3/qemu-$version/src
[ "$version" != 7.2 ] || source=$3/qemu/src
[ -d "$source" ] || {
	echo "SKIP: there is no $source: run qemu-adapter/build-qemu.sh --version $version"
	exit 77
}
command -v patch >/dev/null || { echo "SKIP: patch is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "FAIL: $*"
	exit 1
}

# Where a hunk begins differs from one revision of the package to the next.
unnumbered() { sed 's/^@@ .*/@@/' "$1"; }

made=$work/made tree=$work/tree committed=$adapter/patches/$version/vcrypto-hooks.patch
"$adapter/make-patches.sh" "$source" "$made"
diff -u <(unnumbered "$committed") <(unnumbered "$made/vcrypto-hooks.patch") ||
	fail "make-patches.sh makes another patches/$version/vcrypto-hooks.patch"
mapfile -t files < <(sed -n 's|^--- a/||p' "$committed")
for file in "${files[@]}"; do
	mkdir -p "$tree/$(dirname "$file")"
	sed -f "$adapter/without.sed" "$source/$file" >"$tree/$file"
done
while read -r file; do
	patch -d "$tree" -p1 -s --fuzz=0 <"$made/$file" || fail "$file does not apply to QEMU $version"
done <"$made/series"
[ -f "$tree/hw/vcrypto/virtio-cryptodev.c" ] || fail "the series brings no device"
for file in "${files[@]}"; do
	cmp "$tree/$file" "$source/$file" || fail "$file of QEMU $version is not as install.sh makes it"
done
(cd "$tree/hw/vcrypto" && find . -type f) | while read -r file; do
	cmp "$tree/hw/vcrypto/$file" "$adapter/$file" || fail "$file is not the adapter's"
done
