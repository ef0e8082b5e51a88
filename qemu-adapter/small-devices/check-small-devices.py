#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests the small devices in a QEMU without a guest.

    check-small-devices.py QEMU_BINARY [TEST...]

Each test starts a QEMU of its own and plays processor and driver, honest and
hostile.  What registers and requests mean is tested elsewhere, without QEMU;
this is about what QEMU adds: PCI, resets, snapshots, hot-unplug.
"""

import os
import struct
import sys
import time

sys.dont_write_bytecode = True  # leave nothing behind in the source tree
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
import machine
from machine import BAR, NEEDS_RESET, WRITE, Queue

NOWHERE = 1 << 48       # a guest address with nothing behind it
READ, STORE, REFUSED = 0, 1, 0xffffffff         # virtio-demo
ENCRYPT, DECRYPT = 1, 2                         # caesar
OK, BAD_REQUEST, TOO_LONG, NOT_LETTERS = range(4)
FIRST_FIVE = [286129175, 1594929109, 971802288, 222134722, 1335014133]


class Machine(machine.Machine):
    """Also for devices that are not virtio ones; and with snapshots."""

    queue_class = Queue

    def pci(self):
        if self.config(0x34) & 0xff:
            super().pci()
        else:
            self.config(0x10, BAR)
            self.config(0x04, 2)

    def job(self, command, **arguments):
        """Runs one of the monitor's background jobs to its end."""
        answer = self.qmp(command, **{'job-id': 'job'}, **arguments)
        assert 'return' in answer, answer
        while True:
            job, = self.qmp('query-jobs')['return']
            if job['status'] == 'concluded':
                break
            time.sleep(0.01)
        assert 'error' not in job, job
        self.qmp('job-dismiss', id='job')

    def disk(self):
        """A place for snapshots."""
        path = os.path.join(self.folder.name, 'disk')
        with open(path, 'wb'):
            pass
        self.qmp('blockdev-add', driver='file', **{'node-name': 'file'},
                 filename=path)
        self.job('blockdev-create',
                 options={'driver': 'qcow2', 'file': 'file', 'size': 1 << 20})
        answer = self.qmp('blockdev-add', driver='qcow2', file='file',
                          **{'node-name': 'disk'})
        assert 'return' in answer, answer

    def snapshot(self, verb):
        self.job('snapshot-' + verb, tag='tag', vmstate='disk', devices=['disk'])

    def reset(self):
        """Of the whole machine, and the firmware's work again."""
        self.qmp('system_reset')
        self.qmp('query-status')
        self.pci()


class PortMachine(machine.PortMachine):
    queue_class = Queue


def ask(queue, request, room, piece=1 << 30):
    """One request: the bytes of its reply."""
    answer = queue.post(request, room, piece)
    queue.kick()
    length, = queue.wait()
    data = queue.machine.read(answer, room)
    assert data[length:] == b'\xee' * (room - length), 'wrote more than it said'
    return data[:length]


def demo(queue, opcode, operand=0, **options):
    return struct.unpack('<II', ask(
        queue, struct.pack('<II', opcode, operand), 8, **options))


def caesar(queue, operation, text, **options):
    reply = ask(queue, struct.pack('<I', operation) + text, 4 + len(text), **options)
    return struct.unpack_from('<I', reply)[0], reply[4:]


# --- pci-demo and my_rng ---

def test_pci_demo_has_one_register_in_a_mebibyte():
    with Machine('pci-demo') as m:
        assert m.config(0) == 0xde301234
        m.config(0x10, 0xffffffff)
        assert m.config(0x10) == 0xfff00000
        m.config(0x10, BAR)
        for value in 0x1333, 0x2333, 0x3333:
            m.store(4, BAR, value)
            assert m.load(4, BAR) == value
        for offset, width in ((0, 1), (0, 2), (0, 8), (1, 4), (2, 2), (4, 4),
                              (8, 8), (0xffffc, 4), (0xfffff, 1)):
            m.store(width, BAR + offset, 7)
            assert m.load(width, BAR + offset) == (1 << 8 * width) - 1
        assert m.load(4, BAR) == 0x3333


def test_pci_demo_reset():
    with Machine('pci-demo') as m:
        m.store(4, BAR, 0x1333)
        m.reset()
        assert m.load(4, BAR) == 0


