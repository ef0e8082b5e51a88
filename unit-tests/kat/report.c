// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <stdlib.h>
#include <unistd.h>

#include "kat.h"

#define SHOWN 24	/* bytes of a value in a mismatch */

const char *kat_algorithm(const struct vector *vector)
{
	static char both[64];

	if (!vector->mac)
		return kat_cipher_name(vector->cipher);
	if (!vector->cipher)
		return kat_mac_name(vector->mac);
	snprintf(both, sizeof(both), "%s+%s", kat_cipher_name(vector->cipher),
		 kat_mac_name(vector->mac));
	return both;
}

static char *copy_string(const char *string)
{
	char *copy = kat_alloc(strlen(string) + 1);

	return strcpy(copy, string);
}

static struct counts *find(struct kat *kat, const char *name, const char *reason)
{
	struct counts *counts;
	size_t i;

	for (i = 0; i < kat->count_count; i++) {
		counts = &kat->counts[i];
		if (strcmp(counts->name, name) == 0 &&
		    (reason ? counts->reason && strcmp(counts->reason, reason) == 0 :
			      !counts->reason))
			return counts;
	}
	kat->counts = realloc(kat->counts, (kat->count_count + 1) * sizeof(*counts));
	if (!kat->counts)
		kat_die("out of memory");
	counts = &kat->counts[kat->count_count++];
	*counts = (struct counts){
		.name = copy_string(name), .reason = reason ? copy_string(reason) : NULL,
	};
	return counts;
}

static const char *const lack_names[LACK_COUNT] = {
	[LACK_NAME] = "I do not know this name",
	[LACK_OFFER] = "the device does not offer it",
	[LACK_WORDS] = "the interface cannot say it",
	[LACK_FILE] = "the file does not say it",
	[LACK_CUT] = "no chosen cut applies to it",
};

void kat_skip(struct kat *kat, const char *algorithm, enum lack lack, const char *detail)
{
	struct counts *counts;
	char reason[160];

	snprintf(reason, sizeof(reason), "%s%s%s", lack_names[lack], detail ? ": " : "",
		 detail ? detail : "");
	find(kat, algorithm, NULL)->skipped++;
	counts = find(kat, algorithm, reason);
	counts->skipped++;
	counts->lack = lack;
	kat->lacks[lack]++;
	kat->skipped++;
	kat->file_skipped++;
}

void kat_skip_algorithm(struct kat *kat, const struct algorithm *algorithm)
{
	if (!algorithm->known)
		kat_skip(kat, algorithm->name, LACK_NAME, NULL);
	else if (!kat_has_modes(algorithm->base))
		kat_skip(kat, algorithm->name, LACK_WORDS, DETAIL_ALGORITHM);
	else if (algorithm->has_mode)
		kat_skip(kat, algorithm->name, LACK_WORDS, DETAIL_MODE);
	else
		kat_skip(kat, algorithm->name, LACK_FILE, "which mode");
}

void kat_count(struct kat *kat, const struct vector *vector)
{
	struct counts *counts = find(kat, kat_algorithm(vector), NULL);

	if (kat->mismatch) {
		counts->failed++;
		kat->failed++;
		kat->file_failed++;
	} else if (kat->refused) {
		kat_skip(kat, counts->name, LACK_OFFER, "acceptable, and refused");
	} else {
		counts->passed++;
		kat->passed++;
		kat->file_passed++;
	}
}

static void hex(const char *label, const uint8_t *bytes, size_t from, size_t len)
{
	size_t i;

	printf(", %s %s", label, from ? "..." : "");
	for (i = from; i < len && i < from + SHOWN; i++)
		printf("%02x", bytes[i]);
	fputs(i < len ? "..." : "", stdout);
}

void kat_mismatch(struct kat *kat, const struct vector *vector, enum cut cut, const char *what,
		  const uint8_t *expected, const uint8_t *got, size_t len)
{
	size_t first = 0;

	kat->mismatch = true;
	printf("%s: %s: MISMATCH %s, %s, cut %s: %s", kat->file, vector->where,
	       kat->device_name, kat_algorithm(vector), cut_name(cut), what);
	if (expected) {
		while (first < len && expected[first] == got[first])
			first++;
		if (first < SHOWN)
			first = 0;
		hex("expected", expected, first, len);
		hex("got", got, first, len);
		if (first)
			printf(" (from byte %zu)", first);
	}
	putchar('\n');
}

