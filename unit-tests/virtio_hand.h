/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Requests of the standard's crypto device, put together byte by byte from the text
 * (virtio 1.3, 5.9.7), with nothing of the library's: it would make the same mistake on
 * both sides.  One device at a time.
 */
#ifndef VIRTIO_HAND_H
#define VIRTIO_HAND_H

#include <vcrypto/virtio_crypto.h>

#include "flat.h"

#define REVISION_1 1u
#define STATELESS 30u		/* all four, which need REVISION_1 */

/* What a request is about.  Lengths are bytes; those of keys may lie, what is sent may not. */
struct hand {
	uint32_t service;	/* 0 cipher, 1 hash, 2 MAC, 3 AEAD, 4 AKCIPHER */
	bool chain;		/* of service 0 */
	bool stateless;
	uint64_t id;
	uint32_t op;		/* of the opcode of data: 0 encrypt, 1 decrypt; 2 sign, 3 verify */
	uint32_t direction;	/* 1 encrypt, 2 decrypt */
	uint32_t algo;
	uint32_t key_len;
	uint32_t order;		/* 1 hash first, 2 cipher first */
	uint32_t mode;		/* 1 hash, 2 MAC */
	uint32_t auth_algo;
	uint32_t auth_key_len;	/* of a chain, or of a MAC */
	uint32_t result_len;
	uint32_t iv_len;
	uint32_t src_len;
	uint32_t dst_len;
	uint32_t aad_len;
	uint32_t cipher_start, cipher_len;
	uint32_t hash_start, hash_len;
	uint32_t key_type;	/* 1 public, 2 private */
	uint32_t padding;	/* or the curve */
	uint32_t padding_hash;
	const uint8_t *key;
	const uint8_t *auth_key;
	const uint8_t *iv;
	const uint8_t *src;
	const uint8_t *aad;	/* to verify: the digest */
};

/* The device, on real_backend(), and the request that is being made. */
extern struct vcrypto_virtio *hand_device;
extern struct flat hand_request;

/* What session ids start from, the next time. */
extern uint32_t hand_seed;

void hand_start(const struct vcrypto_backend *backend, uint32_t sessions, uint64_t features);
void hand_stop(void);

/* Whether the device's memory holds these bytes. */
bool hand_holds(const void *bytes, size_t len);

/* A reset, and other features. */
void hand_restart(uint64_t features);

/* Each makes hand_request and room for the reply; returns the length of the head. */
size_t hand_create(const struct hand *hand);
size_t hand_destroy(uint32_t service, uint64_t id);
size_t hand_data(const struct hand *hand);

/* Change a number of the request, or read one of the reply. */
void hand_put32(size_t at, uint32_t value);
void hand_put64(size_t at, uint64_t value);
uint32_t hand_get32(size_t at);
uint64_t hand_get64(size_t at);

/* Bytes behind everything that is readable. */
void hand_append(const void *bytes, size_t len);

/* Uncut: bytes written. */
uint32_t hand_control(void);
uint32_t hand_give(void);

/* In one cut. */
uint32_t hand_control_cut(const struct flat_cut *readable, const struct flat_cut *writable);
uint32_t hand_give_cut(const struct flat_cut *readable, const struct flat_cut *writable);

/* Makes the session, which must succeed; its id. */
uint64_t hand_session(const struct hand *hand);

/* Gives the request; the status in the last byte.  Something must have been written. */
uint32_t hand_status(void);

/* Gives the request of control; the status of creation. */
uint32_t hand_create_status(void);

/* The status that the request of control for an end gets. */
uint32_t hand_destroy_status(void);

#endif /* VIRTIO_HAND_H */
