#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: tap.sh [OPTION of vm.sh]... -- PROGRAM [ARGUMENT]...
#        tap.sh --each [OPTION of vm.sh]... -- PROGRAM...
#
# Runs a test program in a VM, or several in one, and believes only a complete report: exit status 0, for each
# program its plan, and as many cases passed as were planned. Exit status 77 is passed on if a line says what is skipped.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

options=()
each=
[ "${1-}" != --each ] || { each=yes; shift; }
while [ "${1-}" != -- ]; do
	[ $# -gt 0 ] || fail "no program"
	options+=("$1")
	shift
done
shift

programs=1
if [ -n "$each" ]; then
	programs=$#
	for program; do
		options+=(--file "$program")
	done
	# shellcheck disable=SC2016 # the guest's shell expands that
	set -- sh -c 'for program; do echo "# ${program##*/}"; "$program" || exit; done' sh "$@"
fi

status=0
vm "${options[@]}" -- "$@" >"$tmp/report" || status=$?
cat -- "$tmp/report"
[ "$status" -ne 77 ] || ! grep -q '^SKIP: ' "$tmp/report" || exit 77
[ "$status" -eq 0 ] || fail "exit status $status"
plans=$(sed -n 's/^1\.\.\([1-9][0-9]*\)$/\1/p' "$tmp/report")
[ "$(wc -w <<<"$plans")" -eq "$programs" ] || fail "a report without a plan"
passed=$(grep -c '^ok ' "$tmp/report") || :
[ "$passed" -eq $((${plans//$'\n'/+})) ] || fail "$passed cases passed, planned: ${plans//$'\n'/+}"
