/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A guest with one queue, and the host that serves it, so that a test reads
 * like the protocol:
 *
 *	guest_start(&guest, &vcrypto_backend_libcrypto);
 *	open = guest_open(&guest, 0);
 *	make = guest_session(&guest, &session_args);
 *	call = guest_crypt(&guest, &crypt_args, plaintext);
 *	host_run(&guest);
 *	... call->status, call->dst, call->mac, call->iv ...
 *	guest_stop(&guest);
 *
 * Requests are built by the library's own driver half and judged by it, go
 * through a real ring and are executed by a real engine.  What the device must
 * never do is checked for each: readable bytes changed, bytes written beyond
 * the used length.
 */
#ifndef GUEST_H
#define GUEST_H

#include <vcrypto/engine.h>
#include <vcrypto/driver.h>

#include "sim.h"

/* guest_call.status before the device has answered. */
#define GUEST_PENDING (-2)

/* A request: what a driver keeps of it.  Owned by the guest. */
struct guest_call {
	struct guest_call *next;
	struct sim_buffer control;
	struct sim_buffer source;
	struct sim_buffer header;
	struct sim_buffer result;
	struct vcrypto_expect expect;
	uint8_t *sent;			/* private copy of control and source */
	int head;			/* -1 once it is not in the ring */
	/* When it has come back: */
	uint32_t used_len;
	struct vcrypto_response_header response;
	int status;			/* by vcrypto_check_response() */
	uint8_t *dst;			/* in result; destination or result structure */
	uint8_t *mac;
	uint8_t *iv;
	const char *violation;		/* what the device must not do, or NULL */
};

struct guest_options {
	const struct vcrypto_backend *backend;
	struct vcrypto_lane *lane;	/* of that backend, shared with others; NULL: its own */
	struct vcrypto_limits limits;
	uint16_t ring_size;
	uint16_t first_index;	/* where the ring's indexes start */
	uint64_t features;
};

/* Small tables, both ring features, 256 descriptors. */
struct guest_options guest_defaults(const struct vcrypto_backend *backend);

struct guest {
	struct guest_options options;
	struct sim_memory memory;
	struct sim_ring ring;
	struct guest_call *calls;	/* all that guest_forget() has not freed */
	struct vcrypto_device_limits limits;	/* config space, checked */
	/* How later requests are laid out; change at any time. */
	enum sim_layout layout;
	uint32_t cut;			/* longest piece in bytes; 0: one for each part */
	/* The host. */
	void *engine_memory;
	struct vcrypto_engine *engine;
	struct vcrypto_vring vring;
	enum vcrypto_vring_state state;	/* of the last pop */
	size_t batch;			/* chains taken at once; at most GUEST_BATCH */
	size_t answered;		/* by the host, so far */
	unsigned int interrupts;
	void *work;			/* of host.c */
};

#define GUEST_BATCH VCRYPTO_BATCH

void guest_start(struct guest *guest, const struct vcrypto_backend *backend);
void guest_start_with(struct guest *guest, const struct guest_options *options);
void guest_stop(struct guest *guest);

/* Each makes one request available and does not wait for it. */
struct guest_call *guest_open(struct guest *guest, uint32_t context);
struct guest_call *guest_close(struct guest *guest, uint32_t context);
struct guest_call *guest_session(struct guest *guest, const struct vcrypto_session_args *args);
struct guest_call *guest_free(struct guest *guest, uint32_t context, uint32_t session);
struct guest_call *guest_info(struct guest *guest, uint32_t context, uint32_t session);
struct guest_call *guest_hash_copy(struct guest *guest, uint32_t context, uint32_t to,
				   uint32_t from);
/* @source has args->src_len bytes; NULL: use args as they are, but send no source. */
struct guest_call *guest_crypt(struct guest *guest, const struct vcrypto_crypt_args *args,
			       const void *source);
/* Each of the four has as many bytes as args say; a tag only if vcrypto_sends_tag(). */
struct guest_call *guest_authcrypt(struct guest *guest, const struct vcrypto_authcrypt_args *args,
				   const void *aad, const void *source, const void *trailer,
				   const void *tag);
struct guest_call *guest_counters(struct guest *guest);

/*
 * Any bytes at all, and a writable half of @writable bytes, of which
 * (with status OK) @expect are expected; NULL: none.
 */
struct guest_call *guest_raw(struct guest *guest, const void *readable, size_t len,
			     size_t writable, const struct vcrypto_expect *expect);

/* The host takes what is available, executes it and answers; returns how many.
 * Then the guest looks at what has come back. */
size_t host_run(struct guest *guest);

/* Only the first of the two. */
size_t host_serve(struct guest *guest);
/* One batch, without a look at whether there is more.  Returns how many were taken. */
size_t host_serve_once(struct guest *guest);
void guest_collect(struct guest *guest);

/* host_run(), then the status of @call, which is gone afterwards. */
int guest_wait(struct guest *guest, struct guest_call *call);

/* Frees @call, which must not be in the ring any more. */
void guest_forget(struct guest *guest, struct guest_call *call);

/* What a device reset does, on both sides: the engine and the ring start anew. */
void guest_reset(struct guest *guest);

#endif /* GUEST_H */
