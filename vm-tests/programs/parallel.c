// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two processes with four threads each, on one open file: sessions of their own
 * and shared ones, random algorithms and sizes, every result compared with
 * libcrypto's and, if it is a ciphertext, decrypted again.
 *
 * usage: parallel [SECONDS]
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"
#include "reference.h"

#define PROCESSES 2
#define THREADS 4
#define MAX_LENGTH (1u << 20)

static const uint8_t key[32] = { 2, 7, 1, 8, 2, 8 };
static uint8_t source[MAX_LENGTH];
static int seconds = 10;
static int fd;
static uint32_t shared_ciphers[REFERENCE_COMMON_CIPHERS];
static uint32_t shared_macs[REFERENCE_COMMON_MACS];

struct worker {
	pthread_t thread;
	unsigned int random;
	uint8_t *expected, *actual;
	unsigned long operations, bytes;
};

static unsigned int below(struct worker *worker, unsigned int limit)
{
	return (unsigned int)rand_r(&worker->random) % limit;
}

/* As many small ones as big ones: the number of bits is what is random. */
static size_t random_length(struct worker *worker, size_t block)
{
	size_t limit = 2u << below(worker, 20), length = 1 + below(worker, (unsigned int)limit);

	length = length > MAX_LENGTH ? MAX_LENGTH : length;
	return (length + block - 1) / block * block;
}

static void use_cipher(struct worker *worker)
{
	unsigned int number = below(worker, REFERENCE_COMMON_CIPHERS);
	const struct reference_cipher *cipher = &reference_ciphers[number];
	size_t length = random_length(worker, cipher->block);
	const uint8_t *src = source + below(worker, (unsigned int)(MAX_LENGTH - length + 1));
	uint8_t *actual = worker->actual + below(worker, 4096);
	bool own = below(worker, 3) == 0;
	uint32_t ses =
		own ? dev_cipher(fd, cipher->cipher, key, cipher->keylen) : shared_ciphers[number];
	uint8_t iv[16];

	dev_fill(iv, sizeof(iv), worker->random);
	reference_encrypt(cipher, key, iv, src, length, worker->expected);
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, src, length, actual, iv));
	if (!CHECK_MEM(actual, worker->expected, length))
		check_note("%s, %zu bytes", cipher->name, length);
	CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, actual, length, actual, iv));
	CHECK_MEM(actual, src, length);
	if (own)
		CHECK_OK(dev_free(fd, ses));
	worker->bytes += 2 * length;
}

static void use_mac(struct worker *worker)
{
	unsigned int number = below(worker, REFERENCE_COMMON_MACS);
	const struct reference_mac *mac = &reference_macs[number];
	size_t length = random_length(worker, 1);
	const uint8_t *src = source + below(worker, (unsigned int)(MAX_LENGTH - length + 1));
	bool own = below(worker, 3) == 0;
	uint32_t ses = own ? dev_hash(fd, mac->mac, key, mac->keyed ? 20 : 0) : shared_macs[number];
	uint8_t expected[64], actual[64];

	reference_digest(mac, key, 20, src, length, expected);
	if (own && length > 1) {
		CHECK_OK(dev_digest(fd, ses, COP_FLAG_UPDATE, src, length / 2, NULL));
		CHECK_OK(dev_digest(fd, ses, COP_FLAG_FINAL, src + length / 2, length - length / 2,
				    actual));
	} else {
		CHECK_OK(dev_digest(fd, ses, 0, src, length, actual));
	}
	if (!CHECK_MEM(actual, expected, mac->size))
		check_note("%s, %zu bytes", mac->name, length);
	if (own)
		CHECK_OK(dev_free(fd, ses));
	worker->bytes += length;
}

