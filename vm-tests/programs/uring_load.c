// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands of io_uring's under load, and by programs that mean no good: many files and rings,
 * submissions of random bytes, processes that are killed at any time, little memory, a device that
 * goes.  What is right is compared with libcrypto.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"
#include "reference.h"
#include "ring.h"

#define THREADS 4
#define FILES 4
#define COMMANDS 32
#define LONGEST 20000
#define ROUNDS 10

static const uint8_t key[16] = { 1, 2, 3 };
static uint8_t first_iv[16];
static uint8_t src[COMMANDS * LONGEST];
static const struct reference_cipher *ctr = reference_ciphers;
static atomic_int ready;

/* One file or several, and a ring, of a thread. */
struct load {
	struct ring ring;
	int fds[FILES];
	uint32_t sessions[FILES];
	struct crypt_op ops[COMMANDS];
	uint8_t ivs[COMMANDS][16];
	uint8_t dst[COMMANDS * LONGEST];
	uint32_t random;
};

static uint32_t draw(struct load *load, uint32_t below)
{
	load->random = load->random * 1664525 + 1013904223;
	return (load->random >> 8) % below;
}

static struct load *open_load(uint32_t seed, unsigned int flags)
{
	struct load *load = calloc(1, sizeof(*load));

	REQUIRE(load);
	load->random = seed;
	ring_open(&load->ring, COMMANDS, flags);
	for (int i = 0; i < FILES; i++) {
		load->fds[i] = dev_open();
		load->sessions[i] = dev_cipher(load->fds[i], CRYPTO_AES_CTR, key, sizeof(key));
	}
	return load;
}

static void close_load(struct load *load)
{
	for (int i = 0; i < FILES; i++)
		close(load->fds[i]);
	ring_close(&load->ring);
	free(load);
}

/* Of all lengths, each with an IV of its own. */
static void submit(struct load *load)
{
	for (uint32_t i = 0; i < COMMANDS; i++) {
		uint32_t file = draw(load, FILES), limit = draw(load, 3) ? 512 : LONGEST;

		dev_fill(load->ivs[i], 16, draw(load, 1u << 24));
		load->ops[i] = (struct crypt_op){
			.ses = load->sessions[file],
			.len = draw(load, limit),
			.src = src + i * LONGEST,
			.dst = load->dst + i * LONGEST,
			.iv = load->ivs[i],
		};
		ring_crypt(&load->ring, load->fds[file], &load->ops[i]);
	}
	ring_submit(&load->ring, 0);
}

static void compare(const struct crypt_op *op)
{
	static _Thread_local uint8_t right[LONGEST + 16];

	reference_encrypt(ctr, key, op->iv, op->src, op->len, right);
	CHECK_MEM(op->dst, right, op->len);
}

static void *load_and_compare(void *seed)
{
	struct load *load = open_load((uint32_t)(uintptr_t)seed, 0);

	for (int round = 0; round < ROUNDS; round++) {
		submit(load);
		for (int i = 0; i < COMMANDS; i++)
			CHECK_EQ(ring_wait(&load->ring).res, 0);
		for (int i = 0; i < COMMANDS; i++)
			compare(&load->ops[i]);
	}
	close_load(load);
	return NULL;
}

static void nothing_is_left(void)
{
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
}

static void in_threads(void *(*run)(void *))
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, run, (void *)(i + 1)));
	for (uintptr_t i = 0; i < THREADS; i++)
		REQUIRE(!pthread_join(threads[i], NULL));
}

static void many_files_and_rings(void)
{
	in_threads(load_and_compare);
	nothing_is_left();
}

