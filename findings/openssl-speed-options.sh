#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
OpenSSL 3.5: 'openssl speed' acts on each option as it reads it. With -evp before -propquery (or -provider)
it has fetched the algorithm by the time it hears which provider to measure, and measures the default one,
without a word and with status 0. Shown with a property query that nothing can answer.
END

fetch trixie openssl=3.5.9-1~deb13u1 libssl3t64=3.5.9-1~deb13u1 libc6=2.41-12+deb13u5 \
	zlib1g=1:1.3.dfsg+really1.3.1-1+deb13u1 libzstd1=1.5.7+dfsg-1+deb13u1

# speed OPTION...: its status, and whether it has measured something.
speed()
{
	local out status=0

	out=$(run usr/bin/openssl speed -seconds 1 -bytes 64 "$@" 2>&1) || status=$?
	if grep -Eq '^AES-128-CBC +[1-9][0-9.]*k' <<<"$out"; then
		echo "$*: status $status, a figure"
	elif grep -q 'unknown cipher' <<<"$out"; then
		echo "$*: status $status, unknown cipher"
	else
		echo "$*: status $status, ${out##*$'\n'}"
	fi
}

expected "the order of two options does not matter: neither finds a cipher"
seen=$(speed -propquery provider=nosuch -evp aes-128-cbc
	speed -evp aes-128-cbc -propquery provider=nosuch)
happened "-propquery provider=nosuch -evp aes-128-cbc: status 1, unknown cipher
-evp aes-128-cbc -propquery provider=nosuch: status 0, a figure" "$seen"