def test_pci_demo_keeps_its_value_in_a_snapshot():
    with Machine('pci-demo') as m:
        m.disk()
        m.store(4, BAR, 0x1333)
        m.snapshot('save')
        m.reset()
        m.store(4, BAR, 7)
        m.snapshot('load')
        assert m.load(4, BAR) == 0x1333


def test_my_rng_draws_the_five_numbers():
    with Machine('my_rng') as m:
        assert m.config(0) == 0xcafe1234
        assert m.config(8) & 0xff == 0x10
        m.config(0x10, 0xffffffff)
        assert m.config(0x10) == 0xfffff000
        m.config(0x10, BAR)
        for _ in range(2):
            m.store(4, BAR + 4, 0x42)
            assert [m.load(4, BAR) for _ in range(5)] == FIRST_FIVE


def test_my_rng_complains_once_of_other_accesses():
    m = Machine('my_rng')
    m.store(4, BAR + 4, 0x42)
    for offset, width in ((0, 1), (0, 2), (0, 8), (4, 4), (1, 4), (8, 4),
                          (0xffc, 4)):
        assert m.load(width, BAR + offset) == 0
    for offset, width in (0, 4), (4, 1), (4, 8), (5, 4), (0xffc, 4):
        m.store(width, BAR + offset, 7)
    assert m.load(4, BAR) == FIRST_FIVE[0]
    m.qmp('quit')
    errors = m.process.communicate(timeout=machine.TIMEOUT)[1]
    m.folder.cleanup()
    assert errors.count('my_rng:') == 1, errors


def test_my_rng_goes_on_after_a_snapshot_where_it_was():
    with Machine('my_rng') as m:
        m.disk()
        m.store(4, BAR + 4, 0x42)
        assert [m.load(4, BAR) for _ in range(2)] == FIRST_FIVE[:2]
        m.snapshot('save')
        m.reset()
        first = m.load(4, BAR)
        assert first == 1804289383                   # of srand(1)
        m.snapshot('load')
        assert [m.load(4, BAR) for _ in range(3)] == FIRST_FIVE[2:]


# --- virtio-demo ---

def test_virtio_demo_has_a_register_behind_a_queue():
    for kind in 'pc', 'q35':
        with Machine('virtio-demo-pci', kind) as m:
            assert m.config(0) == 0x1af4 | 0x1040 + 61 << 16
            queue, = m.start()
            assert demo(queue, READ) == (READ, 0x1333)
            for value in 0x1333, 0x2333, 0x3333:
                assert demo(queue, STORE, value) == (STORE, value)
                assert demo(queue, READ, piece=1) == (READ, value)
            assert demo(queue, 2, 7) == (REFUSED, 0)
            assert demo(queue, READ) == (READ, 0x3333)


def test_virtio_demo_reset():
    with Machine('virtio-demo-pci') as m:
        for again in (lambda: m.status(0)), m.reset:
            queue, = m.start()
            assert demo(queue, READ) == (READ, 0x1333)
            demo(queue, STORE, 7)
            again()
        queue, = m.start()
        assert demo(queue, READ) == (READ, 0x1333)


def test_virtio_demo_keeps_register_and_ring_in_a_snapshot():
    with Machine('virtio-demo-pci') as m:
        m.disk()
        queue, = m.start()
        demo(queue, STORE, 0x2333)
        m.snapshot('save')
        demo(queue, STORE, 7)
        m.reset()
        m.snapshot('load')
        queue.added = queue.seen = 1
        assert demo(queue, READ) == (READ, 0x2333)


def test_many_requests_are_answered_in_order():
    with Machine('virtio-demo-pci') as m:
        queue, = m.start()
        answers = [queue.post(struct.pack('<II', STORE, i), 8) for i in range(120)]
        queue.kick()
        assert queue.wait(120) == [8] * 120
        assert [struct.unpack('<II', m.read(a, 8))[1] for a in answers] == \
            list(range(120))


def test_requests_posted_to_a_stopped_machine_are_answered_later():
    with Machine('virtio-demo-pci') as m:
        queue, = m.start()
        m.qmp('stop')
        answer = queue.post(struct.pack('<II', STORE, 7), 8)
        queue.kick()
        time.sleep(0.1)
        assert m.load(2, queue.used + 2) == 0
        m.qmp('cont')
        queue.wait()
        assert struct.unpack('<II', m.read(answer, 8)) == (STORE, 7)


# --- caesar ---

