# SPDX-License-Identifier: GPL-2.0-or-later
"""Queues whose work an IOThread does."""

import contextlib
import time

from checks import device, registers, rings
from cryptodev import (CIPHER, NOWHERE, OPEN, PLAIN, RESPONSE, crypt, request)
from machine import NEEDS_RESET, WRITE, Machine, PortMachine

ARGUMENTS = ['-object', 'iothread,id=io0', '-object', 'iothread,id=io1']

# What has an answer, a ring or an index written to a register: not here.
NOT_HERE = (
    'test_a_hopeless_request_gives_its_mapping_back',
    'test_good_requests_beside_a_hopeless_one_are_answered',
    'test_a_buffer_in_our_own_registers_does_not_let_the_guest_in_again',
    'test_an_answer_may_unplug_the_device',
    'test_the_event_index_may_unplug_the_device',
    'test_an_answer_may_reset_the_device',
    'test_an_answer_may_take_the_bus_from_the_device')

# Of the device's tests those in which something is done.
DEVICE = (
    'test_memory_of_many_sessions_comes_back_with_a_reset',
    'test_each_backend_can_be_had_by_its_name',
    'test_told_to_forget_the_device_loses_all_sessions_and_goes_on',
    'test_told_to_forget_under_load_the_device_answers_every_request',
    'test_told_to_fail_the_device_needs_a_reset',
    'test_counters',
    'test_each_queue_tells_what_it_did_and_how_long_that_took',
    'test_unplugged_and_plugged_again',
    'test_a_device_that_cannot_be_plugged_does_no_harm')


@contextlib.contextmanager
def iothreads(**properties):
    """Machines have two, io0 and io1, and devices these properties."""
    before = Machine.arguments, PortMachine.arguments, Machine.defaults
    Machine.arguments = before[0] + ARGUMENTS
    PortMachine.arguments = before[1] + ARGUMENTS
    Machine.defaults = properties
    try:
        yield
    finally:
        Machine.arguments, PortMachine.arguments, Machine.defaults = before


def in_an_iothread(test):
    def run():
        with iothreads(iothread='io0'):
            test()
    return run


for module, names in (rings, vars(rings)), (registers, vars(registers)), (device, DEVICE):
    for name in names:
        if name.startswith('test_') and name not in NOT_HERE:
            globals()['test_in_an_iothread_' + name[5:]] = in_an_iothread(
                getattr(module, name))


def thread_ids(m):
    return {thread['id']: thread['thread-id']
            for thread in m.qmp('query-iothreads')['return']}


def requests_in(m, queues):
    """Has each queue do something; returns in which threads that was."""
    for queue in queues:
        queue.open()
    m.trace('virtio_cryptodev_lane')
    for queue in queues:
        assert queue.works()
    # An answer may be seen before its batch has ended; this waits for that.
    m.counter('requests')
    return {thread for thread, lines in
            m.traced_by('virtio_cryptodev_lane').items() if lines}


def test_the_work_is_done_in_the_iothread():
    with iothreads(iothread='io1'), Machine(queues=3) as m:
        for _ in range(2):
            assert requests_in(m, m.start(3)) == {thread_ids(m)['io1']}


def test_an_iothread_has_ioeventfds_without_being_told():
    with iothreads(iothread='io0'), Machine(ioeventfd='off') as m:
        queue, = m.start()
        assert requests_in(m, [queue]) == {thread_ids(m)['io0']}


def test_an_iothread_stays_as_long_as_a_device_uses_it():
    with iothreads(iothread='io0'), Machine() as m:
        queue, = m.start()
        queue.open()
        assert 'return' in m.qmp('object-del', id='io0')
        assert queue.works()
        m.qmp('device_del', id='dut')
        m.qtest('outl 0xae10 0')                # what the guest's ACPI does
        m.qtest('outl 0xae08 %#x' % (1 << m.slot))
        assert m.config(0) == 0xffffffff


def has_mapping():
    """7.2 has none."""
    with iothreads(), Machine() as m:
        return any(p['name'] == 'iothread-vq-mapping' for p in m.qmp(
            'device-list-properties', typename='virtio-cryptodev-pci')['return'])


