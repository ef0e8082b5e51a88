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

static EVP_CIPHER_CTX *open_cipher(const struct work *work, const char *name, const uint8_t *key,
				   bool lean)
{
	EVP_CIPHER *fetched = EVP_CIPHER_fetch(NULL, name, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (!fetched || !ctx ||
	    EVP_CipherInit_ex2(ctx, fetched, key, NULL, !work->decrypt, NULL) != 1 ||
	    no_padding(ctx, lean) != 1)
		errx(1, "libcrypto has no %s", name);
	EVP_CIPHER_free(fetched);
	return ctx;
}

static EVP_MAC_CTX *open_mac(const struct work *work, const char *name)
{
	EVP_MAC *fetched = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(fetched);
	char digest[32];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};

	snprintf(digest, sizeof(digest), "%s", name);
	if (!ctx || EVP_MAC_init(ctx, work->mac_key, work->mac_key_len, params) != 1)
		errx(1, "libcrypto has no HMAC of %s", name);
	EVP_MAC_free(fetched);
	return ctx;
}

void bare_open(struct bare *bare, const struct work *work, const char *name, bool lean)
{
	uint8_t key[sizeof(work->key)];
	size_t i;

	bare->work = work;
	memcpy(key, work->key, sizeof(key));
	for (i = 0; i < work->sessions; i++) {
		key[0] = (uint8_t)(work->key[0] + i);
		if (work->cipher)
			bare->ciphers[i] = open_cipher(work, name, key, lean);
		else
			bare->macs[i] = open_mac(work, name);
	}
}

void bare_close(struct bare *bare)
{
	size_t i;

	for (i = 0; i < RIG_BATCH; i++) {
		EVP_CIPHER_CTX_free(bare->ciphers[i]);
		EVP_MAC_CTX_free(bare->macs[i]);
	}
}

static bool run_mac(EVP_MAC_CTX *ctx, const struct payload *payload, size_t i)
{
	size_t len;

	return EVP_MAC_init(ctx, NULL, 0, NULL) == 1 &&
	       EVP_MAC_update(ctx, payload->src[i], payload->size) == 1 &&
	       EVP_MAC_final(ctx, payload->dst[i], &len, RIG_ROOM) == 1;
}

static bool finish_aead(EVP_CIPHER_CTX *ctx, bool decrypt, const struct payload *payload, size_t i)
{
	uint8_t none;
	int done;

	if (decrypt)
		return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 16,
					   payload->src[i] + payload->size) == 1 &&
		       EVP_CipherFinal_ex(ctx, &none, &done) == 1;
	return EVP_CipherFinal_ex(ctx, &none, &done) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16,
				   payload->dst[i] + payload->size) == 1;
}

static bool run_cipher(EVP_CIPHER_CTX *ctx, const struct work *work, const struct payload *payload,
		       size_t i)
{
	int len;

	return EVP_CipherInit_ex2(ctx, NULL, NULL, work->iv, -1, NULL) == 1 &&
	       EVP_CipherUpdate(ctx, payload->dst[i], &len, payload->src[i],
				(int)payload->size) == 1 &&
	       (uint32_t)len == payload->size &&
	       (work->cipher != VCRYPTO_CIPHER_AES_GCM ||
		finish_aead(ctx, work->decrypt, payload, i));
}

void bare_run(const struct bare *bare, const struct payload *payload, size_t count)
{
	size_t sessions = bare->work->sessions, i, session;
	bool ok;

	for (i = 0; i < count; i++) {
		session = i % sessions;
		if (bare->work->cipher)
			ok = run_cipher(bare->ciphers[session], bare->work, payload, i);
		else
			ok = run_mac(bare->macs[session], payload, i);
		if (!ok)
			errx(1, "EVP failed");
	}
}
