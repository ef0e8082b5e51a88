/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Control bytes under watch (U5): each may be read once, and is changed right after, so that
 * whoever looks a second time finds something else.  The target that has it has no read hook
 * of its own.
 */
#ifndef FUZZ_WATCH_H
#define FUZZ_WATCH_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that can be watched at once. */
#define WATCH_MAX 8192

/* From now on @len bytes at @at, and each is xored with @flip when it has been read. */
void watch_start(uint8_t *at, size_t len, uint8_t flip);

/* No more, and they are as they were.  Nothing, if none are watched. */
void watch_end(void);

#endif /* FUZZ_WATCH_H */
