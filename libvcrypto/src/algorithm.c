// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The table of algorithms (protocol 6). */
#include <vcrypto/algorithm.h>

#define CIPHER(id_, cryptodev_, block_, iv_, tag_, min_, max_, step_, chain_, name_, mode_) \
	{ .id = VCRYPTO_CIPHER_##id_, .cryptodev = cryptodev_, .block = block_, .iv_len = iv_, \
	  .tag_len = tag_, .key_min = min_, .key_max = max_, .key_step = step_, \
	  .chaining = VCRYPTO_CHAIN_##chain_, .name = name_, .mode = mode_ }

/*
 * In the order of the numbers, so that a number is an index.  XTS steps from
 * 32 to 64: AES-192-XTS is not a standard (IEEE 1619).  The TLS records take
 * the AES key here and the HMAC key as the session's MAC key.
 */
static const struct vcrypto_cipher ciphers[] = {
	/*     id            /dev/crypto  block iv tag  keys       next IV  names */
	CIPHER(NULL, 16, 1, 0, 0, 0, 0, 0, NONE, "ecb(cipher_null)", "ecb-null"),
	CIPHER(AES_ECB, 23, 16, 0, 0, 16, 32, 8, NONE, "ecb(aes)", "ecb-aes"),
	CIPHER(AES_CBC, 11, 16, 16, 0, 16, 32, 8, BLOCK, "cbc(aes)", "cbc-aes"),
	CIPHER(AES_CTR, 21, 1, 16, 0, 16, 32, 8, COUNTER, "ctr(aes)", "ctr-aes"),
	CIPHER(AES_CFB, 24, 1, 16, 0, 16, 32, 8, NONE, "cfb(aes)", "cfb-aes"),
	CIPHER(AES_OFB, 25, 1, 16, 0, 16, 32, 8, NONE, "ofb(aes)", "ofb-aes"),
	CIPHER(AES_XTS, 22, 16, 16, 0, 32, 64, 32, NONE, "xts(aes)", "xts-aes"),
	CIPHER(AES_GCM, 50, 1, 12, 16, 16, 32, 8, NONE, "gcm(aes)", "gcm-aes"),
	CIPHER(AES_CCM, 51, 1, 16, 16, 16, 32, 8, NONE, "ccm(aes)", "ccm-aes"),
	CIPHER(DES_CBC, 1, 8, 8, 0, 8, 8, 0, BLOCK, "cbc(des)", "cbc-des"),
	CIPHER(3DES_CBC, 2, 8, 8, 0, 24, 24, 0, BLOCK, "cbc(des3_ede)", "cbc-des3_ede"),
	CIPHER(BLOWFISH_CBC, 3, 8, 8, 0, 4, 56, 1, BLOCK, "cbc(blowfish)", "cbc-blowfish"),
	CIPHER(CAMELLIA_CBC, 101, 16, 16, 0, 16, 32, 8, BLOCK, "cbc(camellia)", "cbc-camellia"),
	CIPHER(TLS11_AES_CBC_HMAC_SHA1, 108, 16, 16, 20, 16, 32, 8, NONE,
	       "tls11(hmac(sha1),cbc(aes))", "tls11-hmac-sha1-cbc-aes"),
	CIPHER(TLS12_AES_CBC_HMAC_SHA256, 109, 16, 16, 32, 16, 32, 8, NONE,
	       "tls12(hmac(sha256),cbc(aes))", "tls12-hmac-sha256-cbc-aes"),
	CIPHER(CHACHA20_POLY1305, 0, 1, 12, 16, 32, 32, 0, NONE,
	       "rfc7539(chacha20,poly1305)", "chacha20-poly1305"),
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define HASH(id_, hash_number, hmac_number, digest_, name_) \
	{ .id = VCRYPTO_MAC_##id_, .cryptodev = hash_number, .digest_len = digest_, \
	  .keyed = false, .name = name_, .mode = name_ }, \
	{ .id = VCRYPTO_MAC_HMAC_##id_, .cryptodev = hmac_number, .digest_len = digest_, \
	  .keyed = true, .name = "hmac(" name_ ")", .mode = "hmac-" name_ }

/* Each hash, then its HMAC. */
static const struct vcrypto_mac macs[] = {
	/*   id  /dev/crypto: hash, HMAC  digest  name */
	HASH(MD5, 13, 6, 16, "md5"),
	HASH(SHA1, 14, 7, 20, "sha1"),
	HASH(RIPEMD160, 102, 8, 20, "rmd160"),
	HASH(SHA2_224, 103, 107, 28, "sha224"),
	HASH(SHA2_256, 104, 18, 32, "sha256"),
	HASH(SHA2_384, 105, 19, 48, "sha384"),
	HASH(SHA2_512, 106, 20, 64, "sha512"),
	HASH(SHA3_224, 0, 0, 28, "sha3-224"),
	HASH(SHA3_256, 0, 0, 32, "sha3-256"),
	HASH(SHA3_384, 0, 0, 48, "sha3-384"),
	HASH(SHA3_512, 0, 0, 64, "sha3-512"),
};

const struct vcrypto_cipher *vcrypto_cipher_find(uint32_t id)
{
	if (id == VCRYPTO_CIPHER_NONE || id > COUNT(ciphers))
		return NULL;
	return &ciphers[id - 1];
}

const struct vcrypto_mac *vcrypto_mac_find(uint32_t id)
{
	uint32_t hash = id & (VCRYPTO_HMAC - 1);

	if (id >= 2 * VCRYPTO_HMAC || hash == VCRYPTO_MAC_NONE || hash > COUNT(macs) / 2)
		return NULL;
	return &macs[2 * (hash - 1) + (id >= VCRYPTO_HMAC)];
}

const struct vcrypto_cipher *vcrypto_cipher_from_cryptodev(uint32_t number)
{
	size_t i;

	for (i = 0; i < COUNT(ciphers); i++)
		if (number && ciphers[i].cryptodev == number)
			return &ciphers[i];
	return NULL;
}

const struct vcrypto_mac *vcrypto_mac_from_cryptodev(uint32_t number)
{
	size_t i;

	for (i = 0; i < COUNT(macs); i++)
		if (number && macs[i].cryptodev == number)
			return &macs[i];
	return NULL;
}

bool vcrypto_cipher_key_len_ok(const struct vcrypto_cipher *cipher, uint32_t len)
{
	if (len < cipher->key_min || len > cipher->key_max)
		return false;
	return !cipher->key_step || (len - cipher->key_min) % cipher->key_step == 0;
}

bool vcrypto_mac_key_len_ok(const struct vcrypto_mac *mac, uint32_t len)
{
	return mac->keyed ? len >= 1 && len <= VCRYPTO_MAX_MAC_KEY : len == 0;
}
