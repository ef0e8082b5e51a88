// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that are killed in the middle of heavy traffic leave nothing behind:
 * no session, no context and no pinned page.  There are many threads, because the
 * device answers what is in its queue as a batch: the longer that takes, the
 * surer a request is in its hands when the process dies.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define LENGTH (1u << 20)
#define THREADS 24
#define ROUNDS 15

static const uint8_t key[32] = { 1 };
static uint8_t iv[16], memory[LENGTH];
static int fd;

/*
 * All threads use the same memory, so that it is the device that takes the time.
 * Mostly they make long calls; new sessions come now and then.
 */
static void *crypt_for_ever(void *unused)
{
	unsigned int random = (unsigned int)gettid();
	uint8_t digest[16];

	for (;;) {
		uint32_t cbc = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
		uint32_t hash = dev_hash(fd, CRYPTO_MD5_HMAC, key, sizeof(key));

		for (int i = 0; i < 4; i++) {
			size_t length = rand_r(&random) % 8 ? LENGTH : 16u << rand_r(&random) % 16;

			CHECK_OK(dev_digest(fd, hash, 0, memory, length, digest));
			CHECK_OK(dev_crypt(fd, cbc, COP_ENCRYPT, memory, length, memory, iv));
		}
		CHECK_OK(dev_free(fd, cbc));
		CHECK_OK(dev_free(fd, hash));
	}
	return unused;
}

static void traffic(void *ready)
{
	pthread_t thread;

	fd = dev_open();
	for (int i = 1; i < THREADS; i++)
		REQUIRE(!pthread_create(&thread, NULL, crypt_for_ever, NULL));
	REQUIRE(write(*(int *)ready, "", 1) == 1);
	crypt_for_ever(NULL);
}

static void kill_one(unsigned int milliseconds)
{
	int ready[2], status;
	char byte;
	pid_t child;

	REQUIRE(pipe(ready) == 0);
	child = check_fork(traffic, &ready[1]);
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	usleep(1000 * (50 + milliseconds));
	CHECK_OK(kill(child, SIGKILL));
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(ready[0]);
	close(ready[1]);
}

static void still_works(void)
{
	static uint8_t data[65536], room[65536];
	uint32_t ses;

	fd = dev_open();
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, sizeof(key));
	dev_fill(data, sizeof(data), 1);
	CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, data, sizeof(data), room, iv));
	CHECK_OK(dev_crypt(fd, ses, COP_DECRYPT, room, sizeof(data), room, iv));
	CHECK_MEM(room, data, sizeof(data));
	close(fd);
}

static void one_after_the_other(void)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		kill_one(i * 7 % 100);
		still_works();
		if (i % 5 == 4)
			check_note("%u processes were killed", i + 1);
	}
}

/* 4.CLOSE, 6.KILLED */
static void nothing_is_left(void)
{
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	check_note("%lld sessions were created", dev_counter("sessions_created"));
}

static const struct check_case cases[] = {
	{ "the device works after each of 15 processes was killed", one_after_the_other },
	{ "no session, no context and no pinned page is left", nothing_is_left },
};

CHECK_MAIN(cases)
