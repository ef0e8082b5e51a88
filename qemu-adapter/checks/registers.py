# SPDX-License-Identifier: GPL-2.0-or-later
"""Answers that land in registers, and what else comes between two requests."""

import struct
import time

from cryptodev import (OK, OPEN, PLAIN, RESPONSE, crypt, request,
                       requests_of_one_kind)
from machine import (EVENT_IDX, RING_RESET, TIMEOUT, VERSION_1, WRITE,
                     Machine, PortMachine)


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
