#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Runs test programs of the OpenSSL provider, as they were built here, with Debian 13's OpenSSL.
#
#	openssl.sh PROGRAM...
#
# That is what vm-tests/clients/fetch-openssl.sh has put into build/.
# VCRYPTO_BUILD names another build folder.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"

[[ $# -gt 0 && $1 != -* ]] || { echo "openssl.sh: programs are needed (--help explains)" >&2; exit 2; }
run=${VCRYPTO_BUILD:-$(dirname "$0")/../../build}/openssl-3.5/run
[ -x "$run" ] || { echo "SKIP: vm-tests/clients/fetch-openssl.sh has not been run"; exit 77; }
"$run" openssl version
for program; do
	"$run" "$program"
done
