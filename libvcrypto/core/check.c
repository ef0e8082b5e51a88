// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Whether an op makes sense for its session as it is now.  What is refused here has
 * changed nothing.  Each refusal names its section of docs/protocol.md.
 */
#include "internal.h"

bool vcrypto_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t difference = 0;
	size_t i;

	for (i = 0; i < len; i++)
		difference |= a[i] ^ b[i];
	return difference == 0;
}

static bool can_stream(const struct vcrypto_session *session)
{
	return session->lane->capabilities.streams & vcrypto_algorithm_bit(session->cipher->id);
}

/* A data unit, or a part of one.  What its parts have together is the driver's business. */
static enum vcrypto_status check_unit(const struct vcrypto_op *op)
{
	const struct vcrypto_session *session = op->session;

	if (!session->cipher || !session->cipher->max_unit)
		return op->more ? VCRYPTO_BAD_PARAMETER : VCRYPTO_OK;	/* 4.7.4 */
	if (op->job.src.left > session->cipher->max_unit)
		return VCRYPTO_BAD_PARAMETER;	/* 4.7.1 */
	if (op->more && !can_stream(session))
		return VCRYPTO_NOT_SUPPORTED;	/* 4.7.4 */
	return VCRYPTO_OK;
}

/* @len: bytes that are given or wanted, of an IV or a digest; or 0. */
static bool none_or_all(uint32_t len, uint32_t all)
{
	return !len || len == all;
}

/* A cipher goes on from its last IV, and a MAC that takes one within its message. */
static bool iv_ok(const struct vcrypto_op *op)
{
	const struct vcrypto_session *session = op->session;
	const struct vcrypto_mac *mac = session->mac;

	if (session->cipher)
		return none_or_all(op->iv_len, session->cipher->iv_len);
	if (!mac || (session->hash_started && !op->begin))
		return !op->iv_len;
	return op->iv_len == mac->iv_len;
}

static enum vcrypto_status check_crypt(const struct vcrypto_op *op)
{
	const struct vcrypto_session *session = op->session;
	const struct vcrypto_cipher *cipher = session->cipher;
	uint32_t iv_len = cipher ? cipher->iv_len : 0;
	uint32_t block = cipher ? cipher->block : 1;
	uint32_t digest_len = session->mac ? session->mac->digest_len : 0;
	uint64_t dst_len = cipher ? op->job.src.left : 0;
	enum vcrypto_status status;

	if (session->aead)
		return VCRYPTO_BAD_PARAMETER;	/* 4.7.1 */
	if (op->dst.left != dst_len || (op->job.src.left & (block - 1)) ||
	    !iv_ok(op) || !none_or_all(op->iv_out_len, iv_len) ||
	    !none_or_all(op->mac_len, digest_len))
		return VCRYPTO_BAD_PARAMETER;	/* 4.7.1 */
	status = check_unit(op);
	if (status == VCRYPTO_OK && session->stream_lost)
		return VCRYPTO_ERROR;	/* 4.7.3 */
	return status;
}

static bool len_first(const struct vcrypto_session *session)
{
	return session->cipher->len_first;
}

/* CCM's L bytes of length must be able to say @len (SP 800-38C, A.1). */
static bool ccm_ok(const struct vcrypto_job *job, uint64_t len)
{
	uint32_t l = (uint32_t)job->iv[0] + 1;

	return l >= 2 && l <= 8 && (l == 8 || len >> (8 * l) == 0);
}

/* CCM authenticates the tag's length before anything else, so it comes first and last. */
static bool aead_tag_ok(const struct vcrypto_op *op)
{
	const struct vcrypto_session *session = op->session;
	uint32_t len = op->job.tag_len;

	if (op->more && (!op->begin || !len_first(session)))
		return len == 0;
	return vcrypto_tag_len_ok(session->cipher, len) &&
	       (op->begin || !len_first(session) || len == session->message.tag_len);
}

/* What CCM is told of a message's length, and has been; what the counters of the others allow. */
static bool aead_len_ok(const struct vcrypto_op *op)
{
	const struct vcrypto_session *session = op->session;
	uint64_t whole = op->job.message_len;
	uint64_t len = op->job.src.left;

	if (op->more && op->begin && len_first(session))
		return ccm_ok(&op->job, whole) && len <= whole;
	if (whole)
		return false;
	if (!len_first(session))
		return len <= (op->begin ? session->cipher->max_message : session->message.left);
	if (op->begin)
		return ccm_ok(&op->job, len);
	return op->more ? len <= session->message.left : len == session->message.left;
}

static enum vcrypto_status check_continued(const struct vcrypto_op *op)
{
	const struct vcrypto_session *session = op->session;

	if (op->iv_len || op->iv_out_len || op->job.aad.left || !session->message_open ||
	    session->message_decrypt != op->job.decrypt || !aead_len_ok(op))
		return VCRYPTO_BAD_PARAMETER;	/* 4.8.2 */
	return VCRYPTO_OK;
}

