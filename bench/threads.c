// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Two queues on two threads against one queue on one: what a device with a lane for each
 * queue gains by a second processor.
 *
 * A queue is a ring, an engine and a driver, as in bench/engine, and all of it runs on its
 * thread.  In each round one thread has a number of batches, then both have as many each.
 * They begin together, and time goes on until the last one is done; the two threads take turns
 * at being the one.
 *
 * Somebody else who needs a processor meanwhile takes more from two threads than from one.
 * The system counts how often it took a thread's processor away; rounds in which it did are
 * left out of the second ratio.  A thread that waits for the other, at a lock, gives its
 * processor away by itself, and that round stays.  The third ratio is of processor time: less
 * than 2 if the threads are in each other's way without waiting, in caches for example.
 *
 * The last ratio is of libcrypto itself in such rounds, in turns with ours: two threads that
 * share nothing.  It says what two processors of this machine are worth.
 */
#include <err.h>
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>

#include <vcrypto/backends.h>

#include "bare.h"
#include "clock.h"
#include "median.h"

#define THREADS 2
#define LONGEST 16384u
#define QUICK_ROUNDS 9
#define TRIES 20u		/* rounds at most, for each that is wanted undisturbed */

static const uint32_t sizes[] = { 64, 1024, LONGEST };
static const size_t batches[] = { 1, RIG_BATCH };

/* What a thread's batches took. */
struct taken {
	double begin, end;	/* nanoseconds of CLOCK_MONOTONIC */
	double processor;	/* nanoseconds of the thread's processor time */
	bool disturbed;
};

/* A thread, its queue, and nothing on one cache line with the other's. */
struct lane {
	_Alignas(128) struct guest guest;
	struct rig rig;
	struct payload payload;
	struct bare bare;	/* the same work without ring and engine */
	struct taken taken;
	pthread_t thread;
	struct bench *bench;
	size_t cpu;
};

struct bench {
	struct lane lanes[THREADS];
	_Alignas(128) pthread_barrier_t barrier;	/* the threads and who measures */
	atomic_uint ready;	/* threads that are about to begin */
	/* for the next round */
	unsigned int running;	/* bit n: thread n has batches */
	size_t batch;
	size_t times;
	bool is_bare;		/* they are libcrypto's */
	bool ends;
	/* options */
	struct work work;
	const struct vcrypto_backend *backend;
	size_t rounds;		/* undisturbed ones */
	double round_ns;
	bool json;
	size_t rows;		/* printed */
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static long taken_away(void)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage))
		err(1, "getrusage");
	return usage.ru_nivcsw;
}

/* --- in a thread --- */

static void stay_on(size_t cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		err(1, "cannot stay on processor %zu", cpu);
}

/* Until all that run are awake. */
static void begin_together(struct bench *bench)
{
	unsigned int running = (bench->running & 1) + (bench->running >> 1);

	atomic_fetch_add(&bench->ready, 1);
	while (atomic_load(&bench->ready) < running)
		;
}

static void run_batches(struct lane *lane)
{
	struct bench *bench = lane->bench;
	long before = taken_away();
	double processor;
	size_t i;

	begin_together(bench);
	processor = processor_time();
	lane->taken.begin = now();
	for (i = 0; i < bench->times; i++) {
		if (bench->is_bare)
			bare_run(&lane->bare, &lane->payload, bench->batch);
		else
			rig_run(&lane->rig, bench->batch);
	}
	lane->taken.end = now();
	lane->taken.processor = processor_time() - processor;
	lane->taken.disturbed = taken_away() != before;
}

static void *run_lane(void *context)
{
	struct lane *lane = context;
	struct bench *bench = lane->bench;

	stay_on(lane->cpu);
	for (;;) {
		pthread_barrier_wait(&bench->barrier);
		if (bench->ends)
			return NULL;
		if (bench->running & 1u << (lane - bench->lanes))
			run_batches(lane);
		pthread_barrier_wait(&bench->barrier);
	}
}

/* --- who measures --- */

/* Nanoseconds of both, from the first one's begin to the last one's end. */
static struct taken run_round(struct bench *bench, unsigned int running)
{
	struct taken all = { .begin = 1e300 };
	size_t i;

	bench->running = running;
	atomic_store(&bench->ready, 0);
	pthread_barrier_wait(&bench->barrier);
	pthread_barrier_wait(&bench->barrier);
	for (i = 0; i < THREADS; i++) {
		const struct taken *one = &bench->lanes[i].taken;

		if (!(running & 1u << i))
			continue;
		all.begin = one->begin < all.begin ? one->begin : all.begin;
		all.end = one->end > all.end ? one->end : all.end;
		all.processor += one->processor;
		all.disturbed = all.disturbed || one->disturbed;
	}
	return all;
}