def threads_of_queue(m, queue):
    """Which have written of it; they do when the answer is there already."""
    end = time.monotonic() + 10
    threads = set()
    while not threads and time.monotonic() < end:
        threads = {thread for thread, lines in
                   m.traced_by('virtio_cryptodev_lane').items()
                   if any(' queue=%d ' % queue in line for line in lines)}
    return threads


def each_queue_is_where_it_should_be(m, names):
    m.trace('virtio_cryptodev_lane')
    queues = m.start(len(names))
    for i, (queue, name) in enumerate(zip(queues, names)):
        queue.open()
        m.counter('requests')
        assert threads_of_queue(m, i) == {thread_ids(m)[name]}, name
        assert queue.works()


def test_queues_have_iothreads_by_list():
    for ids, names in (('io1', ['io1'] * 3), ('io0:io1', ['io0', 'io1', 'io0']),
                       ('io1:io1:io0', ['io1', 'io1', 'io0'])):
        with iothreads(iothreads=ids), Machine(queues=3) as m:
            each_queue_is_where_it_should_be(m, names)


def test_queues_have_iothreads_by_mapping():
    if not has_mapping():
        print('SKIP: this QEMU has no iothread-vq-mapping')
        return
    for mapping, names in (
            ([{'iothread': 'io0'}, {'iothread': 'io1'}], ['io0', 'io1', 'io0']),
            ([{'iothread': 'io0', 'vqs': [2]}, {'iothread': 'io1', 'vqs': [1, 0]}],
             ['io1', 'io1', 'io0'])):
        with iothreads(), Machine(mapping=mapping, queues=3) as m:
            each_queue_is_where_it_should_be(m, names)


def test_two_iothreads_under_load():
    with iothreads(iothreads='io0:io1'), Machine(queues=2) as m:
        answers_all(registers.under_load(m, lambda _: None))
    test = registers.test_reset_or_unplugged_under_load
    with iothreads(iothreads='io0:io1'):
        test()


def test_iothreads_that_cannot_be_are_refused_in_one_line():
    have = ['-object', 'iothread,id=io0', '-object', 'iothread,id=io1']
    for options, part in (
            ('iothreads=io0:io1', "from 1 to 1, which is 'queues'"),
            ('iothreads=io0:nobody,queues=2', "'nobody' in it"),
            ('iothreads=io0:,queues=2', "'' in it"),
            ('iothread=io0,iothreads=io0', "only one of the properties")):
        line = device.refusal(options, have)
        assert part in line, line


def test_an_iothread_that_is_not_there_is_refused_in_one_line():
    assert "'nobody' not found" in device.refusal('iothread=nobody')


def breaks_and_is_mended(m, queue):
    queue.kick()
    queue.until(lambda: m.status() & NEEDS_RESET, 'not broken')
    assert m.counter('sessions') == 1
    queue, _ = m.start(2)
    queue.open()
    assert queue.works()
    return queue


def test_what_is_not_memory_is_not_there_for_an_iothread():
    with iothreads(iothread='io0'), PortMachine(queues=2) as m:
        queue, _ = m.start(2)
        queue.open()
        for address in NOWHERE, m.common + 20, m.slot_control, m.function + 4:
            good, room = queue.place(crypt(PLAIN)), queue.place(bytes(RESPONSE))
            for segments in (
                    [(good, len(crypt(PLAIN)), 0), (room, RESPONSE, WRITE),
                     (address, 16, WRITE)],
                    [(address, 16, 0), (room, RESPONSE, WRITE)]):
                queue.add(segments)
                queue = breaks_and_is_mended(m, queue)
                good, room = queue.place(crypt(PLAIN)), queue.place(bytes(RESPONSE))


def test_a_ring_that_is_not_memory_is_broken_for_an_iothread():
    for ring in 'ring', 'avail', 'used':
        with iothreads(iothread='io0'), PortMachine() as m:
            queue, = m.start()
            queue.open()
            m.status(0)
            setattr(m.queue_class, 'elsewhere', (ring, m.function))
            try:
                m.start()
            finally:
                del m.queue_class.elsewhere
            queue.until(lambda: m.status() & NEEDS_RESET, 'not broken')
            queue, = m.start()
            queue.open()
            assert queue.works()


