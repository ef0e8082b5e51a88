// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Jobs for the multi-buffer library: those of one kind at once, because its answers come in
 * the order of its questions, and one that waits for others of its kind holds up the rest.
 * What it does not get, or refuses, is libcrypto's, in the order in which it came.
 */
#include <openssl/crypto.h>

#include "ipsec_mb.h"

/* Jobs of one submit(); bit n of the sets is job n. */
struct batch {
	struct vcrypto_job *const *jobs;
	size_t count;
	uint32_t possible;	/* for the library, and not looked at yet */
	uint32_t taken;		/* by it */
};

/* Some of them, by number, which are alike. */
struct group {
	struct vcrypto_job *const *jobs;
	uint8_t numbers[VCRYPTO_BATCH];
	size_t count;
};

_Static_assert(VCRYPTO_BATCH <= 32, "a bit for each");

/* What CTR counts with, the last four bytes: the library carries no further. */
static bool counter_fits(const struct vcrypto_job *job)
{
	uint32_t counter = (uint32_t)job->iv[12] << 24 | (uint32_t)job->iv[13] << 16 |
			   (uint32_t)job->iv[14] << 8 | job->iv[15];

	return (job->src.left + 15) / 16 <= UINT64_C(0x100000000) - counter;
}

static bool in_one_piece(const struct vcrypto_cursor *text)
{
	return !text->left || vcrypto_cursor_at(text, text->left);
}

static bool is_whole(const struct ipsec_mb_session *session, const struct vcrypto_job *job)
{
	if (session->row->mac)
		return job->task != VCRYPTO_TASK_AEAD && job->begin && job->end;
	if (session->row->mode == IMB_CIPHER_GCM)
		return job->task == VCRYPTO_TASK_AEAD && job->begin && job->end;
	return job->task != VCRYPTO_TASK_AEAD && job->task != VCRYPTO_TASK_HASH;
}

/* A length of CBC that is decrypted is not limited: nothing waits for other jobs. */
static bool is_possible(const struct ipsec_mb_session *session, const struct vcrypto_job *job)
{
	const struct ipsec_mb_row *row = session->row;

	return row && job->src.left &&
	       (job->src.left <= row->longest || (row->cipher && job->decrypt)) &&
	       is_whole(session, job) && in_one_piece(&job->src) && in_one_piece(&job->dst) &&
	       in_one_piece(&job->aad) && (row->mode != IMB_CIPHER_CNTR || counter_fits(job));
}

static bool are_alike(const struct vcrypto_job *one, const struct vcrypto_job *other)
{
	const struct ipsec_mb_session *a = one->session, *b = other->session;

	return a->row == b->row && a->key_len == b->key_len && one->decrypt == other->decrypt;
}

static void fill_cipher(IMB_JOB *job, const struct ipsec_mb_session *session,
			struct vcrypto_job *from)
{
	job->enc_keys = session->keys->aes.encrypt;
	job->dec_keys = session->keys->aes.decrypt;
	job->iv = from->iv;
	job->iv_len_in_bytes = 16;
	job->dst = vcrypto_cursor_at(&from->dst, from->src.left);
	job->msg_len_to_cipher_in_bytes = from->src.left;
}

/* The whole tag: a shorter one is the start of it (SP 800-38D, 7.1). */
static void fill_gcm(IMB_JOB *job, const struct ipsec_mb_session *session,
		     struct vcrypto_job *from, uint8_t *tag)
{
	job->enc_keys = &session->keys->gcm;
	job->dec_keys = &session->keys->gcm;
	job->iv_len_in_bytes = 12;
	job->u.GCM.aad = from->aad.left ? vcrypto_cursor_at(&from->aad, from->aad.left) : tag;
	job->u.GCM.aad_len_in_bytes = from->aad.left;
	job->auth_tag_output = tag;
	job->auth_tag_output_len_in_bytes = 16;
	job->msg_len_to_hash_in_bytes = from->src.left;
}

