/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * my_rng: the numbers of the C library's srand() and rand(), from a device.
 *
 * NOT FOR SECURITY.  Whoever knows the seed knows all the numbers.
 *
 * New here: a read that changes the device, and registers of which one is only
 * for reading and one only for writing.  BAR 0 is 4 KiB:
 *
 *	   offset 0               4               8             0x1000
 *	          +---------------+---------------+---- - - - ----+
 *	          | RNG, R        | SEED, W       | nothing       |
 *	          +---------------+---------------+---- - - - ----+
 *
 *	RNG	each read returns the next number, 0 ... 2^31 - 1
 *	SEED	what is written seeds the generator, as srand() does
 *
 * Both are 4 bytes wide.  Any other access, a read of SEED and a write of RNG
 * included, reads 0 and ignores what is written.
 *
 * The generator is that of glibc (TYPE_3 in random_r.c, the default): each
 * number is the sum of the ones 3 and 31 places before, without its lowest bit.
 * Here its state belongs to the device, so two devices do not disturb each
 * other, as two users of the C library's hidden state would.
 */
#ifndef VCRYPTO_MY_RNG_H
#define VCRYPTO_MY_RNG_H

#include <vcrypto/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of BAR 0. */
#define VCRYPTO_MY_RNG_BAR_SIZE 0x1000

/* Offsets of the registers. */
#define VCRYPTO_MY_RNG_RNG 0x0
#define VCRYPTO_MY_RNG_SEED 0x4

/* As many numbers as the sum looks back. */
#define VCRYPTO_MY_RNG_STATE 31

/* The device's state; the caller provides the memory and calls reset first. */
struct vcrypto_my_rng {
	uint32_t last[VCRYPTO_MY_RNG_STATE];	/* the last sums, as a ring */
	uint32_t oldest;			/* which of them the next one replaces */
};

/* As srand(1), which is what a C program begins with. */
void vcrypto_my_rng_reset(struct vcrypto_my_rng *rng);

/* srand() and rand(). */
void vcrypto_my_rng_seed(struct vcrypto_my_rng *rng, uint32_t seed);
uint32_t vcrypto_my_rng_next(struct vcrypto_my_rng *rng);

/*
 * An access of @size bytes at @offset in BAR 0.  False if there is no such
 * register: then nothing has been done, and *@value is 0 after a read.
 */
bool vcrypto_my_rng_read(struct vcrypto_my_rng *rng, uint64_t offset, unsigned int size,
			 uint64_t *value);
bool vcrypto_my_rng_write(struct vcrypto_my_rng *rng, uint64_t offset, unsigned int size,
			  uint64_t value);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_MY_RNG_H */
