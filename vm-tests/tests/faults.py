#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: faults.py MONITOR PORT

Connects to the two sockets of a QEMU that is about to start: its monitor, and
a port of the guest's. Each line from the port is the name of a fault of the
device "dut"; it is ordered, and the line returned. Ends with QEMU.
"""

import sys

sys.dont_write_bytecode = True  # leave nothing behind in the source tree
from qmp import Monitor, connect, stop


def main():
    if sys.argv[1:] == ['--help']:
        sys.exit(print(__doc__))
    if len(sys.argv) != 3 or sys.argv[1].startswith('-'):
        stop('two sockets are needed (--help explains)')
    monitor = Monitor(sys.argv[1])
    port = connect(sys.argv[2])
    try:
        for line in port:
            monitor.fault(line.strip())
            port.write(line)
            port.flush()
    except ConnectionError:
        pass


main()
