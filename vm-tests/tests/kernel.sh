#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: kernel.sh [--faults] [--first] [OPTION of vm.sh]... -- PROGRAM [ARGUMENT]...
#
# As tap.sh, or with --faults as faults.sh, with the module's algorithms in the kernel's crypto API, where they come last: by the name of an algorithm
# the program gets the kernel's software, by that of our driver the device. With --first they come first, and the kernel uses them.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

runner=tap.sh
[ "${1-}" != --faults ] || { runner=faults.sh; shift; }
priority=1
[ "${1-}" != --first ] || { priority=10000; shift; }
options=()
# Software's names differ: in 7.3 some are chacha, some are no modules any more.
for module in xts ctr gcm ccm 'ghash_generic?' chacha20poly1305 'chacha_generic?' 'chacha?' 'poly1305_generic?' \
	'sha512_generic?' 'sha3_generic?' 'sha3?' rmd160 algif_skcipher algif_aead algif_hash loop dm-crypt; do
	options+=(--module "$module")
done
while [ "${1-}" != -- ]; do
	[ $# -gt 0 ] || fail "no program"
	options+=("$1")
	shift
done
shift
# shellcheck disable=SC2016 # the guest's shell expands that
"$(dirname -- "${BASH_SOURCE[0]}")/$runner" --no-insmod "${options[@]}" --file "$1" -- \
	sh -c 'insmod /lib/modules/vcrypto.ko kernel_api=1 kernel_priority="$0" && exec "$@"' $priority "$@"
