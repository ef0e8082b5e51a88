/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The lines of a CAVP file, collected into fields, and the vectors that these make. */
#ifndef CAVP_H
#define CAVP_H

#include "subject.h"

/* A "KEY = value".  Values stay text until it is known what they are. */
struct field {
	char key[24];		/* upper case, one name for all spellings */
	const char *value;
	bool fresh;		/* since the last vector; otherwise carried over */
};

#define CAVP_FIELDS 48

struct cavp {
	struct kat *kat;
	struct field fields[CAVP_FIELDS];
	size_t field_count;
	unsigned line;
	unsigned first_line;	/* of the vector */
	bool decrypt;		/* section */
	char comments[4096];
	struct subject subject;
	struct algorithm algorithm;	/* with the hash that [L = ...] adds to an HMAC */
	bool subject_known;
	char hash_seed[2 * VCRYPTO_MAX_DIGEST + 1];	/* Monte Carlo: the next message */
};

const struct field *cavp_find(const struct cavp *cavp, const char *key);
_Noreturn void cavp_error(const struct cavp *cavp, const char *what, const char *name);

/* What is missing for a vector of the file's algorithm, or NULL. */
const char *cavp_missing(const struct cavp *cavp);
/* Runs the vector that the fields make. */
void cavp_run(struct cavp *cavp);

#endif /* CAVP_H */
