// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The libcrypto backend at work: data units of XTS in several jobs (protocol 4.7.4).
 *
 * Each job is a call of libcrypto's own XTS.  What makes the next one go on in the
 * same unit is its IV: the block that encrypts to the tweak that has been reached.
 */
#include "libcrypto.h"
#include "xts.h"

/* Rare and short beside the job that it ends, so nothing is kept for it but the key. */
static bool one_block(const struct libcrypto_session *session, bool encrypt,
		      struct vcrypto_le64 block[2])
{
	size_t half = session->key_len / 2;
	const EVP_CIPHER *ecb = vcrypto_libcrypto_cipher(session->provider,
							 VCRYPTO_CIPHER_AES_ECB, half);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t *bytes = (uint8_t *)block;
	int len = VCRYPTO_MAX_BLOCK;
	bool ok = ctx && ecb &&
		  EVP_CipherInit_ex2(ctx, ecb, session->key + half, NULL, encrypt, NULL) == 1 &&
		  EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
		  EVP_CipherUpdate(ctx, bytes, &len, bytes, len) == 1 && len == VCRYPTO_MAX_BLOCK;

	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

bool vcrypto_libcrypto_xts_next(const struct libcrypto_session *session, struct vcrypto_job *job)
{
	struct vcrypto_le64 tweak[2];
	bool ok;

	memcpy(tweak, job->iv, sizeof(tweak));
	ok = one_block(session, true, tweak);
	vcrypto_advance_tweak(tweak, job->src.left / sizeof(tweak));
	ok = ok && one_block(session, false, tweak);
	memcpy(job->iv, tweak, sizeof(tweak));
	vcrypto_wipe(tweak, sizeof(tweak));
	return ok;
}
