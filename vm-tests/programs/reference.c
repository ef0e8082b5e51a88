// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "check.h"
#include "dev.h"
#include "reference.h"

const struct reference_cipher reference_ciphers[REFERENCE_CIPHERS] = {
	{ CRYPTO_AES_CBC, "cbc(aes-128)", 16, 16, "AES-128-CBC", 16 },
	{ CRYPTO_AES_CBC, "cbc(aes-192)", 24, 16, "AES-192-CBC", 16 },
	{ CRYPTO_AES_CBC, "cbc(aes-256)", 32, 16, "AES-256-CBC", 16 },
	{ CRYPTO_AES_CTR, "ctr(aes-128)", 16, 1, "AES-128-CTR", 16 },
	{ CRYPTO_AES_CTR, "ctr(aes-192)", 24, 1, "AES-192-CTR", 16 },
	{ CRYPTO_AES_CTR, "ctr(aes-256)", 32, 1, "AES-256-CTR", 16 },
	{ CRYPTO_AES_ECB, "ecb(aes-128)", 16, 16, "AES-128-ECB", 0 },
	{ CRYPTO_AES_ECB, "ecb(aes-192)", 24, 16, "AES-192-ECB", 0 },
	{ CRYPTO_AES_ECB, "ecb(aes-256)", 32, 16, "AES-256-ECB", 0 },
	{ CRYPTO_NULL, "ecb(cipher_null)", 0, 1, NULL, 0 },
	{ CRYPTO_AES_CFB, "cfb(aes-128)", 16, 1, "AES-128-CFB", 16 },
	{ CRYPTO_AES_CFB, "cfb(aes-192)", 24, 1, "AES-192-CFB", 16 },
	{ CRYPTO_AES_CFB, "cfb(aes-256)", 32, 1, "AES-256-CFB", 16 },
	{ CRYPTO_AES_OFB, "ofb(aes-128)", 16, 1, "AES-128-OFB", 16 },
	{ CRYPTO_AES_OFB, "ofb(aes-192)", 24, 1, "AES-192-OFB", 16 },
	{ CRYPTO_AES_OFB, "ofb(aes-256)", 32, 1, "AES-256-OFB", 16 },
	{ CRYPTO_AES_XTS, "xts(aes-128)", 32, 16, "AES-128-XTS", 16 },
	{ CRYPTO_AES_XTS, "xts(aes-256)", 64, 16, "AES-256-XTS", 16 },
	{ CRYPTO_CAMELLIA_CBC, "cbc(camellia-128)", 16, 16, "CAMELLIA-128-CBC", 16 },
	{ CRYPTO_CAMELLIA_CBC, "cbc(camellia-192)", 24, 16, "CAMELLIA-192-CBC", 16 },
	{ CRYPTO_CAMELLIA_CBC, "cbc(camellia-256)", 32, 16, "CAMELLIA-256-CBC", 16 },
	{ CRYPTO_DES_CBC, "cbc(des)", 8, 8, "DES-CBC", 8 },
	{ CRYPTO_3DES_CBC, "cbc(des3_ede)", 24, 8, "DES-EDE3-CBC", 8 },
	{ CRYPTO_BLF_CBC, "cbc(blowfish), 4 bytes", 4, 8, "BF-CBC", 8 },
	{ CRYPTO_BLF_CBC, "cbc(blowfish), 5 bytes", 5, 8, "BF-CBC", 8 },
	{ CRYPTO_BLF_CBC, "cbc(blowfish), 15 bytes", 15, 8, "BF-CBC", 8 },
	{ CRYPTO_BLF_CBC, "cbc(blowfish), 16 bytes", 16, 8, "BF-CBC", 8 },
	{ CRYPTO_BLF_CBC, "cbc(blowfish), 55 bytes", 55, 8, "BF-CBC", 8 },
	{ CRYPTO_BLF_CBC, "cbc(blowfish), 56 bytes", 56, 8, "BF-CBC", 8 },
	{ CRYPTO_CAST_CBC, "cbc(cast5), 5 bytes", 5, 8, "CAST5-CBC", 8 },
	{ CRYPTO_CAST_CBC, "cbc(cast5), 10 bytes", 10, 8, "CAST5-CBC", 8 },
	{ CRYPTO_CAST_CBC, "cbc(cast5), 11 bytes", 11, 8, "CAST5-CBC", 8 },
	{ CRYPTO_CAST_CBC, "cbc(cast5), 16 bytes", 16, 8, "CAST5-CBC", 8 },
};

