// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Whether a backend is anywhere slower than libcrypto: all algorithms in both directions, 1, 8, 12
 * and 32 requests of as many sessions, from 16 bytes to 64 KiB, through ring and engine.
 *
 * Both do the same requests on the same buffers in turns, in short rounds of processor time;
 * what is compared are medians.  What looks slower is measured again, some times, with more rounds
 * and engines that are made in another order each time, because where things happen to lie in
 * memory is worth some per cent.  A second engine of libcrypto's is beside them: how far that is
 * from the first says what the noise is.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <vcrypto/backends.h>

#include "clock.h"
#include "median.h"
#include "rig.h"

#define LONGEST 65536u
#define FEW 7		/* rounds of the first look */
#define MORE 21		/* of each other one, */
#define TRIES 7		/* of which the median counts */

static const uint32_t sizes[] = { 16, 64, 256, 1024, 4096, 16384, LONGEST };
static const size_t batches[] = { 1, 8, 12, RIG_BATCH };

enum subject { THEIRS, OURS, AGAIN, SUBJECTS };

static const struct vcrypto_backend *ours;
static const char *only;	/* what has this in its name; NULL: all */
static double limit = 0.98;
static double round_ns = 1e5;
static bool json;

/* A row of a table that nobody prints. */
struct cell {
	const char *name;
	const struct work *work;
	size_t batch;
};

static struct guest guest;
static struct rig rigs[SUBJECTS];
static struct payload payload;
static struct { size_t cells, slower; double worst; } all = { 0, 0, 1e9 };

static double measure(enum subject subject, size_t batch, size_t times)
{
	double start = processor_time();
	size_t i;

	for (i = 0; i < times; i++)
		rig_run(&rigs[subject], batch);
	return processor_time() - start;
}

static size_t calibrate(size_t batch)
{
	size_t times = 1;
	double ns;

	measure(OURS, batch, 1);
	measure(AGAIN, batch, 1);
	while ((ns = measure(THEIRS, batch, times)) < round_ns && times < 1u << 16)
		times *= 2;
	return times;
}

/* The ratios of times: libcrypto's by ours, and by its own a second time. */
static void compare(size_t batch, size_t rounds, double ratio[2])
{
	double took[SUBJECTS][MAX_ROUNDS];
	size_t subjects = rounds > FEW ? SUBJECTS : AGAIN, round, turn, subject;
	size_t times = calibrate(batch);

	for (round = 0; round < rounds; round++)
		for (turn = 0; turn < subjects; turn++) {
			subject = (round + turn) % subjects;
			took[subject][round] = measure((enum subject)subject, batch, times);
		}
	ratio[0] = median_ratio(took[THEIRS], took[OURS], rounds);
	ratio[1] = subjects > AGAIN ? median_ratio(took[THEIRS], took[AGAIN], rounds) : 1;
}

static void print_cell(const struct cell *cell, const double ratio[2])
{
	bool decrypt = cell->work->decrypt;

	if (json)
		printf("%s\n  {\"algorithm\": \"%s\", \"decrypt\": %s, \"requests\": %zu, \"bytes\": %u,"
		       " \"ratio\": %.3f, \"noise\": %.3f}", all.slower > 1 ? "," : "", cell->name,
		       decrypt ? "true" : "false", cell->batch, payload.size, ratio[0], ratio[1]);
	else
		printf("%-40s %s %3zu x %5u  %.3f   itself %.3f\n", cell->name,
		       decrypt ? "decrypt" : "encrypt", cell->batch, payload.size, ratio[0],
		       ratio[1]);
	fflush(stdout);
}

/* @first: which of them is made first. */
static void open_rigs(const struct work *work, size_t first)
{
	uint64_t used = guest.used;
	size_t i, subject;

	for (i = 0; i < SUBJECTS; i++) {
		subject = (first + i) % SUBJECTS;
		rig_init(&rigs[subject], &guest,
			 subject == OURS ? ours : &vcrypto_backend_libcrypto, work, false);
	}
	guest.used = used;
}

/* The rings of the next ones are zeros again. */
static void close_rigs(void)
{
	size_t i;

	for (i = 0; i < SUBJECTS; i++)
		rig_fini(&rigs[i]);
	memset((uint8_t *)guest.region.host + guest.used, 0, guest.region.len - guest.used);
}

static void lay(const struct work *work)
{
	size_t i;

	for (i = 0; i < SUBJECTS; i++)
		rig_lay(&rigs[i], work, &payload);
}

static void look_again(const struct cell *cell, double ratio[2])
{
	double ratios[2][TRIES], once[2];
	size_t try;

	for (try = 0; try < TRIES; try++) {
		close_rigs();
		open_rigs(cell->work, try);
		lay(cell->work);
		compare(cell->batch, MORE, once);
		ratios[0][try] = once[0];
		ratios[1][try] = once[1];
	}
	ratio[0] = median(ratios[0], TRIES);
	ratio[1] = median(ratios[1], TRIES);
}

static void judge(const struct cell *cell)
{
	double ratio[2];

	compare(cell->batch, FEW, ratio);
	if (ratio[0] < limit)
		look_again(cell, ratio);
	all.cells++;
	if (ratio[0] < all.worst)
		all.worst = ratio[0];
	if (ratio[0] >= limit)
		return;
	all.slower++;
	print_cell(cell, ratio);
}

