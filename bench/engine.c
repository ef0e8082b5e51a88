// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the simulated ring and the engine cost beside the cryptography itself.
 *
 * Four subjects do the same requests on the same buffers: a bare EVP loop (set
 * the IV, transform), our ring and engine over libcrypto with direct and with
 * indirect descriptors, and over the null backend, which copies instead.
 *
 * They take turns in short rounds, and what is printed are medians over the
 * rounds, the ratio's too: so a processor that changes its frequency, or a
 * neighbour who takes it away, meets all of them alike.  Time is the thread's
 * processor time.
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>

#include <vcrypto/backends.h>

#include "bare.h"
#include "clock.h"
#include "median.h"

#define MAX_SIZE (1u << 20)

static const uint32_t sizes[] = { 16, 64, 256, 1024, 4096, 16384, 65536, 262144, MAX_SIZE };
static const size_t batches[] = { 1, 8, RIG_BATCH };

enum subject { BARE, DIRECT, INDIRECT, NOTHING, SUBJECTS };

struct options {
	struct work work;
	const char *name;	/* what OpenSSL calls it */
	size_t rounds;
	double round_ns;	/* how long one subject runs in one round */
	bool stages;
	bool json;
	bool lean;		/* the bare loop knows what our backend knows */
	uint32_t only;		/* this size alone, in bytes; 0: all */
	const struct vcrypto_backend *backend;
};

struct bench {
	struct options options;
	struct guest guest;
	struct rig rigs[SUBJECTS];	/* [BARE] is unused */
	struct bare bare;
	struct payload payload;
	uint8_t *src;
	uint8_t *dst;
	size_t rows;		/* printed */
};

/* Nanoseconds for one request, round by round. */
struct samples {
	double ns[SUBJECTS][MAX_ROUNDS];
};

static void run(struct bench *bench, enum subject subject, size_t batch)
{
	if (subject == BARE)
		bare_run(&bench->bare, &bench->payload, batch);
	else
		rig_run(&bench->rigs[subject], batch);
}

/* Nanoseconds for each request over @times batches. */
static double measure(struct bench *bench, enum subject subject, size_t batch, size_t times)
{
	double start = processor_time();
	size_t i;

	for (i = 0; i < times; i++)
		run(bench, subject, batch);
	return (processor_time() - start) / (double)(times * batch);
}

/* How many batches make a round; warms everything up on the way. */
static size_t calibrate(struct bench *bench, size_t batch)
{
	double ns = 0;
	size_t times = 1;
	enum subject subject;

	for (subject = BARE; subject < SUBJECTS; subject++)
		measure(bench, subject, batch, 2);
	while (ns < bench->options.round_ns / 4 && times < 1u << 24) {
		times *= 2;
		ns = measure(bench, BARE, batch, times) * (double)(times * batch);
	}
	times = (size_t)((double)times * bench->options.round_ns / ns);
	return times ? times : 1;
}

static void sample(struct bench *bench, size_t batch, struct samples *samples)
{
	size_t times = calibrate(bench, batch);
	size_t round, turn;

	/* Every subject takes every place in the order. */
	for (round = 0; round < bench->options.rounds; round++)
		for (turn = 0; turn < SUBJECTS; turn++) {
			enum subject subject = (enum subject)((round + turn) % SUBJECTS);

			samples->ns[subject][round] = measure(bench, subject, batch, times);
		}
}

static void lay_payload(struct bench *bench, uint32_t size)
{
	uint32_t stride = (size + 63) / 64 * 64 + RIG_ROOM;
	enum subject subject;
	size_t i;

	bench->payload.size = size;
	for (i = 0; i < RIG_BATCH; i++) {
		bench->payload.src[i] = bench->src + i * stride;
		bench->payload.dst[i] = bench->dst + i * stride;
	}
	if (bench->options.work.decrypt)
		rig_prepare(&bench->rigs[DIRECT], &bench->options.work, &bench->payload);
	for (subject = DIRECT; subject < SUBJECTS; subject++)
		rig_lay(&bench->rigs[subject], &bench->options.work, &bench->payload);
}

