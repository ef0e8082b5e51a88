/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * For tests of malformed requests: an engine with a few sessions, valid requests
 * to start from, and the proof that a refusal has changed nothing.
 */
#ifndef REFUSAL_H
#define REFUSAL_H

#include "flat.h"

extern struct vcrypto_engine *refusal_engine;
extern struct flat refusal_call;

/*
 * Set up and torn down around each test.  Context 0 with session 0 (CBC and HMAC,
 * half-way through a hash), session 1 (SHA-1), session 3 (ECB) and session 4 (GCM);
 * context 1 with session 2.
 */
int refusal_start(void **state);
int refusal_stop(void **state);

/* The request in refusal_call is answered with @status. */
void assert_answered(uint32_t status);

/* Remember contexts, sessions and the objects of the backend, as they are now. */
void take_tables(void);

/* They are bit for bit what they were then. */
void assert_same_tables(void);

/*
 * The request in refusal_call is refused with @status: only the response header has been
 * written, its lengths are zero (protocol 3.2), and the tables are the same (3.4).
 */
void assert_refused(uint32_t status);

/* Valid requests, into refusal_call. */
void base_open(void);
void base_close(void);
void base_session(void);
void base_free(void);
void base_info(void);
void base_copy(void);
void base_crypt(void);
void base_aead(void);
void base_aead_decrypt(void);
void base_tls(void);
void base_counters(void);

#define BASES 11

/* All of them, in the order of their numbers. */
extern const struct base {
	void (*build)(void);
	uint32_t flags;		/* that it knows */
	bool context;		/* fields of the header that it uses */
	bool session;
	size_t reserved;	/* offset of the reserved field, or 0 */
	size_t reserved_len;
} bases[BASES];

#endif /* REFUSAL_H */
