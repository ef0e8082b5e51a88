#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# usage: samples.sh FOLDER [SAMPLES]
#
# Makes a file in FOLDER of each sample in SAMPLES (samples.txt): the names and the ends of
# files tell vcrypto-kat what it reads.
set -euo pipefail

from=${2:-$(dirname "$(readlink -f "$0")")/samples.txt}
mkdir -p -- "$1"
LC_ALL=C awk -v folder="$1" '
	/^=== / { file = folder "/" $2; n++; next }
	n { print >file }
	END { exit !n }' "$from" || { echo "samples.sh: there are no samples in $from" >&2; exit 1; }
