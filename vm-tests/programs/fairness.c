// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A user with short calls gets many of them done for each long one of another
 * user: counted, not timed.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "dev.h"

#define LONG_CALL (1u << 20)
#define THREADS 3
#define LONG_CALLS 40
#define SHORT_FOR_EACH 3

/* Seconds, in which all is over. */
#define LONG_ENOUGH 250

enum { NOBODY = 65534, SOMEBODY = 65533 };

static const uint8_t key[24] = { 1 };

/* Of the two users, in memory that their processes share. */
struct counts {
	atomic_ulong long_calls, short_calls;
};

static struct counts *counts;

static void *make_long_calls(void *unused)
{
	uint8_t *memory = calloc(1, LONG_CALL);
	int fd = dev_open();
	uint32_t ses = dev_cipher(fd, CRYPTO_3DES_CBC, key, sizeof(key));

	for (;;) {
		CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, memory, LONG_CALL, memory, NULL));
		atomic_fetch_add(&counts->long_calls, 1);
	}
	return unused;
}

static void be_greedy(void *unused)
{
	pthread_t thread;

	alarm(LONG_ENOUGH);
	REQUIRE(setuid(NOBODY) == 0);
	for (int i = 1; i < THREADS; i++)
		REQUIRE(!pthread_create(&thread, NULL, make_long_calls, NULL));
	make_long_calls(unused);
}

static void be_modest(void *unused)
{
	uint8_t block[16] = { 0 };
	uint32_t ses;
	int fd;

	(void)unused;
	alarm(LONG_ENOUGH);
	REQUIRE(setuid(SOMEBODY) == 0);
	fd = dev_open();
	ses = dev_cipher(fd, CRYPTO_AES_CBC, key, 16);
	for (;;) {
		CHECK_OK(dev_crypt(fd, ses, COP_ENCRYPT, block, 16, block, NULL));
		atomic_fetch_add(&counts->short_calls, 1);
	}
}

/* From when both work. */
static void short_calls_get_between(void)
{
	pid_t greedy = check_fork(be_greedy, NULL), modest = check_fork(be_modest, NULL);
	unsigned long long_calls, short_calls;

	while (!atomic_load(&counts->long_calls) || !atomic_load(&counts->short_calls))
		usleep(1000);
	long_calls = atomic_load(&counts->long_calls);
	short_calls = atomic_load(&counts->short_calls);
	while (atomic_load(&counts->long_calls) < long_calls + LONG_CALLS)
		usleep(1000);
	short_calls = atomic_load(&counts->short_calls) - short_calls;
	check_note("%lu short calls beside %d long ones", short_calls, LONG_CALLS);
	CHECK(short_calls >= SHORT_FOR_EACH * LONG_CALLS);
	kill(greedy, SIGKILL);
	kill(modest, SIGKILL);
	CHECK_EQ(waitpid(greedy, NULL, 0), greedy);
	CHECK_EQ(waitpid(modest, NULL, 0), modest);
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
}

static const struct check_case cases[] = {
	{ "short calls of one user get between the chunks of another's long ones",
	  short_calls_get_between },
};

int main(void)
{
	alarm(LONG_ENOUGH);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	REQUIRE(counts != MAP_FAILED);
	return check_main(cases, ARRAY_SIZE(cases));
}
