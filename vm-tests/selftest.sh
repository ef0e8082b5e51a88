#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests vm.sh itself, with an ordinary QEMU or ours, without our device and module. One line per check.
# Every VM costs some seconds, so several checks share one where they can.

# shellcheck disable=SC2016 # the guest's shell expands that
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
set +e

case ${1-} in
'') ;;
--help)
	cat <<-END
		usage: selftest.sh

		Tests vm.sh, in virtual machines. Prints 'ok' or 'FAIL' for each check, and fails if one does.
		VM_QEMU and VM_KERNEL name another QEMU and another kernel; see vm.sh --help.
	END
	exit 0
	;;
*) bad_usage "there are no arguments" ;;
esac

failures=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf -- "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# check WHAT COMMAND...: the command says whether it is so.
check()
{
	local what=$1

	if "${@:2}"; then
		echo "ok    $what"
		return
	fi
	echo "FAIL  $what"
	failures=$((failures + 1))
	printf '      status %s, stderr: %s\n' "$status" "$(head -c 300 "$tmp/stderr")"
}

# Runs a VM; leaves $status, $tmp/stdout and $tmp/stderr.
vm()
{
	"$VM_TESTS/vm.sh" run --no-module --no-device "$@" >"$tmp/stdout" 2>"$tmp/stderr"
	status=$?
}

exits_with() { [ "$status" -eq "$1" ]; }
stdout_is() { cmp -s -- "$tmp/stdout" "$1"; }
stderr_is() { cmp -s -- "$tmp/stderr" "$1"; }
complains_of() { grep -q -- "$1" "$tmp/stderr" && [ "$(wc -l <"$tmp/stderr")" -eq 1 ]; }

stdout_and_stderr_stay_apart()
{
	vm --check-log -- sh -c 'echo out; echo err >&2; echo more >/dev/stdout; exit 3'
	printf 'out\nmore\n' >"$tmp/expected"
	check "exit status 3" exits_with 3
	check "standard output is the program's and nothing else" stdout_is "$tmp/expected"
	echo err >"$tmp/expected"
	check "standard error likewise" stderr_is "$tmp/expected"
}

arguments_and_variables_are_exact()
{
	local words=('' ' ' "it's" '"$HOME" `id` \ ' $'two\nlines\n' '*' -- -n 'täst' $'\xff\x01')

	vm --env "WORDS=${words[*]}" -- sh -c 'printf "%s\0" "$@" "$WORDS"' sh "${words[@]}"
	printf '%s\0' "${words[@]}" "${words[*]}" >"$tmp/expected"
	check "arguments and variables are exact" stdout_is "$tmp/expected"
	check "exit status 0" exits_with 0
}

bytes_are_exact()
{
	head -c 1048576 /dev/urandom >"$tmp/random"
	"$VM_TESTS/vm.sh" run --no-module --no-device --stdin --file "$tmp/random:/some/where/random" -- \
		sh -c 'cat; cat >&2 /some/where/random' <"$tmp/random" 2>"$tmp/stderr" >"$tmp/stdout"
	status=$?
	check "1 MiB from standard input to standard output" stdout_is "$tmp/random"
	check "1 MiB from a file to standard error" stderr_is "$tmp/random"
}

# The reader takes nothing before the VM has long switched itself off.
slow_readers_get_everything()
{
	head -c 1048576 /dev/urandom >"$tmp/random"
	"$VM_TESTS/vm.sh" run --no-module --no-device --file "$tmp/random" -- cat "$tmp/random" 2>"$tmp/stderr" |
		{ sleep 8; cat; } >"$tmp/stdout"
	status=${PIPESTATUS[0]}
	check "slow readers get everything" stdout_is "$tmp/random"
}

readers_may_leave()
{
	"$VM_TESTS/vm.sh" run --no-module --no-device -- yes 2>"$tmp/stderr" | head -n 1 >"$tmp/stdout"
	status=${PIPESTATUS[0]}
	check "a reader that leaves ends the VM" exits_with 141
}

host_programs_bring_their_libraries()
{
	printf '#!/bin/sh\n"%s" "$1"\n' "$(realpath -s "$(type -P sha256sum)")" >"$tmp/script"
	chmod +x "$tmp/script"
	vm --file "$(type -P sha256sum)" -- "$tmp/script" "$tmp/script"
	sha256sum "$tmp/script" >"$tmp/expected"
	check "a script of the host runs a program of the host" stdout_is "$tmp/expected"
}

# virtio_balloon needs modules that every VM has loaded already.
modules_bring_what_they_need()
{
	vm --module virtio_balloon --module algif_skcipher -- grep -cE '^(virtio_balloon|algif_skcipher|af_alg) ' /proc/modules
	echo 3 >"$tmp/expected"
	check "modules bring what they need" stdout_is "$tmp/expected"
}

signals_are_reported()
{
	vm -- sh -c 'kill -9 $$'
	check "128 + 9 for a program that signal 9 killed" exits_with 137
}

time_outs_are_reported()
{
	VM_PATIENCE=2 vm --timeout 3 -- sleep 1000
	check "124 after a time-out" exits_with 124
	check "... with the time that it was" grep -q 'time-out after 6 s' "$tmp/stderr"
	vm --timeout 20 -- sh -c 'echo "the last word" >/dev/kmsg; cat /proc/sys/kernel/hung_task_timeout_secs; sleep 1000'
	check "... and the last that the kernel said" grep -q '| .*the last word' "$tmp/stderr"
	echo 6 >"$tmp/expected"
	check "... who has waited for a third of it first" stdout_is "$tmp/expected"
}

