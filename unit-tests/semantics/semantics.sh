#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: semantics.sh SOURCE
#
# The tables of docs/semantics.md and the tests agree: each test that is named there is a function that its
# file runs as a case, and cites the rule; each rule has a test on both sides, or the reason why not; and no
# test cites a rule that there is not.

# shellcheck disable=SC2016 # backquotes belong to Markdown
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 1 "$@"
export LC_ALL=C
cd -- "$1"
page=docs/semantics.md
wrong=0

complain()
{
	echo "$page: $*" >&2
	wrong=1
}

# file_of PROGRAM
file_of()
{
	if [[ $1 == test_* ]]; then
		echo "unit-tests/$1.c"
	else
		echo "vm-tests/programs/$1.c"
	fi
}

# is_run COLUMN PROGRAM: whether it is built for the side that the column is about.
is_run()
{
	case $1 in
	both) grep -qw -- "$2" unit-tests/semantics/CMakeLists.txt && grep -qw -- "$2" vm-tests/CMakeLists.txt ;;
	ring) [[ $2 == test_* ]] && grep -qw -- "${2#test_}" unit-tests/CMakeLists.txt ;;
	vm) grep -qw -- "$2" vm-tests/CMakeLists.txt ;;
	esac
}

# comment_of FILE FUNCTION: what stands right before it; fails if it is not there.
comment_of()
{
	awk -v start="^static void $2[(]" '
		$0 ~ start { print comment; found = 1; exit }
		/^\/\*/ || /^ \*/ { comment = comment $0 "\n"; next }
		{ comment = "" }
		END { exit !found }' "$1"
}

# names TEXT RULE: whether the rule is named in it, as a word.
names()
{
	[[ " ${1//[^A-Za-z0-9.]/ } " =~ [[:space:]]${2//./[.]}[[:space:]] ]]
}

# check_test RULE COLUMN PROGRAM FUNCTION; no RULE: the test need not cite one.
check_test()
{
	local file comment
	file=$(file_of "$3")
	[ -f "$file" ] || { complain "$1: no file $file"; return; }
	is_run "$2" "$3" || complain "$1: $3 does not run there ($2)"
	comment=$(comment_of "$file" "$4") || { complain "$1: no $4 in $file"; return; }
	grep -Eq "[ (]$4( \}|,|\))" "$file" || complain "$1: $file does not run $4"
	[ -z "$1" ] || names "$comment" "$1" || complain "$1: $4 in $file does not cite it"
}

# check_cell RULE COLUMN TEXT
check_cell()
{
	local test
	for test in $(grep -o '`[a-z0-9_]*:[a-z0-9_]*`' <<<"$3" | tr -d '`'); do
		check_test "$1" "$2" "${test%:*}" "${test#*:}"
		tests=$((tests + 1))
	done
}

rules=() tests=0
while IFS='|' read -r _ rule _ both ring vm _; do
	rule=${rule// /}
	rules+=("$rule")
	check_cell "$rule" both "$both"
	check_cell "$rule" ring "$ring"
	check_cell "$rule" vm "$vm"
	[[ $both$ring =~ [a-z] ]] || complain "$rule: no test over the simulated ring, and no reason"
	[[ $both$vm =~ [a-z] ]] || complain "$rule: no test in a VM, and no reason"
	[[ $both$ring$vm == *:* ]] || complain "$rule: no test"
done < <(grep -E '^\| [0-9]\.[A-Z]' "$page")
[ "${#rules[@]}" -gt 50 ] || complain "only ${#rules[@]} rules"
[ -z "$(printf '%s\n' "${rules[@]}" | sort | uniq -d)" ] || complain "a rule stands there twice"

# The other tables: errors, and what is ours to say.
while read -r test; do
	for column in ring vm; do
		! is_run $column "${test%:*}" || check_test "" $column "${test%:*}" "${test#*:}"
	done
	tests=$((tests + 1))
done < <(grep '^|' "$page" | grep -vE '^\| [0-9]\.[A-Z]' | grep -o '`[a-z0-9_]*:[a-z0-9_]*`' | tr -d '`')

while read -r cited; do
	[[ " ${rules[*]} " == *" $cited "* ]] || complain "$cited is cited by a test, but not there"
done < <(grep -hE '^(/\*| \*) ' unit-tests/test_*.c vm-tests/programs/*.c |
	grep -oE '\b[1-6]\.[A-Z0-9]*[A-Z][A-Z0-9]*(\.[0-9]+[a-z]?)?\b' | sort -u)

echo "${#rules[@]} rules, $tests tests"
exit $wrong
