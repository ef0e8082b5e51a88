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
	/* Jobs of a group are done side by side, so one that is long holds up the rest. */
	bool lanes;
};

/* Keys as the library wants them: round keys, or the two halves of an HMAC begun. */
union ipsec_mb_keys {
	struct {
		uint8_t encrypt[16 * 15];
		uint8_t decrypt[16 * 15];
	} aes;
	struct {
		uint8_t inner[IMB_SHA_512_BLOCK_SIZE];
		uint8_t outer[IMB_SHA_512_BLOCK_SIZE];
	} hmac;
	struct gcm_key_data gcm;
};

struct ipsec_mb_session {
	/* First, so that libcrypto takes the object for its own. */
	struct libcrypto_session rest;
	const struct ipsec_mb_row *row;		/* NULL: all jobs are libcrypto's */
	union ipsec_mb_keys *keys;		/* aligned to a cache line */
	uint8_t key_len;
};

struct ipsec_mb_provider {
	void *rest;				/* libcrypto's */
	void *library;				/* as dlopen() has it; NULL: not there */
	IMB_MGR *manager;
	void (*free)(IMB_MGR *manager);
	/* For its calls; what a job does not set is zeros. */
	IMB_JOB ciphers[VCRYPTO_BATCH];
	IMB_JOB macs[VCRYPTO_BATCH];
};

/*
 * From how many jobs on the library gets a group, of which the shortest has @shortest
 * bytes.  0: never.
 */
typedef size_t ipsec_mb_least(const struct ipsec_mb_row *row, bool decrypt, uint64_t shortest);

/* As backend.h says. */
bool vcrypto_backend_ipsec_mb_open(void *provider, struct vcrypto_capabilities *capabilities);
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

/* But for this, which goes by @least. */
void vcrypto_backend_ipsec_mb_submit(void *provider, struct vcrypto_job *const *jobs,
				     size_t count, ipsec_mb_least *least);

/* What the tables of both say. */
#define IPSEC_MB_BACKEND(its_name, its_submit) \
	{ \
		.name = its_name, .submit = its_submit, \
		.provider_size = sizeof(struct ipsec_mb_provider), \
		.session_size = sizeof(struct ipsec_mb_session), \
		.key_size = sizeof(struct libcrypto_key), \
		.open = vcrypto_backend_ipsec_mb_open, .close = vcrypto_backend_ipsec_mb_close, \
		.session_new = vcrypto_backend_ipsec_mb_session_new, \
		.session_free = vcrypto_backend_ipsec_mb_session_free, \
		.hash_copy = vcrypto_backend_ipsec_mb_hash_copy, \
		.key_new = vcrypto_backend_ipsec_mb_key_new, \
		.key_copy = vcrypto_backend_ipsec_mb_key_copy, \
		.key_free = vcrypto_backend_ipsec_mb_key_free, \
		.key_run = vcrypto_backend_ipsec_mb_key_run, \
	}

#endif /* IPSEC_MB_H */
