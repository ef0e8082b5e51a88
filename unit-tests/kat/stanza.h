/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Tests of OpenSSL's and BoringSSL's text files: lines up to an empty one. */
#ifndef STANZA_H
#define STANZA_H

#include "subject.h"

#define STANZA_FIELDS 512

struct stanza {
	struct kat *kat;
	unsigned int line;	/* where it begins */
	struct {
		const char *key;
		const char *value;
	} fields[STANZA_FIELDS];
	size_t count;
	bool seen;		/* an earlier one */
	char comments[4096];	/* before the first one */
};

_Noreturn void stanza_error(const struct stanza *stanza, const char *what, const char *name);
const char *stanza_find(const struct stanza *stanza, const char *key);
/* All values of @key, one behind the other: hexadecimal, or in quotes.  False: there are none. */
bool stanza_bytes(const struct stanza *stanza, const char *key, struct bytes *bytes);
/* Field number @index, as that or as a number. */
void stanza_value(const struct stanza *stanza, size_t index, struct bytes *bytes);
size_t stanza_number(const struct stanza *stanza, size_t index);
void stanza_append(struct bytes *bytes, const struct bytes *more);
/* A key that is not among @known, words with spaces between, or NULL. */
const char *stanza_unknown(const struct stanza *stanza, const char *known);

/* --- evp.c --- */

/* Runs a test of OpenSSL's evp_test; false if it is none. */
bool evp_run(const struct stanza *stanza);

/* --- boringssl.c --- */

/* Runs a test of an AEAD. */
void boringssl_run(const struct stanza *stanza);

#endif /* STANZA_H */
