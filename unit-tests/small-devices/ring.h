/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A small virtio device at the end of a simulated ring, so that a test reads
 * like the protocol:
 *
 *	ring_start(&ring, handle, &device);
 *	assert_int_equal(ring_call(&ring, request, len, room), used_len);
 *	... ring.reply ...
 *	ring_stop(&ring);
 *
 * What no device may do is checked for each call: readable bytes changed, bytes
 * written beyond the used length, a byte read twice.
 */
#ifndef RING_H
#define RING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <vcrypto/small-devices/chain.h>

#include "hook.h"
#include "sim.h"

/* What ring_call() returns if the ring is broken instead. */
#define RING_BROKEN (-1)

/* A device: one of the functions of chain.h. */
typedef uint32_t (*ring_handler)(void *device, struct vcrypto_cursor readable,
				 struct vcrypto_cursor writable);

struct ring {
	struct sim_memory memory;
	struct sim_ring driver;
	struct vcrypto_vring vring;
	ring_handler handle;
	void *device;
	/* How later calls are laid out; change at any time. */
	enum sim_layout layout;
	uint32_t cut;		/* longest piece in bytes; 0: do not cut */
	/* Called at each read of guest memory, as in hook.h; or NULL. */
	hook_fn spy;
	/* The reply of the last call: used_len bytes, then zeros. */
	uint8_t reply[8192];
};

void ring_start(struct ring *ring, ring_handler handle, void *device);
void ring_stop(struct ring *ring);

/* What a device reset does to the ring. */
void ring_reset(struct ring *ring);

/*
 * Sends @len bytes at @request with @room bytes for the reply, has the device
 * answer, and returns the used length.
 */
int ring_call(struct ring *ring, const void *request, size_t len, size_t room);

/* The same with the reply in the request's own buffer, @offset bytes into it. */
int ring_call_overlapping(struct ring *ring, const void *request, size_t len, size_t offset,
			  size_t room);

/* Answers all that is available; false: the ring is broken. */
bool ring_serve(struct ring *ring);

/*
 * Sends @request in every layout and cut, and expects the same used length and
 * reply each time.
 */
void ring_check_cuts(struct ring *ring, const void *request, size_t len, size_t room);

/*
 * Chains that virtio forbids (virtio 1.2, 2.7.5): each breaks the ring, and
 * after a reset a call with @request works.
 */
void ring_check_hostile(struct ring *ring, const void *request, size_t len, size_t room);

#endif /* RING_H */
