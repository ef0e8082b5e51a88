// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Ops on their way through a backend: checked against their session, collected into
 * batches, run, and the session's IV carried on.
 *
 * An op is in flight until something needs it done: the caller, a second use of the
 * bounce memory, an op of several jobs, or one that goes on from the IV, the hash state
 * or the message of one that is in flight.  Then all are flushed.
 */
#include "internal.h"

size_t vcrypto_lane_size(const struct vcrypto_backend *backend)
{
	return vcrypto_aligned(sizeof(struct vcrypto_lane)) +
	       vcrypto_aligned(backend->provider_size);
}

/* Whether @capabilities has what a TLS record cipher is put together of. */
static bool has_parts(const struct vcrypto_capabilities *capabilities,
		      const struct vcrypto_cipher *record)
{
	return (capabilities->ciphers & vcrypto_algorithm_bit(record->record_cipher)) &&
	       (capabilities->macs & vcrypto_algorithm_bit(record->record_mac));
}

/* What is left of @capabilities, or follows from it. */
static uint64_t supported_ciphers(const struct vcrypto_capabilities *capabilities)
{
	const struct vcrypto_cipher *cipher;
	uint64_t supported = 0;
	uint32_t id;

	for (id = 1; (cipher = vcrypto_cipher_find(id)); id++)
		if (cipher->kind == VCRYPTO_KIND_RECORD ?
			    has_parts(capabilities, cipher) :
			    (capabilities->ciphers & vcrypto_algorithm_bit(id)) != 0)
			supported |= vcrypto_algorithm_bit(id);
	return supported;
}

static uint64_t supported_macs(void)
{
	uint64_t supported = 0;
	uint32_t id;

	for (id = 1; id < VCRYPTO_MAX_ALGORITHMS; id++)
		if (vcrypto_mac_find(id))
			supported |= vcrypto_algorithm_bit(id);
	return supported;
}

struct vcrypto_lane *vcrypto_lane_init(void *memory, const struct vcrypto_backend *backend,
				       void *bounce, size_t bounce_len)
{
	struct vcrypto_lane *lane = memory;

	if ((uintptr_t)memory % VCRYPTO_ALIGNMENT)
		return NULL;
	lane->backend = backend;
	lane->provider = (uint8_t *)memory + vcrypto_aligned(sizeof(*lane));
	lane->bounce.memory = bounce;
	lane->bounce.size = bounce_len;
	if (!backend->open(lane->provider, &lane->capabilities))
		return NULL;
	lane->capabilities.macs &= supported_macs();
	lane->capabilities.ciphers = supported_ciphers(&lane->capabilities);
	if (!backend->key_new)
		lane->capabilities.keys = 0;
	return lane;
}

void vcrypto_lane_fini(struct vcrypto_lane *lane)
{
	if (lane->backend->close)
		lane->backend->close(lane->provider);
	/* The bounce memory was wiped when it went out of use. */
	vcrypto_wipe(lane->provider, lane->backend->provider_size);
	vcrypto_wipe(lane, sizeof(*lane));
}

const struct vcrypto_backend *vcrypto_lane_backend(const struct vcrypto_lane *lane)
{
	return lane->backend;
}

const struct vcrypto_capabilities *vcrypto_lane_capabilities(const struct vcrypto_lane *lane)
{
	return &lane->capabilities;
}

struct vcrypto_traffic vcrypto_lane_traffic(const struct vcrypto_lane *lane)
{
	return lane->traffic;
}

void vcrypto_lane_set_traffic(struct vcrypto_lane *lane, struct vcrypto_traffic traffic)
{
	lane->traffic = traffic;
}

/* Whether the cipher goes on from a state of its own: the key stream of ARC4. */
static bool has_state(const struct vcrypto_session *session)
{
	return session->cipher && session->cipher->chaining == VCRYPTO_CHAIN_STATE;
}

static void count_bytes(struct vcrypto_lane *lane, const struct vcrypto_op *op)
{
	lane->traffic.bytes_in += op->job.src.left;
	lane->traffic.bytes_out += op->content_len;
}

