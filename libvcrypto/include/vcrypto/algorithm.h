/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The algorithms: one table for the whole project (protocol 6).  The driver
 * checks a call against it before a request is made, the core checks what it is
 * given against it, backends take sizes from it, and CIOCGSESSINFO takes the
 * names.  What a particular device offers is a subset: the bitmaps in its
 * config space.
 */
#ifndef VCRYPTO_ALGORITHM_H
#define VCRYPTO_ALGORITHM_H

#include <vcrypto/limits.h>
#include <vcrypto/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers are bits of a bitmap, so they are less than this; 0 is none. */
#define VCRYPTO_MAX_ALGORITHMS 64

/*
 * Ciphers (protocol 6.1).  Bit n of a bitmap stands for number n; 0 means "no
 * cipher in this session".  The table gives their properties and
 * the numbers that /dev/crypto uses for them.
 */
enum vcrypto_cipher_id {
	VCRYPTO_CIPHER_NONE = 0,
	VCRYPTO_CIPHER_NULL = 1,
	VCRYPTO_CIPHER_AES_ECB = 2,
	VCRYPTO_CIPHER_AES_CBC = 3,
	VCRYPTO_CIPHER_AES_CTR = 4,
	VCRYPTO_CIPHER_AES_CFB = 5,
	VCRYPTO_CIPHER_AES_OFB = 6,
	VCRYPTO_CIPHER_AES_XTS = 7,
	VCRYPTO_CIPHER_AES_GCM = 8,
	VCRYPTO_CIPHER_AES_CCM = 9,
	VCRYPTO_CIPHER_DES_CBC = 10,
	VCRYPTO_CIPHER_3DES_CBC = 11,
	VCRYPTO_CIPHER_BLOWFISH_CBC = 12,
	VCRYPTO_CIPHER_CAMELLIA_CBC = 13,
	VCRYPTO_CIPHER_TLS11_AES_CBC_HMAC_SHA1 = 14,
	VCRYPTO_CIPHER_TLS12_AES_CBC_HMAC_SHA256 = 15,
	VCRYPTO_CIPHER_CHACHA20_POLY1305 = 16,
	VCRYPTO_CIPHER_CAST5_CBC = 17,
	VCRYPTO_CIPHER_ARC4 = 18,
};

/*
 * Hashes and MACs (protocol 6.2).  Hashes are below 16, and an HMAC has the number of its
 * hash plus VCRYPTO_HMAC; MACs that have no hash begin at 48.  What a number is, and of
 * which hash an HMAC, is in the table.
 */
#define VCRYPTO_HMAC 32

/* The numbers of them; 0 means "no digest in this session". */
enum vcrypto_mac_id {
	VCRYPTO_MAC_NONE = 0,
	VCRYPTO_MAC_MD5 = 1,
	VCRYPTO_MAC_SHA1 = 2,
	VCRYPTO_MAC_RIPEMD160 = 3,
	VCRYPTO_MAC_SHA2_224 = 4,
	VCRYPTO_MAC_SHA2_256 = 5,
	VCRYPTO_MAC_SHA2_384 = 6,
	VCRYPTO_MAC_SHA2_512 = 7,
	VCRYPTO_MAC_SHA3_224 = 8,
	VCRYPTO_MAC_SHA3_256 = 9,
	VCRYPTO_MAC_SHA3_384 = 10,
	VCRYPTO_MAC_SHA3_512 = 11,
	VCRYPTO_MAC_HMAC_MD5 = VCRYPTO_HMAC + VCRYPTO_MAC_MD5,
	VCRYPTO_MAC_HMAC_SHA1 = VCRYPTO_HMAC + VCRYPTO_MAC_SHA1,
	VCRYPTO_MAC_HMAC_RIPEMD160 = VCRYPTO_HMAC + VCRYPTO_MAC_RIPEMD160,
	VCRYPTO_MAC_HMAC_SHA2_224 = VCRYPTO_HMAC + VCRYPTO_MAC_SHA2_224,
	VCRYPTO_MAC_HMAC_SHA2_256 = VCRYPTO_HMAC + VCRYPTO_MAC_SHA2_256,
	VCRYPTO_MAC_HMAC_SHA2_384 = VCRYPTO_HMAC + VCRYPTO_MAC_SHA2_384,
	VCRYPTO_MAC_HMAC_SHA2_512 = VCRYPTO_HMAC + VCRYPTO_MAC_SHA2_512,
	VCRYPTO_MAC_HMAC_SHA3_224 = VCRYPTO_HMAC + VCRYPTO_MAC_SHA3_224,
	VCRYPTO_MAC_HMAC_SHA3_256 = VCRYPTO_HMAC + VCRYPTO_MAC_SHA3_256,
	VCRYPTO_MAC_HMAC_SHA3_384 = VCRYPTO_HMAC + VCRYPTO_MAC_SHA3_384,
	VCRYPTO_MAC_HMAC_SHA3_512 = VCRYPTO_HMAC + VCRYPTO_MAC_SHA3_512,
	VCRYPTO_MAC_CMAC_AES = 48,
	VCRYPTO_MAC_GMAC_AES = 49,
};

