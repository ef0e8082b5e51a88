#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: sparse.sh
#
# sparse, which tells the user's addresses and the wire's numbers from the kernel's own, finds nothing in the guest's
# modules. VM_KERNEL names another folder made by fetch-kernel.sh, VCRYPTO_BUILD another build folder.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

top=$(realpath -- "${BASH_SOURCE[0]%/*}/../..")
command -v sparse >/dev/null || { echo "SKIP: the package sparse is not installed"; exit 77; }
headers=$(realpath -- "${VM_KERNEL:-${VCRYPTO_BUILD:-$top/build}/kernel/6.1}/headers")
for folder in guest-adapter guest-adapter/small-devices; do
	# In a folder of its own: the modules that other tests boot stay as they are.
	VCRYPTO_BUILD=$tmp "$top/$folder/build.sh" --sparse "$headers"
done
logs=$(find "$tmp" -name build.log -exec cat -- {} +)
if grep -q 'specified, but sparse is not available or not up to date' <<<"$logs"; then
	echo "SKIP: sparse $(sparse --version) is too old for the headers of this kernel"
	exit 77
fi
checked=$(grep -c '^  CHECK ' <<<"$logs") || :
compiled=$(find "$tmp" -name '*.c' ! -name '*.mod.c' | wc -l)
[ "$checked" -eq "$compiled" ] || fail "sparse was to look at $compiled files, and looked at $checked"
