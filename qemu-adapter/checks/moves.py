# SPDX-License-Identifier: GPL-2.0-or-later
"""What a machine takes along when it moves while its device works."""

import contextlib
import os
import pathlib
import socket
import tempfile

from checks import device
from checks.iothreads import iothreads
from cryptodev import (AES_GCM, AUTH_FAILED, OK, OPEN, RESPONSE, decrypt, request,
                       session_new)
from machine import NEEDS_RESET, TIMEOUT, Machine

# Behind what a test uses: more than a stream holds that nobody reads.
FILLER, FILLER_SIZE = 0x3000000, 8 << 20
PIECE = 16              # of a pattern; pages begin with a whole one


class Stream:
    """A machine on its way, as far as we have taken it."""

    def __init__(self, machine, folder):
        path = os.path.join(folder, 'stream')
        with socket.socket(socket.AF_UNIX) as listener:
            listener.settimeout(TIMEOUT)
            listener.bind(path)
            listener.listen()
            assert 'return' in machine.qmp('migrate', uri='unix:' + path)
            self.connection = listener.accept()[0]
        self.connection.settimeout(TIMEOUT)
        self.machine, self.data = machine, bytearray()

    def until(self, piece, count):
        while self.data.count(piece) < count:
            part = self.connection.recv(1 << 16)
            assert part, 'not in the stream'
            self.data += part

    def rest(self):
        assert self.machine.qmp('query-migrate')['return']['status'] == 'active'
        with self.connection:
            while part := self.connection.recv(1 << 16):
                self.data += part
        device.has_moved(self.machine)
        return self.data


@contextlib.contextmanager
def arrived(data, folder, **properties):
    path = os.path.join(folder, 'state')
    with open(path, 'wb') as state:
        state.write(data)
    before = Machine.arguments
    Machine.arguments = before + ['-incoming', 'defer']
    try:
        machine = Machine(**properties)
    finally:
        Machine.arguments = before
    with machine as m:
        assert 'return' in m.qmp('migrate-incoming', uri='exec:cat ' + path)
        device.has_moved(m)
        yield m


def a_failed_request_is_taken_along(**properties):
    size, piece = 5 << 12, os.urandom(PIECE)
    with tempfile.TemporaryDirectory() as folder, Machine(**properties) as m:
        queue, = m.start()
        assert queue.do(request(OPEN))[0] == OK
        assert queue.do(session_new(AES_GCM))[0] == OK
        answer = queue.post(decrypt(bytes(size), bytes(16)), RESPONSE + size)
        m.write(answer + RESPONSE, piece * (size // PIECE))
        m.qtest('memset %#x %#x 0xaa' % (FILLER, FILLER_SIZE))
        stream = Stream(m, folder)
        stream.until(piece, size // PIECE)
        # Its destination has gone by; now it is wiped, because the tag is wrong.
        queue.kick()
        assert queue.wait() == [RESPONSE]
        there, wiped = stream.rest(), m.read(answer, RESPONSE + size)
        assert wiped == AUTH_FAILED.to_bytes(RESPONSE, 'little') + bytes(size)
        with arrived(there, folder, **properties) as other:
            assert other.read(answer, RESPONSE + size) == wiped
            assert other.load(2, queue.used + 2) == queue.seen


def test_what_a_failed_request_has_wiped_is_wiped_where_the_machine_moves():
    for ioeventfd in 'on', 'off':
        a_failed_request_is_taken_along(ioeventfd=ioeventfd)


def test_in_an_iothread_what_a_failed_request_has_wiped_is_wiped_where_the_machine_moves():
    with iothreads(iothread='io0'):
        a_failed_request_is_taken_along()


def test_a_ring_that_an_iothread_has_broken_moves_with_the_machine():
    with tempfile.TemporaryDirectory() as folder, iothreads(iothread='io0'), Machine() as m:
        queue, = m.start()
        queue.open()
        assert queue.works()
        queue.add([(queue.place(request(OPEN)), 16, 0)])
        queue.kick()
        queue.until(lambda: m.status() & NEEDS_RESET, 'not broken')
        path = os.path.join(folder, 'saved')
        device.save(m, path)
        with arrived(pathlib.Path(path).read_bytes(), folder) as other:
            assert other.status() & NEEDS_RESET
            queue, = other.start()
            queue.open()
            assert queue.works()
