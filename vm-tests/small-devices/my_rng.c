// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *	my_rng [SEED [NODE]]
 *
 * Seeds the device, draws five numbers, and prints them.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "my_rng_ioctl.h"

int main(int argc, char **argv)
{
	__u32 seed = argc > 1 ? (__u32)strtoul(argv[1], NULL, 0) : 0x42;
	const char *path = argc > 2 ? argv[2] : "/dev/my_rng";
	int fd = open(path, O_RDWR | O_CLOEXEC);
	__u32 number;

	if (fd < 0)
		err(1, "%s", path);
	if (ioctl(fd, MY_RNG_SEED, &seed))
		err(1, "MY_RNG_SEED");
	for (int i = 0; i < 5; i++) {
		if (ioctl(fd, MY_RNG_GET, &number))
			err(1, "MY_RNG_GET");
		printf("%u\n", number);
	}
	return 0;
}