/* Numbers of different work say nothing. */
static void check_same_work(struct bench *bench)
{
	size_t size = bench->payload.size + RIG_ROOM;
	uint8_t *expected = malloc(size);
	enum subject subject;

	if (!expected)
		err(1, "out of memory");
	memset(bench->payload.dst[7], 0, size);
	run(bench, BARE, RIG_BATCH);
	memcpy(expected, bench->payload.dst[7], size);
	for (subject = DIRECT; subject <= INDIRECT; subject++) {
		memset(bench->payload.dst[7], 0, size);
		run(bench, subject, RIG_BATCH);
		if (memcmp(expected, bench->payload.dst[7], size))
			errx(1, "the engine's result differs from EVP's");
	}
	free(expected);
}

/* What the aims are about, gathered over the batches. */
struct verdict {
	double ratio_16k;	/* lowest */
	double added_64;	/* highest */
};

static void note(struct verdict *verdict, uint32_t size, double ratio, double added)
{
	if (size == 16384 && ratio < verdict->ratio_16k)
		verdict->ratio_16k = ratio;
	if (size == 64 && added > verdict->added_64)
		verdict->added_64 = added;
}

static void print_json(const struct bench *bench, size_t batch, const struct samples *samples,
		       const double ratio[2])
{
	const struct options *options = &bench->options;

	printf("%s\n  {\"algorithm\": \"%s%s\", \"backend\": \"%s\", \"decrypt\": %s, \"sessions\": %zu,"
	       " \"bytes\": %u, \"requests\": %zu, \"bare_ns\": %.1f, \"ns\": %.1f, \"null_ns\": %.1f,"
	       " \"ratio\": %.3f, \"indirect\": %.3f}", bench->rows ? "," : "[",
	       options->work.mac ? "HMAC-" : "", options->name, options->backend->name,
	       options->work.decrypt ? "true" : "false", options->work.sessions,
	       bench->payload.size, batch, median(samples->ns[BARE], options->rounds),
	       median(samples->ns[DIRECT], options->rounds),
	       median(samples->ns[NOTHING], options->rounds), ratio[0], ratio[1]);
}

static void print_row(const struct bench *bench, size_t batch, const struct samples *samples,
		      struct verdict *verdict)
{
	size_t rounds = bench->options.rounds;
	const double *bare_ns = samples->ns[BARE];
	const double *direct_ns = samples->ns[DIRECT], *indirect_ns = samples->ns[INDIRECT];
	double ratio[2] = { median_ratio(bare_ns, direct_ns, rounds),
			    median_ratio(bare_ns, indirect_ns, rounds) };
	double added[2] = { median_difference(direct_ns, bare_ns, rounds),
			    median_difference(indirect_ns, bare_ns, rounds) };
	double bare = median(bare_ns, rounds);
	double ours = median(direct_ns, rounds);
	uint32_t size = bench->payload.size;

	note(verdict, size, ratio[0], added[0]);
	note(verdict, size, ratio[1], added[1]);
	if (bench->options.json) {
		print_json(bench, batch, samples, ratio);
		return;
	}
	printf("%8u %5zu | %9.0f %9.0f | %6.3f %8.0f | %6.3f %8.0f | %8.0f\n", size, batch,
	       size / bare * 1e3, size / ours * 1e3, ratio[0], added[0], ratio[1], added[1],
	       median(samples->ns[NOTHING], rounds));
	fflush(stdout);
}

static bool is_wanted(const struct bench *bench, uint32_t size)
{
	return !bench->options.only || bench->options.only == size;
}

static void print_verdict(const struct bench *bench, const struct verdict *verdict)
{
	if (is_wanted(bench, 16384))
		printf("worst ratio at 16 KiB: %.3f\n", verdict->ratio_16k);
	if (is_wanted(bench, 64))
		printf("most added at 64 bytes: %.0f ns\n", verdict->added_64);
}

