#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual page of a program of ours has no mistakes that groff knows, and describes the options that --help does.
#
#	manual.sh PROGRAM MANUAL [COMMAND...]
#
# COMMAND: has a --help of its own.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 2 "$@"

program=$1 manual=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

options() { grep -oE '(^|[^[:alnum:]-])--?[[:alpha:]][[:alnum:]-]*' | sed 's/^[^-]*//' | sort -u; }

{
	"$program" --help
	for command; do "$program" "$command" --help; done
} | options >"$work/help"
sed 's/\\-/-/g; s/\\f.//g' "$manual" | grep -E '^\.B[IR]* +(--|-[a-z])' | options >"$work/manual"
# The manual's synopsis and text name options of other programs as well: -c of sha256sum.
comm -23 "$work/help" "$work/manual" >"$work/missing"
if [ -s "$work/missing" ]; then
	echo "FAIL: --help has, but the manual does not describe: $(tr '\n' ' ' <"$work/missing")"
	status=1
fi
comm -13 "$work/help" "$work/manual" >"$work/missing"
if [ -s "$work/missing" ]; then
	echo "FAIL: the manual describes, but --help does not: $(tr '\n' ' ' <"$work/missing")"
	status=1
fi
version=$("$program" --version)
grep -q "^\.TH [A-Z]* 1 .* \"$version\"" "$manual" || { echo "FAIL: the manual is not that of $version"; status=1; }
if ! type -P groff >/dev/null; then
	[ $status -eq 0 ] || exit 1
	echo "SKIP: the manual's form has not been checked: groff is missing"
	exit 77
fi
groff -t -man -ww -z "$manual" 2>"$work/warnings" || status=1
if [ -s "$work/warnings" ]; then
	echo "FAIL: groff says:"
	cat "$work/warnings"
	status=1
fi
exit $status
