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

/* One for the process, like the fuzz target itself. */
struct flaky {
	const struct vcrypto_backend *inner;
	uint64_t fail_mask;	/* bit n: action n, modulo 64, fails */
	uint64_t actions;	/* sessions made, jobs run, hash states copied so far */
	uint32_t live;		/* sessions */
	bool open;
};

extern struct flaky flaky;

/*
 * The table for @inner.  @fail_mask says what will fail; without @can_copy it
 * has no hash_copy().  Good until the next call.
 */
const struct vcrypto_backend *flaky_setup(const struct vcrypto_backend *inner,
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
