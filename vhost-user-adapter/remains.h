/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What remains of what front ends have sent: files to close, memory to unmap.  Either may last: a
 * socket is closed as slowly as its sender has said (SO_LINGER), a file that others wait for takes
 * their locks, and a guest's memory that nobody else has is freed page by page.  So threads of
 * their own do it, and no loop waits for them.
 *
 * A guest has one of them at a time, and there are as many as guests: what one has sent is not
 * waited for by another.
 */
#ifndef VCRYPTOD_REMAINS_H
#define VCRYPTOD_REMAINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct remains;
struct server;

/*
 * What one connection may have here before its next message has to wait.  What a message leaves is
 * not much, so there is room for all files of the next one: see FILES_LEFT.
 */
#define REMAINS_MOST 8u

/* Begin, with @count threads.  False: no thread.  Their system calls of that are over. */
bool remains_start(uint32_t count);

/*
 * Nothing is begun any more, and no server is touched.  The threads stay until the process ends,
 * which waits for none of them.
 */
void remains_stop(void);

/* Those of a connection of @server; NULL: no memory. */
struct remains *remains_new(struct server *server);

/* The connection is gone, and counts until all has been given back: threads_left() is told. */
void remains_leave(struct remains *remains);

/* Close @file, or unmap @len bytes from @base on, some time. */
void remains_file(struct remains *remains, int file);
void remains_memory(struct remains *remains, void *base, size_t len);

/*
 * Whether the next message has to wait, which keeps what is still to be given back within bounds;
 * @maps: it may map memory, of which there must not be more than before.  Then threads_settle()
 * is told when all has been.
 */
bool remains_wait(struct remains *remains, bool maps);

#endif /* VCRYPTOD_REMAINS_H */
