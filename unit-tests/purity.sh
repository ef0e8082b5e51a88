#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# The core is pure: it needs mem* and nothing else, has no writable data, bounded
# stack frames, exports exactly what its headers declare, and compiles freestanding.
#
#	purity.sh CC ARCHIVE SHARED SOURCE_DIR GENERATED_DIR
#
# SOURCE_DIR is libvcrypto/, GENERATED_DIR holds the headers that a build makes.  A sanitizer adds calls
# and data of its own, so not of a build with one.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"
need_arguments 5 "$@"

cc=$1 archive=$2 shared=$3 source=$4 generated=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# Complains unless the file is empty.
must_be_empty() {
	if [ -s "$2" ]; then
		echo "FAIL: $1:"
		sed 's/^/	/' "$2"
		status=1
	fi
}

# 1. Undefined symbols that no other object of the archive defines.
nm -g --defined-only "$archive" | awk 'NF == 3 { print $3 }' | sort -u >"$work/defined"
{
	cat "$work/defined"
	printf '%s\n' memcpy memmove memset memcmp _GLOBAL_OFFSET_TABLE_
} | sort -u >"$work/allowed"
nm -u "$archive" | awk '$1 == "U" { print $2 }' | sort -u | comm -23 - "$work/allowed" \
	>"$work/needed"
must_be_empty "the core needs more than mem*" "$work/needed"

# 2. Sections that can be written; .data.rel.ro is only written by the loader.
objdump -h "$archive" | awk '$2 ~ /^\.(t?data|t?bss)/ && $2 !~ /^\.data\.rel\.ro/ &&
	$3 !~ /^0+$/ { print $2, $3 }' >"$work/writable"
must_be_empty "the core has writable data" "$work/writable"

# 3. Names.
grep -v '^vcrypto_' "$work/defined" >"$work/foreign" || true
must_be_empty "global names that do not start with vcrypto_" "$work/foreign"

# 4. Declared in a header = listed in the version script = exported.  Bodies in
# braces go first, then attributes; what is left with a parenthesis is a function.
echo '#include <vcrypto/vcrypto.h>' | "$cc" -E -P -I "$source/include" -I "$generated" - | tr '\n' ' ' |
	sed -E ':a; s/\{[^{}]*\}/;/g; ta; s/__attribute__ *\(\([^()]*\)\)//g' | tr ';' '\n' |
	grep -vwE 'static|typedef' | grep -oE '\bvcrypto_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u \
	>"$work/declared"
grep -oE 'vcrypto_[a-z0-9_]+' "$source/cmake/vcrypto.map" | sort -u >"$work/listed"
nm -D --defined-only "$shared" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u \
	>"$work/exported"
[ "$(wc -l <"$work/declared")" -gt 30 ] || { echo "FAIL: no declarations found"; status=1; }
comm -23 "$work/declared" "$work/listed" >"$work/difference"
must_be_empty "declared in a header, but not in vcrypto.map" "$work/difference"
comm -13 "$work/declared" "$work/listed" >"$work/difference"
must_be_empty "in vcrypto.map, but not declared in a header" "$work/difference"
diff "$work/listed" "$work/exported" >"$work/difference" || true
must_be_empty "vcrypto.map and the shared library differ" "$work/difference"

# 5. Stack frames, of a size known when compiling and at most 2 KiB.
if "$cc" -fstack-usage -fsyntax-only -x c /dev/null 2>"$work/log" && ! [ -s "$work/log" ]; then
	for file in "$source"/*.c "$source"/core/*.c "$source"/formats/*/*.c "$source"/ring/*.c; do
		"$cc" -std=c11 -O2 -fstack-usage -I "$source/include" -c "$file" \
			-o "$work/$(basename "$file" .c).o"
	done
	cat "$work"/*.su | awk -F'\t' '$2 > 2048 || $3 == "dynamic"' >"$work/large"
	must_be_empty "stack frames over 2 KiB or of unknown size" "$work/large"
	echo "largest stack frame: $(cat "$work"/*.su | sort -t "$(printf '\t')" -k2 -n | tail -n 1 |
		cut -f 1,2 | tr '\t' ' ') bytes"
else
	echo "stack frames not measured: the compiler has no -fstack-usage"
fi

# 6. No C library: firmware, or a guest without an operating system.
"$cc" -std=c11 -ffreestanding -nostdinc -isystem "$("$cc" -print-file-name=include)" \
	-Wall -Wextra -Werror -I "$source/include" -fsyntax-only \
	"$source"/*.c "$source"/core/*.c "$source"/formats/*/*.c "$source"/ring/*.c 2>"$work/log" || {
	echo "FAIL: the core does not compile without a C library:"
	cat "$work/log"
	status=1
}

# 7. What is compiled into a kernel needs no help of the compiler's there, which a processor of 32 bits needs
# to divide 64.  Without headers of a C library, so any gcc for x86 can.
if "$cc" -m32 -fsyntax-only -x c /dev/null 2>/dev/null; then
	for file in "$source"/core/algorithm.c "$source"/formats/vcrypto/driver.c "$source"/formats/cryptodev/*.c; do
		"$cc" -m32 -std=c11 -O2 -ffreestanding -fno-pic -nostdinc -isystem "$("$cc" -print-file-name=include)" \
			-I "$source/include" -c "$file" -o "$work/32.o"
		nm -u "$work/32.o" | grep -E '__[a-z]*[dt]i[0-9]' | sed "s|^|${file##*/}: |" || true
	done >"$work/helpers"
	must_be_empty "divisions that a kernel of 32 bits cannot do" "$work/helpers"
fi
[ $status -ne 0 ] || echo "$(wc -l <"$work/declared") functions, all pure"
exit $status
