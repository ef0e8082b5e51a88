/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A test of an ACVP file, and the vectors that it makes. */
#ifndef ACVP_H
#define ACVP_H

#include "json.h"

struct acvp {
	struct kat *kat;
	struct algorithm algorithm;
	const json_t *group;
	const json_t *test;	/* or a round of a Monte Carlo test */
	const json_t *answer;	/* of a second file, or NULL */
	char where[48];
	size_t monte_len;
};

/* The object that has @key: the test, its answer, or its group; or NULL. */
const json_t *acvp_with(const struct acvp *acvp, const char *key);
/* The field, wherever it is; nothing, or 0, if there is none. */
void acvp_hex(const struct acvp *acvp, const char *key, struct bytes *bytes);
size_t acvp_number(const struct acvp *acvp, const char *key);
bool acvp_says(const struct acvp *acvp, const char *key, const char *word);

/* --- acvp-vector.c: each fills @vector, or returns why it cannot --- */

const char *acvp_cipher(const struct acvp *acvp, struct vector *vector, enum lack *lack);
const char *acvp_mac(const struct acvp *acvp, struct vector *vector, enum lack *lack);
const char *acvp_monte_cipher(const struct acvp *acvp, struct vector *vector);
/* @seed is the last round's digest, or the test's seed; becomes this one's digest. */
const char *acvp_monte_hash(const struct acvp *acvp, struct vector *vector, struct bytes *seed);

#endif /* ACVP_H */
