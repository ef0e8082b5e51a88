/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the parts of the model have in common: the heads of requests, and the standard's numbers. */
#ifndef FUZZ_VIRTIO_CRYPTO_HEADS_H
#define FUZZ_VIRTIO_CRYPTO_HEADS_H

#include "virtio_crypto_model.h"

enum shape { CIPHER, HASH, MAC, AEAD, CHAIN, SHAPES };
enum kind { CREATE, SESSION, STATELESS, KINDS };
enum { OK, ERR, BADMSG, NOTSUPP, INVSESS, NOSPC };

/* The numbers of heads, and where they stand; 0: nowhere. */
enum number {
	ALGO, KEY, DIRECTION, TYPE, ORDER, MODE, AUTH, AUTH_KEY, RESULT, IV, AAD, SRC, DST,
	CIPHER_AT, CIPHER_LEN, HASH_AT, HASH_LEN, NUMBERS
};


/* Offsets in a head. */
extern const uint8_t model_places[KINDS][SHAPES][NUMBERS];

size_t model_head_len(const struct model *model, enum kind kind, uint32_t service);
uint32_t model_service_of(enum shape shape);
bool model_revised(const struct model *model);
bool model_stateless_bit(const struct model *model, uint32_t service);
uint32_t model_get32(const uint8_t *bytes);

/* Of the standard's numbers; 0: it has none, or we have not. */
uint32_t model_cipher_of(enum shape shape, uint32_t number);
uint32_t model_mac_of(bool keyed, uint32_t number);

/* The numbers of a head; returns the shape. */
enum shape model_read_head(enum kind kind, uint32_t service, const uint8_t *head,
			   uint32_t numbers[NUMBERS]);

/* The IV as providers have it, and the tag of a ciphertext. */
void model_wire_iv(const struct vcrypto_cipher *cipher, const uint8_t *from, size_t len,
		   uint8_t iv[VCRYPTO_MAX_IV]);
void model_tag_of(const struct model_session *session, const uint8_t *iv, const uint8_t *aad,
		  size_t aad_len, const uint8_t *ciphertext, size_t len, uint8_t *tag);

/* Make a session of @numbers and of @left bytes of keys: a status. */
uint32_t model_make(const uint32_t numbers[NUMBERS], enum shape shape, const uint8_t *keys,
		    size_t left, struct model_session *session);
struct model_session *model_find(struct model *model, uint64_t id);

/* Nothing is known of @guess yet. */
void model_begin(const struct bytes *bytes, size_t out_len, struct guess *guess);

#endif /* FUZZ_VIRTIO_CRYPTO_HEADS_H */
