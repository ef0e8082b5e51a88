// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

#define SMALLEST_PAGE 4096u

/* Addresses that guests have together: half of what the smallest usual process has. */
#define ADDRESSES ((uint64_t)1 << (sizeof(void *) == 8 ? 46 : 30))

/* A guest belongs to a thread, and no other touches its memory. */
static _Thread_local struct memory *all;

void memory_init(struct memory *memory, uint32_t guests, uint32_t slots, struct remains *remains)
{
	memory->remains = remains;
	memory->table = (struct vcrypto_memory){ memory->regions, 0 };
	memory->slots = slots;
	memory->most = ADDRESSES / guests;
	memory->lost = false;
	memory->next = all;
	all = memory;
}

static void unmap(const struct memory *memory, const struct mapping *mapping)
{
	remains_memory(memory->remains, mapping->base, mapping->len);
}

void memory_clear(struct memory *memory)
{
	size_t i;

	for (i = 0; i < memory->table.count; i++)
		unmap(memory, &memory->mappings[i]);
	memory->table.count = 0;
}

void memory_fini(struct memory *memory)
{
	struct memory **at;
	int i;

	memory_clear(memory);
	for (i = 0; i < SHARED_KINDS; i++)
		memory_unshare(memory, (enum shared)i);
	for (at = &all; *at != memory; at = &(*at)->next)
		;
	*at = memory->next;
}

/* Whether [a, a + len) and [b, b + other) have bytes in common; neither wraps. */
static bool overlap(uint64_t a, uint64_t len, uint64_t b, uint64_t other)
{
	return a < b + other && b < a + len;
}

static const char *region_fault(const struct memory *memory, const struct message_region *region)
{
	size_t i;

	if (!region->size || region->guest + region->size < region->guest ||
	    region->user + region->size < region->user ||
	    region->offset + region->size < region->offset)
		return "a region that is empty, or goes on beyond the last address";
	for (i = 0; i < memory->table.count; i++) {
		const struct vcrypto_region *other = &memory->regions[i];

		if (overlap(region->guest, region->size, other->guest, other->len) ||
		    overlap(region->user, region->size, memory->mappings[i].user, other->len))
			return "regions that overlap";
	}
	return memory->table.count < memory->slots ? NULL : "too many regions";
}

/* A file can be mapped from whole pages on; those of hugetlbfs are what it calls blocks. */
static uint64_t page_of(const struct statx *about)
{
	uint64_t block = about->stx_blksize;

	return block > SMALLEST_PAGE && !(block & (block - 1)) ? block : SMALLEST_PAGE;
}

static bool room_for(const struct memory *memory, uint64_t len)
{
	uint64_t left = memory->most;
	size_t i;

	/* Cannot wrap: each was looked at like this one. */
	for (i = 0; i < memory->table.count; i++)
		left -= memory->mappings[i].len;
	for (i = 0; i < SHARED_KINDS; i++)
		left -= memory->shared[i].len;
	return len <= left;
}

/* @mapping, the offset in its file told; NULL: @size bytes are there, @at. */
static const char *map_file(const struct memory *memory, int fd, uint64_t size,
			    struct mapping *mapping, uint8_t **at)
{
	uint64_t start, len, end = mapping->offset + size;
	struct statx about;

	if (end < size ||
	    statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE | STATX_SIZE, &about) ||
	    !S_ISREG(about.stx_mode) || end > about.stx_size)
		return "a region whose file is shorter than it, or is none";
	start = mapping->offset & ~(page_of(&about) - 1);
	/* All of the last page, or munmap() refuses where pages are large. */
	len = (end - start + page_of(&about) - 1) & ~(page_of(&about) - 1);
	if (!room_for(memory, len))
		return "more memory than a guest may have";
	/* Less than there are addresses, also where those have 32 bits. */
	mapping->len = (size_t)len;
	mapping->base = mmap(NULL, mapping->len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd,
			     (off_t)start);
	if (mapping->base == MAP_FAILED)
		return "a region that cannot be mapped";
	*at = (uint8_t *)mapping->base + (mapping->offset - start);
	return NULL;
}

const char *memory_add(struct memory *memory, const struct message_region *region, int fd)
{
	size_t count = memory->table.count;
	const char *fault = region_fault(memory, region);
	struct mapping mapping = { .user = region->user, .offset = region->offset };
	uint8_t *host;

	if (!fault)
		fault = map_file(memory, fd, region->size, &mapping, &host);
	if (fault)
		return fault;
	memory->mappings[count] = mapping;
	memory->regions[count] = (struct vcrypto_region){ region->guest, region->size, host };
	memory->table.count++;
	return NULL;
}

