// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* speed --software: the same with libcrypto, on this processor. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "speed.h"

#ifdef VCRYPTO_TOOL_LIBCRYPTO
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

const bool libcrypto_built = true;

/* Ciphers by the bits of their key; MACs of a cipher by those of the cipher's. */
static const struct {
	uint32_t number;
	const char *name;	/* a pattern with bits, or "NAME:what it is made of" */
} names[] = {
	{ CRYPTO_AES_ECB, "AES-%u-ECB" }, { CRYPTO_AES_CBC, "AES-%u-CBC" },
	{ CRYPTO_AES_CTR, "AES-%u-CTR" }, { CRYPTO_AES_CFB, "AES-%u-CFB" },
	{ CRYPTO_AES_OFB, "AES-%u-OFB" }, { CRYPTO_AES_XTS, "AES-%u-XTS" },
	{ CRYPTO_3DES_CBC, "DES-EDE3-CBC" }, { CRYPTO_CAMELLIA_CBC, "CAMELLIA-%u-CBC" },
	{ CRYPTO_AES_GCM, "AES-%u-GCM" }, { CRYPTO_AES_CCM, "AES-%u-CCM" },
	{ CRYPTO_CHACHA20_POLY1305, "ChaCha20-Poly1305" },
	{ CRYPTO_MD5, "MD5" }, { CRYPTO_SHA1, "SHA1" }, { CRYPTO_RIPEMD160, "RIPEMD160" },
	{ CRYPTO_SHA2_224, "SHA2-224" }, { CRYPTO_SHA2_256, "SHA2-256" },
	{ CRYPTO_SHA2_384, "SHA2-384" }, { CRYPTO_SHA2_512, "SHA2-512" },
	{ CRYPTO_SHA3_224, "SHA3-224" }, { CRYPTO_SHA3_256, "SHA3-256" },
	{ CRYPTO_SHA3_384, "SHA3-384" }, { CRYPTO_SHA3_512, "SHA3-512" },
	{ CRYPTO_MD5_HMAC, "HMAC:MD5" }, { CRYPTO_SHA1_HMAC, "HMAC:SHA1" },
	{ CRYPTO_RIPEMD160_HMAC, "HMAC:RIPEMD160" }, { CRYPTO_SHA2_224_HMAC, "HMAC:SHA2-224" },
	{ CRYPTO_SHA2_256_HMAC, "HMAC:SHA2-256" }, { CRYPTO_SHA2_384_HMAC, "HMAC:SHA2-384" },
	{ CRYPTO_SHA2_512_HMAC, "HMAC:SHA2-512" }, { CRYPTO_SHA3_224_HMAC, "HMAC:SHA3-224" },
	{ CRYPTO_SHA3_256_HMAC, "HMAC:SHA3-256" }, { CRYPTO_SHA3_384_HMAC, "HMAC:SHA3-384" },
	{ CRYPTO_SHA3_512_HMAC, "HMAC:SHA3-512" },
	{ CRYPTO_AES_CMAC, "CMAC:AES-%u-CBC" }, { CRYPTO_AES_GMAC, "GMAC:AES-%u-GCM" },
};

struct software {
	/* Not the default one, where openssl.cnf may prefer the device to this processor. */
	OSSL_LIB_CTX *library;
	EVP_CIPHER_CTX *cipher;
	EVP_MD_CTX *hash;
	EVP_MD *md;
	EVP_MAC_CTX *mac;
	OSSL_PARAM again[2];	/* what a MAC is told for each message: GMAC's IV */
	uint8_t *data, *to;
	size_t room;
	uint8_t tag[EVP_MAX_MD_SIZE];
};

static uint8_t iv[16];

static bool name_of(const struct work *work, char *text, size_t size)
{
	unsigned int bits = (unsigned int)work->key.len * 8;

	if (work->algorithm->number == CRYPTO_AES_XTS)
		bits /= 2;
	for (size_t i = 0; i < COUNT(names); i++) {
		const char *number = strstr(names[i].name, "%u");

		if (names[i].number != work->algorithm->number)
			continue;
		if (number)
			snprintf(text, size, "%.*s%u%s", (int)(number - names[i].name),
				 names[i].name, bits, number + 2);
		else
			snprintf(text, size, "%s", names[i].name);
		return true;
	}
	return false;
}

static bool begin_cipher(const struct work *work, struct software *own, const char *name)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(own->library, name, NULL);
	bool ccm = work->algorithm->number == CRYPTO_AES_CCM;
	bool right;

	own->cipher = EVP_CIPHER_CTX_new();
	right = cipher && own->cipher &&
		EVP_CipherInit_ex2(own->cipher, cipher, NULL, NULL, !work->arguments->decrypt,
				   NULL);
	if (right && ccm)
		right = EVP_CIPHER_CTX_ctrl(own->cipher, EVP_CTRL_AEAD_SET_IVLEN, 11, NULL) > 0 &&
			EVP_CIPHER_CTX_ctrl(own->cipher, EVP_CTRL_AEAD_SET_TAG, 16,
					    work->arguments->decrypt ? own->tag : NULL) > 0;
	right = right && EVP_CipherInit_ex2(own->cipher, NULL, work->key.at, NULL, -1, NULL) &&
		EVP_CIPHER_CTX_set_padding(own->cipher, 0);
	EVP_CIPHER_free(cipher);
	return right;
}

