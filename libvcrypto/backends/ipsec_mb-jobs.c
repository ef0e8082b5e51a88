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

/*
 * CBC goes on from block to block, so a message that is longer than a job may be is several:
 * see run_pieces().
 */
static bool has_length(const struct ipsec_mb_row *row, const struct vcrypto_job *job)
{
	return job->src.left && (job->src.left <= row->longest || row->mode == IMB_CIPHER_CBC);
}

/* The keys come last: who makes them wants to use them. */
static bool is_possible(IMB_MGR *mgr, struct ipsec_mb_session *session,
			const struct vcrypto_job *job)
{
	const struct ipsec_mb_row *row = session->row;

	return has_length(row, job) && is_whole(session, job) && in_one_piece(&job->src) &&
	       in_one_piece(&job->dst) && in_one_piece(&job->aad) &&
	       (row->mode != IMB_CIPHER_CNTR || counter_fits(job)) &&
	       (session->ready || vcrypto_backend_ipsec_mb_key(mgr, session));
}

/* How many jobs are enough, if none is shorter. */
static size_t enough(const struct ipsec_mb_session *session, bool decrypt, uint64_t shortest)
{
	const struct ipsec_mb_rule *rule = session->rules[decrypt];

	while (shortest < rule->bytes)
		rule++;
	return rule->jobs;
}

static bool are_alike(const struct vcrypto_job *one, const struct vcrypto_job *other)
{
	const struct ipsec_mb_session *a = one->session, *b = other->session;

	return a->row == b->row && a->rest.key_len == b->rest.key_len &&
	       one->decrypt == other->decrypt;
}

/* From @done bytes on, after which the last block of ciphertext is the IV. */
static void fill_cipher(IMB_JOB *job, const struct ipsec_mb_session *session,
			struct vcrypto_job *from, uint64_t done)
{
	uint64_t len = from->src.left;
	uint8_t *dst = vcrypto_cursor_at(&from->dst, len);

	job->key_len_in_bytes = session->rest.key_len;
	job->enc_keys = session->keys.aes->encrypt;
	job->dec_keys = session->keys.aes->decrypt;
	job->iv = done ? dst + done - 16 : from->iv;
	job->iv_len_in_bytes = 16;
	job->src = vcrypto_cursor_at(&from->src, len) + done;
	job->dst = dst + done;
	job->msg_len_to_cipher_in_bytes = len - done;
}

static void fill_hmac(IMB_JOB *job, const struct ipsec_mb_session *session,
		      struct vcrypto_job *from)
{
	job->u.HMAC._hashed_auth_key_xor_ipad = session->keys.hmac->inner;
	job->u.HMAC._hashed_auth_key_xor_opad = session->keys.hmac->outer;
	job->src = vcrypto_cursor_at(&from->src, from->src.left);
	job->msg_len_to_hash_in_bytes = from->src.left;
	job->auth_tag_output = from->tag;
	job->auth_tag_output_len_in_bytes = session->rest.mac->digest_len;
}

