#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# usage: bench/guest.sh PROGRAM [VM-OPTION]... [-- ARGUMENT...]
#
# Compiles guest/PROGRAM.c ("calls", "copy" or "fairness"; its beginning says what it measures) and runs it in one virtual
# machine with our device. VM-OPTIONs go to vm-tests/vm.sh, such as --smp 2.
# VCRYPTO_BUILD names another build folder.

set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"

bench=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
top=$bench/..
build=${VCRYPTO_BUILD:-$top/build}

die()
{
	printf 'bench/guest.sh: %s\n' "$*" >&2
	exit 1
}

[ $# -ge 1 ] || die "usage: bench/guest.sh PROGRAM [VM-OPTION]... [-- ARGUMENT...]"
name=$1
shift
[ -f "$bench/guest/$name.c" ] || die "there is no $bench/guest/$name.c"
options=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	options+=("$1")
	shift
done
[ $# -eq 0 ] || shift

mkdir -p -- "$build/bench-guest"
program=$build/bench-guest/$name
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static -pthread -I"$top/guest-adapter/include" \
	-o "$program" "$bench/guest/$name.c" || die "the guest program does not compile"
exec "$top/vm-tests/vm.sh" run --timeout 900 ${options[@]+"${options[@]}"} \
	--file "$program:/root/$name" -- "/root/$name" "$@"
