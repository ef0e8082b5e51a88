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
need_arguments 3 "$@"

# shellcheck source-path=SCRIPTDIR source=systems.sh
. "$(dirname "$0")/systems.sh"
# Packages that both the build and a user need, but for ours.
build_needs=$(sed -n '/^Build-Depends:/,/^$/p' "$source/packaging/debian/control" |
	sed '1d; s/^ *//; s/ *[[(<].*//; s/,.*//; /^$/d; s/^debhelper-compat$/debhelper/; s/^dh-sequence-dkms$/dh-dkms/')

command -v mke2fs >/dev/null || skip "install the package e2fsprogs"

# build_in ROOT PLACE NAME [OPTION]: the packages, in $folder/built-NAME.
build_in() {
	local at=$1/$2

	rm -rf "$at" "$at.out" "$folder/built-$3"
	mkdir -p "$at"
	git -C "$source" ls-files -z | tar -C "$source" --null -T - -c | tar -x -C "$at"
	in_system "$1" "cd $2 && packaging/build.sh ${4:-} --output $2.out" >"$folder/build-$3.log" 2>&1 ||
		{ tail -n 30 "$folder/build-$3.log"; fail "the packages cannot be built"; }
	mkdir "$folder/built-$3"
	mv "$at.out"/*.deb "$folder/built-$3"
}

# shellcheck disable=SC2086 # words
make_system build build-essential fakeroot git lintian $build_needs
step "building, with the unit tests and lintian"
build_in "$folder/build" /root/one 1
step "building once more, elsewhere, and comparing"
build_in "$folder/build" /srv/another/place 2 --no-check
for package in "$folder"/built-1/*.deb; do
	cmp "$package" "$folder/built-2/${package##*/}" || fail "${package##*/} differs when it is built again"
done
same_everywhere "$folder"/built-1/*.deb
ls "$folder/built-1"

rm -f "$folder/disk"
make_system user ca-certificates gcc libc6-dev pkg-config kmod linux-headers-amd64 linux-image-amd64 dkms mokutil \
	udev systemd
system=$folder/user
# What is opened at run time is no dependency, so it has to be recommended: the one that they are built for.
wanted=$(dpkg-deb --fsys-tarfile "$folder"/built-1/vcryptod_*.deb | tar -xO ./usr/bin/vcryptod |
	grep -ao 'libIPSec_MB\.so\.[0-9]*' | head -n 1)
for name in libvcrypto0 vcryptod; do
	[ "$(dpkg-deb -f "$folder/built-1/${name}_"*.deb Recommends)" = "libipsec-mb${wanted##*.}" ] ||
		fail "$name does not recommend the package of $wanted"
done

step "installing"
rm -rf "$system/root/packages"
mkdir -p "$system/root/packages"
cp "$folder"/built-1/*_amd64.deb "$folder"/built-1/*_all.deb "$system/root/packages"
rm "$system"/root/packages/*-dbgsym_*
cp "$source/unit-tests/embed/example.c" "$source/packaging/front-end.c" "$source"/unit-tests/vectors/aes*.txt "$system/root/" 2>/dev/null || :
in_system "$system" 'apt-get -qq -y --no-install-recommends install /root/packages/*.deb' >"$folder/install.log" 2>&1 ||
	{ tail -n 30 "$folder/install.log"; fail "the packages cannot be installed"; }

step "using what was installed"
# shellcheck disable=SC2016 # that shell's
in_system "$system" '
	cd /root
	vcrypto --version
	vcryptod --version
	vcryptod --print-capabilities >/dev/null
	# Which system calls are made is for this C library and this kernel to say.
	gcc -D_GNU_SOURCE -o front-end front-end.c
	vcryptod --socket-path=/tmp/vcryptod --sandbox=seccomp &
	daemon=$!
	tries=0
	while [ ! -S /tmp/vcryptod ] && [ $tries -lt 50 ]; do
		sleep 0.2
		tries=$((tries + 1))
	done
	./front-end /tmp/vcryptod
	kill $daemon
	wait $daemon
	rm /tmp/vcryptod
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
# shellcheck disable=SC2016 # that shell's
in_system "$system" '
	apt-get -qq -y purge libvcrypto0 libvcrypto-dev vcryptod vcrypto-dkms vcrypto-tools openssl-provider-vcrypto
	left=$(find / -xdev -path /proc -prune -o -path /dev -prune -o -path /root -prune -o \
		-path "/var/lib/apt/*" -prune -o -path "/var/cache/*" -prune -o -path "/var/log/*" -prune -o \
		-name "*vcrypto*" -print)
	[ -z "$left" ] || { echo "left: $left"; exit 1; }
' >"$folder/remove.log" 2>&1 || { tail -n 5 "$folder/remove.log"; fail "something is left after the packages are gone"; }
step "all is well on Debian $release"
