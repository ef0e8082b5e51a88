# SPDX-License-Identifier: GPL-2.0-or-later
"""The backend object for QEMU's own virtio-crypto device."""

from machine import Machine

BACKEND = 'cryptodev-backend-vcrypto'


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
