// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How fast the standard's crypto device is through AF_ALG: AES-128-CBC, one request after the
 * other, for bench/afalg.sh.  Prints "BYTES OPS_PER_SECOND" for requests of 64 bytes and of
 * 64 KiB.
 *
 * usage: alg_speed SECONDS
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "afalg.h"

static uint8_t from[AFALG_MAX], to[AFALG_MAX];

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* A tenth of the time is to warm up. */
static bool measure(int fd, size_t len, double seconds)
{
	static const uint8_t iv[AFALG_BLOCK];
	double start = now() + seconds / 10, time;
	unsigned long count = 0;

	do {
		if (!afalg_run(fd, ALG_OP_ENCRYPT, iv, from, to, len))
			return false;
		time = now();
		count += time > start;
	} while (time < start + seconds);
	printf("%zu %.0f\n", len, (double)count / (time - start));
	return true;
}

int main(int argc, char **argv)
{
	static const uint8_t key[16] = { 1, 2, 3 };
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 3;
	int fd = afalg_open(key, sizeof(key));

	if (fd < 0 || !measure(fd, 64, seconds) || !measure(fd, AFALG_MAX, seconds)) {
		perror("alg_speed");
		return 1;
	}
	return 0;
}
