#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: module.sh
#
# The module can be unloaded while idle and loaded again, many times; not while a file is open.
# VCRYPTO_BUILD names another build folder.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

cat >"$tmp/script" <<'END'
set -e
module=/lib/modules/vcrypto.ko
fail() { echo "module.sh (guest): $*" >&2; exit 1; }

[ ! -e /dev/crypto ] || fail "/dev/crypto is there before the module"
for cycle in $(seq 20); do
	insmod $module
	[ -c /dev/crypto ] && [ -c /dev/cryptodev0 ] || fail "no nodes after insmod $cycle"
	lab_crypt >/tmp/report || fail "does not work after insmod $cycle: $(cat /tmp/report)"
	if [ "$cycle" = 10 ]; then
		for node in /dev/crypto /dev/cryptodev0; do
			exec 9<>$node
			! rmmod vcrypto 2>/tmp/error || fail "rmmod works while $node is open"
			grep -Eq 'temporarily unavailable|busy' /tmp/error || fail "rmmod says: $(cat /tmp/error)"
			lab_crypt >/tmp/report || fail "does not work after a refused rmmod: $(cat /tmp/report)"
			exec 9<&-
		done
	fi
	rmmod vcrypto || fail "rmmod $cycle does not work"
	[ ! -e /dev/crypto ] && [ ! -e /dev/cryptodev0 ] || fail "nodes are left after rmmod $cycle"
done
insmod $module
lab_fork
echo done
END
vm --no-insmod --file "$tmp/script:/script" --file "$PROGRAMS/lab_crypt:/bin/lab_crypt" \
	--file "$PROGRAMS/lab_fork:/bin/lab_fork" -- sh /script | tee "$tmp/report"
[ "$(tail -n 1 "$tmp/report")" = "done" ] || fail "the script did not finish"
