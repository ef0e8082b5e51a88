// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The libcrypto backend at work: jobs on sessions that libcrypto.c has keyed. */
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "interleave.h"
#include "libcrypto.h"

static void forget_copied(struct libcrypto_session *session)
{
	EVP_MAC_CTX_free(session->copied);
	session->copied = NULL;
}

/* With the key that it has. */
static bool mac_reset(const struct libcrypto_session *session, struct vcrypto_job *job)
{
	OSSL_PARAM params[2];

	if (!session->mac->iv_len)
		return EVP_MAC_init(session->keyed, NULL, 0, NULL) == 1;
	params[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, job->iv,
						      session->mac->iv_len);
	params[1] = OSSL_PARAM_construct_end();
	return EVP_MAC_init(session->keyed, NULL, 0, params) == 1;
}

static bool begin_hash(void *memory, struct vcrypto_job *job)
{
	struct libcrypto_session *session = memory;

	forget_copied(session);
	if (session->keyed)
		return mac_reset(session, job);
	return EVP_DigestInit_ex2(session->hash, NULL, NULL) == 1;
}

static bool hash(void *memory, const uint8_t *data, size_t len)
{
	const struct libcrypto_session *session = memory;

	if (session->copied)
		return EVP_MAC_update(session->copied, data, len) == 1;
	if (session->keyed)
		return EVP_MAC_update(session->keyed, data, len) == 1;
	return EVP_DigestUpdate(session->hash, data, len) == 1;
}

static bool end_hash(void *memory, struct vcrypto_job *job)
{
	struct libcrypto_session *session = memory;
	EVP_MAC_CTX *mac = session->copied ? session->copied : session->keyed;
	size_t mac_len;
	unsigned int len;
	bool ok;

	if (!mac)
		return EVP_DigestFinal_ex(session->hash, job->tag, &len) == 1;
	ok = EVP_MAC_final(mac, job->tag, &mac_len, VCRYPTO_MAX_DIGEST) == 1;
	forget_copied(session);
	return ok;
}

static bool begin_cipher(void *memory, struct vcrypto_job *job)
{
	struct libcrypto_session *session = memory;
	EVP_CIPHER_CTX *ctx;

	if (session->cipher->id == VCRYPTO_CIPHER_NULL)
		return true;
	ctx = libcrypto_context(session, job->decrypt);
	return ctx && (!session->cipher->iv_len || session->xts_by_ecb ||
		       EVP_CipherInit_ex2(ctx, NULL, NULL, job->iv, -1, NULL) == 1);
}

static bool transform(void *memory, struct vcrypto_job *job, uint8_t *out, const uint8_t *in,
		      size_t len)
{
	struct libcrypto_session *session = memory;

	if (session->xts_by_ecb)
		return vcrypto_libcrypto_xts(session, session->context, job->iv, out, in, len);
	if (session->context)
		return libcrypto_update(session->context, out, in, len);
	/* The NULL cipher. */
	memmove(out, in, len);
	return true;
}

/* OpenSSL 3.5 leaves an error in the queue, and yet succeeds. */
static bool updated_iv(EVP_CIPHER_CTX *ctx, uint8_t iv[VCRYPTO_MAX_IV])
{
	bool ok = EVP_CIPHER_CTX_get_updated_iv(ctx, iv, VCRYPTO_MAX_IV) == 1;

	libcrypto_forget_errors();
	return ok;
}

static bool end_cipher(void *memory, struct vcrypto_job *job)
{
	struct libcrypto_session *session = memory;

	if (job->more)
		return vcrypto_libcrypto_xts_next(session, job);
	return session->cipher->chaining != VCRYPTO_CHAIN_FEEDBACK ||
	       updated_iv(session->context, job->iv);
}

static const struct vcrypto_steps steps = {
	.begin_hash = begin_hash,
	.begin_cipher = begin_cipher,
	.transform = transform,
	.end_cipher = end_cipher,
	.hash = hash,
	.end_hash = end_hash,
	.longest = VCRYPTO_MAX_PAYLOAD,
};

static bool add_aad(EVP_CIPHER_CTX *ctx, struct vcrypto_cursor aad)
{
	const uint8_t *span;
	size_t len;
	int done;

	while ((span = vcrypto_cursor_span(&aad, SIZE_MAX, &len)))
		if (EVP_CipherUpdate(ctx, NULL, &done, span, (int)len) != 1)
			return false;
	return true;
}

static bool get_tag(EVP_CIPHER_CTX *ctx, struct vcrypto_job *job)
{
	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, job->tag_len, job->tag) == 1;
}

