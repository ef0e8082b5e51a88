/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A front end's part in moving sessions: the state of a device as a stream of bytes. */
#ifndef UNIT_VHOST_USER_TRANSFER_H
#define UNIT_VHOST_USER_TRANSFER_H

#include "guest.h"

/* Directions. */
#define SAVE 0
#define LOAD 1
/* What is answered: the front end's own file is taken, or it is not. */
#define YOURS 0x100
#define REFUSED 0x101

/* The protocol features of a front end that can do it. */
extern const uint64_t transfer_features;

/* The state that was read last, which is what is written. */
#define TRANSFER_MAX (1u << 18)
extern uint8_t transfer_bytes[TRANSFER_MAX];

/* A connection that has not begun with its device, and one whose rings run. */
void transfer_connect(struct front *front);
void transfer_begin(struct front *front);
void transfer_stop_rings(struct front *front);

/* Ask for a transfer over @file, which stays the caller's: the answer. */
uint64_t transfer_ask(struct front *front, uint32_t direction, uint32_t phase, int file);
/* Begin one over a pipe, as QEMU does, or a socket, as cloud-hypervisor: the end that is ours. */
int transfer_start(struct front *front, uint32_t direction, bool socket);
/* Whether it has failed.  One that stands still is waited for. */
uint64_t transfer_check(struct front *front);

/* To the end, and close @file: how many bytes. */
size_t transfer_read(int file);
/* Whether all of it was taken. */
bool transfer_write(int file, const uint8_t *bytes, size_t len);

/* All of it: the length of the state; or what the check says. */
size_t transfer_save(struct front *front, bool socket);
uint64_t transfer_load(struct front *front, size_t len, bool socket);

#endif /* UNIT_VHOST_USER_TRANSFER_H */