broken_machines_are_reported()
{
	vm -- sh -c 'echo c >/proc/sysrq-trigger'
	check "125 after a kernel panic" exits_with 125
	check "... in one line" complains_of 'Kernel panic.*console log: /'
	vm -- poweroff -f
	check "125 if no exit status arrives" exits_with 125
	echo garbage >"$tmp/garbage.ko"
	vm --module "$tmp/garbage.ko" -- true
	check "125 if a module cannot be used" exits_with 125
	check "... in one line" complains_of garbage.ko
	vm --device no-such-device -- true
	check "125 if QEMU does not start" exits_with 125
	check "... in one line with its message" complains_of "no-such-device"
}

# A QEMU that leaves a console log that was made ready for it, if there is one. In a build folder of its own, because
# what gets another try is noted there.
breakpoints_of_the_kernel_get_another_try()
{
	local VM_QEMU=${VM_QEMU:-$QEMU} VM_KERNEL=${VM_KERNEL:-$KERNELS/$SERIES} VCRYPTO_BUILD=$tmp/build
	local oops='[    3.213144] Oops: int3: 0000 [#1] PREEMPT SMP NOPTI'

	printf '#!/bin/sh\nmv "%s" "%s" 2>/dev/null || exec "%s" "$@"\n' "$tmp/ready" "$tmp/log" "$VM_QEMU" >"$tmp/qemu"
	chmod +x "$tmp/qemu"
	VM_QEMU=$tmp/qemu
	export VM_QEMU VM_KERNEL VCRYPTO_BUILD
	printf '%s\n' "$oops" 'Kernel panic - not syncing: Fatal exception' >"$tmp/ready"
	vm --check-log --log "$tmp/log" -- sh -c 'exit 7'
	check "another try for a kernel that met its own breakpoint" exits_with 7
	check "... which one line tells" complains_of 'once more'
	check "... and a file" grep -qx 'sh -c exit 7' "$tmp/build/vm/again"
	printf '%s\n' 'Run /init as init process' "$oops" 'Kernel panic - not syncing: Fatal exception' >"$tmp/ready"
	vm --log "$tmp/log" -- true
	check "125 for a breakpoint that is met later" exits_with 125
	check "... in one line" complains_of 'Kernel panic'
}

warnings_are_found()
{
	# With much behind it.
	vm --check-log --log "$tmp/log" -- sh -c 'echo "WARNING: just a test" >/dev/kmsg
		seq 3000 | while read -r line; do echo "and more, $line lines of it" >/dev/kmsg; done'
	check "125 for a warning in the kernel log" exits_with 125
	check "... in one line" complains_of 'WARNING: just a test'
	check "--log puts the console log there" grep -q 'WARNING: just a test' "$tmp/log"
	# shellcheck disable=SC2016 # the guest's shell expands that
	local warn='for line in "-----[ cut here ]-----" "WARNING: at crypto/$1.c:7" "Call Trace:" "---[ end trace 0 ]---"; do
		echo "$line" >/dev/kmsg
	done'
	vm --check-log --may-warn crypto/this.c: -- sh -c "$warn" sh this
	check "0 for a warning that may come" exits_with 0
	vm --check-log --may-warn crypto/this.c: -- sh -c "$warn" sh that
	check "125 for another one" exits_with 125
	check "... in one line" complains_of 'WARNING: at crypto/that.c:7'
}

bad_usage_is_refused()
{
	vm --no-such-option value true
	check "2 for an unknown option" exits_with 2
	vm no-such-program
	check "2 for an unknown program" exits_with 2
	check "... in one line" complains_of no-such-program
	"$VM_TESTS/vm.sh" shell --no-module --no-device </dev/null >"$tmp/stdout" 2>"$tmp/stderr"
	status=$?
	check "2 for a shell without a terminal" exits_with 2
	check "... in one line" complains_of 'needs a terminal'
}

# In a build folder of its own, because the usual one may have the files of other running VMs.
termination_is_clean()
{
	local vm pids

	VCRYPTO_BUILD=$tmp/build VM_QEMU=${VM_QEMU:-$QEMU} VM_KERNEL=${VM_KERNEL:-$KERNELS/$SERIES} \
		"$VM_TESTS/vm.sh" run --no-module --no-device --log "$tmp/ended.log" -- sleep 1000 >"$tmp/stdout" 2>"$tmp/stderr" &
	vm=$!
	until grep -qs "Run .init" "$tmp/ended.log" || ! kill -0 "$vm" 2>/dev/null; do sleep 0.1; done
	pids=$(pgrep -d , -P "$vm")
	kill -TERM "$vm"
	wait "$vm"
	status=$?
	check "SIGTERM ends vm.sh" exits_with 143
	check "... and its QEMU" [ -z "$(ps -o pid= -p "${pids:-1}" --ppid "${pids:-1}")" ]
	check "... and leaves no files" [ -z "$(find "$tmp/build/vm" -name 'run-*')" ]
}

two_at_once()
{
	local other

	"$VM_TESTS/vm.sh" run --no-module --no-device -- sh -c 'echo one' >"$tmp/one" 2>&1 &
	other=$!
	vm -- sh -c 'echo two'
	wait "$other"
	check "two at once do not disturb each other" [ "$(cat "$tmp/one" "$tmp/stdout")" = $'one\ntwo' ]
}

for test in stdout_and_stderr_stay_apart arguments_and_variables_are_exact bytes_are_exact \
	slow_readers_get_everything readers_may_leave host_programs_bring_their_libraries modules_bring_what_they_need \
	signals_are_reported time_outs_are_reported broken_machines_are_reported \
	breakpoints_of_the_kernel_get_another_try warnings_are_found bad_usage_is_refused \
	two_at_once termination_is_clean; do
	"$test"
done
[ "$failures" -eq 0 ]