static void fill_hmac(IMB_JOB *job, const struct ipsec_mb_session *session,
		      struct vcrypto_job *from)
{
	job->u.HMAC._hashed_auth_key_xor_ipad = session->keys->hmac.inner;
	job->u.HMAC._hashed_auth_key_xor_opad = session->keys->hmac.outer;
	job->msg_len_to_hash_in_bytes = from->src.left;
	job->auth_tag_output = from->tag;
	job->auth_tag_output_len_in_bytes = session->rest.mac->digest_len;
}

/* Of a structure that is zeros, or was filled for the same algorithm before. */
static void fill(IMB_JOB *job, struct vcrypto_job *from, uint8_t *tag)
{
	const struct ipsec_mb_session *session = from->session;
	const struct ipsec_mb_row *row = session->row;
	bool hash_first = row->mac || (row->mode == IMB_CIPHER_GCM && from->decrypt);

	job->cipher_mode = row->mode;
	job->hash_alg = row->hash;
	job->cipher_direction = from->decrypt ? IMB_DIR_DECRYPT : IMB_DIR_ENCRYPT;
	job->chain_order = hash_first ? IMB_ORDER_HASH_CIPHER : IMB_ORDER_CIPHER_HASH;
	job->key_len_in_bytes = session->key_len;
	job->src = vcrypto_cursor_at(&from->src, from->src.left);
	job->user_data = from;
	job->user_data2 = tag;
	if (row->mac) {
		fill_hmac(job, session, from);
		return;
	}
	fill_cipher(job, session, from);
	if (row->mode == IMB_CIPHER_GCM)
		fill_gcm(job, session, from, tag);
}

static enum vcrypto_status judge_tag(struct vcrypto_job *job, const uint8_t *tag)
{
	if (!job->decrypt) {
		memcpy(job->tag, tag, job->tag_len);
		return VCRYPTO_OK;
	}
	return CRYPTO_memcmp(job->tag, tag, job->tag_len) ? VCRYPTO_AUTH_FAILED : VCRYPTO_OK;
}

/* False for a job that was refused: nothing has been done to it. */
static bool finish(const IMB_JOB *done)
{
	struct vcrypto_job *job = done->user_data;

	if (done->status == IMB_STATUS_INVALID_ARGS)
		return false;
	if (done->status != IMB_STATUS_COMPLETED)
		job->status = VCRYPTO_ERROR;
	else if (job->task == VCRYPTO_TASK_AEAD)
		job->status = judge_tag(job, done->user_data2);
	else
		job->status = VCRYPTO_OK;
	return true;
}

/*
 * All in one call, which costs half as much as a call for each.  Bits of those that are done;
 * where it refuses one, nothing is.
 */
static uint32_t run_burst(struct ipsec_mb_provider *provider, const struct group *group,
			  size_t from)
{
	const struct vcrypto_job *first = group->jobs[group->numbers[0]];
	const struct ipsec_mb_session *session = first->session;
	IMB_CIPHER_DIRECTION direction = first->decrypt ? IMB_DIR_DECRYPT : IMB_DIR_ENCRYPT;
	IMB_JOB *jobs = session->row->mac ? provider->macs : provider->ciphers;
	uint32_t count = (uint32_t)(group->count - from), done, taken = 0, i;

	for (i = 0; i < count; i++)
		fill(&jobs[i], group->jobs[group->numbers[from + i]], NULL);
	if (session->row->mac)
		done = IMB_SUBMIT_HASH_BURST(provider->manager, jobs, count, session->row->hash);
	else
		done = IMB_SUBMIT_CIPHER_BURST(provider->manager, jobs, count, session->row->mode,
					       direction, session->key_len);
	for (i = 0; i < count && done; i++)
		taken |= (uint32_t)finish(&jobs[i]) << group->numbers[from + i];
	return taken;
}

/*
 * The same for what has no such call.  They come back in the order in which they were given.
 * The structures that it lends have in them what the last user has left.
 */
