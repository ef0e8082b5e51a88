#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unpacks another release's OpenSSL, and the C library that it needs, below the build folder: programs of this machine
# run with it by that release's own loader.

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=../../.ci/apt.sh
. "$VM_TESTS/../.ci/apt.sh"

usage()
{
	cat <<END
usage: fetch-openssl.sh

Makes Debian 13's OpenSSL, 3.5, available: build/openssl-3.5/run PROGRAM [ARGUMENT]... runs a program of this machine with
it, openssl that of Debian 13. Does nothing if that is there already. About 7 MB are fetched.
VCRYPTO_BUILD names another build folder.
END
}

case ${1-} in
'') ;;
--help) usage; exit 0 ;;
*) bad_usage "unknown argument '$1'" ;;
esac
target=$BUILD/openssl-3.5
[ ! -e "$target" ] || exit 0
need_command apt-get apt
need_command dpkg-deb dpkg

make_tmp "$BUILD"
apt_configure "$tmp/apt" deb trixie
apt_empty "$tmp/apt"
apt_closure "$tmp/apt" openssl || apt_failed "$tmp/apt" "cannot fetch the packages of OpenSSL 3.5"
for deb in "$tmp"/apt/cache/archives/*.deb; do
	dpkg-deb -x "$deb" "$tmp"
done
rm -rf -- "$tmp/apt"
# Libraries that Debian 13 has not brought are this machine's.
cat >"$tmp/run" <<'END'
#!/bin/sh
root=$(dirname -- "$(realpath -- "$0")")
case $1 in
openssl) program=$root/usr/bin/openssl ;;
*) program=$(command -v "$1") ;;
esac
shift
libraries=$(echo "$root"/usr/lib/*-linux-gnu*)
exec "$(echo "$libraries"/ld-linux*.so.*)" --library-path "$libraries:/usr/lib/${libraries##*/}" "$program" "$@"
END
chmod 755 -- "$tmp/run"
"$tmp/run" openssl version >"$tmp/version" 2>&1 || { cat -- "$tmp/version" >&2; die "OpenSSL of Debian 13 does not start"; }
mv -T -- "$tmp" "$target"
say "ready: $(cat -- "$target/version")"
