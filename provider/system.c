// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
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

bool vc_system_identify(int fd, struct vc_identity *identity)
{
	struct stat found;

	if (fstat(fd, &found))
		return false;
	*identity = (struct vc_identity) { found.st_dev, found.st_ino, found.st_rdev };
	return true;
}

void vc_system_close(int fd)
{
	close(fd);
}