static void *work(void *argument)
{
	struct worker *worker = argument;
	long long end = dev_milliseconds() + 1000LL * seconds;

	worker->expected = malloc(MAX_LENGTH + 16);
	worker->actual = malloc(MAX_LENGTH + 16 + 4096);
	REQUIRE(worker->expected && worker->actual);
	while (dev_milliseconds() < end) {
		if (below(worker, 3))
			use_cipher(worker);
		else
			use_mac(worker);
		worker->operations++;
	}
	free(worker->expected);
	free(worker->actual);
	return NULL;
}

static void run_threads(void *argument)
{
	unsigned int process = *(unsigned int *)argument;
	struct worker workers[THREADS] = { 0 };
	unsigned long operations = 0, bytes = 0;

	for (unsigned int i = 0; i < THREADS; i++) {
		workers[i].random = process * THREADS + i + 1;
		REQUIRE(!pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	for (unsigned int i = 0; i < THREADS; i++) {
		REQUIRE(!pthread_join(workers[i].thread, NULL));
		CHECK(workers[i].operations > 1);
		operations += workers[i].operations;
		bytes += workers[i].bytes;
	}
	check_note("process %u: %lu operations, %lu bytes", process, operations, bytes);
}

static void processes_and_threads(void)
{
	unsigned int numbers[PROCESSES];
	pid_t children[PROCESSES];

	fd = dev_open();
	for (size_t i = 0; i < REFERENCE_COMMON_CIPHERS; i++)
		shared_ciphers[i] = dev_cipher(fd, reference_ciphers[i].cipher, key,
					       reference_ciphers[i].keylen);
	for (size_t i = 0; i < REFERENCE_COMMON_MACS; i++)
		shared_macs[i] =
			dev_hash(fd, reference_macs[i].mac, key, reference_macs[i].keyed ? 20 : 0);
	for (unsigned int i = 0; i < PROCESSES; i++) {
		numbers[i] = i;
		children[i] = check_fork(run_threads, &numbers[i]);
	}
	for (unsigned int i = 0; i < PROCESSES; i++)
		check_wait(children[i]);
	CHECK_OK(close(fd));
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
}

#define LONG (3 * MAX_LENGTH + 16)

/* Three megabytes go to the device in pieces, between which nobody else's may come. */
static void *long_calls(void *argument)
{
	const struct reference_cipher *cipher = &reference_ciphers[0];
	uint8_t *src = malloc(LONG), *dst = malloc(LONG), *expected = malloc(LONG);
	uint32_t seed = (uint32_t)(uintptr_t)argument;
	uint8_t iv[16], digest[32], right[32];

	REQUIRE(src && dst && expected);
	dev_fill(src, LONG, seed);
	dev_fill(iv, sizeof(iv), seed + 1);
	reference_encrypt(cipher, key, iv, src, LONG, expected);
	reference_digest(&reference_macs[2], NULL, 0, src, LONG, right);
	for (int i = 0; i < 5; i++) {
		CHECK_OK(dev_crypt(fd, shared_ciphers[0], COP_ENCRYPT, src, LONG, dst, iv));
		CHECK_MEM(dst, expected, LONG);
		CHECK_OK(dev_digest(fd, shared_macs[2], 0, src, LONG, digest));
		CHECK_MEM(digest, right, 32);
	}
	free(src);
	free(dst);
	free(expected);
	return NULL;
}

static void long_calls_of_one_session(void)
{
	pthread_t threads[THREADS];

	fd = dev_open();
	shared_ciphers[0] = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	shared_macs[2] = dev_hash(fd, CRYPTO_SHA2_256, NULL, 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, long_calls, (void *)i));
	for (size_t i = 0; i < THREADS; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
	CHECK_OK(close(fd));
}

static const struct check_case cases[] = {
	{ "two processes and four threads each at once get right results", processes_and_threads },
	{ "long calls of four threads with one session do not mix", long_calls_of_one_session },
};

int main(int argc, char **argv)
{
	if (argc == 2)
		seconds = atoi(argv[1]);
	dev_fill(source, sizeof(source), 1);
	return check_main(cases, ARRAY_SIZE(cases));
}
