# SPDX-License-Identifier: GPL-2.0-or-later
"""The driver's side of the cryptodev device: requests and a queue of them."""

import pathlib
import re
import struct

from machine import WRITE, Queue

WIRE_H = (pathlib.Path(__file__).resolve().parent.parent /
          'libvcrypto/include/vcrypto/wire.h')
VIRTIO_ID = int(re.search(r'#define VCRYPTO_VIRTIO_ID (\d+)',
                          WIRE_H.read_text())[1])

OPEN, CLOSE, NEW, FREE, CRYPT, AUTHCRYPT = 1, 2, 3, 4, 7, 8   # operations
OK, NO_SESSION, AUTH_FAILED = 0, 5, 10      # statuses
AES_CBC, AES_GCM, DES3_CBC = 3, 8, 11
RESPONSE = 16                   # bytes of a response header
NOWHERE = 1 << 48               # a guest address with nothing behind it

# SP 800-38A, F.2.1
KEY = bytes.fromhex('2b7e151628aed2a6abf7158809cf4f3c')
IV = bytes(range(16))
PLAIN = bytes.fromhex('6bc1bee22e409f96e93d7e117393172a')
CIPHER = bytes.fromhex('7649abac8119b246cee98e9b12e9197d')


def request(op, body=b'', version=1, session=0, flags=0):
    """With context 0 and session 0, as all that follow."""
    return struct.pack('<HHIII', version, op, flags, 0, session) + body


def session_new(cipher=AES_CBC, key=KEY, session=0):
    return request(NEW, struct.pack('<HHIII', cipher, 0, len(key), 0, 0) + key,
                   session=session)


def crypt(data, iv=IV):
    return request(CRYPT, struct.pack(
        '<IIHHHH', len(data), len(data), len(iv), 0, 0, 0) + iv + data)


def decrypt(data, tag):
    """With an AEAD."""
    return request(AUTHCRYPT, struct.pack(
        '<HHHHIIIIQ', 1, 12, 0, len(tag), 0, len(data), len(data), 0, 0) +
        IV[:12] + data + tag, flags=1)


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


def turns(m):
    """Requests and cost of each turn so far."""
    return m.traced('virtio_cryptodev_turn')
