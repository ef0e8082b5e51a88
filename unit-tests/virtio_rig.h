/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The standard's crypto device with few sessions, and good requests to it: for tests. */
#ifndef UNIT_VIRTIO_RIG_H
#define UNIT_VIRTIO_RIG_H

#include "virtio_hand.h"

#define OK 0
#define ERR 1
#define NOTSUPP 3
#define INVSESS 4
#define NOSPC 5

#define SESSIONS 16

/* The features by which framing differs. */
extern const uint64_t virtio_framings[3];

extern uint8_t virtio_text[8192], virtio_keys[600], virtio_ivs[16];

/* For cmocka: hand_device, with REVISION_1. */
int virtio_start(void **state);
int virtio_stop(void **state);

/* How many sessions there are. */
uint32_t virtio_live(void);

/* A good request of each kind; what is wrong is put over it. */
enum virtio_kind { CIPHER, HASH, MAC, AEAD, CHAIN, KINDS };

struct hand virtio_good(enum virtio_kind kind);

/* libcrypto's name of each hash that the standard has a number for; and what it makes of data. */
extern const char *const virtio_hash_names[11];
uint32_t virtio_hash(uint32_t algo, const void *data, size_t len, uint8_t *digest);

#endif /* UNIT_VIRTIO_RIG_H */
