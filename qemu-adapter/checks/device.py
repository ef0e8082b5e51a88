# SPDX-License-Identifier: GPL-2.0-or-later
"""What the device shows: configuration, PCI, backends, properties, monitor."""

import os
import pathlib
import re
import struct
import subprocess
import tempfile
import time

from cryptodev import (AES_CBC, NO_SESSION, OK, PLAIN, RESPONSE, VIRTIO_ID,
                       crypt, request, session_new)
from machine import NEEDS_RESET, SLOT, TIMEOUT, Machine, PortMachine


def refusal(options, more=(), device='virtio-cryptodev-pci'):
    """The one line with which a QEMU refuses such a device."""
    result = subprocess.run(
        [Machine.binary, '-machine', 'pc,accel=qtest', '-nodefaults', '-display',
         'none', *more, '-device', device + ',' + options],
        capture_output=True, text=True, timeout=TIMEOUT)
    assert result.returncode == 1, result.stderr
    line, = (line for line in result.stderr.splitlines() if device + ',' in line)
    return line


def backends():
    """The names of those that this QEMU is linked with, the default one first."""
    return re.findall(r"'([^']*)'", refusal('backend=').split('one of')[1])


def backend_name(machine):
    return machine.read(machine.structures[4] + 48, 16).rstrip(b'\0').decode()


def test_configuration_space_describes_the_device():
    with Machine(queues=3, max_sessions=7, max_payload=65536) as m:
        fields = struct.unpack('<HHIIIIIIIQQ16s', m.read(m.structures[4], 64))
        assert fields[:3] == (1, 0, 3)
        assert fields[4] == 7 and fields[7] == 65536
        assert fields[9] & 1 << AES_CBC
        assert fields[11].rstrip(b'\0').decode() == backends()[0]
        # It is read-only.
        m.store(4, m.structures[4], 0xffffffff)
        assert m.load(2, m.structures[4]) == 1


def test_there_is_a_queue_for_each_processor_unless_told_otherwise():
    arguments = PortMachine.arguments
    try:
        for processors, options, queues in (
                (1, {}, 1), (3, {}, 3), (3, {'queues': 2}, 2), (65, {}, 64)):
            PortMachine.arguments = arguments + ['-smp', str(processors)]
            with PortMachine(**options) as m:
                assert m.load(4, m.structures[4] + 4) == queues
                # Each has an interrupt, and so have changes of the configuration.
                assert m.load(2, m.capability(m.function, 0x11) + 2) & 0x7ff == queues
    finally:
        PortMachine.arguments = arguments


def test_sessions_are_shared_out_among_queues_unless_told_otherwise():
    for queues, options, sessions in (
            (1, {}, 65536), (3, {}, 21845), (64, {}, 1024),
            (8, {'max_sessions': 65536}, 65536)):
        with Machine(queues=queues, **options) as m:
            assert m.load(4, m.structures[4] + 12) == sessions


def resident(machine):
    """Bytes of memory that QEMU has."""
    statm = pathlib.Path('/proc/%d/statm' % machine.process.pid).read_text()
    return int(statm.split()[1]) * os.sysconf('SC_PAGE_SIZE')


def test_memory_of_many_sessions_comes_back_with_a_reset():
    if 'ASAN_OPTIONS' in os.environ:
        print('SKIP: a sanitizer keeps what is freed')
        return
    sizes = []
    with Machine() as m:
        # The first time trims what QEMU's start has left, which hides the rest.
        for _ in range(2):
            queue, = m.start()
            sizes.append(resident(m))
            queue.open()
            for number in range(1, 4000):
                assert queue.do(session_new(session=number))[0] == OK
            sizes.append(resident(m))
        m.start()
        sizes.append(resident(m))
    before, grown, after = sizes[2:]
    assert grown - before > 512 << 10, sizes
    assert after - before < (grown - before) // 2, sizes


def test_transitional_device_is_1af4_1013():
    for name in 'virtio-cryptodev-pci', 'virtio-cryptodev-pci-transitional':
        with Machine(name) as m:
            assert m.config(0) == 0x10131af4
            assert m.config(8) >> 8 == 0x078000
            assert m.config(0x2c) >> 16 == VIRTIO_ID
            queue, = m.start()
            queue.open()
            assert queue.works()


