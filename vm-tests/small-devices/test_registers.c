// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *	test_registers NODE FIRST
 *
 * Two devices of a kind whose nodes, NODE and NODE1, are registers: pci-demo,
 * virtio-demo, vhost-demo.  FIRST is what a new register holds.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "small.h"

static const char *node;
static char second[64];
static uint32_t first;

static uint32_t load(int fd)
{
	uint32_t value = 0;

	CHECK_EQ(read(fd, &value, sizeof(value)), sizeof(value));
	return value;
}

static void store(int fd, uint32_t value)
{
	CHECK_EQ(write(fd, &value, sizeof(value)), sizeof(value));
}

static void two_registers(void)
{
	int a = small_open(node), b = small_open(second);

	CHECK_EQ(load(a), first);
	CHECK_EQ(load(b), first);
	store(a, 1);
	store(b, 2);
	CHECK_EQ(load(a), 1);
	CHECK_EQ(load(b), 2);
	close(a);
	close(b);
}

static void only_four_bytes(void)
{
	char bytes[16] = { 0 };
	int fd = small_open(node);

	store(fd, 0x2333);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		if (len == 4)
			continue;
		CHECK_ERRNO(read(fd, bytes, len), EINVAL);
		CHECK_ERRNO(write(fd, bytes, len), EINVAL);
	}
	CHECK_ERRNO(read(fd, small_nowhere, 4), EFAULT);
	CHECK_ERRNO(write(fd, small_nowhere, 4), EFAULT);
	CHECK_ERRNO(lseek(fd, 0, SEEK_SET), ESPIPE);
	CHECK_EQ(load(fd), 0x2333);
	close(fd);
}

static void users_may_use_it(void)
{
	pid_t child = fork();
	int status;

	if (!child) {
		if (setgid(1000) || setuid(1000))
			_exit(1);
		_exit(load(small_open(node)) != 0x2333);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
}

/* Values are written whole: what is read is one of those. */
static bool store_and_load(void *fd)
{
	uint32_t value = 0x01010101u * (unsigned int)(rand() & 0xff);

	if (write(*(int *)fd, &value, sizeof(value)) != sizeof(value) ||
	    read(*(int *)fd, &value, sizeof(value)) != sizeof(value)) {
		CHECK_EQ(errno, ENODEV);
		return false;
	}
	return CHECK_EQ(value, 0x01010101u * (value & 0xff));
}

static void unplug(void *fd)
{
	(void)fd;
	usleep(20000);
	small_unplug(second);
}

/* Removed while threads use it; then the old file stays dead. */
static void unplugged_under_load(void)
{
	for (int round = 0; round < 5; round++) {
		int fd = small_open(second);
		struct small_load users = { store_and_load, unplug, &fd, 4, 0 };
		uint32_t value;

		small_run(&users);
		CHECK_ERRNO(access(second, F_OK), ENOENT);
		CHECK_ERRNO(read(fd, &value, 4), ENODEV);
		small_rescan(second);
		CHECK_ERRNO(write(fd, &value, 4), ENODEV);
		CHECK_OK(close(fd));
		fd = small_open(second);
		store(fd, 7);
		CHECK_EQ(load(fd), 7);
		close(fd);
	}
}

/* At any moment, above all between request and reply. */
static void killed_at_any_moment(void)
{
	int fd = small_open(node);

	for (int i = 0; i < 100; i++) {
		pid_t child = fork();
		int status;

		if (!child)
			for (;;)
				store_and_load(&fd);
		usleep((useconds_t)(2000 + 37 * i));
		kill(child, SIGKILL);
		CHECK_EQ(waitpid(child, &status, 0), child);
	}
	store(fd, 7);
	CHECK_EQ(load(fd), 7);
	close(fd);
}

static const struct check_case cases[] = {
	{ "two devices have two registers", two_registers },
	{ "reads and writes of anything but four bytes are refused", only_four_bytes },
	{ "every user may use it", users_may_use_it },
	{ "calls end with ENODEV when it is unplugged; plugged again it works", unplugged_under_load },
	{ "users may be killed at any moment", killed_at_any_moment },
};

int main(int argc, char **argv)
{
	REQUIRE(argc == 3);
	node = argv[1];
	snprintf(second, sizeof(second), "%s1", node);
	first = (uint32_t)strtoul(argv[2], NULL, 0);
	return check_main(cases, ARRAY_SIZE(cases));
}
