// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Who waits, what runs and what has been run is behind one lock, which is held for a few
 * instructions.  A job that is cancelled while it runs loses its owner, and is thrown away
 * when it comes back.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "worker.h"

#define STACK (512u << 10)

/* In front of the format's. */
struct job {
	_Alignas(VCRYPTO_ALIGNMENT) struct job *next;
	struct client *client;
	struct answers *answers;
	void *owner;		/* NULL: nobody wants it any more */
	uint16_t head;
};

static struct vcrypto_virtio_job *inside(struct job *job)
{
	return (struct vcrypto_virtio_job *)(void *)(job + 1);
}

static struct job *around(struct vcrypto_virtio_job *job)
{
	return (struct job *)(void *)job - 1;
}

static void append(struct jobs *jobs, struct job *job)
{
	job->next = NULL;
	if (jobs->first)
		jobs->last->next = job;
	else
		jobs->first = job;
	jobs->last = job;
}

static struct job *shift(struct jobs *jobs)
{
	struct job *job = jobs->first;

	if (job)
		jobs->first = job->next;
	return job;
}

static void list_client(struct worker *worker, struct client *client)
{
	client->listed = true;
	client->next = NULL;
	if (worker->first)
		worker->last->next = client;
	else
		worker->first = client;
	worker->last = client;
}

static void unlist_client(struct worker *worker, struct client *client)
{
	struct client *other = worker->first;

	worker->first = NULL;
	while (other) {
		struct client *next = other->next;

		if (other != client)
			list_client(worker, other);
		other = next;
	}
	client->listed = false;
}

/* --- the thread --- */

/* The next job, of the guest that has waited longest; NULL: it is over. */
static struct job *next_job(struct worker *worker)
{
	struct client *client;
	struct job *job;

	while (!worker->quit && (worker->hold || !worker->first))
		pthread_cond_wait(&worker->work, &worker->lock);
	if (worker->quit)
		return NULL;
	client = worker->first;
	worker->first = client->next;
	client->listed = false;
	job = shift(&client->waiting);
	if (client->waiting.first)
		list_client(worker, client);
	return job;
}

static void *run(void *context)
{
	struct worker *worker = context;
	const uint64_t one = 1;
	struct job *job;

	pthread_mutex_lock(&worker->lock);
	worker->ready = true;
	pthread_cond_signal(&worker->idle);
	while ((job = next_job(worker))) {
		worker->running = job;
		pthread_mutex_unlock(&worker->lock);
		vcrypto_virtio_job_run(inside(job));
		pthread_mutex_lock(&worker->lock);
		worker->running = NULL;
		append(&job->answers->jobs, job);
		pthread_cond_signal(&worker->idle);
		/* The number does not matter, and comes to no end. */
		if (write(job->answers->event, &one, sizeof(one)) < 0)
			continue;
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

bool worker_start(struct worker *worker)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int error;

	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->work, NULL);
	pthread_cond_init(&worker->idle, NULL);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&worker->thread, &attributes, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (error)
		return false;
	pthread_mutex_lock(&worker->lock);
	while (!worker->ready)
		pthread_cond_wait(&worker->idle, &worker->lock);
	pthread_mutex_unlock(&worker->lock);
	return true;
}

void worker_stop(struct worker *worker, bool join)
{
	pthread_mutex_lock(&worker->lock);
	worker->hold = true;
	worker->quit = join;
	pthread_cond_signal(&worker->work);
	while (worker->running)
		pthread_cond_wait(&worker->idle, &worker->lock);
	pthread_mutex_unlock(&worker->lock);
	if (join)
		pthread_join(worker->thread, NULL);
}

/* --- the loops --- */

void *worker_take(size_t size)
{
	struct job *job = malloc(sizeof(*job) + size);

	return job ? job + 1 : NULL;
}

void worker_free(struct vcrypto_virtio_job *job)
{
	free(around(job));
}

void worker_put(struct worker *worker, struct client *client, struct answers *answers,
		struct vcrypto_virtio_job *its, void *owner, uint16_t head)
{
	struct job *job = around(its);

	*job = (struct job){ .client = client, .answers = answers, .owner = owner, .head = head };
	client->count++;
	pthread_mutex_lock(&worker->lock);
	append(&client->waiting, job);
	if (!client->listed)
		list_client(worker, client);
	pthread_cond_signal(&worker->work);
	pthread_mutex_unlock(&worker->lock);
}

static bool is_of(const struct job *job, const struct client *client, const void *owner)
{
	return job->owner && job->client == client && (!owner || job->owner == owner);
}

/* It comes back, and is thrown away. */
static void disown(struct job *job, struct client *client, const void *owner)
{
	if (!is_of(job, client, owner))
		return;
	job->owner = NULL;
	client->count--;
}

void worker_cancel(struct worker *worker, struct client *client, struct answers *answers,
		   const void *owner)
{
	struct jobs gone = { NULL, NULL }, kept = { NULL, NULL };
	struct job *job;

	pthread_mutex_lock(&worker->lock);
	while ((job = shift(&client->waiting)))
		append(is_of(job, client, owner) ? &gone : &kept, job);
	client->waiting = kept;
	if (client->listed && !kept.first)
		unlist_client(worker, client);
	if (worker->running)
		disown(worker->running, client, owner);
	for (job = answers->jobs.first; job; job = job->next)
		disown(job, client, owner);
	pthread_mutex_unlock(&worker->lock);
	while ((job = shift(&gone))) {
		client->count--;
		vcrypto_virtio_job_drop(inside(job));
		free(job);
	}
}

struct vcrypto_virtio_job *worker_answer(struct worker *worker, struct answers *answers,
					 void **owner, uint16_t *head)
{
	struct job *job;

	for (;;) {
		pthread_mutex_lock(&worker->lock);
		job = shift(&answers->jobs);
		pthread_mutex_unlock(&worker->lock);
		if (!job)
			return NULL;
		if (job->owner)
			break;
		vcrypto_virtio_job_drop(inside(job));
		free(job);
	}
	job->client->count--;
	*owner = job->owner;
	*head = job->head;
	return inside(job);
}
