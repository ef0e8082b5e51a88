/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A store and a lane as a format has them, without a ring. */
#ifndef UNIT_TESTS_CORE_RIG_H
#define UNIT_TESTS_CORE_RIG_H

#include <stddef.h>
#include <stdint.h>

#include <vcrypto/lane.h>
#include <vcrypto/store.h>

struct core_rig {
	struct vcrypto_store *store;
	struct vcrypto_lane *lane;
	void *store_memory, *lane_memory;
};

/* @size bytes (of VCRYPTO_ALIGNMENT, a multiple of it) of 0, to be given to free(). */
void *core_memory(size_t size);

/* With @backend, and @bounce_size bytes at @bounce, or NULL.  Contexts are not open. */
void core_start(struct core_rig *core, const struct vcrypto_backend *backend, uint32_t contexts,
		uint32_t sessions, void *bounce, size_t bounce_size);
void core_stop(struct core_rig *core);

#endif /* UNIT_TESTS_CORE_RIG_H */
