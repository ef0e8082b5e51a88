# SPDX-License-Identifier: GPL-2.0-or-later
"""The sockets of a QEMU: its monitor, and a port of the guest's."""

import json
import os
import socket
import sys
import time

SECONDS = 120           # until a QEMU has started


def stop(text):
    """Ends the program that this is used by."""
    sys.exit('%s: %s' % (os.path.basename(sys.argv[0]), text))


def connect(path, ended=lambda: False):
    """A file for reading and writing, of a QEMU that is about to start, unless it has ended."""
    end = time.monotonic() + SECONDS
    while True:
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(path)
            return sock.makefile('rw')
        except OSError:
            sock.close()
            if ended() or time.monotonic() > end:
                stop('a QEMU has not started')
            time.sleep(0.05)


class Monitor:
    """What QEMU is asked, and answers."""

    def __init__(self, path, ended=lambda: False):
        self.file = connect(path, ended)
        self.file.readline()
        self.ask('qmp_capabilities')

    def ask(self, command, **arguments):
        """What the command returns; the program ends if there is no such thing."""
        try:
            json.dump({'execute': command, 'arguments': arguments}, self.file)
            self.file.write('\n')
            self.file.flush()
        except ConnectionError:
            stop('QEMU has gone')
        for line in self.file:
            answer = json.loads(line)
            if 'error' in answer:
                stop('%s: %s' % (command, answer['error']['desc']))
            if 'return' in answer:
                return answer['return']
        return stop('QEMU has gone')

    def fault(self, name):
        """Orders a fault of our device, which is called "dut"."""
        self.ask('qom-set', path='/machine/peripheral/dut/virtio-backend', property='x-' + name, value=True)
