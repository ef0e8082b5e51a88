#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
#	purity.sh SMALL_DEVICES_ARCHIVE CORE_ARCHIVE
#
# The models call nothing but mem* and the core's cursor, keep no data of their own, and export only names that
# begin with vcrypto_. The core's archive has none of them.
set -eu
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 2 "$@"

fail()
{
	echo "purity.sh: $*" >&2
	exit 1
}

symbols=$(nm -- "$1" | awk 'NF > 1 { print $(NF - 1), $NF }')
# What gcc for i386 makes to find out where it is.
exported=$(echo "$symbols" | awk '$1 ~ /[A-TV-Z]/ && $2 !~ /^__x86\.get_pc_thunk\./ { print $2 }')
[ -n "$exported" ] || fail "$1 exports nothing"

bad=$(echo "$symbols" | awk '$1 == "U" { print $2 }' | sort -u |
	grep -vxE 'mem(cpy|move|set|cmp)|vcrypto_cursor_[a-z_]+|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail' |
	grep -vxF "$exported") || :
[ -z "$bad" ] || fail "they call $bad"
bad=$(echo "$symbols" | awk '$1 ~ /[bBdDC]/ { print $2 }')
[ -z "$bad" ] || fail "they have data: $bad"
bad=$(echo "$exported" | grep -v '^vcrypto_') || :
[ -z "$bad" ] || fail "names without vcrypto_: $bad"
bad=$(nm -- "$2" | awk 'NF > 1 { print $NF }' | grep -xF "$exported") || :
[ -z "$bad" ] || fail "the core's archive knows $bad"
