# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Running ctest and counting what came of it.  To be sourced; expects of its
# user: die(), which prints its arguments and ends the script.

passed=0 failed=0 skipped=0

# run_ctest DIR JUNIT ARGUMENT...: runs the tests of a build folder, leaves a report
# in the file JUNIT and adds to the sums above.
run_ctest() {
	local dir=$1 junit=$2 counts all bad skip
	shift 2
	rm -f "$junit"
	ctest --test-dir "$dir" --output-on-failure --output-junit "$junit" "$@" || true
	counts=$(grep -m1 -A9 '<testsuite ' "$junit" | tr '\n' ' ') ||
		die "ctest left no report in $junit"
	all=$(count tests "$counts") bad=$(count failures "$counts")
	skip=$(($(count skipped "$counts") + $(count disabled "$counts")))
	[ "$all" -gt 0 ] || die "no test found in $dir"
	failed=$((failed + bad))
	skipped=$((skipped + skip))
	passed=$((passed + all - bad - skip))
}

# The number in NAME="..." of a line of XML.
count() {
	sed -n "s/.*[[:space:]]$1=\"\([0-9]*\)\".*/\1/p" <<<"$2"
}
