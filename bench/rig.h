/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What bench/engine and bench/walk measure: one ring, one engine with some
 * sessions, and a driver as lean as a good one.  It lays its descriptors once
 * and sends the same chains again and again; for each request it only resets the
 * response header, fills in its place in the available ring, and judges the answer.
 *
 *	R  control	request header, parameters and IV, 48 bytes
 *	R  source	and a tag that is to be verified
 *	W  header	response header, 16 bytes
 *	W  destination	and digest or tag
 *
 * Driver and device run in turn on one thread, so no cache line travels between
 * processors and nobody is ever notified.
 */
#ifndef BENCH_RIG_H
#define BENCH_RIG_H

#include <vcrypto/vcrypto.h>

#define RIG_BATCH 32	/* requests in one batch, at most */
#define RIG_PARTS 4	/* descriptors of a chain */

/* Memory that driver and device share. */
struct guest {
	struct vcrypto_region region;
	struct vcrypto_memory memory;
	uint64_t used;
};

/* Zeroed; ends the program if there is not enough memory. */
void guest_init(struct guest *guest, size_t size);
void *guest_alloc(struct guest *guest, size_t size);
void guest_fini(struct guest *guest);

/* What the requests ask for.  AEAD ciphers have tags of 16 bytes.  No AAD. */
struct work {
	uint32_t cipher;	/* enum vcrypto_cipher_id; 0: none */
	uint32_t mac;		/* enum vcrypto_mac_id; 0: none */
	uint32_t key_len;	/* bytes of the cipher's key */
	uint32_t mac_key_len;
	bool decrypt;
	/* Request i is of session i % sessions; 1 ... RIG_BATCH. */
	size_t sessions;
	uint8_t key[VCRYPTO_MAX_CIPHER_KEY];	/* its first byte is another for each */
	uint8_t mac_key[64];
	uint8_t iv[16];
};

/* Bytes that a tag or digest, or a TLS record's MAC and padding, may need. */
#define RIG_ROOM 128

/*
 * The payload of one measurement; request i has source and destination i, with
 * RIG_ROOM bytes behind it.
 */
struct payload {
	uint32_t size;		/* bytes of each */
	uint8_t *src[RIG_BATCH];
	uint8_t *dst[RIG_BATCH];
};

/* Where the time of a request goes, in nanoseconds of CLOCK_MONOTONIC. */
enum stage {
	STAGE_DRIVER,	/* make available, and judge the answers */
	STAGE_POP,
	STAGE_DECODE,
	STAGE_EXECUTE,
	STAGE_ENCODE,
	STAGE_PUSH,
	STAGE_COUNT
};

struct rig {
	struct guest *guest;
	struct vcrypto_vring ring;
	struct vcrypto_engine *engine;
	void *engine_memory;
	bool indirect;
	/* guest memory */
	struct vcrypto_desc *desc;
	uint16_t *avail;
	uint16_t *used;
	struct vcrypto_desc (*tables)[RIG_PARTS];
	uint8_t (*controls)[VCRYPTO_MAX_AUTHCRYPT_CONTROL];
	struct vcrypto_response_header *headers;
	/* the driver's */
	uint16_t next_avail;
	uint16_t next_used;
	struct vcrypto_expect expect;
	/* the device's */
	struct iovec segments[RIG_BATCH * RIG_PARTS];
	struct vcrypto_batch batch;
};

/* The one of that name; NULL: the preferred one.  Ends the program if this build has none. */
const struct vcrypto_backend *rig_backend(const char *name);

/* Ends the program with a message if anything fails. */
void rig_init(struct rig *rig, struct guest *guest, const struct vcrypto_backend *backend,
	      const struct work *work, bool indirect);
void rig_fini(struct rig *rig);

/* Whether the engine has what @work asks for. */
bool rig_offers(const struct vcrypto_backend *backend, const struct work *work);

/* Lay the chains for @payload. */
void rig_lay(struct rig *rig, const struct work *work, const struct payload *payload);

/* Turn what is to be encrypted into what can be decrypted, so that every tag is right. */
void rig_prepare(struct rig *rig, const struct work *work, const struct payload *payload);

/* One batch of @count requests, there and back; ends the program if one fails. */
void rig_run(struct rig *rig, size_t count);

/* The same in the engine's three public steps; adds to @spent. */
void rig_run_in_stages(struct rig *rig, size_t count, uint64_t spent[STAGE_COUNT]);

#endif /* BENCH_RIG_H */
