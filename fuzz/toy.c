// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdlib.h>

#include "toy.h"

struct toy_session {
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	uint64_t key;
	uint64_t mac_key;
	uint64_t state;			/* of the hash */
	uint64_t stream_at;		/* of ARC4 */
	struct toy_cipher message;	/* of an AEAD, as far as it has come, */
	uint64_t tag;			/* and its tag */
	/* As they came, for the engine to wipe. */
	uint8_t keys[VCRYPTO_MAX_CIPHER_KEY + VCRYPTO_MAX_MAC_KEY];
};

/*
 * Bytes go through a piece of stack, so that the loops over them can do without the
 * instruments: memcpy() is what a sanitizer looks at.
 */
#define PIECE 256

/* Keys and texts are searched for on the stack, where a provider has to leave none, too. */
static inline INPUT_INNER void forget(uint8_t *piece, size_t len)
{
	memset(piece, 0, len);
	__asm__ volatile("" : : "r"(piece) : "memory");
}

static INPUT_QUIET uint64_t hash_piece(uint64_t state, const uint8_t *bytes, size_t len)
{
	uint8_t piece[PIECE];
	size_t i;

	memcpy(piece, bytes, len);
	for (i = 0; i < len; i++)
		state = (state ^ piece[i]) * 0x100000001b3u;
	forget(piece, len);
	return state;
}

uint64_t toy_hash(uint64_t state, const uint8_t *bytes, size_t len)
{
	size_t n;

	for (; len; len -= n, bytes += n) {
		n = len < PIECE ? len : PIECE;
		state = hash_piece(state, bytes, n);
	}
	return state;
}

uint64_t toy_mac_start(const struct vcrypto_mac *mac, uint64_t key, const uint8_t *iv)
{
	return toy_hash(TOY_START ^ key, iv, mac ? mac->iv_len : 0);
}

INPUT_QUIET void toy_digest(uint64_t state, uint8_t digest[VCRYPTO_MAX_DIGEST])
{
	size_t i;

	for (i = 0; i < VCRYPTO_MAX_DIGEST; i++)
		digest[i] = (uint8_t)((state >> i % 8 * 8) + i);
}

void toy_cipher_start(struct toy_cipher *toy, const struct vcrypto_cipher *cipher, uint64_t key,
		      const uint8_t iv[VCRYPTO_MAX_IV])
{
	toy->cipher = cipher;
	toy->key = key;
	toy->offset = 0;
	memcpy(toy->iv, iv, sizeof(toy->iv));
}

static inline INPUT_INNER uint8_t mix(const struct toy_cipher *toy, uint8_t byte)
{
	return (uint8_t)((toy->key >> byte % 8 * 8) + byte);
}

/* One byte; what the next ones depend on is left in the place of what this one did. */
static inline INPUT_INNER uint8_t one_byte(struct toy_cipher *toy, enum vcrypto_chaining chaining,
					   size_t period, bool decrypt, uint8_t in)
{
	uint64_t at = toy->offset++;
	uint8_t *place = &toy->iv[period == 16 ? at % 16 : at % period];
	uint8_t out = in ^ mix(toy, *place);
	size_t i;

	switch (chaining) {
	case VCRYPTO_CHAIN_BLOCK:
		*place = decrypt ? in : out;
		return out;
	case VCRYPTO_CHAIN_FEEDBACK:
		*place = in ^ out;
		return out;
	case VCRYPTO_CHAIN_COUNTER:
		for (i = 16; at % 16 == 15 && i-- && !++toy->iv[i]; )
			;
		return out;
	default:
		return out ^ (uint8_t)(toy->cipher->iv_len ||
				       chaining == VCRYPTO_CHAIN_STATE ? at : at % 16);
	}
}

static INPUT_QUIET void run_piece(struct toy_cipher *toy, bool decrypt, uint8_t *out,
				  const uint8_t *in, size_t len)
{
	enum vcrypto_chaining chaining = toy->cipher->chaining;
	size_t period = toy->cipher->iv_len ? toy->cipher->iv_len : 16;
	struct toy_cipher now = *toy;
	uint8_t piece[PIECE];
	size_t i;

	memcpy(piece, in, len);
	for (i = 0; i < len; i++)
		piece[i] = one_byte(&now, chaining, period, decrypt, piece[i]);
	memcpy(out, piece, len);
	forget(piece, len);
	*toy = now;
}

void toy_cipher_run(struct toy_cipher *toy, bool decrypt, uint8_t *out, const uint8_t *in,
		    size_t len)
{
	size_t n;

	for (; len; len -= n, in += n, out += n) {
		n = len < PIECE ? len : PIECE;
		run_piece(toy, decrypt, out, in, n);
	}
}

