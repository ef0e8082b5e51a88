#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs a program in a virtual machine as if it ran here: same arguments, same standard output and error,
# same exit status.
#
# The program's output comes through virtio-serial ports, apart from the serial console, whose log is for
# the kernel alone. Behind each port is a regular file, never a pipe: a write to it cannot be deferred, and
# with ioeventfd off QEMU makes it before the guest's write() returns. So all output is safe when the guest
# switches itself off, however slowly somebody reads; 'tail -f' passes it on meanwhile.

# shellcheck disable=SC2054 # commas belong to QEMU's options
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=arch.sh
. "$VM_TESTS/arch.sh"
# shellcheck source=initramfs.sh
. "$VM_TESTS/initramfs.sh"

# Whatever fails unforeseen has said so itself; its status must not pass for the program's.
set -E
trap 'exit "$EXIT_BROKEN"' ERR

usage()
{
	cat <<END
usage: vm.sh run [OPTION]... [--] PROGRAM [ARGUMENT]...
       vm.sh shell [OPTION]... [[--] PROGRAM [ARGUMENT]...]

Boots a stock kernel in the built QEMU (emulated, never KVM), loads the built guest module, runs PROGRAM as
root in /root. Standard output and error are the program's, byte for byte, as they come. Like ssh it waits
until everything that inherited them has ended.

With "shell" the program, sh if none is named, has our terminal, and all the time it wants.

PROGRAM is looked up in this order:
  1. a guest path, or the last part of one, that a --file names
  2. without a slash: a busybox applet
  3. a file of the host, found through PATH if without a slash; it is put at the same absolute path in the
     guest, with the shared libraries it needs
A script works if the guest has its interpreter; sh is busybox's.

  --file HOST[:GUEST]  put a file or folder into the guest (at the same absolute path unless GUEST is given),
                       with the shared libraries it needs
  --env NAME=VALUE     set a variable for the program, besides PATH and HOME
  --stdin              give the program our standard input (read to its end first) instead of /dev/null
  --module MODULE      load this module too: a file *.ko, or the name of one of the stock kernel; the modules
                       it needs come first. A file is found at /lib/modules/<its name> in the guest. NAME? is one
                       that not each kernel has
  --no-module          leave out the default module build/guest/<release>/vcrypto.ko
  --no-insmod          put modules that are files into the guest and load what they need, but not them
  --device ARG         another -device of QEMU
  --no-device          leave out the default device virtio-cryptodev-pci
  --qemu-arg ARG       another argument of QEMU
  --kernel-arg ARG     another word for the kernel's command line
  --sleep              the program puts the machine to sleep, as a test that takes no time. Its output goes through
                       UARTs on machines that have them: in kernel 7.3 a virtio-serial port does not outlast it
  --smp N              processors (default 1)
  --memory MIB         memory (default 512 and three times the size of the files)
  --timeout SECONDS    (default 120)
  --log FILE           write the console log there instead of build/vm/log/
  --check-log          fail if the kernel log contains warnings
  --may-warn PATTERN   ... but of those from "cut here" to "end trace" where this regular expression fits where it
                       was: a file of the kernel's, for a test that brings them about
  --verbose            say what is done

Exit status: the program's own, 128+N if signal N killed it; 124 after a time-out; 125 if the VM failed
(or --check-log found something); 2 for bad usage.

Environment: VM_QEMU, another QEMU; VM_KERNEL, another folder made by fetch-kernel.sh; VM_MACHINE, another machine:
pc (the default), q35, microvm (virtio-mmio) for amd64, pc for i386, virt-pci and virt-mmio for arm64 and riscv64,
ccw and pci for s390x; VCRYPTO_BUILD, another build folder. Where there is no PCI bus, 'virtio-NAME-pci' of
--device is that device for virtio-mmio or channel I/O. VM_PATIENCE=N makes each time-out N times as long, for a
machine that is slow or busy. VM_KERNEL_ARGS has more words for the kernel's command line.
END
}

