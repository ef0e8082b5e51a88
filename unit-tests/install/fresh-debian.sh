#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# README's first commands, word for word, by an ordinary user of a fresh Debian 12 that has the
# packages which README names and no other.
#
#	fresh-debian.sh SOURCE FOLDER
#
# Makes that system in FOLDER, which is kept, with debootstrap and some hundred megabytes of
# packages.  Exit status 77: this machine cannot, and it says why.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../../.ci/usage.sh
. "$(dirname "$0")/../../.ci/usage.sh"
need_arguments 2 "$@"

source=$1 folder=$2

skip() {
	echo "SKIP: $*"
	exit 77
}

fail() {
	echo "FAIL: $*"
	exit 1
}

[ "$(id -u)" -eq 0 ] || skip "only root can make a system in a folder"
command -v debootstrap >/dev/null || skip "install the package debootstrap"
# shellcheck disable=SC2016 # apt's variables, not the shell's
mirror=$(apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI) $(COMPONENT)' \
	'Created-By: Packages' | awk '$1 == "Debian" && $2 == "bookworm" && $4 == "main" { print $3; exit }')
[ -n "$mirror" ] || skip "apt knows no archive with Debian 12"

# "(on Debian 12 it needs a, b and c):", and the block that follows.
packages=$(tr '\n' ' ' <"$source/README.md" | sed -n 's/.*(on Debian 12 it needs \([^)]*\)).*/\1/p' |
	sed 's/,/ /g; s/ and / /g' | tr -s ' ' ',')
commands=$(awk '/on Debian 12 it needs/ { found = 1 } found && /^```/ { if (inside) exit; inside = 1; next }
		inside { print }' "$source/README.md")
[ -n "$packages" ] && grep -q '^cmake -B build' <<<"$commands" || fail "README has no such commands"

root=$folder/root
if [ "$(cat "$folder/made-with" 2>/dev/null)" != "$packages" ]; then
	[ -e "$folder/made-with" ] || [ -z "$(ls -A "$folder" 2>/dev/null)" ] ||
		fail "$folder has something else in it"
	rm -rf "$folder"
	mkdir -p "$folder"
	: >"$folder/made-with"
	debootstrap --variant=minbase --include="$packages" bookworm "$root" "$mirror" \
		>"$folder/log" 2>&1 || { tail -n 3 "$folder/log"; skip "debootstrap could not get Debian 12"; }
	echo "$packages" >"$folder/made-with"
fi
rm -rf "$root/home/user"
mkdir -p "$root/home/user/libvcrypto"
git -C "$source" ls-files -z | tar -C "$source" --null -T - -c | tar -x -C "$root/home/user/libvcrypto"
chown -R 1000:1000 "$root/home/user"
cat >"$folder/run" <<END
mount --bind /dev "$root/dev"
mount -t proc proc "$root/proc"
exec env -i PATH=/usr/bin:/bin HOME=/home/user LC_ALL=C CTEST_OUTPUT_ON_FAILURE=1 \
	"$(command -v chroot)" --userspec=1000:1000 "$root" sh -euxc 'cd /home/user/libvcrypto
$commands'
END
status=0
unshare --mount --pid --fork bash -e "$folder/run" >"$folder/out" 2>&1 || status=$?
grep -E '^--   |tests passed|tests failed|Skipped\)$|Total Test time' "$folder/out" || true
[ $status -eq 0 ] || { tail -n 60 "$folder/out"; fail "README's commands end with $status"; }
grep -q '^100% tests passed' "$folder/out" || fail "no tests have run"