void toy_cipher_feedback(struct toy_cipher *toy, uint8_t next[VCRYPTO_MAX_IV])
{
	static const uint8_t zeros[16];

	toy_cipher_run(toy, false, (uint8_t[16]){ 0 }, zeros, -toy->offset % 16);
	memcpy(next, toy->iv, sizeof(toy->iv));
}

void toy_cipher_unit(const struct toy_cipher *toy, uint8_t next[VCRYPTO_MAX_IV])
{
	next[0] = (uint8_t)(next[0] ^ mix(toy, (uint8_t)(toy->offset / 16)));
}

uint64_t toy_tag_start(uint64_t key, const uint8_t iv[VCRYPTO_MAX_IV])
{
	return toy_hash(TOY_START ^ key, iv, VCRYPTO_MAX_IV);
}

static bool toy_open(void *provider, struct vcrypto_capabilities *capabilities)
{
	(void)provider;
	capabilities->ciphers = UINT64_MAX;
	capabilities->macs = UINT64_MAX;
	capabilities->streams = TOY_STREAMS;
	return true;
}

static bool toy_flat_open(void *provider, struct vcrypto_capabilities *capabilities)
{
	bool ok = toy_open(provider, capabilities);

	capabilities->contiguous = TOY_FLAT;
	capabilities->streams = TOY_FLAT_STREAMS;
	return ok;
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

static uint64_t hash_all(uint64_t state, struct vcrypto_cursor data)
{
	const void *span;
	size_t len;

	while ((span = vcrypto_cursor_span(&data, SIZE_MAX, &len)))
		state = toy_hash(state, span, len);
	return state;
}

/* Source to destination; returns @state with what of both @hash_source says added. */
static uint64_t crypt_all(struct toy_cipher *toy, const struct vcrypto_job *job, uint64_t state,
			  bool hash_source)
{
	struct vcrypto_walk walk;

	vcrypto_walk_start(&walk, job->src, job->dst, toy->cipher->block);
	while (vcrypto_walk_next(&walk)) {
		if (hash_source)
			state = toy_hash(state, walk.in, walk.len);
		toy_cipher_run(toy, job->decrypt, walk.out, walk.in, walk.len);
		if (!hash_source)
			state = toy_hash(state, walk.out, walk.len);
	}
	vcrypto_walk_finish(&walk);
	return state;
}

static void run_aead(struct toy_session *session, struct vcrypto_job *job)
{
	uint8_t digest[VCRYPTO_MAX_DIGEST];

	job->status = VCRYPTO_OK;
	if (job->begin) {
		toy_cipher_start(&session->message, session->cipher, session->key, job->iv);
		session->tag = hash_all(toy_tag_start(session->key, job->iv), job->aad);
	}
	session->tag = crypt_all(&session->message, job, session->tag, job->decrypt);
	if (!job->end)
		return;
	toy_digest(session->tag, digest);
	if (!job->decrypt)
		memcpy(job->tag, digest, job->tag_len);
	else if (memcmp(job->tag, digest, job->tag_len))
		job->status = VCRYPTO_AUTH_FAILED;
}

static void run(struct toy_session *session, struct vcrypto_job *job)
{
	struct toy_cipher toy;
	bool hash = session->mac && job->task != VCRYPTO_TASK_CIPHER;
	uint64_t state = job->begin ? toy_mac_start(session->mac, session->mac_key, job->iv) :
				      session->state;

	if (!session->cipher || job->task == VCRYPTO_TASK_HASH) {
		state = hash_all(state, job->src);
	} else {
		toy_cipher_start(&toy, session->cipher, session->key, job->iv);
		if (session->cipher->chaining == VCRYPTO_CHAIN_STATE)
			toy.offset = session->stream_at;
		state = crypt_all(&toy, job, state, !job->decrypt);
		session->stream_at = toy.offset;
		if (session->cipher->chaining == VCRYPTO_CHAIN_FEEDBACK)
			toy_cipher_feedback(&toy, job->iv);
		if (job->more)
			toy_cipher_unit(&toy, job->iv);
	}
	job->status = VCRYPTO_OK;
	if (!hash)
		return;
	session->state = state;
	if (job->end)
		toy_digest(state, job->tag);
}

static void toy_backend_submit(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	size_t i;

	(void)provider;
	for (i = 0; i < count; i++)
		if (jobs[i]->task == VCRYPTO_TASK_AEAD)
			run_aead(jobs[i]->session, jobs[i]);
		else
			run(jobs[i]->session, jobs[i]);
}

static void check_flat(struct vcrypto_cursor text)
{
	CHECK(!text.left || vcrypto_cursor_peek(&text, text.left));
}

static void toy_flat_submit(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct toy_session *session = jobs[i]->session;

		if (!session->cipher || !(TOY_FLAT >> session->cipher->id & 1))
			continue;
		check_flat(jobs[i]->src);
		check_flat(jobs[i]->dst);
		check_flat(jobs[i]->aad);
	}
	toy_backend_submit(provider, jobs, count);
}

