#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: stock-gone.sh SIGNAL VCRYPTOD WAY-QEMU...
#
# Guests of QEMUs as stock.sh has them (session-7.2, whole-11.1), at one daemon, which SIGNAL ends while they make
# requests: the requests that follow fail or hang, whatever the QEMU does, and no answer is wrong.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

[ $# -ge 3 ] || fail "which signal, which daemon, which ways? (--help explains)"
signal=$1 vcryptod=$2
shift 2
declare -A guests
trap 'end_guests; [ -z "$daemon" ] || kill "$daemon" 2>/dev/null; rm -rf -- "$tmp"' EXIT
export STOCK_SOCKET=$tmp/socket

# In process groups of their own, which can be ended as a whole.
start_guest()
{
	set -m
	"${BASH_SOURCE[0]%/*}/stock.sh" --plain "${1%-*}" "${1#*-}" "$vcryptod" --timeout 600 \
		-- "$PROGRAMS/alg_gone" >"$tmp/$1" 2>"$tmp/$1.errors" &
	guests[$1]=$!
	set +m
}

end_guests()
{
	local pid

	for pid in "${guests[@]}"; do
		kill -TERM -- "-$pid" 2>/dev/null || :
	done
}

wait_until_at_work()
{
	local i status

	for ((i = 0; i < 6000; i++)); do
		! grep -q '^# at work' "$tmp/$1" || return 0
		kill -0 "${guests[$1]}" 2>/dev/null || break
		sleep 0.1
	done
	status=0
	wait "${guests[$1]}" || status=$?
	cat -- "$tmp/$1" "$tmp/$1.errors" >&2
	[ "$status" -ne 77 ] || exit 77
	fail "$1: the guest did not begin"
}

# A QEMU may end of it: that is its own, and no wrong answer either.
finish()
{
	local status=0

	wait "${guests[$1]}" || status=$?
	unset "guests[$1]"
	sed "s/^/$1: /" "$tmp/$1" "$tmp/$1.errors"
	! grep -q '^not ok' "$tmp/$1" || fail "$1: see above"
	[ "$status" -ne 124 ] || fail "$1: the guest itself hangs"
	grep -q '^ok ' "$tmp/$1" || echo "$1: QEMU has ended, or its guest: status $status"
}

start_daemon "$vcryptod" "$STOCK_SOCKET"
for guest; do
	start_guest "$guest"
done
for guest; do
	wait_until_at_work "$guest"
done
kill -s "$signal" "$daemon"
wait "$daemon" || echo "vcryptod: status $?"
daemon=
for guest; do
	finish "$guest"
done
