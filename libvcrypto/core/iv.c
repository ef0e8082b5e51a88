// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The IV that a request leaves for the next one (protocol 4.7.3). */
#include "internal.h"

/* Add the number of blocks in @len, the last one maybe partial, to a counter. */
void vcrypto_advance_counter(uint8_t counter[VCRYPTO_MAX_IV], uint64_t len)
{
	uint64_t carry = (len + VCRYPTO_MAX_BLOCK - 1) / VCRYPTO_MAX_BLOCK;
	size_t i = VCRYPTO_MAX_IV;

	while (carry && i--) {
		carry += counter[i];
		counter[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

/* Of a text that is not in one piece, or shorter than @len. */
void vcrypto_gather_last(struct vcrypto_cursor text, uint8_t *to, size_t len)
{
	size_t take = text.left < len ? (size_t)text.left : len;
	struct vcrypto_cursor before;

	memmove(to, to + take, len - take);
	/* Neither can fail: both take what is there. */
	if (!vcrypto_cursor_cut(&text, text.left - take, &before) ||
	    !vcrypto_cursor_read(&text, to + (len - take), take))
		memset(to, 0, len);
}