def test_a_ring_that_is_moved_without_a_reset_is_moved_for_an_iothread():
    with iothreads(iothread='io0'), Machine() as m:
        queue, = m.start()
        queue.open()
        queue.select()
        # Its available ring is at the end of the firmware, and of all there is.
        m.store(4, m.common + 40, 0xfffffff2)
        m.store(4, m.common + 44, 0)
        m.store(2, m.common + 28, 1)
        queue.until(lambda: m.status() & NEEDS_RESET, 'not broken')
        queue, = m.start()
        queue.open()
        assert queue.works()


def answers_all(queues, count=40):
    for queue in queues:
        assert queue.wait(count) == [RESPONSE + (64 << 10)] * count


def test_the_guests_memory_may_change_under_an_iothread():
    def remap(_):
        # What the firmware does to have RAM, or not, where ROMs are.
        for value in (0x33333333, 0x11111111, 0) * 20:
            m.qtest('outl 0xcf8 0x80000058')
            m.qtest('outl 0xcfc %#x' % value)

    with iothreads(iothread='io0'), Machine(queues=2) as m:
        answers_all(registers.under_load(m, remap))


def test_a_machine_is_saved_while_an_iothread_works_and_goes_on():
    with iothreads(iothread='io0'), Machine(queues=2) as m:
        queues = registers.under_load(
            m, lambda _: device.save(m, '/dev/null'))
        m.qmp('cont')
        answers_all(queues)


def test_stopped_and_continued_an_iothread_goes_on_where_it_was():
    with iothreads(iothread='io0'), Machine(queues=2) as m:
        queues = m.start(2)
        for queue in queues:
            queue.open()
        for _ in range(20):
            answers = [queue.post(crypt(PLAIN), RESPONSE + 16)
                       for queue in queues for _ in range(5)]
            for queue in queues:
                queue.kick()
            m.qmp('stop')
            m.qmp('cont')
            for queue in queues:
                queue.wait(5)
            for answer in answers:
                assert m.read(answer + RESPONSE, 16) == CIPHER


def test_an_iothread_polls_and_still_hears_of_requests():
    # Shorter and longer than the time between two requests.
    for ns in 0, 1000, 2000000:
        with iothreads(iothread='io0'), Machine() as m:
            m.qmp('qom-set', path='/objects/io0', property='poll-max-ns', value=ns)
            queue, = m.start()
            queue.open()
            for _ in range(200):
                assert queue.works()
            assert m.counter('requests') == 202
            queue.do(request(OPEN))


def kick_and_stop(m, queue):
    """Stops the machine right behind a notification."""
    m.process.stdin.write('writew %#x %#x\n' % (queue.doorbell, queue.number))
    m.monitor.write('{"execute": "stop"}\n')
    m.process.stdin.flush()
    m.monitor.flush()
    assert m.process.stdout.readline() == 'OK\n'
    while 'return' not in m.monitor.readline():
        pass


def test_a_ring_that_breaks_while_the_machine_stops_stays_broken():
    room = bytes(RESPONSE + 16)
    with iothreads(iothread='io0'), Machine() as m:
        # Sometimes the main loop hears of the ring before it stops, sometimes not.
        for _ in range(40):
            queue, = m.start()
            queue.open()
            answers = [queue.post(crypt(PLAIN), len(room)) for _ in range(3)]
            queue.kick()
            queue.wait(3)
            for answer in answers:
                m.write(answer, room)
            queue.add([(queue.place(request(OPEN)), 16, 0)])
            kick_and_stop(m, queue)
            m.qmp('cont')
            queue.until(lambda: m.status() & NEEDS_RESET, 'not broken')
            # Nothing that was answered is done once more.
            assert m.counter('requests') == 5
            assert [m.read(answer, len(room)) for answer in answers] == [room] * 3
