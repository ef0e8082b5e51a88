// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The table of algorithms (protocol 6). */
#include <vcrypto/algorithm.h>

#define CIPHER(id_, cryptodev_, block_, iv_, min_, max_, step_, chain_, weight_, title_, name_, \
	       mode_) \
	{ .id = VCRYPTO_CIPHER_##id_, .kind = VCRYPTO_KIND_CIPHER, .cryptodev = cryptodev_, \
	  .block = block_, .iv_len = iv_, .key_min = min_, .key_max = max_, .key_step = step_, \
	  .chaining = VCRYPTO_CHAIN_##chain_, .weight = weight_, .title = title_, \
	  .name = name_, .mode = mode_ }

/* A data unit of XTS has at most 2^20 blocks (SP 800-38E, 4). */
#define XTS(id_, cryptodev_, min_, max_, step_, title_, name_, mode_) \
	{ .id = VCRYPTO_CIPHER_##id_, .kind = VCRYPTO_KIND_CIPHER, .cryptodev = cryptodev_, \
	  .block = 16, .iv_len = 16, .max_unit = (uint32_t)16 << 20, .key_min = min_, \
	  .key_max = max_, .key_step = step_, .chaining = VCRYPTO_CHAIN_NONE, .weight = 1, \
	  .title = title_, .name = name_, .mode = mode_ }

/* One whose messages have no limit of their own says first how long they are. */
#define AEAD(id_, cryptodev_, iv_, tags_, most_, min_, max_, step_, title_, name_, mode_) \
	{ .id = VCRYPTO_CIPHER_##id_, .kind = VCRYPTO_KIND_AEAD, .cryptodev = cryptodev_, \
	  .block = 1, .iv_len = iv_, .tag_len = 16, .tag_lens = tags_, .len_first = !(most_), \
	  .max_message = most_, \
	  .key_min = min_, .key_max = max_, .key_step = step_, \
	  .chaining = VCRYPTO_CHAIN_NONE, .weight = 1, .title = title_, .name = name_, \
	  .mode = mode_ }

/* SP 800-38D, 5.2.1.2; SP 800-38C, A.1. */
#define TAG(len) ((uint32_t)1 << (len))
#define GCM_TAGS (TAG(4) | TAG(8) | TAG(12) | TAG(13) | TAG(14) | TAG(15) | TAG(16))
#define CCM_TAGS (TAG(4) | TAG(6) | TAG(8) | TAG(10) | TAG(12) | TAG(14) | TAG(16))

/* After these a counter of 32 bits would begin anew: SP 800-38D, 5.2.1.1; RFC 8439, 2.8. */
#define GCM_MESSAGE (((uint64_t)1 << 36) - 32)
#define CHACHA20_MESSAGE (((uint64_t)1 << 38) - 64)

/* TLS records: AES-CBC, and the HMAC whose key is the session's MAC key. */
#define RECORD(id_, cryptodev_, mac_, tag_, title_, name_, mode_) \
	{ .id = VCRYPTO_CIPHER_##id_, .kind = VCRYPTO_KIND_RECORD, .cryptodev = cryptodev_, \
	  .block = 16, .iv_len = 16, .tag_len = tag_, .key_min = 16, .key_max = 32, \
	  .key_step = 8, .chaining = VCRYPTO_CHAIN_BLOCK, .weight = 3, \
	  .record_cipher = VCRYPTO_CIPHER_AES_CBC, .record_mac = VCRYPTO_MAC_HMAC_##mac_, \
	  .title = title_, .name = name_, .mode = mode_ }

/*
 * In the order of the numbers, so that a number is an index.  XTS with twice 192 bits is
 * no standard (IEEE 1619), but Linux has it; a provider may refuse such a key.  Numbers
 * for /dev/crypto from 1024 on are our own extension.
 */
