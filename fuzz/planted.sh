#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Plants the bugs of planted.txt, one at a time, in a copy of the tree, and tells
# which of them the targets find: in their seeds, or by fuzzing.
#
#	fuzz/planted.sh [--seconds N] [--work FOLDER] [--seeds] [WORD...]
#	fuzz/planted.sh --check
#
# WORD: only bugs whose description or file has one of these in it.
# --seconds N	how long each target may look for a bug; 60 if not given
# --work FOLDER	where the copy is kept and built, for the next time; else it is removed
# --seeds	add what found a bug by fuzzing to the seeds, so that the next time a replay does
# --check	only see that the text of each bug still stands where it was, once
#
# Exit status: 0 if all were found, 1 if one was not, 2 if something else went wrong.
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
seconds=60 work='' check=no seeds=no words=()

die() {
	echo "planted.sh: $*" >&2
	exit 2
}

while [ $# -gt 0 ]; do
	case $1 in
	-h | --help) sed -n '3,/^set /s/^# \{0,1\}//p' "$0"; exit 0 ;;
	--check) check=yes ;;
	--seeds) seeds=yes ;;
	--seconds)
		[[ ${2:-} =~ ^[1-9][0-9]{0,5}$ ]] || die "--seconds needs a number above 0"
		seconds=$2
		shift
		;;
	--work) work=$(readlink -m "${2:?--work needs a folder}"); shift ;;
	-*) die "there is no option '$1'; see --help" ;;
	*) words+=("$1") ;;
	esac
	shift
done

# Sets what, file, old, new and why from a block of planted.txt.
read_bug() {
	local line at=0
	what='' file='' old='' new='' why=''
	while IFS= read -r line; do
		case $line in
		'') [ $at = 0 ] || return 0 ;;
		'#'*) ;;
		'! '*) why=${line#'! '} ;;
		-*) old+=${old:+$'\n'}${line#-} ;;
		+*) new+=${new:+$'\n'}${line#+} ;;
		*)
			at=$((at + 1))
			case $at:$line in
			1:*) what=$line ;;
			*:vhost-user-adapter/* | *:examples/*) file=$line ;;
			*) file=libvcrypto/$line ;;
			esac
			;;
		esac
	done
	[ $at != 0 ]
}

# plant FOLDER: replaces old by new in its copy of file.
plant() {
	local text rest
	text=$(<"$1/$file") || die "$what: there is no $file"
	rest=${text#*"$old"}
	if [ -z "$old" ] || [ "$rest" = "$text" ]; then
		die "$what: $file has no '$old'"
	fi
	[ "${rest#*"$old"}" = "$rest" ] || die "$what: $file has more than one '$old'"
	[ $check = yes ] || printf '%s%s%s\n' "${text%%"$old"*}" "$new" "$rest" >"$1/$file"
}

# The targets that may meet a bug in file.
targets_of() {
	case $file in
	vhost-user-adapter/*) echo messages ;;
	examples/*) echo mmio ;;
	*/vring.c) echo ring ;;
	*/small-devices/*) echo caesar virtio-demo ;;
	*/virtio-crypto/*) echo virtio-crypto ;;
	*/driver.c) echo driver roundtrip ;;
	*) echo engine roundtrip ;;
	esac
}

