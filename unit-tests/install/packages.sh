#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Scripts that make packages and systems leave alone what is not their own.  Debian's tools are
# replaced here, so this runs on any machine, and nothing is compiled.
#
#	packages.sh SOURCE
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 1 "$@"

source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "FAIL: $*"
	exit 1
}

mkdir "$work/bin"
for program in dh fakeroot dpkg-checkbuilddeps lintian; do
	printf '#!/bin/sh\n' >"$work/bin/$program"
done
cat >"$work/bin/dpkg-parsechangelog" <<'END'
#!/bin/sh
case $* in *Version) echo 0.1.0-1 ;; *) echo 1700000000 ;; esac
END
# What it is to make: in the folder above the one that it is started in.
cat >"$work/bin/dpkg-buildpackage" <<'END'
#!/bin/sh
[ -x debian/rules ] && [ ! -e .git ] || exit 1
[ ! -e "$BREAK" ] || { echo it breaks; exit 1; }
touch ../vcryptod_0.1.0-1_amd64.deb ../vcrypto_0.1.0-1.dsc ../vcrypto_0.1.0-1_amd64.changes
END
chmod +x "$work"/bin/*
export PATH=$work/bin:$PATH BREAK=$work/break

# A small tree in place of ours, with what build.sh looks at.
mkdir -p "$work/tree"
cp -r "$source/packaging" "$source/.ci" "$work/tree"
build=$work/tree/packaging/build.sh
# A user's folder, with what names of our own could be, too.
mkdir -p "$work/user/vcrypto-0.1.0"
touch "$work/user/letter" "$work/user/vcrypto-0.1.0/notes"
echo mine >"$work/user/log"

files() {
	(cd "$1" && find . -type f | sort)
}

files "$work/user" >"$work/before"
files "$work/tree" >"$work/list"
for round in first second; do
	"$build" --output "$work/user" >"$work/said" 2>&1 || { cat "$work/said"; fail "the $round build ends with $?"; }
	grep -q vcryptod_0.1.0-1_amd64.deb "$work/said" || fail "the $round build does not say what it made"
	files "$work/user" | comm -23 "$work/before" - >"$work/gone"
	[ ! -s "$work/gone" ] || fail "the $round build removed $(cat "$work/gone")"
	grep -qx mine "$work/user/log" || fail "the $round build writes over a file"
done
# What is new: packages, their source and the log, and nothing that lies around.
files "$work/user" | comm -13 "$work/before" - >"$work/new"
if [ "$(wc -l <"$work/new")" -ne 5 ] || grep -qv '^\./vcryptod\?_' "$work/new"; then
	fail "these are left: $(cat "$work/new")"
fi

touch "$work/break"
! "$build" --output "$work/user" >"$work/said" 2>&1 || fail "a build that breaks ends well"
grep -q 'it breaks' "$work/said" || fail "a build that breaks does not say why: $(cat "$work/said")"
rm "$work/break"
diff "$work/new" <(files "$work/user" | comm -13 "$work/before" -) ||
	fail "a build that breaks leaves something"

# In the source nothing is put, but in the folder for what is built.
for folder in . packaging packaging/new; do
	! (cd "$work/tree" && "$build" --output "$folder") >"$work/said" 2>&1 || fail "--output $folder is taken"
	grep -q 'is in the source' "$work/said" || fail "--output $folder: $(cat "$work/said")"
	files "$work/tree" | diff "$work/list" - || fail "--output $folder changes the source"
done
(cd "$work/tree" && "$build" --output build/mine) >"$work/said" 2>&1 || fail "--output build/mine: $(cat "$work/said")"
"$build" --output "$work" >"$work/said" 2>&1 || fail "--output with the folder around: $(cat "$work/said")"
files "$work/tree" | grep -v '^\./build/' | diff "$work/list" - || fail "the source is changed"

# Systems for tests are made in a folder that has nothing else.
mkdir -p "$work/home/build"
touch "$work/home/build/notes"
! "$source/packaging/test.sh" "$source" bookworm "$work/home" >"$work/said" 2>&1 ||
	fail "packaging/test.sh takes a folder of somebody's"
grep -q 'has something else in it' "$work/said" || fail "packaging/test.sh: $(cat "$work/said")"
[ -e "$work/home/build/notes" ] || fail "packaging/test.sh removes files"
