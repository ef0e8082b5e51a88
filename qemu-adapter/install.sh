#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Puts the devices of this directory into a QEMU source tree.
#
#	install.sh [--link] QEMU_TREE
#
# The adapter becomes the tree's directory hw/vcrypto: a copy, or with --link
# a symbolic link, so that an edit here is an edit there.  Beyond that the tree
# gets the lines listed in "edits" below and nothing else.  A second run
# changes nothing.  Everything is checked before the first byte is written.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

die() {
	printf 'install.sh: %s\n' "$*" >&2
	exit 1
}

link=false
if [ "${1-}" = --link ]; then
	link=true
	shift
fi
[ $# -eq 1 ] || die "usage: install.sh [--link] QEMU_TREE"
[ -d "$1" ] || die "$1: no such directory"
tree=$(cd "$1" && pwd)
target=$tree/hw/vcrypto

if [ ! -f "$tree/VERSION" ] || [ ! -f "$tree/hw/virtio/virtio.c" ]; then
	die "$1 is not a QEMU source tree"
fi
[ -f "$tree/trace/meson.build" ] ||
	die "$1 is a QEMU too old to be built with meson"

# Every edit: file, where (an extended regular expression for a whole line),
# before or after it, the new line, or several with \n between them, of which
# the first stands nowhere else.  The anchors stand in QEMU 7.2 to 10.0.
# The switches over virtio ids moved from virtio.c to virtio-qmp.c in between,
# so both are edited wherever they are.
edits() {
	local properties="# @CryptodevVcryptoProperties:\n#\n"
	properties+="# Properties for cryptodev-backend-vcrypto objects.\n#\n"
	properties+="# @akcipher: whether to offer RSA (default: false)\n#\n# Since: 7.2\n##\n"
	properties+="{ 'struct': 'CryptodevVcryptoProperties',\n"
	properties+="  'base': 'CryptodevBackendProperties',\n"
	properties+="  'data': { '*akcipher': 'bool' } }\n\n##"
	printf '%s\t%s\t%s\t%s\n' \
		hw/Kconfig 'source virtio/Kconfig' \
		before 'source vcrypto/Kconfig' \
		hw/meson.build "subdir\\('virtio'\\)" \
		before "subdir('vcrypto')" \
		meson.build "    'hw/virtio'," \
		before "    'hw/vcrypto'," \
		hw/virtio/virtio.c 'const char \*virtio_device_names\[\] = \{' \
		after '    VCRYPTO_VIRTIO_NAMES' \
		qapi/qom.json "    'cryptodev-backend-lkcf'," \
		after "    'cryptodev-backend-vcrypto'," \
		qapi/qom.json "      'cryptodev-backend-lkcf':     'CryptodevBackendProperties'," \
		after "      'cryptodev-backend-vcrypto':  'CryptodevVcryptoProperties'," \
		qapi/qom.json '# @CryptodevVhostUserProperties:' \
		before "$properties"
	local file
	for file in hw/virtio/virtio.c hw/virtio/virtio-qmp.c; do
		[ -f "$tree/$file" ] || continue
		printf '%s\t%s\t%s\t%s\n' \
			"$file" '#include "standard-headers/linux/virtio_ids.h"' \
			after '#include "hw/vcrypto/virtio-ids.h"' \
			"$file" '    case VIRTIO_ID_CAIF:' \
			after '    VCRYPTO_VIRTIO_CASES'
	done
}

check_edit() {
	local file=$1 anchor=$2

	grep -qsxE -- "$anchor" "$tree/$file" ||
		die "do not know this QEMU ($(cat "$tree/VERSION")): nothing in $file matches '$anchor'"
}

make_edit() {
	local file=$1 anchor=$2 where=$3 line=${4//\\n/$'\n'}

	if grep -qxF -- "${line%%$'\n'*}" "$tree/$file"; then
		return
	fi
	ANCHOR="^${anchor}\$" WHERE=$where LINE=$line awk '
		$0 ~ ENVIRON["ANCHOR"] {
			if (ENVIRON["WHERE"] == "before")
				print ENVIRON["LINE"]
			print
			if (ENVIRON["WHERE"] == "after")
				print ENVIRON["LINE"]
			next
		}
		{ print }' "$tree/$file" >"$tree/$file.vcrypto"
	# Written through, so that the file keeps its mode and its links.
	cat "$tree/$file.vcrypto" >"$tree/$file"
	rm "$tree/$file.vcrypto"
	line=${line%%$'\n'*}
	printf '%s: added "%s"\n' "$file" "${line#"${line%%[! ]*}"}"
}

install_link() {
	if [ "$(readlink "$target" || true)" = "$here" ]; then
		return
	fi
	if [ -d "$target" ] && [ ! -L "$target" ]; then
		die "$target is a directory; remove it to have a link there"
	fi
	ln -sfn "$here" "$target"
	printf 'hw/vcrypto: link to %s\n' "$here"
}

install_copy() {
	local file name

	[ ! -L "$target" ] ||
		die "$target is a link; remove it to have a copy there"
	mkdir -p "$target/small-devices"
	for file in "$here"/*.[ch] "$here"/{Kconfig,meson.build,trace-events} \
		"$here"/small-devices/{*.[ch],Kconfig,meson.build}; do
		name=${file#"$here/"}
		if ! cmp -s "$file" "$target/$name"; then
			cp "$file" "$target/$name"
			printf 'hw/vcrypto/%s: copied\n' "$name"
		fi
	done
}

while IFS=$'\t' read -r file anchor where line; do
	check_edit "$file" "$anchor"
done < <(edits)

if $link; then
	install_link
else
	install_copy
fi
# The object had no properties of its own at first, and the tree may be that old.
if grep -q "'cryptodev-backend-vcrypto':  'CryptodevBackendProperties'" "$tree/qapi/qom.json"; then
	sed -i "/'cryptodev-backend-vcrypto':  'CryptodevBackendProperties'/d" "$tree/qapi/qom.json"
fi
while IFS=$'\t' read -r file anchor where line; do
	make_edit "$file" "$anchor" "$where" "$line"
done < <(edits)
