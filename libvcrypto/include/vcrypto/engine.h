/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The device side in one piece: executes requests of our format that lie in iovecs.
 *
 * Theory of operation.  A request goes through three steps with plain values
 * between them:
 *
 *	vcrypto_decode()   bytes -> struct vcrypto_request; looks at the form only
 *	vcrypto_execute()  looks up handles, runs backend batches
 *	vcrypto_encode()   status, lengths, digest and IV -> bytes
 *
 * vcrypto_process() does all three for any number of requests.  A VMM that
 * wants execution elsewhere calls the steps itself.
 *
 * An engine is a store (store.h), one lane (lane.h) and our format (format.h), and no
 * more than a page of code: whoever needs them apart, several guests on a lane or several
 * threads for a guest, uses those.
 *
 * One engine serves one virtqueue.  Contexts and sessions live in the queue
 * on which they were made (protocol 2.5), so engines share nothing: calls for
 * one engine must not overlap, calls for different engines may run on as many
 * threads as there are engines, and there is no lock anywhere.  Requests take
 * effect in the order in which they are given.
 *
 * The engine allocates nothing.  The caller asks for the size that given
 * limits need, brings the memory, and has it back after vcrypto_engine_fini().
 */
#ifndef VCRYPTO_ENGINE_H
#define VCRYPTO_ENGINE_H

#include <vcrypto/format.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque; lives in the caller's memory. */
struct vcrypto_engine;

/*
 * Bytes of memory, aligned to VCRYPTO_ALIGNMENT, that an engine for @limits
 * and @backend needs; 0 if @limits are out of range.  A payload-sized part of
 * it is touched only when a guest overlaps source and destination, or scatters
 * what a backend needs in one piece (zeroed pages that are never touched cost
 * nothing).
 */
size_t vcrypto_engine_size(const struct vcrypto_limits *limits,
			   const struct vcrypto_backend *backend);

/*
 * Make an engine in @memory, which has vcrypto_engine_size() bytes of zeros
 * and belongs to the engine until vcrypto_engine_fini().  @limits is copied;
 * @backend must outlive the engine.  NULL if the limits are out of range, the
 * memory is misaligned, or the backend does not open; the memory is then no
 * longer all zeros.
 */
struct vcrypto_engine *vcrypto_engine_init(void *memory, const struct vcrypto_limits *limits,
					   const struct vcrypto_backend *backend);

/*
 * The same for an engine that shares its lane with others: for many guests on one thread.  It
 * needs no memory for lane and bounce.  @lane must outlive it and have bounce memory of
 * limits->payload + limits->aad bytes; calls for all that is on the lane must not overlap.
 * What the counters say is this engine's alone.
 */
size_t vcrypto_engine_size_on(const struct vcrypto_limits *limits,
			      const struct vcrypto_backend *backend);
struct vcrypto_engine *vcrypto_engine_init_on(void *memory, const struct vcrypto_limits *limits,
					      struct vcrypto_lane *lane);

/*
 * Free every session, close every context, zero the counters: what a device
 * reset does.  No request may be between execute and encode.  Keys are wiped.
 */
void vcrypto_engine_reset(struct vcrypto_engine *engine);

/*
 * Right after vcrypto_engine_reset(): the part of the engine's memory, of @len bytes,
 * that holds nothing then, most of it.  The caller may give pages of it back to the
 * system, if they read as zeros when they are touched again (Linux: madvise() with
 * MADV_DONTNEED, for private memory).
 */
void *vcrypto_engine_idle_memory(struct vcrypto_engine *engine, size_t *len);

/* Reset, close the backend, wipe.  @engine is gone; the memory is the caller's. */
void vcrypto_engine_fini(struct vcrypto_engine *engine);

/* The parts, which are there as long as the engine. */
struct vcrypto_store *vcrypto_engine_store(const struct vcrypto_engine *engine);
struct vcrypto_lane *vcrypto_engine_lane(const struct vcrypto_engine *engine);

/*
 * Fill @config, the whole of it, for a device with @queues engines made like
 * this one (protocol 2.3).
 */
void vcrypto_engine_config(const struct vcrypto_engine *engine, uint32_t queues,
			   struct vcrypto_config *config);

/* The counters of protocol 4.9, as they stand now. */
void vcrypto_engine_counters(const struct vcrypto_engine *engine,
			     struct vcrypto_counters *counters);

/*
 * Take the bytes of a request apart (protocol 3).  @readable and @writable are
 * the two halves of a chain; each control byte is read exactly once.
 *
 * False if there is no room for a response header, which no honest driver
 * does: the request cannot even be refused, and the device should be marked
 * broken.  Otherwise true, and @request is either complete or carries the
 * status with which it will be refused; give it to the next two steps either
 * way.
 */
VCRYPTO_MUST_CHECK
bool vcrypto_decode(const struct vcrypto_engine *engine, struct vcrypto_cursor readable,
		    struct vcrypto_cursor writable, struct vcrypto_request *request);

/*
 * What executing a decoded request will cost, in the unit of vcrypto_weight(): about
 * nanoseconds, the way from and to the ring included. For a caller that shares out
 * time: it stops before a request that is too dear now, and drops it, that is, does
 * not give it to the next two steps; decoding has changed nothing. The cost depends
 * on sessions as they are, so ask when the requests before have been executed; a
 * session that is not there (yet) counts as the dearest.
 */
uint64_t vcrypto_cost(const struct vcrypto_engine *engine, const struct vcrypto_request *request);

/*
 * Execute @count requests in order (any number; backends see batches of up to
 * VCRYPTO_BATCH).  The chains of all must stay mapped until they are encoded.
 * A request that is refused changes nothing.
 */
void vcrypto_execute(struct vcrypto_engine *engine, struct vcrypto_request *requests,
		     size_t count);

/*
 * Write the response of an executed request and return how many bytes of the
 * writable half are now defined, counted from its start: the length for the
 * used ring.  At least sizeof(struct vcrypto_response_header).  Wipes what
 * @request held of digests and IVs.
 */
uint32_t vcrypto_encode(struct vcrypto_engine *engine, struct vcrypto_request *request);

/*
 * Decode, execute and encode @count chains, in order.  Returns how many were
 * answered; the others have written == 0.
 */
size_t vcrypto_process(struct vcrypto_engine *engine, struct vcrypto_io *chains, size_t count);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_ENGINE_H */
