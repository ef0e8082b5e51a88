#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

begin "$@" <<'END'
Linux 6.12.95, a guest of QEMU: a program has a ring of io_uring's that reads from a pipe, and polls the ring's
file descriptor. Somebody writes to the pipe. Whoever polls a ring without flags is woken. Whoever polls one with
IORING_SETUP_DEFER_TASKRUN sleeps on; when his time is over, he is told that the ring is readable. Kernels 6.1
and 7.3 wake him.
END

fetch_whole trixie 'qemu-system-x86=1:10.0.13+ds-0+deb13u1'
fetch bookworm-backports linux-image-6.12.95+deb12-amd64-unsigned=6.12.95-1~bpo12+1

# The machine's C library, not that of QEMU's packages.
guest=$tmp/guest
mkdir -p -- "$guest/dev"
cat >"$tmp/init.c" <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/io_uring.h>

static void check(int good, const char *what)
{
	if (good)
		return;
	printf("guest: %s failed\n", what);
	reboot(RB_POWER_OFF);
	_exit(1);
}

static char *map(int ring, off_t offset)
{
	char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, offset);

	check(memory != MAP_FAILED, "mmap");
	return memory;
}

static void submit_read(int ring, const struct io_uring_params *params, int from, char *to)
{
	char *queue = map(ring, IORING_OFF_SQ_RING);
	struct io_uring_sqe *sqe = (void *)map(ring, IORING_OFF_SQES);

	sqe->opcode = IORING_OP_READ;
	sqe->fd = from;
	sqe->addr = (uintptr_t)to;
	sqe->len = 1;
	*(unsigned int *)(queue + params->sq_off.array) = 0;
	*(unsigned int *)(queue + params->sq_off.tail) = 1;
	check(syscall(__NR_io_uring_enter, ring, 1, 0, 0, NULL, 0) == 1, "io_uring_enter");
}

static void write_later(int to)
{
	sleep(2);
	check(write(to, "x", 1) == 1, "write");
	_exit(0);
}

static void try(const char *name, unsigned int flags)
{
	struct io_uring_params params = { .flags = flags };
	int ring = (int)syscall(__NR_io_uring_setup, 1, &params), ends[2];
	struct pollfd file = { .fd = ring, .events = POLLIN };
	struct timespec before, after;
	char byte;

	check(ring >= 0, "io_uring_setup");
	check(pipe(ends) == 0, "pipe");
	submit_read(ring, &params, ends[0], &byte);
	if (!fork())
		write_later(ends[1]);
	clock_gettime(CLOCK_MONOTONIC, &before);
	check(poll(&file, 1, 20000) == 1 && file.revents & POLLIN, "poll");
	clock_gettime(CLOCK_MONOTONIC, &after);
	printf("guest: %s: readable, %s\n", name,
	       after.tv_sec - before.tv_sec < 15 ? "told when it became so" : "told when poll()'s time was over");
}

int main(void)
{
	int console;

	mount("dev", "/dev", "devtmpfs", 0, NULL);
	console = open("/dev/ttyS0", O_WRONLY);
	dup2(console, 1);
	setvbuf(stdout, NULL, _IOLBF, 0);
	try("no flags", 0);
	try("DEFER_TASKRUN", IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
	reboot(RB_POWER_OFF);
	return 0;
}
END
"${CC:-cc}" -std=gnu11 -O1 -Wall -Wextra -Werror -static "$tmp/init.c" -o "$guest/init" || die "init.c does not compile"
boot 180 ''

expected 'guest: DEFER_TASKRUN: readable, told when it became so'
happened 'guest: no flags: readable, told when it became so
guest: DEFER_TASKRUN: readable, told when poll()'"'"'s time was over' "$(what_guest_said)"
