/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which algorithm a CAVP file is about: it says so only in comments and in its name. */
#ifndef GUESS_H
#define GUESS_H

#include "kat.h"

struct guess {
	char name[48];		/* of the algorithm, also of one that there is not */
	uint32_t cipher;
	uint32_t mac;		/* neither: the device does not have it */
	bool hmac;		/* an HMAC; which one, [L = ...] says */
	bool mode;		/* the name has a mode of a cipher */
	bool monte;
};

/*
 * False if nothing is found.  @comments is the beginning of the file, @path its
 * name, @wanted what the user said, or NULL; @l is the value of L, or 0.
 */
bool kat_guess(struct guess *guess, const char *comments, const char *path, const char *wanted,
	       unsigned long l);

/* The HMAC, or with @hmac false the hash, of an L in bytes (SHA-2) or bits (SHA-3); 0: none. */
uint32_t kat_mac_of_l(unsigned long l, bool hmac);

#endif /* GUESS_H */
