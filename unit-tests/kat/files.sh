#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# usage: files.sh samples FOLDER [SAMPLES]
#        files.sh packaged FOLDER
#
# samples makes a file in FOLDER of each sample in SAMPLES (samples.txt): the names and the ends of files tell
# vcrypto-kat what it reads.
#
# packaged lists the files of symmetric algorithms in a folder of python3-cryptography-vectors, all of them but: what
# is prose, the values in the middle of the Monte Carlo tests (whose results are in the .rsp files beside them), and
# Camellia's ECB in a format of its own, which says "K No.001 : 00 00".
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"

samples()
{
	local from=${2:-$(dirname "$(readlink -f "$0")")/samples.txt}

	mkdir -p -- "$1"
	LC_ALL=C awk -v folder="$1" '
		/^=== / { file = folder "/" $2; n++; next }
		n { print >file }
		END { exit !n }' "$from" || { echo "files.sh: there are no samples in $from" >&2; exit 1; }
}

packaged()
{
	cd -- "$1"
	find ciphers hashes HMAC CMAC poly1305 -type f ! -name 'Readme.txt' ! -name 'SHA*Monte.txt' \
		! -name 'camellia-*-ecb.txt' | LC_ALL=C sort
}

case ${1-},$# in
samples,[23] | packaged,2) "$@" ;;
*) sed -n '4,5s/^# //p' "$0" >&2; exit 2 ;;
esac
