// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Runs in the guest (bench/guest.sh copy): what it costs when the driver copies
 * payload instead of pinning its pages.  The same AES-128-CBC encryptions with and
 * without COP_FLAG_NO_ZC take turns in short rounds.  Printed are medians over the
 * rounds; the ratio is the median of the rounds' ratios.
 */
#include <crypto/cryptodev.h>
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "../median.h"

#define MAX_SIZE (1u << 20)

static const uint32_t sizes[] = { 1024, 4096, 16384, 65536, MAX_SIZE };

static uint8_t key[16] = "sixteen byte key", iv[16];
static uint8_t *src, *dst;
static uint32_t session;
static int fd;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static uint8_t *buffer(void)
{
	uint8_t *memory = mmap(NULL, MAX_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		err(2, "out of memory");
	return memory;
}

/* Seconds for each call. */
static double measure(uint32_t len, uint16_t flags, size_t times)
{
	struct crypt_op op = {
		.ses = session,
		.flags = flags,
		.len = len,
		.src = src,
		.dst = dst,
		.iv = iv,
	};
	double start = now();
	size_t i;

	for (i = 0; i < times; i++)
		if (ioctl(fd, CIOCCRYPT, &op))
			err(1, "CIOCCRYPT of %u bytes, flags %u", len, flags);
	return (now() - start) / (double)times;
}

static void compare(uint32_t len, size_t rounds, double round_seconds)
{
	static double pinned[MAX_ROUNDS], copied[MAX_ROUNDS];
	double one = measure(len, 0, 20), ratio;
	size_t times = one * 4 < round_seconds ? (size_t)(round_seconds / one) : 4, i;

	for (i = 0; i < rounds; i++) {
		if (i % 2) {
			pinned[i] = measure(len, 0, times);
			copied[i] = measure(len, COP_FLAG_NO_ZC, times);
		} else {
			copied[i] = measure(len, COP_FLAG_NO_ZC, times);
			pinned[i] = measure(len, 0, times);
		}
	}
	ratio = median_ratio(copied, pinned, rounds);
	printf("%8u %10.1f %10.1f %7.2f\n", len, median(pinned, rounds) * 1e6,
	       median(copied, rounds) * 1e6, ratio);
}

/* copy [ROUNDS [MILLISECONDS]] */
int main(int argc, char **argv)
{
	struct session_op op = { .cipher = CRYPTO_AES_CBC, .keylen = sizeof(key), .key = key };
	int rounds = argc > 1 ? atoi(argv[1]) : 15;
	int ms = argc > 2 ? atoi(argv[2]) : 80;
	size_t i;

	if (rounds < 1 || rounds > MAX_ROUNDS || ms < 1)
		errx(2, "1 to %d rounds of 1 ms or more", MAX_ROUNDS);
	fd = open("/dev/crypto", O_RDWR);
	if (fd < 0 || ioctl(fd, CIOCGSESSION, &op))
		err(2, "/dev/crypto");
	session = op.ses;
	src = buffer();
	dst = buffer();
	printf("%8s %10s %10s %7s\n", "bytes", "pinned us", "copied us", "ratio");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		compare(sizes[i], (size_t)rounds, ms / 1e3);
	return 0;
}
