// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * libcrypto and Intel's multi-buffer library: each job is done by the one that is faster.
 *
 * From how many jobs on that is, which have at least so many bytes, was measured with
 * bench/break_even and bench/walk on two AMD EPYC (VAES, SHA), with AVX-512 and without: library
 * 1.3 with OpenSSL 3.0, and where the header is 2.0 with OpenSSL 3.5, which is faster at short
 * jobs, and without AVX-512 at all that CBC decrypts.
 */
#include "ipsec_mb.h"

#if IMB_VERSION_NUM >= IMB_VERSION(2, 0, 0)
#define BY_VERSION(one, two) (two)
#else
#define BY_VERSION(one, two) (one)
#endif

#define NEVER (VCRYPTO_BATCH + 1)

#define CIPHER(name, decrypt, jobs, bytes) { VCRYPTO_CIPHER_AES_##name, 0, decrypt, jobs, bytes }
#define HMAC(name, jobs, bytes) { 0, VCRYPTO_MAC_HMAC_##name, false, jobs, bytes }

static const struct ipsec_mb_rule wide[] = {
	CIPHER(CBC, false, 2, 128),
	CIPHER(CBC, false, BY_VERSION(2, 8), 64),
	CIPHER(CBC, false, BY_VERSION(2, NEVER), 0),
	CIPHER(CBC, true, 1, 128),
	CIPHER(CBC, true, BY_VERSION(1, 2), 0),
	CIPHER(CTR, false, 1, 128),
	CIPHER(CTR, false, BY_VERSION(1, 2), 64),
	CIPHER(CTR, false, BY_VERSION(1, NEVER), 0),
	CIPHER(CTR, true, 1, 128),
	CIPHER(CTR, true, BY_VERSION(1, 2), 64),
	CIPHER(CTR, true, BY_VERSION(1, NEVER), 0),
	CIPHER(GCM, false, 1, 0),
	CIPHER(GCM, true, 1, 0),
	HMAC(SHA1, BY_VERSION(3, 8), 0),
	HMAC(SHA2_224, BY_VERSION(6, 8), 0),
	HMAC(SHA2_256, BY_VERSION(6, 8), 0),
	HMAC(SHA2_384, BY_VERSION(2, 8), 0),
	HMAC(SHA2_512, BY_VERSION(2, 8), 0),
	{ .jobs = NEVER },
};

static const struct ipsec_mb_rule narrow[] = {
	CIPHER(CBC, false, 2, 128),
	CIPHER(CBC, false, BY_VERSION(8, 16), 64),
	CIPHER(CBC, false, NEVER, 0),
	CIPHER(CBC, true, BY_VERSION(1, NEVER), 128),
	CIPHER(CBC, true, BY_VERSION(2, NEVER), 0),
	CIPHER(CTR, false, NEVER, BY_VERSION(8192, 256)),
	CIPHER(CTR, false, BY_VERSION(1, 2), 128),
	CIPHER(CTR, false, 2, 64),
	CIPHER(CTR, false, NEVER, 0),
	CIPHER(CTR, true, NEVER, BY_VERSION(8192, 256)),
	CIPHER(CTR, true, BY_VERSION(1, 2), 128),
	CIPHER(CTR, true, 2, 64),
	CIPHER(CTR, true, NEVER, 0),
	CIPHER(GCM, false, 1, 0),
	CIPHER(GCM, true, 1, 0),
	HMAC(SHA1, 4, 0),
	HMAC(SHA2_224, NEVER, 8192),
	HMAC(SHA2_224, 8, 0),
	HMAC(SHA2_256, NEVER, 8192),
	HMAC(SHA2_256, 8, 0),
	HMAC(SHA2_384, 3, 0),
	HMAC(SHA2_512, 3, 0),
	{ .jobs = NEVER },
};

static bool open_faster(void *provider, struct vcrypto_capabilities *capabilities)
{
	return vcrypto_backend_ipsec_mb_open(provider, capabilities,
					     &(struct ipsec_mb_rules){ narrow, wide });
}

const struct vcrypto_backend vcrypto_backend_mixed =
	IPSEC_MB_BACKEND("mixed", open_faster);
