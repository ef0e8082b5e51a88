// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The table of algorithms (protocol 6). */
#include <vcrypto/algorithm.h>

#define CIPHER(id_, cryptodev_, block_, iv_, tag_, min_, max_, step_, chain_, weight_, name_, \
	       mode_) \
	{ .id = VCRYPTO_CIPHER_##id_, .cryptodev = cryptodev_, .block = block_, .iv_len = iv_, \
	  .tag_len = tag_, .key_min = min_, .key_max = max_, .key_step = step_, \
	  .chaining = VCRYPTO_CHAIN_##chain_, .weight = weight_, .name = name_, .mode = mode_ }

/* TLS records: AES-CBC, and the HMAC whose key is the session's MAC key. */
#define RECORD(id_, cryptodev_, mac_, tag_, name_, mode_) \
	{ .id = VCRYPTO_CIPHER_##id_, .cryptodev = cryptodev_, .block = 16, .iv_len = 16, \
	  .tag_len = tag_, .key_min = 16, .key_max = 32, .key_step = 8, \
	  .chaining = VCRYPTO_CHAIN_BLOCK, .weight = 3, \
	  .record_cipher = VCRYPTO_CIPHER_AES_CBC, .record_mac = VCRYPTO_MAC_HMAC_##mac_, \
	  .name = name_, .mode = mode_ }

/*
 * In the order of the numbers, so that a number is an index.  XTS with twice 192 bits is
 * no standard (IEEE 1619), but Linux has it; a provider may refuse such a key.  Numbers
 * for /dev/crypto from 1024 on are our own extension.
 */
static const struct vcrypto_cipher cipher_rows[] = {
	/*     id            /dev/crypto  block iv tag  keys       next IV weight  names */
	CIPHER(NULL, 16, 1, 0, 0, 0, 0, 0, NONE, 1, "ecb(cipher_null)", "ecb-null"),
	CIPHER(AES_ECB, 23, 16, 0, 0, 16, 32, 8, NONE, 1, "ecb(aes)", "ecb-aes"),
	CIPHER(AES_CBC, 11, 16, 16, 0, 16, 32, 8, BLOCK, 1, "cbc(aes)", "cbc-aes"),
	CIPHER(AES_CTR, 21, 1, 16, 0, 16, 32, 8, COUNTER, 1, "ctr(aes)", "ctr-aes"),
	CIPHER(AES_CFB, 24, 1, 16, 0, 16, 32, 8, BLOCK, 1, "cfb(aes)", "cfb-aes"),
	CIPHER(AES_OFB, 25, 1, 16, 0, 16, 32, 8, FEEDBACK, 1, "ofb(aes)", "ofb-aes"),
	CIPHER(AES_XTS, 22, 16, 16, 0, 32, 64, 16, NONE, 1, "xts(aes)", "xts-aes"),
	CIPHER(AES_GCM, 50, 1, 12, 16, 16, 32, 8, NONE, 1, "gcm(aes)", "gcm-aes"),
	CIPHER(AES_CCM, 51, 1, 16, 16, 16, 32, 8, NONE, 1, "ccm(aes)", "ccm-aes"),
	CIPHER(DES_CBC, 1, 8, 8, 0, 8, 8, 0, BLOCK, 16, "cbc(des)", "cbc-des"),
	CIPHER(3DES_CBC, 2, 8, 8, 0, 24, 24, 0, BLOCK, 32, "cbc(des3_ede)", "cbc-des3_ede"),
	CIPHER(BLOWFISH_CBC, 3, 8, 8, 0, 4, 56, 1, BLOCK, 8, "cbc(blowfish)", "cbc-blowfish"),
	CIPHER(CAMELLIA_CBC, 101, 16, 16, 0, 16, 32, 8, BLOCK, 8, "cbc(camellia)", "cbc-camellia"),
	RECORD(TLS11_AES_CBC_HMAC_SHA1, 108, SHA1, 20, "tls11(hmac(sha1),cbc(aes))",
	       "tls11-hmac-sha1-cbc-aes"),
	RECORD(TLS12_AES_CBC_HMAC_SHA256, 109, SHA2_256, 32, "tls12(hmac(sha256),cbc(aes))",
	       "tls12-hmac-sha256-cbc-aes"),
	CIPHER(CHACHA20_POLY1305, 1024, 1, 12, 16, 32, 32, 0, NONE, 1,
	       "rfc7539(chacha20,poly1305)", "chacha20-poly1305"),
	CIPHER(CAST5_CBC, 4, 8, 8, 0, 5, 16, 1, BLOCK, 8, "cbc(cast5)", "cbc-cast5"),
	CIPHER(ARC4, 12, 1, 0, 0, 1, 64, 1, STATE, 2, "ecb(arc4)", "ecb-arc4"),
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define HASH(id_, hash_number, hmac_number, digest_, weight_, name_) \
	{ .id = VCRYPTO_MAC_##id_, .cryptodev = hash_number, .digest_len = digest_, \
	  .keyed = false, .weight = weight_, .name = name_, .mode = name_ }, \
	{ .id = VCRYPTO_MAC_HMAC_##id_, .cryptodev = hmac_number, .digest_len = digest_, \
	  .keyed = true, .weight = weight_, .name = "hmac(" name_ ")", \
	  .mode = "hmac-" name_ }

/* Each hash, then its HMAC. */
static const struct vcrypto_mac mac_rows[] = {
	/*   id  /dev/crypto: hash, HMAC  digest  weight  name */
	HASH(MD5, 13, 6, 16, 2, "md5"),
	HASH(SHA1, 14, 7, 20, 2, "sha1"),
	HASH(RIPEMD160, 102, 8, 20, 4, "rmd160"),
	HASH(SHA2_224, 103, 107, 28, 2, "sha224"),
	HASH(SHA2_256, 104, 18, 32, 2, "sha256"),
	HASH(SHA2_384, 105, 19, 48, 2, "sha384"),
	HASH(SHA2_512, 106, 20, 64, 2, "sha512"),
	HASH(SHA3_224, 1025, 1029, 28, 4, "sha3-224"),
	HASH(SHA3_256, 1026, 1030, 32, 4, "sha3-256"),
	HASH(SHA3_384, 1027, 1031, 48, 4, "sha3-384"),
	HASH(SHA3_512, 1028, 1032, 64, 4, "sha3-512"),
};

const struct vcrypto_cipher *vcrypto_cipher_find(uint32_t id)
{
	if (id == VCRYPTO_CIPHER_NONE || id > COUNT(cipher_rows))
		return NULL;
	return &cipher_rows[id - 1];
}

const struct vcrypto_mac *vcrypto_mac_find(uint32_t id)
{
	uint32_t hash = id & (VCRYPTO_HMAC - 1);

	if (id >= 2 * VCRYPTO_HMAC || hash == VCRYPTO_MAC_NONE || hash > COUNT(mac_rows) / 2)
		return NULL;
	return &mac_rows[2 * (hash - 1) + (id >= VCRYPTO_HMAC)];
}

const struct vcrypto_cipher *vcrypto_cipher_from_cryptodev(uint32_t number)
{
	size_t i;

	for (i = 0; i < COUNT(cipher_rows); i++)
		if (cipher_rows[i].cryptodev == number)
			return &cipher_rows[i];
	return NULL;
}

const struct vcrypto_mac *vcrypto_mac_from_cryptodev(uint32_t number)
{
	size_t i;

	for (i = 0; i < COUNT(mac_rows); i++)
		if (mac_rows[i].cryptodev == number)
			return &mac_rows[i];
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
	return mac->keyed ? len <= VCRYPTO_MAX_MAC_KEY : len == 0;
}

/* The MAC that a session has a key for: its own, or that of its TLS records. */
static const struct vcrypto_mac *keyed_by(const struct vcrypto_cipher *cipher,
					  const struct vcrypto_mac *mac)
{
	return cipher && cipher->record_mac ? vcrypto_mac_find(cipher->record_mac) : mac;
}

enum vcrypto_status vcrypto_check_algorithms(uint64_t ciphers, uint64_t macs, uint32_t cipher_id,
					     uint32_t mac_id, uint32_t cipher_key_len,
					     uint32_t mac_key_len)
{
	const struct vcrypto_cipher *cipher = vcrypto_cipher_find(cipher_id);
	const struct vcrypto_mac *mac = vcrypto_mac_find(mac_id);

	if (!cipher_id && !mac_id)
		return VCRYPTO_NOT_SUPPORTED;
	if (cipher_id && (!cipher || !(ciphers & vcrypto_algorithm_bit(cipher_id))))
		return VCRYPTO_NOT_SUPPORTED;
	if (mac_id && (!mac || !(macs & vcrypto_algorithm_bit(mac_id))))
		return VCRYPTO_NOT_SUPPORTED;
	/* An AEAD brings its own authentication. */
	if (cipher && cipher->tag_len && mac)
		return VCRYPTO_NOT_SUPPORTED;
	if (cipher && cipher->record_mac && !mac_key_len)
		return VCRYPTO_BAD_KEY;
	mac = keyed_by(cipher, mac);
	if (cipher ? !vcrypto_cipher_key_len_ok(cipher, cipher_key_len) : cipher_key_len != 0)
		return VCRYPTO_BAD_KEY;
	if (mac ? !vcrypto_mac_key_len_ok(mac, mac_key_len) : mac_key_len != 0)
		return VCRYPTO_BAD_KEY;
	return VCRYPTO_OK;
}

bool vcrypto_tag_len_ok(const struct vcrypto_cipher *cipher, uint32_t len)
{
	switch (cipher->id) {
	case VCRYPTO_CIPHER_AES_GCM:
		return len == 4 || len == 8 || (len >= 12 && len <= 16);
	case VCRYPTO_CIPHER_AES_CCM:
		return len >= 4 && len <= 16 && len % 2 == 0;
	case VCRYPTO_CIPHER_CHACHA20_POLY1305:
		return len == 16;
	default:
		return false;
	}
}

uint64_t vcrypto_record_len(uint32_t len, uint32_t tag_len, uint32_t block)
{
	uint64_t plain = (uint64_t)len + tag_len;

	return block > 1 ? plain + block - plain % block : plain;
}

uint32_t vcrypto_weight(const struct vcrypto_cipher *cipher, const struct vcrypto_mac *mac)
{
	uint32_t weight = 0;

	if (cipher)
		weight += cipher->weight;
	if (mac)
		weight += mac->weight;
	return weight ? weight : 1;
}