static bool toy_hash_copy(void *provider, void *to_memory, const void *from_memory)
{
	const struct toy_session *from = from_memory;
	struct toy_session *to = to_memory;

	(void)provider;
	to->state = from->state;
	return true;
}

/* --- asymmetric keys --- */

uint64_t toy_key(enum vcrypto_key_kind kind, const uint8_t *der, size_t len)
{
	return toy_hash(TOY_START ^ (uint64_t)kind, der, len);
}

void toy_key_run(uint64_t key, struct vcrypto_key_job *job)
{
	bool verify = job->verb == VCRYPTO_KEY_VERIFY;
	uint8_t digest[VCRYPTO_MAX_DIGEST];
	size_t i;

	toy_digest(toy_hash(key, verify ? job->digest : job->src,
			    verify ? job->digest_len : job->src_len), digest);
	job->status = VCRYPTO_OK;
	if (verify) {
		if (job->src_len != sizeof(digest) || memcmp(job->src, digest, sizeof(digest)))
			job->status = VCRYPTO_AUTH_FAILED;
	} else if (job->verb == VCRYPTO_KEY_SIGN) {
		memcpy(job->dst, digest, sizeof(digest));
		job->dst_len = sizeof(digest);
	} else if (job->src_len) {
		for (i = 0; i < job->src_len; i++)
			job->dst[i] = (uint8_t)(job->src[i] ^ key >> i % 8 * 8);
		job->dst_len = job->src_len;
	} else {
		job->status = VCRYPTO_ERROR;
	}
}

/* Each has memory of its own, so that one that is freed twice, or not at all, is noticed. */
static enum vcrypto_status toy_key_new(void *provider, void *memory,
				       const struct vcrypto_key_spec *spec)
{
	uint8_t der[VCRYPTO_MAX_DER];
	struct vcrypto_cursor from = spec->der;
	size_t len = (size_t)from.left;
	uint64_t **key = memory;

	(void)provider;
	CHECK(len && len <= sizeof(der) && vcrypto_cursor_read(&from, der, len));
	if (spec->hash == VCRYPTO_MAC_MD5)
		return VCRYPTO_NOT_SUPPORTED;
	if (der[0] == TOY_NO_KEY)
		return VCRYPTO_BAD_KEY;
	*key = malloc(sizeof(**key));
	CHECK(*key);
	**key = toy_key(spec->kind, der, len);
	return VCRYPTO_OK;
}

static bool toy_key_copy(void *provider, void *to_memory, const void *from_memory)
{
	uint64_t *const *from = from_memory;
	uint64_t **to = to_memory;

	(void)provider;
	*to = malloc(sizeof(**to));
	CHECK(*to);
	**to = **from;
	return true;
}

static void toy_key_free(void *provider, void *memory)
{
	uint64_t **key = memory;

	(void)provider;
	free(*key);
}

static void toy_backend_key_run(void *provider, const void *memory, struct vcrypto_key_job *job)
{
	uint64_t *const *key = memory;

	(void)provider;
	toy_key_run(**key, job);
}

/* As lanes have it. */
static bool toy_keys_open(void *provider, struct vcrypto_capabilities *capabilities)
{
	capabilities->keys = 1u << VCRYPTO_KEY_RSA | 1u << VCRYPTO_KEY_ECDSA;
	return toy_open(provider, capabilities);
}

const struct vcrypto_backend toy_backend = {
	.name = "toy",
	.session_size = sizeof(struct toy_session),
	.open = toy_keys_open,
	.session_new = toy_session_new,
	.submit = toy_backend_submit,
	.hash_copy = toy_hash_copy,
	.key_size = sizeof(uint64_t *),
	.key_new = toy_key_new,
	.key_copy = toy_key_copy,
	.key_free = toy_key_free,
	.key_run = toy_backend_key_run,
};

const struct vcrypto_backend toy_flat_backend = {
	.name = "toy-flat",
	.session_size = sizeof(struct toy_session),
	.open = toy_flat_open,
	.session_new = toy_session_new,
	.submit = toy_flat_submit,
	.hash_copy = toy_hash_copy,
};
