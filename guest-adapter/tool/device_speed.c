// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* speed: calls of the device, one after the other or several under way. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "speed.h"

/* A call that is under way has data of its own. */
struct slot {
	struct crypt_op crypt;
	double began;
	uint8_t digest[AALG_MAX_RESULT_LEN];
};

struct caller {
	int fd;
	uint32_t ses;
	uint8_t *data;		/* each slot's, after one another */
	uint8_t *opened;	/* where AEAD decrypts to, as its source has to stay */
	size_t room;		/* of each */
	size_t slots, busy;
	struct slot *idle;	/* was fetched last; NULL before all are begun */
	struct crypt_auth_op auth;
	struct slot slot[];
};

static uint8_t iv[16] = { 3 };	/* for CCM: the length has four bytes */

static void fill_slots(const struct work *work, struct caller *caller)
{
	for (size_t i = 0; i < caller->slots; i++) {
		uint8_t *data = caller->data + i * caller->room;

		caller->slot[i].crypt = (struct crypt_op){
			.ses = caller->ses,
			.op = work->arguments->decrypt ? COP_DECRYPT : COP_ENCRYPT,
			.len = (uint32_t)work->size,
			.src = data,
			.dst = data,
			.mac = caller->slot[i].digest,
			.iv = work->algorithm->iv_len ? iv : NULL,
		};
	}
}

static int fill_auth(const struct work *work, struct caller *caller)
{
	struct crypt_auth_op seal = {
		.ses = caller->ses,
		.len = (uint32_t)work->size,
		.src = caller->data,
		.dst = caller->data,
		.tag_len = work->algorithm->result_len,
		.iv = iv,
		.iv_len = work->algorithm->iv_len,
	};

	caller->auth = seal;
	if (!work->arguments->decrypt)
		return 0;
	/* What is decrypted has to have a tag that is right. */
	if (ioctl(caller->fd, CIOCAUTHCRYPT, &seal))
		return errno;
	caller->auth.op = COP_DECRYPT;
	caller->auth.len += work->algorithm->result_len;
	caller->auth.dst = caller->opened;
	return 0;
}

static void release(struct caller *caller)
{
	size_t size = sizeof(*caller) + caller->slots * sizeof(caller->slot[0]);

	close(caller->fd);
	wipe_free(caller->data, caller->slots * caller->room);
	wipe_free(caller->opened, caller->room);
	wipe_free(caller, size);
}

static int open_slots(struct job *job, size_t slots)
{
	const struct work *work = job->work;
	size_t size = sizeof(struct caller) + slots * sizeof(struct slot);
	struct caller *caller = (struct caller *)(void *)allocate(size);
	int error;

	memset(caller, 0, size);
	caller->slots = slots;
	caller->room = work->size + EALG_MAX_BLOCK_LEN;
	caller->data = allocate(slots * caller->room);
	memset(caller->data, 0, slots * caller->room);
	caller->opened = allocate(caller->room);
	caller->fd = device_open(work->arguments->device);
	error = device_try(caller->fd, work->algorithm, work->key.at, work->key.len, &caller->ses);
	if (!error && work->algorithm->kind == KIND_AEAD)
		error = fill_auth(work, caller);
	fill_slots(work, caller);
	job->own = caller;
	if (error)
		release(caller);
	return error;
}

static int open_one(struct job *job)
{
	return open_slots(job, 1);
}

static int call_once(struct job *job)
{
	struct caller *caller = job->own;
	struct crypt_auth_op auth = caller->auth;
	int result;

	if (job->work->algorithm->kind == KIND_AEAD)
		result = ioctl(caller->fd, CIOCAUTHCRYPT, &auth);
	else
		result = ioctl(caller->fd, CIOCCRYPT, &caller->slot[0].crypt);
	return result ? errno : 0;
}

static void close_job(struct job *job)
{
	release(job->own);
}

const struct runner device_runner = { open_one, call_once, close_job };

/* There is no asynchronous form of CIOCAUTHCRYPT. */
static int open_async(struct job *job)
{
	if (job->work->algorithm->kind == KIND_AEAD)
		return EINVAL;
	return open_slots(job, job->work->arguments->depth);
}

static int begin_slot(struct caller *caller, struct slot *slot)
{
	slot->began = now();
	if (ioctl(caller->fd, CIOCASYNCCRYPT, &slot->crypt))
		return errno;
	caller->busy++;
	return 0;
}

/* Waits for one; the error is the call's own, which is over then as well. */
static int fetch(struct caller *caller, struct slot **slot)
{
	struct pollfd ready = { .fd = caller->fd, .events = POLLIN };
	struct crypt_op crypt;

	while (ioctl(caller->fd, CIOCASYNCFETCH, &crypt)) {
		if (errno != EBUSY) {
			caller->busy--;
			return errno;
		}
		poll(&ready, 1, -1);
	}
	caller->busy--;
	*slot = &caller->slot[(size_t)(crypt.src - caller->data) / caller->room];
	return 0;
}

/* First all are begun, then each again that has been fetched. */
static int call_async(struct job *job)
{
	struct caller *caller = job->own;
	int error = 0;

	if (caller->idle)
		error = begin_slot(caller, caller->idle);
	for (size_t i = 0; !caller->idle && !error && i < caller->slots; i++)
		error = begin_slot(caller, &caller->slot[i]);
	if (error)
		return error;
	error = fetch(caller, &caller->idle);
	if (!error)
		job->began = caller->idle->began;
	return error;
}

/* Their memory is the device's until they are over. */
static void close_async(struct job *job)
{
	struct caller *caller = job->own;

	while (caller->busy)
		fetch(caller, &caller->idle);
	release(caller);
}

const struct runner async_runner = { open_async, call_async, close_async };