def test_modern_device_is_1040_plus_its_virtio_id():
    for name, options in (
            ('virtio-cryptodev-pci', {'disable_legacy': 'on'}),
            ('virtio-cryptodev-pci-non-transitional', {})):
        for machine in 'pc', 'q35':
            with Machine(name, machine, **options) as m:
                assert m.config(0) == 0x1af4 | 0x1040 + VIRTIO_ID << 16
                queue, = m.start()
                queue.open()
                assert queue.works()


def test_each_backend_can_be_had_by_its_name():
    names = backends()
    assert names[-1] == 'null' and len(names) > 1
    for name in names[:-1]:
        # That one is as good as the host's own device, if it has one.
        if name == 'hostdev' and not os.access('/dev/crypto', os.R_OK | os.W_OK):
            assert "backend 'hostdev' cannot be opened" in refusal('backend=hostdev')
            continue
        with Machine(backend=name) as m:
            assert backend_name(m) == name
            queue, = m.start()
            queue.open()
            assert queue.works()


def test_null_backend_copies():
    with Machine(backend='null') as m:
        queue, = m.start()
        queue.open()
        assert queue.do(crypt(PLAIN), 16) == (OK, PLAIN)


def test_told_to_forget_the_device_loses_all_sessions_and_goes_on():
    with Machine(queues=2) as m:
        queues = m.start(2)
        for queue in queues:
            queue.open()
        m.order('forget')
        assert (m.counter('contexts'), m.counter('sessions')) == (0, 0)
        assert [(lane['requests'], lane['batches'], lane['latency'])
                for lane in m.counter('lanes')] == [(0, 0, [])] * 2
        for queue in queues:
            assert queue.do(crypt(PLAIN), 16)[0] == NO_SESSION
            queue.open()
            assert queue.works()


def test_told_to_forget_under_load_the_device_answers_every_request():
    with Machine(ioeventfd='on') as m:
        queue, = m.start()
        queue.open()
        answers = [queue.post(crypt(PLAIN), RESPONSE + 16) for _ in range(200)]
        queue.kick()
        m.order('forget')
        lengths = queue.wait(200)
        statuses = [m.load(4, answer) for answer in answers]
        # Those before it in full, those after it not at all.
        done = statuses.count(OK)
        assert statuses == [OK] * done + [NO_SESSION] * (200 - done)
        assert lengths == [RESPONSE + 16] * done + [RESPONSE] * (200 - done)


def test_told_to_fail_the_device_needs_a_reset():
    for ioeventfd in 'on', 'off':
        with Machine(ioeventfd=ioeventfd) as m:
            queue, = m.start()
            queue.open()
            queue.post(crypt(PLAIN), RESPONSE + 16)
            m.order('fail')
            assert m.status() & NEEDS_RESET
            queue.kick()
            m.qmp('query-status')
            assert m.load(2, queue.used + 2) == queue.seen
            queue, = m.start()
            assert m.counter('sessions') == 0
            queue.open()
            assert queue.works()


def test_counters():
    with Machine(queues=2) as m:
        queues = m.start(2)
        for queue in queues:
            queue.open()
            assert queue.works()
        queues[0].do(request(99))
        assert [m.counter(name) for name in (
            'requests', 'failures', 'crypt-requests', 'bytes-in', 'bytes-out',
            'sessions-created', 'contexts', 'sessions')] == [
            7, 1, 2, 32, 32, 2, 2, 2]
        assert 'error' in m.qmp('qom-set', property='requests', value=0,
                                path='/machine/peripheral/dut/virtio-backend')


def test_each_queue_tells_what_it_did_and_how_long_that_took():
    for ioeventfd in 'on', 'off':
        with Machine(queues=2, ioeventfd=ioeventfd) as m:
            first, second = m.start(2)
            first.open()
            second.open()
            for _ in range(3):
                assert second.works()
            lanes = m.counter('lanes')
            assert [lane['queue'] for lane in lanes] == [0, 1]
            assert [lane['requests'] for lane in lanes] == [2, 5]
            assert [lane['batches'] for lane in lanes] == [2, 5]
            assert [lane['bytes-in'] for lane in lanes] == [0, 48]
            for lane in lanes:
                assert lane['iothread'] == m.defaults.get('iothread', '')
                rows = [(row['below-ns'], row['requests']) for row in lane['latency']]
                assert sum(count for _, count in rows) == lane['requests']
                assert rows == sorted(rows) and all(
                    ns & (ns - 1) == 0 and 1024 <= ns < 1 << 34 for ns, _ in rows)
            m.status(0)
            assert [(lane['batches'], lane['latency'])
                    for lane in m.counter('lanes')] == [(0, [])] * 2