static void compare_all(struct bench *bench)
{
	struct verdict verdict = { 1e9, -1e9 };
	struct samples samples;
	size_t i, j;

	if (!bench->options.json)
		printf("               |          MB/s       |     direct      |    indirect     |    null\n"
		       "   bytes batch |  bare EVP    direct |  ratio added ns |  ratio added ns |      ns\n");
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (j = 0; j < sizeof(batches) / sizeof(batches[0]); j++) {
			if (!is_wanted(bench, sizes[i]))
				continue;
			lay_payload(bench, sizes[i]);
			check_same_work(bench);
			sample(bench, batches[j], &samples);
			print_row(bench, batches[j], &samples, &verdict);
			bench->rows++;
		}
	if (bench->options.json)
		printf("\n]\n");
	else
		print_verdict(bench, &verdict);
}

static double clock_cost(void)
{
	struct timespec time;
	double start = processor_time();
	int i;

	for (i = 0; i < 100000; i++)
		clock_gettime(CLOCK_MONOTONIC, &time);
	return (processor_time() - start) / 100000;
}

/* One row of stages; each has one reading of the clock in it, which is taken off. */
static void print_stages(struct bench *bench, enum subject subject, size_t batch)
{
	static const char *const names[SUBJECTS] = { "", "direct", "indirect", "null" };
	double spent[STAGE_COUNT][MAX_ROUNDS];
	double clock = clock_cost();
	size_t times = calibrate(bench, batch);
	size_t round, i;

	for (round = 0; round < bench->options.rounds; round++) {
		uint64_t sums[STAGE_COUNT] = { 0 };

		for (i = 0; i < times; i++)
			rig_run_in_stages(&bench->rigs[subject], batch, sums);
		for (i = 0; i < STAGE_COUNT; i++)
			spent[i][round] = ((double)sums[i] / (double)times -
					   clock * (i == STAGE_DRIVER ? 2 : 1)) / (double)batch;
	}
	printf("%8u %5zu %9s |", bench->payload.size, batch, names[subject]);
	for (i = 0; i < STAGE_COUNT; i++)
		printf(" %7.1f", median(spent[i], bench->options.rounds));
	printf("\n");
}

static void show_stages(struct bench *bench)
{
	static const uint32_t small[] = { 64, 16384 };
	enum subject subject;
	size_t i, j;

	printf("Nanoseconds of a request, by stage:\n"
	       "   bytes batch      ring |  driver     pop  decode execute  encode    push\n");
	for (i = 0; i < sizeof(small) / sizeof(small[0]); i++)
		for (j = 0; j < sizeof(batches) / sizeof(batches[0]); j++)
			for (subject = DIRECT; subject < SUBJECTS; subject++) {
				if (!is_wanted(bench, small[i]))
					continue;
				lay_payload(bench, small[i]);
				print_stages(bench, subject, batches[j]);
			}
}

static void open_bench(struct bench *bench)
{
	const struct work *work = &bench->options.work;
	size_t room = (size_t)RIG_BATCH * (MAX_SIZE + RIG_ROOM);
	size_t i;

	bare_open(&bench->bare, work, bench->options.name, bench->options.lean);
	guest_init(&bench->guest, 2 * room + (1u << 20));
	bench->src = guest_alloc(&bench->guest, room);
	bench->dst = guest_alloc(&bench->guest, room);
	for (i = 0; i < room; i++)
		bench->src[i] = (uint8_t)(i * 0x9d >> 3);
	rig_init(&bench->rigs[DIRECT], &bench->guest, bench->options.backend, work, false);
	rig_init(&bench->rigs[INDIRECT], &bench->guest, bench->options.backend, work, true);
	rig_init(&bench->rigs[NOTHING], &bench->guest, &vcrypto_backend_null, work, false);
}

static void close_bench(struct bench *bench)
{
	enum subject subject;

	for (subject = DIRECT; subject < SUBJECTS; subject++)
		rig_fini(&bench->rigs[subject]);
	bare_close(&bench->bare);
	guest_fini(&bench->guest);
}

