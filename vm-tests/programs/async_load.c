// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Three threads with a file each keep many operations outstanding, of random
 * algorithms and sizes, wait for them with epoll, and compare every result with
 * libcrypto's.  Then processes with such threads are killed, and the device is
 * taken from them.
 *
 * usage: async_load [SECONDS]
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "async.h"
#include "check.h"
#include "dev.h"
#include "reference.h"

#define THREADS 3
#define PLACES 24
#define MAX_LENGTH (1u << 17)
#define ROUNDS 6

static const uint8_t key[32] = { 3, 1, 4, 1, 5, 9 };
static uint8_t source[MAX_LENGTH];
static int seconds = 5;
static atomic_ulong fetched_at_all;

/* Where an operation takes place, and what it is to result in. */
struct place {
	bool busy;
	size_t length, digest_length;
	uint8_t *dst, *expected;
	uint8_t iv[16], digest[64], expected_digest[64];
};

struct worker {
	pthread_t thread;
	unsigned int random;
	int fd, epoll;
	uint32_t ciphers[REFERENCE_COMMON_CIPHERS], macs[REFERENCE_COMMON_MACS];
	struct place places[PLACES];
	unsigned long fetched;
};

static unsigned int below(struct worker *worker, unsigned int limit)
{
	return (unsigned int)rand_r(&worker->random) % limit;
}

/* As many small ones as big ones: the number of bits is what is random. */
static size_t random_length(struct worker *worker, size_t block)
{
	size_t length = below(worker, 2u << below(worker, 17));

	return length / block * block;
}

static struct crypt_op cipher_operation(struct worker *worker, struct place *place)
{
	unsigned int number = below(worker, REFERENCE_COMMON_CIPHERS);
	const struct reference_cipher *cipher = &reference_ciphers[number];
	size_t length = random_length(worker, cipher->block);

	place->length = length;
	place->digest_length = 0;
	dev_fill(place->iv, sizeof(place->iv), worker->random);
	if (length)
		reference_encrypt(cipher, key, place->iv, source, length, place->expected);
	return (struct crypt_op){
		.ses = worker->ciphers[number],
		.len = (uint32_t)length,
		.src = source,
		.dst = place->dst,
		.iv = place->iv,
	};
}

static struct crypt_op mac_operation(struct worker *worker, struct place *place)
{
	unsigned int number = below(worker, REFERENCE_COMMON_MACS);
	const struct reference_mac *mac = &reference_macs[number];
	size_t length = random_length(worker, 1);

	place->length = 0;
	place->digest_length = mac->size;
	memset(place->digest, 0, sizeof(place->digest));
	reference_digest(mac, key, 20, source, length, place->expected_digest);
	return (struct crypt_op){
		.ses = worker->macs[number],
		.len = (uint32_t)length,
		.src = source,
		.dst = place->dst,
		.mac = place->digest,
	};
}

static int begin(struct worker *worker, struct place *place)
{
	struct crypt_op op = below(worker, 3) ? cipher_operation(worker, place)
					      : mac_operation(worker, place);

	place->busy = true;
	return ioctl(worker->fd, CIOCASYNCCRYPT, &op);
}

/* Returns 0, or -1 if the device is gone. */
static int fetch(struct worker *worker)
{
	struct epoll_event event;
	struct crypt_op op;
	struct place *place = worker->places;

	REQUIRE(epoll_wait(worker->epoll, &event, 1, 60000) == 1);
	if (async_try_fetch(worker->fd, &op))
		return -1;
	while (place->dst != op.dst)
		place++;
	CHECK(place->busy);
	place->busy = false;
	CHECK(op.len >= place->length);
	CHECK_MEM(place->dst, place->expected, place->length);
	CHECK_MEM(place->digest, place->expected_digest, place->digest_length);
	worker->fetched++;
	atomic_fetch_add(&fetched_at_all, 1);
	return 0;
}

