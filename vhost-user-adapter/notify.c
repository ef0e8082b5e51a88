// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What systemd is told of a service with Type=notify, as sd_notify(3) describes: a datagram to the
 * socket that the environment names.  Without that variable nobody is told.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "adapter.h"

/* 0, or an errno. */
static int send_to(const char *name, const char *text)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	int error = 0, fd;

	if ((name[0] != '/' && name[0] != '@') || len >= sizeof(address.sun_path))
		return EINVAL;
	memcpy(address.sun_path, name, len);
	/* One that has no file. */
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	len += offsetof(struct sockaddr_un, sun_path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (const struct sockaddr *)&address,
		   (socklen_t)len) < 0)
		error = errno;
	close(fd);
	return error;
}

void notify_ready(void)
{
	const char *name = getenv("NOTIFY_SOCKET");
	int error;

	if (!name)
		return;
	error = send_to(name, "READY=1");
	if (error)
		say(0, "NOTIFY_SOCKET: nobody was told that it is ready: %s", strerror(error));
	unsetenv("NOTIFY_SOCKET");
}