const struct reference_mac reference_macs[REFERENCE_MACS] = {
	{ CRYPTO_MD5, "md5", 0, 16, "MD5" },
	{ CRYPTO_SHA1, "sha1", 0, 20, "SHA1" },
	{ CRYPTO_SHA2_256, "sha256", 0, 32, "SHA256" },
	{ CRYPTO_SHA2_512, "sha512", 0, 64, "SHA512" },
	{ CRYPTO_MD5_HMAC, "hmac(md5)", 1, 16, "MD5" },
	{ CRYPTO_SHA1_HMAC, "hmac(sha1)", 1, 20, "SHA1" },
	{ CRYPTO_SHA2_256_HMAC, "hmac(sha256)", 1, 32, "SHA256" },
	{ CRYPTO_SHA2_384_HMAC, "hmac(sha384)", 1, 48, "SHA384" },
	{ CRYPTO_SHA2_224, "sha224", 0, 28, "SHA224" },
	{ CRYPTO_SHA2_384, "sha384", 0, 48, "SHA384" },
	{ CRYPTO_RIPEMD160, "rmd160", 0, 20, "RIPEMD160" },
	{ CRYPTO_SHA3_224, "sha3-224", 0, 28, "SHA3-224" },
	{ CRYPTO_SHA3_256, "sha3-256", 0, 32, "SHA3-256" },
	{ CRYPTO_SHA3_384, "sha3-384", 0, 48, "SHA3-384" },
	{ CRYPTO_SHA3_512, "sha3-512", 0, 64, "SHA3-512" },
	{ CRYPTO_SHA2_224_HMAC, "hmac(sha224)", 1, 28, "SHA224" },
	{ CRYPTO_SHA2_512_HMAC, "hmac(sha512)", 1, 64, "SHA512" },
	{ CRYPTO_RIPEMD160_HMAC, "hmac(rmd160)", 1, 20, "RIPEMD160" },
	{ CRYPTO_SHA3_224_HMAC, "hmac(sha3-224)", 1, 28, "SHA3-224" },
	{ CRYPTO_SHA3_256_HMAC, "hmac(sha3-256)", 1, 32, "SHA3-256" },
	{ CRYPTO_SHA3_384_HMAC, "hmac(sha3-384)", 1, 48, "SHA3-384" },
	{ CRYPTO_SHA3_512_HMAC, "hmac(sha3-512)", 1, 64, "SHA3-512" },
	{ CRYPTO_AES_CMAC, "cmac(aes)", 1, 16, NULL },
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static OSSL_LIB_CTX *library;

static void load(void)
{
	library = OSSL_LIB_CTX_new();
	REQUIRE(library);
	REQUIRE(OSSL_PROVIDER_load(library, "default"));
	if (!OSSL_PROVIDER_load(library, "legacy"))
		check_note("libcrypto has no legacy provider here");
}

static OSSL_LIB_CTX *context(void)
{
	REQUIRE(pthread_once(&once, load) == 0);
	return library;
}

bool reference_has_cipher(const struct reference_cipher *cipher)
{
	EVP_CIPHER *found = NULL;

	if (cipher->libcrypto)
		found = EVP_CIPHER_fetch(context(), cipher->libcrypto, NULL);
	EVP_CIPHER_free(found);
	return found || !cipher->libcrypto;
}

bool reference_has_mac(const struct reference_mac *mac)
{
	EVP_MD *found;

	if (!mac->libcrypto)
		return true;
	found = EVP_MD_fetch(context(), mac->libcrypto, NULL);
	EVP_MD_free(found);
	return found;
}

uint32_t reference_keylen(const struct reference_mac *mac, uint32_t any)
{
	if (!mac->keyed)
		return 0;
	return mac->libcrypto ? any : 16 + 8 * (any % 3);
}

static void crypt_with(const struct reference_cipher *cipher, const uint8_t *key,
		       const uint8_t *iv, int encrypt, const uint8_t *src, size_t len, uint8_t *dst)
{
	EVP_CIPHER_CTX *state = EVP_CIPHER_CTX_new();
	EVP_CIPHER *type;
	int written = 0;

	if (!cipher->libcrypto) {
		memmove(dst, src, len);
		EVP_CIPHER_CTX_free(state);
		return;
	}
	type = EVP_CIPHER_fetch(context(), cipher->libcrypto, NULL);
	REQUIRE(state && type);
	REQUIRE(EVP_CipherInit_ex2(state, type, NULL, NULL, encrypt, NULL) == 1);
	REQUIRE(EVP_CIPHER_CTX_set_key_length(state, (int)cipher->keylen) == 1);
	REQUIRE(EVP_CipherInit_ex2(state, NULL, key, iv, encrypt, NULL) == 1);
	REQUIRE(EVP_CIPHER_CTX_set_padding(state, 0) == 1);
	if (len)
		REQUIRE(EVP_CipherUpdate(state, dst, &written, src, (int)len) == 1);
	REQUIRE(written == (int)len);
	EVP_CIPHER_CTX_free(state);
	EVP_CIPHER_free(type);
}

void reference_encrypt(const struct reference_cipher *cipher, const uint8_t *key, const uint8_t *iv,
		       const uint8_t *src, size_t len, uint8_t *dst)
{
	crypt_with(cipher, key, iv, 1, src, len, dst);
}

void reference_decrypt(const struct reference_cipher *cipher, const uint8_t *key, const uint8_t *iv,
		       const uint8_t *src, size_t len, uint8_t *dst)
{
	crypt_with(cipher, key, iv, 0, src, len, dst);
}

void reference_digest(const struct reference_mac *mac, const uint8_t *key, size_t keylen,
		      const uint8_t *src, size_t len, uint8_t *digest)
{
	static const char *const aes[] = { "AES-128-CBC", "AES-192-CBC", "AES-256-CBC" };
	size_t size;

	if (!mac->libcrypto)
		REQUIRE(EVP_Q_mac(context(), "CMAC", NULL, aes[keylen / 8 - 2], NULL, key, keylen,
				  src, len, digest, mac->size, &size));
	else if (mac->keyed)
		REQUIRE(EVP_Q_mac(context(), "HMAC", NULL, mac->libcrypto, NULL, key, keylen, src,
				  len, digest, mac->size, &size));
	else
		REQUIRE(EVP_Q_digest(context(), mac->libcrypto, NULL, src, len, digest, &size) == 1);
	REQUIRE(size == mac->size);
}
