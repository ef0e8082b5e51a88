// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <err.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include "bare.h"

static int no_padding(EVP_CIPHER_CTX *ctx, bool lean)
{
	unsigned int padding = 0;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_uint(OSSL_CIPHER_PARAM_PADDING, &padding),
		OSSL_PARAM_construct_end(),
	};

	return lean ? EVP_CIPHER_CTX_set_params(ctx, params) : EVP_CIPHER_CTX_set_padding(ctx, 0);
}

EVP_CIPHER_CTX *bare_open(const struct work *work, const char *cipher, bool lean)
{
	EVP_CIPHER *fetched = EVP_CIPHER_fetch(NULL, cipher, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (!fetched || !ctx ||
	    EVP_CipherInit_ex2(ctx, fetched, work->key, NULL, !work->decrypt, NULL) != 1 ||
	    no_padding(ctx, lean) != 1)
		errx(1, "libcrypto has no %s", cipher);
	EVP_CIPHER_free(fetched);
	return ctx;
}

void bare_run(EVP_CIPHER_CTX *ctx, const struct work *work, const struct payload *payload,
	      size_t count)
{
	size_t i;
	int len;

	for (i = 0; i < count; i++)
		if (EVP_CipherInit_ex2(ctx, NULL, NULL, work->iv, -1, NULL) != 1 ||
		    EVP_CipherUpdate(ctx, payload->dst[i], &len, payload->src[i],
				     (int)payload->size) != 1 ||
		    (uint32_t)len != payload->size)
			errx(1, "EVP failed");
}
