#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# Fuzzes all targets for some hours, each for the same share of them and with several
# random seeds, and ends on time with one table:
#
#	fuzz/campaign.sh [OPTION...] HOURS
#
# HOURS may be a fraction (0.5).  If it was stopped, with Ctrl-C or by a power cut, the
# same command goes on: the time that was spent counts, and so does what was found.  After
# the end it begins anew, with the corpus that it has.
#
#	--seconds N	in all, instead of HOURS
#	--each N	seconds for each target, instead of HOURS
#	--folder DIR	corpus, crashes, logs and state; build/campaign if not given
#	--targets LIST	names, with commas; all if not given
#	--seeds N	random seeds for each target; 3 if not given
#	--jobs N	how many fuzzers at a time; one for each core if not given
#	--memory MB	what each fuzzer may take; 1024 if not given
#	--build DIR	where to build; if not given $VCRYPTO_FUZZ_BUILD, or else the
#			folder of preset "fuzz"
#	--no-build	takes what was built there before
#
# Executions and edges are libFuzzer's; real work is the share of inputs that reached what
# the target is for, where it tells.  Crashes stay in DIR/crashes, and count, until they
# are taken away.
#
# Exit status: 0 nothing was found, 1 there are crashes, 2 it could not be run, a fuzzer
# failed without an input, or a target had no time, 130 stopped, and nothing found so far.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"
help_asked "$@"
folder=$fuzz/../build/campaign
total='' each='' seeds=3 jobs=$(nproc) memory=1024 targets=()
while [[ ${1:-} == -* ]]; do
	case $1 in
	--seconds) number_option "$@" && total=$number ;;
	--each) number_option "$@" && each=$number ;;
	--seeds) number_option "$@" && seeds=$number ;;
	--jobs) number_option "$@" && jobs=$number ;;
	--memory) number_option "$@" && memory=$number ;;
	--folder)
		[ $# -ge 2 ] || die "--folder needs a folder"
		folder=$2 taken=2
		;;
	--targets)
		[ $# -ge 2 ] || die "--targets needs names"
		IFS=', ' read -ra targets <<<"$2"
		taken=2
		;;
	*) common_option "$@" ;;
	esac
	shift "$taken"