static enum vcrypto_status check_begun(const struct vcrypto_op *op)
{
	uint32_t iv_len = op->session->cipher->iv_len;

	if (op->iv_len != iv_len || !none_or_all(op->iv_out_len, iv_len))
		return VCRYPTO_BAD_PARAMETER;	/* 4.8.1 */
	if (!aead_len_ok(op))
		return VCRYPTO_BAD_PARAMETER;	/* 4.8.1, 4.8.2 */
	if (op->more && !can_stream(op->session))
		return VCRYPTO_NOT_SUPPORTED;	/* 4.8.2 */
	return VCRYPTO_OK;
}

static enum vcrypto_status check_aead(const struct vcrypto_op *op)
{
	if (!op->session->aead || op->session->mac || op->dst.left != op->job.src.left ||
	    op->trailer.left)
		return VCRYPTO_BAD_PARAMETER;	/* 4.8, 4.8.1 */
	if (!aead_tag_ok(op))
		return VCRYPTO_BAD_PARAMETER;	/* 4.8.1, 4.8.2 */
	return op->begin ? check_begun(op) : check_continued(op);
}

void vcrypto_aead_done(struct vcrypto_session *session, const struct vcrypto_op *op)
{
	session->message_open = op->more;
	session->message_decrypt = op->job.decrypt;
	if (op->begin) {
		session->message.left = len_first(session) ? op->job.message_len :
							     session->cipher->max_message;
		session->message.tag_len = op->job.tag_len;
	}
	session->message.left -= op->job.src.left;
}

/* What TLS and SRTP have in common: a cipher whose IV can be carried on, and an HMAC. */
static enum vcrypto_status check_two(const struct vcrypto_op *op)
{
	const struct vcrypto_cipher *cipher = op->session->cipher;
	const struct vcrypto_mac *mac = op->session->mac;

	if (!cipher || !mac || mac->kind != VCRYPTO_KIND_HMAC ||
	    (cipher->iv_len && cipher->chaining == VCRYPTO_CHAIN_NONE) ||
	    cipher->chaining == VCRYPTO_CHAIN_STATE || op->more || !op->begin ||
	    op->job.message_len || !none_or_all(op->iv_len, cipher->iv_len) ||
	    !none_or_all(op->iv_out_len, cipher->iv_len) ||
	    op->job.tag_len < 1 || op->job.tag_len > mac->digest_len)
		return VCRYPTO_BAD_PARAMETER;	/* 4.8, 4.8.3, 4.8.4 */
	return VCRYPTO_OK;
}

static enum vcrypto_status check_tls(const struct vcrypto_op *op)
{
	enum vcrypto_status status = check_two(op);
	uint64_t dst_len = op->job.src.left;
	uint32_t block;

	if (status != VCRYPTO_OK)
		return status;
	block = op->session->cipher->block;
	if (!op->job.decrypt)
		dst_len = vcrypto_record_len((uint32_t)op->job.src.left, op->job.tag_len, block);
	else if (op->job.src.left & (block - 1))
		return VCRYPTO_BAD_PARAMETER;	/* 4.8.3 */
	if (op->dst.left != dst_len || op->trailer.left)
		return VCRYPTO_BAD_PARAMETER;	/* 4.8.3 */
	return VCRYPTO_OK;
}

static enum vcrypto_status check_srtp(const struct vcrypto_op *op)
{
	enum vcrypto_status status = check_two(op);

	if (status != VCRYPTO_OK)
		return status;
	if (op->session->aead || op->session->cipher->block != 1 ||
	    op->dst.left != op->job.src.left)
		return VCRYPTO_BAD_PARAMETER;	/* 4.8, 4.8.4 */
	return VCRYPTO_OK;
}

/* Any hash without an IV, and a cipher whose payload is not one unit. */
static enum vcrypto_status check_chain(const struct vcrypto_op *op)
{
	const struct vcrypto_cipher *cipher = op->session->cipher;
	const struct vcrypto_mac *mac = op->session->mac;

	if (op->session->aead || !cipher || !mac || cipher->max_unit ||
	    cipher->chaining == VCRYPTO_CHAIN_STATE || op->more || !op->begin ||
	    op->iv_len != cipher->iv_len || op->iv_out_len ||
	    op->mac_len != mac->digest_len || op->dst.left != op->job.src.left ||
	    (op->job.src.left & (cipher->block - 1u)))
		return VCRYPTO_BAD_PARAMETER;
	return VCRYPTO_OK;
}

enum vcrypto_status vcrypto_check(const struct vcrypto_op *op)
{
	switch (op->verb) {
	case VCRYPTO_VERB_CRYPT:
		return check_crypt(op);
	case VCRYPTO_VERB_AEAD:
		return check_aead(op);
	case VCRYPTO_VERB_TLS:
		return check_tls(op);
	case VCRYPTO_VERB_SRTP:
		return check_srtp(op);
	case VCRYPTO_VERB_CHAIN:
		return check_chain(op);
	}
	return VCRYPTO_ERROR;
}