/* Commands end in any way; what matters is that all do, and what is right afterwards. */
static void *submit_noise(void *seed)
{
	static const unsigned long numbers[] = { CIOCCRYPT, CIOCAUTHCRYPT, CIOCGSESSION, 0 };
	struct load *load = open_load((uint32_t)(uintptr_t)seed, IORING_SETUP_SUBMIT_ALL);
	uint8_t *noise = malloc(16384);

	REQUIRE(noise);
	for (int round = 0; round < 10 * ROUNDS; round++) {
		for (uint32_t i = 0; i < COMMANDS; i++) {
			struct crypt_op *op = &load->ops[i];
			struct io_uring_sqe *sqe;

			dev_fill(op, sizeof(*op), draw(load, 1u << 24));
			if (draw(load, 4)) {
				op->ses = load->sessions[0];
				op->len = draw(load, 8192);
				op->op = (uint16_t)draw(load, 3);
				op->src = draw(load, 4) ? src : op->src;
				op->dst = noise;
				op->mac = draw(load, 2) ? noise : NULL;
				op->iv = draw(load, 4) ? first_iv : op->iv;
			}
			sqe = ring_crypt(&load->ring, load->fds[0], op);
			sqe->cmd_op = (uint32_t)numbers[draw(load, 4) ? 0 : draw(load, 4)];
			if (!draw(load, 8))
				sqe->addr3 = (uint64_t)draw(load, 1u << 24) << draw(load, 20);
			sqe->__pad2[0] = !draw(load, 16);
			sqe->uring_cmd_flags = draw(load, 16) ? 0 : draw(load, 4);
		}
		ring_submit(&load->ring, 0);
		for (int i = 0; i < COMMANDS; i++)
			CHECK(ring_wait(&load->ring).res <= 0);
	}
	close_load(load);
	free(noise);
	return NULL;
}

static void hostile_submissions(void)
{
	in_threads(submit_noise);
	load_and_compare((void *)7);
	nothing_is_left();
}

static void submit_for_ever(uint32_t seed)
{
	struct load *load = open_load(seed, 0);

	for (;;) {
		submit(load);
		for (uint32_t i = draw(load, COMMANDS); i < COMMANDS; i++)
			ring_wait(&load->ring);
		while (ring_try(&load->ring, &(struct ring_result){ 0 }))
			;
	}
}

/* In the middle of whatever it does. */
static void killed_in_a_loop(void)
{
	for (uint32_t round = 0; round < 5 * ROUNDS; round++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			submit_for_ever(round);
		REQUIRE(child > 0);
		usleep(1000 * (round * 7 % 40));
		CHECK_OK(kill(child, SIGKILL));
		CHECK_EQ(waitpid(child, &status, 0), child);
	}
	load_and_compare((void *)3);
	nothing_is_left();
}

/* What cannot be pinned is copied. */
static void little_lockable(void)
{
	const struct rlimit little = { 65536, RLIM_INFINITY };
	struct rlimit before;

	REQUIRE(getrlimit(RLIMIT_MEMLOCK, &before) == 0);
	CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &little));
	in_threads(load_and_compare);
	CHECK_OK(setrlimit(RLIMIT_MEMLOCK, &before));
	nothing_is_left();
}

static void *until_gone(void *seed)
{
	struct load *load = open_load((uint32_t)(uintptr_t)seed, 0);
	bool counted = false;
	int gone = 0;

	while (!gone) {
		submit(load);
		if (!counted)
			atomic_fetch_add(&ready, 1);
		counted = true;
		for (int i = 0; i < COMMANDS; i++) {
			struct ring_result result = ring_wait(&load->ring);
			const struct crypt_op *op = (void *)(uintptr_t)result.user_data;

			CHECK(result.res == 0 || result.res == -ENODEV);
			if (!result.res)
				compare(op);
			gone += result.res != 0;
		}
	}
	close_load(load);
	return NULL;
}

/* 4.URING.6 */
static void device_removed(void)
{
	for (int round = 0; round < 3; round++) {
		pthread_t threads[THREADS];

		atomic_store(&ready, 0);
		for (uintptr_t i = 0; i < THREADS; i++)
			REQUIRE(!pthread_create(&threads[i], NULL, until_gone, (void *)(i + 1)));
		while (atomic_load(&ready) < THREADS)
			usleep(1000);
		usleep(20000 * (unsigned int)round);
		dev_unplug();
		for (uintptr_t i = 0; i < THREADS; i++)
			REQUIRE(!pthread_join(threads[i], NULL));
		CHECK_EQ(dev_pinned_pages_become(0), 0);
		dev_rescan();
		load_and_compare((void *)5);
	}
}

static const struct check_case cases[] = {
	{ "commands of many files and rings give libcrypto's results", many_files_and_rings },
	{ "submissions of random bytes harm nobody else", hostile_submissions },
	{ "processes that are killed leave nothing", killed_in_a_loop },
	{ "results are the same where little may be pinned", little_lockable },
	{ "the device goes in the middle", device_removed },
};

int main(void)
{
	if (!ring_offered())
		return 0;
	dev_fill(src, sizeof(src), 1);
	dev_fill(first_iv, sizeof(first_iv), 2);
	while (ctr->cipher != CRYPTO_AES_CTR || ctr->keylen != sizeof(key))
		ctr++;
	return check_main(cases, ARRAY_SIZE(cases));
}
