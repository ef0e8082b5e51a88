#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Configures the project as others do, and looks at what comes of it.
#
#	ways.sh CASE SOURCE CC
#
# CASE: bare, asked, no-tests, one-off, folders
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 3 "$@"

source=$2
export CC=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
	echo "FAIL: $*"
	exit 1
}

# says PATTERN: a line of the log.
says() {
	grep -Eq -- "$1" log || { cat log; fail "no line like '$1'"; }
}

# As on a machine that has cmake and a compiler, and no library of those we look for.
hidden=(-DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON)

# Everything turns itself off, and says which package brings it in.
bare() {
	cmake -S "$source" -B build "${hidden[@]}" >log 2>&1 || { cat log; fail "does not configure"; }
	says '^--   backend libcrypto +out: needs libssl-dev$'
	says '^--   backend nettle +out: needs nettle-dev$'
	says '^--   backend hostdev +in$'
	says '^--   unit tests +out: needs libssl-dev libcmocka-dev$'
	says '^--   vcrypto-kat +out: needs libjansson-dev$'
	says '^--   fuzz targets +in$'
	says '^--   vcryptod has no filter .*needs libseccomp-dev$'
	! grep -q vcryptod.service build/vhost-user-adapter/cmake_install.cmake ||
		fail "a service of a daemon without the filter that it asks for"
	cmake --build build --target vcrypto_static vcrypto_null_shared >log 2>&1 ||
		{ cat log; fail "does not build"; }
}

# What was asked for and cannot be is an error, one for all.
asked() {
	! cmake -S "$source" -B build "${hidden[@]}" -DVCRYPTO_TESTS=ON -DVCRYPTO_KAT=ON >log 2>&1 ||
		fail "configures without what it needs"
	tr '\n' ' ' <log | sed 's/  */ /g' >line && mv line log
	says 'apt-get install libssl-dev libcmocka-dev libjansson-dev'
	says 'VCRYPTO_TESTS \(libssl-dev libcmocka-dev\), VCRYPTO_KAT \(libjansson-dev\)'
}

# A backend goes with the one that it calls, and nobody gets it who asked for it alone.
one_off() {
	cmake -S "$source" -B build -DVCRYPTO_LIBCRYPTO=OFF >log 2>&1 || { cat log; fail "does not configure"; }
	says '^-- libvcrypto [0-9.]+: backends (nettle )?hostdev null$'
	says '^--   backend ipsec_mb +out: (VCRYPTO_LIBCRYPTO=OFF|needs .*)$'
	[ -n "$(find /usr/include -maxdepth 1 -name intel-ipsec-mb.h)" ] || return 0
	! cmake -S "$source" -B alone -DVCRYPTO_LIBCRYPTO=OFF -DVCRYPTO_IPSEC_MB=ON >log 2>&1 ||
		fail "configures ipsec_mb without libcrypto"
	says 'the backend ipsec_mb needs the backend libcrypto'
}

no_tests() {
	cmake -S "$source" -B build -DBUILD_TESTING=OFF >log 2>&1 || { cat log; fail "does not configure"; }
	ctest --test-dir build -N >log 2>&1
	says '^Total Tests: 0$'
	cmake --build build --target help >log
	says 'vcrypto_static'
	! grep -E 'test_|fuzz-' log || fail "there are targets of tests"
}

# The folder of a preset below build/ is none that a plain build in build/ has.
folders() {
	local name
	cmake -N -S "$source" --list-presets | sed -n 's/^  "\(.*\)" .*/\1/p' >names
	[ -s names ] || fail "no presets"
	while read -r name; do
		(cd "$source" && cmake -N --preset "$name" -B "$work/x" >/dev/null) || fail "preset $name"
	done <names
	{ sed -n 's/.*"binaryDir": "${sourceDir}\/build\/\([^"]*\)".*/\1/p' "$source/CMakePresets.json"
		cat names; } | grep -v presetName | sort -u >folders
	while read -r name; do
		# The fuzz preset says where; all others are where their names say.
		[ "$name" != fuzz ] || continue
		[ ! -e "$source/$name/CMakeLists.txt" ] || fail "build/$name is a plain build's own"
	done <folders
	grep -qx fuzzing folders || fail "where is preset fuzz?"
}

case $1 in
bare | asked | folders) "$1" ;;
no-tests) no_tests ;;
one-off) one_off ;;
*) fail "no case $1" ;;
esac
