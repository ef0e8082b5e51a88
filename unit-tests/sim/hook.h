/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Watches reads of control bytes from guest memory.  Only in programs that link
 * vcrypto_sim_hooked, where the core is compiled with VCRYPTO_READ_HOOK.  One
 * thread.
 */
#ifndef HOOK_H
#define HOOK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Called after each read, with what has been read and its number since
 * hook_start(), from 0.  It may change memory: an attack between check and use.
 */
typedef void (*hook_fn)(void *argument, const void *shared, size_t len, size_t number);

/* Start recording; forgets what was recorded before.  @call may be NULL. */
void hook_start(hook_fn call, void *argument);
void hook_stop(void);

/* Reads since hook_start(). */
size_t hook_reads(void);

/* Whether some byte has been read twice since hook_start(). */
bool hook_twice(void);

/* Whether the byte at @shared has been read since hook_start(). */
bool hook_was_read(const void *shared);

#endif /* HOOK_H */
