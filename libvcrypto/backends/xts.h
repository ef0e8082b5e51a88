/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Internal to backends: what those that make XTS of single blocks share. */
#ifndef XTS_H
#define XTS_H

#include <vcrypto/wire.h>

/* Times x, of a field of 2^128 elements (IEEE 1619, 5.2). */
static inline void vcrypto_next_tweak(struct vcrypto_le64 tweak[2])
{
	uint64_t low = vcrypto_get64(tweak[0]);
	uint64_t high = vcrypto_get64(tweak[1]);

	tweak[0] = vcrypto_put64(low << 1 ^ (high >> 63) * 0x87);
	tweak[1] = vcrypto_put64(high << 1 | low >> 63);
}

#endif /* XTS_H */
