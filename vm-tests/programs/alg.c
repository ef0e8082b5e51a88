// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The standard's crypto device with the kernel's own driver: its self-test, and AES-CBC with
 * keys and texts of random lengths, in both directions, compared with libcrypto.
 *
 * usage: alg [KEYS [REQUESTS]]
 *
 * REQUESTS: as many more with one key, and how long they take.  Exit status 77: the
 * self-test has passed, and the kernel is one whose AF_ALG reaches no device.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "afalg.h"
#include "check.h"
#include "dev.h"
#include "reference.h"

#define TIMED_MAX 4096

static unsigned int keys = 200, requests;
static uint8_t source[AFALG_MAX], expected[AFALG_MAX], actual[AFALG_MAX];

static void self_test(void)
{
	const char *value = afalg_field("selftest");

	REQUIRE(value);
	CHECK(!strcmp(value, "passed"));
	value = afalg_field("priority");
	CHECK(value && !strcmp(value, "150"));
}

static void fill(uint8_t *bytes, size_t len)
{
	while (len--)
		*bytes++ = (uint8_t)rand();
}

static const struct reference_cipher *aes_cbc(uint32_t keylen)
{
	size_t i;

	for (i = 0; i < REFERENCE_CIPHERS; i++)
		if (strstr(reference_ciphers[i].name, "cbc(aes-") &&
		    reference_ciphers[i].keylen == keylen)
			return &reference_ciphers[i];
	return NULL;
}

/* As many short ones as long ones. */
static size_t random_length(void)
{
	size_t blocks = 1 + (size_t)rand() % ((size_t)2 << rand() % 12);

	return blocks * AFALG_BLOCK < AFALG_MAX ? blocks * AFALG_BLOCK : AFALG_MAX;
}

static void use_key(const struct reference_cipher *cipher)
{
	uint8_t key[32], iv[AFALG_BLOCK];
	size_t len = random_length();
	int fd;

	REQUIRE(cipher);
	fill(key, sizeof(key));
	fill(iv, sizeof(iv));
	fd = afalg_open(key, cipher->keylen);
	REQUIRE(fd >= 0);
	reference_encrypt(cipher, key, iv, source, len, expected);
	if (CHECK(afalg_run(fd, ALG_OP_ENCRYPT, iv, source, actual, len)))
		CHECK_MEM(actual, expected, len);
	if (CHECK(afalg_run(fd, ALG_OP_DECRYPT, iv, expected, actual, len)))
		CHECK_MEM(actual, source, len);
	close(fd);
}

static void random_operations(void)
{
	static const uint32_t keylens[] = { 16, 24, 32 };
	unsigned int i;

	fill(source, sizeof(source));
	for (i = 0; i < keys; i++)
		use_key(aes_cbc(keylens[i % ARRAY_SIZE(keylens)]));
	check_note("%u keys, each used in both directions", keys);
}

static uint32_t now_us(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint32_t)(time.tv_sec * 1000000 + time.tv_nsec / 1000);
}

static int by_size(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

/* The answer is known beforehand, so that the device is alone in what is timed. */
static uint32_t timed_request(int fd, const struct reference_cipher *cipher, const uint8_t *key)
{
	size_t len = AFALG_BLOCK * (1 + (size_t)rand() % (TIMED_MAX / AFALG_BLOCK));
	uint8_t iv[AFALG_BLOCK];
	uint32_t start;

	fill(iv, sizeof(iv));
	reference_encrypt(cipher, key, iv, source, len, expected);
	memset(actual, 0, len);
	start = now_us();
	CHECK(afalg_run(fd, ALG_OP_ENCRYPT, iv, source, actual, len));
	start = now_us() - start;
	CHECK_MEM(actual, expected, len);
	return start;
}

static void timed_requests(void)
{
	const struct reference_cipher *cipher = aes_cbc(16);
	uint32_t *times = calloc(requests, sizeof(*times));
	uint8_t key[16];
	unsigned int i;
	int fd;

	fill(key, sizeof(key));
	fd = afalg_open(key, sizeof(key));
	REQUIRE(cipher && times && fd >= 0);
	for (i = 0; i < requests; i++)
		times[i] = timed_request(fd, cipher, key);
	qsort(times, requests, sizeof(*times), by_size);
	check_note("microseconds: median %u, p99 %u, longest %u", times[requests / 2],
		   times[requests - 1 - requests / 100], times[requests - 1]);
	free(times);
	close(fd);
}

/* The last one only where it was asked for. */
static const struct check_case cases[] = {
	{ "the kernel's self-test of its driver for the standard's device has passed", self_test },
	{ "AES-CBC through AF_ALG gives what libcrypto gives", random_operations },
	{ "one request after the other is answered right", timed_requests },
};

int main(int argc, char **argv)
{
	if (argc > 1)
		keys = (unsigned int)strtoul(argv[1], NULL, 10);
	if (argc > 2)
		requests = (unsigned int)strtoul(argv[2], NULL, 10);
	srand(1);
	if (dev_kernel_since(7, 3))
		return check_skip("from kernel 7.3 on AF_ALG reaches no device", check_main(cases, 1));
	return check_main(cases, ARRAY_SIZE(cases) - (requests == 0));
}