def config(m):
    return struct.unpack('<iI', m.read(m.structures[4], 8))


def test_caesar_shifts_letters():
    with Machine('virtio-caesar-pci') as m:
        assert m.config(0) == 0x1af4 | 0x1040 + 62 << 16
        queue, = m.start()
        for key in 3, 29:
            m.store(4, m.structures[4], key)
            assert caesar(queue, ENCRYPT, b'Hello') == (OK, b'Khoor')
            assert caesar(queue, DECRYPT, b'Khoor', piece=1) == (OK, b'Hello')
        assert caesar(queue, ENCRYPT, b'Hello1') == (NOT_LETTERS, b'')
        assert caesar(queue, 3, b'Hello') == (BAD_REQUEST, b'')
        m.store(4, m.structures[4] + 4, 100)
        assert caesar(queue, ENCRYPT, b'a' * 100) == (OK, b'd' * 100)
        assert caesar(queue, ENCRYPT, b'a' * 101) == (TOO_LONG, b'')


def test_caesar_checks_what_is_written_to_its_configuration():
    with Machine('virtio-caesar-pci') as m:
        at = m.structures[4]
        assert config(m) == (3, 100)
        for size in 0, 4097, 0xffffffff:
            m.store(4, at + 4, size)
            assert config(m) == (3, 100)
        m.store(4, at, 0xffffffff)
        m.store(4, at + 4, 4096)
        assert config(m) == (-1, 4096)
        m.store(1, at + 5, 0)                   # a part of the field: size 0
        m.store(8, at + 8, 0)                   # beyond the end
        assert config(m) == (-1, 4096)


def test_caesar_keeps_one_parameter_when_the_other_is_written():
    for offset, value, expected in (0, 7, (7, 100)), (4, 5, (3, 5)):
        with Machine('virtio-caesar-pci') as m:
            for _ in range(2):
                m.store(4, m.structures[4] + offset, value)
                assert config(m) == expected
                m.status(0)
        with Machine('virtio-caesar-pci') as m:
            m.unplug()
            m.plug()
            m.store(4, m.structures[4] + 4, 0)
            m.store(4, m.structures[4] + offset, value)
            assert config(m) == expected


def test_caesar_keeps_its_parameters_in_a_snapshot_but_not_over_a_reset():
    with Machine('virtio-caesar-pci') as m:
        m.disk()
        queue, = m.start()
        m.store(4, m.structures[4], 7)
        m.store(4, m.structures[4] + 4, 5)
        m.snapshot('save')
        m.reset()
        assert config(m) == (3, 100)
        m.snapshot('load')
        assert config(m) == (7, 5)
        assert caesar(queue, ENCRYPT, b'Hello') == (OK, b'Olssv')
        assert caesar(queue, ENCRYPT, b'HelloA') == (TOO_LONG, b'')


# --- the virtio ones alike ---

VIRTIO = (('virtio-demo-pci', struct.pack('<II', READ, 0)),
          ('virtio-caesar-pci', struct.pack('<I', ENCRYPT) + b'Hello'))


def test_hostile_chains_break_the_device_until_reset():
    for device, request in VIRTIO:
        size = len(request)
        with Machine(device) as m:
            for bad in range(6):
                queue, = m.start()
                source, answer = queue.place(request), queue.place(bytes(size))
                read, write = (source, size, 0), (answer, size, WRITE)
                queue.add((
                    [read],                             # nothing to write
                    [read, (answer, 3, WRITE)],         # no room for a reply
                    [(NOWHERE, size, 0), (answer, 3, WRITE)],
                    [read, (answer, 0, WRITE), write],  # an empty buffer
                    [write, read],                      # in the wrong order
                    [read] + [write] * 1024,            # more than there may be
                )[bad])
                queue.kick()
                give_up = time.monotonic() + machine.TIMEOUT
                while not m.status() & NEEDS_RESET:
                    assert time.monotonic() < give_up, (device, bad)
                assert m.load(2, queue.used + 2) == 0
            queue, = m.start()
            assert len(ask(queue, request, size)) == size


def test_a_chain_with_nothing_to_read_is_refused():
    for device, refusal in (('virtio-demo-pci', struct.pack('<II', REFUSED, 0)),
                            ('virtio-caesar-pci', struct.pack('<I', BAD_REQUEST))):
        with Machine(device) as m:
            queue, = m.start()
            assert ask(queue, b'', 64) == refusal


