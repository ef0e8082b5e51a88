/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The sessions of a guest that moves, on their way to or from a file of the front end's, while
 * others are served (vhost-user, "Migrating back-end state").  They have their keys with them.
 *
 * The file is a pipe or a socket, and may be such that it blocks.  So it is touched when epoll
 * says that it is ready, and then for no more than a pipe that is ready takes.
 */
#ifndef VCRYPTOD_STATE_H
#define VCRYPTOD_STATE_H

#include <vcrypto/virtio_crypto.h>

struct connection;
struct server;

struct transfer {
	int file;		/* -1: none is on its way */
	bool loads;		/* else it is saved */
	bool whole;		/* loaded up to the end; then nothing may follow */
	bool good;		/* the last one has ended well */
	uint8_t *bytes;		/* on their way; wiped in the end */
	size_t at;		/* of a save: the first byte that is not written yet */
	size_t len;		/* from there on */
	uint64_t moved;		/* when it went on last, by turns_now() */
	uint32_t round;		/* of the loop's, in which it began */
};

void state_init(struct connection *connection);

/* Whether a transfer is on its way, which CHECK_DEVICE_STATE waits for. */
bool state_moves(const struct connection *connection);

/* Its file is ready. */
void state_event(struct connection *connection);

/* End it, and forget how the last one was. */
void state_forget(struct connection *connection);

/* End those that have stood still for too long. */
void states_look(struct server *server);

/* The messages; handlers.h says what they return. */
const char *on_set_device_state_fd(struct connection *connection);
const char *on_check_device_state(struct connection *connection);

#endif /* VCRYPTOD_STATE_H */
