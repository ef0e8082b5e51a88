/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A provider around another one: fails at chosen calls, leaving behind a mess
 * that the engine must clean up, and holds the engine to every sentence of
 * backend.h.
 */
#ifndef FUZZ_FLAKY_H
#define FUZZ_FLAKY_H

#include <vcrypto/backend.h>

#include "fuzz.h"

#define FLAKY_NAME "flaky"
#define FLAKY_PROVIDER 16	/* bytes of a provider, for the engine to wipe */

/*
 * One for each provider.  What the provider's open() makes is kept for the process, because
 * a library context and all that is fetched there cost more than a thousand inputs.
 */
struct flaky {
	const struct vcrypto_backend *inner;
	void *inner_provider;	/* once it has been opened, and what it said then */
	struct vcrypto_capabilities capabilities;
	struct vcrypto_backend table;
	const void *provider;	/* the engine's, while it is open */
	uint64_t fail_mask;	/* bit n: action n, modulo 64, fails */
	uint64_t actions;	/* sessions made, jobs run, hash states copied so far, */
	uint64_t jobs;		/* and jobs alone */
	uint32_t live;		/* sessions */
	bool open;
	bool overlaps;		/* some op's source and destination may; else that is not looked at */
};

/* The one that the target is with. */
extern struct flaky *flaky;

/*
 * Be with @which, around @inner.  @fail_mask says what will fail; without @can_copy it
 * has no hash_copy().  Its table is for an engine that lasts as long as @which, and is
 * set up again for each input.
 */
const struct vcrypto_backend *flaky_setup(struct flaky *which, const struct vcrypto_backend *inner,
					  uint64_t fail_mask, bool can_copy);

/* Whether action number @action fails, and with what where there is a choice. */
static inline bool flaky_fails(uint64_t fail_mask, uint64_t action)
{
	return fail_mask >> action % 64 & 1;
}

static inline enum vcrypto_status flaky_refusal(uint64_t action)
{
	return action & 1 ? VCRYPTO_BAD_KEY : VCRYPTO_ERROR;
}

#endif /* FUZZ_FLAKY_H */
