// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "my_rng.h"

#define N VCRYPTO_MY_RNG_STATE

/* The other number that goes into a sum is this much younger than the oldest. */
#define DISTANCE 28

/* Numbers that are thrown away after seeding, so that similar seeds part. */
#define DISCARD 310

void vcrypto_my_rng_reset(struct vcrypto_my_rng *rng)
{
	vcrypto_my_rng_seed(rng, 1);
}

/* 16807 * @number modulo 2^31 - 1, without overflow (Schrage); glibc's way for negative ones. */
static int32_t minimal_standard(int32_t number)
{
	int32_t next = 16807 * (number % 127773) - 2836 * (number / 127773);

	return next < 0 ? next + INT32_MAX : next;
}

void vcrypto_my_rng_seed(struct vcrypto_my_rng *rng, uint32_t seed)
{
	int32_t number = seed ? (int32_t)seed : 1;
	unsigned int i;

	for (i = 0; i < N; i++) {
		rng->last[i] = (uint32_t)number;
		number = minimal_standard(number);
	}
	rng->oldest = N - DISTANCE;
	for (i = 0; i < DISCARD; i++)
		vcrypto_my_rng_next(rng);
}

uint32_t vcrypto_my_rng_next(struct vcrypto_my_rng *rng)
{
	uint32_t sum = rng->last[rng->oldest] + rng->last[(rng->oldest + DISTANCE) % N];

	rng->last[rng->oldest] = sum;
	rng->oldest = (rng->oldest + 1) % N;
	return sum >> 1;
}

bool vcrypto_my_rng_read(struct vcrypto_my_rng *rng, uint64_t offset, unsigned int size,
			 uint64_t *value)
{
	*value = 0;
	if (offset != VCRYPTO_MY_RNG_RNG || size != 4)
		return false;
	*value = vcrypto_my_rng_next(rng);
	return true;
}

bool vcrypto_my_rng_write(struct vcrypto_my_rng *rng, uint64_t offset, unsigned int size,
			  uint64_t value)
{
	if (offset != VCRYPTO_MY_RNG_SEED || size != 4)
		return false;
	vcrypto_my_rng_seed(rng, (uint32_t)value);
	return true;
}