# --- options ---------------------------------------------------------------------------------------------

files=() variables=() stock_modules=() file_modules=() devices=() qemu_args=() kernel_args=()
default_module=yes default_device=yes insmod=yes stdin='' check_log='' may_warn='' verbose=''
smp=1 memory='' timeout='' terminal='' log='' sleep=''

add_module()
{
	case $1 in
	*.ko) file_modules+=("$1") ;;
	*/*) bad_usage "--module '$1' is neither a *.ko file nor a name" ;;
	*) stock_modules+=("$1") ;;
	esac
}

# option_with_value OPTION VALUE
option_with_value()
{
	case $1 in
	--file) files+=("$2") ;;
	--env) [[ $2 =~ ^[A-Za-z_][A-Za-z0-9_]*= ]] || bad_usage "--env needs NAME=VALUE"; variables+=("$2") ;;
	--module) add_module "$2" ;;
	--device) devices+=("$2") ;;
	--qemu-arg) qemu_args+=("$2") ;;
	--kernel-arg) kernel_args+=("$2") ;;
	--log) log=$2 ;;
	--may-warn) may_warn=$2 ;;
	--smp | --memory | --timeout)
		[[ $2 =~ ^[1-9][0-9]*$ ]] || bad_usage "$1 needs a positive number"
		printf -v "${1#--}" %s "$2" ;;
	*) bad_usage "unknown option '$1'" ;;
	esac
}

parse_options()
{
	while [ $# -gt 0 ]; do
		case $1 in
		--) shift; break ;;
		--help) usage; exit 0 ;;
		--stdin) stdin=yes ;;
		--no-module) default_module= ;;
		--no-insmod) insmod= ;;
		--no-device) default_device= ;;
		--check-log) check_log=yes ;;
		--sleep) sleep=yes; kernel_args+=(suspend.pm_test_delay=0) ;;
		--verbose) verbose=yes ;;
		-*)
			[ $# -ge 2 ] || bad_usage "unknown option or no value: '$1'"
			option_with_value "$1" "$2"
			shift ;;
		*) break ;;
		esac
		shift
	done
	[ $# -gt 0 ] || [ -n "$terminal" ] || bad_usage "no program given"
	[ -z "$terminal" ] || [ -z "$stdin" ] || bad_usage "a shell has the terminal, and --stdin is for 'run'"
	command=("${@:-sh}")
	: "${timeout:=$([ -n "$terminal" ] && echo 0 || echo 120)}"
}

# --- what goes into the guest ----------------------------------------------------------------------------

# Inside these the guest mounts something of its own.
check_guest_path()
{
	case $1 in
	/dev/* | /proc/* | /sys/* | /vm/*) bad_usage "a file cannot be put at $1" ;;
	/*[!/]) ;;
	*) bad_usage "'$1' is not the absolute path of a file" ;;
	esac
}

# Fills guest_files; a colon in HOST itself is not supported, as usual for such options.
install_files()
{
	local file guest

	for file in ${files[@]+"${files[@]}"}; do
		guest=${file#*:}
		file=${file%%:*}
		[ -e "$file" ] || bad_usage "--file: there is no $file"
		[[ $guest == /* ]] || guest=$(realpath -s -- "$guest")
		check_guest_path "$guest"
		install_program "$file" "$run/root" "$guest"
		guest_files+=("$guest")
	done
}

# Replaces command[0] by what the guest can execute.
resolve_program()
{
	local guest path program=${command[0]}

	for guest in ${guest_files[@]+"${guest_files[@]}"}; do
		[[ $program != "$guest" && $program != "$guest"/* ]] || return 0
		[ "$program" != "${guest##*/}" ] || { command[0]=$guest; return; }
	done
	if [[ $program != */* ]]; then
		! grep -qFx -- "$program" < <(busybox --list) || return 0
		path=$(type -P -- "$program") || bad_usage "there is no program '$program', in busybox or here"
	else
		path=$program
	fi
	[[ -f $path && -x $path ]] || bad_usage "$path is not an executable file"
	path=$(realpath -s -- "$path")
	check_guest_path "$path"
	install_program "$path" "$run/root" "$path"
	command[0]=$path
}

# Text that a shell reads as one word, whatever is in it.
quote() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

write_command()
{
	local variable word

	for variable in PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
		${terminal:+"TERM=${TERM:-dumb}" "PS1=guest:\\w\\\$ "} \
		${variables[@]+"${variables[@]}"}; do
		echo "export ${variable%%=*}=$(quote "${variable#*=}")"
	done
	printf exec
	for word in "${command[@]}"; do
		printf ' '
		quote "$word"
	done
	echo
}

# The modules in the order of loading, in /vm/modules: stock ones before ours, because those are needed.
install_modules()
{
	local module needed list=/vm/modules default=$GUEST_MODULES/$release/vcrypto.ko

	if [ -n "$default_module" ] && [[ " ${file_modules[*]-}" != *[\ /]vcrypto.ko* ]]; then
		file_modules+=("$default")
	fi
	for module in ${file_modules[@]+"${file_modules[@]}"}; do
		[ -f "$module" ] || die "there is no $module: build it, or use --no-module"
		needed=$(modinfo -F depends -- "$(realpath -- "$module")" 2>/dev/null) || die "$module is not a module"
		IFS=, read -ra needed <<<"$needed"
		stock_modules+=(${needed[@]+"${needed[@]}"})
	done
	install_stock "$run/root" "$list" ${stock_modules[@]+"${stock_modules[@]}"}
	[ -n "$insmod" ] || list=/vm/modules-not-loaded
	for module in ${file_modules[@]+"${file_modules[@]}"}; do
		install_module "$module" "$run/root" "$list" /lib/modules
	done
}

make_initramfs()
{
	local base

	base=$(base_archive)
	mkdir -p -- "$run/root/vm"
	install_files
	resolve_program
	install_modules
	write_command >"$run/root/vm/command"
	[ -z "$terminal" ] || { stty size 2>/dev/null | grep -v '^0' || echo 24 80; } >"$run/root/vm/terminal"
	! uarts || : >"$run/root/vm/uarts"
	if [ -n "$stdin" ]; then
		cat >"$run/root/vm/stdin"
	else
		ln -s /dev/null "$run/root/vm/stdin"
	fi
	pack "$run/root" "$run/run.cpio"
	cat -- "$base" "$run/run.cpio" >"$run/initramfs"
	# QEMU 7.2 puts it at the end of microvm's memory, to the page, where the firmware has the ACPI tables already: one
	# byte in a page of its own leaves them all of the last one.
	truncate -s %4096 -- "$run/initramfs"
	truncate -s +1 -- "$run/initramfs"
}

# The archive is in memory twice while it is unpacked, and may fill half of it afterwards.
default_memory() { echo $((512 + 3 * $(stat -c %s -- "$run/run.cpio") / 1048576)); }

# --- the machine -----------------------------------------------------------------------------------------

# Commas separate QEMU's options, so a file name must double them.
chardev() { echo "file,id=$1,append=on,path=${2//,/,,}"; }

# The UARTs are behind the console's.
add_port()
{
	machine+=(-chardev "$(chardev "$1" "$run/$1")")
	if uarts; then machine+=(-serial "chardev:$1"); else machine+=(-device "virtserialport,chardev=$1,name=$1"); fi
}

uarts() { [ -n "$sleep" ] && [[ $machine_type == pc || $machine_type == q35 ]]; }

# The kernel panics at the first oops and QEMU ends where it would reboot: a broken kernel must not wait
# for the time-out. Mitigations cost time under emulation. The log shows messages of every level.
# At boot the kernel panics if the timer does not tick ten times while it spins, and on a busy host an emulated
# one may not: no_timer_check. A host that stands still for 20 seconds looks like a stall of the guest's: not
# worth a warning before there is anything to test. Who waits for a third of the time-out is shown with its stack
# before that comes.
describe_machine()
{
	local device directory append

	append="$machine_append ignore_loglevel printk.devkmsg=on panic=-1 oops=panic mitigations=off no_timer_check"
	append+=" rcupdate.rcu_cpu_stall_suppress_at_boot=1"
	[ "$timeout" -eq 0 ] || append+=" sysctl.kernel.hung_task_timeout_secs=$((timeout / 3))"
	[ -z "$default_device" ] || devices=(virtio-cryptodev-pci ${devices[@]+"${devices[@]}"})
	machine=(-machine "$machine_type" -accel tcg -cpu "$machine_cpu" -smp "$smp" -m "$memory"
		-nodefaults -no-user-config -no-reboot -display none -nic none
		-kernel "$kernel/vmlinux" -initrd "$run/initramfs"
		-append "$append ${kernel_args[*]-} ${VM_KERNEL_ARGS-}"
		-chardev "$(chardev console "$log")" -serial chardev:console
		-global virtio-mmio.force-legacy=false
		-device "virtio-serial-$bus${port_options:+,$port_options}")
	add_port stdout
	add_port stderr
	add_port control
	[ -z "$terminal" ] || machine+=(-chardev stdio,id=terminal,signal=off -device virtconsole,chardev=terminal)
	# Where distributions keep the firmware; a QEMU that was not installed does not know.
	for directory in /usr/share/seabios /usr/share/qemu; do
		[ ! -d "$directory" ] || machine+=(-L "$directory")
	done
	for device in ${devices[@]+"${devices[@]}"}; do
		machine+=(-device "$(machine_device "$device")")
	done
	machine+=(${qemu_args[@]+"${qemu_args[@]}"})
}

# Passes a file on while QEMU writes it. tail's own complaints (no inotify, say) are not the program's. If
# our reader has gone, nobody wants the rest: as for a program here, that is the end (conclude says so).
pass_on()
{
	local status=0

	tail -c +1 -s 0.1 -f --pid="$vm" -- "$1" 2>/dev/null || status=$?
	[ "$status" -eq 0 ] || { : >"$run/unread"; kill "$vm"; } 2>/dev/null || :
}

# 'timeout' ends QEMU even if somebody kills us with a signal that we cannot catch.
run_machine()
{
	SECONDS=0
	{ : >"$log"; } 2>/dev/null || die "cannot write the console log $log"
	: >"$run/stdout"
	: >"$run/stderr"
	# Who is to read from the terminal has to stay in its foreground.
	(
		cd -- "$run" || exit
		ulimit -c "$(ulimit -H -c)"
		[ -n "$terminal" ] || exec </dev/null >&2
		exec timeout ${terminal:+--foreground} --kill-after=5 "$timeout" "$qemu" "${machine[@]}"
	) <&0 2>"$run/qemu" &
	vm=$!
	pass_on "$run/stdout" &
	pass_on "$run/stderr" >&2 &
	vm_status=0
	wait "$vm" || vm_status=$?
	vm=
	wait
}

# shellcheck disable=SC2317 # called by a trap
cleanup()
{
	if [ -n "${vm-}" ]; then
		kill "$vm" 2>/dev/null || :
		wait
	fi
	[ -z "${settings-}" ] || stty "$settings" || :
	rm -rf -- "$run"
}

# Where QEMU was when it crashed, as far as the system leaves cores where a program has crashed.
backtrace()
{
	local cores=("$run"/core*)

	[ -e "${cores[0]}" ] || return 0
	type -P gdb >/dev/null || { say "install gdb to see where QEMU crashed"; return 0; }
	gdb -batch -ex 'thread apply all backtrace 12' -- "$qemu" "${cores[0]}" 2>/dev/null |
		grep -E '^(Thread |#)' >"$run/backtrace" || :
	sed 's/^/vm.sh: /' -- "$run/backtrace" >&2
	rm -f -- "${cores[@]}"
}

# A crash in code that TCG has generated is the emulator's own, known from busy hosts with a thread for each
# processor: no device has anything on that stack. Any other crash is a failure at once.
died_in_generated_code()
{
	head -n 1 -- "$run/backtrace" 2>/dev/null | grep -q '^#0 .* in code_gen_buffer'
}

# A kernel puts a breakpoint where it changes its own code, and on a busy host an emulated processor may meet it when it
# has gone and nobody expects that. Before there is any program it is nobody's fault but the emulator's.
died_of_breakpoint()
{
	grep -aq ' int3: 0000 \[#1\]' -- "$log" && ! grep -aq 'Run /init' -- "$log"
}

once_more()
{
	say "$1; once more, but not twice"
	echo "${command[*]}" >>"$VM/again" # test.sh tells of it
	rm -f -- "$run/backtrace"
	run_machine
	backtrace
}

# --- the result ------------------------------------------------------------------------------------------

# Why no exit status arrived, from the most to the least specific witness.
reason()
{
	grep -aom 1 'vm-init: .*' -- "$log" ||
		grep -aom 1 'Kernel panic.*' -- "$log" ||
		{ [ "$vm_status" -ne 0 ] && tail -n 1 -- "$run/qemu" | grep .; } ||
		echo "no exit status arrived"
}

# What a kernel without faults never logs. "loading out-of-tree module" and "module verification failed"
# do not match, and are facts about a module and not faults.
faults='WARNING:|(^|[^A-Z_])BUG|Oops|Call Trace|Kernel panic|general protection fault|unable to handle'
faults+='|possible (recursive|circular|irq) lock|inconsistent lock|suspicious RCU|INFO: rcu.*stall|soft lockup'
faults+='|blocked for more than|scheduling while atomic|sleeping function called|refcount_t:|list_(add|del) corruption'
faults+='|KASAN|UBSAN|KCSAN|KFENCE|kmemleak:.*leaks|[Ll]eaked|DMA-API:|[Bb]ad page|Object.* remaining|usercopy:'
faults+='|nobody cared|Redzone|Poison overwritten'

# The log without the warnings that may come.
unexpected()
{
	# shellcheck disable=SC2016 # these are awk's
	LC_ALL=C MAY_WARN=$may_warn awk '
		/-\[ cut here \]-/ { inside = 1 }
		!inside { print; next }
		{ held = held $0 "\n" }
		/WARNING:/ && ENVIRON["MAY_WARN"] != "" && $0 ~ ENVIRON["MAY_WARN"] { expected = 1 }
		/--\[ end trace / { if (!expected) printf "%s", held; held = ""; inside = expected = 0 }
		END { printf "%s", held }' "$log"
}

check_console_log()
{
	local fault

	# All of it is read: whoever writes to a pipe that is left fails, and that would look like no fault.
	fault=$(unexpected | grep -aE -e "$faults") || return 0
	fault=${fault%%$'\n'*}
	die "the kernel log $log has a warning: ${fault//$'\r'/}"
}

# Where a machine was that did not end: its log may be gone when somebody asks.
show_end_of_log()
{
	tail -n 60 -- "$log" | tr -d '\r' | sed 's/^/vm.sh: | /' >&2
}

conclude()
{
	local status

	[ ! -e "$run/unread" ] || exit $((128 + 13)) # SIGPIPE
	status=$(cat -- "$run/control" 2>/dev/null) || :
	if [ "$vm_status" -ne 0 ] && [ "$timeout" -gt 0 ] && [ "$SECONDS" -ge "$timeout" ]; then
		say "time-out after $timeout s${status:+ (the program had ended with status $status)}, console log: $log"
		show_end_of_log
		exit 124
	fi
	[[ $status =~ ^[0-9]+$ ]] || die "$(reason | tr -d '\r'), console log: $log"
	[ -z "$check_log" ] || check_console_log
	[ -z "$verbose" ] || say "exit status $status after $SECONDS s, console log: $log"
	exit "$status"
}

# --- one run ---------------------------------------------------------------------------------------------

check_prerequisites()
{
	need_command cpio cpio
	need_command modprobe kmod
	need_command xz xz-utils
	# Not just any busybox: it has to run without libraries.
	busybox=$(type -P busybox) || :
	[[ $(ldd "${busybox:-none}" 2>&1) == *"not a dynamic executable"* ]] ||
		die "a static busybox is missing: install the package busybox-static"
	kernel=$(realpath -m -- "${VM_KERNEL:-$KERNELS/$SERIES}")
	[ -e "$kernel/release" ] || die "there is no kernel in $kernel: run ${BASH_SOURCE[0]%/*}/fetch-kernel.sh"
	release=$(<"$kernel/release")
	arch_facts "$(arch_of_kernel "$kernel")"
	machine_facts "${VM_MACHINE-}"
	[ "$arch" = amd64 ] || foreign_busybox
	: "${VM_QEMU:=${QEMU%/*}/qemu-system-$arch_qemu}"
	qemu=$(type -P -- "$VM_QEMU") || die "there is no QEMU at $VM_QEMU: run qemu-adapter/build-qemu.sh --targets $arch_qemu, or set VM_QEMU"
	qemu=$(realpath -- "$qemu")
}

foreign_busybox()
{
	busybox=$CROSS/$arch/busybox
	[ -e "$busybox" ] || die "there is no $busybox: run ${BASH_SOURCE[0]%/*}/fetch-cross.sh $arch"
}

# Archives of earlier kernels and scripts, and what a run left that was killed without mercy.
remove_stale()
{
	find "$VM" -maxdepth 1 \( -name 'base-*.cpio' -mtime +7 -o -name 'run-*' -mtime +0 \) -exec rm -rf -- {} +
}

# Logs outlive the run; a test suite makes many, and the last ones are those that somebody looks for.
choose_log()
{
	local program=${command[0]##*/}

	[ -z "$log" ] || return 0
	mkdir -p -- "$VM/log"
	find "$VM/log" -name '*.log' -printf '%T@ %p\0' | sort -znr | tail -zn +50 | cut -zd ' ' -f 2- | xargs -0r rm -f --
	log=$VM/log/$(date +%Y%m%d-%H%M%S)-$$-${program//[^A-Za-z0-9._-]/_}.log
}

[ "${1-}" != --help ] || { usage; exit 0; }
case ${1-} in
run) ;;
shell) terminal=yes ;;
*) bad_usage "the first argument must be 'run' or 'shell'" ;;
esac
parse_options "${@:2}"
[ -z "$terminal" ] || [ -t 0 ] || bad_usage "a shell needs a terminal to read from; 'run' takes standard input"
[[ ${VM_PATIENCE:-1} =~ ^[1-9][0-9]*$ ]] || bad_usage "VM_PATIENCE is no positive number"
timeout=$((timeout * ${VM_PATIENCE:-1}))
check_prerequisites
choose_log

guest_files=()
mkdir -p -- "$VM"
remove_stale
run=$(mktemp -d -- "$VM/run-XXXXXX")
# QEMU changes them, and may not live to change them back.
[ -z "$terminal" ] || settings=$(stty -g 2>/dev/null) || :
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

make_initramfs
: "${memory:=$(default_memory)}"
describe_machine
[ -z "$verbose" ] || say "$qemu ${machine[*]@Q}"
run_machine
backtrace
if died_in_generated_code; then
	once_more "QEMU died in code that it had generated"
elif died_of_breakpoint; then
	once_more "the kernel met a breakpoint of its own that had gone"
fi
conclude
