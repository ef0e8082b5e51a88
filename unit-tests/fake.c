// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "fake.h"

struct fake fake = { .new_status = VCRYPTO_ERROR };

struct session {
	uint8_t cipher_key[VCRYPTO_MAX_CIPHER_KEY];
	uint8_t mac_key[VCRYPTO_MAX_MAC_KEY];
	size_t cipher_key_len;
	size_t mac_key_len;
	bool has_cipher;
	uint64_t hash;
};

void fake_reset(void)
{
	fake = (struct fake){ .new_status = VCRYPTO_ERROR };
}

static bool fails(void)
{
	return ++fake.calls == fake.fail_at;
}

static bool fake_open(void *provider, struct vcrypto_capabilities *capabilities)
{
	memset(provider, 0x77, 24);
	capabilities->ciphers = UINT64_MAX;
	capabilities->macs = UINT64_MAX;
	capabilities->streams = UINT64_MAX;
	if (!fake.fail_open)
		fake.opened++;
	return !fake.fail_open;
}

static void fake_close(void *provider)
{
	(void)provider;
	fake.closed++;
}

static enum vcrypto_status fake_session_new(void *provider, void *memory,
					    const struct vcrypto_session_spec *spec)
{
	struct session *session = memory;

	(void)provider;
	memcpy(session->cipher_key, spec->cipher_key, spec->cipher_key_len);
	memcpy(session->mac_key, spec->mac_key, spec->mac_key_len);
	session->cipher_key_len = spec->cipher_key_len;
	session->mac_key_len = spec->mac_key_len;
	session->has_cipher = spec->cipher != NULL;
	/* The keys stay where they are when it fails: the engine must wipe them. */
	if (fails())
		return fake.new_status;
	fake.live++;
	return VCRYPTO_OK;
}

static void fake_session_free(void *provider, void *memory)
{
	(void)provider;
	(void)memory;
	fake.live--;
}

static void hash_bytes(struct session *session, const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		session->hash = (session->hash ^ bytes[i]) * 0x100000001b3;
}

static void hash_start(struct session *session)
{
	session->hash = 0xcbf29ce484222325;
	hash_bytes(session, session->mac_key, session->mac_key_len);
}

static void run(struct vcrypto_job *job, size_t limit)
{
	struct session *session = job->session;
	struct vcrypto_walk walk;
	bool cipher = session->has_cipher && job->task != VCRYPTO_TASK_HASH;
	bool hash = job->task != VCRYPTO_TASK_CIPHER;
	struct vcrypto_cursor dst = cipher ? job->dst : job->src;
	size_t at = 0;
	size_t i;

	vcrypto_walk_start(&walk, job->src, dst, 1);
	while (vcrypto_walk_next(&walk)) {
		if (hash && (!job->decrypt || !cipher))
			hash_bytes(session, walk.in, walk.len);
		for (i = 0; cipher && i < walk.len && at < limit; i++, at++)
			walk.out[i] = (uint8_t)(walk.in[i] ^ job->iv[at % VCRYPTO_MAX_IV] ^
				(session->cipher_key_len ?
				 session->cipher_key[at % session->cipher_key_len] : 0x55));
		if (hash && job->decrypt && cipher)
			hash_bytes(session, walk.out, walk.len);
	}
	vcrypto_walk_finish(&walk);
}

static void do_job(struct vcrypto_job *job)
{
	struct session *session = job->session;
	bool failed = fails();

	if (failed && fake.failure == FAKE_FORGET)
		return;
	if (job->begin)
		hash_start(session);
	run(job, failed ? (size_t)job->src.left / 2 : SIZE_MAX);
	if (job->end) {
		memset(job->tag, 0, sizeof(job->tag));
		memcpy(job->tag, &session->hash, sizeof(session->hash));
	}
	if (failed)
		session->hash = 0xdead;
	job->status = failed ? VCRYPTO_ERROR : VCRYPTO_OK;
}

static struct vcrypto_job *held[256];
static size_t held_count;

static void fake_submit(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	size_t i;

	(void)provider;
	if (fake.batch_count < FAKE_BATCHES)
		fake.batches[fake.batch_count++] = count;
	for (i = 0; i < count; i++) {
		if (fake.hold && held_count < sizeof(held) / sizeof(held[0]))
			held[held_count++] = jobs[i];
		else
			do_job(jobs[i]);
	}
}

/* Those of one session in order, which is all that is asked for: so sessions in reverse. */
static void fake_flush(void *provider)
{
	void *last;
	size_t i;

	(void)provider;
	fake.flushes += held_count != 0;
	while (held_count) {
		size_t left = 0;

		last = held[held_count - 1]->session;
		for (i = 0; i < held_count; i++) {
			if (held[i]->session == last)
				do_job(held[i]);
			else
				held[left++] = held[i];
		}
		held_count = left;
	}
}

static bool fake_hash_copy(void *provider, void *to_memory, const void *from_memory)
{
	const struct session *from = from_memory;
	struct session *to = to_memory;

	(void)provider;
	to->hash = from->hash;
	if (!fails())
		return true;
	to->hash = 0xdead;
	return false;
}

const struct vcrypto_backend fake_backend = {
	.name = "fake",
	.provider_size = 24,
	.session_size = sizeof(struct session),
	.open = fake_open,
	.close = fake_close,
	.session_new = fake_session_new,
	.session_free = fake_session_free,
	.submit = fake_submit,
	.flush = fake_flush,
	.hash_copy = fake_hash_copy,
};

const struct vcrypto_backend fake_backend_minimal = {
	.name = "a name that is much longer than fits",
	.provider_size = 24,
	.session_size = sizeof(struct session),
	.open = fake_open,
	.session_new = fake_session_new,
	.submit = fake_submit,
};
