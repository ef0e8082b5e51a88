# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Fresh Debian systems in folders, for tests of packages; sourced with SOURCE SUITE FOLDER as arguments.

# shellcheck disable=SC2034 # for who sources it
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
	echo "packaging/${0##*/}: $*"
}

# same_everywhere PACKAGE...: those of two architectures can be installed together if they say so, as
# what they have beside the folders of an architecture is a file of the source, or no file of one.
same_everywhere() {
	local package name at

	for package; do
		[ "$(dpkg-deb -f "$package" Multi-Arch)" = same ] || continue
		at=$(mktemp -d)
		dpkg-deb -x "$package" "$at"
		find "$at" ! -type d -printf '%P\n' | while read -r name; do
			case $name in
			usr/lib/*-linux-gnu*/* | usr/include/*-linux-gnu*/* | usr/share/doc/* | usr/share/lintian/* | \
				usr/lib/debug/*) ;;
			usr/include/*)
				[ -n "$(find "$source/libvcrypto" "$source/guest-adapter" -name "${name##*/}" \
					-exec cmp -s "$at/$name" {} \; -print)" ] || echo "$name"
				;;
			*) echo "$name" ;;
			esac
		done >"$at.others"
		[ ! -s "$at.others" ] || fail "${package##*/} is Multi-Arch: same, and has $(cat "$at.others")"
		rm -r "$at" "$at.others"
	done
}

# What is made there is named "user" or "build", as a folder of somebody's may be.
compgen -G "$folder/*.made-with" >/dev/null || [ -z "$(ls -A "$folder" 2>/dev/null)" ] ||
	fail "$folder has something else in it"
[ "$(id -u)" -eq 0 ] || skip "only root can make a system in a folder"
command -v debootstrap >/dev/null || skip "install the package debootstrap"

[ -e "/usr/share/debootstrap/scripts/$suite" ] || skip "this debootstrap does not know $suite"
# shellcheck disable=SC2016 # apt's variables, not the shell's
mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
	awk '$1 == "Debian" && $3 ~ /^[a-z]+$/ && $4 == "main" { print $2; exit }')
[ -n "$mirror" ] || skip "apt knows no archive of Debian"

# shellcheck disable=SC2016 # the inner shell's variables
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
	mkdir -p "$folder"
	: >"$root.made-with"
	rm -rf "$root"
	debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 ||
		{ tail -n 3 "$root.log"; skip "debootstrap could not get Debian $release"; }
	# What debootstrap itself configures may not be much: it knows no order.
	in_system "$root" "apt-get -qq update && apt-get -qq -y --no-install-recommends install $packages" \
		>>"$root.log" 2>&1 || { tail -n 3 "$root.log"; skip "apt could not get the packages"; }
	echo "$packages" >"$root.made-with"
}