static bool begin_hash(struct software *own, const char *name)
{
	own->hash = EVP_MD_CTX_new();
	own->md = EVP_MD_fetch(own->library, name, NULL);
	return own->hash && own->md;
}

static bool begin_mac(const struct work *work, struct software *own, char *name)
{
	char *of = strchr(name, ':');
	OSSL_PARAM params[] = { OSSL_PARAM_END, OSSL_PARAM_END };
	EVP_MAC *mac;
	bool right;

	*of++ = 0;
	mac = EVP_MAC_fetch(own->library, name, NULL);
	own->mac = EVP_MAC_CTX_new(mac);
	params[0] = OSSL_PARAM_construct_utf8_string(strcmp(name, "HMAC") ? "cipher" : "digest",
						     of, 0);
	right = own->mac && EVP_MAC_CTX_set_params(own->mac, params) &&
		EVP_MAC_init(own->mac, work->key.at, work->key.len, NULL);
	own->again[0] = OSSL_PARAM_construct_end();
	own->again[1] = OSSL_PARAM_construct_end();
	if (work->algorithm->iv_len)
		own->again[0] = OSSL_PARAM_construct_octet_string("iv", iv,
								  work->algorithm->iv_len);
	EVP_MAC_free(mac);
	return right;
}

static void software_close(struct job *job)
{
	struct software *own = job->own;

	EVP_CIPHER_CTX_free(own->cipher);
	EVP_MD_CTX_free(own->hash);
	EVP_MD_free(own->md);
	EVP_MAC_CTX_free(own->mac);
	OSSL_LIB_CTX_free(own->library);
	wipe_free(own->data, own->room);
	wipe_free(own->to, own->room);
	wipe_free(own, sizeof(*own));
}

static int software_open(struct job *job)
{
	const struct work *work = job->work;
	struct software *own;
	char name[32];
	bool right;

	if (!name_of(work, name, sizeof(name)) || work->size % work->algorithm->block)
		return EINVAL;
	own = (struct software *)(void *)allocate(sizeof(*own));
	memset(own, 0, sizeof(*own));
	own->room = work->size + EVP_MAX_BLOCK_LENGTH;
	own->data = allocate(own->room);
	own->to = allocate(own->room);
	memset(own->data, 0, own->room);
	own->library = OSSL_LIB_CTX_new();
	if (!own->library)
		right = false;
	else if (work->algorithm->kind == KIND_HASH)
		right = begin_hash(own, name);
	else if (work->algorithm->kind == KIND_MAC)
		right = begin_mac(work, own, name);
	else
		right = begin_cipher(work, own, name);
	job->own = own;
	if (!right)
		software_close(job);
	return right ? 0 : EINVAL;
}

/* The tag is wrong when it decrypts, which takes as long as a right one. */
static bool run_cipher(const struct work *work, struct software *own)
{
	bool aead = work->algorithm->kind == KIND_AEAD, decrypt = work->arguments->decrypt;
	bool ccm = work->algorithm->number == CRYPTO_AES_CCM;
	int len, rest, size = (int)work->size;

	if (!EVP_CipherInit_ex2(own->cipher, NULL, NULL, work->algorithm->iv_len ? iv : NULL, -1,
				NULL))
		return false;
	if (aead && decrypt &&
	    EVP_CIPHER_CTX_ctrl(own->cipher, EVP_CTRL_AEAD_SET_TAG, 16, own->tag) <= 0)
		return false;
	if (ccm && !EVP_CipherUpdate(own->cipher, NULL, &len, NULL, size))
		return false;
	if (!EVP_CipherUpdate(own->cipher, own->to, &len, own->data, size))
		return aead && decrypt;
	if (!EVP_CipherFinal_ex(own->cipher, own->to + len, &rest))
		return aead && decrypt;
	return !aead || decrypt ||
	       EVP_CIPHER_CTX_ctrl(own->cipher, EVP_CTRL_AEAD_GET_TAG, 16, own->tag) > 0;
}

static int software_call(struct job *job)
{
	const struct work *work = job->work;
	struct software *own = job->own;
	size_t len;
	bool right;

	if (own->hash)
		right = EVP_DigestInit_ex2(own->hash, own->md, NULL) &&
			EVP_DigestUpdate(own->hash, own->data, work->size) &&
			EVP_DigestFinal_ex(own->hash, own->tag, NULL);
	else if (own->mac)
		right = EVP_MAC_init(own->mac, NULL, 0, own->again) &&
			EVP_MAC_update(own->mac, own->data, work->size) &&
			EVP_MAC_final(own->mac, own->tag, &len, sizeof(own->tag));
	else
		right = run_cipher(work, own);
	return right ? 0 : EINVAL;
}

const struct runner software_runner = { software_open, software_call, software_close };

#else

const bool libcrypto_built;

static int no_software(struct job *job)
{
	(void)job;
	return EINVAL;
}

static void close_nothing(struct job *job)
{
	(void)job;
}

const struct runner software_runner = { no_software, no_software, close_nothing };

#endif
