// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Nettle, of which libnettle alone is needed.
 *
 * A session object is all there is, with the keys in it, and the store wipes that; but
 * for the tables of GCM and Blowfish, which would more than double it for everybody.
 * They are allocated with the session, and nothing can fail after that.  What nettle
 * asserts (whole blocks, lengths) holds for whatever a guest sends; see nettle-jobs.c
 * and nettle-aead.c.
 */
#include <stdlib.h>

#include "nettle.h"

/*
 * Nettle has no tables for these, or one with a single length of key.  Weak DES and
 * Blowfish keys are taken as they are, like the Linux kernel does: nettle schedules them
 * before it says so.
 */
static void des_key(void *ctx, const uint8_t *key)
{
	(void)des_set_key(ctx, key);
}

static void des_out(const void *ctx, size_t len, uint8_t *dst, const uint8_t *src)
{
	des_encrypt(ctx, len, dst, src);
}

static void des_in(const void *ctx, size_t len, uint8_t *dst, const uint8_t *src)
{
	des_decrypt(ctx, len, dst, src);
}

static void des3_key(void *ctx, const uint8_t *key)
{
	(void)des3_set_key(ctx, key);
}

static void des3_out(const void *ctx, size_t len, uint8_t *dst, const uint8_t *src)
{
	des3_encrypt(ctx, len, dst, src);
}

static void des3_in(const void *ctx, size_t len, uint8_t *dst, const uint8_t *src)
{
	des3_decrypt(ctx, len, dst, src);
}

static void blowfish_out(const void *ctx, size_t len, uint8_t *dst, const uint8_t *src)
{
	blowfish_encrypt(ctx, len, dst, src);
}

static void blowfish_in(const void *ctx, size_t len, uint8_t *dst, const uint8_t *src)
{
	blowfish_decrypt(ctx, len, dst, src);
}

static void cast5_out(const void *ctx, size_t len, uint8_t *dst, const uint8_t *src)
{
	cast128_encrypt(ctx, len, dst, src);
}

static void cast5_in(const void *ctx, size_t len, uint8_t *dst, const uint8_t *src)
{
	cast128_decrypt(ctx, len, dst, src);
}

static const struct nettle_cipher des = {
	"des", sizeof(struct des_ctx), DES_BLOCK_SIZE, DES_KEY_SIZE,
	des_key, des_key, des_out, des_in,
};

static const struct nettle_cipher des3 = {
	"des3", sizeof(struct des3_ctx), DES3_BLOCK_SIZE, DES3_KEY_SIZE,
	des3_key, des3_key, des3_out, des3_in,
};

/* Keys of any length: new_cipher() sets them. */
static const struct nettle_cipher blowfish = {
	"blowfish", sizeof(struct blowfish_ctx), BLOWFISH_BLOCK_SIZE, 0,
	NULL, NULL, blowfish_out, blowfish_in,
};

static const struct nettle_cipher cast5 = {
	"cast5", sizeof(struct cast128_ctx), CAST128_BLOCK_SIZE, 0,
	NULL, NULL, cast5_out, cast5_in,
};

