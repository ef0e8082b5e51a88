#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the Debian packages, and has lintian look at them:
#
#	packaging/build.sh [--no-check] [--arch ARCH] [--output FOLDER]
#
# --no-check	without the unit tests, which take some minutes
# --arch ARCH	for another architecture, such as arm64, with Debian's cross-compiler; without
#		the tests, and lintian does not look at them
# --output FOLDER	where the packages and the log go; build/packages if not given.  Other files
#		there stay.  In the source it has to be below build/
# VCRYPTO_BUILD	environment: another place for the folder build/
#
# What it needs is in packaging/debian/control; "apt-get build-dep" does not know that
# file before it lies in debian/, so a missing package is named by dpkg-checkbuilddeps.
# Exit status: 0, all is there and lintian finds nothing; else 1, and a line says why.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"

top=$(cd "$(dirname "$0")/.." && pwd -P)
build=$(readlink -m "${VCRYPTO_BUILD:-$top/build}")
output=$build/packages
profiles='' options='' arch=''

die() {
	echo "packaging/build.sh: $*" >&2
	exit 1
}

while [ $# -gt 0 ]; do
	case $1 in
	--no-check) profiles=nocheck options=nocheck ;;
	--arch)
		arch=${2:?--arch needs an architecture}
		[[ $arch =~ ^[a-z0-9]+$ ]] || die "'$arch' is no architecture"
		profiles='cross nocheck' options=nocheck
		shift
		;;
	--output) output=$(readlink -m "${2:?--output needs a folder}"); shift ;;
	*) die "there is no option '$1'; see --help" ;;
	esac
	shift
done

case $output/ in
"$build"/*) ;;
"$top"/*) die "$output is in the source: choose a folder in $build or elsewhere" ;;
esac
for program in dpkg-buildpackage dh fakeroot; do
	type -P "$program" >/dev/null || die "$program is missing: install dpkg-dev, debhelper and fakeroot"
done
version=$(dpkg-parsechangelog -l "$top/packaging/debian/changelog" -S Version)
upstream=${version%-*}
dated=$(dpkg-parsechangelog -l "$top/packaging/debian/changelog" -S Timestamp)

dpkg-checkbuilddeps ${arch:+-a "$arch"} ${profiles:+-P"${profiles/ /,}"} "$top/packaging/debian/control" ||
	die "packages are missing: see above"

mkdir -p "$output"
log=$output/vcrypto_$version.log
work=$(mktemp -d "$output/building-XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/vcrypto-$upstream"
cd "$work"
# What is in the repository, or in an archive of it all but what was built.
if [ -e "$top/.git" ]; then
	git -C "$top" ls-files -z
else
	(cd "$top" && find . -path "./${build#"$top/"}" -prune -o -type f -printf '%P\0')
fi | tar -C "$top" --exclude=packaging/debian --transform="s,^,vcrypto-$upstream/," --sort=name \
	--mtime="@$dated" --owner=0 --group=0 --numeric-owner -c --null -T - | gzip -n >"vcrypto_$upstream.orig.tar.gz"
tar -xf "vcrypto_$upstream.orig.tar.gz"
cp -r "$top/packaging/debian" "vcrypto-$upstream/debian"
chmod +x "vcrypto-$upstream/debian/rules"
cd "vcrypto-$upstream"
echo "packaging/build.sh: building vcrypto $version; the log is $log"
DEB_BUILD_OPTIONS="parallel=$(nproc) $options" DEB_BUILD_PROFILES=$profiles LC_ALL=C \
	dpkg-buildpackage -us -uc ${arch:+-b -a "$arch"} >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "dpkg-buildpackage failed"; }
cd ..
packages=(*.deb) changes=(*.changes)
find . -maxdepth 1 -type f -exec mv -t "$output" {} +
cd "$output"
if [ -n "$arch" ]; then
	:
elif type -P lintian >/dev/null; then
	# They are not an upload to Debian, which a bug would have to ask for.
	lintian --allow-root --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs \
		"${changes[@]}" || die "lintian finds faults"
else
	echo "packaging/build.sh: lintian is not installed, so it did not look at them"
fi
ls "${packages[@]}"