static uint32_t run_group(IMB_MGR *mgr, const struct group *group, size_t from)
{
	uint8_t tags[VCRYPTO_BATCH][16];
	IMB_JOB *job;
	uint32_t taken = 0;
	size_t i, back = from;
	IMB_JOB *done;

	for (i = from; i < group->count; i++) {
		job = IMB_GET_NEXT_JOB(mgr);
		memset(job, 0, sizeof(*job));
		fill(job, group->jobs[group->numbers[i]], tags[i]);
		for (done = IMB_SUBMIT_JOB(mgr); done; done = IMB_GET_COMPLETED_JOB(mgr))
			taken |= (uint32_t)finish(done) << group->numbers[back++];
	}
	while (back < group->count && (done = IMB_FLUSH_JOB(mgr)))
		taken |= (uint32_t)finish(done) << group->numbers[back++];
	/* The right tag of a message that was not. */
	OPENSSL_cleanse(tags, sizeof(tags));
	return taken;
}

static uint64_t length(const struct group *group, size_t i)
{
	return group->jobs[group->numbers[i]]->src.left;
}

/* The longest first. */
static void sort(struct group *group)
{
	size_t i, at;
	uint8_t number;

	for (i = 1; i < group->count; i++) {
		number = group->numbers[i];
		for (at = i; at && length(group, at - 1) < group->jobs[number]->src.left; at--)
			group->numbers[at] = group->numbers[at - 1];
		group->numbers[at] = number;
	}
}

/*
 * How many of the first are better left to libcrypto: those that are longer than all that
 * follow together, beside which the lanes of the others would be empty.
 */
static size_t count_long(const struct group *group)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < group->count; i++)
		total += length(group, i);
	for (i = 0; i < group->count && total < 2 * length(group, i); i++)
		total -= length(group, i);
	return i;
}

/* Those that are like the first one that is possible. */
static void take_alike(struct batch *batch, struct group *group)
{
	size_t first = (size_t)__builtin_ctz(batch->possible), i;

	group->jobs = batch->jobs;
	group->count = 0;
	for (i = first; i < batch->count; i++) {
		if (!(batch->possible >> i & 1) ||
		    !are_alike(batch->jobs[first], batch->jobs[i]))
			continue;
		group->numbers[group->count++] = (uint8_t)i;
		batch->possible &= ~(UINT32_C(1) << i);
	}
}

static uint32_t run_alike(struct ipsec_mb_provider *provider, struct group *group,
			  ipsec_mb_least *least)
{
	const struct vcrypto_job *first = group->jobs[group->numbers[0]];
	const struct ipsec_mb_session *session = first->session;
	bool lanes = session->row->lanes && !(session->row->cipher && first->decrypt);
	size_t needed, leave = 0;

	sort(group);
	needed = least(session->row, first->decrypt, length(group, group->count - 1));
	if (lanes && needed > 1)
		leave = count_long(group);
	if (group->count - leave < needed)
		return 0;
	if (session->row->mode == IMB_CIPHER_GCM)
		return run_group(provider->manager, group, leave);
	return run_burst(provider, group, leave);
}

void vcrypto_backend_ipsec_mb_submit(void *memory, struct vcrypto_job *const *jobs, size_t count,
				     ipsec_mb_least *least)
{
	struct ipsec_mb_provider *provider = memory;
	struct batch batch = { .jobs = jobs, .count = count };
	struct vcrypto_job *rest[VCRYPTO_BATCH];
	struct group group;
	size_t i, others = 0;

	for (i = 0; i < count && provider->manager; i++)
		batch.possible |= (uint32_t)is_possible(jobs[i]->session, jobs[i]) << i;
	while (batch.possible) {
		take_alike(&batch, &group);
		batch.taken |= run_alike(provider, &group, least);
	}
	for (i = 0; i < count; i++)
		if (!(batch.taken >> i & 1))
			rest[others++] = jobs[i];
	if (others)
		vcrypto_backend_libcrypto.submit(provider->rest, rest, others);
}
