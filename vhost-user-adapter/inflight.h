/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Requests in flight, written down in a file that the front end keeps.  When a daemon has ended
 * in the middle of some, the next one finds there which they were, and does them.
 *
 * For each queue a piece of the file: a head, and an entry for each descriptor (vhost-user,
 * "In-flight I/O tracking", split virtqueue).  Whoever has the file may have written anything to
 * it, so what stands there is read once, and decides at most which of the driver's chains are
 * taken once more.
 */
#ifndef VCRYPTOD_INFLIGHT_H
#define VCRYPTOD_INFLIGHT_H

#include <vcrypto/serve.h>

struct connection;
struct queue;

/* The file.  Zeros: none. */
struct inflight {
	uint8_t *base;
	uint32_t queues;
	uint32_t size;		/* descriptors of each */
};

/* Of a queue.  Zeros: it does not run, or nothing is written down. */
struct inflight_queue {
	struct inflight_region *region;
	uint64_t counter;	/* of the next request */
	uint16_t used;		/* the used index, when all is pushed that has been answered */
	uint16_t *again;	/* heads to take once more, in this order */
	uint32_t left;		/* of them */
	uint32_t next;
};

/*
 * The ring is about to start: find what was in flight, and correct @setup.  What is wrong; NULL:
 * nothing.
 */
const char *inflight_start(struct queue *queue, struct vcrypto_vring_setup *setup);

/* It has been stopped; what has not been done stays written down. */
void inflight_stop(struct queue *queue);

/* The driver begins anew, so nothing is in flight. */
void inflight_forget(struct queue *queue);

/* As vcrypto_serve_with(), those that were in flight first. */
size_t inflight_serve(struct queue *queue, struct vcrypto_batch *batch);

/* As vcrypto_vring_push(), of a request that was not answered with its batch. */
void inflight_push(struct queue *queue, uint16_t head, uint32_t written);

/* The messages; handlers.h says what they return. */
const char *on_get_inflight_fd(struct connection *connection);
const char *on_set_inflight_fd(struct connection *connection);

#endif /* VCRYPTOD_INFLIGHT_H */