/* Of a structure that is zeros, or was filled by this before. */
static void fill(IMB_JOB *job, struct vcrypto_job *from, uint64_t done)
{
	const struct ipsec_mb_session *session = from->session;
	const struct ipsec_mb_row *row = session->row;

	job->cipher_mode = row->mode;
	job->hash_alg = row->hash;
	job->cipher_direction = from->decrypt ? IMB_DIR_DECRYPT : IMB_DIR_ENCRYPT;
	job->chain_order = row->mac ? IMB_ORDER_HASH_CIPHER : IMB_ORDER_CIPHER_HASH;
	if (row->mac)
		fill_hmac(job, session, from);
	else
		fill_cipher(job, session, from, done);
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

/* The first @count of a group, from @done bytes on; false if it refuses one, and does none. */
static bool run_burst(struct ipsec_mb_provider *provider, const struct group *group, size_t count,
		      uint64_t done, uint64_t longest)
{
	const struct vcrypto_job *first = group->jobs[group->numbers[0]];
	const struct ipsec_mb_session *session = first->session;
	const struct ipsec_mb_row *row = session->row;
	IMB_CIPHER_DIRECTION direction = first->decrypt ? IMB_DIR_DECRYPT : IMB_DIR_ENCRYPT;
	IMB_JOB *jobs = row->mac ? provider->macs : provider->ciphers;
	size_t i;

	for (i = 0; i < count; i++) {
		fill(&jobs[i], group->jobs[group->numbers[i]], done);
		if (jobs[i].msg_len_to_cipher_in_bytes > longest)
			jobs[i].msg_len_to_cipher_in_bytes = longest;
	}
	if (row->mac)
		return IMB_SUBMIT_HASH_BURST(provider->manager, jobs, (uint32_t)count, row->hash);
	return IMB_SUBMIT_CIPHER_BURST(provider->manager, jobs, (uint32_t)count, row->mode,
				       direction, session->rest.key_len);
}

/*
 * All in one call, which costs half as much as a call for each; then what the long ones have
 * left, in another.  False if it refuses one of them, then nothing has been done.
 *
 * What CBC decrypts waits for no other jobs, and may be of any length.
 */
static bool run_pieces(struct ipsec_mb_provider *provider, const struct group *group)
{
	const struct vcrypto_job *first = group->jobs[group->numbers[0]];
	const struct ipsec_mb_row *row = ((const struct ipsec_mb_session *)first->session)->row;
	uint64_t longest = first->decrypt ? VCRYPTO_MAX_PAYLOAD : row->longest, done = 0;
	size_t left = group->count;

	while (left && run_burst(provider, group, left, done, longest)) {
		done += longest;
		while (left && length(group, left - 1) <= done)
			group->jobs[group->numbers[--left]]->status = VCRYPTO_OK;
	}
	/* Those of which there is more have failed, as the lane has preset it. */
	return done;
}

static aes_gcm_enc_dec_t find_gcm(const IMB_MGR *mgr, size_t key_len, bool decrypt)
{
	if (key_len == 16)
		return decrypt ? mgr->gcm128_dec : mgr->gcm128_enc;
	if (key_len == 24)
		return decrypt ? mgr->gcm192_dec : mgr->gcm192_enc;
	return decrypt ? mgr->gcm256_dec : mgr->gcm256_enc;
}

/* The whole tag is computed: a shorter one is the start of it (SP 800-38D, 7.1). */
static enum vcrypto_status judge_tag(struct vcrypto_job *job, const uint8_t *tag)
{
	if (!job->decrypt) {
		memcpy(job->tag, tag, job->tag_len);
		return VCRYPTO_OK;
	}
	return CRYPTO_memcmp(job->tag, tag, job->tag_len) ? VCRYPTO_AUTH_FAILED : VCRYPTO_OK;
}

/* Without jobs of the library's: it would do one after the other as well. */
static bool run_gcm(struct ipsec_mb_provider *provider, const struct group *group)
{
	struct vcrypto_job *job = group->jobs[group->numbers[0]];
	const struct ipsec_mb_session *session = job->session;
	aes_gcm_enc_dec_t run = find_gcm(provider->manager, session->rest.key_len, job->decrypt);
	size_t i;

	for (i = 0; i < group->count; i++) {
		job = group->jobs[group->numbers[i]];
		session = job->session;
		run(session->keys.gcm, &provider->gcm.context,
		    vcrypto_cursor_at(&job->dst, job->src.left),
		    vcrypto_cursor_at(&job->src, job->src.left), job->src.left, job->iv,
		    job->aad.left ? vcrypto_cursor_at(&job->aad, job->aad.left) : job->iv,
		    job->aad.left, provider->gcm.tag, sizeof(provider->gcm.tag));
		job->status = judge_tag(job, provider->gcm.tag);
	}
	/* Key stream, and the right tag of a message that was not. */
	OPENSSL_cleanse(&provider->gcm, sizeof(provider->gcm));
	return true;
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

/* Of a sorted group: how many of the first the library is to leave to libcrypto. */
static size_t count_left(const struct ipsec_mb_provider *provider, const struct group *group)
{
	const struct vcrypto_job *first = group->jobs[group->numbers[0]];
	const struct ipsec_mb_session *session = first->session;
	size_t needed = enough(session, first->decrypt, length(group, group->count - 1));
	size_t lanes = session->row->lanes[provider->wide], leave = 0, count, beyond;

	/* What CBC decrypts waits for nothing. */
	if (session->row->cipher && first->decrypt)
		lanes = 0;
	if (lanes && needed > 1)
		leave = count_long(group);
	count = group->count - leave;
	if (count < needed)
		return group->count;
	beyond = lanes ? count % lanes : 0;
	return beyond < needed ? leave + beyond : leave;
}

/* Bits of those that are done. */
static uint32_t run_alike(struct ipsec_mb_provider *provider, struct group *group)
{
	const struct vcrypto_job *first = group->jobs[group->numbers[0]];
	const struct ipsec_mb_session *session = first->session;
	size_t leave, i;
	uint32_t done = 0;

	sort(group);
	leave = count_left(provider, group);
	group->count -= leave;
	if (!group->count)
		return 0;
	memmove(group->numbers, group->numbers + leave, group->count);
	if (!(session->row->mode == IMB_CIPHER_GCM ? run_gcm : run_pieces)(provider, group))
		return 0;
	for (i = 0; i < group->count; i++)
		done |= UINT32_C(1) << group->numbers[i];
	return done;
}

/* Whether there may be enough jobs like this one among @count. */
static inline bool is_thinkable(const struct vcrypto_job *job, size_t count)
{
	const struct ipsec_mb_session *session = job->session;

	return count >= session->fewest[job->decrypt] &&
	       count >= enough(session, job->decrypt, job->src.left);
}

/* Apart, so that submit() needs no stack of its own. */
static __attribute__((noinline)) void run_mixed(struct ipsec_mb_provider *provider,
						struct vcrypto_job *const *jobs, size_t count)
{
	struct batch batch = { .jobs = jobs, .count = count };
	struct vcrypto_job *rest[VCRYPTO_BATCH];
	uint32_t taken = 0;
	struct group group;
	size_t i, others = 0;

	for (i = 0; i < count && provider->manager; i++)
		if (is_thinkable(jobs[i], count))
			batch.possible |= (uint32_t)is_possible(provider->manager,
								jobs[i]->session, jobs[i]) << i;
	while (batch.possible) {
		take_alike(&batch, &group);
		taken |= run_alike(provider, &group);
	}
	for (i = 0; i < count; i++)
		if (!(taken >> i & 1))
			rest[others++] = jobs[i];
	if (others)
		vcrypto_backend_libcrypto.submit(provider->rest, rest, others);
}

/* What is libcrypto's altogether is to cost next to nothing more than there. */
void vcrypto_backend_ipsec_mb_submit(void *memory, struct vcrypto_job *const *jobs, size_t count)
{
	struct ipsec_mb_provider *provider = memory;
	size_t i;

	for (i = 0; i < count; i++) {
		if (is_thinkable(jobs[i], count)) {
			run_mixed(provider, jobs, count);
			return;
		}
	}
	vcrypto_backend_libcrypto.submit(provider->rest, jobs, count);
}
