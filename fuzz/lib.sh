# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# shellcheck shell=bash
#
# What the scripts of this folder share.  To be sourced.  Which targets there are is
# known to CMake alone, which leaves their names in BUILD/fuzz/targets.

fuzz=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
me=${0##*/}
# The build folder; no: take what is there, for a caller that is the build itself.
build=${VCRYPTO_FUZZ_BUILD:-}
may_build=yes

die() {
	echo "$me: $*" >&2
	exit 2
}

# The comment at the top of the script.
usage() {
	sed -n '3,/^set /s/^# \{0,1\}//p' "$0"
}

# help_asked ARGUMENT...: prints the usage and ends, if one of them says so.
help_asked() {
	local argument
	for argument; do
		case $argument in
		--) return ;;
		-h | --help) usage; exit 0 ;;
		esac
	done
}

# common_option ARGUMENT...: takes an option that several scripts have, and sets taken,
# of how many arguments it was made.
common_option() {
	taken=1
	case $1 in
	--no-build) may_build=no ;;
	--build)
		[ $# -ge 2 ] || die "--build needs a folder"
		# shellcheck disable=SC2034 # for who calls it
		build=$2 taken=2
		;;
	*) die "there is no option '$1'; see --help" ;;
	esac
}

# number_option OPTION [VALUE]: takes one whose value is a number above 0, as number.
number_option() {
	[[ ${2:-} =~ ^[1-9][0-9]{0,8}$ ]] || die "$1 needs a number above 0"
	# shellcheck disable=SC2034
	number=$2 taken=2
}

# Where preset "fuzz" builds; the presets themselves say so.
preset_folder() {
	local folder
	folder=$(awk -F '"' '
		/"name":/ { name = $4 }
		/"binaryDir":/ { folder[name] = $4 }
		END { print "fuzz" in folder ? folder["fuzz"] : folder["base"] }' \
		"$fuzz/../CMakePresets.json")
	# shellcheck disable=SC2016 # CMake's variables, not the shell's
	folder=${folder//'${presetName}'/fuzz}
	# shellcheck disable=SC2016
	echo "${folder//'${sourceDir}'/${fuzz%/*}}"
}

# Runs a step of a build; all that it says only if it fails.
build_step() {
	local log
	log=$("$@" 2>&1) || {
		printf '%s\n' "$log" >&2
		die "'$*' failed; what it needs is installed by .ci/setup.sh library fuzz"
	}
}

# build_targets NAME...: makes them, and the build folder; without a name all.  What
# was built before is brought up to date: a fault that was mended is to be gone.
build_targets() {
	local name known programs=()

	build=${build:-$(preset_folder)}
	if [ $may_build = yes ]; then
		[ -f "$build/CMakeCache.txt" ] || {
			echo "$me: configuring $build" >&2
			build_step env -C "$fuzz/.." cmake --preset fuzz -B "$build"
		}
		[ -f "$build/fuzz/targets" ] || build_step cmake "$build"
	fi
	[ -f "$build/fuzz/targets" ] ||
		die "$build has no fuzz targets; configure it with VCRYPTO_FUZZ=ON"
	mapfile -t known <"$build/fuzz/targets"
	[ $# -gt 0 ] || set -- "${known[@]}"
	for name; do
		[[ " ${known[*]} " == *" $name "* ]] ||
			die "there is no target '$name'; there are: ${known[*]}"
		programs+=("fuzz-$name$(replay_suffix)")
	done
	[ $may_build = yes ] || return 0
	[ -x "$build/fuzz/${programs[0]}" ] || echo "$me: building in $build" >&2
	build_step cmake --build "$build" --target "${programs[@]}"
}

# Without libFuzzer a build has only what replays inputs.
replay_suffix() {
	grep -q '^VCRYPTO_HAS_LIBFUZZER:.*=1$' "$build/CMakeCache.txt" 2>/dev/null || echo -replay
}

# find_target TARGET: sets name, and binary, the program; TARGET is a name, which is
# built, or a program, which is taken as it is.
find_target() {
	case $1 in
	*/*)
		binary=$1
		name=${1##*/}
		name=${name#fuzz-} name=${name%-replay}
		;;
	*)
		name=${1#fuzz-}
		build_targets "$name"
		binary=$build/fuzz/fuzz-$name$(replay_suffix)
		;;
	esac
	if [ ! -f "$binary" ] || [ ! -x "$binary" ]; then
		die "there is no program $binary; build it (cmake --preset fuzz &&" \
			"cmake --build --preset fuzz), or say only '$name'"
	fi
}

# check_inputs FILE...: ends if one of them cannot be read.
check_inputs() {
	local file
	for file; do
		[ ! -d "$file" ] || die "$file is a folder, not an input"
		[ -r "$file" ] || die "there is no input $file"
	done
}

# run_inputs SECONDS FILE...: the status of $binary with these inputs, each of which may
# take so long.  It says which one it begins with.
run_inputs() {
	local options=() seconds=$1
	shift
	# What libFuzzer would keep we have already.
	[[ $binary == *-replay ]] ||
		options=(-timeout="$seconds" -rss_limit_mb=1024 -exact_artifact_path=/dev/null)
	VCRYPTO_FUZZ_VERBOSE=1 timeout -k 5 $((seconds * $# + 30)) "$binary" "${options[@]}" "$@"
}

# The dictionary and the longest input of target $1, as dict and max_len.  What has a
# dictionary of its own reads text, where a long input is many short ones.
limits_of() {
	# shellcheck disable=SC2034 # for who calls it
	dict=$fuzz/$1.dict max_len=512
	# Longer ones do the same again, and slowly.
	# shellcheck disable=SC2034
	[ -e "$dict" ] || dict=$fuzz/borders.dict max_len=640
	# A few requests each, so that there are many of them.
	[ "$1" != virtio-crypto ] || max_len=128
	[ "$1" != caesar ] || max_len=384
	[ "$1" != messages ] || max_len=240
	[ "$1" != mmio ] || max_len=400
}