def test_unplugged_and_plugged_again():
    with Machine() as m:
        for _ in range(20):
            queue, = m.start()
            queue.open()
            assert queue.works()
            m.unplug()
            m.plug()
        for options in {'queues': 65}, {'backend': 'none'}, {'max-aad': 1 << 20}:
            answer = m.qmp('device_add', driver='virtio-cryptodev-pci', **options)
            assert next(iter(options)) in answer['error']['desc']


def test_a_device_that_cannot_be_plugged_does_no_harm():
    # All of it is found out when the virtio device is there, and the PCI device is not.
    transitional = 'neither legacy nor transitional'
    for options, why in (
            ({'romfile': '/nonexistent'}, '/nonexistent'),
            ({'failover_pair_id': 'x'}, 'failover'),
            ({'iommu_platform': True}, transitional),
            ({'iommu_platform': True, 'disable-modern': True}, transitional)):
        with Machine() as m:
            m.unplug()
            answer = m.device_add(**options)
            assert why in answer['error']['desc'], answer
            m.plug()
            queue, = m.start()
            queue.open()
            assert queue.works()
            m.unplug()


def has_moved(machine):
    """Waits until its state has gone, or come."""
    end = time.monotonic() + TIMEOUT
    while machine.qmp('query-migrate')['return'].get('status') != 'completed':
        assert time.monotonic() < end
        time.sleep(0.01)


def save(machine, path):
    """Writes the machine's state there."""
    assert 'return' in machine.qmp('migrate', uri='exec:cat >' + path)
    has_moved(machine)


def test_a_state_is_taken_by_a_device_of_the_same_size():
    with tempfile.TemporaryDirectory() as folder, Machine() as m:
        queue, = m.start()
        queue.open()
        assert queue.works()
        path = os.path.join(folder, 'state')
        save(m, path)
        for option in 'queues=2', 'queue-size=64', 'max-contexts=7', 'max-sessions=7', \
                'max-payload=65536', 'max-aad=16':
            result = subprocess.run(
                [Machine.binary, '-machine', 'pc,accel=qtest', '-m', '64',
                 '-nodefaults', '-display', 'none', '-incoming', 'exec:cat ' + path, '-device',
                 'virtio-cryptodev-pci,id=dut,addr=%d,%s' % (SLOT, option)],
                capture_output=True, text=True, timeout=TIMEOUT)
            assert result.returncode
            assert "'%s' must be as it was" % option.split('=')[0] in result.stderr, result.stderr


def test_monitor_knows_the_device():
    with Machine() as m:
        queue, = m.start()
        path = '/machine/peripheral/dut/virtio-backend'
        status = m.qmp('x-query-virtio-status', path=path)['return']
        assert status['name'] == 'virtio-cryptodev'
        queue.open()


def test_bad_properties_are_refused_in_one_line():
    for options, allowed in (
            ('queues=65', 'from 1 to 64'),
            ('queue-size=3', 'power of two from 4 to 1024'),
            ('queue-size=2', 'power of two from 4 to 1024'),
            ('queue-size=2048', 'power of two from 4 to 1024'),
            ('max-contexts=0', 'from 1 to 65536'),
            ('max-sessions=65537', 'from 0 to 65536'),
            ('max-payload=4095', 'from 4096 to 67108864'),
            ('max-aad=65537', 'from 0 to 65536'),
            ('backend=rot13', "one of '%s' " % backends()[0])):
        name, value = options.split('=')
        line = refusal(options)
        for part in "'%s'" % name, value, allowed:
            assert part in line, line


def test_bad_queues_of_a_device_in_a_daemon_are_refused_in_one_line():
    device = 'vhost-user-cryptodev-pci'
    with Machine() as m:
        # 7.2 has no such device.
        if all(t['name'] != device for t in m.qmp('qom-list-types')['return']):
            print('SKIP: this QEMU has no', device)
            return
    with tempfile.TemporaryDirectory() as folder:
        daemon = ['-chardev', 'socket,id=c0,server=on,wait=off,path=%s/daemon' % folder]
        for options, allowed in (
                ('queues=0', 'from 1 to 64'), ('queues=65', 'from 1 to 64'),
                ('queue-size=0', 'power of two from 4 to 1024'),
                ('queue-size=100', 'power of two from 4 to 1024'),
                ('queue-size=2048', 'power of two from 4 to 1024')):
            line = refusal('chardev=c0,' + options, daemon, device)
            for part in "'%s'" % options.split('=')[0], allowed:
                assert part in line, line
