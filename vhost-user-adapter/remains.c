// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "adapter.h"

/* As much as glibc wants anywhere. */
#define STACK (128u << 10)

struct item {
	struct item *next;
	void *base;		/* NULL: a file */
	size_t len;
	int file;
};

struct remains {
	struct server *server;
	struct remains *next;	/* among those that wait for a thread */
	struct item *first;
	struct item *last;
	uint32_t items;		/* with what is being given back */
	uint32_t mappings;	/* of these */
	bool listed;		/* waits for a thread, or has one */
	bool held;		/* a message waits for all of it */
	bool left;		/* the connection is gone */
};

static struct {
	pthread_mutex_t lock;	/* for all of it, and for all remains */
	pthread_cond_t work;
	pthread_cond_t changed;
	pthread_cond_t never;
	struct remains *first;
	struct remains *last;
	uint32_t begun;
	bool stopped;
} all = {
	.lock = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER, .never = PTHREAD_COND_INITIALIZER,
};

static void give_back(const struct item *item)
{
	if (item->base)
		munmap(item->base, item->len);
	else
		close(item->file);
}

/* To end takes system calls that a sandbox does not leave. */
static void stay_if_stopped(void)
{
	while (all.stopped)
		pthread_cond_wait(&all.never, &all.lock);
}

static struct remains *next_remains(void)
{
	struct remains *remains;

	while (!all.first)
		pthread_cond_wait(&all.work, &all.lock);
	stay_if_stopped();
	remains = all.first;
	all.first = remains->next;
	return remains;
}

/* Nothing is left. */
static void settle(struct remains *remains)
{
	struct server *server = remains->server;

	if (remains->left) {
		free(remains);
		threads_left(server);
	} else if (remains->held) {
		remains->held = false;
		threads_settle(server);
	}
}

static void *run(void *context)
{
	struct remains *remains;
	struct item *item;

	(void)context;
	pthread_mutex_lock(&all.lock);
	all.begun++;
	pthread_cond_signal(&all.changed);
	for (;;) {
		remains = next_remains();
		while ((item = remains->first)) {
			remains->first = item->next;
			pthread_mutex_unlock(&all.lock);
			give_back(item);
			pthread_mutex_lock(&all.lock);
			stay_if_stopped();
			remains->items--;
			remains->mappings -= item->base != NULL;
			free(item);
		}
		remains->listed = false;
		settle(remains);
	}
	return NULL;
}

bool remains_start(uint32_t count)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t whole, before;
	uint32_t i;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	/* Signals go to others. */
	sigfillset(&whole);
	pthread_sigmask(SIG_SETMASK, &whole, &before);
	for (i = 0; i < count && !pthread_create(&thread, &attributes, run, NULL); i++)
		;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (i < count)
		return false;
	pthread_mutex_lock(&all.lock);
	while (all.begun < count)
		pthread_cond_wait(&all.changed, &all.lock);
	pthread_mutex_unlock(&all.lock);
	return true;
}

void remains_stop(void)
{
	pthread_mutex_lock(&all.lock);
	all.stopped = true;
	pthread_mutex_unlock(&all.lock);
}

/* --- the loops --- */

struct remains *remains_new(struct server *server)
{
	struct remains *remains = calloc(1, sizeof(*remains));

	if (remains)
		remains->server = server;
	return remains;
}

void remains_leave(struct remains *remains)
{
	pthread_mutex_lock(&all.lock);
	remains->left = true;
	if (!remains->listed)
		settle(remains);
	pthread_mutex_unlock(&all.lock);
}

static void list(struct remains *remains)
{
	remains->listed = true;
	remains->next = NULL;
	if (all.first)
		all.last->next = remains;
	else
		all.first = remains;
	all.last = remains;
	pthread_cond_signal(&all.work);
}

static void put(struct remains *remains, struct item what)
{
	struct item *item = malloc(sizeof(*item));

	/* No guest has brought that about: what it may have here is bounded. */
	if (!item) {
		give_back(&what);
		return;
	}
	*item = what;
	pthread_mutex_lock(&all.lock);
	if (remains->first)
		remains->last->next = item;
	else
		remains->first = item;
	remains->last = item;
	remains->items++;
	remains->mappings += item->base != NULL;
	if (!remains->listed)
		list(remains);
	pthread_mutex_unlock(&all.lock);
}

void remains_file(struct remains *remains, int file)
{
	put(remains, (struct item){ .file = file });
}

void remains_memory(struct remains *remains, void *base, size_t len)
{
	put(remains, (struct item){ .base = base, .len = len, .file = -1 });
}

bool remains_wait(struct remains *remains, bool maps)
{
	bool waits;

	pthread_mutex_lock(&all.lock);
	waits = remains->items >= REMAINS_MOST || (maps && remains->mappings);
	remains->held |= waits;
	pthread_mutex_unlock(&all.lock);
	return waits;
}
