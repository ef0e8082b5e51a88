// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * From how many jobs on the multi-buffer library is faster than libcrypto: for each algorithm
 * and length, the least number from which it is so for all numbers that were tried.  This is
 * what the table in libvcrypto/backends/mixed.c is made of.
 *
 * Sessions have different keys.  Both do the same jobs in turns; what is compared are medians.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <vcrypto/backends.h>

#include "median.h"

#define ROUNDS 31
#define ROUND_NS 2e5
#define LONGEST 16384u

static const uint32_t sizes[] = { 16, 64, 128, 256, 1024, 4096, LONGEST };
/* Then full lanes, of which a processor has 4, 8 or 16; between them mixed splits a batch. */
static const size_t counts[] = { 1, 2, 3, 4, 5, 6, 7, 8, 16, 32 };

static const struct kind {
	const char *name;
	uint8_t cipher, mac;
	bool decrypt;
} kinds[] = {
	{ "AES-CBC, encrypt", VCRYPTO_CIPHER_AES_CBC, 0, false },
	{ "AES-CBC, decrypt", VCRYPTO_CIPHER_AES_CBC, 0, true },
	{ "AES-CTR", VCRYPTO_CIPHER_AES_CTR, 0, false },
	{ "AES-GCM, encrypt", VCRYPTO_CIPHER_AES_GCM, 0, false },
	{ "AES-GCM, decrypt", VCRYPTO_CIPHER_AES_GCM, 0, true },
	{ "HMAC-SHA1", 0, VCRYPTO_MAC_HMAC_SHA1, false },
	{ "HMAC-SHA2-224", 0, VCRYPTO_MAC_HMAC_SHA2_224, false },
	{ "HMAC-SHA2-256", 0, VCRYPTO_MAC_HMAC_SHA2_256, false },
	{ "HMAC-SHA2-384", 0, VCRYPTO_MAC_HMAC_SHA2_384, false },
	{ "HMAC-SHA2-512", 0, VCRYPTO_MAC_HMAC_SHA2_512, false },
};

struct side {
	const struct vcrypto_backend *backend;
	void *provider;
	void *sessions[VCRYPTO_BATCH];
	struct vcrypto_job jobs[VCRYPTO_BATCH];
};

static struct iovec src[VCRYPTO_BATCH], dst[VCRYPTO_BATCH];

static void *zeros(size_t size)
{
	void *memory = calloc(1, size + 1);

	if (!memory)
		err(1, "memory");
	return memory;
}

static void open_side(struct side *side, const struct vcrypto_backend *backend)
{
	struct vcrypto_capabilities capabilities = { 0 };

	side->backend = backend;
	side->provider = zeros(backend->provider_size);
	if (!backend->open(side->provider, &capabilities))
		errx(1, "backend %s cannot be opened", backend->name);
}

static void key_side(struct side *side, const struct kind *kind)
{
	uint8_t key[32] = { 0 };
	const struct vcrypto_session_spec spec = {
		kind->cipher ? vcrypto_cipher_find(kind->cipher) : NULL,
		kind->mac ? vcrypto_mac_find(kind->mac) : NULL, key, 16, key, 32,
	};
	size_t i;

	for (i = 0; i < VCRYPTO_BATCH; i++) {
		key[0] = (uint8_t)i;
		side->sessions[i] = zeros(side->backend->session_size);
		if (side->backend->session_new(side->provider, side->sessions[i], &spec))
			errx(1, "%s has no %s", side->backend->name, kind->name);
	}
}

static void unkey_side(struct side *side)
{
	size_t i;

	for (i = 0; i < VCRYPTO_BATCH; i++) {
		side->backend->session_free(side->provider, side->sessions[i]);
		free(side->sessions[i]);
	}
}

/* GCM's tags are wrong, which takes as long as right ones. */
static void run(struct side *side, const struct kind *kind, uint32_t size, size_t count)
{
	bool aead = kind->cipher == VCRYPTO_CIPHER_AES_GCM;
	struct vcrypto_job *jobs[VCRYPTO_BATCH] = { NULL };
	size_t i;

	for (i = 0; i < count; i++) {
		jobs[i] = &side->jobs[i];
		src[i].iov_len = dst[i].iov_len = size;
		*jobs[i] = (struct vcrypto_job){
			.session = side->sessions[i], .decrypt = kind->decrypt,
			.task = aead ? VCRYPTO_TASK_AEAD : VCRYPTO_TASK_CRYPT,
			.src = vcrypto_cursor_start(&src[i], 1), .begin = true,
			.end = aead || kind->mac, .tag_len = 16, .status = VCRYPTO_ERROR,
		};
		if (kind->cipher)
			jobs[i]->dst = vcrypto_cursor_start(&dst[i], 1);
	}
	side->backend->submit(side->provider, jobs, count);
	for (i = 0; i < count; i++)
		if (jobs[i]->status != VCRYPTO_OK && !(aead && kind->decrypt))
			errx(1, "%s failed", kind->name);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double measure(struct side *side, const struct kind *kind, uint32_t size, size_t count,
		      size_t times)
{
	double start = now();
	size_t i;

	for (i = 0; i < times; i++)
		run(side, kind, size, count);
	return (now() - start) / (double)times;
}

/* How many times as fast the second is. */
static double compare(struct side sides[2], const struct kind *kind, uint32_t size, size_t count)
{
	double took[2][ROUNDS], once;
	size_t round, times;

	measure(&sides[1], kind, size, count, 2);
	once = measure(&sides[0], kind, size, count, 2);
	times = (size_t)(ROUND_NS / once) + 1;
	for (round = 0; round < ROUNDS; round++) {
		took[0][round] = measure(&sides[0], kind, size, count, times);
		took[1][round] = measure(&sides[1], kind, size, count, times);
	}
	return median_ratio(took[0], took[1], ROUNDS);
}

static void show(struct side sides[2], const struct kind *kind)
{
	size_t i, j, least;
	double ratio = 0, lone = 0;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		least = 0;
		for (j = 0; j < sizeof(counts) / sizeof(counts[0]); j++) {
			ratio = compare(sides, kind, sizes[i], counts[j]);
			if (!j)
				lone = ratio;
			if (ratio < 1)
				least = 0;
			else if (!least)
				least = counts[j];
		}
		printf("| %s | %u | ", kind->name, sizes[i]);
		if (least)
			printf("%zu", least);
		else
			printf("never");
		printf(" | %.2f | %.2f |\n", lone, ratio);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	static struct side sides[2];
	size_t i;

	if (argc > 1) {
		fprintf(argc == 2 && !strcmp(argv[1], "--help") ? stdout : stderr,
			"usage: break_even; prints from how many jobs on ipsec_mb is faster\n");
		return argc == 2 && !strcmp(argv[1], "--help") ? 0 : 2;
	}
	for (i = 0; i < VCRYPTO_BATCH; i++) {
		src[i].iov_base = zeros(LONGEST);
		dst[i].iov_base = zeros(LONGEST);
	}
	open_side(&sides[0], &vcrypto_backend_libcrypto);
	open_side(&sides[1], &vcrypto_backend_ipsec_mb);
	printf("| algorithm | bytes | faster from | alone | of 32 |\n"
	       "| --- | ---: | ---: | ---: | ---: |\n");
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		key_side(&sides[0], &kinds[i]);
		key_side(&sides[1], &kinds[i]);
		show(sides, &kinds[i]);
		unkey_side(&sides[0]);
		unkey_side(&sides[1]);
	}
	sides[0].backend->close(sides[0].provider);
	sides[1].backend->close(sides[1].provider);
	return 0;
}