def test_a_buffer_in_our_own_registers_does_not_let_the_guest_in_again():
    for device, request in VIRTIO:
        with Machine(device) as m:
            queue, = m.start()
            source = queue.place(request)
            # The reply goes to the device status: a zero there is a reset.
            queue.add([(source, len(request), 0),
                       (m.common + 20, len(request), WRITE)])
            queue.kick()
            time.sleep(0.1)
            queue, = m.start()
            assert len(ask(queue, request, len(request))) == len(request)


def port_machines():
    """With a request whose reply has PortMachine.UNPLUG as its second word."""
    for device, request in (
            ('virtio-demo-pci', struct.pack('<II', STORE, PortMachine.UNPLUG)),
            ('vhost-demo-pci', struct.pack('<II', STORE, PortMachine.UNPLUG)),
            # As good as one can do with letters: the bits are in the second.
            ('virtio-caesar-pci', struct.pack('<I', ENCRYPT) + b'XDXX')):
        with PortMachine(device) as m:
            queue, = m.start()
            yield m, queue, request
            m.unplugged()
            m.plug()
            queue, = m.start()
            assert len(ask(queue, request, 8)) == 8


def test_a_reply_may_unplug_the_device():
    for m, queue, request in port_machines():
        queue.post(request, 8)
        queue.add([(queue.place(request), 8, 0), (m.slot_control - 4, 8, WRITE)])
        queue.post(request, 8)
        queue.kick()


def test_an_interrupt_may_unplug_the_device():
    for m, queue, request in port_machines():
        queue.select()
        m.interrupt(0, m.slot_control, m.UNPLUG)
        m.store(2, m.common + 26, 0)
        queue.post(request, 8)
        queue.kick()


def test_the_interrupt_of_a_failure_may_unplug_the_device():
    for m, queue, request in port_machines():
        m.interrupt(1, m.slot_control, m.UNPLUG)
        m.store(2, m.common + 16, 1)
        queue.post(request, 8)
        queue.add([(queue.place(request), 8, 0)])
        queue.kick()


def test_unplugged_and_plugged_again():
    for device, request in VIRTIO:
        with Machine(device) as m:
            for _ in range(5):
                queue, = m.start()
                assert len(ask(queue, request, len(request))) == len(request)
                m.unplug()
                m.plug()
    for device in 'pci-demo', 'my_rng':
        with Machine(device) as m:
            for _ in range(5):
                m.load(4, BAR)
                m.unplug()
                m.plug()


def test_a_device_that_cannot_be_plugged_does_no_harm():
    for device in ('virtio-demo-pci', 'virtio-caesar-pci', 'vhost-demo-pci', 'pci-demo',
                   'my_rng'):
        with Machine(device) as m:
            m.unplug()
            # Which is found out when the rest of the device is there.
            answer = m.device_add(romfile='/nonexistent')
            assert '/nonexistent' in answer['error']['desc'], answer
            m.plug()
            m.unplug()


def test_monitor_knows_the_devices():
    for device, name in (('virtio-demo-pci', 'virtio-demo'),
                         ('virtio-caesar-pci', 'virtio-caesar')):
        with Machine(device) as m:
            m.start()
            status = m.qmp('x-query-virtio-status',
                           path='/machine/peripheral/dut/virtio-backend')
            assert status['return']['name'] == name


def main():
    failed = 0
    tests = [(name, test) for name, test in globals().items()
             if name.startswith('test_')
             and (len(sys.argv) < 3 or name in sys.argv[2:])]
    for name, test in tests:
        start = time.monotonic()
        try:
            test()
            result = 'ok'
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            result = 'FAILED: line %d: %s' % (
                error.__traceback__.tb_next.tb_lineno, error or 'assertion')
        print('%-72s %s (%.1f s)' % (name[5:].replace('_', ' '), result,
                                     time.monotonic() - start), flush=True)
    print('%d passed, %d failed' % (len(tests) - failed, failed))
    return 1 if failed or not tests else 0


if __name__ == '__main__':
    if sys.argv[1:] == ['--help']:
        sys.exit(print(__doc__))
    if len(sys.argv) < 2 or sys.argv[1].startswith('-'):
        print('check-small-devices.py: which QEMU? (--help explains)', file=sys.stderr)
        sys.exit(2)
    machine.Machine.binary = sys.argv[1]
    sys.exit(main())
