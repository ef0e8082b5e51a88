#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unpacks the distribution's own QEMU, and the libraries that it needs, below the build folder: what our
# users have, without a change to this machine, whatever release that is.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=../.ci/apt.sh
. "$VM_TESTS/../.ci/apt.sh"

usage()
{
	cat <<END
usage: fetch-qemu.sh [VERSION]

Makes Debian's QEMU available; VERSION is 7.2 (default, Debian 12), 10.0 (Debian 13) or 11.1 (its backports):
  build/stock-qemu/VERSION/qemu-system-x86_64   starts it, for VM_QEMU of vm.sh
  build/stock-qemu/VERSION/version              which package it is
  build/stock-qemu/VERSION/root                 the unpacked packages
Does nothing if that is there already. About 40 MB are fetched.
VCRYPTO_BUILD names another build folder.
END
}

version=${1:-7.2}
case $version in
--help) usage; exit 0 ;;
7.2) suites=(bookworm) ;;
10.0) suites=(trixie) ;;
11.1) suites=(trixie trixie-backports) ;;
*) bad_usage "there is no package of QEMU $version; known: 7.2, 10.0, 11.1" ;;
esac
[ $# -le 1 ] || bad_usage "too many arguments"

folder=$BUILD/stock-qemu
target=$folder/$version
[ ! -e "$target/version" ] || exit 0
need_command apt-get apt
need_command dpkg-deb dpkg

make_tmp "$folder"
apt=$folder/.apt-$version

# A mirror may announce a new version before it has all its files: then the one before it is taken.
download()
{
	local package=qemu-system-x86

	for apt_version in $(apt_versions "$apt" $package "$version."; apt_versions "$apt" $package "$version+"); do
		! apt_closure "$apt" "$package=$apt_version" ${suites[1]:+-t "${suites[1]}"} || return 0
	done
	apt_failed "$apt" "there is no complete QEMU $version in ${suites[*]}"
}

# Debian 13 has /lib and /lib64 only as links, which no package brings.
unpack()
{
	local deb name

	mkdir -p -- "$tmp/root/usr"
	if [ "${suites[0]}" != bookworm ]; then
		for name in bin sbin lib lib64; do
			mkdir -p -- "$tmp/root/usr/$name"
			ln -s "usr/$name" "$tmp/root/$name"
		done
	fi
	for deb in "$apt"/cache/archives/*.deb; do
		dpkg-deb -x "$deb" "$tmp/root"
	done
}

# Its own loader, because its C library may be newer than ours. Modules, TCG among them, and firmware are
# looked for where the package would have been installed.
write_starter()
{
	cat >"$tmp/qemu-system-x86_64" <<'END'
#!/bin/sh
root=$(dirname -- "$(realpath -- "$0")")/root
export QEMU_MODULE_DIR="$root/usr/lib/x86_64-linux-gnu/qemu"
exec "$root/lib64/ld-linux-x86-64.so.2" --argv0 "$0" \
	--library-path "$root/lib/x86_64-linux-gnu:$root/usr/lib/x86_64-linux-gnu" \
	"$root/usr/bin/qemu-system-x86_64" -L "$root/usr/share/seabios" -L "$root/usr/share/qemu" "$@"
END
	chmod 755 -- "$tmp/qemu-system-x86_64"
}

apt_configure "$apt" deb "${suites[@]}"
apt_empty "$apt"
download
unpack
write_starter
"$tmp/qemu-system-x86_64" --version >"$tmp/says" 2>&1 || { cat -- "$tmp/says" >&2; die "QEMU $apt_version does not start"; }
echo "$apt_version" >"$tmp/version"
rm -rf -- "$target" "$apt"
mv -T -- "$tmp" "$target"
echo "$target/qemu-system-x86_64: QEMU $apt_version of Debian"
