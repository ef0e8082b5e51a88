// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include "adapter.h"
#include "file.h"

/* What the file system knows: one that is a process of the front end is not asked. */
unsigned int file_type(int fd)
{
	struct statx about;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &about))
		return S_IFMT;
	return about.stx_mode & S_IFMT;
}

/*
 * To wait for an epoll file takes its lock, and to write to a device of VFIO the device's.  With
 * this flag epoll refuses its own kind before it does so, and who cannot be waited for is nothing
 * to notify with.  (It cannot stay: of rings that share an eventfd just one would be woken.)
 */
static bool can_be_waited_for(const struct server *server, int fd)
{
	static struct watch nobody;

	if (!server_watch(server, fd, &nobody, EPOLLIN | EPOLLEXCLUSIVE))
		return false;
	server_unwatch(server, fd);
	return true;
}

/*
 * To write to a file of memory or to a pipe takes its lock, and its owner holds that while he
 * makes a hole, or writes what is not there yet.  Of those without a type that can be waited for
 * none but an eventfd does more with what we write than to refuse it.
 */
bool file_notifies(const struct server *server, int fd)
{
	return file_type(fd) == 0 && can_be_waited_for(server, fd);
}

bool file_kicks(const struct server *server, int fd)
{
	unsigned int type = file_type(fd);

	return (type == S_IFIFO || !type) && can_be_waited_for(server, fd);
}
