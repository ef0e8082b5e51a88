/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the device can be asked for, as one call that can be made with memory
 * anywhere: the same call on the same bytes has to give the same result.
 */
#ifndef ANYWHERE_H
#define ANYWHERE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIB (1u << 20)

/* The longest payload; and what belongs to it before and behind, which a call may read or write. */
#define LONGEST (3u * MIB + 48)
#define BEFORE 16
#define BEHIND 80

enum place {
	ANYWHERE,
	IN_PLACE, /* src == dst only */
	NOWHERE, /* no dst */
};

struct work {
	const char *name;
	unsigned long command;
	uint16_t op, flags;
	int session; /* index of the session */
	uint32_t unit; /* the payload's length is a multiple of it */
	uint32_t max; /* payload of one call; 0: any */
	enum place place;
	const struct work *undoes; /* its input is what that makes; or NULL */
};

/* All but the payload that a call returns. */
struct result {
	int error;
	uint32_t len;
	uint8_t iv[16], mac[32];
};

#define WORKS 17
extern const struct work works[WORKS];

/* Opens the device and makes the sessions. */
void anywhere_open(void);
void anywhere_close(void);

/* @flags are added.  Around @src and @dst are BEFORE and BEHIND bytes. */
struct result anywhere_run(const struct work *work, uint16_t flags, uint8_t *src, uint8_t *dst,
			   size_t len);

/*
 * What the work needs as input for so many bytes of payload, in ordinary memory
 * with the bytes around it; and its length.
 */
uint8_t *anywhere_input(const struct work *work, size_t len, size_t *input_len);

/* For as long as wanted: memory with what is before and behind @size bytes; ends the program. */
uint8_t *anywhere_map(size_t size);

#endif /* ANYWHERE_H */