/* How the IV for the next request follows from this one (protocol 4.7.3). */
enum vcrypto_chaining {
	VCRYPTO_CHAIN_NONE,	/* no IV, or one that does not change */
	VCRYPTO_CHAIN_BLOCK,	/* the last iv_len bytes of the IV followed by the ciphertext */
	VCRYPTO_CHAIN_COUNTER,	/* a 128-bit big-endian counter of blocks begun */
	VCRYPTO_CHAIN_FEEDBACK,	/* the last block of key stream begun */
	/*
	 * None: the key stream goes on from request to request, in either direction, and
	 * where it is can neither be given nor returned.  A session that has been used
	 * cannot be made again.
	 */
	VCRYPTO_CHAIN_STATE,
};

/* What a cipher does besides encrypting. */
enum vcrypto_cipher_kind {
	VCRYPTO_KIND_CIPHER,	/* nothing */
	VCRYPTO_KIND_AEAD,	/* it makes tags */
	VCRYPTO_KIND_RECORD,	/* TLS records, with the MAC in them (protocol 6.1.1) */
};

/* What a digest is made with. */
enum vcrypto_mac_kind {
	VCRYPTO_KIND_HASH,	/* without a key */
	VCRYPTO_KIND_HMAC,	/* RFC 2104, of a hash */
	VCRYPTO_KIND_CMAC,	/* SP 800-38B, of a block cipher */
	VCRYPTO_KIND_GMAC,	/* SP 800-38D, likewise; it takes an IV */
};

/* A cipher.  All sizes are bytes. */
struct vcrypto_cipher {
	uint8_t id;		/* enum vcrypto_cipher_id */
	uint8_t kind;		/* enum vcrypto_cipher_kind */
	uint16_t cryptodev;	/* its CRYPTO_... number in /dev/crypto */
	uint8_t block;		/* a power of two; payload is a multiple of it */
	uint8_t iv_len;		/* 0: takes no IV */
	uint8_t tag_len;	/* the full tag; 0: makes none */
	bool len_first;		/* AEAD: authenticates the lengths of payload and tag first */
	uint32_t tag_lens;	/* AEAD: bit n: a tag may have n bytes */
	uint64_t max_message;	/* AEAD: payload of one message; 0: see len_first */
	uint32_t max_unit;	/* the payload is one data unit, at most this long; 0: is not */
	uint8_t key_min;	/* keys are key_min, key_min + key_step, ... key_max */
	uint8_t key_max;	/* at most VCRYPTO_MAX_CIPHER_KEY */
	uint8_t key_step;	/* 0 only if key_min == key_max */
	uint8_t chaining;	/* enum vcrypto_chaining */
	uint8_t weight;		/* what a byte costs, see vcrypto_weight() */
	/*
	 * A TLS record cipher is put together of these two (protocol 6.1.1); it
	 * takes a MAC key although its session names no MAC.  Others: 0.
	 */
	uint8_t record_cipher;	/* enum vcrypto_cipher_id */
	uint8_t record_mac;	/* enum vcrypto_mac_id, an HMAC */
	const char *name;	/* as the Linux crypto API calls it: "cbc(aes)" */
	const char *mode;	/* the same for driver names: "cbc-aes" */
	const char *title;	/* as standards and test vectors call it: "AES-CBC" */
};

