#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: stock-tcrypt.sh QEMU VCRYPTOD
#
# The kernel's own tcrypt over the standard's device, in session mode. It takes no name of a driver, but the one that
# has the highest priority: the device's in a guest whose processor has no AES. It never stays loaded, with EAGAIN.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=../lib.sh
. "${BASH_SOURCE[0]%/*}/../lib.sh"

[ $# -eq 2 ] || fail "which QEMU, which daemon? (--help explains)"
module=$(find "$KERNELS/$SERIES/" -name tcrypt.ko -print -quit) || :
[ -n "$module" ] || { echo "SKIP: no tcrypt.ko in $KERNELS/$SERIES: run vm-tests/fetch-kernel.sh"; exit 77; }
status=0
"${BASH_SOURCE[0]%/*}/stock.sh" --plain session "$1" "$2" --qemu-arg -cpu --qemu-arg max,aes=off \
	--file "$module:/tcrypt.ko" -- sh -c 'insmod /tcrypt.ko mode=500 sec=0; dmesg' >"$tmp/log" || status=$?
[ "$status" -ne 77 ] || { cat -- "$tmp/log"; exit 77; }
[ "$status" -eq 0 ] || fail "the guest failed with status $status"
for direction in encryption decryption; do
	grep -F -A 1 "(virtio_crypto_aes_cbc) $direction" "$tmp/log" | grep 'operation in' ||
		fail "tcrypt did not come to the device: $direction"
done
! grep -E '(encryption|decryption|setkey).* failed' "$tmp/log" || fail "see above"
