/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A driver for any virtio device with one queue (virtio 1.2, 2.7 and 4.2): find it,
 * negotiate, and the five calls of Rusty Russell's paper.  The device is not trusted.
 */
#ifndef VIRTIO_H
#define VIRTIO_H

#include <vcrypto/vring.h>

#define SIZE 16		/* descriptors */

/* What both sides see, and what only the driver knows of it. */
struct virtqueue {
	struct vcrypto_desc desc[SIZE] __attribute__((aligned(16)));
	struct { struct vcrypto_le16 flags, idx, ring[SIZE]; } avail;
	struct {
		struct vcrypto_le16 flags, idx;
		struct vcrypto_used_elem ring[SIZE];
	} used __attribute__((aligned(4)));
	volatile uint32_t *device;	/* its registers */
	uint16_t next_avail, next_used, free;
	bool taken[SIZE];		/* descriptors */
	uint8_t parts[SIZE];		/* of the chain that begins there; 0: none does */
	uint32_t room[SIZE];		/* how much the device may write to it */
};

/* A piece of a request; those that the device writes come last. */
struct part {
	void *at;
	uint32_t len;
	bool write;
};

/* Finds the device @id and makes it ready. */
void virtio_start(struct virtqueue *queue, uint32_t id);

/* Takes back the interrupt of the device. */
void virtio_acknowledge(struct virtqueue *queue);

/* Copies @len bytes of config space, all of one moment; a multiple of 4. */
void virtio_config(struct virtqueue *queue, void *to, uint32_t len);

/* The five calls.  A chain is known by the number that add_buf() gives. */
uint16_t add_buf(struct virtqueue *queue, const struct part *parts, unsigned int count);
/* Whether the device wanted to be told. */
bool kick(struct virtqueue *queue);
/* Whether a chain has come back; which, and how much the device has written. */
bool get_buf(struct virtqueue *queue, uint16_t *chain, uint32_t *len);
void disable_cb(struct virtqueue *queue);
/* False if something has come back meanwhile, which no interrupt will tell. */
bool enable_cb(struct virtqueue *queue);

#endif /* VIRTIO_H */
