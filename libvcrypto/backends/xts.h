/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Internal to backends: what those that make XTS of single blocks share. */
#ifndef XTS_H
#define XTS_H

#include <vcrypto/platform.h>

/* Times x, of a field of 2^128 elements (IEEE 1619, 5.2). */
static inline void vcrypto_next_tweak(struct vcrypto_le64 tweak[2])
{
	uint64_t low = vcrypto_get64(tweak[0]);
	uint64_t high = vcrypto_get64(tweak[1]);

	tweak[0] = vcrypto_put64(low << 1 ^ (high >> 63) * 0x87);
	tweak[1] = vcrypto_put64(high << 1 | low >> 63);
}

/*
 * Times a power of x.  What it takes depends on @by alone, not on @tweak, which is
 * made with a key.
 */
static inline void vcrypto_multiply_tweak(struct vcrypto_le64 tweak[2],
					  const struct vcrypto_le64 by[2])
{
	struct vcrypto_le64 sum[2] = { vcrypto_put64(0), vcrypto_put64(0) };
	struct vcrypto_le64 term[2] = { tweak[0], tweak[1] };
	unsigned int i;

	for (i = 0; i < 128; i++) {
		if (vcrypto_get64(by[i / 64]) >> i % 64 & 1) {
			sum[0] = vcrypto_put64(vcrypto_get64(sum[0]) ^ vcrypto_get64(term[0]));
			sum[1] = vcrypto_put64(vcrypto_get64(sum[1]) ^ vcrypto_get64(term[1]));
		}
		vcrypto_next_tweak(term);
	}
	memcpy(tweak, sum, sizeof(sum));
	vcrypto_wipe(sum, sizeof(sum));
	vcrypto_wipe(term, sizeof(term));
}

/* The tweak @blocks further on, in a few multiplications. */
static inline void vcrypto_advance_tweak(struct vcrypto_le64 tweak[2], uint64_t blocks)
{
	struct vcrypto_le64 power[2] = { vcrypto_put64(1), vcrypto_put64(0) };
	unsigned int bit = 64;

	while (bit--) {
		if (blocks >> bit > 1)
			vcrypto_multiply_tweak(power, power);
		if (blocks >> bit & 1)
			vcrypto_next_tweak(power);
	}
	vcrypto_multiply_tweak(tweak, power);
}

#endif /* XTS_H */
