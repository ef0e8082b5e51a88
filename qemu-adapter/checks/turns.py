# SPDX-License-Identifier: GPL-2.0-or-later
"""How much is done before it is the turn of others."""

import time

from cryptodev import (CLOSE, DES3_CBC, FREE, OK, OPEN, PLAIN, RESPONSE, crypt, request,
                       session_new, turns)
from machine import WRITE, Machine


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
        assert [taken for _, taken, _, _ in m.traced('virtio_cryptodev_batch')] == [4] * 5


def test_a_context_with_many_sessions_ends_in_turns():
    with Machine(backend='null', queues=2, ioeventfd='on') as m:
        queue, other = m.start(2)
        queue.open()
        other.open_dear()
        for session in range(1, 1600):
            assert queue.do(session_new(session=session))[0] == OK
        m.trace('virtio_cryptodev_turn')
        assert queue.do(request(CLOSE))[0] == OK
        assert m.counter('sessions') == 1
        until = time.monotonic() + 20
        while len(turns(m)) < 3 and time.monotonic() < until:
            time.sleep(0.01)
        # It is over then: nobody has a turn for nothing.
        time.sleep(0.2)
        # 64 have ended at once, and half of a turn is 1250.
        assert [cost for _, cost in turns(m)[1:]] == [2500000, 572000], turns(m)
        # The handles are free, and what is swept is part of what a turn may do.
        for session in range(1600):
            assert queue.do(request(OPEN) if not session else session_new(session=session))[0] == OK
        m.qmp('stop')
        queue.post(request(CLOSE), RESPONSE)
        # Some turns are full before the queue with the closed context has its own.
        other.add_dear(5 << 10, 100)
        m.qmp('cont')
        queue.wait(1)
        other.wait(100)
        assert all(cost <= 5000000 or count == 1 for count, cost in turns(m))


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


def test_what_is_done_at_once_has_a_bound_in_bytes():
    # Of a session that costs next to nothing, with a header and an IV beside it.
    for at_once, size, expected in (
            (0, 16, [0, 1]), (4096, 3008, [1]), (4096, 4096, [0, 1]),
            (65536, 16384, [1])):
        with Machine(backend='null', ioeventfd='off', at_once=at_once) as m:
            queue, = m.start()
            queue.open()
            m.trace('virtio_cryptodev_turn')
            assert queue.do(crypt(bytes(size)), size)[0] == OK
            assert [count for count, _ in turns(m)] == expected, (at_once, size)


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


def test_what_a_request_costs_is_asked_when_its_session_is_there():
    size = 256 << 10
    for ioeventfd in 'on', 'off':
        with Machine(backend='null', ioeventfd=ioeventfd) as m:
            queue, = m.start()
            queue.open()
            # A cheap session ends, and a dear one begins under its handle.
            queue.post(request(FREE), RESPONSE)
            queue.post(session_new(DES3_CBC, bytes(range(24))), RESPONSE)
            queue.add_dear(size, 4)
            m.trace('virtio_cryptodev_turn')
            queue.kick()
            assert queue.wait(6) == [RESPONSE] * 2 + [RESPONSE + size] * 4
            done = [turn for turn in turns(m) if turn[0]]
            assert [count for count, _ in done] == [2, 1, 1, 1, 1], done
            assert all(cost > 5000000 for _, cost in done[1:]), done


def test_a_session_its_requests_and_its_end_are_one_batch():
    # As many as may be done at once.
    for ioeventfd, times in ('on', 10), ('off', 1):
        with Machine(backend='null', ioeventfd=ioeventfd) as m:
            queue, = m.start()
            assert queue.do(request(OPEN))[0] == OK
            m.trace('virtio_cryptodev_batch')
            for _ in range(times):
                queue.post(session_new(), RESPONSE)
                queue.post(crypt(bytes(64)), RESPONSE + 64)
                queue.post(request(FREE), RESPONSE)
            queue.kick()
            count = 3 * times
            assert queue.wait(count) == [RESPONSE, RESPONSE + 64, RESPONSE] * times
            assert [taken for _, taken, _, _ in m.traced('virtio_cryptodev_batch')] == [count]
