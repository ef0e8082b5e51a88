#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests the adapter in a QEMU without a guest.

    check-adapter.py QEMU_BINARY [TEST...]

Each test starts a QEMU of its own; all of them together take seconds.
What requests mean is tested elsewhere, without QEMU.  This is about what the
adapter adds: queues, resets, hotplug, properties, PCI.
"""

import sys
import time

sys.dont_write_bytecode = True  # leave nothing behind in the source tree
from checks import backend, device, iothreads, moves, registers, rings, turns
from cryptodev import CryptoQueue
from machine import Machine


def main():
    failed = 0
    known = {name: test for module in (device, rings, registers, turns, iothreads, moves,
                                            backend)
             for name, test in vars(module).items() if name.startswith('test_')}
    for name in sys.argv[2:]:
        if name not in known:
            sys.exit("check-adapter.py: no test is named '%s'" % name)
    tests = [(name, known[name]) for name in sys.argv[2:] or known]
    for name, test in tests:
        start = time.monotonic()
        try:
            test()
            result = 'ok'
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            at = error.__traceback__.tb_next
            result = 'FAILED: %s:%d: %s' % (
                test.__module__, at.tb_lineno, error or 'assertion')
        print('%-80s %s (%.1f s)' % (name[5:].replace('_', ' '), result,
                                     time.monotonic() - start), flush=True)
    print('%d passed, %d failed' % (len(tests) - failed, failed))
    return 1 if failed else 0


if __name__ == '__main__':
    if sys.argv[1:] == ['--help']:
        sys.exit(print(__doc__))
    if len(sys.argv) < 2 or sys.argv[1].startswith('-'):
        print('check-adapter.py: which QEMU? (--help explains)', file=sys.stderr)
        sys.exit(2)
    Machine.binary = sys.argv[1]
    Machine.queue_class = CryptoQueue
    sys.exit(main())