static void usage(FILE *to)
{
	fprintf(to,
		"usage: engine [--backend NAME] [--ctr | --gcm | --hmac] [--decrypt] [--sessions N]\n"
		"              [--lean] [--stages] [--bytes N] [--quick] [--json]\n"
		"\n"
		"Compares requests through a simulated ring, the engine and libcrypto with a bare\n"
		"EVP loop, AES-128-CBC encryption unless told otherwise.\n"
		"\n"
		"  --backend NAME  another than libcrypto; the bare loop stays libcrypto's\n"
		"  --ctr, --gcm, --hmac\n"
		"             AES-128-CTR, AES-128-GCM with a tag of 16 bytes, HMAC-SHA-256\n"
		"  --decrypt  the other direction\n"
		"  --sessions N  the requests of a batch are of 1 (default) ... 32 sessions\n"
		"  --lean     a bare loop that turns padding off in the way that costs later IVs nothing\n"
		"  --stages   show where the time goes instead: driver, ring, decode, execute, encode\n"
		"  --bytes N  this size alone, of those in the table\n"
		"  --json     the table as JSON; ratio is that of direct descriptors\n"
		"  --quick    fewer and shorter rounds: a first look, not a measurement\n");
}

static bool is_size(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (strtoul(text, NULL, 10) == sizes[i])
			return true;
	return false;
}

/* The last of these on the command line. */
static void choose(struct options *options, int option)
{
	struct work *work = &options->work;

	work->cipher = option == 'm' ? 0 : option == 'c' ? VCRYPTO_CIPHER_AES_CTR :
							    VCRYPTO_CIPHER_AES_GCM;
	work->key_len = option == 'm' ? 0 : 16;
	work->mac = option == 'm' ? VCRYPTO_MAC_HMAC_SHA2_256 : 0;
	work->mac_key_len = option == 'm' ? 32 : 0;
	options->name = option == 'm' ? "SHA2-256" : option == 'c' ? "AES-128-CTR" : "AES-128-GCM";
}

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {
		{ "ctr", no_argument, NULL, 'c' },    { "decrypt", no_argument, NULL, 'd' },
		{ "gcm", no_argument, NULL, 'g' },    { "hmac", no_argument, NULL, 'm' },
		{ "stages", no_argument, NULL, 's' }, { "quick", no_argument, NULL, 'q' },
		{ "json", no_argument, NULL, 'j' },   { "lean", no_argument, NULL, 'l' },   { "help", no_argument, NULL, 'h' },
		{ "bytes", required_argument, NULL, 'b' },
		{ "backend", required_argument, NULL, 'B' },
		{ "sessions", required_argument, NULL, 'S' },
		{ NULL, 0, NULL, 0 },
	};
	struct work *work = &options->work;
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (strchr("cgm", option)) {
			choose(options, option);
		} else if (option == 'd') {
			options->work.decrypt = true;
		} else if (option == 'l') {
			options->lean = true;
		} else if (option == 'j') {
			options->json = true;
		} else if (option == 's') {
			options->stages = true;
		} else if (option == 'B') {
			options->backend = rig_backend(optarg);
		} else if (option == 'b' && is_size(optarg)) {
			options->only = (uint32_t)strtoul(optarg, NULL, 10);
		} else if (option == 'S' && (work->sessions = strtoul(optarg, NULL, 10)) >= 1 &&
			   work->sessions <= RIG_BATCH) {
			continue;
		} else if (option == 'q') {
			options->rounds = 5;
			options->round_ns = 5e5;
		} else {
			usage(option == 'h' ? stdout : stderr);
			exit(option == 'h' ? 0 : 2);
		}
	}
}

int main(int argc, char **argv)
{
	static struct bench bench = { .options = {
		.work = { .cipher = VCRYPTO_CIPHER_AES_CBC, .key_len = 16, .sessions = 1,
			  .key = { 1, 2, 3 }, .iv = { 4, 5, 6 } },
		.name = "AES-128-CBC",
		.rounds = 31,
		.round_ns = 3e6,
		.backend = &vcrypto_backend_libcrypto,
	} };

	parse(&bench.options, argc, argv);
	pin();
	open_bench(&bench);
	if (!bench.options.json)
		printf("%s%s, %s, %s\n", bench.options.work.mac ? "HMAC-" : "",
		       bench.options.name, bench.options.work.decrypt ? "decrypt" : "encrypt",
		       OpenSSL_version(OPENSSL_VERSION));
	if (bench.options.stages)
		show_stages(&bench);
	else
		compare_all(&bench);
	close_bench(&bench);
	return 0;
}
