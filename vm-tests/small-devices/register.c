// SPDX-License-Identifier: GPL-2.0-or-later
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "register.h"

int register_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

uint32_t register_load(int fd)
{
	uint32_t value;

	if (read(fd, &value, sizeof(value)) != sizeof(value))
		err(1, "read");
	return value;
}

void register_store(int fd, uint32_t value)
{
	if (write(fd, &value, sizeof(value)) != sizeof(value))
		err(1, "write");
}

void register_sequence(int fd)
{
	static const uint32_t values[] = { 0x1333, 0x2333, 0x3333 };

	for (int i = 0; i < 3; i++) {
		register_store(fd, values[i]);			/* steps 0, 2, 4 */
		printf("%d. read = %x\n", 2 * i + 1, register_load(fd));
	}
}