/* How many batches make a round; warms everything up on the way. */
static void calibrate(struct bench *bench, size_t batch)
{
	double ns = 0;

	bench->batch = batch;
	bench->times = 1;
	run_round(bench, 3);
	while (ns < bench->round_ns / 4 && bench->times < 1u << 24) {
		bench->times *= 2;
		ns = run_round(bench, 1).processor;
	}
	bench->times = (size_t)((double)bench->times * bench->round_ns / ns) + 1;
}

/* The same rounds of one thread and of two, in nanoseconds. */
struct rounds {
	size_t count;
	double one[MAX_ROUNDS], two[MAX_ROUNDS];
	double cpu_one[MAX_ROUNDS], cpu_two[MAX_ROUNDS];
};

static void add_round(struct rounds *rounds, const struct taken *one, const struct taken *two)
{
	size_t i = rounds->count;

	if (i == MAX_ROUNDS)
		return;
	/* Two have twice the work, and two processors. */
	rounds->one[i] = 2 * (one->end - one->begin);
	rounds->two[i] = two->end - two->begin;
	rounds->cpu_one[i] = 4 * one->processor;
	rounds->cpu_two[i] = two->processor;
	rounds->count++;
}

/* The first rounds, and the first that were not disturbed; libcrypto's, beside the first. */
struct samples {
	struct rounds any, calm, bare;
	size_t tries;
};

/* One round more in @rounds, and in @calm if nobody disturbed it. */
static void sample_one(struct bench *bench, size_t round, struct rounds *rounds,
		       struct rounds *calm)
{
	struct taken one = run_round(bench, 1u << round % 2), two = run_round(bench, 3);

	add_round(rounds, &one, &two);
	if (calm && !one.disturbed && !two.disturbed)
		add_round(calm, &one, &two);
}

static void sample(struct bench *bench, struct samples *samples)
{
	size_t round;

	samples->any.count = samples->calm.count = samples->bare.count = 0;
	for (round = 0; round < TRIES * bench->rounds && samples->calm.count < bench->rounds; round++) {
		sample_one(bench, round, &samples->any, &samples->calm);
		bench->is_bare = true;
		sample_one(bench, round, &samples->bare, NULL);
		bench->is_bare = false;
	}
	samples->tries = round;
}

static double ratio_of(const struct rounds *rounds)
{
	return rounds->count ? median_ratio(rounds->one, rounds->two, rounds->count) : 0;
}

static void print_row(struct bench *bench, uint32_t size, const struct samples *samples)
{
	const struct rounds *any = &samples->any, *calm = &samples->calm;
	const struct rounds *best = calm->count ? calm : any;
	double requests = 2.0 * (double)(bench->times * bench->batch) * 1e9;
	double one = requests / median(best->one, best->count);
	double two = requests / median(best->two, best->count);
	double cpu = median_ratio(any->cpu_one, any->cpu_two, any->count);

	if (bench->json)
		printf("%s\n  {\"backend\": \"%s\", \"bytes\": %u, \"requests\": %zu,"
		       " \"one_per_s\": %.0f, \"two_per_s\": %.0f, \"ratio\": %.3f, \"rounds\": %zu,"
		       " \"calm_ratio\": %.3f, \"calm_rounds\": %zu, \"processor_ratio\": %.3f,"
		       " \"bare_ratio\": %.3f}",
		       bench->rows ? "," : "[", bench->backend->name, size, bench->batch, one, two,
		       ratio_of(any), samples->tries, ratio_of(calm), calm->count, cpu,
		       ratio_of(&samples->bare));
	else
		printf("| %u | %zu | %.0f | %.0f | %.2f | %.2f (%zu of %zu) | %.2f | %.2f |\n", size,
		       bench->batch, one, two, ratio_of(any), ratio_of(calm), calm->count,
		       samples->tries, cpu, ratio_of(&samples->bare));
	bench->rows++;
	fflush(stdout);
}

static void lay(struct bench *bench, uint32_t size)
{
	struct lane *lane;

	for (lane = bench->lanes; lane < bench->lanes + THREADS; lane++) {
		lane->payload.size = size;
		rig_lay(&lane->rig, &bench->work, &lane->payload);
	}
}

