// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A backend called directly, with jobs that are longer than the requests of the
 * other tests: against the libcrypto backend, and at the limits of a message.
 */
#include <stdlib.h>

#include "check.h"

#define LEN ((size_t)5 * VCRYPTO_WALK_MAX - 11)
#define AAD VCRYPTO_MAX_AAD

/* A backend with one session. */
struct side {
	const struct vcrypto_backend *backend;
	struct vcrypto_capabilities capabilities;
	void *provider;
	void *session;
	uint8_t out[LEN];
	struct vcrypto_job job;
};

static struct side ours, reference;
static uint8_t text[LEN], aad[AAD];
static const uint8_t iv[16] = { 2, 255, 255, 255, 255, 255, 255, 255,
				255, 255, 255, 255, 255, 255, 255, 250 };

static void open_side(struct side *side, const struct vcrypto_backend *backend)
{
	memset(side, 0, sizeof(*side));
	side->backend = backend;
	side->provider = calloc(1, backend->provider_size + 1);
	assert_true(backend->open(side->provider, &side->capabilities));
}

static void close_side(struct side *side)
{
	if (side->backend->close)
		side->backend->close(side->provider);
	free(side->provider);
}

static void new_session(struct side *side, uint32_t cipher, size_t key_len, uint32_t mac)
{
	const struct vcrypto_session_spec spec = {
		vcrypto_cipher_find(cipher), vcrypto_mac_find(mac), key_bytes, key_len,
		key_bytes + 7, mac >= VCRYPTO_HMAC ? VCRYPTO_MAX_MAC_KEY - 7 : 0,
	};

	side->session = calloc(1, side->backend->session_size + 1);
	assert_int_equal(side->backend->session_new(side->provider, side->session, &spec),
			 VCRYPTO_OK);
}

static void free_session(struct side *side)
{
	if (side->backend->session_free)
		side->backend->session_free(side->provider, side->session);
	free(side->session);
}

static int start(void **state)
{
	(void)state;
	pattern(text, sizeof(text), 1);
	pattern(aad, sizeof(aad), 2);
	open_side(&ours, real_backend());
	open_side(&reference, &vcrypto_backend_libcrypto);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	close_side(&ours);
	close_side(&reference);
	return 0;
}

/* @in goes to side->out; @pieces says where it is cut, from the other end there. */
static void run(struct side *side, enum vcrypto_task task, bool decrypt, const uint8_t *in,
		const size_t pieces[3])
{
	size_t len = pieces[0] + pieces[1] + pieces[2];
	struct iovec src[3], dst[3], auth = { aad, AAD };
	struct vcrypto_job *job = &side->job, *jobs[] = { job };
	size_t i, at = 0;

	for (i = 0; i < 3; at += pieces[i++]) {
		/* Only read. */
		src[i] = (struct iovec){ (void *)(uintptr_t)(in + at), pieces[i] };
		dst[2 - i] = (struct iovec){ side->out + len - at - pieces[i], pieces[i] };
	}
	job->session = side->session;
	job->task = task;
	job->src = vcrypto_cursor_start(src, 3);
	job->dst = vcrypto_cursor_start(dst, 3);
	job->aad = vcrypto_cursor_start(&auth, 1);
	job->decrypt = decrypt;
	job->begin = true;
	job->end = true;
	job->tag_len = 16;
	memcpy(job->iv, iv, sizeof(iv));
	job->status = VCRYPTO_ERROR;
	side->backend->submit(side->provider, jobs, 1);
}

/* Both, ours in pieces and the other in one. */
static void run_both(const struct vcrypto_cipher *cipher, bool decrypt, const uint8_t *in)
{
	size_t len = LEN / cipher->block * cipher->block;
	const size_t whole[3] = { len, 0, 0 };
	const size_t pieces[3] = { 40001, 0, len - 40001 };
	bool flat = ours.capabilities.contiguous & vcrypto_algorithm_bit(cipher->id);
	enum vcrypto_task task = cipher->tag_len ? VCRYPTO_TASK_AEAD : VCRYPTO_TASK_CRYPT;

	run(&ours, task, decrypt, in, flat ? whole : pieces);
	run(&reference, task, decrypt, in, whole);
	assert_int_equal(ours.job.status, VCRYPTO_OK);
	assert_int_equal(reference.job.status, VCRYPTO_OK);
	assert_memory_equal(ours.out, reference.out, len);
	assert_memory_equal(ours.job.tag, reference.job.tag, cipher->tag_len ? 16 : 64);
	if (cipher->chaining == VCRYPTO_CHAIN_FEEDBACK)
		assert_memory_equal(ours.job.iv, reference.job.iv, sizeof(iv));
}

static void a_long_job_gives_what_libcrypto_gives(void **state)
{
	static uint8_t sealed[LEN];
	const struct vcrypto_cipher *cipher;
	uint32_t id, len;

	(void)state;
	for (id = 1; (cipher = vcrypto_cipher_find(id)); id++) {
		uint32_t mac = cipher->tag_len ? VCRYPTO_MAC_NONE : VCRYPTO_MAC_HMAC_SHA3_512;

		if (!(ours.capabilities.ciphers & reference.capabilities.ciphers & vcrypto_algorithm_bit(id)))
			continue;
		for (len = cipher->key_min; len <= cipher->key_max; len++) {
			if (!vcrypto_cipher_key_len_ok(cipher, len))
				continue;
			new_session(&ours, id, len, mac);
			new_session(&reference, id, len, mac);
			run_both(cipher, false, text);
			memcpy(sealed, ours.out, LEN);
			/* Anew, for a key stream that would go on. */
			free_session(&ours);
			free_session(&reference);
			new_session(&ours, id, len, mac);
			new_session(&reference, id, len, mac);
			/* The tag, if there is one, is still in the job. */
			run_both(cipher, true, sealed);
			assert_memory_equal(ours.out, text, LEN / cipher->block * cipher->block);
			free_session(&ours);
			free_session(&reference);
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_long_job_gives_what_libcrypto_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
