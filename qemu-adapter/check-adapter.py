#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests the adapter in a QEMU without a guest.

    check-adapter.py QEMU_BINARY [TEST...]

Each test starts a QEMU of its own; all of them together take seconds.
What requests mean is tested elsewhere, without QEMU.  This is about what the
adapter adds: queues, resets, hotplug, properties, PCI.
"""

import os
import pathlib
import re
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True  # leave nothing behind in the source tree
from machine import (EVENT_IDX, INDIRECT, NEEDS_RESET, RING_RESET, SLOT,
                     TIMEOUT, VERSION_1, WRITE, Machine, PortMachine, Queue)

WIRE_H = (pathlib.Path(__file__).resolve().parent.parent /
          'libvcrypto/include/vcrypto/wire.h')
VIRTIO_ID = int(re.search(r'#define VCRYPTO_VIRTIO_ID (\d+)',
                          WIRE_H.read_text())[1])

OPEN, NEW, CRYPT = 1, 3, 7      # operations
OK, NO_SESSION = 0, 5           # statuses
AES_CBC, DES3_CBC = 3, 11
RESPONSE = 16                   # bytes of a response header
NOWHERE = 1 << 48               # a guest address with nothing behind it

# SP 800-38A, F.2.1
KEY = bytes.fromhex('2b7e151628aed2a6abf7158809cf4f3c')
IV = bytes(range(16))
PLAIN = bytes.fromhex('6bc1bee22e409f96e93d7e117393172a')
CIPHER = bytes.fromhex('7649abac8119b246cee98e9b12e9197d')


def request(op, body=b'', version=1, session=0):
    """With context 0 and session 0, as all that follow."""
    return struct.pack('<HHIII', version, op, 0, 0, session) + body


def session_new(cipher=AES_CBC, key=KEY, session=0):
    return request(NEW, struct.pack('<HHIII', cipher, 0, len(key), 0, 0) + key,
                   session=session)


def crypt(data, iv=IV):
    return request(CRYPT, struct.pack(
        '<IIHHHH', len(data), len(data), len(iv), 0, 0, 0) + iv + data)


class CryptoQueue(Queue):
    def do(self, readable, room=0, piece=1 << 30):
        """One request: (status, what follows the response header)."""
        answer = self.post(readable, RESPONSE + room, piece)
        self.kick()
        length, = self.wait()
        data = self.machine.read(answer, RESPONSE + room)
        assert data[length:] == b'\xee' * (RESPONSE + room - length), \
            'wrote more than it said'
        return struct.unpack_from('<I', data)[0], data[RESPONSE:length]

    def open(self):
        assert self.do(request(OPEN))[0] == OK
        assert self.do(session_new())[0] == OK

    def open_dear(self):
        """A session in which a byte costs 32 ns, as the device sees it."""
        assert self.do(request(OPEN))[0] == OK
        assert self.do(session_new(DES3_CBC, bytes(range(24))))[0] == OK

    def add_dear(self, size, count=1):
        """Requests of @size bytes; they share their memory."""
        source = crypt(bytes(size), IV[:8])
        at, answer = self.place(source), self.place(bytes(RESPONSE + size))
        for _ in range(count):
            self.add([(at, len(source), 0), (answer, RESPONSE + size, WRITE)])

    def works(self):
        return self.do(crypt(PLAIN), 16) == (OK, CIPHER)


def refusal(options):
    """The one line with which a QEMU refuses such a device."""
    result = subprocess.run(
        [Machine.binary, '-machine', 'pc,accel=qtest', '-nodefaults', '-display',
         'none', '-device', 'virtio-cryptodev-pci,' + options],
        capture_output=True, text=True, timeout=TIMEOUT)
    assert result.returncode == 1
    line, = (line for line in result.stderr.splitlines()
             if 'virtio-cryptodev-pci,' in line)
    return line


def backends():
    """The names of those that this QEMU is linked with, the default one first."""
    return re.findall(r"'([^']*)'", refusal('backend=').split('one of')[1])


def backend_name(machine):
    return machine.read(machine.structures[4] + 48, 16).rstrip(b'\0').decode()


def test_configuration_space_describes_the_device():
    with Machine(queues=3, max_sessions=7, max_payload=65536) as m:
        fields = struct.unpack('<HHIIIIIIIQQ16s', m.read(m.structures[4], 64))
        assert fields[:3] == (1, 0, 3)
        assert fields[4] == 7 and fields[7] == 65536
        assert fields[9] & 1 << AES_CBC
        assert fields[11].rstrip(b'\0').decode() == backends()[0]
        # It is read-only.
        m.store(4, m.structures[4], 0xffffffff)
        assert m.load(2, m.structures[4]) == 1


def test_sessions_are_shared_out_among_queues_unless_told_otherwise():
    for queues, options, sessions in (
            (1, {}, 65536), (3, {}, 21845), (64, {}, 1024),
            (8, {'max_sessions': 65536}, 65536)):
        with Machine(queues=queues, **options) as m:
            assert m.load(4, m.structures[4] + 12) == sessions


def resident(machine):
    """Bytes of memory that QEMU has."""
    statm = pathlib.Path('/proc/%d/statm' % machine.process.pid).read_text()
    return int(statm.split()[1]) * os.sysconf('SC_PAGE_SIZE')


def test_memory_of_many_sessions_comes_back_with_a_reset():
    sizes = []
    with Machine() as m:
        # The first time trims what QEMU's start has left, which hides the rest.
        for _ in range(2):
            queue, = m.start()
            sizes.append(resident(m))
            queue.open()
            for number in range(1, 4000):
                assert queue.do(session_new(session=number))[0] == OK
            sizes.append(resident(m))
        m.start()
        sizes.append(resident(m))
    before, grown, after = sizes[2:]
    assert grown - before > 512 << 10, sizes
    assert after - before < (grown - before) // 2, sizes


def test_transitional_device_is_1af4_1013():
    for name in 'virtio-cryptodev-pci', 'virtio-cryptodev-pci-transitional':
        with Machine(name) as m:
            assert m.config(0) == 0x10131af4
            assert m.config(8) >> 8 == 0x078000
            assert m.config(0x2c) >> 16 == VIRTIO_ID
            queue, = m.start()
            queue.open()
            assert queue.works()


def test_modern_device_is_1040_plus_its_virtio_id():
    for name, options in (
            ('virtio-cryptodev-pci', {'disable_legacy': 'on'}),
            ('virtio-cryptodev-pci-non-transitional', {})):
        for machine in 'pc', 'q35':
            with Machine(name, machine, **options) as m:
                assert m.config(0) == 0x1af4 | 0x1040 + VIRTIO_ID << 16
                queue, = m.start()
                queue.open()
                assert queue.works()


def test_each_backend_can_be_had_by_its_name():
    names = backends()
    assert names[-1] == 'null' and len(names) > 1
    for name in names[:-1]:
        # That one is as good as the host's own device, if it has one.
        if name == 'hostdev' and not os.access('/dev/crypto', os.R_OK | os.W_OK):
            assert "backend 'hostdev' cannot be opened" in refusal('backend=hostdev')
            continue
        with Machine(backend=name) as m:
            assert backend_name(m) == name
            queue, = m.start()
            queue.open()
            assert queue.works()


def test_null_backend_copies():
    with Machine(backend='null') as m:
        queue, = m.start()
        queue.open()
        assert queue.do(crypt(PLAIN), 16) == (OK, PLAIN)


def test_cut_into_single_bytes_the_answer_is_the_same():
    with Machine() as m:
        queue, = m.start()
        queue.open()
        assert queue.do(crypt(PLAIN), 16, piece=1) == (OK, CIPHER)
        assert queue.do(crypt(PLAIN), 16, piece=7) == (OK, CIPHER)


def test_a_mebibyte_in_pages_fits_into_one_chain():
    with Machine() as m:
        queue, = m.start()
        queue.open()
        status, data = queue.do(crypt(PLAIN + bytes((1 << 20) - 16)),
                                1 << 20, piece=4096)
        assert status == OK and len(data) == 1 << 20 and data[:16] == CIPHER


def test_one_notification_for_many_requests():
    with Machine() as m:
        queue, = m.start()
        queue.open()
        answers = [queue.post(crypt(PLAIN), RESPONSE + 16) for _ in range(200)]
        queue.kick()
        assert queue.wait(200) == [RESPONSE + 16] * 200
        for answer in answers:
            assert m.read(answer + RESPONSE, 16) == CIPHER
        assert queue.works()


def requests_of_one_kind(queue, count):
    """Every slot of the ring names the same chain; only the index changes."""
    m, queue.seen = queue.machine, queue.added
    queue.post(crypt(PLAIN), RESPONSE + 16)
    slot = m.read(queue.ring + 16 * ((queue.added - 1) % queue.size), 16)
    queue.added -= 1
    m.write(queue.ring, slot * queue.size)
    m.write(queue.avail + 4, struct.pack('<256H', *range(queue.size)))
    while count:
        turn = min(count, queue.size)
        queue.added, count = queue.added + turn, count - turn
        m.store(2, queue.avail + 2, queue.added & 0xffff)
        m.store(2, queue.doorbell, queue.number)
        assert queue.wait(turn) == [RESPONSE + 16] * turn


def test_the_ring_index_wraps():
    with Machine() as m:
        queue, = m.start()
        queue.open()
        requests_of_one_kind(queue, 65536 + 2 * queue.size)
        assert m.counter('failures') == 0
        assert m.counter('requests') == queue.seen > 65536


def test_refusals_are_answers():
    with Machine() as m:
        queue, = m.start()
        for bad in b'', b'\1', request(99), request(OPEN, version=2), \
                crypt(PLAIN), crypt(PLAIN)[:-1]:
            assert queue.do(bad or b'\0', 16)[0] != OK
        assert m.counter('failures') == 6
        queue.open()
        assert queue.works()


def breaks(m, queue, segments):
    """Adds a chain that must break the device; a reset must mend it."""
    assert queue.works()
    used = m.load(2, queue.used + 2)
    queue.add(segments)
    queue.kick()
    give_up = time.monotonic() + TIMEOUT
    while not m.status() & NEEDS_RESET:
        assert time.monotonic() < give_up, 'not broken'
    assert m.load(2, queue.used + 2) == used
    assert m.counter('sessions') == 1
    queue, = m.start()
    assert m.counter('sessions') == 0
    queue.open()
    assert queue.works()
    return queue


def test_without_room_for_a_response_the_device_breaks():
    with Machine() as m:
        queue, = m.start()
        queue.open()
        good = len(request(OPEN))
        at = queue.place(request(OPEN))
        for segments in ([(at, good, 0)],
                         [(at, good, 0), (at + 64, RESPONSE - 1, WRITE)],
                         [(at, good, 0), (at + 64, 8, WRITE), (at, 7, WRITE)]):
            queue = breaks(m, queue, segments)


def test_malformed_chains_break_the_device():
    with Machine() as m:
        queue, = m.start()
        queue.open()
        at = queue.place(request(OPEN))
        for segments in ([(at, 16, 0), (at + 64, 0, WRITE)],
                         [(at, 0, 0), (at + 64, 16, WRITE)],
                         [(at + 64, 16, WRITE), (at, 16, 0)],
                         [(at, 16, 0), (at + 64, 16, INDIRECT)]):
            queue = breaks(m, queue, segments)


def test_a_hopeless_request_gives_its_mapping_back():
    with Machine() as m:
        queue, = m.start()
        queue.open()
        # What is not memory goes through a bounce buffer, and QEMU has one.
        queue = breaks(m, queue, [(NOWHERE, 16, 0)])
        data = crypt(PLAIN)
        queue.add([(queue.place(data), len(data), 0),
                   (queue.place(bytes(RESPONSE)), RESPONSE, WRITE),
                   (NOWHERE, 16, WRITE)])
        queue.kick()
        assert queue.wait() == [RESPONSE + 16]


def test_good_requests_beside_a_hopeless_one_are_answered():
    with Machine() as m:
        queue, = m.start()
        queue.open()
        first = queue.post(crypt(PLAIN), RESPONSE + 16)
        queue.add([(queue.place(request(OPEN)), 16, 0)])
        queue.kick()
        assert queue.wait() == [RESPONSE + 16]
        assert m.read(first + RESPONSE, 16) == CIPHER
        assert m.status() & NEEDS_RESET


def test_a_buffer_in_our_own_registers_does_not_let_the_guest_in_again():
    with Machine(backend='null') as m:
        queue, = m.start()
        queue.open()
        source = queue.place(crypt(bytes(16)))
        answer = queue.place(bytes(RESPONSE))
        # The destination is the device status: a zero there is a reset.
        queue.add([(source, len(crypt(bytes(16))), 0),
                   (answer, RESPONSE, WRITE), (m.common + 20, 16, WRITE)])
        queue.kick()
        assert queue.wait() == [RESPONSE + 16]
        assert m.counter('sessions') == 1
        assert queue.do(crypt(PLAIN), 16) == (OK, PLAIN)


def registers_as_destination(queue, registers, values, beside=2):
    """Requests, one of whose answers is written to @registers."""
    data = struct.pack('<HH', *values) + bytes(12)
    for i in range(2 * beside + 1):
        if i != beside:
            queue.post(crypt(PLAIN), RESPONSE + 16)
            continue
        queue.add([(queue.place(crypt(data)), len(crypt(data)), 0),
                   (queue.place(bytes(RESPONSE)), RESPONSE, WRITE),
                   (registers, 16, WRITE)])


def port_machines():
    """Each twice: with the work done by the processor, and by the main loop."""
    for ioeventfd in 'on', 'off':
        with PortMachine(backend='null', queues=2, ioeventfd=ioeventfd) as m:
            yield m


def device_is_replaced(m):
    m.unplugged()
    m.plug()
    for queue in m.start(2):
        queue.open()
        assert queue.do(crypt(PLAIN), 16) == (OK, PLAIN)


def test_an_answer_may_unplug_the_device():
    for m in port_machines():
        for _ in range(3):
            queue, other = m.start(2)
            queue.open()
            other.post(request(OPEN), RESPONSE)
            registers_as_destination(queue, m.slot_control, (m.UNPLUG, 0))
            other.kick()
            queue.kick()
            device_is_replaced(m)


def test_an_interrupt_may_unplug_the_device():
    for m in port_machines():
        queue, _ = m.start(2)
        queue.open()
        queue.select()
        m.interrupt(0, m.slot_control, m.UNPLUG)
        m.store(2, m.common + 26, 0)
        queue.post(crypt(PLAIN), RESPONSE + 16)
        queue.kick()
        device_is_replaced(m)


def test_the_interrupt_of_a_failure_may_unplug_the_device():
    for m in port_machines():
        queue, _ = m.start(2)
        queue.open()
        m.interrupt(1, m.slot_control, m.UNPLUG)
        m.store(2, m.common + 16, 1)
        queue.post(crypt(PLAIN), RESPONSE + 16)
        queue.add([(queue.place(request(OPEN)), 16, 0)])
        queue.kick()
        device_is_replaced(m)


def test_the_event_index_may_unplug_the_device():
    for m in port_machines():
        queue, _ = m.start(2, (VERSION_1, EVENT_IDX))
        queue.open()
        requests_of_one_kind(queue, m.UNPLUG - 1 - queue.added)
        # Behind the used ring the device writes from which index on it wants
        # to be told of requests: the next one.
        queue.used = m.slot_control - 4 - 8 * queue.size
        queue.select()
        queue.place_rings()
        m.store(2, queue.avail + 2, m.UNPLUG)
        m.store(2, queue.doorbell, queue.number)
        device_is_replaced(m)


def test_an_answer_may_reset_the_device():
    for m in port_machines():
        for what in range(3):
            queue, other = m.start(2)
            queue.open()
            other.open()
            registers, values = (
                # of the device: initiate function level reset
                (m.capability(m.function, 0x10) + 8, (1 << 15, 0)),
                # of the port: secondary bus reset
                (m.port + 0x3c, (0, 1 << 6)),
                # of the port's slot: power off
                (m.slot_control, (m.POWER_OFF, 0)))[what]
            registers_as_destination(queue, registers, values)
            queue.add([(queue.place(request(OPEN)), 16, 0)])
            queue.kick()
            give_up = time.monotonic() + TIMEOUT
            while m.counter('contexts'):
                assert time.monotonic() < give_up, 'not reset'
            m.store(4, m.port + 0x3c, 0)
            m.store(2, m.slot_control, 0)
            m.pci()
            # Nothing of before is left: neither an error of a request that
            # came after, nor a wrong count of requests in the ring.
            for queue in m.start(2, is_reset=True):
                queue.open()
                requests_of_one_kind(queue, 2 * queue.size)


def test_an_answer_may_take_the_bus_from_the_device():
    for m in port_machines():
        queue, other = m.start(2)
        queue.open()
        other.post(request(OPEN), RESPONSE)
        # Without being bus master it looks at all queues a last time.
        registers_as_destination(queue, m.function + 4, (2, 0))
        other.kick()
        queue.kick()
        m.qmp('query-status')
        assert m.load(2, m.function + 4) & 6 == 2
        m.pci()
        for queue in m.start(2):
            queue.open()
            assert queue.do(crypt(PLAIN), 16) == (OK, PLAIN)


def under_load(m, disturb):
    """Has something happen between two turns, of which there are many."""
    queues = m.start(2, (VERSION_1, RING_RESET))
    for queue in queues:
        queue.open_dear()
        queue.add_dear(64 << 10, 40)
    for queue in queues:
        queue.kick()
    disturb(queues)
    return queues


def test_reset_or_unplugged_under_load():
    def unplug(_):
        m.store(2, m.slot_control, m.UNPLUG)
        m.unplugged()
        m.plug()

    def reset_one(queues):
        queues[0].select()
        m.store(2, m.common + 58, 1)
        assert queues[1].wait(40) == [RESPONSE + (64 << 10)] * 40

    for m in port_machines():
        for disturb in (unplug, reset_one, lambda _: m.status(0),
                        lambda _: m.order('fail'),
                        lambda _: m.store(2, m.function + 4, 2),
                        lambda _: m.qmp('system_reset')):
            under_load(m, disturb)
            m.qmp('query-status')
            m.pci()
            for queue in m.start(2):
                queue.open()
                requests_of_one_kind(queue, 2 * queue.size)


def test_stopped_and_continued_under_load():
    def stop(queues):
        for _ in range(5):
            m.qmp('stop')
            answered = [m.load(2, queue.used + 2) for queue in queues]
            m.qmp('query-status')
            assert answered == [m.load(2, queue.used + 2) for queue in queues]
            m.qmp('cont')

    for m in port_machines():
        for queue in under_load(m, stop):
            assert queue.wait(40) == [RESPONSE + (64 << 10)] * 40


def test_reset_frees_everything():
    with Machine(queues=2) as m:
        for _ in range(3):
            queues = m.start(2)
            for queue in queues:
                queue.open()
                assert queue.works()
            assert (m.counter('contexts'), m.counter('sessions')) == (2, 2)
        m.status(0)
        assert (m.counter('contexts'), m.counter('sessions')) == (0, 0)
        m.start(2)[0].open()
        m.qmp('system_reset')
        m.qmp('query-status')
        assert m.counter('sessions') == 0


def test_queues_share_nothing():
    with Machine(queues=2) as m:
        first, second = m.start(2)
        first.open()
        assert second.do(crypt(PLAIN), 16)[0] == NO_SESSION
        second.open()
        assert first.works() and second.works()


def test_reset_of_one_queue_leaves_the_others():
    with Machine(queues=2) as m:
        first, second = m.start(2, (VERSION_1, RING_RESET))
        first.open()
        second.open()
        first.select()
        m.store(2, m.common + 58, 1)
        assert m.counter('sessions') == 1
        assert second.works()
        first.enable()
        assert first.do(crypt(PLAIN), 16)[0] == NO_SESSION
        first.open()
        assert first.works()


def test_requests_posted_to_a_stopped_machine_are_answered_later():
    for ioeventfd in 'on', 'off':
        with Machine(ioeventfd=ioeventfd) as m:
            queue, = m.start()
            queue.open()
            m.qmp('stop')
            answer = queue.post(crypt(PLAIN), RESPONSE + 16)
            queue.kick()
            time.sleep(0.1)
            assert m.load(2, queue.used + 2) == queue.seen
            m.qmp('cont')
            queue.wait()
            assert m.read(answer + RESPONSE, 16) == CIPHER


def test_notifications_that_mean_nothing_are_ignored():
    with Machine(queues=2) as m:
        m.start(2)
        m.status(0)
        queue = CryptoQueue(m, 0)
        m.store(2, queue.doorbell, 0)           # before DRIVER_OK
        queue, other = m.start(2)
        for number in 0, 1, 2, 63, 0xffff:
            m.store(2, queue.doorbell, number)
        queue.open()
        assert queue.works()


def turns(m):
    """Requests and cost of each turn so far."""
    return m.traced('virtio_cryptodev_turn')


def test_a_turn_does_no_more_than_it_may():
    # 256 KiB are too much for a turn in any case, so it is one; 32 KiB not.
    for size, most in (256 << 10, 1), (32 << 10, 4):
        with Machine(backend='null', queues=3, ioeventfd='on') as m:
            queues = m.start(3)
            for queue in queues:
                queue.open_dear()
                queue.add_dear(size, 20)
            m.trace('virtio_cryptodev_turn')
            for queue in queues:
                queue.kick()
            for queue in queues:
                assert queue.wait(20) == [RESPONSE + size] * 20
            done = [turn for turn in turns(m) if turn[0]]
            assert sum(count for count, _ in done) == 60
            assert max(count for count, _ in done) == most
            assert all(cost <= 5000000 or count == 1 for count, cost in done)


def test_a_chain_in_many_pieces_counts_for_more():
    with Machine(backend='null', queues=3, ioeventfd='on') as m:
        queues = m.start(3)
        for queue in queues:
            queue.open()
            source = queue.place(crypt(bytes(1000), b''))
            answer = queue.place(bytes(RESPONSE + 1000))
            for _ in range(40):
                queue.add([(source, len(crypt(bytes(1000), b'')), 0)] +
                          [(answer + i, 1, WRITE) for i in range(RESPONSE + 1000)])
        m.qmp('stop')
        m.trace('virtio_cryptodev_turn')
        m.qmp('cont')
        for queue in queues:
            queue.wait(40)
        # All alike, and with a thousand pieces each far fewer than 32 a queue.
        assert max(count for count, _ in turns(m)) < 64
        assert max(cost for _, cost in turns(m)) <= 5000000


def test_a_batch_is_no_longer_than_the_queue_was_made():
    with Machine(queue_size=4, ioeventfd='on') as m:
        # QEMU lets the driver say a larger size.
        queue, = m.start()
        queue.open()
        for _ in range(20):
            queue.post(crypt(PLAIN), RESPONSE + 16)
        m.trace('virtio_cryptodev_batch')
        queue.kick()
        queue.wait(20)
        assert [taken for _, taken, _ in m.traced('virtio_cryptodev_batch')] == [4] * 5


def test_queues_take_turns():
    with Machine(backend='null', queues=3, ioeventfd='on') as m:
        queues = m.start(3)
        for queue in queues:
            queue.open_dear()
            queue.add_dear(256 << 10, 5)
        m.qmp('stop')
        m.trace('virtio_cryptodev_batch')
        m.qmp('cont')
        for queue in queues:
            queue.wait(5)
        order = [batch[0] for batch in m.traced('virtio_cryptodev_batch')]
        assert order == [0, 1, 2] * 5, order


def test_cheap_requests_are_done_at_once_and_dear_ones_later():
    for ioeventfd, expected in ('off', [1, 2]), ('on', [3]):
        with Machine(backend='null', ioeventfd=ioeventfd) as m:
            queue, = m.start()
            queue.open_dear()
            m.trace('virtio_cryptodev_turn')
            for size in 64, 64 << 10, 64:
                queue.add_dear(size)
            queue.kick()
            queue.wait(3)
            assert [count for count, _ in turns(m) if count] == expected


def test_a_session_and_its_first_request_are_done_at_once():
    with Machine(backend='null', ioeventfd='off') as m:
        queue, = m.start()
        assert queue.do(request(OPEN))[0] == OK
        m.trace('virtio_cryptodev_turn')
        queue.post(session_new(), RESPONSE)
        queue.post(crypt(bytes(4096)), RESPONSE + 4096)
        queue.kick()
        queue.wait(2)
        assert [count for count, _ in turns(m)] == [2]


def test_told_to_forget_the_device_loses_all_sessions_and_goes_on():
    with Machine(queues=2) as m:
        queues = m.start(2)
        for queue in queues:
            queue.open()
        m.order('forget')
        assert (m.counter('contexts'), m.counter('sessions')) == (0, 0)
        for queue in queues:
            assert queue.do(crypt(PLAIN), 16)[0] == NO_SESSION
            queue.open()
            assert queue.works()


def test_told_to_forget_under_load_the_device_answers_every_request():
    with Machine(ioeventfd='on') as m:
        queue, = m.start()
        queue.open()
        answers = [queue.post(crypt(PLAIN), RESPONSE + 16) for _ in range(200)]
        queue.kick()
        m.order('forget')
        lengths = queue.wait(200)
        statuses = [m.load(4, answer) for answer in answers]
        # Those before it in full, those after it not at all.
        done = statuses.count(OK)
        assert statuses == [OK] * done + [NO_SESSION] * (200 - done)
        assert lengths == [RESPONSE + 16] * done + [RESPONSE] * (200 - done)


def test_told_to_fail_the_device_needs_a_reset():
    for ioeventfd in 'on', 'off':
        with Machine(ioeventfd=ioeventfd) as m:
            queue, = m.start()
            queue.open()
            queue.post(crypt(PLAIN), RESPONSE + 16)
            m.order('fail')
            assert m.status() & NEEDS_RESET
            queue.kick()
            m.qmp('query-status')
            assert m.load(2, queue.used + 2) == queue.seen
            queue, = m.start()
            assert m.counter('sessions') == 0
            queue.open()
            assert queue.works()


def test_counters():
    with Machine(queues=2) as m:
        queues = m.start(2)
        for queue in queues:
            queue.open()
            assert queue.works()
        queues[0].do(request(99))
        assert [m.counter(name) for name in (
            'requests', 'failures', 'crypt-requests', 'bytes-in', 'bytes-out',
            'sessions-created', 'contexts', 'sessions')] == [
            7, 1, 2, 32, 32, 2, 2, 2]
        assert 'error' in m.qmp('qom-set', property='requests', value=0,
                                path='/machine/peripheral/dut/virtio-backend')


def test_unplugged_and_plugged_again():
    with Machine() as m:
        for _ in range(20):
            queue, = m.start()
            queue.open()
            assert queue.works()
            m.qmp('device_del', id='dut')
            m.qtest('outl 0xae10 0')            # what the guest's ACPI does
            m.qtest('outl 0xae08 %#x' % (1 << SLOT))
            assert m.config(0) == 0xffffffff
            answer = m.qmp('device_add', driver='virtio-cryptodev-pci',
                           id='dut', addr='%d' % SLOT)
            assert 'return' in answer, answer
            m.pci()
        for options in {'queues': 0}, {'backend': 'none'}, {'max-aad': 1 << 20}:
            answer = m.qmp('device_add', driver='virtio-cryptodev-pci', **options)
            assert next(iter(options)) in answer['error']['desc']


def test_the_machine_cannot_migrate():
    with Machine() as m:
        answer = m.qmp('migrate', uri='exec:cat >/dev/null')
        assert 'virtio-cryptodev' in answer['error']['desc'], answer


def test_monitor_knows_the_device():
    with Machine() as m:
        queue, = m.start()
        path = '/machine/peripheral/dut/virtio-backend'
        status = m.qmp('x-query-virtio-status', path=path)['return']
        assert status['name'] == 'virtio-cryptodev'
        queue.open()


def test_bad_properties_are_refused_in_one_line():
    for options, allowed in (
            ('queues=0', 'from 1 to 64'), ('queues=65', 'from 1 to 64'),
            ('queue-size=3', 'power of two from 4 to 1024'),
            ('queue-size=2', 'from 4 to 1024'),
            ('queue-size=2048', 'from 4 to 1024'),
            ('max-contexts=0', 'from 1 to 65536'),
            ('max-sessions=65537', 'from 0 to 65536'),
            ('max-payload=4095', 'from 4096 to 67108864'),
            ('max-aad=65537', 'from 0 to 65536'),
            ('backend=rot13', "one of '%s' " % backends()[0])):
        name, value = options.split('=')
        line = refusal(options)
        for part in "'%s'" % name, value, allowed:
            assert part in line, line


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
    return 1 if failed else 0


if __name__ == '__main__':
    if sys.argv[1:] == ['--help']:
        sys.exit(print(__doc__))
    if len(sys.argv) < 2 or sys.argv[1].startswith('-'):
        sys.exit('check-adapter.py: which QEMU? (--help explains)')
    Machine.binary = sys.argv[1]
    Machine.queue_class = CryptoQueue
    sys.exit(main())
