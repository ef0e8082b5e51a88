// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * OpenSSL contexts that the engine "devcrypto" works for are made before fork(),
 * and afterwards each process gives its copies new keys.  So each of them frees
 * the same old sessions, one after the other, while the others have new ones.
 *
 * What is right is computed by OpenSSL itself, before the engine is loaded.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* engines are, as of OpenSSL 3.0 */
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/engine.h>
#include <openssl/evp.h>

#include "check.h"
#include "dev.h"

#define PROCESSES 3u /* the parent is one of them */
#define CONTEXTS 6u
#define ROUNDS 5u
#define LENGTH 4096
#define HALF (LENGTH / 2)

/* Seconds, in which all is over: a process whose partner has failed must not wait for it. */
#define LONG_ENOUGH 250

static const uint8_t iv[16] = { 2, 7, 1, 8, 2, 8, 1, 8 };
static uint8_t data[LENGTH];

/* By process, round and context; the keys from before fork() are those of round 0. */
static uint8_t right[PROCESSES][ROUNDS][CONTEXTS][LENGTH];
static uint8_t right_digest[PROCESSES][32];

static EVP_CIPHER_CTX *ciphers[CONTEXTS];
static EVP_MD_CTX *digests[CONTEXTS];
static pthread_barrier_t *barrier;

static void set_key(EVP_CIPHER_CTX *ctx, uint32_t process, uint32_t round, uint32_t number)
{
	uint8_t key[16];

	dev_fill(key, sizeof(key), 1 + number + CONTEXTS * (round + ROUNDS * process));
	CHECK(EVP_EncryptInit_ex(ctx, number % 2 ? EVP_aes_128_ctr() : EVP_aes_128_cbc(), NULL, key,
				 iv));
	CHECK(EVP_CIPHER_CTX_set_padding(ctx, 0));
}

/* A half of the data; the second goes on where the first has ended. */
static void encrypt(EVP_CIPHER_CTX *ctx, int half, uint8_t *to)
{
	int made = 0;

	CHECK(EVP_EncryptUpdate(ctx, to + half * HALF, &made, data + half * HALF, HALF));
	CHECK_EQ(made, HALF);
}

/* Each process hashes something of its own. */
static size_t hashed(uint32_t process)
{
	return LENGTH - 100 * process;
}

static void compute(uint32_t process)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	REQUIRE(ctx);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < CONTEXTS; i++) {
			set_key(ctx, process, round, i);
			encrypt(ctx, 0, right[process][round][i]);
			encrypt(ctx, 1, right[process][round][i]);
		}
	}
	EVP_CIPHER_CTX_free(ctx);
	REQUIRE(EVP_Digest(data, hashed(process), right_digest[process], NULL, EVP_sha256(), NULL));
}

static void compute_in_software(void)
{
	for (uint32_t process = 0; process < PROCESSES; process++)
		compute(process);
	CHECK_EQ(dev_counter("sessions_created"), 0);
}

static void load_engine(void)
{
	ENGINE *engine = ENGINE_by_id("devcrypto");

	REQUIRE(engine && ENGINE_init(engine));
	REQUIRE(ENGINE_set_default(engine, ENGINE_METHOD_ALL));
	ENGINE_finish(engine);
	ENGINE_free(engine);
}

static void make_contexts(void)
{
	uint8_t made[LENGTH];

	load_engine();
	for (uint32_t i = 0; i < CONTEXTS; i++) {
		ciphers[i] = EVP_CIPHER_CTX_new();
		digests[i] = EVP_MD_CTX_new();
		REQUIRE(ciphers[i] && digests[i]);
		set_key(ciphers[i], 0, 0, i);
		encrypt(ciphers[i], 0, made);
		REQUIRE(EVP_DigestInit_ex(digests[i], EVP_sha256(), NULL));
		REQUIRE(EVP_DigestUpdate(digests[i], data, 100));
	}
	CHECK_EQ(dev_counter("sessions"), 2 * CONTEXTS);
}

