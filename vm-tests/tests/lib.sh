# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Shared by the tests of this folder that have a part on the host. ctest gives PROGRAMS, the folder of the
# built programs.

set -euo pipefail
# shellcheck source=../../.ci/usage.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../../.ci/usage.sh"
export LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin

# shellcheck disable=SC2034 # for the scripts that source this file
PROGRAMS=${PROGRAMS:-}
VM=$(dirname -- "${BASH_SOURCE[0]}")/../vm.sh

tmp=$(mktemp -d)
trap 'rm -rf -- "$tmp"' EXIT
trap 'exit 130' INT

fail()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# vm OPTION... -- PROGRAM...: in a VM whose kernel must not complain, but where VM_MAY_WARN fits, see vm.sh --may-warn.
# On a machine that is busy with other things a test can take ten times as long as usual.
vm()
{
	local check=(--check-log)

	[ -z "${VM_MAY_WARN-}" ] || check+=(--may-warn "$VM_MAY_WARN")
	"$VM" run "${check[@]}" --timeout 300 "$@"
}
