#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The machine that a page shows for libvirt is one by libvirt's own schema.
#
#	libvirt.sh SOURCE FOLDER
#
# FOLDER: where the schema is kept, of Debian's package libvirt0.  Exit status 77: it or xmllint is not to be had.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 2 "$@"

source=$1 folder=$2
schema=$folder/usr/share/libvirt/schemas/domain.rng

skip() {
	echo "SKIP: $*"
	exit 77
}

type -P xmllint >/dev/null || skip "xmllint is missing: install the package libxml2-utils"
if [ ! -e "$schema" ]; then
	mkdir -p "$folder"
	(cd "$folder" && apt-get -qq download libvirt0) >"$folder/log" 2>&1 || skip "the archive of packages cannot be reached"
	dpkg-deb -x "$folder"/libvirt0_*.deb "$folder"
fi
awk '/libvirt-begin/ { inside = 1 } /libvirt-end/ { inside = 0 } inside && !/libvirt-begin|^```/' \
	"$source/docs/deploy.md" >"$folder/guest.xml"
grep -q '<domain ' "$folder/guest.xml" || { echo "FAIL: docs/deploy.md shows no machine"; exit 1; }
xmllint --noout --relaxng "$schema" "$folder/guest.xml" || exit 1
# The schema is not one that takes anything.
sed 's/<memoryBacking>/<memoryBakcing>/; s/<.memoryBacking>/<\/memoryBakcing>/' "$folder/guest.xml" >"$folder/wrong.xml"
! xmllint --noout --relaxng "$schema" "$folder/wrong.xml" 2>/dev/null || { echo "FAIL: the schema finds nothing wrong"; exit 1; }
