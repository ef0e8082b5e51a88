#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests vhost-demo-pci in a QEMU without a guest, whoever serves the ring.

    vhost-demo-check.py QEMU_BINARY [TEST...]

Where /dev/vhost-demo is, the host's kernel must do it; else QEMU must, and
must have said so.  Each test starts a QEMU of its own.
"""

import os
import pathlib
import struct
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / 'qemu-adapter')]
from machine import NEEDS_RESET, SLOT, TIMEOUT, VERSION_1, WRITE, Machine, Queue

KERNEL = os.path.exists('/dev/vhost-demo')
SERVED = pathlib.Path('/sys/module/vhost_demo/parameters/served')
FIRST = 0x1333
READ, STORE, REFUSED = 0, 1, 0xffffffff
WARNING = 'vhost-demo is served by QEMU: '
INDIRECT_DESC, EVENT_IDX, RING_PACKED, RING_RESET = 28, 29, 34, 40


class Demo(Machine):
    """A machine with the device, which keeps what QEMU said."""

    def __init__(self, *arguments, device='vhost-demo-pci'):
        # Machine has no way to pass further arguments on.
        os.environ['VHOST_DEMO_ARGUMENTS'] = ' '.join(arguments)
        super().__init__(device)

    def __exit__(self, kind, *rest):
        if kind is not None:
            return super().__exit__(kind, *rest)
        self.qmp('quit')
        self.errors = self.process.communicate(timeout=TIMEOUT)[1]
        self.folder.cleanup()
        assert self.process.returncode == 0, self.errors
        return None

    def in_kernel(self):
        return self.counter('in-kernel')

    def wait_until(self, condition):
        give_up = time.monotonic() + TIMEOUT
        while not condition():
            assert time.monotonic() < give_up, 'waited in vain'

    def migrated(self):
        state = self.qmp('query-migrate')['return'].get('status')
        assert state != 'failed', state
        return state == 'completed'

    def broken(self):
        return bool(self.status() & NEEDS_RESET)


class Register(Queue):
    def do(self, opcode, operand=0):
        answer = self.post(struct.pack('<II', opcode, operand), 8)
        self.kick()
        assert self.wait() == [8]
        return struct.unpack('<II', self.machine.read(answer, 8))

    def load(self):
        opcode, value = self.do(READ)
        assert opcode == READ
        return value

    def store(self, value):
        assert self.do(STORE, value) == (STORE, value)


def served():
    return int(SERVED.read_text()) if KERNEL else 0


def test_the_register_is_that_of_virtio_demo():
    before = served()
    with Demo() as m:
        assert not m.in_kernel()
        register, = m.start()
        assert m.in_kernel() == KERNEL
        assert register.load() == FIRST
        for value in 0x1333, 0x2333, 0x3333:
            register.store(value)
            assert register.load() == value
        assert register.do(2, 5) == (REFUSED, 0)
        assert register.load() == 0x3333
    assert served() - before == (9 if KERNEL else 0)


def test_the_warning_says_who_serves_it():
    with Demo() as m:
        m.start()
    lines = [line for line in m.errors.splitlines() if WARNING in line]
    assert len(lines) == (0 if KERNEL else 1), m.errors
    assert KERNEL or '/dev/vhost-demo' in lines[0], lines


def test_for_the_guest_it_is_a_virtio_demo():
    seen = []
    for device in 'virtio-demo-pci', 'vhost-demo-pci':
        with Demo(device=device) as m:
            features = []
            for half in 0, 1:
                m.store(4, m.common, half)
                features.append(m.load(4, m.common + 4))
            features = features[0] | features[1] << 32
            seen.append((m.config(0), m.config(8), m.config(0x2c)))
    assert seen[0] == seen[1]
    # What the kernel cannot do is not offered; whoever serves it.
    assert features >> INDIRECT_DESC & 1 and features >> EVENT_IDX & 1
    assert features >> VERSION_1 & 1
    assert not features >> RING_PACKED & 1 and not features >> RING_RESET & 1


def test_requests_of_a_stopped_machine_are_answered_later():
    with Demo() as m:
        register, = m.start()
        register.store(0x2333)
        for value in 0x3333, 0x4333:
            m.qmp('stop')
            assert not m.in_kernel()
            answer = register.post(struct.pack('<II', STORE, value), 8)
            register.kick()
            time.sleep(0.1)
            assert m.load(2, register.used + 2) == register.seen
            m.qmp('cont')
            assert m.in_kernel() == KERNEL
            assert register.wait() == [8]
            assert m.read(answer, 8) == struct.pack('<II', STORE, value)
            assert register.load() == value


def test_many_requests_with_event_indexes():
    with Demo() as m:
        register, = m.start(features=(VERSION_1, INDIRECT_DESC, EVENT_IDX))
        for i in range(6):
            for value in range(40):
                register.post(struct.pack('<II', STORE, 40 * i + value), 8)
            m.store(2, register.doorbell, 0)
            assert register.wait(40) == [8] * 40
            if i % 2:
                m.qmp('stop')
                m.qmp('cont')
        answer = register.post(struct.pack('<II', READ, 0), 8)
        m.store(2, register.doorbell, 0)
        assert register.wait() == [8]
        assert m.read(answer, 8) == struct.pack('<II', READ, 239)


def test_a_reset_returns_the_first_value():
    with Demo() as m:
        for _ in range(10):
            register, = m.start()
            assert register.load() == FIRST
            register.store(0x2333)
            m.status(0)
            assert not m.in_kernel()
        register, = m.start()
        register.store(0x2333)
        m.qmp('system_reset')
        m.wait_until(lambda: not m.in_kernel())
        m.pci()
        register, = m.start()
        assert register.load() == FIRST


def test_a_request_without_room_breaks_the_device_until_a_reset():
    with Demo() as m:
        for room in 0, 7:
            register, = m.start()
            register.store(0x2333)
            used = m.load(2, register.used + 2)
            at = register.place(struct.pack('<II', STORE, 5))
            register.add([(at, 8, 0)] + [(at + 64, room, WRITE)] * (room > 0))
            register.kick()
            m.wait_until(m.broken)
            assert m.load(2, register.used + 2) == used
        register, = m.start()
        assert not m.broken() and m.in_kernel() == KERNEL
        assert register.load() == FIRST


def test_malformed_chains_break_the_device_until_a_reset():
    # More than QEMU is ready to put into bounce buffers, as it does with what is
    # not memory.
    with Demo() as m:
        for segments in ([(1 << 40, 8192, 0), (1 << 40, 8192, WRITE)],
                         [(0x500000, 8, WRITE), (0x500000, 8, 0)]):
            register, = m.start()
            register.add(segments)
            register.kick()
            m.wait_until(m.broken)
        register, = m.start()
        assert register.load() == FIRST


def test_a_ring_outside_of_memory_is_no_disaster():
    class Nowhere(Register):
        def enable(self):
            super().enable()
            self.select()
            self.machine.store(4, self.machine.common + 52, 1 << 8)

    with Demo() as m:
        m.queue_class = Nowhere
        register, = m.start()
        register.kick()
        m.queue_class = Register
        register, = m.start()
        assert m.in_kernel() == KERNEL
        assert register.load() == FIRST


def test_unplugged_and_plugged_again():
    with Demo() as m:
        for _ in range(3):
            register, = m.start()
            assert register.load() == FIRST
            register.store(0x2333)
            # Two in flight: they may be answered or not.
            register.post(struct.pack('<II', READ, 0), 8)
            register.post(struct.pack('<II', READ, 0), 8)
            register.kick()
            m.qmp('device_del', id='dut')
            m.qtest('outl 0xae10 0')
            m.qtest('outl 0xae08 %#x' % (1 << SLOT))
            assert m.config(0) == 0xffffffff
            answer = m.qmp('device_add', driver='vhost-demo-pci', id='dut',
                           addr='%d' % SLOT)
            assert 'return' in answer, answer
            m.pci()


def test_two_devices_are_independent():
    with Demo('-device vhost-demo-pci,id=other,addr=7') as m:
        register, = m.start()
        register.store(0x2333)
        path = '/machine/peripheral/other/virtio-backend'
        answer = m.qmp('qom-get', path=path, property='in-kernel')
        assert answer['return'] is False
        m.qmp('device_del', id='other')
        m.qtest('outl 0xae08 %#x' % (1 << 7))
        assert register.load() == 0x2333


def test_the_machine_migrates_with_its_register():
    with tempfile.TemporaryDirectory() as folder:
        state = os.path.join(folder, 'state')
        with Demo() as m:
            register, = m.start()
            register.store(0x2333)
            # It runs, so the kernel has to note which pages it writes.
            m.qmp('migrate', uri='exec:cat >' + state)
            m.wait_until(m.migrated)
            assert not m.in_kernel()
            waiting = register.post(struct.pack('<II', READ, 0), 8)
            m.qmp('cont')
            assert register.wait() == [8]
            assert m.read(waiting, 8) == struct.pack('<II', READ, 0x2333)
        with Demo('-incoming', 'defer') as m:
            register.machine = m
            # As it was saved: without the request that was added afterwards.
            register.added -= 1
            register.seen -= 1
            m.qmp('migrate-incoming', uri='exec:cat ' + state)
            m.wait_until(m.migrated)
            m.wait_until(lambda: m.qmp('query-status')['return']['running'])
            assert m.in_kernel() == KERNEL
            assert register.load() == 0x2333


def test_the_monitor_knows_the_device():
    with Demo() as m:
        m.start()
        path = '/machine/peripheral/dut/virtio-backend'
        status = m.qmp('x-query-virtio-status', path=path)['return']
        assert status['vhost-started'] == KERNEL
        assert 'error' in m.qmp('qom-set', path=path, property='in-kernel',
                                value=True)


def main():
    if sys.argv[1:] == ['--help']:
        sys.exit(print(__doc__))
    if len(sys.argv) < 2 or sys.argv[1].startswith('-'):
        print('vhost-demo-check.py: which QEMU? (--help explains)', file=sys.stderr)
        sys.exit(2)
    folder = tempfile.TemporaryDirectory()
    # A QEMU that takes further arguments from the environment.
    wrapper = pathlib.Path(folder.name, 'qemu')
    wrapper.write_text('#!/bin/sh\nexec "%s" "$@" $VHOST_DEMO_ARGUMENTS\n'
                       % os.path.abspath(sys.argv[1]))
    wrapper.chmod(0o755)
    Machine.binary, Machine.queue_class = str(wrapper), Register
    print('# served by', 'the kernel' if KERNEL else 'QEMU')
    tests = [(name, test) for name, test in globals().items()
             if name.startswith('test_')
             and (len(sys.argv) < 3 or name in sys.argv[2:])]
    failed = 0
    for number, (name, test) in enumerate(tests, 1):
        result, start = 'ok', time.monotonic()
        try:
            test()
        except Exception as error:  # pylint: disable=broad-except
            failed, result = failed + 1, 'not ok'
            print('# line %d: %r' % (error.__traceback__.tb_next.tb_lineno,
                                     error))
        print('# %.1f s' % (time.monotonic() - start))
        print('%s %d - %s' % (result, number, name[5:].replace('_', ' ')),
              flush=True)
    print('1..%d' % len(tests))
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
