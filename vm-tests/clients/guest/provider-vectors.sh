# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2317 # check() calls functions by their names
#
# OpenSSL's own test of its algorithms, evp_test, with its own vectors, in /data, and the provider.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=provider-lib.sh
. "${0%/*}/provider-lib.sh"

# Vectors are short.
sed -i "s,^module = .*,&\nmin-bytes = 1," "$OPENSSL_CONF"

# Messages that the device has found to be forged, as some of the vectors are: each of them is tried in many ways.
refusals=0

# vectors FILE REQUESTS: more than so many.
vectors()
{
	requests=$(counter requests)
	forged=$(grep -c '^Result = CIPHER' "/data/$1.txt")
	evp_test -config "$OPENSSL_CONF" "/data/$1.txt" >vectors.log 2>&1 || { cat vectors.log; return 1; }
	requests=$(($(counter requests) - requests))
	completed=$(sed -n 's/.*# Completed \([0-9]*\) tests with 0 errors.*/\1/p' vectors.log)
	found=$(($(counter failures) - refusals))
	refusals=$((refusals + found))
	echo "note: $1: ${completed:-no} tests, $requests requests, $forged forgeries, $found refusals"
	[ "${completed:-0}" -gt 0 ] && [ "$requests" -gt "$2" ] && [ $((forged ? 0 : found)) = 0 ]
}

for file in evpciph_aes_common:100 evpciph_aes_ccm_cavs:100 evpciph_aes_stitched:-1 evpciph_chacha:10 \
	evpciph_camellia:10 evpciph_des3_common:1 evpmd_md:1 evpmd_sha:10 evpmac_common:10 \
	evpkdf_hkdf:10 evpkdf_tls12_prf:1 evpkdf_tls13_kdf:1 evpkdf_pbkdf2:1; do
	check "${file%:*} passes" vectors "${file%:*}" "${file#*:}"
done
# So decryption goes there at all.
check "forgeries are found by the device" [ "$refusals" -gt 100 ]
finish "$refusals"
