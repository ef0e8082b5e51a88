// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The parser's other end: vcrypto-kat has more of it, in run.c and report.c. */
#include "vectors.h"

static void (*check_vector)(const struct vector *vector);

void kat_vector(struct kat *kat, const struct vector *vector)
{
	kat->vectors++;
	check_vector(vector);
}

void kat_skip_algorithm(struct kat *kat, const struct algorithm *algorithm)
{
	kat_file_error(kat, "", "a vector for an unknown algorithm: %s", algorithm->name);
}

size_t each_vector(const char *path, void (*check)(const struct vector *vector))
{
	struct kat kat = { .file = path };
	size_t len;
	char *text = kat_read_file(&kat, &len);

	check_vector = check;
	kat_text(&kat, text, len);
	kat_free(text);
	return kat.vectors;
}
