// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The libcrypto backend at work: CCM messages in several jobs (SP 800-38C).
 *
 * libcrypto's CCM takes a message in one call.  So one that comes in parts is put
 * together of its two halves: a CBC-MAC over everything, and the counter mode.  Both
 * contexts live as long as the message.
 */
#include <openssl/crypto.h>

#include "libcrypto.h"

#define BLOCK VCRYPTO_MAX_BLOCK

/* Bytes that the CBC-MAC takes at a time: its ciphertext has to go somewhere. */
#define AT_ONCE 1024

struct libcrypto_ccm {
	EVP_CIPHER_CTX *cbc;
	EVP_CIPHER_CTX *ctr;
	uint8_t text[AT_ONCE];		/* not yet in the CBC-MAC, */
	size_t used;			/* this many bytes */
	uint8_t mac[BLOCK];		/* as far as it has come */
	uint8_t mask[BLOCK];		/* S0, for the tag */
	uint16_t tag_len;
};

void vcrypto_libcrypto_ccm_free(struct libcrypto_session *session)
{
	struct libcrypto_ccm *ccm = session->ccm;

	if (!ccm)
		return;
	EVP_CIPHER_CTX_free(ccm->cbc);
	EVP_CIPHER_CTX_free(ccm->ctr);
	OPENSSL_clear_free(ccm, sizeof(*ccm));
	session->ccm = NULL;
}

static EVP_CIPHER_CTX *keyed(const struct libcrypto_session *session, uint32_t cipher,
			     const uint8_t iv[BLOCK])
{
	const EVP_CIPHER *of = vcrypto_libcrypto_cipher(session->provider, cipher,
							session->key_len);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && of && EVP_CipherInit_ex2(ctx, of, session->key, iv, 1, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

/* The blocks that wait, the last one filled up with zeros. */
static bool mac_blocks(struct libcrypto_ccm *ccm)
{
	size_t len = (ccm->used + BLOCK - 1) / BLOCK * BLOCK;

	if (!len)
		return true;
	memset(ccm->text + ccm->used, 0, len - ccm->used);
	ccm->used = 0;
	if (!libcrypto_update(ccm->cbc, ccm->text, ccm->text, len))
		return false;
	memcpy(ccm->mac, ccm->text + len - BLOCK, BLOCK);
	return true;
}

static bool mac_bytes(struct libcrypto_ccm *ccm, const uint8_t *bytes, size_t len)
{
	size_t here;

	for (; len; bytes += here, len -= here) {
		here = AT_ONCE - ccm->used < len ? AT_ONCE - ccm->used : len;
		memcpy(ccm->text + ccm->used, bytes, here);
		ccm->used += here;
		if (ccm->used == AT_ONCE && !mac_blocks(ccm))
			return false;
	}
	return true;
}

/* B0: flags, nonce, length of the payload (A.2.1). */
static bool mac_header(struct libcrypto_ccm *ccm, const struct vcrypto_job *job)
{
	uint64_t len = job->message_len;
	uint8_t block[BLOCK];
	size_t i;

	memcpy(block, job->iv, BLOCK);
	block[0] = (uint8_t)((job->aad.left ? 0x40 : 0) | (job->tag_len - 2) / 2 << 3 | job->iv[0]);
	for (i = BLOCK - 1; i > 14u - job->iv[0]; i--, len >>= 8)
		block[i] = (uint8_t)len;
	return mac_bytes(ccm, block, sizeof(block));
}

/* Its length, itself, and zeros up to the next block (A.2.2). */
static bool mac_aad(struct libcrypto_ccm *ccm, struct vcrypto_cursor aad)
{
	uint32_t len = (uint32_t)aad.left;
	const uint8_t long_form[] = { 0xff, 0xfe, (uint8_t)(len >> 24), (uint8_t)(len >> 16),
				      (uint8_t)(len >> 8), (uint8_t)len };
	bool is_long = len >= 0xff00;
	const uint8_t *span;
	size_t here;

	if (!len)
		return true;
	if (!mac_bytes(ccm, is_long ? long_form : long_form + 4, is_long ? 6 : 2))
		return false;
	while ((span = vcrypto_cursor_span(&aad, SIZE_MAX, &here)))
		if (!mac_bytes(ccm, span, here))
			return false;
	return mac_blocks(ccm);
}

/* The counter blocks begin with that of S0 (A.3). */
static bool start(struct libcrypto_session *session, const struct vcrypto_job *job)
{
	static const uint8_t zeros[BLOCK];
	struct libcrypto_ccm *ccm = OPENSSL_zalloc(sizeof(*ccm));
	uint8_t counter[BLOCK] = { 0 };

	session->ccm = ccm;
	if (!ccm)
		return false;
	memcpy(counter, job->iv, 15u - job->iv[0]);
	ccm->tag_len = job->tag_len;
	ccm->cbc = keyed(session, VCRYPTO_CIPHER_AES_CBC, zeros);
	ccm->ctr = keyed(session, VCRYPTO_CIPHER_AES_CTR, counter);
	return ccm->cbc && ccm->ctr && libcrypto_update(ccm->ctr, ccm->mask, zeros, BLOCK) &&
	       mac_header(ccm, job) && mac_aad(ccm, job->aad);
}

/* The plaintext is authenticated, whichever side it is on. */
static bool payload(struct libcrypto_ccm *ccm, const struct vcrypto_job *job)
{
	struct vcrypto_walk walk;
	bool ok = true;

	vcrypto_walk_start(&walk, job->src, job->dst, 1);
	while (ok && vcrypto_walk_next(&walk))
		ok = (job->decrypt || mac_bytes(ccm, walk.in, walk.len)) &&
		     libcrypto_update(ccm->ctr, walk.out, walk.in, walk.len) &&
		     (!job->decrypt || mac_bytes(ccm, walk.out, walk.len));
	vcrypto_walk_finish(&walk);
	return ok;
}

static enum vcrypto_status finish(struct libcrypto_ccm *ccm, struct vcrypto_job *job)
{
	enum vcrypto_status status = VCRYPTO_OK;
	uint8_t tag[BLOCK];
	size_t i;

	if (!mac_blocks(ccm))
		return VCRYPTO_ERROR;
	for (i = 0; i < BLOCK; i++)
		tag[i] = ccm->mac[i] ^ ccm->mask[i];
	if (!job->decrypt)
		memcpy(job->tag, tag, ccm->tag_len);
	else if (CRYPTO_memcmp(job->tag, tag, ccm->tag_len))
		status = VCRYPTO_AUTH_FAILED;
	vcrypto_wipe(tag, sizeof(tag));
	return status;
}

static enum vcrypto_status run(struct libcrypto_session *session, struct vcrypto_job *job)
{
	if (job->begin && !start(session, job))
		return VCRYPTO_ERROR;
	if (!session->ccm || !payload(session->ccm, job))
		return VCRYPTO_ERROR;
	return job->end ? finish(session->ccm, job) : VCRYPTO_OK;
}

enum vcrypto_status vcrypto_libcrypto_ccm(struct libcrypto_session *session,
					  struct vcrypto_job *job)
{
	enum vcrypto_status status;

	if (job->begin)
		vcrypto_libcrypto_ccm_free(session);
	status = run(session, job);
	if (job->end || status != VCRYPTO_OK)
		vcrypto_libcrypto_ccm_free(session);
	return status;
}
