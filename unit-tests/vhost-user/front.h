/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A front end and its guest in one, for tests of vcryptod: a real process on the other side
 * of a socket, memory that both have, and files to notify with.
 */
#ifndef UNIT_VHOST_USER_FRONT_H
#define UNIT_VHOST_USER_FRONT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

#include "../../vhost-user-adapter/message.h"
#include <vcrypto/vring.h>

/* Where the guest has its memory, and where the front end says that it has it. */
#define RAM ((uint64_t)1 << 20)
#define RAM_GUEST 0x100000u
#define RAM_USER 0x7f0000000000u
/* In the memory: 16 KiB for each of the three parts of two rings, buffers from here on. */
#define PART(index, part) (0x10000u * (index) + 0x4000u * (part))
#define BUFFERS 0x20000u
#define RING_SIZE 64u
#define RING_SIZE_MAX 1024u
#define RINGS 2

/* How long anything may take that is waited for. */
#define PATIENCE_MS 5000

/* VCRYPTOD_EMULATED says that the processor is emulated. */
bool is_emulated(void);
/* Skip a test of what that changes. */
void skip_if_emulated(const char *what);

/* A daemon with the arguments that follow its socket, the last one NULL. */
void daemon_start(const char *const *arguments);
/*
 * One that gets its socket as systemd passes it on, as file 3: it listens where daemon_path()
 * says, or is one connection.  These arguments are all.
 */
void daemon_start_at_socket(const char *const *arguments);
void daemon_start_connected(const char *const *arguments, int socket);
/* How many loops it is given: what VCRYPTOD_THREADS of the environment says, or one. */
const char *daemon_threads(void);
/* Daemons that are started from now on may open so many files, and no more; 0: as many as we. */
void daemon_limit_files(unsigned int most);
/* The process that serves: in a sandbox it is a child. */
int daemon_inside(void);
/* The process that was started. */
int daemon_outside(void);
/* Whether that one has ended, and nobody has taken its status yet: no use in waiting for it. */
bool daemon_has_ended(void);
/* Where it listens. */
const char *daemon_path(void);
/* End it at once, as a fault would. */
void daemon_kill(void);
/* The same, if there is one: a test that failed has left it. */
void daemon_clear(void);
/* End it by SIGTERM; it must leave with status 0 before patience ends. */
void daemon_stop(void);
/* It must have ended by itself, or do so. */
void daemon_ended(void);
/* The same, with status 1. */
void daemon_fails(void);
/* How many lines of its log have @text in them. */
int daemon_said(const char *text);
/* Until it has said it. */
void daemon_wait_for(const char *text);
/* For the first time: it says its counters when it is told to. */
void daemon_print_counters(void);
/* What it has open, what of others it has mapped and, KiB, in memory. */
struct daemon_holding {
	size_t files;
	size_t mappings;
	size_t memory;
};
struct daemon_holding daemon_look(void);
/* It must have no more than @before, or come back to that. */
void daemon_holds(const struct daemon_holding *before);
/* Until no more than so many files are open in it. */
void daemon_wait_for_files(size_t count);
/*
 * Shared mappings: those are of what front ends have sent.  Private ones come and go with its
 * threads and its allocator's, and a sanitizer's, memory.
 */
size_t daemon_mappings(void);
/* Until it has no more than so many. */
void daemon_wait_for_mappings(size_t count);
/* Entries of a folder in its /proc. */
size_t daemon_count(const char *name);

/* Run the program with @arguments, ended by NULL; its status, and what it printed in @text. */
int program_run(const char *const *arguments, char *text, size_t len);

void sleep_ms(unsigned int ms);

struct ring_end {
	int kick;
	int call;
	uint16_t avail;		/* what the driver has made available */
	uint16_t used;		/* what it has seen of what was used */
	uint16_t next;		/* descriptor to fill next */
};

struct front {
	int socket;
	int file;		/* the memory */
	uint32_t ring_size;	/* RING_SIZE, or what is set before rings begin */
	uint8_t *ram;
	struct ring_end rings[RINGS];
	/* For a test to set after front_connect(): what it negotiates besides. */
	uint64_t protocol;
	uint64_t features;
	bool logs_used;		/* used rings are to be in the dirty log */
};

void front_connect(struct front *front);
/* The same with a connection that is there; takes @socket. */
void front_connect_by(struct front *front, int socket);
void front_close(struct front *front);

/* Send a message as it is; @fds may be NULL. */
void front_send(struct front *front, uint32_t request, uint32_t flags, const void *payload,
		uint32_t size, const int *fds, uint32_t count);
/* The next message must be a reply to @request, of @size bytes. */
void front_reply(struct front *front, uint32_t request, void *payload, uint32_t size);
/* With a file, which is the caller's. */
int front_reply_file(struct front *front, uint32_t request, void *payload, uint32_t size);
/* Nothing may have come. */
void front_silent(struct front *front);
/* The daemon must end the connection, without another byte. */
void front_ended(struct front *front);

void front_u64(struct front *front, uint32_t request, uint64_t value);
uint64_t front_ask(struct front *front, uint32_t request);
void front_vring(struct front *front, uint32_t request, uint32_t index, uint32_t value);
uint32_t front_base(struct front *front, uint32_t index);
void front_file(struct front *front, uint32_t request, uint32_t index, int fd);
void front_table(struct front *front);
void front_address(struct front *front, uint32_t index);

/* All that makes ring @index run, but for ENABLE. */
void front_ring(struct front *front, uint32_t index);
/* As the two kinds of front ends begin, up to the rings that run. */
void front_session_mode(struct front *front);
void front_whole_device(struct front *front);

/*
 * A socket whose last close waits longer than anything does here, until its other end is closed.
 * False: there is no network.
 */
bool front_lingering(int ends[2]);

/* The guest's memory at @guest. */
void *front_at(struct front *front, uint64_t guest);

/* A descriptor. */
struct piece {
	uint64_t guest;
	uint32_t len;
	bool write;
};

/* Make a chain available, in descriptors of the ring or in a table at @table; not 0 then. */
void front_post(struct front *front, uint32_t index, const struct piece *pieces, uint32_t count,
		uint64_t table);
void front_kick(struct front *front, uint32_t index);
/* Wait for the next one that is used; its length. */
uint32_t front_wait(struct front *front, uint32_t index);
/* Whether one has been used. */
bool front_used(struct front *front, uint32_t index);

#endif /* UNIT_VHOST_USER_FRONT_H */
