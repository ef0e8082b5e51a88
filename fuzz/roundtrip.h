/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The parts of the round-trip target. */
#ifndef FUZZ_ROUNDTRIP_H
#define FUZZ_ROUNDTRIP_H

#include <openssl/evp.h>

#include <vcrypto/vcrypto.h>

#include "scatter.h"

#define DRIVER_CONTEXTS 3	/* for rounds that make what they need; then the pool's */
#define DRIVER_SESSIONS 12
#define POOL_CONTEXT DRIVER_CONTEXTS
#define POOL_LEN 32		/* entries of either pool */
#define DRIVER_PAYLOAD 65536
#define DRIVER_AAD 512

/* A request as vcrypto_build_...() made it, and where its data is. */
struct exchange {
	uint8_t control[VCRYPTO_MAX_CONTROL];
	struct vcrypto_response_header header;
	struct vcrypto_message message;
	const uint8_t *aad;	/* between control part and source; AUTHCRYPT only */
	size_t aad_len;
	const uint8_t *src;
	size_t src_len;
	uint8_t end[DRIVER_AAD + VCRYPTO_MAX_DIGEST];	/* trailer and tag; AUTHCRYPT only */
	size_t end_len;
	uint8_t *result;	/* room for all that expect names; may begin at src */
};

/* The session and the data that one round trip is about. */
struct recipe {
	uint32_t context;
	uint32_t cipher;
	uint32_t mac;
	uint8_t cipher_key[VCRYPTO_MAX_CIPHER_KEY + 8];
	uint8_t mac_key[VCRYPTO_MAX_MAC_KEY + 8];
	uint32_t cipher_key_len;
	uint32_t mac_key_len;
	uint8_t iv[VCRYPTO_MAX_IV];
	uint32_t iv_len;	/* of the cipher, or of a MAC that takes one */
	uint32_t iv_out_len;	/* of the cipher */
	uint32_t mac_len;
	uint32_t len;
	uint8_t *plain;
};

/* libcrypto's contexts, keyed; those that are not needed are NULL. */
struct reference {
	EVP_CIPHER_CTX *cipher;
	EVP_MAC_CTX *mac;
	EVP_MD_CTX *hash;
};

/* Sessions with the same keys, and what tells the truth about them. */
enum { WHOLE, BACK, PARTS, COPY, HANDLES };

struct keyed {
	bool live;
	uint32_t session[HANDLES];
	uint32_t kind;		/* AUTHCRYPT only: what it is for */
	struct recipe recipe;
	struct reference reference;
};

/* What should come out of it, from libcrypto without any of our code. */
struct truth {
	uint8_t *text;				/* ciphertext, or nothing */
	uint8_t digest[VCRYPTO_MAX_DIGEST];	/* of the plaintext */
	uint8_t next_iv[VCRYPTO_MAX_IV];
};

/*
 * A driver, and the engine that it talks to without a ring in between.  There is one for each
 * backend, which lasts; so do the sessions of its pools, until a reset.  Entry n of a pool is
 * the same whatever inputs were before: its number says what it is made of.
 */
struct driver {
	const struct vcrypto_backend *backend;
	struct input *in;
	struct vcrypto_engine *engine;
	struct vcrypto_device_limits limits;
	uint64_t requests;	/* sent since the last reset */
	uint64_t crypted;	/* of them, those that did some cryptography */
	struct keyed pool[POOL_LEN];
	struct keyed auth_pool[POOL_LEN];
};

/* Be with the backend that @in chooses; at times after a reset, which leaves nothing. */
struct driver *driver_start(struct input *in);

/* What pool entry @n is made of: decisions in @bytes; @round counts those that were no good. */
struct input pool_input(uint8_t bytes[64], uint32_t n, uint32_t round);

/* Send @exchange, cut at random; the status, as vcrypto_check_response() has it. */
int driver_send(struct driver *driver, struct exchange *exchange);

int driver_context_open(struct driver *driver, uint32_t context);
/* See that the pool's is open. */
void driver_pool_context(struct driver *driver);
int driver_context_close(struct driver *driver, uint32_t context);
/* -2 if the driver half refuses to build the request. */
int driver_session_new(struct driver *driver, const struct recipe *recipe, uint32_t session);
int driver_session_free(struct driver *driver, uint32_t context, uint32_t session);
int driver_hash_copy(struct driver *driver, uint32_t context, uint32_t to, uint32_t from);
void driver_check_counters(struct driver *driver);
void driver_check_info(struct driver *driver, const struct recipe *recipe, uint32_t session);
/* @result: destination, digest, IV as vcrypto_build_crypt() lays them out. */
int driver_crypt(struct driver *driver, const struct vcrypto_crypt_args *args,
		 const uint8_t *src, uint8_t *result);

/* The content of a decrypted record is @content_len bytes; elsewhere that is dst_len. */
int driver_authcrypt(struct driver *driver, const struct vcrypto_authcrypt_args *args,
		     const uint8_t *aad, const uint8_t *src, const uint8_t *trailer,
		     const uint8_t *tag, uint8_t *result, uint32_t *content_len);

/* One message, record or packet, there, back or spoilt, on a session of the pool or a new one. */
void auth_round(struct driver *driver, bool pooled);

/* The contexts for @recipe, with @cipher or NULL, and the keyed @mac or hash, or NULL. */
void reference_open(struct reference *reference, const struct recipe *recipe,
		    const EVP_CIPHER *cipher, const struct vcrypto_mac *mac);
void reference_close(struct reference *reference);

/* Of all that is asked for by name, once for the process. */
const EVP_CIPHER *reference_cipher(const char *mode, uint32_t key_len);

/* The digest of @len bytes; its length. */
uint32_t reference_mac(struct reference *reference, const struct recipe *recipe,
		       const uint8_t *data, size_t len, uint8_t digest[VCRYPTO_MAX_DIGEST]);

/* For CRYPT: what @recipe is to give, with contexts for it. */
void reference_open_crypt(struct reference *reference, const struct recipe *recipe);
void reference_run(struct reference *reference, const struct recipe *recipe, struct truth *truth);

/* A device that lies in response headers and config space. */
void hostile_device(struct input *in);

#endif /* FUZZ_ROUNDTRIP_H */
