#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# usage: vector-files.sh FOLDER
#
# Lists the files of symmetric algorithms in a folder of python3-cryptography-vectors, all of them but: what is
# prose, the values in the middle of the Monte Carlo tests (whose results are in the .rsp files beside them), and
# Camellia's ECB in a format of its own, which says "K No.001 : 00 00".
set -euo pipefail

cd -- "$1"
find ciphers hashes HMAC CMAC poly1305 -type f ! -name 'Readme.txt' ! -name 'SHA*Monte.txt' \
	! -name 'camellia-*-ecb.txt' | LC_ALL=C sort
