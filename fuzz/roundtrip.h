/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The parts of the round-trip target. */
#ifndef FUZZ_ROUNDTRIP_H
#define FUZZ_ROUNDTRIP_H

#include <vcrypto/vcrypto.h>

#include "scatter.h"

#define DRIVER_CONTEXTS 3
#define DRIVER_SESSIONS 12
#define DRIVER_PAYLOAD 65536
#define DRIVER_AAD 512

/* A driver, and the engine that it talks to without a ring in between. */
struct driver {
	struct input *in;
	struct vcrypto_engine *engine;
	struct vcrypto_device_limits limits;
	uint64_t requests;	/* sent since the last reset */
};

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

/* What should come out of it, from libcrypto without any of our code. */
struct truth {
	uint8_t *text;				/* ciphertext, or nothing */
	uint8_t digest[VCRYPTO_MAX_DIGEST];	/* of the plaintext */
	uint8_t next_iv[VCRYPTO_MAX_IV];
};

/* The engine with libcrypto behind it, made once for the process. */
void driver_start(struct driver *driver, struct input *in);
/* Reset the engine, and see that nothing is left. */
void driver_stop(struct driver *driver);

/* Send @exchange, cut at random; the status, as vcrypto_check_response() has it. */
int driver_send(struct driver *driver, struct exchange *exchange);

int driver_context_open(struct driver *driver, uint32_t context);
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

/* One message, record or packet, there and back, and spoilt. */
void auth_round(struct driver *driver);

void reference_run(const struct recipe *recipe, struct truth *truth);

/* A device that lies in response headers and config space. */
void hostile_device(struct input *in);

#endif /* FUZZ_ROUNDTRIP_H */
