/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Requests as two flat byte strings, given to an engine in any cut.  For tests
 * that look at every byte; those that read like the protocol use guest.h.
 */
#ifndef FLAT_H
#define FLAT_H

#include "check.h"

#define FLAT_MAX 8192

struct flat {
	uint8_t request[FLAT_MAX];	/* the readable half */
	size_t len;
	uint8_t reply[FLAT_MAX];	/* the writable half after flat_run() */
	size_t reply_len;
	struct vcrypto_expect expect;
};

/* Where one half is cut: at up to two offsets, or into pieces of @each bytes. */
struct flat_cut {
	size_t at[2];
	size_t each;	/* 0: use @at */
};

void flat_open(struct flat *flat, uint32_t context);
void flat_close(struct flat *flat, uint32_t context);
void flat_session(struct flat *flat, const struct vcrypto_session_args *args);
void flat_free(struct flat *flat, uint32_t context, uint32_t session);
void flat_info(struct flat *flat, uint32_t context, uint32_t session);
void flat_hash_copy(struct flat *flat, uint32_t context, uint32_t to, uint32_t from);
void flat_crypt(struct flat *flat, const struct vcrypto_crypt_args *args, const void *source);
/* @tag: if vcrypto_sends_tag(). */
void flat_authcrypt(struct flat *flat, const struct vcrypto_authcrypt_args *args,
		    const void *aad, const void *source, const void *trailer, const void *tag);
void flat_counters(struct flat *flat);

/*
 * Give the request to @engine; each segment is an allocation of its own size.
 * Returns the bytes written; reply holds the whole writable half, which was
 * filled with SIM_FILL before.
 */
uint32_t flat_run(struct vcrypto_engine *engine, struct flat *flat,
		  const struct flat_cut *readable, const struct flat_cut *writable);

/* The same, to whatever executes a chain: vcrypto_process() and the like. */
typedef size_t (*flat_process)(void *device, struct vcrypto_io *io, size_t count);
uint32_t flat_give(flat_process process, void *device, struct flat *flat,
		   const struct flat_cut *readable, const struct flat_cut *writable);

/* Uncut.  The status in the reply; fails the test if nothing was written. */
int flat_status(struct vcrypto_engine *engine, struct flat *flat);

/* The status that stands in the reply. */
uint32_t flat_reply_status(const struct flat *flat);

/* A 32- or 16-bit little-endian field of the request. */
void flat_put32(struct flat *flat, size_t offset, uint32_t value);
void flat_put16(struct flat *flat, size_t offset, uint16_t value);

/* An engine on its own, with small tables. */
struct vcrypto_engine *flat_engine(const struct vcrypto_backend *backend);
void flat_engine_free(struct vcrypto_engine *engine);

#endif /* FLAT_H */
