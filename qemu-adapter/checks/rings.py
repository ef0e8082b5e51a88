# SPDX-License-Identifier: GPL-2.0-or-later
"""Chains, good and malformed; queues and their resets."""

import time

from cryptodev import (CIPHER, CryptoQueue, NOWHERE, NO_SESSION, OK, OPEN,
                       PLAIN, RESPONSE, crypt, request, requests_of_one_kind)
from machine import (INDIRECT, NEEDS_RESET, RING_RESET, TIMEOUT, VERSION_1,
                     WRITE, Machine)


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
