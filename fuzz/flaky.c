// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "flaky.h"

#define MAGIC 0x5e551011u

struct flaky *flaky;

struct flaky_session {
	uint32_t magic;			/* MAGIC while live */
	bool hash_defined;		/* there is a state to go on from, */
	bool message_defined;		/* a message to go on with */
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	void *inner;			/* right behind this structure */
};

#define HEAD ((sizeof(struct flaky_session) + VCRYPTO_ALIGNMENT - 1) / \
	      VCRYPTO_ALIGNMENT * VCRYPTO_ALIGNMENT)

static bool fails(void)
{
	return flaky_fails(flaky->fail_mask, flaky->actions++);
}

static bool flaky_open(void *provider, struct vcrypto_capabilities *capabilities)
{
	CHECK(!flaky->open && (uintptr_t)provider % VCRYPTO_ALIGNMENT == 0);
	if (!flaky->inner_provider) {
		flaky->inner_provider = calloc(1, flaky->inner->provider_size + 1);
		CHECK(flaky->inner_provider);
		CHECK(flaky->inner->open(flaky->inner_provider, &flaky->capabilities));
	}
	*capabilities = flaky->capabilities;
	memset(provider, 0xee, FLAKY_PROVIDER);
	flaky->provider = provider;
	flaky->open = true;
	return true;
}

/* The inner one stays. */
static void flaky_close(void *provider)
{
	CHECK(flaky->open && !flaky->live && provider == flaky->provider);
	flaky->open = false;
}

/* A session is in zeroed memory; a word at a time, because each new one is looked at. */
static bool zeroed(const void *memory, size_t len)
{
	const uint64_t *words = memory;
	uint64_t all = 0;
	size_t i;

	for (i = 0; i < len / sizeof(*words); i++)
		all |= words[i];
	return !all;
}

static enum vcrypto_status flaky_session_new(void *provider, void *memory,
					     const struct vcrypto_session_spec *spec)
{
	struct flaky_session *session = memory;

	CHECK((uintptr_t)memory % VCRYPTO_ALIGNMENT == 0 && provider == flaky->provider);
	CHECK(zeroed(memory, HEAD + flaky->inner->session_size));
	CHECK(spec->cipher || spec->mac);
	CHECK(spec->cipher ? vcrypto_cipher_key_len_ok(spec->cipher,
						       (uint32_t)spec->cipher_key_len) :
			     !spec->cipher_key_len);
	CHECK(spec->mac ? vcrypto_mac_key_len_ok(spec->mac, (uint32_t)spec->mac_key_len) :
			  !spec->mac_key_len);
	if (fails()) {
		memset(memory, 0xee, HEAD + flaky->inner->session_size);
		return flaky_refusal(flaky->actions - 1);
	}
	session->magic = MAGIC;
	session->cipher = spec->cipher;
	session->mac = spec->mac;
	session->inner = (uint8_t *)memory + HEAD;
	flaky->live++;
	CHECK(flaky->inner->session_new(flaky->inner_provider, session->inner, spec) == VCRYPTO_OK);
	return VCRYPTO_OK;
}

static void flaky_session_free(void *provider, void *memory)
{
	struct flaky_session *session = memory;

	CHECK(session->magic == MAGIC && flaky->live && provider == flaky->provider);
	flaky->live--;
	if (flaky->inner->session_free)
		flaky->inner->session_free(flaky->inner_provider, session->inner);
}

/* Disjoint, or the same memory at the same offsets; see backend.h. */
static void check_overlap(struct vcrypto_cursor src, struct vcrypto_cursor dst)
{
	uint64_t at = 0, other_at;
	size_t len, other_len;
	const uint8_t *span, *other_span;

	for (; (span = vcrypto_cursor_span(&src, SIZE_MAX, &len)); at += len) {
		struct vcrypto_cursor other = dst;

		for (other_at = 0;
		     (other_span = vcrypto_cursor_span(&other, SIZE_MAX, &other_len));
		     other_at += other_len)
			CHECK(span + len <= other_span || other_span + other_len <= span ||
			      span - at == other_span - other_at);
	}
}

