// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"

int async_encrypt(int fd, uint32_t ses, const void *src, size_t len, void *dst, void *iv)
{
	struct crypt_op crypt = {
		.ses = ses,
		.op = COP_ENCRYPT,
		.len = (uint32_t)len,
		.src = dev_unconst(src),
		.dst = dst,
		.iv = iv,
	};

	return ioctl(fd, CIOCASYNCCRYPT, &crypt);
}

int async_try_fetch(int fd, struct crypt_op *op)
{
	memset(op, 0, sizeof(*op));
	return ioctl(fd, CIOCASYNCFETCH, op);
}

int async_fetch(int fd, struct crypt_op *op)
{
	REQUIRE(async_poll(fd, POLLIN, 60000) & POLLIN);
	return async_try_fetch(fd, op);
}

int async_poll(int fd, short events, int milliseconds)
{
	struct pollfd file = { .fd = fd, .events = events };

	REQUIRE(poll(&file, 1, milliseconds) >= 0);
	return file.revents;
}

/* A file of the first device's folder, or of its PCI device's. */
static void find(const char *name, char path[PATH_MAX])
{
	char pattern[PATH_MAX];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "/sys/bus/virtio/drivers/vcrypto/virtio*/%s", name);
	REQUIRE(glob(pattern, 0, NULL, &found) == 0);
	REQUIRE(realpath(found.gl_pathv[0], path));
	globfree(&found);
}

#define PAGE 4096

/* Registers (virtio 1.2, 4.1.4.3). */
enum { STATUS = 20, QUEUE_SELECT = 22, QUEUE_ENABLE = 28, QUEUE_AVAIL = 40 };

/* Bits of the status: ACKNOWLEDGE, DRIVER, FEATURES_OK; and DRIVER_OK. */
enum { STATUS_QUIET = 0x0b, STATUS_ALIVE = 0x0f };

static volatile uint8_t *map_registers(void)
{
	char path[PATH_MAX];
	void *registers;
	int file;

	find("../resource4", path);
	file = open(path, O_RDWR | O_CLOEXEC);
	REQUIRE(file >= 0);
	registers = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	REQUIRE(registers != MAP_FAILED);
	close(file);
	return registers;
}

static void unmap_registers(volatile uint8_t *registers)
{
	REQUIRE(munmap((void *)(uintptr_t)registers, PAGE) == 0);
}

/* Without DRIVER_OK a device must not use its queues (virtio 1.2, 2.1.2). */
static void set_status(uint8_t from, uint8_t status)
{
	volatile uint8_t *registers = map_registers();
	unsigned int was = registers[STATUS];

	/* Whoever has changed it, what was to be seen meanwhile was not. */
	if (was != from)
		check_note("the device's status is %#x, not %#x", was, from);
	registers[STATUS] = status;
	REQUIRE(registers[STATUS] == status);
	unmap_registers(registers);
}

void hang_begin(void)
{
	set_status(STATUS_ALIVE, STATUS_QUIET);
}

void hang_end(void)
{
	set_status(STATUS_QUIET, STATUS_ALIVE);
}

/*
 * The available ring lies at the end of the firmware and reaches into nowhere.  A device
 * sees that at once, or when it looks there, which setting the status makes it do.
 */
void hang_break(void)
{
	volatile uint8_t *registers = map_registers();

	/* Not while the driver starts it again after the last time. */
	for (int i = 0; i < 2000 && registers[STATUS] != STATUS_ALIVE; i++)
		usleep(1000);
	*(volatile uint16_t *)(registers + QUEUE_SELECT) = 0;
	*(volatile uint32_t *)(registers + QUEUE_AVAIL) = 0xfffffff2;
	*(volatile uint32_t *)(registers + QUEUE_AVAIL + 4) = 0;
	*(volatile uint16_t *)(registers + QUEUE_ENABLE) = 1;
	if (registers[STATUS] == STATUS_ALIVE)
		registers[STATUS] = STATUS_ALIVE;
	/* It notices a little later; from then on the registers are the driver's again. */
	for (int i = 0; i < 200 && registers[STATUS] == STATUS_ALIVE; i++)
		usleep(1000);
	unmap_registers(registers);
}

static long long attribute(const char *name)
{
	char path[PATH_MAX];
	long long value;
	FILE *file;

	find(name, path);
	file = fopen(path, "re");
	REQUIRE(file && fscanf(file, "%lld", &value) == 1);
	fclose(file);
	return value;
}

long long hang_in_flight(void)
{
	return attribute("in_flight");
}

long long hang_ring(void)
{
	return attribute("queue_size");
}
