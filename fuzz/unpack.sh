#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Unpacks the seeds of a target, or packs a folder of them; what is packed depends
# on names and contents alone.
#
#	fuzz/unpack.sh NAME FOLDER		corpus/NAME.tar.gz into FOLDER, which is new or empty
#	fuzz/unpack.sh --pack FOLDER NAME	the files of FOLDER into corpus/NAME.tar.gz
set -euo pipefail

case ${1-} in
-h | --help) sed -n '3,/^set/s/^# \{0,1\}//p' "$0"; exit ;;
esac
[ $# -ge 2 ] || { echo "unpack.sh: two names are needed (--help explains)" >&2; exit 2; }
here=$(dirname "$(readlink -f "$0")")
if [ "$1" = --pack ]; then
	[ -n "$(ls "$2")" ] || { echo "unpack.sh: no seeds in $2" >&2; exit 1; }
	(cd "$2" && LC_ALL=C tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
		--mode=u=rw,go=r --format=ustar -cf - -- *) | gzip -9n >"$here/corpus/$3.tar.gz"
	exit
fi
archive=$here/corpus/$1.tar.gz
[ -s "$archive" ] || { echo "unpack.sh: $archive is missing or empty" >&2; exit 1; }
mkdir -p -- "$2"
[ -z "$(ls -A "$2")" ] || { echo "unpack.sh: $2 is not empty" >&2; exit 1; }
tar -xzf "$archive" -C "$2" || { echo "unpack.sh: $archive is broken" >&2; exit 1; }
[ -n "$(ls "$2")" ] || { echo "unpack.sh: there are no seeds in $archive" >&2; exit 1; }
