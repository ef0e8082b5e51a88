/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the small devices share, beside check.h. */
#ifndef SMALL_H
#define SMALL_H

#include <stdatomic.h>
#include <stdbool.h>

/* An address with nothing behind it, which the compiler does not know. */
extern void *volatile small_nowhere;

/* Opens a node for reading and writing; ends the program if that fails. */
int small_open(const char *node);

/* Removes the PCI device behind a node, as if it were unplugged. */
void small_unplug(const char *node);

/* Brings removed devices back, and waits for a node. */
void small_rescan(const char *node);

/* Where the pieces of a path after its last slash begin. */
const char *small_name(const char *node);

/*
 * Runs @use(argument) in @count threads, over and over until it returns false,
 * and @meanwhile(argument) after each thread has done so at least 20 times.
 */
struct small_load {
	bool (*use)(void *argument);
	void (*meanwhile)(void *argument);
	void *argument;
	int count;
	atomic_int done;		/* private */
};
void small_run(struct small_load *load);

#endif /* SMALL_H */
