#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the packages in a fresh Debian, installs them in another, and uses them there; leaves a disk of
# that one for test-vm.sh and test-secure-boot.py:
#
#	packaging/test.sh SOURCE SUITE FOLDER
#
# SUITE: bookworm (Debian 12) or trixie (13).  FOLDER: where both systems are made and kept for the
# next time, some four gigabytes.  Exit status: 77 if this machine cannot, and it says why.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"

source=$1 suite=$2 folder=$(readlink -m "$3")
case $suite in
bookworm) release=12 ;;
trixie) release=13 ;;
*) echo "FAIL: there is no suite '$suite': bookworm or trixie" >&2; exit 1 ;;
esac

skip() {
	echo "SKIP: $*"
	exit 77
}

fail() {
	echo "FAIL: $*"
	exit 1
}

step() {
	echo "packaging/test.sh: $*"
}

[ "$(id -u)" -eq 0 ] || skip "only root can make a system in a folder"
command -v debootstrap >/dev/null || skip "install the package debootstrap"
command -v mke2fs >/dev/null || skip "install the package e2fsprogs"
[ -e "/usr/share/debootstrap/scripts/$suite" ] || skip "this debootstrap does not know $suite"
# shellcheck disable=SC2016 # apt's variables, not the shell's
mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
	awk '$1 == "Debian" && $3 ~ /^[a-z]+$/ && $4 == "main" { print $2; exit }')
[ -n "$mirror" ] || skip "apt knows no archive of Debian"

# Packages that both the build and a user need, but for ours.
build_needs=$(sed -n '/^Build-Depends:/,/^$/p' "$source/packaging/debian/control" |
	sed '1d; s/^ *//; s/ *[[(<].*//; s/,.*//; /^$/d; s/^debhelper-compat$/debhelper/; s/^dh-sequence-dkms$/dh-dkms/')

# in_system ROOT COMMAND: as root, with /proc and /dev, which go with it.
in_system() {
	unshare --mount --pid --fork bash -ec '
		mount --bind /dev "$1/dev"
		mount -t proc proc "$1/proc"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive \
			chroot "$1" sh -euc "$2"' - "$1" "$2"
}

# make_system NAME PACKAGE...: a system in $folder/NAME, unless it is there with these packages.
make_system() {
	local root=$folder/$1 packages=${*:2}

	[ "$(cat "$root.made-with" 2>/dev/null)" != "$packages" ] || return 0
	step "making Debian $release in $root"
	rm -rf "$root" "$root.made-with"
	mkdir -p "$folder"
	debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 ||
		{ tail -n 3 "$root.log"; skip "debootstrap could not get Debian $release"; }
	# What debootstrap itself configures may not be much: it knows no order.
	in_system "$root" "apt-get -qq update && apt-get -qq -y --no-install-recommends install $packages" \
		>>"$root.log" 2>&1 || { tail -n 3 "$root.log"; skip "apt could not get the packages"; }
	echo "$packages" >"$root.made-with"
}

# build_in ROOT PLACE: the packages, in $folder/PLACE.
build_in() {
	local at=$1/$2

	rm -rf "$at" "$folder/built-$3"
	mkdir -p "$at"
	git -C "$source" ls-files -z | tar -C "$source" --null -T - -c | tar -x -C "$at"
	in_system "$1" "cd $2 && packaging/build.sh --no-check --output $2.out" >"$folder/build-$3.log" 2>&1 ||
		{ tail -n 30 "$folder/build-$3.log"; fail "the packages cannot be built"; }
	mkdir "$folder/built-$3"
	mv "$at.out"/*.deb "$folder/built-$3"
}

# shellcheck disable=SC2086 # words
make_system build build-essential fakeroot git lintian $(echo $build_needs)
step "building, with lintian"
build_in "$folder/build" /root/one 1
step "building once more, elsewhere, and comparing"
build_in "$folder/build" /srv/another/place 2
for package in "$folder"/built-1/*.deb; do
	cmp "$package" "$folder/built-2/${package##*/}" || fail "${package##*/} differs when it is built again"
done
ls "$folder/built-1"

rm -f "$folder/disk"
make_system user ca-certificates gcc libc6-dev pkg-config kmod linux-headers-amd64 linux-image-amd64 dkms mokutil \
	udev systemd
system=$folder/user
step "installing"
rm -rf "$system/root/packages"
mkdir -p "$system/root/packages"
cp "$folder"/built-1/*_amd64.deb "$folder"/built-1/*_all.deb "$system/root/packages"
rm "$system"/root/packages/*-dbgsym_*
cp "$source/unit-tests/embed/example.c" "$source"/unit-tests/vectors/aes*.txt "$system/root/" 2>/dev/null || :
in_system "$system" 'apt-get -qq -y --no-install-recommends install /root/packages/*.deb' >"$folder/install.log" 2>&1 ||
	{ tail -n 30 "$folder/install.log"; fail "the packages cannot be installed"; }

step "using what was installed"
in_system "$system" '
	cd /root
	vcrypto --version
	vcryptod --version
	vcryptod --print-capabilities >/dev/null
	! vcrypto enc aes-ctr --key 000102030405060708090a0b0c0d0e0f --iv 000102030405060708090a0b0c0d0e0f 2>error
	grep "load the module" error
	gcc -o example example.c $(pkg-config --cflags --libs vcrypto-libcrypto)
	./example
	gcc -static-libgcc -include crypto/cryptodev.h -xc -fsyntax-only /dev/null
	# What is ours, and another computes the same with it: no device is here, so it falls back.
	echo text | openssl dgst -sha256 -provider vcrypto -provider default
	openssl list -providers -provider vcrypto -provider default | grep -A 3 vcrypto
	systemctl --root=/ is-enabled vcryptod.socket
	systemd-analyze verify /lib/systemd/system/vcryptod.socket
	kernel=$(ls /lib/modules | head -n 1)
	dkms status
	modinfo -k "$kernel" vcrypto | grep -E "^(version|author|alias)"
' || fail "what was installed does not work"

step "making a disk of it, for test-vm.sh and test-secure-boot.py"
for script in in-vm.sh in-secure-boot.sh; do
	# It takes no arguments and ends the machine, so it is a program there alone.
	{ echo '#!/bin/sh'; cat "$source/packaging/$script"; } >"$system/root/$script"
	chmod 755 "$system/root/$script"
done
cp "$(echo "$system"/boot/vmlinuz-*)" "$folder/vmlinuz"
cp "$(echo "$system"/boot/initrd.img-*)" "$folder/initrd"
truncate -s 4G "$folder/disk.new"
mke2fs -q -F -t ext4 -L packages -d "$system" "$folder/disk.new"
mv "$folder/disk.new" "$folder/disk"

step "removing"
in_system "$system" '
	apt-get -qq -y purge libvcrypto0 libvcrypto-dev vcryptod vcrypto-dkms vcrypto-tools openssl-provider-vcrypto
	left=$(find / -xdev -path /proc -prune -o -path /dev -prune -o -path /root -prune -o \
		-path "/var/lib/apt/*" -prune -o -path "/var/cache/*" -prune -o -path "/var/log/*" -prune -o \
		-name "*vcrypto*" -print)
	[ -z "$left" ] || { echo "left: $left"; exit 1; }
' >"$folder/remove.log" 2>&1 || { tail -n 5 "$folder/remove.log"; fail "something is left after the packages are gone"; }
step "all is well on Debian $release"
