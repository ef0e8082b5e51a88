// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <unistd.h>

#include "auth.h"
#include "check.h"
#include "dev.h"
#include "tls.h"

const uint8_t tls_key[32] = { 2, 7, 1, 8 };
const uint8_t tls_mac_key[32] = { 4, 6, 6, 9, 2 };
const uint8_t zeros[ROOM];
uint8_t aad[PAGE + 1], text[ROOM], first_iv[16];
uint8_t record[ROOM + 64], expected[ROOM + 64];
int fd;
struct suite sha1, sha256, tls11, tls12, ctr;

void tls_prepare(void)
{
	dev_fill(aad, sizeof(aad), 1);
	dev_fill(text, sizeof(text), 2);
	dev_fill(first_iv, sizeof(first_iv), 3);
}

void tls_start(void)
{
	uint32_t cbc16, cbc32;
	uint32_t hmac1, hmac256;

	fd = dev_open();
	cbc16 = dev_cipher(fd, CRYPTO_AES_CBC, tls_key, 16);
	cbc32 = dev_cipher(fd, CRYPTO_AES_CBC, tls_key, 32);
	hmac1 = dev_hash(fd, CRYPTO_SHA1_HMAC, tls_mac_key, 20);
	hmac256 = dev_hash(fd, CRYPTO_SHA2_256_HMAC, tls_mac_key, 20);
	sha1 = (struct suite){ auth_session(fd, CRYPTO_AES_CBC, tls_key, 16, CRYPTO_SHA1_HMAC,
					    tls_mac_key, 20),
			       cbc16,
			       hmac1,
			       16,
			       20,
			       COP_FLAG_AEAD_TLS_TYPE };
	sha256 = (struct suite){ auth_session(fd, CRYPTO_AES_CBC, tls_key, 32, CRYPTO_SHA2_256_HMAC,
					      tls_mac_key, 20),
				 cbc32,
				 hmac256,
				 16,
				 32,
				 COP_FLAG_AEAD_TLS_TYPE };
	tls11 = (struct suite){ auth_session(fd, CRYPTO_TLS11_AES_CBC_HMAC_SHA1, tls_key, 16, 0,
					     tls_mac_key, 20),
				cbc16,
				hmac1,
				16,
				20,
				0 };
	tls12 = (struct suite){ auth_session(fd, CRYPTO_TLS12_AES_CBC_HMAC_SHA256, tls_key, 32, 0,
					     tls_mac_key, 20),
				cbc32,
				hmac256,
				16,
				32,
				COP_FLAG_AEAD_TLS_TYPE };
	ctr = (struct suite){ auth_session(fd, CRYPTO_AES_CTR, tls_key, 16, CRYPTO_SHA1_HMAC,
					   tls_mac_key, 20),
			      dev_cipher(fd, CRYPTO_AES_CTR, tls_key, 16),
			      hmac1,
			      1,
			      20,
			      COP_FLAG_AEAD_TLS_TYPE };
}

/* With @padding bytes behind the MAC, all of which are one less; returns the record's length. */
size_t tls_make_record(const struct suite *suite, size_t len, size_t tag_len, size_t padding)
{
	static uint8_t plain[ROOM + 1024];
	uint8_t digest[64];
	size_t end = len + tag_len + padding;

	memcpy(plain, aad, 13);
	memcpy(plain + 13, text, len);
	CHECK_OK(dev_digest(fd, suite->mac, 0, plain, 13 + len, digest));
	memcpy(plain, text, len);
	memcpy(plain + len, digest, tag_len);
	memset(plain + len + tag_len, (int)padding - 1, padding);
	CHECK_OK(dev_crypt(fd, suite->cipher, COP_ENCRYPT, plain, end, expected,
			   dev_unconst(first_iv)));
	return end;
}

size_t tls_least_padding(const struct suite *suite, size_t len, size_t tag_len)
{
	return suite->block > 1 ? suite->block - (len + tag_len) % suite->block : 0;
}

struct crypt_auth_op tls_sealing(const struct suite *suite, size_t len)
{
	memcpy(record, text, len);
	memset(record + len, 0xee, sizeof(record) - len);
	return (struct crypt_auth_op){
		.ses = suite->ses,
		.op = COP_ENCRYPT,
		.flags = suite->flags,
		.len = (uint32_t)len,
		.auth_len = 13,
		.auth_src = aad,
		.src = record,
		.dst = record,
		.iv = first_iv,
	};
}

/* Decrypts what tls_make_record() has made. */
struct crypt_auth_op tls_opening(const struct suite *suite, size_t len)
{
	struct crypt_auth_op op = tls_sealing(suite, 0);

	memcpy(record, expected, len);
	op.op = COP_DECRYPT;
	op.len = (uint32_t)len;
	return op;
}

void tls_each_suite(void (*check)(const struct suite *suite, size_t len))
{
	static const size_t lengths[] = { 0,   1,   11,	 12,  15,  16,	 100,
					  460, 492, 511, 512, 513, PAGE, 16384 };
	tls_start();
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		check(&sha1, lengths[i]);
		check(&sha256, lengths[i]);
		check(&tls11, lengths[i]);
		check(&tls12, lengths[i]);
		check(&ctr, lengths[i]);
	}
	close(fd);
}
