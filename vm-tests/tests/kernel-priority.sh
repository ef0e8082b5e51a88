#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: kernel-priority.sh
#
# By default the module's algorithms come before the kernel's software in plain C, and behind all that uses the
# processor's instructions, as /proc/crypto has them.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

cat >"$tmp/script" <<'END'
insmod /lib/modules/vcrypto.ko kernel_api=1
tries=0
until grep -A 9 vcrypto-hmac-sha3-512 /proc/crypto | grep -q 'selftest.*passed'; do
	tries=$((tries + 1))
	[ "$tries" -lt 300 ] || exit 1
	sleep 0.1
done
cat /proc/crypto
END
options=()
for module in aesni_intel ctr ccm gcm xts seqiv chacha20poly1305 'chacha_generic?' 'chacha?' 'poly1305_generic?' \
	'sha512_generic?' 'sha3_generic?' 'sha3?' rmd160; do
	options+=(--module "$module")
done
vm --no-insmod "${options[@]}" --file "$tmp/script:/script" -- sh /script >"$tmp/crypto" || fail "exit status $?"
# IPsec's name is its own, whatever is in it: it is not to have ours in it where the processor's is preferred.
grep -q '^driver *: rfc4106-gcm-aesni' "$tmp/crypto" || fail "the processor has no rfc4106(gcm(aes))"
! grep '^driver *: seqiv(rfc4106(vcrypto' "$tmp/crypto" || fail "IPsec would take the device"
# Of software in C the driver has 'generic' in its name; what a driver has for itself only begins with __, and what stands
# around another is as good as that.
awk -v RS= -F '\n' '
	function value(i) { sub(/^[^:]*: /, "", $i); return $i }
	{ name = value(1); driver = value(2); priority = value(4) }
	name ~ /^__/ || driver ~ /\(.*\(/ { next }
	driver ~ /^vcrypto-/ { ours[name] = priority; next }
	# 7.3 has its library do it, and gives C no more than 100.
	driver ~ /-lib\)*$/ && priority <= 100 { plain[name] = priority; next }
	driver ~ /generic/ && driver !~ /aesni|-lib/ { plain[name] = priority; next }
	!(name in first) || priority < first[name] { first[name] = priority }
	END {
		for (name in ours) {
			if (name in plain && plain[name] >= ours[name]) { print name ": behind plain C"; bad++ }
			if (name in first && first[name] <= ours[name]) { print name ": before the processor"; bad++ }
			compared += (name in plain) + (name in first)
		}
		print length(ours) " algorithms, " compared " comparisons"
		exit bad > 0 || compared < 5
	}' "$tmp/crypto" || fail "the priorities are wrong"
