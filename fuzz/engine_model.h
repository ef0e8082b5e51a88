/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What an engine must answer, written a second time from docs/protocol.md over
 * flat buffers: one request after the other, no cursors, no batches.  With the
 * toy provider (toy.h) every byte of a response is foretold.
 */
#ifndef FUZZ_ENGINE_MODEL_H
#define FUZZ_ENGINE_MODEL_H

#include <vcrypto/engine.h>

#include "flaky.h"
#include "toy.h"

#define MODEL_CONTEXTS 4
#define MODEL_SESSIONS 6
#define MODEL_PAYLOAD 4096
#define MODEL_AAD 320
#define MODEL_OUT (MODEL_PAYLOAD + 2 * VCRYPTO_MAX_DIGEST + VCRYPTO_MAX_BLOCK + VCRYPTO_MAX_IV)

struct model_session {
	bool live;
	uint32_t context;
	const struct vcrypto_cipher *named;	/* in the request; */
	const struct vcrypto_cipher *cipher;	/* differs for TLS records (6.1.1) */
	const struct vcrypto_mac *mac;
	uint64_t key;
	uint64_t mac_key;
	bool hash_started;
	uint64_t hash;
	bool message_open;		/* 4.8.2 */
	bool message_decrypt;
	uint64_t stream_at;		/* ARC4, 4.7.3 */
	bool stream_lost;
	uint64_t message_left;		/* CCM */
	uint32_t message_tag_len;
	struct toy_cipher message;
	uint64_t tag;
	uint8_t iv[VCRYPTO_MAX_IV];
};

struct engine_model {
	/* What the engine and its provider were set up with. */
	uint64_t ciphers;
	uint64_t macs;
	uint64_t streams;
	uint64_t fail_mask;
	bool can_copy;
	bool opaque;		/* the provider is not the toy: data is not foretold */
	/* What has become of it. */
	uint64_t actions;	/* calls of the provider that can fail */
	bool open[MODEL_CONTEXTS];
	struct model_session sessions[MODEL_SESSIONS];
	uint64_t answered, failures, crypt_requests;
	uint64_t bytes_in, bytes_out, sessions_created;
};

/* The answer to one request. */
struct model_reply {
	bool none;		/* no room for a header: not executed, not answered */
	enum vcrypto_status status;
	uint32_t dst_len;
	uint32_t room;		/* from the header to the digest; more than dst_len in 4.8.3 */
	uint16_t mac_len;
	uint16_t iv_len;
	uint32_t wiped;		/* bytes of destination that must be zero though not OK */
	bool opaque;		/* @out is not foretold */
	uint8_t out[MODEL_OUT];	/* what follows the response header */
};

/* Execute and count the request of @len bytes at @bytes with @room bytes to answer in. */
void model_request(struct engine_model *model, const uint8_t *bytes, size_t len, size_t room,
		   struct model_reply *reply);

/* The next action of the provider. */
bool model_action_fails(struct engine_model *model);

/* 4.7.3; @in and @out are @len bytes long; @toy has just done them. */
void model_next_iv(struct model_session *session, struct toy_cipher *toy, const uint8_t *ciphertext,
		   size_t len);

void model_counters(const struct engine_model *model, struct vcrypto_counters *counters);
void model_reset(struct engine_model *model);
uint32_t model_live(const struct engine_model *model);
uint32_t model_sessions_of(const struct engine_model *model, uint32_t context);
/* The lowest handle of a session that is not. */
uint32_t model_unused(const struct engine_model *model);

#endif /* FUZZ_ENGINE_MODEL_H */
