/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the backends ipsec_mb and mixed share: both are libcrypto, and a library beside it
 * that does many jobs at once.  They differ in which jobs that one gets.
 *
 *	ipsec_mb.c          the backend that gives it all that it can do; the provider
 *	ipsec_mb-session.c  keys as it wants them
 *	ipsec_mb-jobs.c     groups of jobs that it does at once
 *	mixed.c             the backend that gives it what it is faster at
 */
#ifndef IPSEC_MB_H
#define IPSEC_MB_H

#include <intel-ipsec-mb.h>

#include "libcrypto.h"

/* Below both. */
extern const struct vcrypto_backend vcrypto_backend_libcrypto;

/* An algorithm that it has. */
struct ipsec_mb_row {
	uint8_t cipher, mac;		/* one of them; the other is 0 */
	uint8_t block;			/* HMAC: bytes of the hash's block */
	uint8_t state;			/* HMAC: bytes of the hash's state */
	IMB_CIPHER_MODE mode;
	IMB_HASH_ALG hash;
	/*
	 * Bytes that a job may have.  What it says of itself is 65,535 and less for those
	 * that are done in lanes.
	 */
	uint64_t longest;
	/*
	 * So many jobs of a group are done side by side: one that is long holds up the rest, and
	 * fewer take as long.  0: one after the other.  By width of the processor's vectors.
	 */
	uint8_t lanes[2];
};

/* Round keys, as the library wants them. */
struct ipsec_mb_aes {
	uint8_t encrypt[16 * 15];
	uint8_t decrypt[16 * 15];
};

/* The two halves of an HMAC begun. */
struct ipsec_mb_hmac {
	/* Before the first use: the key, a block of the hash. */
	uint8_t inner[IMB_SHA_512_BLOCK_SIZE];
	uint8_t outer[IMB_SHA_512_BLOCK_SIZE];
};

/* One of them, by the session's algorithm, with a cache line's alignment.  NULL: not made yet. */
union ipsec_mb_keys {
	struct ipsec_mb_aes *aes;
	struct ipsec_mb_hmac *hmac;
	struct gcm_key_data *gcm;
	void *memory;
};

/*
 * From how many jobs on the library gets a group, of which the shortest has so many bytes; where
 * it has lanes, what remains beyond full lanes is a group again.  Those of one algorithm and
 * direction stand together, from long to short, the last with 0 bytes.
 */
struct ipsec_mb_rule {
	uint8_t cipher, mac;		/* one of them; neither: all algorithms */
	bool decrypt;			/* of a cipher */
	uint8_t jobs;			/* VCRYPTO_BATCH + 1: never */
	uint32_t bytes;
};

/* The last rule of each is of all algorithms. */
struct ipsec_mb_rules {
	const struct ipsec_mb_rule *narrow;	/* vectors of up to 256 bits */
	const struct ipsec_mb_rule *wide;	/* of 512 */
};

struct ipsec_mb_session {
	/* First, so that libcrypto takes the object for its own. */
	struct libcrypto_session rest;
	/* By direction: the jobs of a batch below which the library need not be thought of. */
	uint8_t fewest[2];
	bool ready;				/* the keys are as the library wants them */
	const struct ipsec_mb_row *row;		/* NULL: all jobs are libcrypto's */
	union ipsec_mb_keys keys;
	const struct ipsec_mb_rule *rules[2];	/* by direction */
};

struct ipsec_mb_provider {
	void *rest;				/* libcrypto's */
	void *library;				/* as dlopen() has it; NULL: not there */
	IMB_MGR *manager;
	void (*free)(IMB_MGR *manager);
	bool wide;
	const struct ipsec_mb_rule *rules;	/* for processors of that kind */
	/* For its calls; what a job does not set is zeros. */
	IMB_JOB ciphers[VCRYPTO_BATCH];
	IMB_JOB macs[VCRYPTO_BATCH];
	struct {
		struct gcm_context_data context;
		uint8_t tag[16];
	} gcm;
};

/* The session's keys, made with the first job that wants them; false if that is not possible. */
bool vcrypto_backend_ipsec_mb_key(IMB_MGR *manager, struct ipsec_mb_session *session);

/* As backend.h says; but for @rules. */
bool vcrypto_backend_ipsec_mb_open(void *provider, struct vcrypto_capabilities *capabilities,
				   const struct ipsec_mb_rules *rules);
void vcrypto_backend_ipsec_mb_close(void *provider);
enum vcrypto_status vcrypto_backend_ipsec_mb_session_new(void *provider, void *memory,
							 const struct vcrypto_session_spec *spec);
void vcrypto_backend_ipsec_mb_session_free(void *provider, void *memory);
bool vcrypto_backend_ipsec_mb_hash_copy(void *provider, void *to, const void *from);
enum vcrypto_status vcrypto_backend_ipsec_mb_key_new(void *provider, void *key,
						     const struct vcrypto_key_spec *spec);
bool vcrypto_backend_ipsec_mb_key_copy(void *provider, void *to, const void *from);
void vcrypto_backend_ipsec_mb_key_free(void *provider, void *key);
void vcrypto_backend_ipsec_mb_key_run(void *provider, const void *key,
				      struct vcrypto_key_job *job);

void vcrypto_backend_ipsec_mb_submit(void *provider, struct vcrypto_job *const *jobs,
				     size_t count);

/* What the tables of both say. */
#define IPSEC_MB_BACKEND(its_name, its_open) \
	{ \
		.name = its_name, .open = its_open, \
		.provider_size = sizeof(struct ipsec_mb_provider), \
		.session_size = sizeof(struct ipsec_mb_session), \
		.key_size = sizeof(struct libcrypto_key), \
		.close = vcrypto_backend_ipsec_mb_close, \
		.submit = vcrypto_backend_ipsec_mb_submit, \
		.session_new = vcrypto_backend_ipsec_mb_session_new, \
		.session_free = vcrypto_backend_ipsec_mb_session_free, \
		.hash_copy = vcrypto_backend_ipsec_mb_hash_copy, \
		.key_new = vcrypto_backend_ipsec_mb_key_new, \
		.key_copy = vcrypto_backend_ipsec_mb_key_copy, \
		.key_free = vcrypto_backend_ipsec_mb_key_free, \
		.key_run = vcrypto_backend_ipsec_mb_key_run, \
	}

#endif /* IPSEC_MB_H */
