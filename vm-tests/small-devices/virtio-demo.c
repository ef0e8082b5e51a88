// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The same for virtio-demo, whose register is 0x1333 when the device is new;
 * and for vhost-demo, which is the same device.
 */
#include <stdio.h>

#include "register.h"

int main(int argc, char **argv)
{
	int fd = register_open(argc > 1 ? argv[1] : "/dev/virtio_demo");

	printf("first read = %x\n", register_load(fd));
	register_sequence(fd);
	return 0;
}