static void prepare(struct worker *worker, unsigned int seed)
{
	struct epoll_event event = { .events = EPOLLIN };

	worker->random = seed;
	worker->fetched = 0;
	worker->fd = dev_open();
	worker->epoll = epoll_create1(EPOLL_CLOEXEC);
	REQUIRE(epoll_ctl(worker->epoll, EPOLL_CTL_ADD, worker->fd, &event) == 0);
	for (size_t i = 0; i < REFERENCE_COMMON_CIPHERS; i++)
		worker->ciphers[i] = dev_cipher(worker->fd, reference_ciphers[i].cipher, key,
						reference_ciphers[i].keylen);
	for (size_t i = 0; i < REFERENCE_COMMON_MACS; i++)
		worker->macs[i] = dev_hash(worker->fd, reference_macs[i].mac, key,
					   reference_macs[i].keyed ? 20 : 0);
	for (size_t i = 0; i < PLACES; i++) {
		worker->places[i].busy = false;
		worker->places[i].dst = malloc(MAX_LENGTH);
		worker->places[i].expected = malloc(MAX_LENGTH);
		REQUIRE(worker->places[i].dst && worker->places[i].expected);
	}
}

static void finish(struct worker *worker)
{
	for (size_t i = 0; i < PLACES; i++) {
		free(worker->places[i].dst);
		free(worker->places[i].expected);
	}
	CHECK_OK(close(worker->epoll));
	CHECK_OK(close(worker->fd));
}

static int fill_up(struct worker *worker)
{
	for (size_t i = 0; i < PLACES; i++)
		if (!worker->places[i].busy && begin(worker, &worker->places[i]))
			return -1;
	return 0;
}

static bool is_busy(const struct worker *worker)
{
	for (size_t i = 0; i < PLACES; i++)
		if (worker->places[i].busy)
			return true;
	return false;
}

static void *for_some_time(void *argument)
{
	struct worker *worker = argument;
	long long end = dev_milliseconds() + 1000LL * seconds;

	while (dev_milliseconds() < end) {
		CHECK_OK(fill_up(worker));
		for (unsigned int i = below(worker, PLACES) + 1; i; i--)
			CHECK_OK(fetch(worker));
	}
	while (is_busy(worker))
		CHECK_OK(fetch(worker));
	return NULL;
}

static void *until_gone(void *argument)
{
	struct worker *worker = argument;

	while (!fill_up(worker) && !fetch(worker))
		;
	CHECK_EQ(errno, ENODEV);
	return NULL;
}

static struct worker workers[THREADS];

static void begin_work(void *(*work)(void *))
{
	for (unsigned int i = 0; i < THREADS; i++) {
		prepare(&workers[i], i + 1);
		REQUIRE(!pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
}

static void end_work(void)
{
	for (unsigned int i = 0; i < THREADS; i++) {
		REQUIRE(!pthread_join(workers[i].thread, NULL));
		check_note("%lu operations", workers[i].fetched);
		finish(&workers[i]);
	}
}

static void nothing_is_left(void)
{
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
	CHECK_EQ(dev_counter_becomes("contexts", 0), 0);
	CHECK_EQ(dev_pinned_pages_become(0), 0);
	CHECK_EQ(hang_in_flight(), 0);
}

static void right_results(void)
{
	begin_work(for_some_time);
	end_work();
	CHECK(atomic_load(&fetched_at_all) > 2 * THREADS * PLACES);
	nothing_is_left();
}

static void work_until_killed(void *unused)
{
	(void)unused;
	begin_work(until_gone);
	end_work();
}

static void killed(void)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		pid_t child = check_fork(work_until_killed, NULL);
		int status;

		usleep(300000 + 37000 * i);
		CHECK_OK(kill(child, SIGKILL));
		CHECK_EQ(waitpid(child, &status, 0), child);
		CHECK(WIFSIGNALED(status));
	}
	nothing_is_left();
}

static void removed(void)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		atomic_store(&fetched_at_all, 0);
		begin_work(until_gone);
		while (atomic_load(&fetched_at_all) < 20 * (i + 1))
			usleep(1000);
		dev_unplug();
		end_work();
		dev_rescan();
	}
	nothing_is_left();
}

static const struct check_case cases[] = {
	{ "three files with many operations each get right results", right_results },
	{ "processes that are killed under such load leave nothing behind", killed },
	{ "the device can be removed under such load, and comes back", removed },
};

int main(int argc, char **argv)
{
	if (argc == 2)
		seconds = atoi(argv[1]);
	dev_fill(source, sizeof(source), 1);
	return check_main(cases, ARRAY_SIZE(cases));
}