void kat_begin_file(struct kat *kat, const char *file)
{
	kat->file = file;
	kat->file_passed = kat->file_failed = kat->file_skipped = 0;
	if (isatty(STDERR_FILENO) && !kat->quiet)
		fprintf(stderr, "\r\033[K%s: %s", kat->device_name, file);
}

void kat_end_file(struct kat *kat)
{
	if (isatty(STDERR_FILENO) && !kat->quiet)
		fputs("\r\033[K", stderr);
	kat->idle_files += !kat->file_passed && !kat->file_failed;
	if (!kat->quiet)
		printf("%s: %lu passed, %lu failed, %lu skipped\n", kat->file, kat->file_passed,
		       kat->file_failed, kat->file_skipped);
}

static int by_name(const void *a, const void *b)
{
	const struct counts *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	if (order || !left->reason || !right->reason)
		return order;
	return strcmp(left->reason, right->reason);
}

void kat_table(const struct kat *kat)
{
	size_t i;

	qsort(kat->counts, kat->count_count, sizeof(*kat->counts), by_name);
	printf("\n%-28s %10s %10s %10s\n", kat->device_name, "passed", "failed", "skipped");
	for (i = 0; i < kat->count_count; i++)
		if (!kat->counts[i].reason)
			printf("%-28s %10lu %10lu %10lu\n", kat->counts[i].name,
			       kat->counts[i].passed, kat->counts[i].failed,
			       kat->counts[i].skipped);
	printf("%-28s %10lu %10lu %10lu\n", "all", kat->passed, kat->failed, kat->skipped);
	for (i = 0; i < LACK_COUNT; i++)
		printf("%-28s %32lu\n", lack_names[i], kat->lacks[i]);
	if (kat->idle_files)
		printf("SKIP %lu of the files: nothing in them could run\n", kat->idle_files);
	for (i = 0; i < kat->count_count; i++)
		if (kat->counts[i].reason)
			printf("skipped %lu %s: %s\n", kat->counts[i].skipped,
			       kat->counts[i].name, kat->counts[i].reason);
	for (i = 0; i < CUT_COUNT; i++)
		if (kat->cuts[i])
			printf("cut %-14s %10lu runs\n", cut_name((enum cut)i), kat->runs[i]);
}

/* Why vectors of @name were skipped, as the last column of its row. */
static void markdown_reasons(const struct kat *kat, const char *name)
{
	const char *before = "";
	size_t i;

	for (i = 0; i < kat->count_count; i++)
		if (kat->counts[i].reason && strcmp(kat->counts[i].name, name) == 0) {
			printf("%s%lu %s", before, kat->counts[i].skipped,
			       kat->counts[i].reason);
			before = "; ";
		}
}

void kat_markdown(const struct kat *kat)
{
	size_t i;

	qsort(kat->counts, kat->count_count, sizeof(*kat->counts), by_name);
	printf("| %s | passed | failed | skipped | why |\n| --- | ---: | ---: | ---: | --- |\n",
	       kat->device_name);
	for (i = 0; i < kat->count_count; i++)
		if (!kat->counts[i].reason) {
			printf("| %s | %lu | %lu | %lu | ", kat->counts[i].name,
			       kat->counts[i].passed, kat->counts[i].failed,
			       kat->counts[i].skipped);
			markdown_reasons(kat, kat->counts[i].name);
			puts(" |");
		}
	printf("| all | %lu | %lu | %lu | ", kat->passed, kat->failed, kat->skipped);
	for (i = 0; i < LACK_COUNT; i++)
		printf("%s%lu %s", i ? "; " : "", kat->lacks[i], lack_names[i]);
	puts(" |");
}

void kat_forget(struct kat *kat)
{
	size_t i;

	for (i = 0; i < kat->count_count; i++) {
		free(kat->counts[i].name);
		free(kat->counts[i].reason);
	}
	free(kat->counts);
}
