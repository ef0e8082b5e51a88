// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

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
 * To write to a file of memory or to a pipe takes its lock, and its owner holds that while he
 * makes a hole, or writes what is not there yet.  No other file than an eventfd that has no type
 * does more with what we write than to refuse it.
 */
bool file_notifies(int fd)
{
	return file_type(fd) == 0;
}

/*
 * epoll takes the lock of another epoll file, which has no type either.  Only an eventfd takes a
 * number, and 0 is one that changes nothing and never blocks.  (EPOLLEXCLUSIVE would keep other
 * epoll files away, too; but of rings that share an eventfd it wakes up just one.)
 */
bool file_kicks(int fd)
{
	const uint64_t none = 0;
	unsigned int type = file_type(fd);

	return type == S_IFIFO || (!type && write(fd, &none, sizeof(none)) == sizeof(none));
}
