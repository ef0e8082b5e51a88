// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "adapter.h"

/*
 * Segments of a chain.  Linux's driver makes n (n + 1) + 3 of n pages, and MAX_SIZE bytes are
 * 129 pages each for source and result at most.
 */
#define SEGMENTS 17024

/* What may have to be in one piece. */
#define BOUNCE (MAX_SIZE + MAX_AAD)

/* What one turn may cost, and one largest request: how long the others wait. */
#define QUANTUM (128u << 10)

static _Noreturn void fail(const char *why)
{
	fprintf(stderr, "vcryptod: %s\n", why);
	exit(EXIT_FAILURE);
}

static void *allocate(size_t size)
{
	void *memory = calloc(1, size ? size : 1);

	if (!memory)
		fail("no memory");
	return memory;
}

static struct vcrypto_lane *make_lane(const struct vcrypto_backend *backend, void *bounce)
{
	struct vcrypto_lane *lane = vcrypto_lane_init(allocate(vcrypto_lane_size(backend)), backend,
						      bounce, BOUNCE);

	if (!lane)
		fail("the backend cannot be used on this machine");
	return lane;
}

/* As many as may be: else a few guests with all the files that they may have take them all. */
static void allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* For what lasts long. */
static void have_answers(struct server *server, struct worker *worker)
{
	server->worker = worker;
	server->answers.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	server->answered = (struct watch){ WATCH_ANSWERS, server };
	/* Each is an edge, so nobody needs to read it. */
	if (server->answers.event < 0 ||
	    !server_watch(server, server->answers.event, &server->answered, EPOLLIN | EPOLLET))
		fail("no file to notify with");
}

int main(int argc, char **argv)
{
	static struct iovec segments[VCRYPTO_BATCH * SEGMENTS];
	static struct server server;
	static struct worker worker;
	const struct settings settings = options_parse(argc, argv);
	void *bounce = allocate(BOUNCE);

	server_catch_signals(&server);
	server.settings = &settings;
	server.batch.segments = segments;
	server.batch.capacity = SEGMENTS;
	server.batch.chains = VCRYPTO_BATCH;
	server.batch.quantum = QUANTUM;
	server.lane = make_lane(settings.backend, bounce);
	if (settings.akcipher && !vcrypto_lane_capabilities(server.lane)->keys)
		fail("--akcipher: this backend has no asymmetric keys");
	server.endpoint = endpoint_open(&settings);
	server.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (server.epoll < 0)
		fail("no epoll");
	memory_guard();
	allow_files();
	if (settings.akcipher)
		have_answers(&server, &worker);
	sandbox_enter(&settings, &server.endpoint);
	/* It has what has been given up, too; and is not there after a fork. */
	if (server.worker && !worker_start(server.worker))
		fail("no thread");
	if (settings.sandbox != SANDBOX_NONE)
		filter_enter(&settings, server.endpoint.listening);
	server_run(&server);
	vcrypto_lane_fini(server.lane);
	free(server.lane);
	free(bounce);
	/* Where there are namespaces the one outside does it. */
	if (settings.sandbox != SANDBOX_FULL)
		endpoint_close(&settings, &server.endpoint);
	/* Nothing of what libraries do at the end needs to be allowed. */
	if (settings.sandbox != SANDBOX_NONE)
		_exit(EXIT_SUCCESS);
	return EXIT_SUCCESS;
}
