#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: null-backend.sh
#
# A device that does no cryptography: everything works, and the known answers are wrong. So the tests that pass
# with a real backend have looked at what it computes.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# must_fail PROGRAM ARGUMENT...: it reports failed cases, and nothing worse happens.
must_fail()
{
	local status=0

	vm --no-device --device virtio-cryptodev-pci,backend=null "${files[@]}" -- "$@" >"$tmp/report" || status=$?
	[ "$status" -eq 1 ] || fail "$1 ended with status $status, not 1: $(<"$tmp/report")"
	grep '^not ok' "$tmp/report" || fail "$1 failed for another reason: $(<"$tmp/report")"
}

files=(--file "${BASH_SOURCE[0]%/*}/../../unit-tests/vectors:/vectors")
must_fail "$PROGRAMS/kat" /vectors/aes.txt /vectors/hmac.txt
files=()
must_fail "$PROGRAMS/lab_crypt"
must_fail "$PROGRAMS/parallel" 1