const char *memory_replace(struct memory *memory, const struct message_region *regions,
			   const int *fds, uint32_t count)
{
	struct memory *fresh = calloc(1, sizeof(*fresh));
	const char *fault = NULL;
	uint32_t i;

	if (!fresh)
		return "no memory for a table of regions";
	fresh->table.regions = fresh->regions;
	fresh->slots = memory->slots;
	fresh->most = memory->most;
	fresh->remains = memory->remains;
	memcpy(fresh->shared, memory->shared, sizeof(fresh->shared));
	for (i = 0; i < count && !fault; i++)
		fault = memory_add(fresh, &regions[i], fds[i]);
	if (fault) {
		memory_clear(fresh);
	} else {
		memory_clear(memory);
		memcpy(memory->regions, fresh->regions, sizeof(fresh->regions));
		memcpy(memory->mappings, fresh->mappings, sizeof(fresh->mappings));
		memory->table.count = fresh->table.count;
	}
	free(fresh);
	return fault;
}

bool memory_remove(struct memory *memory, const struct message_region *region)
{
	size_t i;

	for (i = 0; i < memory->table.count; i++) {
		size_t last = memory->table.count - 1;

		if (memory->regions[i].guest != region->guest ||
		    memory->regions[i].len != region->size ||
		    memory->mappings[i].user != region->user)
			continue;
		unmap(memory, &memory->mappings[i]);
		memory->regions[i] = memory->regions[last];
		memory->mappings[i] = memory->mappings[last];
		memory->table.count = last;
		return true;
	}
	return false;
}

bool memory_guest_address(const struct memory *memory, uint64_t user, uint64_t *guest)
{
	size_t i;

	for (i = 0; i < memory->table.count; i++) {
		uint64_t base = memory->mappings[i].user;

		if (user < base || user - base >= memory->regions[i].len)
			continue;
		*guest = memory->regions[i].guest + (user - base);
		return true;
	}
	return false;
}

const char *memory_share(struct memory *memory, enum shared kind, int fd, uint64_t offset,
			 uint64_t size, uint8_t **at)
{
	struct mapping mapping = { .offset = offset };
	const char *fault = map_file(memory, fd, size, &mapping, at);

	if (fault)
		return fault;
	memory_unshare(memory, kind);
	memory->shared[kind] = mapping;
	return NULL;
}

void memory_unshare(struct memory *memory, enum shared kind)
{
	if (memory->shared[kind].len)
		unmap(memory, &memory->shared[kind]);
	memory->shared[kind].len = 0;
}

bool memory_guest_of(const struct memory *memory, const void *host, uint64_t *guest)
{
	size_t i;

	for (i = 0; i < memory->table.count; i++) {
		uint64_t offset = (uintptr_t)host - (uintptr_t)memory->regions[i].host;

		if (offset >= memory->regions[i].len)
			continue;
		*guest = memory->regions[i].guest + offset;
		return true;
	}
	return false;
}

/* What takes the place of @mapping, if @at lies in it. */
static bool replace_lost(const struct mapping *mapping, uintptr_t at)
{
	return at - (uintptr_t)mapping->base < mapping->len &&
	       mmap(mapping->base, mapping->len, PROT_READ | PROT_WRITE,
		    MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

/*
 * The access is made again after this returns.  Only system calls: it is on the thread that
 * touched the memory, where it did, so that thread's lists are whole.
 */
static void on_bus_error(int number, siginfo_t *info, void *context)
{
	static const char end[] = "vcryptod: memory is gone, and there is none for its place\n";
	uintptr_t at = (uintptr_t)info->si_addr;
	struct memory *memory;
	ssize_t told;
	bool replaced;
	size_t i;

	(void)number;
	(void)context;
	for (memory = all; memory; memory = memory->next) {
		replaced = false;
		for (i = 0; i < memory->table.count && !replaced; i++)
			replaced = replace_lost(&memory->mappings[i], at);
		for (i = 0; i < SHARED_KINDS && !replaced; i++)
			replaced = replace_lost(&memory->shared[i], at);
		if (!replaced)
			continue;
		memory->lost = true;
		return;
	}
	/* To have the default action is a system call that is not left. */
	told = write(STDERR_FILENO, end, sizeof(end) - 1);
	(void)told;
	_exit(EXIT_FAILURE);
}

void memory_guard(void)
{
	struct sigaction action = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO };

	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, NULL);
}
