#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vcrypto is built by the one line that its manual for users shows.
#
#	alone.sh CC SOURCE_DIR
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 2 "$@"

cc=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

line=$(grep -m 1 '^cc .* -o vcrypto ' "$source/guest-adapter/README.md") ||
	{ echo "FAIL: guest-adapter/README.md has no such line"; exit 1; }
cp -r "$source/guest-adapter" "$work"
cd "$work"
sh -c "${cc}${line#cc}"
[ "$(./vcrypto --version)" = "vcrypto $(sed -n 's/^#define TOOL_VERSION "\(.*\)"$/\1/p' guest-adapter/tool/tool.h)" ]
