// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "toy.h"

struct toy_session {
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	uint64_t key;
	uint64_t mac_key;
	uint64_t state;
	/* As they came, for the engine to wipe. */
	uint8_t keys[VCRYPTO_MAX_CIPHER_KEY + VCRYPTO_MAX_MAC_KEY];
};

uint64_t toy_hash(uint64_t state, const uint8_t *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		state = (state ^ bytes[i]) * 0x100000001b3u;
	return state;
}

void toy_digest(uint64_t state, uint8_t digest[VCRYPTO_MAX_DIGEST])
{
	size_t i;

	for (i = 0; i < VCRYPTO_MAX_DIGEST; i++)
		digest[i] = (uint8_t)((state >> i % 8 * 8) + i);
}

void toy_crypt(uint64_t key, const uint8_t iv[VCRYPTO_MAX_IV], uint64_t offset, uint8_t *out,
	       const uint8_t *in, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++, offset++)
		out[i] = (uint8_t)(in[i] ^ (key >> offset % 8 * 8) ^ iv[offset % 16] ^ offset);
}

static bool toy_open(void *provider, struct vcrypto_offer *offer)
{
	(void)provider;
	offer->ciphers = UINT64_MAX;
	offer->macs = UINT64_MAX;
	return true;
}

static enum vcrypto_status toy_session_new(void *provider, void *memory,
					   const struct vcrypto_session_spec *spec)
{
	struct toy_session *session = memory;

	(void)provider;
	session->cipher = spec->cipher;
	session->mac = spec->mac;
	session->key = toy_hash(TOY_START, spec->cipher_key, spec->cipher_key_len);
	session->mac_key = toy_hash(TOY_START, spec->mac_key, spec->mac_key_len);
	memcpy(session->keys, spec->cipher_key, spec->cipher_key_len);
	memcpy(session->keys + spec->cipher_key_len, spec->mac_key, spec->mac_key_len);
	return VCRYPTO_OK;
}

static void run(struct toy_session *session, struct vcrypto_job *job)
{
	struct vcrypto_cursor src = job->src;
	struct vcrypto_walk walk;
	const void *span;
	uint64_t offset = 0;
	size_t len;

	if (!session->cipher) {
		while ((span = vcrypto_cursor_span(&src, SIZE_MAX, &len)))
			session->state = toy_hash(session->state, span, len);
		return;
	}
	vcrypto_walk_start(&walk, job->src, job->dst, session->cipher->block);
	while (vcrypto_walk_next(&walk)) {
		if (!job->decrypt)
			session->state = toy_hash(session->state, walk.in, walk.len);
		toy_crypt(session->key, job->iv, offset, walk.out, walk.in, walk.len);
		offset += walk.len;
		if (job->decrypt)
			session->state = toy_hash(session->state, walk.out, walk.len);
	}
	vcrypto_walk_finish(&walk);
}

static void toy_backend_crypt(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	size_t i;

	(void)provider;
	for (i = 0; i < count; i++) {
		struct toy_session *session = jobs[i]->session;

		if (jobs[i]->reset)
			session->state = TOY_START ^ session->mac_key;
		run(session, jobs[i]);
		if (jobs[i]->finish)
			toy_digest(session->state, jobs[i]->digest);
		jobs[i]->status = VCRYPTO_OK;
	}
}

static bool toy_hash_copy(void *provider, void *to_memory, const void *from_memory)
{
	const struct toy_session *from = from_memory;
	struct toy_session *to = to_memory;

	(void)provider;
	to->state = from->state;
	to->mac_key = from->mac_key;
	return true;
}

const struct vcrypto_backend toy_backend = {
	.name = "toy",
	.session_size = sizeof(struct toy_session),
	.open = toy_open,
	.session_new = toy_session_new,
	.crypt = toy_backend_crypt,
	.hash_copy = toy_hash_copy,
};
