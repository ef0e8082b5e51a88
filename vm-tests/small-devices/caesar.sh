#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# In the guest: /dev/caesardev by hand. A refused write is a line "... refused", and changes nothing.

node=${1:-/dev/caesardev}
attributes=/sys/class/misc/${node#/dev/}

set_attribute()
{
	echo "$2" >"$attributes/$1"
	echo "$1 = $(cat "$attributes/$1")"
}

# send TEXT: one write().
send() { printf %s "$1" >"$node" 2>/dev/null || echo "$1: refused"; }
show() { cat "$node" && echo; }

set_attribute key 3
send +
send Hello
show
send -
send Khoor
show
set_attribute key 29
send +
send Hello
show
send -
send Khoor
show
send +
send Hello
send Hello1
show
set_attribute size 100
letters=$(printf '%0100d' 0 | tr 0 a)
send "$letters"
show
send "${letters}a"
show
