#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: migrate.py [ARGUMENT of QEMU]...

Is a QEMU for vm.sh: the machine moves from one QEMU to another whenever the
guest asks for it. Each line "migrate" from the port "faults" does it once, and
is returned by the QEMU where the machine is then. Another line is the name of a fault of the
device "dut", as in faults.py. Variables of the environment, words in each:

MIGRATE_QEMUS    the QEMUs, in turns
MIGRATE_DEVICES  the crypto device of each; in turns, too
MIGRATE_LIVE     if not empty, the machine goes on while it moves, else it stands still. QEMU 7.2
                 loses pages then, under TCG and without our device, too (docs/qemu.md)

Ends as the last QEMU does.
"""

import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # leave nothing behind in the source tree
from qmp import Monitor, connect, stop

SECONDS = 120           # until the machine has moved


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
        self.monitor = Monitor(monitor, self.ended)
        self.ask = self.monitor.ask
        self.port = connect(port, self.ended)

    def ended(self):
        return self.process.poll() is not None

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
                stop('the machine has not moved: %s' % status)
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
        stop('MIGRATE_QEMUS and MIGRATE_DEVICES are missing (--help explains)')
    with tempfile.TemporaryDirectory() as folder:
        moves, downtime = 0, []
        machine = Machine(folder, 0, sys.argv[1:])
        try:
            # The port ends with QEMU, when the guest has switched itself off.
            for line in iter(lambda: machine.port.readline(), ''):
                if line.strip() == 'migrate':
                    other = Machine(folder, moves + 1, sys.argv[1:])
                    downtime.append(machine.move_to(other))
                    moves, machine = moves + 1, other
                else:
                    machine.monitor.fault(line.strip())
                machine.port.write(line)
                machine.port.flush()
            print('moved %d times, downtime at most %d ms' % (moves, max(downtime, default=0)), file=sys.stderr)
            status = machine.process.wait()
        finally:
            machine.process.kill()
    sys.exit(status)


main()
