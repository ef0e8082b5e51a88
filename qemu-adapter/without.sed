# SPDX-License-Identifier: GPL-2.0-or-later
# Takes away from a file of QEMU what install.sh has added.
/^# @CryptodevVcryptoProperties:$/,/^# @CryptodevVhostUserProperties:$/ {
	/^# @CryptodevVhostUserProperties:$/!d
}
/vcrypto/Id
