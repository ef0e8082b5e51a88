/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A fuzzer's input as a stream of decisions.
 *
 * Two rules make targets easy to steer and inputs easy to minimise: an input
 * that has run out answers zero to everything, and zero is always the dull,
 * valid choice.  So a short input is a sane program with a few odd decisions.
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef FUZZ_PLAIN
#include "plain.h"
#endif

/*
 * Left alone by the instruments: a branch of these at each place where something is
 * decided would be hundreds of features that say nothing, and cost more than the library.
 * (INNER is for what is part of a function that is QUIET.)  Where nothing is instrumented
 * they are functions as any other.
 */
#if defined(__clang__) && !defined(FUZZ_PLAIN)
#define INPUT_QUIET __attribute__((noinline, no_sanitize("coverage", "address", "undefined")))
#define INPUT_INNER __attribute__((always_inline, no_sanitize("coverage", "address", "undefined")))
#else
#define INPUT_QUIET
#define INPUT_INNER
#endif

struct input {
	const uint8_t *at;
	size_t left;
};

static inline INPUT_QUIET uint8_t input_u8(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static inline INPUT_QUIET uint16_t input_u16(struct input *in)
{
	unsigned int low = input_u8(in);

	return (uint16_t)(low | (unsigned int)input_u8(in) << 8);
}

static inline INPUT_QUIET uint32_t input_u32(struct input *in)
{
	uint32_t low = input_u16(in);

	return low | (uint32_t)input_u16(in) << 16;
}

static inline INPUT_QUIET uint64_t input_u64(struct input *in)
{
	uint64_t low = input_u32(in);

	return low | (uint64_t)input_u32(in) << 32;
}

/* 0 ... bound - 1; @bound is not 0.  Takes no more bytes than it needs. */
static inline INPUT_QUIET uint32_t input_below(struct input *in, uint32_t bound)
{
	if (bound <= 1)
		return 0;
	if (bound <= 256)
		return input_u8(in) % bound;
	return (bound <= 65536 ? input_u16(in) : input_u32(in)) % bound;
}

/*
 * True in about one of @one_in cases; @one_in is at most 256.  The factor
 * spreads the bytes that a mutator likes best, 0xff above all.
 */
static inline INPUT_QUIET bool input_rare(struct input *in, unsigned int one_in)
{
	return (uint8_t)(input_u8(in) * 157u) >= 256 - 256 / one_in;
}

/* An index into @weights, as often as its weight says; their sum is at most 256. */
static inline INPUT_QUIET unsigned int input_choose(struct input *in, const uint8_t *weights,
						    unsigned int count)
{
	unsigned int sum = 0;
	unsigned int at, i;

	for (i = 0; i < count; i++)
		sum += weights[i];
	at = input_u8(in) % sum;
	for (i = 0; at >= weights[i]; i++)
		at -= weights[i];
	return i;
}

/* @len bytes that look random and follow from a single byte of the input. */
static inline INPUT_QUIET void input_fill(struct input *in, void *to, size_t len)
{
	uint64_t state = 0x9e3779b97f4a7c15u * (input_u8(in) + 1u);
	uint8_t *out = to;
	uint64_t word;

	for (; len; state = state * 0xd1342543de82ef95u + 1) {
		word = state ^ state >> 32;
		if (len < sizeof(word))
			break;
		memcpy(out, &word, sizeof(word));
		out += sizeof(word);
		len -= sizeof(word);
	}
	for (; len; len--, word >>= 8)
		*out++ = (uint8_t)word;
}

/*
 * 0 ... 7, whatever the input says: a decision that mutations cannot learn.  For shares of a
 * target that would else shrink, because another one is richer in code.  7 if it is empty.
 */
static inline INPUT_QUIET unsigned int input_lot(const struct input *in)
{
	uint32_t hash = 0x811c9dc5;
	size_t i;

	for (i = 0; i < in->left; i++)
		hash = (hash ^ in->at[i]) * 0x01000193;
	return in->left ? (hash ^ hash >> 16) % 8 : 7;
}

/* True for @of_8 of 8 inputs. */
static inline bool input_coin(const struct input *in, unsigned int of_8)
{
	return input_lot(in) < of_8;
}

/* A number around the borders where lengths go wrong. */
static inline uint32_t input_border(struct input *in)
{
	static const uint32_t borders[] = {
		0, 1, 15, 16, 17, 64, 512, 4096, 4097, 65535, 65536,
		0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
	};

	return borders[input_below(in, sizeof(borders) / sizeof(borders[0]))];
}

#endif /* FUZZ_INPUT_H */
