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

struct input {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t input_u8(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

static inline uint16_t input_u16(struct input *in)
{
	unsigned int low = input_u8(in);

	return (uint16_t)(low | (unsigned int)input_u8(in) << 8);
}

static inline uint32_t input_u32(struct input *in)
{
	uint32_t low = input_u16(in);

	return low | (uint32_t)input_u16(in) << 16;
}

static inline uint64_t input_u64(struct input *in)
{
	uint64_t low = input_u32(in);

	return low | (uint64_t)input_u32(in) << 32;
}

/* 0 ... bound - 1; @bound is not 0.  Takes no more bytes than it needs. */
static inline uint32_t input_below(struct input *in, uint32_t bound)
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
static inline bool input_rare(struct input *in, unsigned int one_in)
{
	return (uint8_t)(input_u8(in) * 157u) >= 256 - 256 / one_in;
}

/* An index into @weights, as often as its weight says; their sum is at most 256. */
static inline unsigned int input_choose(struct input *in, const uint8_t *weights,
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
static inline void input_fill(struct input *in, void *to, size_t len)
{
	uint8_t *out = to;
	uint32_t state = 0x9e3779b9u * (input_u8(in) + 1u);
	size_t i;

	for (i = 0; i < len; i++) {
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		out[i] = (uint8_t)(state >> 11);
	}
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
