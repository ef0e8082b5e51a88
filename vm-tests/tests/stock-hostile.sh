#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: stock-hostile.sh session|whole|object QEMU VCRYPTOD
#
# session, whole:
# Two guests at one daemon, one of them hostile: it floods its ring and breaks it in many ways. The other's answers are
# right, and the daemon lives on. How long the other waits is printed: alone, beside a guest that only keeps its
# processor busy, which on a small machine is much of the price, and beside the hostile one. The machine decides what
# that is worth, so nothing fails for it.
#
# object: one guest, because QEMU does the work itself, and serves nobody else. It is hostile for some turns. Then its
# kernel has the device again, and the answers are right.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

[ $# -eq 3 ] || fail "which way, which QEMU, which daemon? (--help explains)"
way=$1 version=$2 vcryptod=$3
neighbour=
trap 'end_neighbour; [ -z "$daemon" ] || kill "$daemon" 2>/dev/null; rm -rf -- "$tmp"' EXIT
export STOCK_SOCKET=$tmp/socket

# QEMU lives as long as the guest does.
object()
{
	# shellcheck disable=SC2016 # the guest's shell expands that
	"${BASH_SOURCE[0]%/*}/stock.sh" object "$version" "$vcryptod" --kernel-arg iomem=relaxed \
		--file "$PROGRAMS/hostile:/hostile" --file "$PROGRAMS/alg:/alg" -- sh -c '
		/hostile 4 || exit
		for device in /sys/bus/pci/devices/*; do
			[ "$(cat "$device/vendor")" != 0x1af4 ] || [ -e "$device/driver" ] ||
				echo "${device##*/}" >/sys/bus/pci/drivers/virtio-pci/bind || exit
		done
		exec /alg 100'
}
# A processor for each guest, as far as there are two; the daemon may be on any.
guest()
{
	local processor=$1

	shift
	taskset -c "$((processor % $(nproc)))" "${BASH_SOURCE[0]%/*}/stock.sh" "$@"
}

# In a process group of its own, which can be ended as a whole.
start_neighbour()
{
	local i

	set -m
	guest 1 --plain "$way" "$version" "$vcryptod" --kernel-arg iomem=relaxed --timeout 1200 \
		-- "$PROGRAMS/hostile" "$@" >"$tmp/neighbour" 2>&1 &
	neighbour=$!
	set +m
	for ((i = 0; i < 3000; i++)); do
		! grep -q '^hostile: ' "$tmp/neighbour" || return 0
		kill -0 "$neighbour" 2>/dev/null || break
		sleep 0.1
	done
	cat -- "$tmp/neighbour" >&2
	fail "the other guest did not begin"
}

end_neighbour()
{
	[ -n "$neighbour" ] || return 0
	kill -TERM -- "-$neighbour" 2>/dev/null || :
	wait "$neighbour" || :
	neighbour=
}

# victim NAME: its p99 goes into p99[NAME].
declare -A p99
victim()
{
	local status=0

	guest 0 "$way" "$version" "$vcryptod" -- "$PROGRAMS/alg" 10 3000 >"$tmp/victim" || status=$?
	[ "$status" -ne 77 ] || { cat -- "$tmp/victim"; exit 77; }
	sed "s/^/$1: /" "$tmp/victim"
	[ "$status" -eq 0 ] || fail "$1: the guest's answers are wrong, or it did not come to its end"
	p99[$1]=$(sed -n 's/.* p99 \([0-9]*\),.*/\1/p' "$tmp/victim")
}

# Where three want two processors the daemon may come to few of the rings before they are new ones.
break_more_rings()
{
	local i

	for ((i = 0; i < 600 && $(grep -c 'is broken' "$tmp/daemon") < 20; i++)); do
		sleep 0.1
	done
	tail -n 1 -- "$tmp/neighbour"
}

# beside NAME PROGRAM...: and the neighbour is still at work afterwards.
beside()
{
	start_neighbour "${@:2}"
	victim "$1"
	kill -0 "$neighbour" 2>/dev/null || { cat -- "$tmp/neighbour" >&2; fail "$1: the other guest has ended"; }
	[ "$1" != hostile ] || break_more_rings
	end_neighbour
}

counter() { sed -n "s/^vcryptod: counters: $1: \([0-9]*\).*/\1/p" "$tmp/daemon"; }

if [ "$way" = object ]; then
	object
	exit
fi
# Both in one loop, where they take turns; else in two, which is what the daemon has by itself.
loops=()
[ "$way" != session ] || loops=(--threads=1)
start_daemon "$vcryptod" "$STOCK_SOCKET" "${loops[@]}"
victim alone
beside busy busy
beside hostile
kill -USR1 "$daemon"
for ((i = 0; i < 100; i++)); do
	! grep -q 'that is all' "$tmp/daemon" || break
	sleep 0.1
done
broken=$(counter 'broken rings')
stop_daemon
[[ $(tail -n 1 -- "$tmp/neighbour") =~ ^hostile:\ ([0-9]+)\ rings,\ ([0-9]+)\ requests ]] || fail "the hostile guest did not report"
[ "${BASH_REMATCH[2]}" -gt 0 ] || fail "the hostile guest's floods came to nothing"
[ "${broken:-0}" -ge 20 ] || fail "only ${broken:-0} rings were broken"
echo "rings that the daemon found broken: $broken"
awk -v alone="${p99[alone]}" -v busy="${p99[busy]}" -v hostile="${p99[hostile]}" 'BEGIN {
	printf "p99: alone %d us, beside a busy guest %d us, beside a hostile one %d us: ", alone, busy, hostile
	printf "%.2f of alone, %.2f of busy\n", hostile / alone, hostile / busy }'
