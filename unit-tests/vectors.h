/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Published test vectors, from the text files in vectors/, for tests that do not go the
 * ways of vcrypto-kat.  The format and its parser are that program's: kat/vcrypto-kat.1.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include "kat/kat.h"

/*
 * Calls @check for each vector in the file @path; returns how many there were.  The
 * vector is gone when @check returns.  Ends the program with status 2 where the file is
 * missing or has something that the parser does not understand.
 */
size_t each_vector(const char *path, void (*check)(const struct vector *vector));

#endif /* VECTORS_H */
