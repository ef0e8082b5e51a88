/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Jobs with asymmetric keys, which last milliseconds: a thread of their own runs them, in
 * turns of the guests that have some, while loops go on.  It touches neither rings nor guests'
 * memory: the loop that a guest belongs to writes the answers.
 */
#ifndef VCRYPTOD_WORKER_H
#define VCRYPTOD_WORKER_H

#include <pthread.h>

#include <vcrypto/virtio_crypto.h>

struct job;

/* A list, first in, first out. */
struct jobs {
	struct job *first;
	struct job *last;
};

/* The jobs of one guest.  Zeros: none. */
struct client {
	struct jobs waiting;
	struct client *next;	/* among those that have some */
	bool listed;
	uint32_t count;		/* not answered yet; the loop's */
	bool held;		/* a queue waits for there to be less; the loop's */
};

/* What has been run, for one loop. */
struct answers {
	struct jobs jobs;
	int event;		/* an eventfd, written to with each */
};

struct worker {
	pthread_mutex_t lock;	/* for all of it, and for clients and answers */
	pthread_cond_t work;
	pthread_cond_t idle;
	pthread_t thread;
	struct client *first;	/* that have jobs, in order of their turns */
	struct client *last;
	struct job *running;
	bool ready;		/* the thread has begun */
	bool hold;		/* begin nothing */
	bool quit;
};

/*
 * Begin.  A lane's keys must last until worker_stop().  False: no thread.  The thread has what
 * this one has given up, signals go to others, and system calls of its beginning are over.
 */
bool worker_start(struct worker *worker);

/*
 * Wait for what runs; nothing is run from then on.  With @join the thread ends, which takes
 * system calls that a sandbox may not have.
 */
void worker_stop(struct worker *worker, bool join);

/*
 * @size bytes for a job, or NULL; and run what is in there for @client.  @owner, not NULL, and
 * @head are for who takes the answer.
 */
void *worker_take(size_t size);
void worker_put(struct worker *worker, struct client *client, struct answers *answers,
		struct vcrypto_virtio_job *job, void *owner, uint16_t head);

/* Drop what @client has, of @owner or, NULL, all: none of it will be answered. */
void worker_cancel(struct worker *worker, struct client *client, struct answers *answers,
		   const void *owner);

/* The next job that has been run: its owner, and head; NULL: there is none. */
struct vcrypto_virtio_job *worker_answer(struct worker *worker, struct answers *answers,
					 void **owner, uint16_t *head);

/* Once with each: its memory. */
void worker_free(struct vcrypto_virtio_job *job);

#endif /* VCRYPTOD_WORKER_H */