done
if [ $# -eq 1 ] && [ -z "$total$each" ]; then
	[[ $1 =~ ^([0-9]+([.][0-9]*)?|[.][0-9]+)$ ]] || die "'$1' is no number of hours; see --help"
	total=$(awk -v hours="$1" 'BEGIN { printf "%d", hours * 3600 + 0.5 }')
elif [ $# -ne 0 ] || [ -z "$total$each" ] || [ -n "${total:+$each}" ]; then
	die "one of HOURS, --seconds and --each is needed; see --help"
fi

[ $may_build = no ] || echo "$me: building what is out of date" >&2
build_targets "${targets[@]}"
[ ${#targets[@]} -gt 0 ] || mapfile -t targets <"$build/fuzz/targets"
[ -z "$(replay_suffix)" ] || die "$build has no fuzzers, which need clang (preset fuzz)"
count=${#targets[@]}
# In seconds of one fuzzer.
[ -z "$each" ] || total=$(((each * count + jobs - 1) / jobs))
[ $((total * jobs)) -ge "$count" ] ||
	die "$total seconds are too few for $count targets, $jobs at a time"
slice=$((total * jobs / count / seeds))
[ "$slice" -gt 0 ] || slice=1

mkdir -p "$folder/logs"
folder=$(readlink -f "$folder")
state=$folder/state
# The fuzzers hold it, too: those of a campaign that was killed have to end first.
exec 9>"$folder/lock"
flock -n 9 || die "another campaign uses $folder"
if [ -e "$state" ] && grep -q '^end$' "$state"; then
	mv -- "$state" "$state.before"
fi
[ -z "$(tail -c 1 "$state" 2>/dev/null)" ] || echo >>"$state"
[ ! -s "$state" ] || echo "$me: going on with $folder" >&2
touch "$state"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The state: a line for each run that ended: target, seed, seconds, executions, edges, new
# inputs, real work or -, status.  A line that a power cut tore is none.
runs_of() {
	awk -v target="$1" 'NF == 8 && $1 == target' "$state"
}
declare -A used=() turn=() broken=() running=() started=()
for name in "${targets[@]}"; do
	mkdir -p "$folder/corpus/$name" "$folder/crashes/$name"
	used[$name]=$(runs_of "$name" | awk '{ sum += $3 } END { print sum + 0 }')
	turn[$name]=$(runs_of "$name" | wc -l)
	broken[$name]=0
	"$fuzz/unpack.sh" "$name" "$work/seeds/$name"
done
spent=0
for name in "${targets[@]}"; do
	spent=$((spent + used[$name]))
done
stopped=''
now=$(date +%s)
deadline=$((now + total - spent / jobs))

# The target with the least time so far, as name; status 1 if none may run.
next_target() {
	local candidate
	name=
	for candidate in "${targets[@]}"; do
		[ "${broken[$candidate]}" -lt 3 ] || continue
		[ -z "$name" ] || [ "${used[$candidate]}" -lt "${used[$name]}" ] || continue
		name=$candidate
	done
	[ -n "$name" ]
}

# start SECONDS: the next run of $name.  Its time is taken now, so that another is next.
start() {
	local seconds=$1 log regressions=("$fuzz/regressions/$name")
	[ -d "${regressions[0]}" ] || regressions=()
	turn[$name]=$((turn[$name] + 1))
	log=$folder/logs/$name.${turn[$name]}
	limits_of "$name"
	timeout -k 5 $((seconds + 5)) "$build/fuzz/fuzz-$name" -seed="${turn[$name]}" \
		-max_total_time="$seconds" -timeout=30 -rss_limit_mb="$memory" \
		-max_len="$max_len" -dict="$dict" -print_final_stats=1 \
		-artifact_prefix="$folder/crashes/$name/" \
		"$folder/corpus/$name" "$work/seeds/$name" "${regressions[@]}" \
		>"$log" 2>&1 </dev/null &
	running[$!]="$name ${turn[$name]} $seconds"
	started[$!]=$(date +%s)
	used[$name]=$((used[$name] + seconds))
}

# ended PID STATUS: into the state with it.
ended() {
	local pid=$1 status=$2 turn seconds planned log facts executions edges new
	read -r name turn planned <<<"${running[$pid]}"
	seconds=$(($(date +%s) - started[$pid]))
	unset "running[$pid]"
	used[$name]=$((used[$name] - planned + seconds))
	log=$folder/logs/$name.$turn
	# 72: told to end; 124, 137: it had to be.
	case $status in 72 | 124 | 137 | 143) status=0 ;; esac
	# Without an input nobody can find out why; and again and again is no use.
	[ "$status" = 0 ] || grep -qE 'Test unit written to .*/(crash|leak|oom|timeout)-' "$log" ||
		status=failed
	if [ "$status" != 0 ] && [ "$seconds" -lt 3 ]; then
		broken[$name]=$((broken[$name] + 1))
	else
		broken[$name]=0
	fi
	facts=$(awk '
		match($0, / cov: [0-9]+/) { edges = substr($0, RSTART + 6, RLENGTH - 6) }
		/^#[0-9]+/ { sub(/^#/, "", $1); sofar = $1 }
		/^stat::number_of_executed_units:/ { runs = $2 }
		/^stat::new_units_added:/ { new = $2 }
		/^stat::inputs_with_real_work_percent:/ { share = $2 }
		END { print (runs ? runs : sofar) + 0, edges + 0, new + 0, share == "" ? "-" : share }' \
		"$log")
	echo "$name $turn $seconds $facts $status" >>"$state"
	read -r executions edges new _ <<<"$facts"
	echo "$name, seed $turn: $seconds s, $executions executions, $edges edges, $new new inputs" >&2
}

crashes_of() {
	find "$folder/crashes/$1" -type f ! -name 'slow-unit-*'
}

# All runs of this campaign; of real work what the last run told.
table() {
	printf '%-12s %8s %14s %10s %7s %11s %8s %10s\n' \
		target seconds executions rate/s edges 'new inputs' crashes 'real work'
	for name in "${targets[@]}"; do
		runs_of "$name" | awk -v name="$name" -v crashes="$(crashes_of "$name" | wc -l)" '
			{
				seconds += $3; runs += $4; new += $6
				if ($5 > edges) edges = $5
				if ($7 != "-") share = $7 " %"
			}
			END {
				printf "%-12s %8d %14d %10d %7d %11d %8d %10s\n", name, seconds, runs, \
					seconds ? runs / seconds : 0, edges, new, crashes, share == "" ? "-" : share
			}'
	done
}

# Waits for one of the fuzzers; a signal ends the wait.
wait_for_one() {
	local pid='' status=0
	wait -n -p pid "${!running[@]}" || status=$?
	[ -z "${pid:-}" ] || ended "$pid" $status
}

stop() {
	stopped=yes
	# They say what they did when they are told to end.
	kill -TERM "${!running[@]}" 2>/dev/null || :
}
trap stop INT TERM HUP

while [ -z "$stopped" ]; do
	now=$(date +%s)
	left=$((deadline - now))
	# --each is a promise to each target, even if the machine is late.
	if [ ${#running[@]} -lt "$jobs" ] && next_target &&
		{ [ $left -gt 0 ] || [ "${each:+${turn[$name]}}" = 0 ]; }; then
		start $((left > 0 && left < slice ? left : slice))
	elif [ ${#running[@]} -gt 0 ]; then
		wait_for_one
	else
		break
	fi
done
while [ ${#running[@]} -gt 0 ]; do
	# Once more, for one that was just being started.
	[ -z "$stopped" ] || stop
	wait_for_one
done
[ -n "$stopped" ] || echo end >>"$state"

table
found=0 idle=''
for name in "${targets[@]}"; do
	[ -n "$(runs_of "$name")" ] || idle+=" $name"
	while read -r file; do
		found=$((found + 1))
		[ $found -gt 1 ] || echo "What was found, and how to go on:"
		[ $found -le 20 ] || continue
		echo "	fuzz/reproduce.sh $name $file"
		echo "	fuzz/minimise.sh $name $file"
	done < <(crashes_of "$name")
done
[ $found -le 20 ] || echo "	and $((found - 20)) more in $folder/crashes"
[ -z "$stopped" ] || echo "Stopped; the same command goes on."
failed=$(awk 'NF == 8 && $8 == "failed" { print "	" $1 ": see logs/" $1 "." $2 }' "$state")
if [ $found -gt 0 ]; then
	exit 1
elif [ -n "$failed" ]; then
	printf '%s: a fuzzer failed and left no input; in %s\n%s\n' "$me" "$folder" "$failed" >&2
	exit 2
fi
[ -z "$stopped" ] || exit 130
[ -z "$idle" ] || die "there was no time for$idle"
