// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dm-crypt at work while the device loses everything again and again, or is taken away: a
 * sector is written or read right, or there is an error; nothing hangs, and what is on the
 * disk in the end the kernel's software can read.
 *
 * usage: dmcrypt_lose LOSSES WAY...	the ways of lose.h, and "unplug", which comes last
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "afalg.h"
#include "check.h"
#include "dev.h"
#include "dm.h"
#include "lose.h"

#define THREADS 4
#define PIECE (64u << 10)
#define PIECES 16 /* of a thread */
#define DISK (THREADS * PIECES * (size_t)PIECE)
/* Pieces that each writes and reads between two losses, at least. */
#define BETWEEN 3

struct worker {
	pthread_t thread;
	unsigned int number, random;
	uint8_t *room, *right;
	uint32_t seeds[PIECES]; /* of what was written last; 0: unknown */
	atomic_ulong done, errors;
};

static struct worker workers[THREADS];
static atomic_bool stop;
static const char *way;
static int disk, losses;

static off_t place(const struct worker *worker, unsigned int piece)
{
	return (off_t)((worker->number * PIECES + piece) * PIECE);
}

/* Whether it has come through; if not, with an error that says so. */
static bool came_through(struct worker *worker, ssize_t ret)
{
	if (ret == PIECE)
		return true;
	CHECK(ret >= 0 || errno == EIO);
	atomic_fetch_add(&worker->errors, 1);
	return false;
}

static void write_piece(struct worker *worker, unsigned int piece)
{
	uint32_t seed = 1 + (uint32_t)rand_r(&worker->random);

	dev_fill(worker->room, PIECE, seed);
	worker->seeds[piece] = 0;
	if (came_through(worker, pwrite(disk, worker->room, PIECE, place(worker, piece))))
		worker->seeds[piece] = seed;
}

static void read_piece(struct worker *worker, unsigned int piece, int fd)
{
	memset(worker->room, 0, PIECE);
	if (!came_through(worker, pread(fd, worker->room, PIECE, place(worker, piece))) ||
	    !worker->seeds[piece])
		return;
	dev_fill(worker->right, PIECE, worker->seeds[piece]);
	CHECK_MEM(worker->room, worker->right, PIECE);
	atomic_fetch_add(&worker->done, 1);
}

static void *work(void *argument)
{
	struct worker *worker = argument;

	while (!atomic_load(&stop)) {
		write_piece(worker, (unsigned int)rand_r(&worker->random) % PIECES);
		read_piece(worker, (unsigned int)rand_r(&worker->random) % PIECES, disk);
	}
	return NULL;
}

static void begin(void)
{
	disk = dm_open("ours", DM_XTS, 64);
	REQUIRE(disk >= 0);
	atomic_store(&stop, false);
	for (unsigned int i = 0; i < THREADS; i++) {
		workers[i].number = i;
		workers[i].random = i + 1;
		atomic_store(&workers[i].errors, 0);
		REQUIRE(!pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
}

static unsigned long errors(void)
{
	unsigned long sum = 0;

	for (int i = 0; i < THREADS; i++)
		sum += atomic_load(&workers[i].errors);
	return sum;
}

/* Until all of them have got on. */
static void wait_for_all(void)
{
	unsigned long before[THREADS];

	for (int i = 0; i < THREADS; i++)
		before[i] = atomic_load(&workers[i].done);
	for (int i = 0; i < THREADS; i++)
		while (atomic_load(&workers[i].done) < before[i] + BETWEEN)
			usleep(1000);
}

static void end(void)
{
	atomic_store(&stop, true);
	for (int i = 0; i < THREADS; i++)
		REQUIRE(!pthread_join(workers[i].thread, NULL));
	dm_close("ours", disk);
}

/* What was written last, as software sees it. */
static void look_with_software(void)
{
	int software = dm_open("software", DM_XTS_SOFTWARE, 64);
	unsigned long before = errors();

	REQUIRE(software >= 0);
	for (int i = 0; i < THREADS; i++)
		for (unsigned int piece = 0; piece < PIECES; piece++)
			read_piece(&workers[i], piece, software);
	CHECK_EQ(errors(), before);
	dm_close("software", software);
}

static void lost(void)
{
	begin();
	for (int i = 0; i < losses; i++) {
		wait_for_all();
		lose(way);
	}
	wait_for_all();
	end();
	check_note("%lu errors of input and output", errors());
	/* What a device refuses it has not touched. */
	if (!strcmp(way, "forget"))
		CHECK_EQ(errors(), 0);
	look_with_software();
}

static void unplugged(void)
{
	begin();
	wait_for_all();
	dev_unplug();
	/* Software takes its place, but what was under way may have failed. */
	wait_for_all();
	end();
	check_note("%lu errors of input and output", errors());
	begin();
	wait_for_all();
	end();
	CHECK_EQ(errors(), 0);
	look_with_software();
	dev_rescan();
	REQUIRE(afalg_wait(AFALG_LAST));
	begin();
	wait_for_all();
	end();
	CHECK_EQ(errors(), 0);
	CHECK(dev_counter("crypt_requests") > 0);
	look_with_software();
	CHECK_EQ(dev_counter_becomes("sessions", 0), 0);
}

int main(int argc, char **argv)
{
	REQUIRE(argc > 2);
	losses = (int)strtol(argv[1], NULL, 10);
	REQUIRE(afalg_wait(AFALG_LAST));
	dm_disk(DISK);
	for (int i = 0; i < THREADS; i++) {
		workers[i].room = mmap(NULL, 2 * PIECE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		REQUIRE(workers[i].room != MAP_FAILED);
		workers[i].right = workers[i].room + PIECE;
	}
	for (int i = 2; i < argc; i++) {
		bool unplug = !strcmp(argv[i], "unplug");

		way = argv[i];
		if (!unplug && !lose_can(way))
			continue;
		check_begin("dm-crypt goes on, or has errors, and is right: %s", way);
		if (unplug)
			unplugged();
		else
			lost();
		check_end();
	}
	return check_plan();
}
