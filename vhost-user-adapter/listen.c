// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The socket: one of our own at a path, or one that we were given; and who comes to it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "adapter.h"

#define BACKLOG 128

static _Noreturn void fail(const char *what, const char *why)
{
	fprintf(stderr, "vcryptod: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

/* A socket that nobody listens at is what an earlier daemon has left. */
static void remove_stale(const char *path, const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat about;

	if (fd < 0)
		fail("socket", strerror(errno));
	if (lstat(path, &about) == 0 && S_ISSOCK(about.st_mode) &&
	    connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
	    errno == ECONNREFUSED)
		unlink(path);
	close(fd);
}

static struct endpoint open_path(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		fail("socket", strerror(errno));
	if (strlen(path) >= sizeof(address.sun_path))
		fail(path, "a path that is too long for a socket");
	strcpy(address.sun_path, path);
	remove_stale(path, &address);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, BACKLOG) < 0)
		fail(path, strerror(errno));
	return (struct endpoint){ fd, true };
}

static struct endpoint open_fd(int fd)
{
	struct endpoint endpoint = { fd, false };
	int domain = 0, type = 0, listening = 0;
	struct sockaddr_un peer;
	socklen_t len = sizeof(int), peer_len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0)
		fail("--fd", strerror(errno));
	if (domain != AF_UNIX || type != SOCK_STREAM)
		fail("--fd", "not a stream socket of this machine");
	if (!listening && getpeername(fd, (struct sockaddr *)&peer, &peer_len) < 0)
		fail("--fd", "a socket that neither listens nor is connected");
	endpoint.listening = listening;
	if (listening && fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		fail("--fd", strerror(errno));
	return endpoint;
}

struct endpoint endpoint_open(const struct settings *settings)
{
	return settings->path ? open_path(settings->path) : open_fd(settings->fd);
}

void endpoint_close(const struct settings *settings, const struct endpoint *endpoint)
{
	/* With a filter there is no unlink(): the next daemon removes what is stale. */
	if (settings->path && settings->sandbox != SANDBOX_SECCOMP)
		(void)unlink(settings->path);
	if (endpoint->listening)
		close(endpoint->fd);
}

static bool has_room(struct threads *threads)
{
	return threads->endpoint.listening &&
	       threads_connections(threads) < threads->settings->connections;
}

void listener_look(struct threads *threads)
{
	struct server *first = threads->servers;
	bool room = has_room(threads);

	if (room != threads->listening) {
		threads->watch = (struct watch){ WATCH_LISTENER, threads };
		if (!room)
			server_unwatch(first, threads->endpoint.fd);
		threads->listening = room && server_watch(first, threads->endpoint.fd,
							  &threads->watch, EPOLLIN);
	}
	/* Nobody tells when there is a file again for who waits to be accepted. */
	first->looks_again = room && !threads->listening;
}

void listener_accept(struct threads *threads)
{
	int socket = accept4(threads->endpoint.fd, NULL, NULL, SOCK_CLOEXEC);

	if (socket >= 0) {
		threads->starved = false;
		threads_hand_over(threads, socket);
		listener_look(threads);
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
		if (!threads->starved)
			say(0, "no file or memory for another connection: it has to wait");
		threads->starved = true;
		server_unwatch(threads->servers, threads->endpoint.fd);
		threads->listening = false;
		threads->servers->looks_again = true;
	}
}
