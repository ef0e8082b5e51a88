# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Shared by the tests that start vcryptod, after lib.sh: one daemon, whose messages are in $tmp/daemon.

# shellcheck disable=SC2154 # tmp and fail are lib.sh's
daemon=
trap '[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || :; rm -rf -- "$tmp"' EXIT

# start_daemon VCRYPTOD SOCKET [OPTION]...; VCRYPTO_STOCK_DAEMON names another for all tests, and options for it. The one
# with sanitizers, which take system calls and files that a sandbox denies:
#	VCRYPTO_STOCK_DAEMON="$PWD/build/fuzzing/vhost-user-adapter/vcryptod --sandbox=none" ctest --preset dev -L stock
start_daemon()
{
	local command=("$1") socket=$2 i

	[ -z "${VCRYPTO_STOCK_DAEMON-}" ] || read -ra command <<<"$VCRYPTO_STOCK_DAEMON"
	"${command[@]}" --socket-path="$socket" "${@:3}" 2>"$tmp/daemon" &
	daemon=$!
	for ((i = 0; i < 300; i++)); do
		[ ! -S "$socket" ] || return 0
		kill -0 "$daemon" 2>/dev/null || break
		sleep 0.1
	done
	cat -- "$tmp/daemon" >&2
	fail "vcryptod did not start"
}

# It must still be there, end when it is told to, and say nothing that is a fault.
stop_daemon()
{
	local status=0

	kill -0 "$daemon" 2>/dev/null || { cat -- "$tmp/daemon" >&2; fail "vcryptod has ended by itself"; }
	kill -TERM "$daemon"
	wait "$daemon" || status=$?
	daemon=
	cat -- "$tmp/daemon" >&2
	[ "$status" -eq 0 ] || fail "vcryptod ended with status $status"
}
