// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *	pci-demo [NODE], virtio-demo [NODE]
 *
 * Stores values in a device's register of 4 bytes, and prints what comes back.  Both programs
 * are this file: CMakeLists.txt says NODE, and FIRST_READ for virtio-demo, whose register is
 * 0x1333 when the device is new; and for vhost-demo, which is the same device.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static uint32_t load(int fd)
{
	uint32_t value;

	if (read(fd, &value, sizeof(value)) != sizeof(value))
		err(1, "read");
	return value;
}

static void store(int fd, uint32_t value)
{
	if (write(fd, &value, sizeof(value)) != sizeof(value))
		err(1, "write");
}

int main(int argc, char **argv)
{
	static const uint32_t values[] = { 0x1333, 0x2333, 0x3333 };
	const char *node = argc > 1 ? argv[1] : NODE;
	int fd = open(node, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		err(1, "%s", node);
	if (FIRST_READ)
		printf("first read = %x\n", load(fd));
	for (int i = 0; i < 3; i++) {
		store(fd, values[i]);			/* steps 0, 2, 4 */
		printf("%d. read = %x\n", 2 * i + 1, load(fd));
	}
	return 0;
}
