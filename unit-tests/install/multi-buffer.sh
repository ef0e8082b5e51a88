#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#
# usage: multi-buffer.sh SOURCE FOLDER
#
# Fetches Debian 13's libipsec-mb, version 2, into FOLDER, builds the backends with its header there, and runs the tests
# of jobs and all vectors of the project with that library, without a change to the machine.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 2 "$@"

source=$1
folder=$2
libs=$folder/library/usr/lib/x86_64-linux-gnu

die() {
	echo "multi-buffer.sh: $*" >&2
	exit 1
}

# shellcheck source-path=SCRIPTDIR source=../../.ci/apt.sh
. "$source/.ci/apt.sh"

if [ "$(dpkg --print-architecture 2>/dev/null)" != amd64 ]; then
	echo "SKIP: the library is for amd64, and fetched with Debian's tools"
	exit 77
fi

# fetch PACKAGE NAME: unpacks it as FOLDER/NAME, once.
fetch() {
	[ -d "$folder/$2" ] || apt_package "$folder/apt" trixie "$1" "$folder/$2"
}

build() {
	C_INCLUDE_PATH=$folder/header/usr/include
	export C_INCLUDE_PATH
	cmake -S "$source" -B "$folder/build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DVCRYPTO_IPSEC_MB=ON
	cmake --build "$folder/build" --parallel 2 --target vcrypto-kat test_batches test_jobs test_backends
}

mkdir -p -- "$folder"
fetch libipsec-mb2 library
fetch libipsec-mb-dev header
build >"$folder/log" 2>&1 || {
	cat -- "$folder/log" >&2
	die "it does not build with the header of version 2"
}
grep -q 'libIPSec_MB\.so\.2' "$folder/build/unit-tests/test_batches" || die "it is not built for version 2"
export LD_LIBRARY_PATH=$libs
for backend in ipsec_mb mixed; do
	for test in batches jobs backends; do
		VCRYPTO_BACKEND=$backend "$folder/build/unit-tests/test_$test"
	done
done
"$folder/build/unit-tests/kat/vcrypto-kat" --backend ipsec_mb,mixed --cuts rotate "$source"/unit-tests/vectors/*.txt