static void wait_for_others(void)
{
	int ret = pthread_barrier_wait(barrier);

	REQUIRE(ret == 0 || ret == PTHREAD_BARRIER_SERIAL_THREAD);
}

/* All new keys first, then the work, so that what hits a wrong session shows. */
static void key_again(uint32_t process, uint32_t round, uint8_t made[CONTEXTS][LENGTH])
{
	for (uint32_t i = 0; i < CONTEXTS; i++) {
		set_key(ciphers[i], process, round, i);
		CHECK(EVP_DigestInit_ex(digests[i], EVP_sha256(), NULL));
	}
	for (uint32_t i = 0; i < CONTEXTS; i++) {
		encrypt(ciphers[i], 0, made[i]);
		CHECK(EVP_DigestUpdate(digests[i], data, HALF));
	}
}

static void finish(uint32_t process, uint32_t round, uint8_t made[CONTEXTS][LENGTH])
{
	uint8_t digest[32];

	for (uint32_t i = 0; i < CONTEXTS; i++) {
		encrypt(ciphers[i], 1, made[i]);
		CHECK_MEM(made[i], right[process][round][i], LENGTH);
		CHECK(EVP_DigestUpdate(digests[i], data + HALF, hashed(process) - HALF));
		if (CHECK(EVP_DigestFinal_ex(digests[i], digest, NULL)))
			CHECK_MEM(digest, right_digest[process], sizeof(digest));
	}
}

/* One after the other sets its keys; then all work at once. */
static void live(void *argument)
{
	static uint8_t made[CONTEXTS][LENGTH];
	uint32_t process = *(uint32_t *)argument;

	alarm(LONG_ENOUGH);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		for (uint32_t turn = 0; turn < PROCESSES; turn++) {
			if (turn == (process + round) % PROCESSES)
				key_again(process, round, made);
			wait_for_others();
		}
		finish(process, round, made);
		wait_for_others();
	}
	if (process == 0)
		return;
	for (uint32_t i = 0; i < CONTEXTS; i++) {
		EVP_CIPHER_CTX_free(ciphers[i]);
		EVP_MD_CTX_free(digests[i]);
	}
}

static void all_set_new_keys(void)
{
	static uint32_t numbers[PROCESSES] = { 0, 1, 2 };
	pid_t children[PROCESSES];

	for (uint32_t i = 1; i < PROCESSES; i++)
		children[i] = check_fork(live, &numbers[i]);
	live(&numbers[0]);
	for (uint32_t i = 1; i < PROCESSES; i++)
		check_wait(children[i]);
}

static void ends(void)
{
	CHECK_EQ(dev_counter_becomes("sessions", 2 * CONTEXTS), 2 * CONTEXTS);
	for (uint32_t i = 0; i < CONTEXTS; i++) {
		EVP_CIPHER_CTX_free(ciphers[i]);
		EVP_MD_CTX_free(digests[i]);
	}
	OPENSSL_cleanup();
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
	CHECK_EQ(dev_counter("failures"), 0);
}

static const struct check_case cases[] = {
	{ "before the engine is loaded OpenSSL does not ask the device", compute_in_software },
	{ "the parent has sessions for ciphers and hashes", make_contexts },
	{ "three processes set new keys in turn, again and again, and get right results",
	  all_set_new_keys },
	{ "each has freed its own sessions, and no other", ends },
};

static void make_barrier(void)
{
	pthread_barrierattr_t shared;

	barrier = mmap(NULL, sizeof(*barrier), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	REQUIRE(barrier != MAP_FAILED);
	REQUIRE(!pthread_barrierattr_init(&shared));
	REQUIRE(!pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED));
	REQUIRE(!pthread_barrier_init(barrier, &shared, PROCESSES));
}

int main(void)
{
	alarm(LONG_ENOUGH);
	dev_fill(data, sizeof(data), 1);
	make_barrier();
	return check_main(cases, ARRAY_SIZE(cases));
}
