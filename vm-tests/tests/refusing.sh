#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: refusing.sh PROVIDER [OPTION of vm.sh]... -- PROGRAM [ARGUMENT]...
#
# As tap.sh, with a device whose libcrypto refuses keys: OpenSSL's configuration asks for PROVIDER, a file that has what
# a FIPS module has (unit-tests/fips/), and for nothing else.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

[ -f "${1-}" ] || fail "there is no provider '${1-}'"
name=$(basename -- "$1" .so)
cat >"$tmp/openssl.cnf" <<END
openssl_conf = start
[start]
providers = providers
alg_section = algorithms
[providers]
$name = provider
base = provider
[provider]
activate = 1
[algorithms]
default_properties = fips=yes
END
OPENSSL_CONF=$tmp/openssl.cnf
OPENSSL_MODULES=$(dirname -- "$1")
export OPENSSL_CONF OPENSSL_MODULES
shift
"$(dirname -- "${BASH_SOURCE[0]}")/tap.sh" "$@"
