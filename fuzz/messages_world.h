/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What is around the daemon in fuzz-messages: a kernel with files and a socket, a loop, and a
 * device of the standard that only notes what it is asked.
 */
#ifndef FUZZ_MESSAGES_WORLD_H
#define FUZZ_MESSAGES_WORLD_H

#include "../vhost-user-adapter/adapter.h"
#include "fuzz.h"

#define FIRST_FD 100
#define MOST_FDS 2048
#define SOCKET_FD 99
/* Each file of memory is these bytes. */
#define FILE_BYTES 0x12000u

enum file {
	FILE_CLOSED,
	FILE_EVENT,
	FILE_BLOCKS,		/* an event that blocks who writes to it */
	FILE_MEMORY,
	FILE_SOCKET,
	FILE_PIPE,		/* for a state; so may be a socket */
	FILE_DENIED,		/* an event, but the kernel has no memory to wait for it */
	FILE_NOTES,		/* other bytes than those of memory, for requests in flight */
};

/* What the device was asked to make. */
struct made {
	uint32_t calls;
	struct vcrypto_virtio_numbers numbers;
	uint8_t keys[64 + 512];
};

struct world {
	enum file files[MOST_FDS];
	uint32_t used;			/* files that there have been */
	uint32_t open;
	/* The message on its way. */
	const uint8_t *bytes;
	size_t left;
	size_t piece;			/* comes at once, at most */
	int fds[MESSAGE_MAX_FDS + 2];
	uint32_t fd_count;
	size_t fds_after;		/* bytes that come before them */
	size_t delivered;
	/* What the daemon did. */
	uint32_t replies;
	uint8_t reply[12 + MESSAGE_MAX_PAYLOAD];
	size_t reply_len;
	int reply_file;			/* or -1 */
	uint64_t filled;		/* bytes of a file of ours */
	bool sealed;
	uint32_t mappings;
	uint64_t mapped;
	uint32_t watched;		/* files and the socket */
	uint32_t resets;
	uint32_t sessions;		/* that there are */
	const void *engine;		/* whose they are, of our own device */
	uint64_t negotiated;
	uint64_t destroyed;
	/* Of a state on its way. */
	uint32_t seconds;		/* the clock */
	uint32_t rounds;		/* of the loop */
	int io;				/* bytes that the next read or write takes, or -errno */
	size_t saved;			/* bytes that are still to be asked for */
	size_t keeps;			/* of what is there to be loaded, so many come again */
	enum vcrypto_virtio_load loaded;	/* the answer to that */
	struct made made;
	int64_t answer;			/* to the next session: an id, or minus a status */
};

extern struct world world;

int world_open(enum file kind);
enum file world_file(int fd);
/* Bytes of all files of memory. */
uint8_t *world_memory(void);
/* Those of files of notes, as many. */
uint8_t *world_notes(void);
/* Nothing is left of the last input. */
void world_reset(void);

#define DEVICE_FEATURES ((uint64_t)0x2f)

#endif /* FUZZ_MESSAGES_WORLD_H */