static const struct vcrypto_cipher cipher_rows[] = {
	/*     id         /dev/crypto  block iv  keys    next IV weight  names */
	CIPHER(NULL, 16, 1, 0, 0, 0, 0, NONE, 1, "NULL", "ecb(cipher_null)", "ecb-null"),
	CIPHER(AES_ECB, 23, 16, 0, 16, 32, 8, NONE, 1, "AES-ECB", "ecb(aes)", "ecb-aes"),
	CIPHER(AES_CBC, 11, 16, 16, 16, 32, 8, BLOCK, 1, "AES-CBC", "cbc(aes)", "cbc-aes"),
	CIPHER(AES_CTR, 21, 1, 16, 16, 32, 8, COUNTER, 1, "AES-CTR", "ctr(aes)", "ctr-aes"),
	CIPHER(AES_CFB, 24, 1, 16, 16, 32, 8, BLOCK, 1, "AES-CFB", "cfb(aes)", "cfb-aes"),
	CIPHER(AES_OFB, 25, 1, 16, 16, 32, 8, FEEDBACK, 1, "AES-OFB", "ofb(aes)", "ofb-aes"),
	XTS(AES_XTS, 22, 32, 64, 16, "AES-XTS", "xts(aes)", "xts-aes"),
	/*   id   /dev/crypto  iv  tags  longest message  keys  names */
	AEAD(AES_GCM, 50, 12, GCM_TAGS, GCM_MESSAGE, 16, 32, 8, "AES-GCM", "gcm(aes)",
	     "gcm-aes"),
	AEAD(AES_CCM, 51, 16, CCM_TAGS, 0, 16, 32, 8, "AES-CCM", "ccm(aes)", "ccm-aes"),
	CIPHER(DES_CBC, 1, 8, 8, 8, 8, 0, BLOCK, 16, "DES-CBC", "cbc(des)", "cbc-des"),
	CIPHER(3DES_CBC, 2, 8, 8, 24, 24, 0, BLOCK, 32, "3DES-CBC", "cbc(des3_ede)",
	       "cbc-des3_ede"),
	CIPHER(BLOWFISH_CBC, 3, 8, 8, 4, 56, 1, BLOCK, 8, "BLOWFISH-CBC", "cbc(blowfish)",
	       "cbc-blowfish"),
	CIPHER(CAMELLIA_CBC, 101, 16, 16, 16, 32, 8, BLOCK, 8, "CAMELLIA-CBC",
	       "cbc(camellia)", "cbc-camellia"),
	RECORD(TLS11_AES_CBC_HMAC_SHA1, 108, SHA1, 20, "TLS11-AES-CBC-HMAC-SHA1",
	       "tls11(hmac(sha1),cbc(aes))", "tls11-hmac-sha1-cbc-aes"),
	RECORD(TLS12_AES_CBC_HMAC_SHA256, 109, SHA2_256, 32, "TLS12-AES-CBC-HMAC-SHA2-256",
	       "tls12(hmac(sha256),cbc(aes))", "tls12-hmac-sha256-cbc-aes"),
	AEAD(CHACHA20_POLY1305, 1024, 12, TAG(16), CHACHA20_MESSAGE, 32, 32, 0,
	     "CHACHA20-POLY1305", "rfc7539(chacha20,poly1305)", "chacha20-poly1305"),
	CIPHER(CAST5_CBC, 4, 8, 8, 5, 16, 1, BLOCK, 8, "CAST5-CBC", "cbc(cast5)", "cbc-cast5"),
	CIPHER(ARC4, 12, 1, 0, 1, 64, 1, STATE, 2, "ARC4", "ecb(arc4)", "ecb-arc4"),
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define HASH(id_, hash_number, hmac_number, digest_, weight_, title_, name_) \
	[VCRYPTO_MAC_##id_] = { \
		.id = VCRYPTO_MAC_##id_, .kind = VCRYPTO_KIND_HASH, .hash = VCRYPTO_MAC_##id_, \
		.cryptodev = hash_number, .digest_len = digest_, .keyed = false, \
		.weight = weight_, .title = title_, .name = name_, .mode = name_ }, \
	[VCRYPTO_MAC_HMAC_##id_] = { \
		.id = VCRYPTO_MAC_HMAC_##id_, .kind = VCRYPTO_KIND_HMAC, \
		.hash = VCRYPTO_MAC_##id_, .cryptodev = hmac_number, .digest_len = digest_, \
		.keyed = true, .key_max = VCRYPTO_MAX_MAC_KEY, .key_step = 1, \
		.weight = weight_, .title = "HMAC-" title_, .name = "hmac(" name_ ")", \
		.mode = "hmac-" name_ }

/* Without a hash, of AES with its keys. */
#define AES_MAC(id_, kind_, cryptodev_, iv_, title_, name_, mode_) \
	[VCRYPTO_MAC_##id_] = { \
		.id = VCRYPTO_MAC_##id_, .kind = VCRYPTO_KIND_##kind_, \
		.cryptodev = cryptodev_, .digest_len = 16, .iv_len = iv_, .keyed = true, \
		.key_min = 16, .key_max = 32, .key_step = 8, .weight = 1, .title = title_, \
		.name = name_, .mode = mode_ }

/* A number is an index; rows without an id are numbers that mean nothing. */
static const struct vcrypto_mac mac_rows[VCRYPTO_MAX_ALGORITHMS] = {
	/*   id  /dev/crypto: hash, HMAC  digest  weight  names */
	HASH(MD5, 13, 6, 16, 2, "MD5", "md5"),
	HASH(SHA1, 14, 7, 20, 2, "SHA1", "sha1"),
	HASH(RIPEMD160, 102, 8, 20, 4, "RIPEMD160", "rmd160"),
	HASH(SHA2_224, 103, 107, 28, 2, "SHA2-224", "sha224"),
	HASH(SHA2_256, 104, 18, 32, 2, "SHA2-256", "sha256"),
	HASH(SHA2_384, 105, 19, 48, 2, "SHA2-384", "sha384"),
	HASH(SHA2_512, 106, 20, 64, 2, "SHA2-512", "sha512"),
	HASH(SHA3_224, 1025, 1029, 28, 4, "SHA3-224", "sha3-224"),
	HASH(SHA3_256, 1026, 1030, 32, 4, "SHA3-256", "sha3-256"),
	HASH(SHA3_384, 1027, 1031, 48, 4, "SHA3-384", "sha3-384"),
	HASH(SHA3_512, 1028, 1032, 64, 4, "SHA3-512", "sha3-512"),
	/*      id  kind  /dev/crypto  iv  names */
	AES_MAC(CMAC_AES, CMAC, 1033, 0, "AES-CMAC", "cmac(aes)", "cmac-aes"),
	AES_MAC(GMAC_AES, GMAC, 1034, 12, "AES-GMAC", "gmac(aes)", "gmac-aes"),
};

const struct vcrypto_cipher *vcrypto_cipher_find(uint32_t id)
{
	if (id == VCRYPTO_CIPHER_NONE || id > COUNT(cipher_rows))
		return NULL;
	return &cipher_rows[id - 1];
}

const struct vcrypto_mac *vcrypto_mac_find(uint32_t id)
{
	return id < COUNT(mac_rows) && mac_rows[id].id ? &mac_rows[id] : NULL;
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
		if (mac_rows[i].id && mac_rows[i].cryptodev == number)
			return &mac_rows[i];
	return NULL;
}

static bool one_of(uint32_t len, uint32_t min, uint32_t max, uint32_t step)
{
	return len >= min && len <= max && (!step || (len - min) % step == 0);
}

bool vcrypto_cipher_key_len_ok(const struct vcrypto_cipher *cipher, uint32_t len)
{
	return one_of(len, cipher->key_min, cipher->key_max, cipher->key_step);
}

bool vcrypto_mac_key_len_ok(const struct vcrypto_mac *mac, uint32_t len)
{
	return one_of(len, mac->key_min, mac->key_max, mac->key_step);
}

/* The MAC that a session has a key for: its own, or that of its TLS records. */
static const struct vcrypto_mac *keyed_by(const struct vcrypto_cipher *cipher,
					  const struct vcrypto_mac *mac)
{
	return cipher && cipher->kind == VCRYPTO_KIND_RECORD ?
		vcrypto_mac_find(cipher->record_mac) : mac;
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
	if (cipher && cipher->kind != VCRYPTO_KIND_CIPHER && mac)
		return VCRYPTO_NOT_SUPPORTED;
	/* A request has one IV. */
	if (cipher && mac && mac->iv_len)
		return VCRYPTO_NOT_SUPPORTED;
	if (cipher && cipher->kind == VCRYPTO_KIND_RECORD && !mac_key_len)
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
	return len < 32 && (cipher->tag_lens & TAG(len));
}

uint64_t vcrypto_record_len(uint32_t len, uint32_t tag_len, uint32_t block)
{
	uint64_t plain = (uint64_t)len + tag_len;
	uint32_t over;

	if (block <= 1)
		return plain;
	/* Summand by summand: a kernel of 32 bits cannot divide 64. */
	over = len % block;
	tag_len %= block;
	over = tag_len < block - over ? over + tag_len : tag_len - (block - over);
	return plain + block - over;
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
