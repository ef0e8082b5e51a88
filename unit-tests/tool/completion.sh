#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bash offers behind "vcrypto": each command, and the options and algorithms of each, as it knows them.
#
#	completion.sh VCRYPTO COMPLETION
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 2 "$@"

vcrypto=$1
status=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
touch 'file one' other
# shellcheck source-path=SCRIPTDIR source=../../guest-adapter/tool/vcrypto.bash-completion
. "$2"

# offers EXPECTED WORD...: the last word is what has been typed of it.
offers()
{
	local expected=$1 is

	shift
	COMP_WORDS=("$vcrypto" "$@") COMP_CWORD=$# COMPREPLY=()
	_vcrypto "$vcrypto" "${*: -1}" "${COMP_WORDS[COMP_CWORD - 1]}"
	is=$(printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' ')
	if [ "${is% }" != "$expected" ]; then
		echo "FAIL: vcrypto $*: '${is% }', not '$expected'"
		status=1
	fi
}

offers '--help --version aead dec enc hash info list mac speed' ''
offers 'speed' s
offers 'dec enc' aead ''
offers 'aes-gcm' aead enc aes-g
offers 'sha3-224 sha3-256 sha3-384 sha3-512' hash sha3-
offers 'aes-cbc aes-cfb aes-ctr' enc aes-c
offers 'hmac-sha1' mac hmac-sha1
offers 'aes-cbc aes-ccm aes-cfb aes-ctr' speed sha1 aes-c
offers '--seconds --size --software' speed --s
offers '--padding' dec aes-cbc --pad
offers '' hash sha1 --pad
offers 'none pkcs7' dec aes-cbc --padding ''
offers 'file one' enc aes-cbc --key-file fi
offers 'file one' enc aes-cbc --passphrase-file fi
offers 'other' enc aes-cbc -i o
offers 'other' hash sha256 o
offers '' enc aes-cbc --key 0
offers '' nonsense x
exit $status
