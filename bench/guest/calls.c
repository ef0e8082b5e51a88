// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Runs in the guest (bench/guest.sh calls --smp 2): what calls cost by each other.  What is
 * compared takes turns in short rounds; printed are medians over the rounds, and the ratio
 * is the median of the rounds' ratios.
 *
 *	session	a session made and freed, never used, by a CIOCCRYPT of 64 bytes
 *	threads	calls in a second of two threads, with a session each, by those of one
 *	async	operations in a second with 32 in flight, of a session each, by one in flight
 */
#include <crypto/cryptodev.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "../median.h"

#define MAX_SIZE 16384
#define FLIGHT 32
#define THREADS 2
/* How many tell what one takes. */
#define WARM 1000

struct worker {
	pthread_t thread;
	uint32_t len;
	size_t times;
	uint32_t session;
	uint8_t *src, *dst;
};

static uint8_t key[16] = "sixteen byte key", iv[16];
static struct worker workers[FLIGHT];
/* Who is to be timed waits here: to begin a thread takes longer than many calls. */
static pthread_barrier_t start_line;
static int fd;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static uint32_t new_session(void)
{
	struct session_op op = { .cipher = CRYPTO_AES_CBC, .keylen = sizeof(key), .key = key };

	if (ioctl(fd, CIOCGSESSION, &op))
		err(1, "CIOCGSESSION");
	return op.ses;
}

static void *crypt_often(void *argument)
{
	const struct worker *worker = argument;
	struct crypt_op op = {
		.ses = worker->session,
		.len = worker->len,
		.src = worker->src,
		.dst = worker->dst,
		.iv = iv,
	};
	size_t i;

	for (i = 0; i < worker->times; i++)
		if (ioctl(fd, CIOCCRYPT, &op))
			err(1, "CIOCCRYPT");
	return NULL;
}

/* Seconds for each call. */
static double crypt_alone(uint32_t len, size_t times)
{
	double start = now();

	workers[0].len = len;
	workers[0].times = times;
	crypt_often(&workers[0]);
	return (now() - start) / (double)times;
}

static double sessions(uint32_t unused, size_t times)
{
	double start = now();
	uint32_t session;
	size_t i;

	(void)unused;
	for (i = 0; i < times; i++) {
		session = new_session();
		if (ioctl(fd, CIOCFSESSION, &session))
			err(1, "CIOCFSESSION");
	}
	return (now() - start) / (double)times;
}

static void *start_together(void *worker)
{
	pthread_barrier_wait(&start_line);
	return crypt_often(worker);
}

static double threads(uint32_t len, size_t times)
{
	double start;
	size_t i;

	for (i = 0; i < THREADS; i++) {
		workers[i].len = len;
		workers[i].times = times / THREADS + 1;
		if (pthread_create(&workers[i].thread, NULL, start_together, &workers[i]))
			err(2, "pthread_create");
	}
	pthread_barrier_wait(&start_line);
	start = now();
	for (i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	return (now() - start) / (double)(THREADS * (times / THREADS + 1));
}

static void fetch(void)
{
	struct crypt_op op;
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	while (ioctl(fd, CIOCASYNCFETCH, &op)) {
		if (errno != EBUSY)
			err(1, "CIOCASYNCFETCH");
		poll(&wait, 1, 1000);
	}
}

static double in_flight(uint32_t len, size_t times, size_t flight)
{
	double start = now();
	size_t begun;

	for (begun = 0; begun < times; begun++) {
		const struct worker *worker = &workers[begun % flight];
		struct crypt_op op = {
			.ses = worker->session,
			.len = len,
			.src = worker->src,
			.dst = worker->dst,
			.iv = iv,
		};

		if (begun >= flight)
			fetch();
		if (ioctl(fd, CIOCASYNCCRYPT, &op))
			err(1, "CIOCASYNCCRYPT");
	}
	for (begun = 0; begun < flight; begun++)
		fetch();
	return (now() - start) / (double)times;
}

static double one_in_flight(uint32_t len, size_t times)
{
	return in_flight(len, times, 1);
}

static double many_in_flight(uint32_t len, size_t times)
{
	return in_flight(len, times < FLIGHT ? FLIGHT : times, FLIGHT);
}

typedef double measure(uint32_t len, size_t times);

struct comparison {
	const char *name;
	uint32_t len;
	measure *over, *under;	/* the ratio's */
};

static const struct comparison comparisons[] = {
	{ "session", 64, sessions, crypt_alone },
	{ "threads", 64, crypt_alone, threads },
	{ "threads", 16384, crypt_alone, threads },
	{ "async", 64, one_in_flight, many_in_flight },
	{ "async", 1024, one_in_flight, many_in_flight },
};

static void compare(const struct comparison *comparison, size_t rounds, double round_seconds)
{
	static double over[MAX_ROUNDS], under[MAX_ROUNDS];
	double one = comparison->under(comparison->len, WARM);
	size_t times = one * 4 < round_seconds ? (size_t)(round_seconds / one) : 4, i;

	for (i = 0; i < rounds; i++) {
		if (i % 2) {
			over[i] = comparison->over(comparison->len, times);
			under[i] = comparison->under(comparison->len, times);
		} else {
			under[i] = comparison->under(comparison->len, times);
			over[i] = comparison->over(comparison->len, times);
		}
	}
	printf("%-8s %8u %10.1f %10.1f %7.2f\n", comparison->name, comparison->len,
	       median(over, rounds) * 1e6, median(under, rounds) * 1e6,
	       median_ratio(over, under, rounds));
}

static uint8_t *buffer(void)
{
	uint8_t *memory = mmap(NULL, MAX_SIZE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		err(2, "out of memory");
	return memory;
}

/* calls [ROUNDS [MILLISECONDS]] */
int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 15;
	int ms = argc > 2 ? atoi(argv[2]) : 80;
	size_t i;

	if (rounds < 1 || rounds > MAX_ROUNDS || ms < 1)
		errx(2, "1 to %d rounds of 1 ms or more", MAX_ROUNDS);
	if (pthread_barrier_init(&start_line, NULL, THREADS + 1))
		errx(2, "no barrier");
	fd = open("/dev/crypto", O_RDWR);
	if (fd < 0)
		err(2, "/dev/crypto");
	for (i = 0; i < FLIGHT; i++) {
		workers[i].session = new_session();
		workers[i].src = buffer();
		workers[i].dst = buffer();
	}
	printf("%-8s %8s %10s %10s %7s\n", "", "bytes", "over us", "under us", "ratio");
	for (i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++)
		compare(&comparisons[i], (size_t)rounds, ms / 1e3);
	return 0;
}
