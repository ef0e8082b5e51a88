/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A crypto provider that can be told to fail.  Its "cryptography" is a keyed
 * checksum and XOR with key and IV: worthless, but every key, IV and byte of
 * data matters for the result.  Keys lie in the session objects as they are,
 * so that a test can look whether the engine wipes them.
 */
#ifndef FAKE_H
#define FAKE_H

#include <vcrypto/backend.h>

/* How a job that is told to fail does so. */
enum fake_failure {
	FAKE_ERROR,	/* half of the output, then VCRYPTO_ERROR */
	FAKE_FORGET,	/* nothing is done, not even the status set */
};

#define FAKE_BATCHES 256

/* What to do and what has happened; one thread. */
struct fake {
	bool fail_open;
	unsigned int fail_at;		/* the number of the call that fails, from 1; 0: none */
	enum fake_failure failure;
	bool hold;			/* jobs wait for flush(), 256 at most */
	enum vcrypto_status new_status;	/* of a session_new() that fails */
	/* results */
	unsigned int calls;		/* session_new(), jobs and hash_copy() so far */
	unsigned int live;		/* sessions */
	unsigned int opened;
	unsigned int closed;
	size_t batches[FAKE_BATCHES];	/* jobs in each submit() */
	size_t batch_count;
	size_t flushes;			/* that found jobs which were held */
};

extern struct fake fake;

/* Everything as at the start of the program. */
void fake_reset(void);

extern const struct vcrypto_backend fake_backend;

/* The same without any of the functions that may be NULL. */
extern const struct vcrypto_backend fake_backend_minimal;

#endif /* FAKE_H */