static const struct {
	uint8_t id;
	const struct nettle_hash *hash;
} hash_rows[] = {
	{ VCRYPTO_MAC_MD5, &nettle_md5 },
	{ VCRYPTO_MAC_SHA1, &nettle_sha1 },
	{ VCRYPTO_MAC_RIPEMD160, &nettle_ripemd160 },
	{ VCRYPTO_MAC_SHA2_224, &nettle_sha224 },
	{ VCRYPTO_MAC_SHA2_256, &nettle_sha256 },
	{ VCRYPTO_MAC_SHA2_384, &nettle_sha384 },
	{ VCRYPTO_MAC_SHA2_512, &nettle_sha512 },
	{ VCRYPTO_MAC_SHA3_224, &nettle_sha3_224 },
	{ VCRYPTO_MAC_SHA3_256, &nettle_sha3_256 },
	{ VCRYPTO_MAC_SHA3_384, &nettle_sha3_384 },
	{ VCRYPTO_MAC_SHA3_512, &nettle_sha3_512 },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define BIT(name) vcrypto_algorithm_bit(VCRYPTO_CIPHER_##name)

/* NULL: there is none. */
static const struct nettle_hash *find_hash(const struct vcrypto_mac *mac)
{
	size_t i;

	for (i = 0; i < COUNT(hash_rows); i++)
		if (hash_rows[i].id == mac->hash)
			return hash_rows[i].hash;
	return NULL;
}

static bool nettle_open(void *provider, struct vcrypto_capabilities *capabilities)
{
	const struct vcrypto_mac *mac;
	uint32_t id;

	(void)provider;
	capabilities->ciphers = BIT(NULL) | BIT(AES_ECB) | BIT(AES_CBC) | BIT(AES_CTR) |
				BIT(AES_CFB) | BIT(AES_OFB) | BIT(AES_XTS) | BIT(AES_GCM) |
				BIT(AES_CCM) | BIT(DES_CBC) | BIT(3DES_CBC) | BIT(BLOWFISH_CBC) |
				BIT(CAMELLIA_CBC) | BIT(CHACHA20_POLY1305) | BIT(CAST5_CBC) |
				BIT(ARC4);
	capabilities->macs = 0;
	for (id = 1; id < VCRYPTO_MAX_ALGORITHMS; id++) {
		mac = vcrypto_mac_find(id);
		if (mac && find_hash(mac))
			capabilities->macs |= vcrypto_algorithm_bit(id);
	}
	capabilities->contiguous = 0;
	capabilities->streams = BIT(AES_GCM) | BIT(AES_CCM) | BIT(CHACHA20_POLY1305) | BIT(AES_XTS);
	return true;
}

/* That one of three which takes keys of @len bytes. */
static const struct nettle_cipher *of_key_len(size_t len, const struct nettle_cipher *bits128,
					      const struct nettle_cipher *bits192,
					      const struct nettle_cipher *bits256)
{
	return len == 16 ? bits128 : len == 24 ? bits192 : bits256;
}

static const struct nettle_cipher *find_block(const struct vcrypto_session_spec *spec)
{
	size_t len = spec->cipher_key_len;

	switch (spec->cipher->id) {
	case VCRYPTO_CIPHER_NULL:
	case VCRYPTO_CIPHER_CHACHA20_POLY1305:
	case VCRYPTO_CIPHER_ARC4:
		return NULL;
	case VCRYPTO_CIPHER_DES_CBC:
		return &des;
	case VCRYPTO_CIPHER_3DES_CBC:
		return &des3;
	case VCRYPTO_CIPHER_BLOWFISH_CBC:
		return &blowfish;
	case VCRYPTO_CIPHER_CAST5_CBC:
		return &cast5;
	case VCRYPTO_CIPHER_CAMELLIA_CBC:
		return of_key_len(len, &nettle_camellia128, &nettle_camellia192,
				  &nettle_camellia256);
	case VCRYPTO_CIPHER_AES_XTS:
		len /= 2;
		break;
	default:
		break;
	}
	return of_key_len(len, &nettle_aes128, &nettle_aes192, &nettle_aes256);
}

const void *vcrypto_nettle_schedule(struct nettle_session *session, bool decrypt)
{
	const struct nettle_cipher *block = session->block;

	/* Blowfish and CAST5 have one for both directions. */
	if (!block->set_encrypt_key)
		return session->table ? session->table : &session->schedule;
	if (session->decrypts != decrypt) {
		(decrypt ? block->set_decrypt_key : block->set_encrypt_key)(&session->schedule,
									    session->key);
		session->decrypts = decrypt;
	}
	return &session->schedule;
}

static bool new_table(struct nettle_session *session, size_t size)
{
	session->table = malloc(size);
	return session->table != NULL;
}

static bool new_cipher(struct nettle_session *session, const struct vcrypto_session_spec *spec)
{
	const struct nettle_cipher *block = find_block(spec);
	const uint8_t *key = spec->cipher_key;

	session->cipher = spec->cipher;
	session->block = block;
	memcpy(session->key, key, spec->cipher_key_len);
	if (block && block->set_encrypt_key)
		block->set_encrypt_key(&session->schedule, key);
	switch (spec->cipher->id) {
	case VCRYPTO_CIPHER_CHACHA20_POLY1305:
		chacha_poly1305_set_key(&session->stream.now.chacha, key);
		return true;
	case VCRYPTO_CIPHER_ARC4:
		arcfour_set_key(&session->schedule.arc4, spec->cipher_key_len, key);
		return true;
	case VCRYPTO_CIPHER_BLOWFISH_CBC:
		if (!new_table(session, sizeof(struct blowfish_ctx)))
			return false;
		(void)blowfish_set_key(session->table, spec->cipher_key_len, key);
		return true;
	case VCRYPTO_CIPHER_CAST5_CBC:
		cast5_set_key(&session->schedule.cast5, spec->cipher_key_len, key);
		return true;
	case VCRYPTO_CIPHER_AES_GCM:
		if (!new_table(session, sizeof(struct gcm_key)))
			return false;
		gcm_set_key(session->table, &session->schedule, block->encrypt);
		return true;
	case VCRYPTO_CIPHER_AES_XTS:
		/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): of AES it is set */
		block->set_encrypt_key(&session->tweak, key + spec->cipher_key_len / 2);
		return true;
	default:
		return true;
	}
}

static void new_mac(struct nettle_hashing *hashing, const struct vcrypto_session_spec *spec)
{
	hashing->hash = find_hash(spec->mac);
	hashing->keyed = spec->mac->keyed;
	if (hashing->keyed)
		hmac_set_key(&hashing->outer, &hashing->inner, &hashing->now, hashing->hash,
			     spec->mac_key_len, spec->mac_key);
}

static enum vcrypto_status nettle_session_new(void *provider, void *memory,
					      const struct vcrypto_session_spec *spec)
{
	struct nettle_session *session = memory;

	(void)provider;
	if (spec->cipher && !new_cipher(session, spec))
		return VCRYPTO_ERROR;
	if (spec->mac)
		new_mac(&session->hashing, spec);
	return VCRYPTO_OK;
}

static void nettle_session_free(void *provider, void *memory)
{
	struct nettle_session *session = memory;

	(void)provider;
	if (!session->table)
		return;
	vcrypto_wipe(session->table, session->block == &blowfish ? sizeof(struct blowfish_ctx) :
								    sizeof(struct gcm_key));
	free(session->table);
}

static bool nettle_hash_copy(void *provider, void *to_memory, const void *from_memory)
{
	const struct nettle_session *from = from_memory;
	struct nettle_session *to = to_memory;

	(void)provider;
	to->hashing.now = from->hashing.now;
	to->hashing.after = from->hashing.after;
	return true;
}

const struct vcrypto_backend vcrypto_backend_nettle = {
	.name = "nettle",
	.session_size = sizeof(struct nettle_session),
	.open = nettle_open,
	.session_new = nettle_session_new,
	.session_free = nettle_session_free,
	.submit = vcrypto_nettle_submit,
	.hash_copy = nettle_hash_copy,
};
