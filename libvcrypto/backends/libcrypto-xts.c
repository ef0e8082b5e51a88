// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The libcrypto backend at work: XTS where libcrypto's own is not enough.
 *
 * With some keys it has to be made of single blocks.  And a data unit in several jobs
 * (protocol 4.7.4) needs an IV with which the next job goes on in the same unit: the
 * block that encrypts to the tweak that has been reached.
 */
#include "libcrypto.h"
#include "xts.h"

/* Blocks that are done at a time. */
#define BLOCKS 32

/* AES for single blocks, with the second half of the key. */
static EVP_CIPHER_CTX *second_half(const struct libcrypto_session *session, bool encrypt)
{
	size_t half = session->key_len / 2;
	const EVP_CIPHER *ecb = vcrypto_libcrypto_cipher(session->provider,
							 VCRYPTO_CIPHER_AES_ECB, half);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && ecb &&
	    EVP_CipherInit_ex2(ctx, ecb, session->key + half, NULL, encrypt, NULL) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

static bool first_tweak(struct libcrypto_session *session, const uint8_t iv[VCRYPTO_MAX_IV],
			struct vcrypto_le64 tweak[2])
{
	if (!session->tweak)
		session->tweak = second_half(session, true);
	return session->tweak && libcrypto_update(session->tweak, (uint8_t *)tweak, iv,
						  VCRYPTO_MAX_IV);
}

static void xor(uint8_t *out, const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): is set */
		out[i] = a[i] ^ b[i];
}

bool vcrypto_libcrypto_xts(struct libcrypto_session *session, EVP_CIPHER_CTX *ctx,
			   const uint8_t iv[VCRYPTO_MAX_IV], uint8_t *out, const uint8_t *in,
			   size_t len)
{
	struct vcrypto_le64 tweak[2], tweaks[BLOCKS][2];
	uint8_t text[sizeof(tweaks)];
	size_t at, here, i;
	bool ok = first_tweak(session, iv, tweak);

	for (at = 0; ok && at < len; at += here) {
		here = len - at < sizeof(text) ? len - at : sizeof(text);
		for (i = 0; i < here / sizeof(tweak); i++) {
			memcpy(tweaks[i], tweak, sizeof(tweak));
			vcrypto_next_tweak(tweak);
		}
		xor(text, in + at, (const uint8_t *)tweaks, here);
		ok = libcrypto_update(ctx, text, text, here);
		xor(out + at, text, (const uint8_t *)tweaks, here);
	}
	vcrypto_wipe(tweak, sizeof(tweak));
	vcrypto_wipe(tweaks, sizeof(tweaks));
	vcrypto_wipe(text, sizeof(text));
	return ok;
}

/* Rare and short beside the job that it ends, so no context is kept to decrypt. */
bool vcrypto_libcrypto_xts_next(struct libcrypto_session *session, struct vcrypto_job *job)
{
	EVP_CIPHER_CTX *back = second_half(session, false);
	struct vcrypto_le64 tweak[2];
	bool ok = back && first_tweak(session, job->iv, tweak);

	if (ok) {
		vcrypto_advance_tweak(tweak, job->src.left / sizeof(tweak));
		ok = libcrypto_update(back, job->iv, (const uint8_t *)tweak, sizeof(tweak));
	}
	vcrypto_wipe(tweak, sizeof(tweak));
	EVP_CIPHER_CTX_free(back);
	return ok;
}
