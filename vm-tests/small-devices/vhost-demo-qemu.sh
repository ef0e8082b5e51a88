#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# usage: vhost-demo-qemu.sh [--host]
#
# The device in QEMU, without a guest: in a VM that plays the host and has /dev/vhost-demo; with --host right here,
# where there is no such node, so that QEMU has to serve the ring itself.

# shellcheck source-path=SCRIPTDIR source=vhost-demo-lib.sh
. "${BASH_SOURCE[0]%/*}/vhost-demo-lib.sh"

check=$here/vhost-demo-check.py
harness=$VM_TESTS/../qemu-adapter/machine.py

if [ "${1-}" = --host ]; then
	need_no_node
	python3 "$check" "$qemu"
	exit
fi

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
