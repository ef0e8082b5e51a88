#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: migrate.py [ARGUMENT of QEMU]...

Is a QEMU for vm.sh: the machine moves from one QEMU to another whenever the
guest asks for it. Each line "migrate" from the port "faults" does it once, and
is returned by the QEMU where the machine is then. Variables of the environment, words in each:

MIGRATE_QEMUS    the QEMUs, in turns
MIGRATE_DEVICES  the crypto device of each; in turns, too
MIGRATE_LIVE     if not empty, the machine goes on while it moves, else it stands still. QEMU 7.2
                 loses pages then, under TCG and without our device, too (docs/qemu.md)

Ends as the last QEMU does.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time

SECONDS = 120           # until a QEMU has started, or the machine has moved


def connect(path, process):
    end = time.monotonic() + SECONDS
    while True:
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(path)
            return sock.makefile('rw')
        except OSError:
            sock.close()
            if process.poll() is not None or time.monotonic() > end:
                sys.exit('migrate.py: a QEMU has not started')
            time.sleep(0.05)


class Machine:
    """A QEMU, with its monitor and the guest's port."""

    def __init__(self, folder, number, arguments):
        qemus, devices = (os.environ[name].split() for name in ('MIGRATE_QEMUS', 'MIGRATE_DEVICES'))
        names = [os.path.join(folder, '%s%d' % (kind, number)) for kind in ('monitor', 'port', 'incoming')]
        monitor, port, self.incoming = names
        command = [qemus[number % len(qemus)]] + arguments + [
            '-device', devices[number % len(devices)],
            '-qmp', 'unix:%s,server=on,wait=off' % monitor,
            '-chardev', 'socket,id=faults,path=%s,server=on,wait=off' % port,
            '-device', 'virtserialport,chardev=faults,name=faults']
        if number:
            command += ['-incoming', 'unix:' + self.incoming]
        self.process = subprocess.Popen(command)
        self.monitor = connect(monitor, self.process)
        self.monitor.readline()
        self.ask('qmp_capabilities')
        self.port = connect(port, self.process)

    def ask(self, command, **arguments):
        try:
            json.dump({'execute': command, 'arguments': arguments}, self.monitor)
            self.monitor.write('\n')
            self.monitor.flush()
        except ConnectionError:
            sys.exit(1)         # QEMU has said why
        for line in self.monitor:
            answer = json.loads(line)
            if 'error' in answer:
                sys.exit('migrate.py: %s: %s' % (command, answer['error']['desc']))
            if 'return' in answer:
                return answer['return']
        sys.exit(1)

    def move_to(self, other):
        live = os.environ.get('MIGRATE_LIVE')
        if not live:
            self.ask('stop')
        self.ask('migrate', uri='unix:' + other.incoming)
        end = time.monotonic() + SECONDS
        while True:
            status = self.ask('query-migrate')
            if status['status'] == 'completed':
                break
            if status['status'] in ('failed', 'cancelled') or time.monotonic() > end:
                sys.exit('migrate.py: the machine has not moved: %s' % status)
            time.sleep(0.05)
        self.ask('quit')
        self.process.wait()
        # Told to go on before it is all there, it would stand still afterwards.
        while other.ask('query-status')['status'] == 'inmigrate':
            time.sleep(0.05)
        if not live:
            other.ask('cont')
        return status.get('downtime', 0)


def main():
    if sys.argv[1:] == ['--help']:
        sys.exit(print(__doc__))
    if not os.environ.get('MIGRATE_QEMUS') or not os.environ.get('MIGRATE_DEVICES'):
        sys.exit('migrate.py: MIGRATE_QEMUS and MIGRATE_DEVICES are missing (--help explains)')
    with tempfile.TemporaryDirectory() as folder:
        moves, downtime = 0, []
        machine = Machine(folder, 0, sys.argv[1:])
        try:
            # The port ends with QEMU, when the guest has switched itself off.
            for line in iter(lambda: machine.port.readline(), ''):
                other = Machine(folder, moves + 1, sys.argv[1:])
                downtime.append(machine.move_to(other))
                moves, machine = moves + 1, other
                machine.port.write(line)
                machine.port.flush()
            print('moved %d times, downtime at most %d ms' % (moves, max(downtime, default=0)), file=sys.stderr)
            status = machine.process.wait()
        finally:
            machine.process.kill()
    sys.exit(status)


main()
