// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* What it has of the machine; its files and its timer come with its thread. */
static void make_server(struct threads *threads, struct server *server)
{
	const struct settings *settings = threads->settings;
	const struct vcrypto_backend *backend = settings->backend;

	server->settings = settings;
	server->threads = threads;
	server->worker = threads->worker;
	server->batch.segments = allocate(VCRYPTO_BATCH * SEGMENTS * sizeof(struct iovec));
	server->batch.capacity = SEGMENTS;
	server->batch.chains = VCRYPTO_BATCH;
	server->batch.quantum = QUANTUM;
	server->bounce = allocate(BOUNCE);
	server->lane = vcrypto_lane_init(allocate(vcrypto_lane_size(backend)), backend,
					 server->bounce, BOUNCE);
	if (!server->lane)
		fail("the backend cannot be used on this machine");
	if (settings->akcipher && !vcrypto_lane_capabilities(server->lane)->keys)
		fail("--akcipher: this backend has no asymmetric keys");
}

static void free_server(struct server *server)
{
	vcrypto_lane_fini(server->lane);
	free(server->lane);
	free(server->bounce);
	free(server->batch.segments);
}

/* What the daemon itself has open: a few, and a few of each loop. */
#define FILES_OF_ITS_OWN(threads) (32 + 8 * (threads))

/* How many files guests may have together: as many as may be. */
static uint64_t most_files(uint32_t loops)
{
	uint64_t own = FILES_OF_ITS_OWN(loops);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		fail("it cannot know how many files it may open");
	limit.rlim_cur = limit.rlim_max;
	/* Where the system has less by now nothing changes. */
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur > own ? limit.rlim_cur - own : 0;
}

/* With less no front end gets on: rings' files, a table of regions', a log's, a state's, a few. */
static uint32_t fewest_files(const struct settings *settings)
{
	uint32_t rings = settings->queues + settings->kind->has_control;

	return 3 * (rings > 8 ? rings : 8) + MEMORY_SLOTS_LEAST + 4 + FILES_LEFT;
}

/* What Linux has, unless somebody has set another number. */
#define USUAL_MAPPINGS 65530

static uint64_t most_mappings(void)
{
	FILE *file = fopen("/proc/sys/vm/max_map_count", "r");
	unsigned long long most;
	bool known = file && fscanf(file, "%llu", &most) == 1;

	if (file)
		fclose(file);
	return known ? most : USUAL_MAPPINGS;
}

static uint64_t least_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * What each guest may have of the process at most: a share, so that none can take those of others.
 * Half of the mappings are for regions; the rest is for all else.  Where shares would be too small
 * there are fewer guests at once.
 */
static void share_out(struct settings *settings, const struct threads *threads)
{
	uint64_t mappings = most_mappings() / 2, files = most_files(threads->count);
	uint64_t most = least_of(mappings / (MEMORY_SLOTS_LEAST + SHARED_KINDS),
				 files / fewest_files(settings));

	if (!most) {
		endpoint_close(settings, &threads->endpoint);
		fail("it may have too few open files (ulimit -n) or mappings for even one guest");
	}
	if (settings->connections > most) {
		settings->connections = (uint32_t)most;
		say(0, "no more than %u guests at once: it may have no more than %llu open files and "
		    "%llu mappings for them", settings->connections, (unsigned long long)files,
		    (unsigned long long)mappings);
	}
	mappings = mappings / settings->connections - SHARED_KINDS;
	files = files / settings->connections;
	settings->slots = (uint32_t)least_of(mappings, MEMORY_SLOTS);
	settings->files = (uint32_t)least_of(files > FILES_LEFT ? files - FILES_LEFT : 0,
					     FILES_MAX);
}

/* Nothing is wrong, but who would have it faster can do something about it. */
static void say_what_is_missing(const struct server *server)
{
	const char *missing = vcrypto_lane_capabilities(server->lane)->missing;

	if (missing)
		say(0, "%s cannot be opened: the backend %s does without it, and is slower",
		    missing, server->settings->backend->name);
}

/*
 * What is opened next must not become standard error, where lines of the log go.  To write to
 * these fails, as it does where they are closed.
 */
static void open_standard_files(void)
{
	int file;

	do
		file = open("/dev/null", O_RDONLY);
	while (file >= 0 && file <= STDERR_FILENO);
	if (file >= 0)
		close(file);
}

int main(int argc, char **argv)
{
	static struct worker worker;
	static struct threads threads;
	struct settings settings;
	uint32_t i;

	open_standard_files();
#ifdef VCRYPTOD_LIBCRYPTO
	/* Before anybody uses it. */
	if (!wiping_begin())
		fail("libcrypto's memory cannot be wiped");
#endif
	settings = options_parse(argc, argv);

	threads_catch_signals();
	threads.settings = &settings;
	threads.worker = settings.akcipher ? &worker : NULL;
	threads.servers = allocate(settings.threads * sizeof(struct server));
	make_server(&threads, &threads.servers[0]);
	threads.endpoint = endpoint_open(&settings);
	if (!threads.endpoint.listening)
		settings.connections = 1;
	/* One connection has one loop. */
	threads.count = threads.endpoint.listening ? settings.threads : 1;
	for (i = 1; i < threads.count; i++)
		make_server(&threads, &threads.servers[i]);
	memory_guard();
	share_out(&settings, &threads);
	say_what_is_missing(&threads.servers[0]);
	/* From inside nobody outside can be told. */
	notify_ready();
	sandbox_enter(&settings, &threads.endpoint);
	/* They have given up what we have, and are not there after a fork. */
	threads_start(&threads);
	if (settings.sandbox != SANDBOX_NONE)
		filter_enter(&settings, threads.endpoint.listening);
	threads_run(&threads);
	for (i = 0; i < threads.count; i++)
		free_server(&threads.servers[i]);
	free(threads.servers);
	/* Where there are namespaces the one outside does it. */
	if (settings.sandbox != SANDBOX_FULL)
		endpoint_close(&settings, &threads.endpoint);
	/* Nothing of what libraries do at the end needs to be allowed. */
	if (settings.sandbox != SANDBOX_NONE)
		_exit(EXIT_SUCCESS);
	return EXIT_SUCCESS;
}
