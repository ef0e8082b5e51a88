// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdlib.h>

#include "rig.h"

void rig_init(struct rig *rig)
{
	assert_true(vcrypto_vring_init(&rig->vring, &rig->memory.table, &rig->ring.setup));
}

void rig_start(struct rig *rig, uint16_t size, uint64_t features, uint16_t first)
{
	sim_memory_start(&rig->memory);
	sim_ring_start(&rig->ring, &rig->memory, size, features, first);
	rig->in = sim_alloc(&rig->memory, 64);
	rig->out = sim_alloc(&rig->memory, 64);
	rig_init(rig);
}

void rig_stop(struct rig *rig)
{
	sim_ring_stop(&rig->ring);
	sim_memory_stop(&rig->memory);
}

enum vcrypto_vring_state rig_pop(struct rig *rig)
{
	rig->chain.segments = rig->segments;
	rig->chain.capacity = COUNT(rig->segments);
	return vcrypto_vring_pop(&rig->vring, &rig->chain);
}

uint16_t rig_post(struct rig *rig)
{
	const struct sim_part parts[] = { sim_readable(rig->in), sim_writable(rig->out) };
	int head = sim_chain(&rig->ring, parts, COUNT(parts), SIM_DIRECT, NULL);

	assert_true(head >= 0);
	sim_publish(&rig->ring, (uint16_t)head);
	return (uint16_t)head;
}

void rig_desc(struct rig *rig, uint32_t index, uint64_t guest, uint32_t len, uint32_t flags,
	      uint32_t next)
{
	sim_set_desc(sim_desc(&rig->ring, index), guest, len, flags, next);
}

/* All guest memory in one piece. */
static uint8_t *snapshot(const struct sim_memory *memory, size_t *size)
{
	uint8_t *copy = NULL;
	size_t i;

	*size = 0;
	for (i = 0; i < memory->table.count; i++) {
		size_t len = (size_t)memory->regions[i].len;

		copy = realloc(copy, *size + len);
		assert_non_null(copy);
		memcpy(copy + *size, memory->regions[i].host, len);
		*size += len;
	}
	return copy;
}

void rig_must_break(struct rig *rig)
{
	size_t before_size, after_size;
	uint8_t *before = snapshot(&rig->memory, &before_size);
	uint8_t *after;

	assert_int_equal(rig_pop(rig), VCRYPTO_VRING_BROKEN);
	assert_int_equal(rig_pop(rig), VCRYPTO_VRING_BROKEN);
	assert_non_null(vcrypto_vring_broken(&rig->vring));
	assert_false(vcrypto_vring_should_interrupt(&rig->vring));
	vcrypto_vring_disable_notify(&rig->vring);
	assert_false(vcrypto_vring_enable_notify(&rig->vring));
	assert_int_equal(rig_pop(rig), VCRYPTO_VRING_BROKEN);
	after = snapshot(&rig->memory, &after_size);
	assert_int_equal(before_size, after_size);
	assert_memory_equal(before, after, before_size);
	free(before);
	free(after);
}
