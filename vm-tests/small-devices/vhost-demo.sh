#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: vhost-demo.sh CASE
#
# Tests of vhost-demo; below each case says what it is about.
# VM_QEMU names another QEMU than the one of qemu-adapter/build-qemu.sh.

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

qemu=${VM_QEMU:-$QEMU}
[ -x "$qemu" ] || fail "there is no $qemu: run qemu-adapter/build-qemu.sh"
release=$(<"$kernel/release")

# What a VM loads that plays the host.
host_module=$BUILD/host-module/$release/vhost_demo.ko
need_host_module()
{
	[ -e "$host_module" ] ||
		fail "there is no $host_module: run qemu-adapter/small-devices/vhost-demo-module/build.sh"
}

# For what is about a host that has no such module.
need_no_node()
{
	[ ! -e /dev/vhost-demo ] || { echo "SKIP: this machine has a /dev/vhost-demo"; exit 77; }
}

# put_qemu DIRECTORY: the built QEMU, as small as it gets, and the firmware without which it does not start.
put_qemu()
{
	local file

	mkdir -p -- "$1/firmware"
	strip -o "$1/qemu" -- "$qemu"
	for file in seabios/bios-256k.bin qemu/kvmvapic.bin qemu/linuxboot_dma.bin qemu/pvh.bin; do
		cp -L -- "/usr/share/$file" "$1/firmware/" ||
			fail "/usr/share/$file is missing: install the packages seabios and qemu-system-data"
	done
}

check=$here/vhost-demo-check.py
harness=$VM_TESTS/../qemu-adapter/machine.py

# put_python DIRECTORY: the interpreter, and of its library only what the test imports, compiled already: the
# emulated machine takes its time.
put_python()
{
	local executable library file

	mkdir -p -- "$1/lib"
	{
		read -r executable
		read -r library
		while read -r file; do
			mkdir -p -- "$(dirname -- "$1/lib/${file#"${library%/*}"/}")"
			cp -- "$file" "$1/lib/${file#"${library%/*}"/}"
		done
	} < <(python3 - "$harness" <<-'END'
		import encodings.ascii, pathlib, runpy, stringprep, sys, sysconfig, tempfile
		runpy.run_path(sys.argv[1])
		library = sysconfig.get_path('stdlib')
		print(sys.executable, library, sep='\n')
		for module in list(sys.modules.values()):
		    file = getattr(module, '__file__', None) or ''
		    if file.startswith(library + '/') and 'site-packages' not in file:
		        print(file)
	END
	)
	cp -- "$(realpath -- "$executable")" "$1/python3"
	"$executable" -m compileall -q -b "$1/lib"
	find "$1/lib" -name '*.py' -exec rm -- {} +
}

# make_inner DIRECTORY: kernel and initramfs of the inner guest, as vm.sh makes those of the outer one.
make_inner()
{
	local root=$tmp/inner

	# shellcheck disable=SC2034 # for initramfs.sh
	busybox=$(type -P busybox) run=$tmp
	mkdir -p -- "$root/vm"
	install_program "$PROGRAMS/virtio-demo" "$root" /bin/virtio-demo
	install_file "$here/vhost-demo-inner.sh" "$root" /vm/command
	ln -s /dev/null "$root/vm/stdin"
	install_stock "$root" /vm/modules
	install_module "$modules/virtio-demo.ko" "$root" /vm/modules /lib/modules
	pack "$root" "$tmp/inner.cpio"
	cat -- "$(base_archive)" "$tmp/inner.cpio" >"$1/initramfs"
	cp -L -- "$kernel/vmlinux" "$1/"
}

# /dev/vhost-demo, driven by programs that play guest and VMM, in a VM that plays the host.
case_node()
{
	need_host_module
	exec "$VM_TESTS/tests/tap.sh" --each --no-module --no-device --smp 2 --module "$host_module" -- \
		"$PROGRAMS"/vhost-demo-{serve,hostile,life}
}

# The device in QEMU, without a guest: in a VM that plays the host and has /dev/vhost-demo.
case_qemu()
{
	need_host_module
	put_qemu "$tmp/host"
	put_python "$tmp/host/python"
	cp -- "$check" "$harness" "$tmp/host"
	cat >"$tmp/host/run" <<'END'
#!/bin/sh
exec /host/qemu -L /host/firmware "$@"
END
	chmod +x "$tmp/host/run"
	exec "$VM_TESTS/tests/tap.sh" --no-module --no-device --smp 2 --timeout 240 --module "$host_module" \
		--env PYTHONHOME=/host/python --file "$tmp/host:/host" -- \
		/host/python/python3 /host/vhost-demo-check.py /host/run
}

# The same right here, where there is no such node, so that QEMU has to serve the ring itself.
case_qemu_alone()
{
	need_no_node
	python3 "$check" "$qemu"
}

# On a host without /dev/vhost-demo the device works all the same, and QEMU has said who serves it.
case_fallback()
{
	need_no_node
	# What QEMU says goes nowhere if the VM works; hence a QEMU that keeps it.
	cat >"$tmp/qemu" <<END
#!/bin/sh
exec '$qemu' "\$@" 2>'$tmp/said'
END
	chmod +x "$tmp/qemu"
	VM_QEMU=$tmp/qemu "$VM_TESTS/vm.sh" run --check-log --no-module --no-device --device vhost-demo-pci \
		--module "$modules/virtio-demo.ko" -- "$PROGRAMS/virtio-demo" >"$tmp/report"
	printf '%s\n' 'first read = 1333' '1. read = 1333' '3. read = 2333' '5. read = 3333' >"$tmp/expected"
	diff -u -- "$tmp/expected" "$tmp/report" || fail "the device does not do what it must"
	cat -- "$tmp/report" "$tmp/said"
	[ "$(grep -c 'vhost-demo is served by QEMU: .*/dev/vhost-demo' "$tmp/said")" = 1 ] || fail "QEMU did not warn"
}

# The whole picture: a VM plays the host, loads the host module and runs QEMU, emulated within emulation, with
# -device vhost-demo-pci; in that, the unchanged driver of virtio-demo runs the acceptance test, while the host's
# administrator stops the machine, lets it go on and unplugs the device.
case_nested()
{
	# shellcheck source=../initramfs.sh
	. "$VM_TESTS/initramfs.sh"
	# shellcheck source=../arch.sh
	. "$VM_TESTS/arch.sh"
	arch_facts "$(arch_of_kernel "$kernel")"
	machine_facts ''
	need_host_module
	mkdir -- "$tmp/host"
	put_qemu "$tmp/host"
	make_inner "$tmp/host"
	cp -- "$here/vhost-demo-outer.sh" "$tmp/host/"
	exec "$VM_TESTS/tests/tap.sh" --no-module --no-device --smp 2 --memory 2048 --timeout 1140 \
		--module "$host_module" --file "$tmp/host:/host" -- sh /host/vhost-demo-outer.sh
}

"case_$1"
