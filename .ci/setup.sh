#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the Debian packages that are missing, for the parts named:
#
#	.ci/setup.sh [library] [fuzz] [riscv] [vm] [matrix] [reach] [lint] [ci] [fresh]
#
# The default is library, fuzz, riscv and vm.
#
# The one list of what the project needs, with the reason for each package;
# docs/hacking.md refers to it.  Needs root or sudo only if something is missing.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../.ci/usage.sh
. "$(dirname "$0")/../.ci/usage.sh"

packages() {
	sed -e 's/#.*//' -e '/^[[:space:]]*$/d'
}

library() {
	packages <<-END
	gcc			# the compiler everything is built with
	libc6-dev		# headers of the C library
	cmake			# the build
	ninja-build		# what cmake (and QEMU) drive
	make			# the same, where nobody says what; QEMU's and the kernel's build
	pkg-config		# how outside projects find the library
	libssl-dev		# the libcrypto backend
	nettle-dev		# the nettle backend; QEMU's own crypto
	libcmocka-dev		# unit tests
	libjansson-dev		# vcrypto-kat: Wycheproof's vectors are JSON
	python3-cryptography-vectors	# the vectors that vcrypto-kat is tested with
	meson			# tests that a meson project finds the library; builds QEMU
	g++			# tests that the headers compile as C++
	binutils		# nm, for the purity test
	python3			# small test scripts; QEMU's build
	valgrind		# tells what the timing of a test depends on
	libseccomp-dev		# the filter of vcryptod
	groff-base		# checks the manual page of vcrypto
	doxygen			# the API reference, and that no part of it is missing
	END
	# The backends ipsec_mb and mixed; for this architecture only.
	[ "$(dpkg --print-architecture)" != amd64 ] || echo libipsec-mb-dev
	# What a static libcrypto is linked with, if this is known yet: Debian 13's, and libssl-dev needs neither.
	! grep -qs -e -lzstd /usr/lib/*/pkgconfig/libcrypto.pc || echo zlib1g-dev libzstd-dev
}

fuzz() {
	packages <<-END
	clang			# libFuzzer, and the second compiler
	libclang-rt-dev		# the sanitizer and fuzzer runtimes
	llvm			# llvm-profdata and llvm-cov, for the coverage floor
	END
}

# The RISC-V machine of examples/riscv-emu/.
riscv() {
	packages <<-END
	libunicorn-dev		# its processor
	gcc-riscv64-unknown-elf	# its programs
	openssl			# what their results are compared with
	END
}

vm() {
	packages <<-END
	dpkg-dev		# dpkg-source, to unpack QEMU's source package
	python3-venv		# QEMU's configure
	gcc-12			# the compiler that the headers of kernel 6.1 name
	bison			# QEMU's and the kernel's build
	flex			# QEMU's and the kernel's build
	libglib2.0-dev		# QEMU
	libpixman-1-dev		# QEMU
	libfdt-dev		# QEMU
	zlib1g-dev		# QEMU
	qemu-system-data	# firmware and ROMs
	seabios			# firmware of the pc machine
	ipxe-qemu		# option ROMs that QEMU looks for
	busybox-static		# user space of the test guest
	cpio			# initramfs images
	kmod			# depmod, modprobe --show-depends
	pciutils		# lspci, for the test that looks at the device
	pci.ids			# its names
	gcc-multilib		# 32-bit test programs: the other ABI of /dev/crypto
	procps			# pgrep, for the self-test of vm.sh
	e2fsprogs		# mkfs.ext4: a disk for fscrypt
	keyutils		# keyctl: RSA through the kernel's key service
	openssl			# what the demo compares the guest's result with
	curl			# a client of the OpenSSL provider
	perl			# configures OpenSSL, whose engine is one of the clients tested
	xz-utils		# unpacks kernel packages and sources
	libelf-dev		# objtool of the kernel's headers links it
	sparse			# tells addresses of user space from others in the guest's modules
	END
}

# Only for vm-tests/matrix.sh: what its kernels and QEMUs need beyond all that.
matrix() {
	packages <<-END
	zstd			# unpacks the image of kernel 6.12
	END
}

# Only for vm-tests/reach.sh, which fetches compilers itself: Debian's do not go together with gcc-multilib.
reach() {
	packages <<-END
	qemu-user		# unit tests on processors that are not this one
	lz4			# unpacks the image of the cloud kernel
	zstd			# and that of 6.12
	END
}

# Only for what is run by hand: the target tidy, and .ci/format.sh.
lint() {
	packages <<-END
	clang-tidy		# .clang-tidy
	clang-format		# .clang-format
	END
}

# Only for ctest -L oss-fuzz, and for the test of docs/ci/.
ci() {
	packages <<-END
	afl++			# the second engine of fuzz/oss-fuzz/
	python3-yaml		# reads the workflows
	END
}

# Only for ctest -L fresh.
fresh() {
	packages <<-END
	libxml2-utils		# xmllint: what docs/deploy.md shows, against libvirt's schema
	debootstrap		# makes a Debian 12 to follow README in
	e2fsprogs		# makes a disk of one
	mtools			# and one for the firmware
	quilt			# puts the patches into Debian's QEMU
	END
}

main() {
	local part package missing=() sudo=()

	[ $# -gt 0 ] || set -- library fuzz riscv vm
	for part in "$@"; do
		case $part in
		library | fuzz | riscv | vm | matrix | reach | lint | ci | fresh) ;;
		*)
			echo "setup.sh: no part '$part'; there are: library fuzz riscv vm matrix reach lint ci fresh" >&2
			exit 2
			;;
		esac
		for package in $("$part"); do
			dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
				grep -q 'ok installed' || missing+=("$package")
		done
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null || {
			echo "setup.sh: run this as root, or install: ${missing[*]}" >&2
			exit 1
		}
		sudo=(sudo)
	fi
	echo "Installing ${#missing[@]} packages: ${missing[*]}"
	"${sudo[@]}" apt-get update -qq
	DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq \
		--no-install-recommends "${missing[@]}" >/dev/null
}

main "$@"
# What has come says what else is needed.
main "$@"
