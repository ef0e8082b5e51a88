# SPDX-License-Identifier: GPL-2.0-or-later
"""The backend object for QEMU's own virtio-crypto device."""

import contextlib
import struct

from cryptodev import KEY, PLAIN
from machine import Machine

BACKEND = 'cryptodev-backend-vcrypto'
ERR = 1                 # of the standard's statuses


@contextlib.contextmanager
def virtio_crypto(**properties):
    """QEMU's device with such a backend."""
    before = Machine.arguments
    Machine.arguments = before + ['-object', ','.join(
        [BACKEND, 'id=c0'] + ['%s=%s' % (k.replace('_', '-'), v) for k, v in properties.items()])]
    try:
        with Machine('virtio-crypto-pci', cryptodev='c0') as m:
            yield m
    finally:
        Machine.arguments = before


def new_session(control):
    """One of AES-CBC, to encrypt; returns its id."""
    head = struct.pack('<IIII', 2, 0, 0, 0)
    numbers = struct.pack('<IIII', 3, len(KEY), 1, 0).ljust(48, b'\0') + struct.pack('<II', 1, 0)
    answer = control.post(head + numbers + KEY, 16)
    control.kick()
    control.wait()
    session, status = struct.unpack('<QI', control.machine.read(answer, 12))
    assert status == 0
    return session


def encrypt(session, source):
    head = struct.pack('<IIQII', 0, 0, session, 1, 0)
    numbers = struct.pack('<III', 16, len(source), len(source)).ljust(40, b'\0')
    return head + numbers + struct.pack('<II', 1, 0) + bytes(16) + source


def can_throttle():
    """7.2 cannot."""
    with Machine() as m:
        return any(p['name'] == 'throttle-ops' for p in m.qmp(
            'qom-list-properties', typename=BACKEND)['return'])


def good_and_bad_are_answered(**properties):
    with virtio_crypto(**properties) as m:
        data, control = m.start(2)
        session = new_session(control)
        # Each second one is not whole blocks.
        answers = [data.post(encrypt(session, PLAIN[:16 - i % 2]), 17) for i in range(10)]
        data.kick()
        data.wait(10)
        assert [m.read(answer + 16, 1)[0] for answer in answers] == [0, ERR] * 5


def test_a_backend_answers_requests_that_fail():
    good_and_bad_are_answered()


def test_a_backend_that_is_throttled_answers_requests_that_fail():
    if not can_throttle():
        print('SKIP: this QEMU has no throttle-ops')
        return
    good_and_bad_are_answered(throttle_ops=50)


def test_a_backend_with_more_than_one_queue_is_refused():
    with Machine() as m:
        for queues in 2, 64, 65, 4096:
            answer = m.qmp('object-add', queues=queues, id='c0', **{'qom-type': BACKEND})
            assert "'queues' is %d" % queues in answer['error']['desc'], answer
        assert 'return' in m.qmp('object-add', id='c0', **{'qom-type': BACKEND})


def test_a_backend_ends_with_the_queue_that_it_began_with():
    with Machine() as m:
        assert 'return' in m.qmp('object-add', id='c0', **{'qom-type': BACKEND})
        m.qmp('qom-set', path='/objects/c0', property='queues', value=70)
        assert 'return' in m.qmp('object-del', id='c0')
        assert m.qmp('query-status')['return']['running']