/* Numbers of wrong work say nothing. */
static void check_results(struct bench *bench)
{
	static uint8_t expected[RIG_BATCH][LONGEST + RIG_ROOM];
	struct payload payload = bench->lanes[0].payload;
	const struct lane *lane;
	size_t i;

	/* What is in the lanes' own is libcrypto's, from the last round. */
	run_round(bench, 3);
	for (i = 0; i < RIG_BATCH; i++)
		payload.dst[i] = expected[i];
	bare_run(&bench->lanes[0].bare, &payload, bench->batch);
	for (lane = bench->lanes; lane < bench->lanes + THREADS; lane++)
		for (i = 0; i < bench->batch && bench->backend != &vcrypto_backend_null; i++)
			if (memcmp(lane->payload.dst[i], expected[i], payload.size))
				errx(1, "a result differs from EVP's");
}

static void measure_all(struct bench *bench)
{
	struct samples samples;
	size_t i, j;

	if (!bench->json)
		printf("%s, AES-128-CBC encryption\n"
		       "| bytes | batch | one, requests/s | two | ratio | undisturbed | processor | bare |\n"
		       "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n", bench->backend->name);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		lay(bench, sizes[i]);
		for (j = 0; j < sizeof(batches) / sizeof(batches[0]); j++) {
			calibrate(bench, batches[j]);
			sample(bench, &samples);
			check_results(bench);
			print_row(bench, sizes[i], &samples);
		}
	}
	if (bench->json)
		printf("\n]\n");
}

/* --- beginning and end --- */

/* Each queue has memory of its own, as guests' processors do not share lines either. */
static void open_lane(struct bench *bench, struct lane *lane)
{
	size_t piece = LONGEST + RIG_ROOM, i;

	lane->bench = bench;
	guest_init(&lane->guest, 2 * RIG_BATCH * (piece + 128) + (1u << 20));
	rig_init(&lane->rig, &lane->guest, bench->backend, &bench->work, true);
	bare_open(&lane->bare, &bench->work, "AES-128-CBC", false);
	for (i = 0; i < RIG_BATCH; i++) {
		lane->payload.src[i] = guest_alloc(&lane->guest, piece);
		memset(lane->payload.src[i], (int)i, piece);
		lane->payload.dst[i] = guest_alloc(&lane->guest, piece);
	}
}

static void start(struct bench *bench)
{
	cpu_set_t set;
	size_t cpu, i = 0;

	if (sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) < THREADS)
		errx(1, "there is only one processor, and this is about two");
	if (pthread_barrier_init(&bench->barrier, NULL, THREADS + 1))
		errx(1, "no barrier");
	for (cpu = 0; i < THREADS && cpu < CPU_SETSIZE; cpu++) {
		struct lane *lane = &bench->lanes[i];

		if (!CPU_ISSET(cpu, &set))
			continue;
		open_lane(bench, lane);
		lane->cpu = cpu;
		if (pthread_create(&lane->thread, NULL, run_lane, lane))
			errx(1, "no thread");
		i++;
	}
}

static void stop(struct bench *bench)
{
	struct lane *lane;

	bench->ends = true;
	pthread_barrier_wait(&bench->barrier);
	for (lane = bench->lanes; lane < bench->lanes + THREADS; lane++) {
		pthread_join(lane->thread, NULL);
		bare_close(&lane->bare);
		rig_fini(&lane->rig);
		guest_fini(&lane->guest);
	}
}

static void usage(FILE *to)
{
	fprintf(to,
		"usage: threads [--backend NAME] [--json] [--quick]\n"
		"\n"
		"Compares two queues on two threads with one queue on one thread: requests a second\n"
		"through a simulated ring, engine and backend, AES-128-CBC encryption, 32 sessions.\n"
		"\n"
		"  --backend NAME  another than the library's first\n"
		"  --json          the table as JSON\n"
		"  --quick         fewer and shorter rounds: a first look, not a measurement\n");
}

static void parse(struct bench *bench, int argc, char **argv)
{
	static const struct option names[] = {
		{ "backend", required_argument, NULL, 'B' }, { "json", no_argument, NULL, 'j' },
		{ "quick", no_argument, NULL, 'q' },	     { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 'B') {
			bench->backend = rig_backend(optarg);
		} else if (option == 'j') {
			bench->json = true;
		} else if (option == 'q') {
			bench->rounds = QUICK_ROUNDS;
			bench->round_ns = 3e5;
		} else {
			usage(option == 'h' ? stdout : stderr);
			exit(option == 'h' ? 0 : 2);
		}
	}
}

int main(int argc, char **argv)
{
	static struct bench bench = {
		.work = { .cipher = VCRYPTO_CIPHER_AES_CBC, .key_len = 16, .sessions = RIG_BATCH,
			  .key = { 1, 2, 3 }, .iv = { 4, 5, 6 } },
		.rounds = 31,
		.round_ns = 1e6,
	};

	bench.backend = rig_backend(NULL);
	parse(&bench, argc, argv);
	start(&bench);
	measure_all(&bench);
	stop(&bench);
	return 0;
}
