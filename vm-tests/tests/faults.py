#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: faults.py MONITOR PORT

Connects to the two sockets of a QEMU that is about to start: its monitor, and
a port of the guest's. Each line from the port is the name of a fault of the
device "dut"; it is ordered, and the line returned. Ends with QEMU.
"""

import json
import socket
import sys
import time

DEVICE = '/machine/peripheral/dut/virtio-backend'
SECONDS = 120           # until QEMU has started


def connect(path):
    end = time.monotonic() + SECONDS
    while True:
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(path)
            return sock.makefile('rw')
        except OSError:
            sock.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def ask(monitor, command, **arguments):
    json.dump({'execute': command, 'arguments': arguments}, monitor)
    monitor.write('\n')
    monitor.flush()
    for line in monitor:
        answer = json.loads(line)
        if 'error' in answer:
            sys.exit('faults.py: %s: %s' % (command, answer['error']['desc']))
        if 'return' in answer:
            return
    sys.exit('faults.py: the monitor has gone')


def main():
    if sys.argv[1:] == ['--help']:
        sys.exit(print(__doc__))
    if len(sys.argv) != 3 or sys.argv[1].startswith('-'):
        sys.exit('faults.py: two sockets are needed (--help explains)')
    monitor = connect(sys.argv[1])
    monitor.readline()
    ask(monitor, 'qmp_capabilities')
    port = connect(sys.argv[2])
    try:
        for line in port:
            ask(monitor, 'qom-set', path=DEVICE, property='x-' + line.strip(), value=True)
            port.write(line)
            port.flush()
    except ConnectionError:
        pass


main()
