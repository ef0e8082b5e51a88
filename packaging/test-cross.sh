#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the packages for another architecture in a fresh Debian, with its cross-compiler, and looks at
# what they are made of:
#
#	packaging/test-cross.sh SOURCE SUITE FOLDER ARCH
#
# SUITE: bookworm (Debian 12) or trixie (13).  FOLDER: where the system is made and kept for the next
# time, some two gigabytes.  ARCH: Debian's name.  Exit status: 77 if this machine cannot, and it says why.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"
need_arguments 4 "$@"
# shellcheck source-path=SCRIPTDIR source=systems.sh
. "$(dirname "$0")/systems.sh"

arch=$4
case $arch in
arm64) machine=AArch64 ;;
i386) machine='Intel 80386' ;;
riscv64) machine=RISC-V ;;
s390x) machine='IBM S/390' ;;
*) fail "there is no architecture '$arch' here: arm64, i386, riscv64 or s390x" ;;
esac

# With a library that ARCH does not have: what is here must not get into the packages.
make_system "cross-$arch" build-essential fakeroot git libipsec-mb-dev "crossbuild-essential-$arch"
system=$folder/cross-$arch
step "what the packages for $arch need"
rm -rf "$system/root/source" "$system/root/packages"
mkdir -p "$system/root/source"
git -C "$source" ls-files -z | tar -C "$source" --null -T - -c | tar -x -C "$system/root/source"
in_system "$system" "
	dpkg --add-architecture $arch
	apt-get -qq update
	cd /root/source
	cp -r packaging/debian debian
	apt-get -qq -y --no-install-recommends build-dep -a $arch -P cross,nocheck .
	rm -r debian" >"$folder/needs-$arch.log" 2>&1 ||
	{ tail -n 3 "$folder/needs-$arch.log"; skip "apt could not get what the packages for $arch need"; }
step "building"
in_system "$system" "cd /root/source && packaging/build.sh --arch $arch --output /root/packages" \
	>"$folder/build-$arch.log" 2>&1 || { tail -n 30 "$folder/build-$arch.log"; fail "they cannot be built"; }

same_everywhere "$system"/root/packages/*_"$arch".deb

# Each program and library of each package.
rm -rf "$folder/unpacked"
for package in "$system"/root/packages/*_"$arch".deb; do
	[[ $package == *-dbgsym_* ]] || dpkg-deb -x "$package" "$folder/unpacked"
done
cd "$folder/unpacked"
for name in usr/bin/vcrypto usr/bin/vcryptod usr/bin/vcrypto-kat 'usr/lib/*/libvcrypto.so.*' \
	'usr/lib/*/libvcrypto-libcrypto.so.*' 'usr/lib/*/ossl-modules/vcrypto.so'; do
	# shellcheck disable=SC2086 # a pattern
	[ -e "$(printf '%s\n' $name | head -n 1)" ] || fail "no package has $name"
done
[ -z "$(find . -name '*ipsec_mb*')" ] || fail "there is a backend ipsec_mb for $arch"
count=0
while IFS= read -r -d '' file; do
	header=$(readelf -h "$file" 2>/dev/null) || continue
	count=$((count + 1))
	grep -Eq "^ *Machine: +$machine" <<<"$header" || fail "$file is not for $arch"
done < <(find . -type f ! -name '*.a' -print0)
[ -e "$(echo "$system"/root/packages/vcrypto-dkms_*_all.deb)" ] || fail "there is no vcrypto-dkms"
echo "$count programs and libraries for $arch"