/* A hash or MAC.  All sizes are bytes. */
struct vcrypto_mac {
	uint8_t id;		/* enum vcrypto_mac_id */
	uint8_t kind;		/* enum vcrypto_mac_kind */
	uint8_t hash;		/* enum vcrypto_mac_id: the hash that it is or has; 0: none */
	uint16_t cryptodev;	/* its CRYPTO_... number in /dev/crypto */
	uint8_t digest_len;	/* the full digest; at most VCRYPTO_MAX_DIGEST */
	/*
	 * The request that begins a message has an IV of so many bytes, and no other has
	 * one; 0: takes none.  Whoever gives two messages the same IV with the same key
	 * gives away what it takes to forge more (SP 800-38D, 8): nothing here looks for
	 * that.  A session of such a MAC has no cipher.
	 */
	uint8_t iv_len;
	bool keyed;		/* has a key, maybe an empty one: all but plain hashes */
	uint16_t key_min;	/* as of a cipher */
	uint16_t key_max;
	uint8_t key_step;
	uint8_t weight;		/* what a byte costs, see vcrypto_weight() */
	const char *name;	/* "sha1", "hmac(sha1)", "cmac(aes)", "gmac(aes)" */
	const char *mode;	/* "sha1", "hmac-sha1", "cmac-aes", "gmac-aes" */
	const char *title;	/* "SHA1", "HMAC-SHA1", "AES-CMAC", "AES-GMAC" */
};

/*
 * The row of @id, or NULL where the format has no such number (which includes
 * 0, "none").  Rows are constant and live as long as the program.
 */
const struct vcrypto_cipher *vcrypto_cipher_find(uint32_t id);
const struct vcrypto_mac *vcrypto_mac_find(uint32_t id);

/*
 * The row for @number, a CRYPTO_... constant of <crypto/cryptodev.h>, or NULL.
 * Ciphers and MACs share that numbering, so at most one of the two finds it.
 */
const struct vcrypto_cipher *vcrypto_cipher_from_cryptodev(uint32_t number);
const struct vcrypto_mac *vcrypto_mac_from_cryptodev(uint32_t number);

/*
 * Whether a key of @len bytes is allowed for @cipher.  @len may be anything; it
 * often comes from the other side.
 */
bool vcrypto_cipher_key_len_ok(const struct vcrypto_cipher *cipher, uint32_t len);

/*
 * The same for a MAC: 0 for a plain hash, 0 ... VCRYPTO_MAX_MAC_KEY for an HMAC, the
 * cipher's for a CMAC or GMAC.
 */
bool vcrypto_mac_key_len_ok(const struct vcrypto_mac *mac, uint32_t len);

/*
 * Whether a session of these may be made (protocol 4.3): @ciphers and @macs are
 * what the device offers, as bitmaps.  @cipher, @mac and the key lengths may be
 * anything; they often come from the other side.  VCRYPTO_OK, or the status
 * for the refusal: VCRYPTO_NOT_SUPPORTED, VCRYPTO_BAD_KEY.
 */
enum vcrypto_status vcrypto_check_algorithms(uint64_t ciphers, uint64_t macs, uint32_t cipher,
					     uint32_t mac, uint32_t cipher_key_len,
					     uint32_t mac_key_len);

/*
 * Whether an AEAD @cipher makes tags of @len bytes (protocol 4.8.1): GCM 4, 8,
 * 12 ... 16 (SP 800-38D, 5.2.1.2), CCM 4, 6 ... 16 (SP 800-38C, A.1),
 * ChaCha20-Poly1305 16 (RFC 8439, 2.8).  False for all other ciphers.
 */
bool vcrypto_tag_len_ok(const struct vcrypto_cipher *cipher, uint32_t len);

/*
 * Bytes of the TLS record that @len bytes of content become (protocol 4.8.3):
 * content, MAC of @tag_len, and with a @block of more than 1 the shortest
 * padding that TLS allows, 1 ... @block bytes (RFC 5246, 6.2.3.2).
 */
uint64_t vcrypto_record_len(uint32_t len, uint32_t tag_len, uint32_t block);

/*
 * What a byte costs in a session of @cipher and @mac, either of which may be NULL:
 * at least 1, about nanoseconds with a provider that uses the processor's AES and
 * SHA instructions.  So bytes times weight can be added up where time is to be
 * shared out fairly; it is no promise of speed.  Measured with libcrypto 3.0,
 * 16 KiB at a time: AES 0.1 to 1.3 ns, 3DES 34, Blowfish and CAST5 6, SHA-3 2 to 4.
 */
uint32_t vcrypto_weight(const struct vcrypto_cipher *cipher, const struct vcrypto_mac *mac);

/* The bit of an algorithm number in a bitmap of struct vcrypto_config. */
static inline uint64_t vcrypto_algorithm_bit(uint32_t id)
{
	return id < VCRYPTO_MAX_ALGORITHMS ? (uint64_t)1 << id : 0;
}

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_ALGORITHM_H */
