// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What can be known of a session, hash states that go from one to another, and sessions
 * that are asymmetric keys: those are made here, and their jobs run.
 */
#include "internal.h"

struct vcrypto_lane *vcrypto_session_lane(const struct vcrypto_session *session)
{
	return session->lane;
}

const struct vcrypto_cipher *vcrypto_session_cipher(const struct vcrypto_session *session)
{
	return session->aead ? session->aead : session->cipher;
}

const struct vcrypto_mac *vcrypto_session_mac(const struct vcrypto_session *session)
{
	return session->aead ? NULL : session->mac;
}

uint32_t vcrypto_session_weight(const struct vcrypto_session *session)
{
	return vcrypto_weight(session->cipher, session->mac);
}

/* So that there is a state to copy, with the session's key in it, even if it has no data yet. */
static bool start_hash(struct vcrypto_session *session)
{
	struct vcrypto_job job = { .session = vcrypto_session_object(session) };

	if (!session->hash_started)
		session->hash_started = vcrypto_run_hash(session, &job, job.src, true, false);
	return session->hash_started;
}

enum vcrypto_status vcrypto_store_copy_hash(struct vcrypto_store *store, uint32_t context,
					    uint32_t to_handle, uint32_t from_handle)
{
	struct vcrypto_session *to = vcrypto_store_find(store, context, to_handle);
	struct vcrypto_session *from = vcrypto_store_find(store, context, from_handle);
	const struct vcrypto_lane *lane;

	if (!to || !from)
		return VCRYPTO_NO_SESSION;	/* 4.6 */
	if (to == from || !to->mac || to->mac != from->mac || to->aead || from->aead ||
	    to->lane != from->lane)
		return VCRYPTO_BAD_PARAMETER;	/* 4.6 */
	lane = to->lane;
	if (!lane->backend->hash_copy)
		return VCRYPTO_NOT_SUPPORTED;
	to->hash_started = false;
	/* A message that wants an IV is not begun without it, so there is none to copy. */
	if (from->mac->iv_len && !from->hash_started)
		return VCRYPTO_OK;
	if (start_hash(from))
		to->hash_started = lane->backend->hash_copy(lane->provider,
							    vcrypto_session_object(to),
							    vcrypto_session_object(from));
	return to->hash_started ? VCRYPTO_OK : VCRYPTO_ERROR;
}

/* --- asymmetric keys --- */

static bool is_offered(const struct vcrypto_lane *lane, uint32_t kind)
{
	return kind && kind < 32 && lane->capabilities.keys >> kind & 1;
}

enum vcrypto_status vcrypto_key_make(struct vcrypto_lane *lane, struct vcrypto_session *session,
				     const struct vcrypto_key_request *request)
{
	struct vcrypto_key_spec spec = request->spec;
	enum vcrypto_status status;

	if (!is_offered(lane, spec.kind))
		return VCRYPTO_NOT_SUPPORTED;
	if (!request->der_len || request->der_len > VCRYPTO_MAX_DER)
		return VCRYPTO_BAD_KEY;
	if (spec.der.left < request->der_len)
		return VCRYPTO_BAD_REQUEST;
	spec.der.left = request->der_len;
	status = lane->backend->key_new(lane->provider, vcrypto_session_object(session), &spec);
	session->is_key = true;
	session->key.kind = (uint8_t)spec.kind;
	session->key.padding = (uint8_t)spec.padding;
	session->key.has_private = spec.has_private;
	return status;
}

/* Whether keys of this kind, with this padding, do that. */
static bool does(const struct vcrypto_session *key, enum vcrypto_key_verb verb)
{
	bool signature = verb == VCRYPTO_KEY_SIGN || verb == VCRYPTO_KEY_VERIFY;

	if (key->key.kind == VCRYPTO_KEY_ECDSA)
		return signature;
	/* A number as it is would sign whatever somebody has made of others' signatures. */
	return !signature || key->key.padding != VCRYPTO_PADDING_NONE;
}

enum vcrypto_status vcrypto_key_check(const struct vcrypto_session *key,
				      const struct vcrypto_key_job *job)
{
	if (!does(key, job->verb))
		return VCRYPTO_NOT_SUPPORTED;
	if (!key->key.has_private &&
	    (job->verb == VCRYPTO_KEY_DECRYPT || job->verb == VCRYPTO_KEY_SIGN))
		return VCRYPTO_BAD_PARAMETER;
	if (job->src_len > sizeof(job->src) || job->digest_len > sizeof(job->digest))
		return VCRYPTO_BAD_PARAMETER;
	return VCRYPTO_OK;
}

struct vcrypto_key vcrypto_key_of(const struct vcrypto_session *key)
{
	return (struct vcrypto_key){
		key->lane->backend, key->lane->provider, vcrypto_session_object(key),
	};
}

size_t vcrypto_key_copy_size(const struct vcrypto_key *key)
{
	return vcrypto_aligned(key->backend->key_size);
}

bool vcrypto_key_copy(const struct vcrypto_key *key, void *memory, struct vcrypto_key *copy)
{
	*copy = (struct vcrypto_key){ key->backend, key->provider, memory };
	return key->backend->key_copy(key->provider, memory, key->object);
}

void vcrypto_key_copy_free(struct vcrypto_key *copy)
{
	copy->backend->key_free(copy->provider, copy->object);
	vcrypto_wipe(copy->object, copy->backend->key_size);
}

void vcrypto_key_run(const struct vcrypto_key *key, struct vcrypto_key_job *job)
{
	job->status = VCRYPTO_ERROR;
	job->dst_len = 0;
	key->backend->key_run(key->provider, key->object, job);
	if (job->status == VCRYPTO_OK)
		return;
	job->dst_len = 0;
	vcrypto_wipe(job->dst, sizeof(job->dst));
}
