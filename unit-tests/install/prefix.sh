#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Installs the build into a fresh prefix, and moves it, because what is installed
# must not know where it is.
#
#	prefix.sh BUILD_DIR PREFIX
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 2 "$@"

build=$1 prefix=$2
rm -rf "$prefix" "$prefix.first"
cmake --install "$build" --prefix "$prefix.first" >"$prefix.log"
mv "$prefix.first" "$prefix"
# No path of this machine's in what is installed.
if grep -rIl "$build\|$prefix" "$prefix"; then
	echo "FAIL: these files name the build or the prefix"
	exit 1
fi
