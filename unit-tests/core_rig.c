// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core_rig.h"

void *core_memory(size_t size)
{
	void *memory = aligned_alloc(VCRYPTO_ALIGNMENT, size);

	assert_non_null(memory);
	return memset(memory, 0, size);
}

void core_start(struct core_rig *core, const struct vcrypto_backend *backend, uint32_t contexts,
		uint32_t sessions, void *bounce, size_t bounce_size)
{
	core->store_memory = core_memory(vcrypto_store_size(contexts, sessions, backend));
	core->lane_memory = core_memory(vcrypto_lane_size(backend));
	core->store = vcrypto_store_init(core->store_memory, contexts, sessions, backend);
	core->lane = vcrypto_lane_init(core->lane_memory, backend, bounce, bounce_size);
	assert_true(core->store && core->lane);
}

void core_stop(struct core_rig *core)
{
	vcrypto_store_fini(core->store);
	vcrypto_lane_fini(core->lane);
	free(core->store_memory);
	free(core->lane_memory);
}
