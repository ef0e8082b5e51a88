/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The standard's crypto device a second time, over flat buffers and a toy provider, from the
 * text (virtio 1.3, 5.9.7): it makes up requests, and foretells what becomes of any bytes.
 */
#ifndef FUZZ_VIRTIO_CRYPTO_MODEL_H
#define FUZZ_VIRTIO_CRYPTO_MODEL_H

#include <vcrypto/virtio_crypto.h>

#include "toy.h"

#define MODEL_SESSIONS 3
#define MODEL_MAX_SIZE VCRYPTO_MIN_PAYLOAD
#define MODEL_ROOM 6144		/* bytes of either half */
#define MODEL_FILL 0xa5		/* what is writable */

struct bytes {
	uint8_t at[MODEL_ROOM];
	size_t len;
};

/* What a session is. */
struct model_session {
	uint64_t id;
	bool live;
	bool decrypt;
	bool hash_first;
	uint8_t shape;			/* 0 cipher, 1 hash, 2 MAC, 3 AEAD, 4 chain */
	uint32_t result_len;
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	uint64_t key, mac_key;		/* what the toy makes of them */
	uint64_t stream_at;		/* of ARC4 */
};

struct model {
	uint64_t features;
	uint32_t live;
	uint32_t successes;		/* data requests */
	struct model_session sessions[MODEL_SESSIONS];
	uint64_t old;			/* the id of a session that has ended */
	bool again;			/* what comes may have been done before */
};

/* What must become of a request. */
struct guess {
	uint32_t written;
	size_t control_len;		/* bytes from the start, each of which is read once */
	/* Of data that is executed, or refused for being in place: where the text is, how long. */
	size_t src_at;
	size_t dst_len;
	struct model_session *made;	/* of a creation that succeeds; its id is not known */
	uint8_t reply[MODEL_ROOM];	/* all of the writable half */
};

/* virtio_crypto_keys.c: one of eight inputs is about asymmetric keys. */
void keys_run(struct input *in);

/* A reset, and what is negotiated then. */
void model_reset(struct model *model, uint64_t features);

/* Each makes up a request and returns the length of its head. */
size_t model_build_create(const struct model *model, struct input *in, struct bytes *bytes);
size_t model_build_destroy(const struct model *model, struct input *in, struct bytes *bytes);
size_t model_build_data(const struct model *model, struct input *in, struct bytes *bytes,
			size_t *out_len);

/* What becomes of @bytes with @out_len writable ones; sessions are made and ended. */
void model_control(struct model *model, const struct bytes *bytes, size_t out_len,
		   struct guess *guess);
/* @in_place: if there is a text, its result takes its place. */
void model_data(struct model *model, const struct bytes *bytes, size_t out_len, bool in_place,
		struct guess *guess);

/* The id of a session that was made: none that there is or has just been, not negative. */
void model_made(struct model *model, struct model_session *session, uint64_t id);

void model_put32(uint8_t *bytes, size_t at, uint32_t value);
uint64_t model_get64(const uint8_t *bytes);

#endif /* FUZZ_VIRTIO_CRYPTO_MODEL_H */
