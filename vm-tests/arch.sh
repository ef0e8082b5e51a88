# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
#
# To be sourced after lib.sh: what one architecture has that others have not, and one machine. Nobody else asks for a
# name of either.

ARCHS=(amd64 i386 arm64 riscv64 s390x)      # as Debian names them
CROSS=$BUILD/cross                          # <arch>/, see fetch-cross.sh

# arch_facts ARCH: sets
#	arch		the same
#	arch_qemu	as QEMU names it
#	arch_kernel	as the kernel's Makefile names it
#	triplet		as compilers name it
#	multiarch	its libraries' folder
#	arch_suite	the Debian that its kernel, SERIES, and its libraries come from
#	arch_flavour	the end of a kernel package's name
arch_facts()
{
	arch=$1 arch_qemu=$1 arch_kernel=$1 triplet=$1-linux-gnu arch_suite=bookworm arch_flavour=$1
	case $1 in
	amd64) arch_qemu=x86_64 arch_kernel=x86_64 triplet=x86_64-linux-gnu ;;
	i386) arch_qemu=x86_64 arch_flavour=686-pae triplet=i686-linux-gnu ;;
	arm64) arch_qemu=aarch64 triplet=aarch64-linux-gnu ;;
	riscv64) arch_kernel=riscv arch_suite=trixie ;;
	s390x) arch_kernel=s390 ;;
	*) bad_usage "there is no architecture '$1'; known: ${ARCHS[*]}" ;;
	esac
	multiarch=${triplet/i686/i386}
}

# The architecture that a folder of fetch-kernel.sh is for, and that folder.
arch_of_kernel() { cat -- "$1/arch" 2>/dev/null || echo amd64; }
kernel_of() { echo "$KERNELS/$1$([ "$2" = amd64 ] || echo "-$2")"; }

# machine_facts MACHINE: after arch_facts. Sets
#	machine_type	for -machine
#	machine_cpu	for -cpu
#	machine_append	words for the kernel's command line, the console first
#	bus		what the device types' names end with: pci, device (virtio-mmio), ccw
#	port_options	for the device of the virtio-serial ports
#	base_modules	the drivers of bus and ports
# By default it is the one with a PCI bus that has been there longest, or that has nothing else.
machine_facts()
{
	local kind=${1:-}

	[ -n "$kind" ] || case $arch in
	amd64 | i386) kind=pc ;;
	arm64 | riscv64) kind=virt-pci ;;
	s390x) kind=ccw ;;
	esac
	machine_cpu=max machine_append=console=ttyS0 port_options=ioeventfd=off
	case $arch/$kind in
	amd64/pc | amd64/q35 | i386/pc) machine_type=$kind bus=pci ;;
	# Its devices are found by ACPI; a stock kernel takes none from the command line. With ACPI it has no other clock than the
	# processor's, and that, emulated, does not say how fast it is.
	amd64/microvm)
		machine_type=microvm,acpi=on,rtc=on bus=device
		machine_append+=" tsc_early_khz=$(awk '/^cpu MHz/ { khz = $4 * 1000; exit } END { printf "%d", khz ? khz : 2000000 }' \
			/proc/cpuinfo)" ;;
	arm64/virt-*) machine_type=virt machine_cpu=cortex-a57 machine_append=console=ttyAMA0 bus=${kind#virt-} ;;
	riscv64/virt-*) machine_type=virt machine_cpu=rv64 bus=${kind#virt-} ;;
	s390x/ccw | s390x/pci) machine_type=s390-ccw-virtio machine_append=console=ttysclp0 bus=$kind ;;
	*) bad_usage "there is no machine '$kind' for $arch" ;;
	esac
	case $bus in
	# A high slot, to leave the first free ones to the devices under test.
	pci) base_modules=(virtio_pci virtio_console); [[ $machine_type == virt || $arch == s390x ]] || port_options+=,addr=1e ;;
	mmio) bus=device ;;&
	mmio | device) base_modules=(virtio_mmio virtio_console) port_options= ;;
	ccw) base_modules=(virtio_console) ;;
	*) bad_usage "there is no machine '$kind' for $arch" ;;
	esac
}

# machine_device ARGUMENT: of -device, for the bus of the machine; virtio devices are named as those for PCI.
machine_device()
{
	local type=${1%%,*}

	case $type in
	virtio-*-pci) echo "${type%pci}$bus${1#"$type"}" ;;
	*) echo "$1" ;;
	esac
}
