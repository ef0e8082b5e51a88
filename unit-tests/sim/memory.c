// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Guest memory made of regions of exact size. */
#include <stdio.h>
#include <stdlib.h>

#include "sim.h"

#define PAGE 4096

/* Guest address 0 stays unmapped: a zeroed descriptor must not point anywhere. */
#define FIRST_ADDRESS 0x10000

void sim_die(const char *what)
{
	fprintf(stderr, "sim: %s\n", what);
	abort();
}

void sim_memory_start(struct sim_memory *memory)
{
	memset(memory, 0, sizeof(*memory));
	memory->next = FIRST_ADDRESS;
}

void sim_memory_stop(struct sim_memory *memory)
{
	size_t i;

	for (i = 0; i < memory->table.count; i++)
		free(memory->regions[i].host);
	free(memory->regions);
	memset(memory, 0, sizeof(*memory));
}

struct sim_buffer sim_map(struct sim_memory *memory, uint64_t guest, size_t len)
{
	struct vcrypto_region *region;
	void *host = malloc(len ? len : 1);

	if (memory->table.count == memory->room) {
		memory->room = 2 * memory->room + 16;
		memory->regions = realloc(memory->regions,
					  memory->room * sizeof(*memory->regions));
		memory->table.regions = memory->regions;
	}
	if (!host || !memory->regions)
		sim_die("out of memory");
	memset(host, SIM_FILL, len);
	region = &memory->regions[memory->table.count++];
	region->guest = guest;
	region->len = len;
	region->host = host;
	return (struct sim_buffer){ guest, host, len };
}

void sim_unmap(struct sim_memory *memory, uint64_t guest)
{
	size_t i;

	for (i = memory->table.count; i-- > 0;) {
		if (memory->regions[i].guest != guest)
			continue;
		free(memory->regions[i].host);
		memory->regions[i] = memory->regions[--memory->table.count];
		return;
	}
	sim_die("no such region");
}

struct sim_buffer sim_alloc(struct sim_memory *memory, size_t len)
{
	uint64_t guest = memory->next;

	if (!len)
		return (struct sim_buffer){ 0, NULL, 0 };
	memory->next += (len + 2 * PAGE - 1) / PAGE * PAGE;
	return sim_map(memory, guest, len);
}

void sim_free(struct sim_memory *memory, struct sim_buffer *buffer)
{
	if (buffer->len)
		sim_unmap(memory, buffer->guest);
	*buffer = (struct sim_buffer){ 0, NULL, 0 };
}

struct sim_buffer sim_take(struct sim_buffer *arena, size_t len)
{
	struct sim_buffer taken = { arena->guest, arena->host, len };

	if (len > arena->len)
		sim_die("the arena is empty");
	arena->guest += len;
	arena->host += len;
	arena->len -= len;
	return taken;
}

size_t sim_cut(const struct sim_part *parts, size_t count, uint32_t longest,
	       struct sim_part *to, size_t room)
{
	size_t pieces = 0;
	size_t i;

	for (i = 0; i < count; i++) {
		struct sim_part rest = parts[i];

		while (rest.len) {
			uint32_t here = rest.len < longest ? rest.len : longest;

			if (pieces < room)
				to[pieces] = (struct sim_part){ rest.guest, here, rest.write };
			pieces++;
			rest.guest += here;
			rest.len -= here;
		}
	}
	return pieces;
}
