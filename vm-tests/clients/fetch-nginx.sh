#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unpacks the distribution's nginx below the build folder: to install it would start it.

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"
# shellcheck source=../../.ci/apt.sh
. "$VM_TESTS/../.ci/apt.sh"

usage()
{
	cat <<END
usage: fetch-nginx.sh

Makes build/nginx/usr/sbin/nginx, of this machine's release. Does nothing if that is there already.
VCRYPTO_BUILD names another build folder.
END
}

case ${1-} in
'') ;;
--help) usage; exit 0 ;;
*) bad_usage "unknown argument '$1'" ;;
esac
target=$BUILD/nginx
[ ! -e "$target" ] || exit 0
need_command apt-get apt
need_command dpkg-deb dpkg
# shellcheck source=/dev/null
codename=$(. /etc/os-release && echo "${VERSION_CODENAME-}")
[ -n "$codename" ] || die "/etc/os-release does not name the distribution's release"
mkdir -p -- "$BUILD"
apt_package "$BUILD/.apt-nginx" "$codename" nginx "$target"
rm -rf -- "$BUILD/.apt-nginx"
say "ready: $target/usr/sbin/nginx"
