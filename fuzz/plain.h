/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Included first in files that are compiled without instruments (FUZZ_PLAIN): there the
 * functions of <string.h> are these.  A sanitizer would check what it is given by name,
 * whoever calls, and a fuzzer would learn from what a model compares: a third of the time
 * of a target that is about few bytes.
 */
#ifndef FUZZ_PLAIN_H
#define FUZZ_PLAIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Or a compiler would know the loop for what it is, and call the function. */
#define PLAIN_HIDE(word) __asm__("" : "+r"(word))

static inline void *plain_memcpy(void *to, const void *from, size_t len)
{
	const uint8_t *in = from;
	uint8_t *out = to;
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word), in += sizeof(word), out += sizeof(word)) {
		__builtin_memcpy(&word, in, sizeof(word));
		PLAIN_HIDE(word);
		__builtin_memcpy(out, &word, sizeof(word));
	}
	for (; len; len--) {
		word = *in++;
		PLAIN_HIDE(word);
		*out++ = (uint8_t)word;
	}
	return to;
}

static inline void *plain_memset(void *to, int byte, size_t len)
{
	uint64_t word = 0x0101010101010101u * (uint8_t)byte;
	uint8_t *out = to;

	for (; len >= sizeof(word); len -= sizeof(word), out += sizeof(word)) {
		PLAIN_HIDE(word);
		__builtin_memcpy(out, &word, sizeof(word));
	}
	for (; len; len--) {
		PLAIN_HIDE(word);
		*out++ = (uint8_t)word;
	}
	return to;
}

/* 0 if they are the same, else 1: nobody here asks which is greater. */
static inline int plain_memcmp(const void *one, const void *other, size_t len)
{
	const uint8_t *a = one, *b = other;
	uint64_t left, right;

	for (; len >= sizeof(left); len -= sizeof(left), a += sizeof(left), b += sizeof(left)) {
		__builtin_memcpy(&left, a, sizeof(left));
		__builtin_memcpy(&right, b, sizeof(right));
		if (left != right)
			return 1;
	}
	for (; len; len--)
		if (*a++ != *b++)
			return 1;
	return 0;
}

/* What has a length that the compiler knows becomes a few instructions anyway. */
#define PLAIN_SHORT(len) (__builtin_constant_p(len) && (len) <= 64)
#define memcpy(to, from, len) (PLAIN_SHORT(len) ? __builtin_memcpy(to, from, len) : \
						 plain_memcpy(to, from, len))
#define memset(to, byte, len) (PLAIN_SHORT(len) ? __builtin_memset(to, byte, len) : \
						 plain_memset(to, byte, len))
#define memcmp(one, other, len) plain_memcmp(one, other, len)

#endif /* FUZZ_PLAIN_H */
