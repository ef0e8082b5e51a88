// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <vcrypto/platform.h>

#include "fuzz.h"
#include "watch.h"

static struct {
	uint8_t *at;
	size_t len;
	uint8_t seen[WATCH_MAX];	/* 0xff: yes */
	uint8_t flip;
} watch;

void vcrypto_read_hook(const void *shared, size_t len)
{
	size_t i;

	for (i = 0; watch.len && i < len; i++) {
		size_t at = (uintptr_t)shared + i - (uintptr_t)watch.at;

		if (at >= watch.len)
			continue;
		CHECK(!watch.seen[at]);
		watch.seen[at] = 0xff;
		watch.at[at] ^= watch.flip;
	}
}

void watch_start(uint8_t *at, size_t len, uint8_t flip)
{
	CHECK(len <= WATCH_MAX);
	watch.at = at;
	watch.len = len;
	watch.flip = flip;
	memset(watch.seen, 0, len);
}

/* Many bytes at once, as a compiler does it that knows that nothing else changes. */
void watch_end(void)
{
	uint8_t *at = watch.at;
	uint8_t flip = watch.flip;
	size_t len = watch.len;
	size_t i;

	for (i = 0; i < len; i++)
		at[i] ^= flip & watch.seen[i];
	watch.len = 0;
}
