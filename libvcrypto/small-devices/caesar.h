/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * caesar: replaces each letter by the one k places ahead in its alphabet.
 *
 * New here: requests have a variable length and can fail, for which the reply
 * has a status; and the device has parameters, which live in its configuration
 * space.  The crypto device is made of the same parts.
 *
 * Configuration space; the driver may write both fields:
 *
 *	   byte 0           4           8
 *	        +-----------+-----------+
 *	        | key       | size      |	struct vcrypto_caesar_config
 *	        +-----------+-----------+
 *
 *	key	places to shift, a signed number, and any number works: 29, 3 and
 *		-23 mean the same
 *	size	bytes of the longest text, 1 ... 4096; the device ignores a value
 *		that is not allowed, so a driver reads back what it has written
 *
 * A request is one descriptor chain (R: the device reads it, W: it writes it):
 *
 *	   byte 0           4
 *	R       +-----------+----------- - - -
 *	        | operation | text, to the end of the readable part
 *	        +-----------+----------- - - -
 *	W       +-----------+----------- - - -
 *	        | status    | text, as long as the request's
 *	        +-----------+----------- - - -
 *
 * The status comes first, so that there is always room for it.  Unless it is
 * OK nothing follows it.  Text is ASCII letters and nothing else.
 */
#ifndef VCRYPTO_CAESAR_H
#define VCRYPTO_CAESAR_H

#include <vcrypto/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Entries of the one queue. */
#define VCRYPTO_CAESAR_QUEUE 128

/* Largest value of size, in bytes. */
#define VCRYPTO_CAESAR_MAX_SIZE 4096

/* Key and size after a reset. */
#define VCRYPTO_CAESAR_DEFAULT_KEY 3
#define VCRYPTO_CAESAR_DEFAULT_SIZE 100

enum vcrypto_caesar_operation {
	VCRYPTO_CAESAR_ENCRYPT = 1,
	VCRYPTO_CAESAR_DECRYPT = 2,
};

enum vcrypto_caesar_status {
	VCRYPTO_CAESAR_OK = 0,
	/* Unknown operation, no operation, or less room for the reply than text. */
	VCRYPTO_CAESAR_BAD_REQUEST = 1,
	/* The text is longer than the parameter size. */
	VCRYPTO_CAESAR_TOO_LONG = 2,
	/* The text holds something else than letters. */
	VCRYPTO_CAESAR_NOT_LETTERS = 3,
};

struct vcrypto_caesar_config {
	struct vcrypto_le32 key;	/* two's complement */
	struct vcrypto_le32 size;
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_caesar_config) == 8, "wire format");

/* The device's state; the caller provides the memory and calls reset first. */
struct vcrypto_caesar {
	int32_t key;
	uint32_t size;
	uint8_t text[VCRYPTO_CAESAR_MAX_SIZE];	/* room for the request at hand */
};

void vcrypto_caesar_reset(struct vcrypto_caesar *caesar);

/* Reading and writing the configuration space. */
struct vcrypto_caesar_config vcrypto_caesar_get_config(const struct vcrypto_caesar *caesar);
void vcrypto_caesar_set_config(struct vcrypto_caesar *caesar,
			       const struct vcrypto_caesar_config *config);

/*
 * Shifts @len bytes at @text by @key places ahead, or @back.  False, and
 * nothing changed, if they are not all letters.
 */
VCRYPTO_MUST_CHECK
bool vcrypto_caesar_shift(uint8_t *text, size_t len, int32_t key, bool back);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_CAESAR_H */
