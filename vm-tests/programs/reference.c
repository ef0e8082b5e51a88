// SPDX-License-Identifier: GPL-2.0-or-later
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "check.h"
#include "dev.h"
#include "reference.h"

const struct reference_cipher reference_ciphers[9] = {
	{ CRYPTO_AES_CBC, "cbc(aes-128)", 16, 16, "AES-128-CBC" },
	{ CRYPTO_AES_CBC, "cbc(aes-192)", 24, 16, "AES-192-CBC" },
	{ CRYPTO_AES_CBC, "cbc(aes-256)", 32, 16, "AES-256-CBC" },
	{ CRYPTO_AES_CTR, "ctr(aes-128)", 16, 1, "AES-128-CTR" },
	{ CRYPTO_AES_CTR, "ctr(aes-192)", 24, 1, "AES-192-CTR" },
	{ CRYPTO_AES_CTR, "ctr(aes-256)", 32, 1, "AES-256-CTR" },
	{ CRYPTO_AES_ECB, "ecb(aes-128)", 16, 16, "AES-128-ECB" },
	{ CRYPTO_AES_ECB, "ecb(aes-192)", 24, 16, "AES-192-ECB" },
	{ CRYPTO_AES_ECB, "ecb(aes-256)", 32, 16, "AES-256-ECB" },
};

const struct reference_mac reference_macs[8] = {
	{ CRYPTO_MD5, "md5", 0, 16, "MD5" },
	{ CRYPTO_SHA1, "sha1", 0, 20, "SHA1" },
	{ CRYPTO_SHA2_256, "sha256", 0, 32, "SHA256" },
	{ CRYPTO_SHA2_512, "sha512", 0, 64, "SHA512" },
	{ CRYPTO_MD5_HMAC, "hmac(md5)", 1, 16, "MD5" },
	{ CRYPTO_SHA1_HMAC, "hmac(sha1)", 1, 20, "SHA1" },
	{ CRYPTO_SHA2_256_HMAC, "hmac(sha256)", 1, 32, "SHA256" },
	{ CRYPTO_SHA2_384_HMAC, "hmac(sha384)", 1, 48, "SHA384" },
};

void reference_encrypt(const struct reference_cipher *cipher, const uint8_t *key, const uint8_t *iv,
		       const uint8_t *src, size_t len, uint8_t *dst)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int written;

	REQUIRE(context);
	REQUIRE(EVP_EncryptInit_ex(context, EVP_get_cipherbyname(cipher->libcrypto), NULL, key,
				   iv) == 1);
	REQUIRE(EVP_CIPHER_CTX_set_padding(context, 0) == 1);
	REQUIRE(EVP_EncryptUpdate(context, dst, &written, src, (int)len) == 1);
	REQUIRE(written == (int)len);
	EVP_CIPHER_CTX_free(context);
}

void reference_digest(const struct reference_mac *mac, const uint8_t *key, size_t keylen,
		      const uint8_t *src, size_t len, uint8_t *digest)
{
	const EVP_MD *md = EVP_get_digestbyname(mac->libcrypto);

	REQUIRE(md);
	if (mac->keyed)
		REQUIRE(HMAC(md, key, (int)keylen, src, len, digest, NULL));
	else
		REQUIRE(EVP_Digest(src, len, digest, NULL, md, NULL) == 1);
}