static void walk_lengths(const char *name, const struct work *work, uint32_t block)
{
	struct cell cell = { name, work, 0 };
	size_t i, j;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (sizes[i] % block)
			continue;
		payload.size = sizes[i];
		if (work->decrypt)
			rig_prepare(&rigs[THEIRS], work, &payload);
		lay(work);
		for (j = 0; j < sizeof(batches) / sizeof(batches[0]); j++) {
			cell.batch = batches[j];
			judge(&cell);
		}
	}
}

static void walk(const struct vcrypto_cipher *cipher, const struct vcrypto_mac *mac, uint32_t key_len)
{
	struct work work = {
		.cipher = cipher ? cipher->id : 0, .mac = mac ? mac->id : 0, .key_len = key_len,
		.sessions = RIG_BATCH, .key = { 1, 2, 3, 4, 5 }, .mac_key = { 6, 7, 8 },
		.iv = { 2, 1 },
	};
	char name[64];

	if (mac && mac->keyed)
		work.mac_key_len = mac->key_max < 32 ? mac->key_max : 32;
	if (cipher && cipher->kind == VCRYPTO_KIND_RECORD)
		work.mac_key_len = 20;
	snprintf(name, sizeof(name), "%s%s%.0u%s%s", cipher ? cipher->title : "", cipher ? "-" : "",
		 key_len * 8, cipher && mac ? ", " : "", mac ? mac->title : "");
	if (cipher && !key_len)
		name[strlen(cipher->title)] = '\0';
	if ((only && !strstr(name, only)) || !rig_offers(&vcrypto_backend_libcrypto, &work))
		return;
	open_rigs(&work, 0);
	walk_lengths(name, &work, cipher ? cipher->block : 1);
	work.decrypt = true;
	if (cipher)
		walk_lengths(name, &work, cipher->block);
	close_rigs();
}

/* Each key length of AES, of others the longest. */
static void walk_cipher(const struct vcrypto_cipher *cipher)
{
	uint32_t len = cipher->key_max;

	if (cipher->key_min == 16 && cipher->key_step == 8)
		for (len = 16; len < cipher->key_max; len += 8)
			walk(cipher, NULL, len);
	walk(cipher, NULL, len);
}

static void walk_all(void)
{
	const struct vcrypto_cipher *cipher;
	const struct vcrypto_mac *mac;
	uint32_t id;

	for (id = 1; id < VCRYPTO_MAX_ALGORITHMS; id++) {
		cipher = vcrypto_cipher_find(id);
		mac = vcrypto_mac_find(id);
		if (cipher)
			walk_cipher(cipher);
		if (mac)
			walk(NULL, mac, 0);
	}
	cipher = vcrypto_cipher_find(VCRYPTO_CIPHER_AES_CBC);
	walk(cipher, vcrypto_mac_find(VCRYPTO_MAC_HMAC_SHA1), 16);
	walk(cipher, vcrypto_mac_find(VCRYPTO_MAC_HMAC_SHA2_256), 16);
	cipher = vcrypto_cipher_find(VCRYPTO_CIPHER_AES_CTR);
	walk(cipher, vcrypto_mac_find(VCRYPTO_MAC_HMAC_SHA1), 16);
}

static void make_payload(void)
{
	size_t room = LONGEST + RIG_ROOM, i, j;

	guest_init(&guest, 2 * RIG_BATCH * (room + 256) + (1u << 20));
	for (i = 0; i < RIG_BATCH; i++) {
		payload.src[i] = guest_alloc(&guest, room);
		payload.dst[i] = guest_alloc(&guest, room);
		for (j = 0; j < room; j++)
			payload.src[i][j] = (uint8_t)((i + j) * 0x9d >> 3);
	}
}

static void usage(FILE *to)
{
	fprintf(to,
		"usage: walk [--backend NAME] [--algorithm TEXT] [--limit RATIO] [--json]\n"
		"\n"
		"Compares a backend with libcrypto: all algorithms, both directions, 1, 8, 12 and 32 requests,\n"
		"16 bytes to 64 KiB.  Prints where it is slower, and how often.\n"
		"\n"
		"  --backend NAME    default: the preferred one\n"
		"  --algorithm TEXT  those that have this in their name\n"
		"  --limit RATIO     of libcrypto's time by the other's; below it is slower (0.98)\n"
		"  --json            the same as an object\n");
}

static void parse(int argc, char **argv)
{
	static const struct option names[] = {
		{ "backend", required_argument, NULL, 'b' },
		{ "algorithm", required_argument, NULL, 'a' },
		{ "limit", required_argument, NULL, 'l' },
		{ "json", no_argument, NULL, 'j' }, { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	ours = rig_backend(NULL);
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 'b') {
			ours = rig_backend(optarg);
		} else if (option == 'a') {
			only = optarg;
		} else if (option == 'l') {
			limit = strtod(optarg, NULL);
		} else if (option == 'j') {
			json = true;
		} else {
			usage(option == 'h' ? stdout : stderr);
			exit(option == 'h' ? 0 : 2);
		}
	}
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	pin();
	make_payload();
	if (json)
		printf("{\"backend\": \"%s\", \"limit\": %.2f, \"slower\": [", ours->name, limit);
	walk_all();
	if (json)
		printf("\n], \"measured\": %zu, \"worst\": %.3f}\n", all.cells, all.worst);
	else
		printf("%s: %zu of %zu below %.2f, the worst %.3f\n", ours->name, all.slower,
		       all.cells, limit, all.worst);
	guest_fini(&guest);
	return 0;
}