static bool set_tag(EVP_CIPHER_CTX *ctx, struct vcrypto_job *job)
{
	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, job->tag_len, job->tag) == 1;
}

/*
 * CCM authenticates the lengths of nonce and tag, which libcrypto has to know before
 * the key, and the length of the payload, which it has to know before the AAD.
 * Decrypting, it verifies in the one call that decrypts.
 */
static enum vcrypto_status run_ccm(struct libcrypto_session *session, struct vcrypto_job *job)
{
	EVP_CIPHER_CTX *ctx = vcrypto_libcrypto_context(session, job->decrypt);
	uint8_t none = 0;
	const uint8_t *in = job->src.left ? vcrypto_cursor_peek(&job->src, job->src.left) : &none;
	uint8_t *out = job->dst.left ? vcrypto_cursor_peek(&job->dst, job->dst.left) : &none;
	int len = (int)job->src.left;
	int nonce_len = 14 - job->iv[0];
	int done;

	if (!ctx || !in || !out ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, nonce_len, NULL) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, job->tag_len,
				job->decrypt ? job->tag : NULL) != 1 ||
	    EVP_CipherInit_ex2(ctx, NULL, session->key, job->iv + 1, -1, NULL) != 1 ||
	    EVP_CipherUpdate(ctx, NULL, &done, NULL, len) != 1 || !add_aad(ctx, job->aad))
		return VCRYPTO_ERROR;
	if (EVP_CipherUpdate(ctx, out, &done, in, len) != 1)
		return job->decrypt ? VCRYPTO_AUTH_FAILED : VCRYPTO_ERROR;
	return job->decrypt || get_tag(ctx, job) ? VCRYPTO_OK : VCRYPTO_ERROR;
}

static enum vcrypto_status finish_aead(EVP_CIPHER_CTX *ctx, struct vcrypto_job *job)
{
	uint8_t none;
	int done;

	if (job->decrypt && !set_tag(ctx, job))
		return VCRYPTO_ERROR;
	if (EVP_CipherFinal_ex(ctx, &none, &done) != 1)
		return job->decrypt ? VCRYPTO_AUTH_FAILED : VCRYPTO_ERROR;
	return job->decrypt || get_tag(ctx, job) ? VCRYPTO_OK : VCRYPTO_ERROR;
}

static enum vcrypto_status run_aead(struct libcrypto_session *session, struct vcrypto_job *job)
{
	EVP_CIPHER_CTX *ctx;

	if (session->cipher->id == VCRYPTO_CIPHER_AES_CCM)
		return job->begin && job->end ? run_ccm(session, job) :
						   vcrypto_libcrypto_ccm(session, job);
	ctx = vcrypto_libcrypto_context(session, job->decrypt);
	if (!ctx)
		return VCRYPTO_ERROR;
	if (job->begin && (EVP_CipherInit_ex2(ctx, NULL, NULL, job->iv, -1, NULL) != 1 ||
			   !add_aad(ctx, job->aad)))
		return VCRYPTO_ERROR;
	if (!vcrypto_transform(&steps, session, job, session->cipher->block))
		return VCRYPTO_ERROR;
	return job->end ? finish_aead(ctx, job) : VCRYPTO_OK;
}

/* A data unit of XTS is one call. */
static bool run_crypt(struct libcrypto_session *session, struct vcrypto_job *job)
{
	struct vcrypto_parts parts = { .cipher = session->cipher, .mac = session->mac };

	if (session->cipher && !session->cipher->max_unit)
		parts.block = session->cipher->block;
	return vcrypto_interleave(&steps, session, job, parts);
}

static enum vcrypto_status run(struct libcrypto_session *session, struct vcrypto_job *job)
{
	if (job->task == VCRYPTO_TASK_AEAD)
		return run_aead(session, job);
	return run_crypt(session, job) ? VCRYPTO_OK : VCRYPTO_ERROR;
}

/*
 * Nearly always the program has no errors of its own in the queue.  Then all that come are
 * ours, and no mark is needed, which would cost a short request that is alone a fifth of its
 * time.  Jobs that succeed leave none (see updated_iv()).
 */
VCRYPTO_FLATTEN
void vcrypto_libcrypto_submit(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	bool mark = ERR_peek_error() != 0;
	size_t i;

	(void)provider;
	if (mark)
		ERR_set_mark();
	for (i = 0; i < count; i++) {
		jobs[i]->status = run(jobs[i]->session, jobs[i]);
		if (jobs[i]->status != VCRYPTO_OK)
			libcrypto_forget_errors();
	}
	if (mark)
		ERR_pop_to_mark();
}
