#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Whether the sources are as .clang-format has them (clang-format 14; qemu-adapter/ has one
# of its own).
#
#	.ci/format.sh [--count | --apply] [FILE...]
#
#	without		shows what would change, and fails if that is anything
#	--count		only says how many lines that is in each folder
#	--apply		changes the files
#
# Without files all that git knows.  Exit status 77: the tool is not here.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"
cd "$(dirname "$0")/.."

what=--show
case ${1:-} in
--count | --apply) what=$1; shift ;;
-*)
	echo "format.sh: unknown option '$1'; there are --count and --apply" >&2
	exit 2
	;;
esac

format=$(command -v clang-format-14 || command -v clang-format) || {
	echo "SKIP: clang-format is not installed"
	exit 77
}
# Another version has other ideas.
version=$("$format" --version)
[[ $version == *'version 14.'* ]] || {
	echo "SKIP: this needs clang-format 14, and here is: $version"
	exit 77
}

files=("$@")
[ ${#files[@]} -gt 0 ] || mapfile -t files < <(git ls-files '*.c' '*.h')
[ ${#files[@]} -gt 0 ] || { echo "format.sh: no files" >&2; exit 1; }

case $what in
--apply)
	"$format" -i "${files[@]}"
	exit 0
	;;
--count)
	for folder in $(printf '%s\n' "${files[@]%%/*}" | sort -u); do
		mapfile -t some < <(printf '%s\n' "${files[@]}" | grep "^$folder/")
		echo "$(diff <(cat "${some[@]}") <("$format" "${some[@]}") | grep -c '^<' || :)" "$folder"
	done | awk '{ print; all += $1 } END { print all + 0, "all" }' | sort -n
	exit 0
	;;
esac

wrong=0
for file in "${files[@]}"; do
	"$format" "$file" | diff -u --label "$file" --label "$file, formatted" "$file" - || wrong=1
done
exit $wrong
