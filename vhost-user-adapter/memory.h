/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The memory of one guest: files that the front end has sent, mapped.  A guest's addresses
 * and the front end's own lead to the same bytes.
 *
 * A file may be cut short while it is mapped.  Who touches what is gone gets zeros, from
 * memory that takes its place, and the guest's memory counts as lost; nothing else happens.
 * That needs a mapping, so guests must never have all that a process may have.
 */
#ifndef VCRYPTOD_MEMORY_H
#define VCRYPTOD_MEMORY_H

#include <vcrypto/vring.h>

#include "message.h"
#include "remains.h"

/* Regions at once, at most; what libvhost-user has, and front ends expect. */
#define MEMORY_SLOTS 509
/* What a front end needs at least: QEMU sends so many in one table. */
#define MEMORY_SLOTS_LEAST 8

struct mapping {
	uint64_t user;		/* the front end's address of the region */
	uint64_t offset;	/* in the file, as it was told */
	void *base;		/* what is mapped, the region in it */
	size_t len;
};

/* What front ends share with us beside that; each once. */
enum shared {
	SHARED_LOG,
	SHARED_INFLIGHT,
	SHARED_KINDS,
};

struct memory {
	struct vcrypto_memory table;	/* for rings; @regions in order of coming */
	struct vcrypto_region regions[MEMORY_SLOTS];
	struct mapping mappings[MEMORY_SLOTS];
	struct mapping shared[SHARED_KINDS];	/* @len 0: not there */
	uint32_t slots;		/* regions, at most */
	uint64_t most;		/* bytes mapped, all together */
	bool lost;
	struct remains *remains;
	struct memory *next;		/* all of this thread, for the handler */
};

/*
 * Once for each guest, of @guests at most: no region, and room for @slots.  It must not move from
 * then on, and no other thread may use it.  Files may be sparse, so what is limited is addresses:
 * no guest may take those of others.  What is unmapped goes to @remains.
 */
void memory_init(struct memory *memory, uint32_t guests, uint32_t slots, struct remains *remains);

/* Unmap all, and forget it. */
void memory_fini(struct memory *memory);

/* Unmap all. */
void memory_clear(struct memory *memory);

/*
 * Map @region of file @fd, which stays the caller's.  What is wrong; NULL: nothing, and it is
 * there.
 */
const char *memory_add(struct memory *memory, const struct message_region *region, int fd);

/* The same for all regions of a table at once, after all that was there: all or nothing. */
const char *memory_replace(struct memory *memory, const struct message_region *regions,
			   const int *fds, uint32_t count);

/* Unmap the region of just these addresses and size.  False: there is none. */
bool memory_remove(struct memory *memory, const struct message_region *region);

/* The guest's address of what the front end has at @user.  False: nowhere. */
bool memory_guest_address(const struct memory *memory, uint64_t user, uint64_t *guest);

/*
 * Map @size bytes of file @fd from @offset on as what is shared as @kind, instead of what was.
 * What is wrong, and the old one is still there; NULL: nothing, and they are @at.
 */
const char *memory_share(struct memory *memory, enum shared kind, int fd, uint64_t offset,
			 uint64_t size, uint8_t **at);
void memory_unshare(struct memory *memory, enum shared kind);

/* The guest's address of what we have at @host.  False: nowhere. */
bool memory_guest_of(const struct memory *memory, const void *host, uint64_t *guest);

/* Catch what happens when a file has been cut short.  Once, before any memory is used. */
void memory_guard(void);

#endif /* VCRYPTOD_MEMORY_H */
