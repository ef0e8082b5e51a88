/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The dirty log: a front end that moves its guest elsewhere shares a bitmap with us, a bit for
 * each page of 4096 bytes from the guest's address 0 on, and what we write to is marked there.
 *
 * Pages are marked once their bytes have been written, and before the next message is read:
 * when the answer to it is there, nothing more goes into a log that has been replaced, and
 * nothing is missing in one whose rings have been stopped.
 */
#ifndef VCRYPTOD_DIRTY_LOG_H
#define VCRYPTOD_DIRTY_LOG_H

#include <vcrypto/serve.h>

struct connection;
struct queue;

/* Zeros, but for @call: there is none. */
struct dirty_log {
	uint8_t *bits;		/* NULL: nobody has shared one */
	uint64_t size;		/* bytes */
	int call;		/* to tell that something has been marked; or -1 */
	bool told;		/* that it is too short */
};

void dirty_log_init(struct dirty_log *log);
void dirty_log_fini(struct connection *connection);

/* If it is asked for: the writable bytes of @count chains of @batch, and the used ring. */
void dirty_log_batch(struct queue *queue, const struct vcrypto_batch *batch, size_t count);

/* If it is asked for: bytes of one chain, and the used ring. */
void dirty_log_written(struct queue *queue, struct vcrypto_cursor written);

/* If it is asked for: the used ring, flags and event index included. */
void dirty_log_used(struct queue *queue);

/* The messages; handlers.h says what they return. */
const char *on_set_log_base(struct connection *connection);
const char *on_set_log_fd(struct connection *connection);

#endif /* VCRYPTOD_DIRTY_LOG_H */
