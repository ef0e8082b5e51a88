// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The nettle backend at work: messages of GCM, CCM and ChaCha20-Poly1305.
 *
 * They may come in several jobs, cut anywhere, while nettle takes whole blocks until
 * the end.  A block that is not full yet is therefore
 * done again from its beginning whenever some of the rest of it has come.
 */
#include <nettle/memops.h>

#include "nettle.h"

static bool is_gcm(const struct nettle_session *session)
{
	return session->cipher->id == VCRYPTO_CIPHER_AES_GCM;
}

static bool is_ccm(const struct nettle_session *session)
{
	return session->cipher->id == VCRYPTO_CIPHER_AES_CCM;
}

static size_t block_of(const struct nettle_session *session)
{
	return session->block ? session->block->block_size : CHACHA_POLY1305_BLOCK_SIZE;
}

static enum vcrypto_status finish(struct vcrypto_job *job, const uint8_t *tag)
{
	if (!job->decrypt)
		memcpy(job->tag, tag, job->tag_len);
	else if (!memeql_sec(job->tag, tag, job->tag_len))
		return VCRYPTO_AUTH_FAILED;
	return VCRYPTO_OK;
}

/* Whole blocks, or the end of the message. */
static void stream_blocks(struct nettle_session *session, bool decrypt, uint8_t *out,
			  const uint8_t *in, size_t len)
{
	union nettle_message *message = &session->stream.now;

	if (is_gcm(session))
		(decrypt ? gcm_decrypt : gcm_encrypt)(&message->gcm, session->table,
						      &session->schedule,
						      session->block->encrypt, len, out, in);
	else if (is_ccm(session))
		(decrypt ? ccm_decrypt : ccm_encrypt)(&message->ccm, &session->schedule,
						      session->block->encrypt, len, out, in);
	else
		(decrypt ? chacha_poly1305_decrypt :
			   chacha_poly1305_encrypt)(&message->chacha, len, out, in);
}

/* The next bytes of a block, up to its end.  Returns how many. */
static size_t stream_partial(struct nettle_session *session, bool decrypt, uint8_t *out,
			     const uint8_t *in, size_t len)
{
	struct nettle_stream *stream = &session->stream;
	size_t block = block_of(session);
	uint8_t done[NETTLE_MAX_BLOCK];

	if (len > block - stream->used)
		len = block - stream->used;
	if (!stream->used)
		stream->before = stream->now;
	memcpy(stream->block + stream->used, in, len);
	stream->now = stream->before;
	stream_blocks(session, decrypt, done, stream->block, stream->used + len);
	memcpy(out, done + stream->used, len);
	vcrypto_wipe(done, sizeof(done));
	stream->used = (stream->used + len) % block;
	return len;
}

static void stream_piece(struct nettle_session *session, bool decrypt, uint8_t *out,
			 const uint8_t *in, size_t len)
{
	size_t block = block_of(session);
	size_t here = 0;

	if (session->stream.used)
		here = stream_partial(session, decrypt, out, in, len);
	if (len - here >= block) {
		size_t whole = (len - here) / block * block;

		stream_blocks(session, decrypt, out + here, in + here, whole);
		here += whole;
	}
	if (here < len)
		stream_partial(session, decrypt, out + here, in + here, len - here);
}

/* In whole blocks until the end, here too; so by way of a buffer. */
static bool gcm_aad(struct nettle_session *session, struct vcrypto_cursor aad)
{
	uint8_t buffer[16 * GCM_BLOCK_SIZE];
	size_t len;

	while (aad.left) {
		len = aad.left < sizeof(buffer) ? (size_t)aad.left : sizeof(buffer);
		if (!vcrypto_cursor_read(&aad, buffer, len))
			return false;
		gcm_update(&session->stream.now.gcm, session->table, len, buffer);
	}
	return true;
}

/* The one that has to know the lengths of everything first. */
static bool ccm_start(struct nettle_session *session, const struct vcrypto_job *job)
{
	struct nettle_stream *stream = &session->stream;
	nettle_cipher_func *encrypt = session->block->encrypt;
	uint64_t message_len = job->end ? job->src.left : job->message_len;
	const void *key = &session->schedule;
	struct vcrypto_cursor aad = job->aad;
	const uint8_t *span;
	size_t len;

	if (message_len > SIZE_MAX)
		return false;
	ccm_set_nonce(&stream->now.ccm, key, encrypt, 14u - job->iv[0], job->iv + 1,
		      (size_t)aad.left, (size_t)message_len, job->tag_len);
	while ((span = vcrypto_cursor_span(&aad, SIZE_MAX, &len)))
		ccm_update(&stream->now.ccm, key, encrypt, len, span);
	return true;
}

static void chacha_aad(struct nettle_session *session, struct vcrypto_cursor aad)
{
	const uint8_t *span;
	size_t len;

	while ((span = vcrypto_cursor_span(&aad, SIZE_MAX, &len)))
		chacha_poly1305_update(&session->stream.now.chacha, len, span);
}

static bool stream_start(struct nettle_session *session, struct vcrypto_job *job)
{
	struct nettle_stream *stream = &session->stream;

	stream->used = 0;
	if (is_ccm(session))
		return ccm_start(session, job);
	if (is_gcm(session)) {
		gcm_set_iv(&stream->now.gcm, session->table, GCM_IV_SIZE, job->iv);
		return gcm_aad(session, job->aad);
	}
	chacha_poly1305_set_nonce(&stream->now.chacha, job->iv);
	chacha_aad(session, job->aad);
	return true;
}

static enum vcrypto_status stream_finish(struct nettle_session *session, struct vcrypto_job *job)
{
	union nettle_message *message = &session->stream.now;
	uint8_t tag[GCM_DIGEST_SIZE];

	if (is_gcm(session))
		gcm_digest(&message->gcm, session->table, &session->schedule,
			   session->block->encrypt, sizeof(tag), tag);
	else if (is_ccm(session))
		ccm_digest(&message->ccm, &session->schedule, session->block->encrypt,
			   job->tag_len, tag);
	else
		chacha_poly1305_digest(&message->chacha, sizeof(tag), tag);
	return finish(job, tag);
}

enum vcrypto_status vcrypto_nettle_aead(struct nettle_session *session, struct vcrypto_job *job)
{
	struct vcrypto_walk walk;

	if (job->begin && !stream_start(session, job))
		return VCRYPTO_ERROR;
	vcrypto_walk_start(&walk, job->src, job->dst, 1);
	while (vcrypto_walk_next(&walk))
		stream_piece(session, job->decrypt, walk.out, walk.in, walk.len);
	vcrypto_walk_finish(&walk);
	return job->end ? stream_finish(session, job) : VCRYPTO_OK;
}