static void check_job(const struct flaky_session *session, const struct vcrypto_job *job)
{
	bool aead = job->task == VCRYPTO_TASK_AEAD;
	bool cipher = session->cipher && job->task != VCRYPTO_TASK_HASH;
	bool hash = session->mac && job->task != VCRYPTO_TASK_CIPHER;

	CHECK(session->magic == MAGIC);
	CHECK(job->status == VCRYPTO_ERROR);
	CHECK(job->dst.left == (cipher ? job->src.left : 0));
	CHECK(!cipher || job->src.left % session->cipher->block == 0);
	CHECK(cipher || hash);
	CHECK(aead == (session->cipher && session->cipher->tag_len != 0));
	CHECK(!job->end || hash || aead);
	CHECK(!hash || job->begin || session->hash_defined);
	CHECK(!aead || job->begin || session->message_defined);
	CHECK(!job->more || (cipher && session->cipher->id == VCRYPTO_CIPHER_AES_XTS));
	CHECK(!aead || !job->begin || job->end || job->message_len >= job->src.left ||
	      session->cipher->id != VCRYPTO_CIPHER_AES_CCM);
	CHECK(!aead || !job->end || vcrypto_tag_len_ok(session->cipher, job->tag_len));
	if (flaky->overlaps)
		check_overlap(job->src, job->dst);
}

/* Fail with the work half done. */
static void spoil(struct vcrypto_job *job)
{
	struct vcrypto_cursor dst = job->dst;
	size_t len;
	void *span;

	while ((span = vcrypto_cursor_span(&dst, SIZE_MAX, &len)))
		memset(span, 0xee, len);
	memset(job->tag, 0xee, sizeof(job->tag));
}

static void flaky_submit(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	size_t i;

	CHECK(count >= 1 && count <= 32 && provider == flaky->provider);
	flaky->jobs += count;
	for (i = 0; i < count; i++) {
		struct flaky_session *session = jobs[i]->session;
		struct vcrypto_job *job = jobs[i];

		check_job(session, job);
		if (fails()) {
			spoil(job);
			session->hash_defined = session->message_defined = false;
			continue;
		}
		job->session = session->inner;
		flaky->inner->submit(flaky->inner_provider, &job, 1);
		job->session = session;
		if (job->task != VCRYPTO_TASK_CIPHER)
			session->hash_defined = !job->end;
		session->message_defined = !job->end && job->status == VCRYPTO_OK;
	}
}

static bool flaky_hash_copy(void *provider, void *to_memory, const void *from_memory)
{
	const struct flaky_session *from = from_memory;
	struct flaky_session *to = to_memory;

	CHECK(to->magic == MAGIC && from->magic == MAGIC && to != from);
	CHECK(provider == flaky->provider);
	CHECK(to->mac && to->mac == from->mac);
	to->hash_defined = false;
	if (fails())
		return false;
	to->hash_defined = from->hash_defined;
	return flaky->inner->hash_copy(flaky->inner_provider, to->inner, from->inner);
}

const struct vcrypto_backend *flaky_setup(struct flaky *which, const struct vcrypto_backend *inner,
					  uint64_t fail_mask, bool can_copy)
{
	if (!which->inner) {
		which->inner = inner;
		which->table = (struct vcrypto_backend){
			.name = FLAKY_NAME,
			.provider_size = FLAKY_PROVIDER,
			.session_size = HEAD + (inner->session_size + 7) / 8 * 8,
			.open = flaky_open,
			.close = flaky_close,
			.session_new = flaky_session_new,
			.session_free = flaky_session_free,
			.submit = flaky_submit,
		};
	}
	which->table.hash_copy = can_copy ? flaky_hash_copy : NULL;
	which->fail_mask = fail_mask;
	which->actions = which->jobs = 0;
	CHECK(!which->live);
	flaky = which;
	return &which->table;
}
