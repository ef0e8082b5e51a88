#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The recipe for Debian's QEMU in docs/qemu.md, word for word, up to the object files of the
# adapter: the rest of QEMU is left out, and most of its features, which need some hundred packages.
#
#	fresh-qemu.sh SOURCE FOLDER
#
# Everything is made anew in FOLDER/fresh-qemu.  Exit status 77: this machine cannot, and it says why.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 2 "$@"

source=$1 folder=$2/fresh-qemu

skip() {
	echo "SKIP: $*"
	exit 77
}

die() {
	echo "FAIL: $*"
	exit 1
}

# shellcheck source=../../.ci/apt.sh
. "$source/.ci/apt.sh"

for program in quilt dpkg-source ninja meson cmake; do
	command -v "$program" >/dev/null || skip "$program is not installed"
done
recipe=$(sed -n '/^<!-- recipe-begin -->$/,/^<!-- recipe-end -->$/p' "$source/docs/qemu.md" |
	sed '/^<!--/d; /^```/d')
rm -rf "$folder"
mkdir -p "$folder/vcrypto" "$folder/opt"
folder=$(cd "$folder" && pwd)
git -C "$source" ls-files -z | tar -C "$source" --null -T - -c | tar -x -C "$folder/vcrypto"
(apt_configure "$folder/apt" deb-src bookworm) || skip "the archive of packages cannot be reached"

# What differs from the page: where the library goes, whose apt it is, and the last line.
last='^\./configure --target-list=x86_64-softmmu && ninja -C build$'
grep -q "$last" <<<"$recipe" || die "docs/qemu.md has no such recipe"
recipe=$(sed -e "s|/opt/vcrypto|$folder/opt|g" -e "/$last/d" <<<"$recipe")
cat >"$folder/run" <<END
set -euo pipefail
apt-get() { command apt-get -q -c "$folder/apt/apt.conf" "\$@"; }
cd "$folder/vcrypto"
set -x
$recipe
./configure --target-list=x86_64-softmmu --without-default-features --disable-docs --disable-tools --meson=meson
mapfile -t objects < <(ninja -C build -t targets all | sed -n 's/^\(.*hw_vcrypto_[^:]*\.c\.o\):.*/\1/p')
ninja -C build "\${objects[@]}"
cd build && printf 'object %s\n' "\${objects[@]}" && ls -l "\${objects[@]}"
END
bash "$folder/run" >"$folder/log" 2>&1 || { tail -n 40 "$folder/log"; die "the recipe does not work; see $folder/log"; }
compiled=$(grep -c '^object ' "$folder/log")
for part in virtio-cryptodev virtio-cryptodev-pci virtio-cryptodev-turn; do
	grep -q "^object .*_$part\.c\.o$" "$folder/log" || die "$part.c was not compiled"
done
echo "$compiled object files of the adapter"