wanted() {
	local word
	[ ${#words[@]} -gt 0 ] || return 0
	for word in "${words[@]}"; do
		[[ $what$'\n'$file != *"$word"* ]] || return 0
	done
	return 1
}

if [ $check = yes ]; then
	count=0
	status=0
	while read_bug; do
		(plant "$here/..") || status=2
		count=$((count + 1))
	done <"$here/planted.txt"
	[ $status -eq 0 ] || exit $status
	echo "$count bugs can be planted"
	exit
fi

[ -n "$work" ] || {
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
}
tree=$work/tree build=$work/build
rm -rf "$work/new"
mkdir -p "$work/new"
git -C "$here/.." ls-files -z --cached --others --exclude-standard |
	tar -C "$here/.." --null --ignore-failed-read -T - -cf - | tar -C "$work/new" -xf -
[ -d "$tree" ] || mv "$work/new" "$tree"
# Only what differs, and as new: an older time would keep what was built of a bug.
[ ! -d "$work/new" ] || find "$work/new" ! -type d -printf '%P\0' | while IFS= read -r -d '' name; do
	cmp -s "$work/new/$name" "$tree/$name" || {
		mkdir -p "$(dirname "$tree/$name")"
		cp -P --preserve=mode "$work/new/$name" "$tree/$name"
	}
done
rm -rf "$work/new"
cmake -S "$tree" -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	-DVCRYPTO_SANITIZE=address,undefined -DVCRYPTO_TESTS=OFF -DVCRYPTO_BENCH=OFF \
	-DVCRYPTO_KAT=OFF -DCMAKE_C_FLAGS=-w >"$work/log" 2>&1 || { cat "$work/log" >&2; die "cannot configure"; }

# keep TARGET: adds the input that was found to its seeds, if it finds the bug on its own.
keep() {
	local found name
	found=("$work"/found-*)
	name=planted-$(tr -cs 'A-Za-z0-9\n' - <<<"$what")
	"$build/fuzz/fuzz-$1" -timeout=30 -exact_artifact_path=/dev/null "${found[0]}" \
		>"$work/log" 2>&1 && return
	rm -rf "$work/kept"
	"$here/unpack.sh" "$1" "$work/kept"
	cp "${found[0]}" "$work/kept/$name"
	"$here/unpack.sh" --pack "$work/kept" "$1"
}

# look TARGET: whether it notices, and how, as result.
look() {
	local binary=$build/fuzz/fuzz-$1 inputs=("$work/seeds-$1") begun max_len
	cmake --build "$build" --target "fuzz-$1" >"$work/log" 2>&1 ||
		{ cat "$work/log" >&2; die "$what: does not compile"; }
	begun=$SECONDS
	[ ! -d "$tree/fuzz/regressions/$1" ] || inputs+=("$tree/fuzz/regressions/$1")
	rm -rf "$work/corpus" "$work/seeds-$1" "$work"/found-*
	"$tree/fuzz/unpack.sh" "$1" "$work/seeds-$1"
	mkdir "$work/corpus"
	# shellcheck source=/dev/null
	max_len=$(. "$tree/fuzz/lib.sh" && limits_of "$1" && echo "$max_len")
	local options=(-timeout=30 -rss_limit_mb=2048 -artifact_prefix="$work/found-" -close_fd_mask=0)
	if ! "$binary" "${options[@]}" -runs=0 "$work/corpus" "${inputs[@]}" >"$work/log" 2>&1; then
		result="by replay of $1"
		return 0
	fi
	"$binary" "${options[@]}" -max_len="$max_len" -dict="$tree/fuzz/borders.dict" \
		-max_total_time="$seconds" "$work/corpus" "${inputs[@]}" >"$work/log" 2>&1 && return 1
	result="by fuzzing $1, $((SECONDS - begun)) s"
	[ $seeds = no ] || keep "$1"
}

total=0 replayed=0 fuzzed=0
while read_bug; do
	wanted || continue
	[ -z "$why" ] || {
		printf '%-30s %s: %s (%s)\n' 'cannot be seen' "${file#libvcrypto/}" "$what" "$why"
		continue
	}
	total=$((total + 1))
	cp "$tree/$file" "$work/good"
	plant "$tree"
	known=$(cat "$build/fuzz/targets")
	targets=()
	for target in $(targets_of); do
		[[ $'\n'$known$'\n' != *$'\n'$target$'\n'* ]] || targets+=("$target")
	done
	result='NOT FOUND'
	for target in "${targets[@]}"; do
		! look "$target" || break
	done
	case $result in
	*replay*) replayed=$((replayed + 1)) ;;
	*fuzzing*) fuzzed=$((fuzzed + 1)) ;;
	esac
	printf '%-30s %s: %s\n' "$result" "${file#libvcrypto/}" "$what"
	cp "$work/good" "$tree/$file"
done <"$here/planted.txt"
[ $total -gt 0 ] || die "there is no such bug"
echo "$((replayed + fuzzed)) of $total found: $replayed by replay, $fuzzed by fuzzing"
[ $((replayed + fuzzed)) -eq $total ] || exit 1
