#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# README.md shows the example as it is compiled and run by the other tests.
#
#	readme.sh README EXAMPLE
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 2 "$@"

diff -u "$2" <(sed -n '/<!-- embed-begin -->/,/<!-- embed-end -->/p' "$1" |
	sed -n '/^```c$/,/^```$/p' | sed '1d;$d') ||
	{ echo "FAIL: README.md differs from ${2##*/}"; exit 1; }
