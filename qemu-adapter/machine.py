# SPDX-License-Identifier: GPL-2.0-or-later
"""A QEMU without a guest, and the driver's side of a virtio ring.

QEMU's own test protocol (-qtest) lets a program play the processor: find the
device on the PCI bus, set up rings in guest memory and post chains, good and
bad ones.
"""

import glob
import json
import os
import re
import socket
import struct
import subprocess
import tempfile
import time

TIMEOUT = 20            # seconds, for anything
SLOT = 5                # the device's, on bus 0
BAR = 0xe0000000        # where its memory is mapped
MSIX = BAR + 0x80000    # and its table of interrupts
ECAM = 0xb0000000       # PCI configuration space as memory
PORT_SLOT = 4           # of the port, where there is one
RINGS = 0x100000        # guest memory: rings, one page aligned area a queue
BUFFERS = 0x400000      # and buffers

DRIVER_OK, FEATURES_OK, NEEDS_RESET = 4, 8, 0x40
EVENT_IDX, VERSION_1, RING_RESET = 29, 32, 40
NEXT, WRITE, INDIRECT = 1, 2, 4


class Machine:
    """A QEMU that does nothing of its own accord."""

    # To be set before the first one is made:
    binary = None           # the QEMU
    queue_class = None      # what start() makes for each queue

    bus, slot = 0, SLOT
    arguments = []          # more of the command line
    defaults = {}           # properties, where a test says nothing of them

    def __init__(self, device='virtio-cryptodev-pci', machine='pc', mapping=None,
                 **options):
        self.device = ','.join([device, 'id=dut'] + [
            '%s=%s' % (k.replace('_', '-'), v)
            for k, v in {'addr': self.slot, **self.defaults,
                         **options}.items()])
        if mapping:
            # Lists have no other form.
            self.device = json.dumps({
                'driver': device, 'id': 'dut', 'addr': '%d' % self.slot,
                'iothread-vq-mapping': mapping, **options})
        self.folder = tempfile.TemporaryDirectory()
        qmp = os.path.join(self.folder.name, 'qmp')
        self.log = os.path.join(self.folder.name, 'log')
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(qmp)
        listener.listen()
        listener.settimeout(TIMEOUT)
        self.process = subprocess.Popen(
            [self.binary, '-machine', machine + ',accel=qtest', '-m', '64',
             '-nodefaults', '-display', 'none', '-qtest', 'stdio',
             '-qtest-log', 'none', '-qmp', 'unix:' + qmp,
             '-d', 'tid', '-D', self.log + '%d',
             *self.arguments, '-device', self.device],
            # What is used after it has been freed looks like nothing useful.
            env={**os.environ, 'MALLOC_PERTURB_': '165'},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        connection = listener.accept()[0]
        connection.settimeout(TIMEOUT)
        self.monitor = connection.makefile('rw')
        self.monitor.readline()
        self.qmp('qmp_capabilities')
        self.pci()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            self.qmp('quit')
        else:
            self.process.kill()
        errors = self.process.communicate(timeout=TIMEOUT)[1]
        self.folder.cleanup()
        if kind is None:
            assert self.process.returncode == 0, errors

    def qmp(self, command, **arguments):
        self.monitor.write(json.dumps({'execute': command,
                                       'arguments': arguments}) + '\n')
        self.monitor.flush()
        while True:
            try:
                line = self.monitor.readline()
            except ConnectionResetError:
                line = ''
            assert line, 'QEMU has died: ' + self.process.stderr.read()
            answer = json.loads(line)
            if 'event' not in answer:
                return answer

    def device_add(self, **options):
        """Its answer."""
        return self.qmp('device_add', driver=self.device.split(',')[0], id='dut',
                        addr='%d' % self.slot, **{**self.defaults, **options})

    def plug(self):
        answer = self.device_add()
        assert 'return' in answer, answer
        self.pci()

    def unplug(self):
        """As the guest's ACPI does on a "pc" when it is asked to let go."""
        self.qmp('device_del', id='dut')
        self.qtest('outl 0xae10 0')
        self.qtest('outl 0xae08 %#x' % (1 << self.slot))
        assert self.config(0) == 0xffffffff

    def counter(self, name):
        return self.qmp('qom-get', property=name,
                        path='/machine/peripheral/dut/virtio-backend')['return']

    def trace(self, event):
        answer = self.qmp('trace-event-set-state', name=event, enable=True)
        assert 'return' in answer, answer

    def traced_by(self, event):
        """The lines about an event, so far, by thread; each has a log."""
        lines = {}
        for path in glob.glob(self.log + '*'):
            with open(path) as log:
                lines[int(path[len(self.log):])] = [
                    line for line in log if event in line]
        return lines

    def traced(self, event):
        """The numbers in each such line, of one thread after the other."""
        return [[int(n) for n in re.findall(r' \w+=(\d+)\b', line)]
                for lines in self.traced_by(event).values() for line in lines]

    def order(self, fault):
        """Has a fault happen."""
        answer = self.qmp('qom-set', property='x-' + fault, value=True,
                          path='/machine/peripheral/dut/virtio-backend')
        assert 'return' in answer, answer

    def qtest(self, command):
        self.process.stdin.write(command + '\n')
        self.process.stdin.flush()
        while True:
            words = self.process.stdout.readline().split()
            assert words, 'QEMU has died: ' + self.process.stderr.read()
            if words[0] != 'IRQ':
                assert words[0] == 'OK', (command, words)
                return words[1] if len(words) > 1 else None

    def write(self, address, data):
        if data:
            self.qtest('write %#x %d 0x%s' % (address, len(data), data.hex()))

    def read(self, address, size):
        return bytes.fromhex(self.qtest('read %#x %d' % (address, size))[2:])

    def store(self, width, address, value):
        self.qtest('write%s %#x %#x' % ('xbw?l???q'[width], address, value))

    def load(self, width, address):
        return int(self.qtest('read%s %#x' % ('xbw?l???q'[width], address)), 0)

    def config(self, offset, value=None):
        """A 32-bit access to the device's PCI configuration space."""
        self.qtest('outl 0xcf8 %#x' % (
            1 << 31 | self.bus << 16 | self.slot << 11 | offset & ~3))
        if value is None:
            return int(self.qtest('inl 0xcfc'), 0)
        return self.qtest('outl 0xcfc %#x' % value)

    def pci(self):
        """Maps the device and finds its virtio structures."""
        self.config(0x20, BAR)
        self.config(0x24, 0)
        self.config(0x04, 6)
        self.structures = {}
        at = self.config(0x34) & 0xff
        while at:
            head = self.config(at)
            if head & 0xff == 9 and head >> 24 not in self.structures:
                self.structures[head >> 24] = BAR + self.config(at + 8)
                if head >> 24 == 2:
                    self.multiplier = self.config(at + 16)
            at = head >> 8 & 0xff
        self.common = self.structures[1]

    def status(self, value=None):
        if value is None:
            return self.load(1, self.common + 20)
        return self.store(1, self.common + 20, value)

    def start(self, queues=1, features=(VERSION_1,), is_reset=False):
        """What a driver does before its first request; returns the queues."""
        if not is_reset:
            self.status(0)
        self.status(3)
        for half in 0, 1:
            self.store(4, self.common + 8, half)
            self.store(4, self.common + 12, sum(
                1 << bit - 32 * half for bit in features if bit // 32 == half))
        self.status(3 | FEATURES_OK)
        assert self.status() & FEATURES_OK
        rings = [self.queue_class(self, number) for number in range(queues)]
        self.status(3 | FEATURES_OK | DRIVER_OK)
        return rings


class PortMachine(Machine):
    """One whose device sits behind a PCI Express port, which can unplug it.

    All configuration registers are memory, those of the port too, so a guest
    may name them where a buffer, a ring or the address of an interrupt is
    asked for.
    """

    bus, slot = 1, 0
    arguments = ['-global', 'ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off',
                 '-device', 'pcie-root-port,id=rp,chassis=1,addr=%d' % PORT_SLOT]
    port = ECAM + (PORT_SLOT << 15)
    function = ECAM + (1 << 20)

    # What a driver writes to the slot control register.
    POWER_OFF, INDICATOR_OFF = 0x400, 0x300
    UNPLUG = POWER_OFF | INDICATOR_OFF

    def __init__(self, device='virtio-cryptodev-pci', **options):
        self.options = options
        super().__init__(device, 'q35', bus='rp', **options)

    def pci(self):
        # What the firmware does: the registers, and a way through the port.
        self.qtest('outl 0xcf8 0x80000060')
        self.qtest('outl 0xcfc %#x' % (ECAM | 1))
        self.store(4, self.port + 0x18, 0x010100)
        self.store(4, self.port + 0x20, BAR >> 16 | BAR & 0xffff0000)
        self.store(2, self.port + 4, 6)
        self.slot_control = self.capability(self.port, 0x10) + 0x18
        super().pci()

    def capability(self, function, number):
        """Where in a function's registers a capability is."""
        at = self.load(1, function + 0x34)
        while self.load(1, function + at) != number:
            at = self.load(1, function + at + 1)
            assert at, 'no capability %d' % number
        return function + at

    def interrupt(self, vector, address, value):
        """Has the device write @value to @address for an interrupt."""
        table = self.capability(self.function, 0x11)
        self.store(4, self.function + 0x14, MSIX)
        self.store(2, table + 2, 1 << 15)
        self.write(MSIX + 16 * vector, struct.pack('<QII', address, value, 0))

    def unplugged(self):
        """Waits until the device is."""
        give_up = time.monotonic() + TIMEOUT
        while self.load(4, self.function) != 0xffffffff:
            assert time.monotonic() < give_up, 'not unplugged'

    def plug(self):
        self.store(2, self.slot_control, 0)
        # QEMU 10 insists on the types of the properties; 7.2 takes anything.
        typed = {'on': True, 'off': False}
        answer = self.device_add(bus='rp', **{
            k.replace('_', '-'): typed.get(v, v) for k, v in self.options.items()})
        assert 'return' in answer, answer
        self.pci()


class Queue:
    """The driver's side of a split ring; all chains are indirect."""

    def __init__(self, machine, number, size=256):
        self.machine, self.number, self.size = machine, number, size
        self.enable()

    def enable(self):
        m, self.added, self.seen = self.machine, 0, 0
        self.ring = RINGS + self.number * 0x10000
        self.free = BUFFERS + self.number * 0x1000000
        self.avail, self.used = self.ring + 0x4000, self.ring + 0x8000
        self.select()
        m.write(self.ring, bytes(0x10000))
        m.store(2, m.common + 24, self.size)
        self.place_rings()
        self.doorbell = (m.structures[2] +
                         m.load(2, m.common + 30) * m.multiplier)

    elsewhere = None        # ('ring', 'avail' or 'used', where that is instead)

    def place_rings(self):
        m = self.machine
        if self.elsewhere:
            setattr(self, *self.elsewhere)
        for offset, address in (32, self.ring), (40, self.avail), (48, self.used):
            m.store(4, m.common + offset, address)
            m.store(4, m.common + offset + 4, 0)
        m.store(2, m.common + 28, 1)

    def select(self):
        self.machine.store(2, self.machine.common + 22, self.number)

    def place(self, data):
        at, self.free = self.free, self.free + (len(data) + 15 & ~15)
        self.machine.write(at, data)
        return at

    def add(self, segments):
        """Adds a chain of (address, length, WRITE or 0)."""
        table = b''.join(
            struct.pack('<QIHH', address, length, flags |
                        (NEXT if i + 1 < len(segments) else 0), i + 1)
            for i, (address, length, flags) in enumerate(segments))
        slot = self.added % self.size
        self.machine.write(self.ring + 16 * slot, struct.pack(
            '<QIHH', self.place(table), len(table), INDIRECT, 0))
        self.machine.write(self.avail + 4 + 2 * slot, struct.pack('<H', slot))
        self.added += 1
        self.machine.store(2, self.avail + 2, self.added & 0xffff)

    def post(self, readable, room, piece=1 << 30):
        """Adds a request, cut into pieces; returns where the answer will be."""
        source, answer = self.place(readable), self.place(b'\xee' * room)
        self.add([(at + i, min(piece, size - i), flag)
                  for at, size, flag in ((source, len(readable), 0),
                                         (answer, room, WRITE))
                  for i in range(0, size, piece)])
        return answer

    def kick(self):
        """Notifies the device, unless it has said that it looks by itself."""
        if not self.machine.load(2, self.used) & 1:
            self.machine.store(2, self.doorbell, self.number)

    @staticmethod
    def until(condition, otherwise):
        give_up = time.monotonic() + TIMEOUT
        while not condition():
            assert time.monotonic() < give_up, otherwise

    def wait(self, count=1):
        """Waits for answers; returns the used lengths."""
        self.until(lambda: (self.machine.load(2, self.used + 2) -
                            self.seen) % 65536 >= count, 'no answer')
        ring = self.machine.read(self.used + 4, 8 * self.size)
        lengths = []
        for _ in range(count):
            slot = self.seen % self.size
            head, length = struct.unpack_from('<II', ring, 8 * slot)
            assert head == slot, 'answered out of order'
            lengths.append(length)
            self.seen += 1
        return lengths
