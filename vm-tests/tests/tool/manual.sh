# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2015,SC2016,SC2094,SC2317 # check() calls functions by their names; A && B || C is meant
#
# The examples of the manual page work as they stand there, one after the other.

# shellcheck source-path=SCRIPTDIR source=../../clients/guest/lib.sh
. "${0%/*}/lib.sh"

all_commands()
{
	for command in list info enc dec hash mac 'aead enc' 'aead dec' speed; do
		grep -Eq "vcrypto $command( |$)" examples || { echo "none of $command"; return 1; }
	done
}

head -c 123457 /dev/urandom >plain
sed -n '/^\.EX$/,/^\.EE$/p' "${0%/*}/vcrypto.1" | grep -v '^\.E[XE]$' | sed 's/\\-/-/g' >examples
while read -r line; do
	check "$line" sh -o pipefail -c "$line" </dev/null
done <examples
check "there are examples of all commands" all_commands
echo "1..$cases"
exit $failed
