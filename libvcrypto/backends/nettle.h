/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Internal to the nettle backend: what a session is made of.
 *
 *	nettle.c       which algorithms there are; keys
 *	nettle-jobs.c  jobs: ciphers and hashes
 *	nettle-aead.c  messages of GCM, CCM and ChaCha20-Poly1305
 */
#ifndef VCRYPTO_NETTLE_H
#define VCRYPTO_NETTLE_H

#include <nettle/aes.h>
#include <nettle/arcfour.h>
#include <nettle/blowfish.h>
#include <nettle/camellia.h>
#include <nettle/cast128.h>
#include <nettle/ccm.h>
#include <nettle/chacha-poly1305.h>
#include <nettle/des.h>
#include <nettle/gcm.h>
#include <nettle/hmac.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha3.h>

#include <vcrypto/backend.h>

/* A block cipher, keyed for one direction. */
union nettle_schedule {
	struct aes128_ctx aes128;
	struct aes192_ctx aes192;
	struct aes256_ctx aes256;
	struct des_ctx des;
	struct des3_ctx des3;
	struct camellia128_ctx camellia128;
	struct camellia256_ctx camellia256;
	struct cast128_ctx cast5;
	struct arcfour_ctx arc4;	/* a state rather, which goes on */
};

union nettle_aes {
	struct aes128_ctx aes128;
	struct aes192_ctx aes192;
	struct aes256_ctx aes256;
};

/* What changes while a message goes by.  Longest block: ChaCha20-Poly1305's. */
union nettle_message {
	struct gcm_ctx gcm;
	struct ccm_ctx ccm;
	struct chacha_poly1305_ctx chacha;
};

#define NETTLE_MAX_BLOCK CHACHA_POLY1305_BLOCK_SIZE

/* A message, which may come in any pieces. */
struct nettle_stream {
	union nettle_message now;
	/*
	 * Nettle takes whole blocks, but for the last piece of a message.  So a
	 * block that is begun is kept: what came before it, and its bytes so far.
	 */
	union nettle_message before;
	uint8_t block[NETTLE_MAX_BLOCK];
	size_t used;
};

/* Any hash's state. */
union nettle_state {
	struct md5_ctx md5;
	struct sha1_ctx sha1;
	struct ripemd160_ctx ripemd160;
	struct sha256_ctx sha256;	/* SHA-224 as well */
	struct sha512_ctx sha512;	/* SHA-384 as well */
	struct sha3_224_ctx sha3_224;
	struct sha3_256_ctx sha3_256;
	struct sha3_384_ctx sha3_384;
	struct sha3_512_ctx sha3_512;
};

struct nettle_hashing {
	const struct nettle_hash *hash;
	bool keyed;			/* HMAC: with the states after either key block */
	union nettle_state inner;
	union nettle_state outer;
	union nettle_state now;
	union nettle_state after;	/* HMAC: outer of the key that now was begun with */
};

struct nettle_session {
	const struct vcrypto_cipher *cipher;	/* NULL: none */
	const struct nettle_cipher *block;	/* NULL: not made of a block cipher */
	uint8_t key[VCRYPTO_MAX_CIPHER_KEY];
	bool decrypts;				/* what the schedule is for */
	union nettle_schedule schedule;
	union nettle_aes tweak;			/* XTS: with the second half of the key */
	/* 4 KB that few sessions have: struct gcm_key or struct blowfish_ctx, allocated. */
	void *table;
	union {
		struct nettle_hashing hashing;	/* hash NULL: none */
		/* An AEAD cipher's; ChaCha20's key is in there. */
		struct nettle_stream stream;
	};
};

/* nettle.c: the schedule, for a direction. */
const void *vcrypto_nettle_schedule(struct nettle_session *session, bool decrypt);

/* nettle-jobs.c: the backend's submit(). */
void vcrypto_nettle_submit(void *provider, struct vcrypto_job *const *jobs, size_t count);

/* nettle-aead.c: one job of an AEAD cipher. */
enum vcrypto_status vcrypto_nettle_aead(struct nettle_session *session, struct vcrypto_job *job);

#endif /* VCRYPTO_NETTLE_H */
