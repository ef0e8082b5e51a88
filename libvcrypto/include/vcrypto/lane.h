/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Where ops are executed: one backend that has been opened, what it is working on, and
 * memory for payload that it cannot take as it lies.
 *
 * A lane runs ops of any of its sessions, of whatever store.  A session is made on a
 * lane and stays there, because keys may belong to what the backend has opened.  So
 * nothing that an op touches is shared with another lane, and there is no lock: calls
 * for one lane, and for sessions on it, must not overlap; different lanes may run on
 * as many threads as there are lanes, also when they share a store.
 *
 * The lane allocates nothing: the caller brings the memory.
 */
#ifndef VCRYPTO_LANE_H
#define VCRYPTO_LANE_H

#include <vcrypto/backend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque; lives in the caller's memory. */
struct vcrypto_lane;

/* Bytes of memory, aligned to VCRYPTO_ALIGNMENT, that a lane for @backend needs. */
size_t vcrypto_lane_size(const struct vcrypto_backend *backend);

/*
 * Make a lane in @memory, vcrypto_lane_size() bytes of zeros.  @bounce, of @bounce_len
 * bytes and any alignment, holds copies of payload and AAD: of what a guest overlaps,
 * or scatters where the backend needs one piece.  An op that needs more of it than there
 * is is refused with VCRYPTO_ERROR, so it should be as long as the longest source and AAD
 * together.  Both belong to the lane until vcrypto_lane_fini(); @backend must outlive
 * it.  NULL if the memory is misaligned or the backend does not open.
 */
struct vcrypto_lane *vcrypto_lane_init(void *memory, const struct vcrypto_backend *backend,
				       void *bounce, size_t bounce_len);

/* Close the backend, wipe.  No session of this lane may be left. */
void vcrypto_lane_fini(struct vcrypto_lane *lane);

/* The backend, and what it offers of what the core supports; constant, as long as the lane. */
const struct vcrypto_backend *vcrypto_lane_backend(const struct vcrypto_lane *lane);
const struct vcrypto_capabilities *vcrypto_lane_capabilities(const struct vcrypto_lane *lane);

/* Bytes of payload taken and given by ops that succeeded. */
struct vcrypto_traffic {
	uint64_t bytes_in;	/* of source */
	uint64_t bytes_out;	/* of destination */
};

/*
 * Since the lane was made, on top of what was set last.  Who shares a lane takes and sets it
 * around what he does, so that nobody sees how much others have done.
 */
struct vcrypto_traffic vcrypto_lane_traffic(const struct vcrypto_lane *lane);
void vcrypto_lane_set_traffic(struct vcrypto_lane *lane, struct vcrypto_traffic traffic);

/*
 * Take an op, whose session is on this lane.  It is done after the next
 * vcrypto_lane_flush(), maybe before.  Ops of one session take effect in the order in
 * which they come.  What is refused changes nothing: VCRYPTO_BAD_PARAMETER,
 * VCRYPTO_NOT_SUPPORTED; VCRYPTO_ERROR where a key stream is lost (protocol 4.7.3), or there
 * is too little bounce memory.
 */
void vcrypto_lane_submit(struct vcrypto_lane *lane, struct vcrypto_op *op);

/* Execute what has been submitted: all ops are done. */
void vcrypto_lane_flush(struct vcrypto_lane *lane);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_LANE_H */
