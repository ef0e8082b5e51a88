// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "system.h"

int vc_system_open(const char *path)
{
	return open(path, O_RDWR | O_CLOEXEC);
}

int vc_system_ioctl(int fd, unsigned long number, void *argument)
{
	return ioctl(fd, number, argument) ? errno : 0;
}

void vc_system_close(int fd)
{
	close(fd);
}
