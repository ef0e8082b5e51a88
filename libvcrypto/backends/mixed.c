// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * libcrypto and Intel's multi-buffer library: each job is done by the one that is faster.
 *
 * From how many jobs on that is, which have at least so many bytes, was measured with
 * bench/break_even on an AMD EPYC (VAES, AVX-512, SHA), library 1.3 and OpenSSL 3.0.  Where the
 * header is 2.0 the numbers are cautious ones: OpenSSL of that time is faster at short jobs.
 */
#include "ipsec_mb.h"

#if IMB_VERSION_NUM >= IMB_VERSION(2, 0, 0)
#define BY_VERSION(one, two) (two)
#else
#define BY_VERSION(one, two) (one)
#endif

/* The first row that fits. */
static const struct break_even {
	uint8_t cipher, mac;
	bool decrypt;
	uint32_t bytes;
	uint8_t jobs;
} break_evens[] = {
	{ VCRYPTO_CIPHER_AES_CBC, 0, false, 128, 2 },
	{ VCRYPTO_CIPHER_AES_CBC, 0, false, 0, BY_VERSION(2, 8) },
	{ VCRYPTO_CIPHER_AES_CBC, 0, true, 128, 1 },
	{ VCRYPTO_CIPHER_AES_CBC, 0, true, 0, BY_VERSION(1, 2) },
	{ VCRYPTO_CIPHER_AES_CTR, 0, false, 128, 1 },
	{ VCRYPTO_CIPHER_AES_CTR, 0, false, 0, BY_VERSION(1, 2) },
	{ VCRYPTO_CIPHER_AES_CTR, 0, true, 128, 1 },
	{ VCRYPTO_CIPHER_AES_CTR, 0, true, 0, BY_VERSION(1, 2) },
	{ VCRYPTO_CIPHER_AES_GCM, 0, false, 0, 1 },
	{ VCRYPTO_CIPHER_AES_GCM, 0, true, 0, 1 },
	{ 0, VCRYPTO_MAC_HMAC_SHA1, false, 0, BY_VERSION(3, 8) },
	{ 0, VCRYPTO_MAC_HMAC_SHA2_224, false, 0, BY_VERSION(6, 8) },
	{ 0, VCRYPTO_MAC_HMAC_SHA2_256, false, 0, BY_VERSION(6, 8) },
	{ 0, VCRYPTO_MAC_HMAC_SHA2_384, false, 0, BY_VERSION(2, 8) },
	{ 0, VCRYPTO_MAC_HMAC_SHA2_512, false, 0, BY_VERSION(2, 8) },
};

static size_t least(const struct ipsec_mb_row *row, bool decrypt, uint64_t shortest)
{
	const struct break_even *at;
	size_t i;

	for (i = 0; i < sizeof(break_evens) / sizeof(break_evens[0]); i++) {
		at = &break_evens[i];
		if (at->cipher == row->cipher && at->mac == row->mac &&
		    (row->mac || at->decrypt == decrypt) && shortest >= at->bytes)
			return at->jobs;
	}
	return VCRYPTO_BATCH + 1;
}

static void submit(void *provider, struct vcrypto_job *const *jobs, size_t count)
{
	vcrypto_backend_ipsec_mb_submit(provider, jobs, count, least);
}

const struct vcrypto_backend vcrypto_backend_mixed =
	IPSEC_MB_BACKEND("mixed", submit);
