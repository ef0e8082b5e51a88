# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# --help of a script: the comment at its top.  To be sourced, before the script does
# anything, with the script's own arguments.  A first option that the comment does not
# name is refused in one line, unless it says "[OPTION of ...]": then others look at it.
#
# A script that has to work without this file, or has a usage() of its own, says its
# usage itself.  unit-tests/help.py runs all of them.

usage() {
	awk '
		NR == 1 || /^# SPDX-/ { next }
		!/^#/ { exit }
		{ sub(/^# ?/, "") }
		$0 != "" || said { print; said = 1 }' "$0"
}

# need_arguments COUNT "$@": ends a script that has fewer, in one line, too.
need_arguments() {
	[ $# -gt "$1" ] || {
		echo "${0##*/}: it needs $1 arguments (--help explains)" >&2
		exit 2
	}
}

case ${1-} in
-h | --help)
	usage
	exit 0
	;;
-- | -) ;;
-*)
	case " $(usage | tr -cs '[:alnum:]-' ' ') $(usage | grep -o '\[OPTION of' || :)" in
	*" ${1%%=*} "* | *"[OPTION of"*) ;;
	*)
		echo "${0##*/}: unknown option '$1' (--help explains)" >&2
		exit 2
		;;
	esac
	;;
esac