VCRYPTO_RARE
static void finish_failed(struct vcrypto_session *session, const struct vcrypto_op *op)
{
	vcrypto_cursor_wipe(op->dst);
	session->hash_started = false;
	session->message_open = false;
	session->stream_lost = has_state(session);
}

static void finish(struct vcrypto_lane *lane, struct vcrypto_op *op)
{
	struct vcrypto_session *session = op->session;

	session->in_flight = false;
	if (op->job.status != VCRYPTO_OK) {
		finish_failed(session, op);
		return;
	}
	if (op->verb == VCRYPTO_VERB_AEAD) {
		vcrypto_aead_done(session, op);
	} else {
		session->hash_started = session->mac && !op->job.end;
		vcrypto_next_iv_after(session->cipher, &op->job, op->iv_out);
		memcpy(session->iv, op->iv_out, sizeof(session->iv));
	}
	if (lane->bounce.op == op)
		vcrypto_bounce_out(lane, op);
	count_bytes(lane, op);
}

static void submit_jobs(struct vcrypto_lane *lane)
{
	size_t count = lane->count;

	lane->count = 0;
	if (count)
		lane->backend->submit(lane->provider, lane->jobs, count);
}

void vcrypto_lane_flush(struct vcrypto_lane *lane)
{
	struct vcrypto_op *op = lane->first, *next;

	if (!op)
		return;
	submit_jobs(lane);
	if (lane->backend->flush)
		lane->backend->flush(lane->provider);
	lane->first = NULL;
	for (; op; op = next) {
		next = op->next;
		finish(lane, op);
	}
	vcrypto_bounce_wipe(lane);
}

/* vcrypto_cursor_hazard(), with the usual case inline: one segment each. */
static bool hazard(const struct vcrypto_op *op)
{
	uint64_t len = op->job.src.left, dst_len = op->dst.left;
	uintptr_t from = (uintptr_t)vcrypto_cursor_at(&op->job.src, len);
	uintptr_t to = (uintptr_t)vcrypto_cursor_at(&op->dst, dst_len);

	if (!from || !to)
		return vcrypto_cursor_hazard(op->job.src, op->dst);
	return from != to && from < to + dst_len && to < from + len;
}

static bool in_one_piece(const struct vcrypto_cursor *text)
{
	return !text->left || vcrypto_cursor_at(text, text->left);
}

static bool is_contiguous(const struct vcrypto_job *job)
{
	return in_one_piece(&job->src) && in_one_piece(&job->dst) && in_one_piece(&job->aad);
}

/* Source and destination, with any overlap that a backend could trip over removed. */
static bool place_payload(struct vcrypto_lane *lane, struct vcrypto_op *op)
{
	op->job.dst = op->dst;
	if (!hazard(op) &&
	    (!vcrypto_needs_contiguous(lane, op) || is_contiguous(&op->job)))
		return true;
	if (lane->bounce.used)
		vcrypto_lane_flush(lane);
	return vcrypto_bounce_in(lane, op);
}

static void prepare_crypt(struct vcrypto_op *op)
{
	struct vcrypto_session *session = op->session;
	struct vcrypto_job *job = &op->job;

	job->task = VCRYPTO_TASK_CRYPT;
	job->begin = op->begin || !session->hash_started;
	job->end = op->mac_len != 0;
	job->more = op->more;
	session->hash_started = session->mac && !job->end;
	if (!op->iv_len)
		memcpy(job->iv, session->iv, sizeof(job->iv));
	vcrypto_next_iv_before(session->cipher, job, op->iv_out);
}

static void prepare_aead(struct vcrypto_op *op)
{
	struct vcrypto_job *job = &op->job;

	job->task = VCRYPTO_TASK_AEAD;
	job->begin = op->begin;
	job->end = !op->more;
	job->more = false;
	memcpy(op->iv_out, job->iv, sizeof(op->iv_out));
}

/*
 * Whether @op starts from something that one in flight leaves behind: an IV, a key stream,
 * a hash state, a message.  That one may fail, and a failed hash has to start anew
 * (protocol 3.4).
 */
static bool goes_on(const struct vcrypto_op *op)
{
	const struct vcrypto_session *session = op->session;
	bool iv = session->cipher && session->cipher->iv_len && !op->iv_len;
	bool hash = session->hash_started && !(op->verb == VCRYPTO_VERB_CRYPT && op->begin);

	return iv || hash || has_state(session);
}

