# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Shared by the scripts of this folder, which busybox's sh runs in the guest: cases, reported as in
# ../../programs/check.h, and what the device has counted. A case is a function; it fails with its first
# command that does, hence the many "&&" ("set -e" does not work in functions that are conditions).

cases=0 failed=0
mkdir -p /tmp/clients
cd /tmp/clients || exit

# check NAME FUNCTION [ARGUMENT]...: one case. NAME is a sentence that holds if FUNCTION succeeds.
check()
{
	name=$1
	shift
	cases=$((cases + 1))
	if "$@" >case.log 2>&1; then
		grep '^note: ' case.log | sed 's/^note: /# /'
		echo "ok $cases - $name"
	else
		sed 's/^/# /' case.log
		echo "not ok $cases - $name"
		failed=1
	fi
}

# skip NAME REASON
skip()
{
	cases=$((cases + 1))
	echo "ok $cases - $1 # SKIP $2"
}

# finish [REFUSALS]: the last cases, the plan, and the end of the script. The device has to have refused so many requests, or
# none.
finish()
{
	check "no session is left" counter_becomes sessions 0
	check "no context is left" counter_becomes contexts 0
	check "the device has refused nothing${1:+ else}" counter_becomes failures "${1:-0}"
	echo "1..$cases"
	exit $failed
}

# counter NAME: a sum over all devices.
counter() { cat /sys/bus/virtio/devices/virtio*/counters/"$1" | awk '{ sum += $1 } END { print sum + 0 }'; }

# counter_becomes NAME VALUE: waits a little, because the guest frees without waiting.
counter_becomes()
{
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ "$(counter "$1")" != "$2" ] || return 0
		sleep 0.2
	done
	echo "counter $1 is $(counter "$1"), not $2"
	return 1
}

# wait_for_port PORT: until somebody listens. Without a connection: a server may accept one and no more.
wait_for_port()
{
	hexport=$(printf ':%04X' "$1")
	for _ in $(seq 100); do
		! grep -q "$hexport 00000000:0000 0A" /proc/net/tcp || return 0
		sleep 0.1
	done
	echo "nobody listens on port $1"
	return 1
}

# device_reads BYTES COMMAND...: the command succeeds, and meanwhile the device is given at least as many bytes.
device_reads()
{
	least=$1
	shift
	before=$(counter bytes_in)
	"$@" || return
	read=$(($(counter bytes_in) - before))
	[ "$read" -ge "$least" ] || { echo "the device has read $read bytes, expected at least $least"; return 1; }
}
