#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How long the monitor waits while a guest keeps the device busy.

    bench/turns.py QEMU_BINARY...

Fills the device's queues with 3DES, the dearest there is, and asks the monitor
over and over how many requests are done, until all are.  What the monitor
waits, everything else in QEMU's main loop waits too.  With several binaries, an
older and a newer one for example, they are compared in one run; a line has the
longest wait of a round and the time for all its requests, both of the best
round, because what else the machine does only adds to them.
"""

import pathlib
import struct
import sys
import time

sys.dont_write_bytecode = True  # leave nothing behind in the source tree
ADAPTER = pathlib.Path(__file__).resolve().parent.parent / 'qemu-adapter'
sys.path.insert(0, str(ADAPTER))
import cryptodev
import machine

#        queues, requests in each, bytes of each
LOADS = ((1, 32, 256 << 10), (8, 32, 256 << 10), (1, 32, 1 << 20),
         (1, 4, 16 << 20), (8, 200, 64))
ROUNDS = 5
MEMORY = 1 << 30                # of the guest
SHARED = 0x20000000             # source and destination of all requests


class Machine(machine.Machine):
    arguments = ['-m', str(MEMORY >> 20)]
    queue_class = cryptodev.CryptoQueue


def fill(queue, count, size):
    head = struct.pack('<HHIII', 1, cryptodev.CRYPT, 0, 0, 0) + struct.pack(
        '<IIHHHH', size, size, 8, 0, 0, 0) + bytes(8)
    source, response = queue.place(head), queue.place(bytes(16))
    for _ in range(count):
        queue.add([(source, len(head), 0), (SHARED, size, 0),
                   (response, 16, machine.WRITE),
                   (SHARED + (64 << 20), size, machine.WRITE)])


def measure(binary, queues, count, size):
    """Seconds of the longest query, and until all requests were answered."""
    Machine.binary = binary
    with Machine(queues=queues, ioeventfd='on',
                 max_payload=max(size, 1 << 20)) as m:
        rings = m.start(queues)
        for ring in rings:
            ring.open_dear()
            fill(ring, count, size)
        done = m.counter('requests') + queues * count
        m.qmp('stop')           # the first turn sees all of them
        times = [time.monotonic()]
        m.qmp('cont')
        times.append(time.monotonic())
        while m.counter('requests') < done:
            times.append(time.monotonic())
        times.append(time.monotonic())
    waits = [after - before for before, after in zip(times, times[1:])]
    return max(waits), sum(waits)


def main():
    if sys.argv[1:] == ['--help']:
        sys.exit(print(__doc__))
    if len(sys.argv) < 2 or sys.argv[1].startswith('-'):
        print('turns.py: which QEMU? (--help explains)', file=sys.stderr)
        sys.exit(2)
    binaries = sys.argv[1:]
    print('| queues | requests | bytes | %s |' % ' | '.join(
        'longest, ms | all, ms' for _ in binaries))
    print('|%s' % (' ---: |' * (3 + 2 * len(binaries))))
    for queues, count, size in LOADS:
        rounds = [[measure(binary, queues, count, size)
                   for binary in binaries] for _ in range(ROUNDS)]
        cells = ['%.1f | %.1f' % tuple(
            1000 * min(r[i][what] for r in rounds)
            for what in range(2)) for i in range(len(binaries))]
        print('| %d | %d | %d | %s |' % (queues, queues * count, size,
                                         ' | '.join(cells)), flush=True)


if __name__ == '__main__':
    main()