static void add_job(struct vcrypto_lane *lane, struct vcrypto_op *op)
{
	if (lane->count == VCRYPTO_BATCH)
		submit_jobs(lane);
	op->job.status = VCRYPTO_ERROR;
	op->session->in_flight = true;
	op->next = NULL;
	if (lane->first)
		lane->last->next = op;
	else
		lane->first = op;
	lane->last = op;
	lane->jobs[lane->count++] = &op->job;
}

static enum vcrypto_status run_jobs(struct vcrypto_op *op)
{
	switch (op->verb) {
	case VCRYPTO_VERB_TLS:
		return vcrypto_tls(op);
	case VCRYPTO_VERB_SRTP:
		return vcrypto_srtp(op);
	default:
		return vcrypto_chain(op);
	}
}

/* TLS, SRTP and chains: several jobs, at once.  Nothing is in flight. */
VCRYPTO_RARE
static void run_composed(struct vcrypto_lane *lane, struct vcrypto_op *op)
{
	struct vcrypto_session *session = op->session;
	struct vcrypto_job *job = &op->job;
	uint64_t src_len = job->src.left;
	enum vcrypto_status status;

	job->more = false;
	if (!op->iv_len)
		memcpy(job->iv, session->iv, sizeof(job->iv));
	status = run_jobs(op);
	job->status = status;
	vcrypto_bounce_wipe(lane);
	session->hash_started = false;
	if (status != VCRYPTO_OK) {
		vcrypto_cursor_wipe(op->dst);
		return;
	}
	memcpy(session->iv, job->iv, sizeof(session->iv));
	memcpy(op->iv_out, job->iv, sizeof(op->iv_out));
	lane->traffic.bytes_in += src_len;
	lane->traffic.bytes_out += op->content_len;
}

void vcrypto_lane_submit(struct vcrypto_lane *lane, struct vcrypto_op *op)
{
	bool one_job = op->verb == VCRYPTO_VERB_CRYPT || op->verb == VCRYPTO_VERB_AEAD;

	if (!one_job || (op->session->in_flight && goes_on(op)))
		vcrypto_lane_flush(lane);
	op->job.status = vcrypto_check(op);
	if (op->job.status != VCRYPTO_OK)
		return;
	if (!place_payload(lane, op)) {
		op->job.status = VCRYPTO_ERROR;
		return;
	}
	op->job.session = vcrypto_session_object(op->session);
	if (!one_job) {
		run_composed(lane, op);
		return;
	}
	if (op->verb == VCRYPTO_VERB_CRYPT)
		prepare_crypt(op);
	else
		prepare_aead(op);
	add_job(lane, op);
}

bool vcrypto_run(const struct vcrypto_session *session, struct vcrypto_job *job)
{
	const struct vcrypto_lane *lane = session->lane;

	job->status = VCRYPTO_ERROR;
	lane->backend->submit(lane->provider, &job, 1);
	if (lane->backend->flush)
		lane->backend->flush(lane->provider);
	return job->status == VCRYPTO_OK;
}

bool vcrypto_run_hash(const struct vcrypto_session *session, struct vcrypto_job *job,
		      struct vcrypto_cursor data, bool begin, bool end)
{
	job->task = VCRYPTO_TASK_HASH;
	job->src = data;
	job->dst.left = 0;
	job->begin = begin;
	job->end = end;
	return vcrypto_run(session, job);
}

bool vcrypto_run_cipher(const struct vcrypto_session *session, struct vcrypto_job *job,
			struct vcrypto_cursor src, struct vcrypto_cursor dst)
{
	uint8_t next[VCRYPTO_MAX_IV];

	job->task = VCRYPTO_TASK_CIPHER;
	job->src = src;
	job->dst = dst;
	job->begin = false;
	job->end = false;
	vcrypto_next_iv_before(session->cipher, job, next);
	if (!vcrypto_run(session, job))
		return false;
	vcrypto_next_iv_after(session->cipher, job, next);
	memcpy(job->iv, next, sizeof(job->iv));
	return true;
}
