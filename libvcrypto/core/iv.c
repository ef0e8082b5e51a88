// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The IV that a request leaves for the next one (protocol 4.7.3). */
#include "internal.h"

/* Add the number of blocks in @len, the last one maybe partial, to a counter. */
static void advance_counter(uint8_t counter[VCRYPTO_MAX_IV], uint64_t len)
{
	uint64_t carry = (len + VCRYPTO_MAX_BLOCK - 1) / VCRYPTO_MAX_BLOCK;
	size_t i = VCRYPTO_MAX_IV;

	while (carry && i--) {
		carry += counter[i];
		counter[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

/* The last @len bytes of what is in @to, followed by the stream. */
static void last_bytes(struct vcrypto_cursor text, uint8_t *to, size_t len)
{
	const uint8_t *run = vcrypto_cursor_peek(&text, text.left);
	struct vcrypto_cursor before;
	size_t take;

	if (run && text.left >= len) {
		vcrypto_copy_block(to, run + (text.left - len), len);
		return;
	}
	take = text.left < len ? (size_t)text.left : len;
	memmove(to, to + take, len - take);
	/* Neither can fail: both take what is there. */
	if (!vcrypto_cursor_cut(&text, text.left - take, &before) ||
	    !vcrypto_cursor_read(&text, to + (len - take), take))
		memset(to, 0, len);
}

void vcrypto_next_iv_before(const struct vcrypto_cipher *cipher, const struct vcrypto_job *job,
			    uint8_t next[VCRYPTO_MAX_IV])
{
	memcpy(next, job->iv, VCRYPTO_MAX_IV);
	if (!cipher)
		return;
	if (cipher->chaining == VCRYPTO_CHAIN_COUNTER)
		advance_counter(next, job->src.left);
	else if (cipher->chaining == VCRYPTO_CHAIN_BLOCK && job->decrypt)
		last_bytes(job->src, next, cipher->iv_len);
}

void vcrypto_next_iv_after(const struct vcrypto_cipher *cipher, const struct vcrypto_job *job,
			   uint8_t next[VCRYPTO_MAX_IV])
{
	if (!cipher)
		return;
	if (cipher->chaining == VCRYPTO_CHAIN_BLOCK && !job->decrypt)
		last_bytes(job->dst, next, cipher->iv_len);
	else if (cipher->chaining == VCRYPTO_CHAIN_FEEDBACK || job->more)
		memcpy(next, job->iv, VCRYPTO_MAX_IV);
}
