/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the parts of the standard device's format share. */
#ifndef VCRYPTO_FORMATS_VIRTIO_H
#define VCRYPTO_FORMATS_VIRTIO_H

#include <vcrypto/virtio_crypto.h>

/* heads.c ------------------------------------------------------------------------------ */

/* The part of a head that all have: 16 bytes of control, 24 of data requests. */
#define CONTROL_HEAD 16
#define DATA_HEAD 24
/* The head of a control request that ends a session, with REVISION_1. */
#define DESTROY_HEAD 24
/* A head without REVISION_1, whatever it holds. */
#define LEGACY_HEAD 72

/* Which of the heads of a service; an index of the tables. */
enum head_kind {
	HEAD_CREATE,
	HEAD_DATA,		/* names a session */
	HEAD_STATELESS,
	HEAD_KINDS,
};

/*
 * How long a head is with @features.  A cipher's head is as long as that of a chain.
 * @service: one of those that the device offers.
 */
size_t vcrypto_virtio_head_len(uint64_t features, enum head_kind kind, uint32_t service);

/* The numbers in @head, which is vcrypto_virtio_head_len() bytes long. */
void vcrypto_virtio_get_numbers(enum head_kind kind, uint32_t service, const uint8_t *head,
				struct vcrypto_virtio_numbers *numbers);

uint32_t vcrypto_virtio_get32_at(const uint8_t *bytes, size_t at);
uint64_t vcrypto_virtio_get64_at(const uint8_t *bytes, size_t at);

/* Whether data requests of @service have stateless heads with these @features. */
bool vcrypto_virtio_is_stateless(uint64_t features, uint32_t service);

/* algorithms.c ------------------------------------------------------------------------- */

/* What a session is made of, in the core's numbers; 0: none. */
struct algorithms {
	uint32_t cipher;
	uint32_t mac;
};

/* Those that @numbers name.  False if this is no algorithm of ours. */
bool vcrypto_virtio_find_algorithms(enum vcrypto_virtio_service service,
				    const struct vcrypto_virtio_numbers *numbers,
				    struct algorithms *algorithms);

/* device.c ----------------------------------------------------------------------------- */

/* A session, beside what the store has of it. */
struct virtio_session {
	uint32_t generation;	/* the upper half of its id */
	uint8_t service;
	bool chain;
	bool decrypt;
	bool hash_first;
	uint8_t result_len;	/* bytes of digest or tag */
	struct virtio_kept *kept;	/* or NULL */
};

/* How far a state has been saved or loaded. */
enum state_step {
	STATE_NONE,
	STATE_HEAD,
	STATE_SESSIONS,
	STATE_END,
};

struct vcrypto_virtio {
	struct vcrypto_virtio_limits limits;
	uint64_t features;
	uint32_t generation;	/* of the last session made */
	struct vcrypto_lane *lane;
	struct vcrypto_store *store;	/* a session's handle is the lower half of its id */
	struct vcrypto_store *once;	/* for the one session of a stateless request */
	struct virtio_session *sessions;	/* by handles */
	struct virtio_request *requests;	/* VCRYPTO_BATCH */
	bool again;			/* what comes may have been done before */
	bool akcipher;			/* it has been asked for, and can be had */
	const struct vcrypto_virtio_later *later;	/* or NULL */
	struct vcrypto_key_job *job;	/* for those that are done at once */
	struct vcrypto_virtio_counts *counts;	/* or NULL */
	const struct vcrypto_virtio_keep *keep;	/* or NULL */
	struct virtio_kept *kept;		/* of all sessions */
	struct virtio_kept *saving;		/* the next one */
	enum state_step save_step;
	enum state_step load_step;
};

/* Whether there is such a service here. */
static inline bool vcrypto_virtio_has_service(const struct vcrypto_virtio *device,
					      uint32_t service)
{
	return service <= VCRYPTO_VIRTIO_AEAD ||
	       (service == VCRYPTO_VIRTIO_AKCIPHER && device->akcipher);
}

/* The live session @id, or NULL. */
struct virtio_session *vcrypto_virtio_find_session(const struct vcrypto_virtio *device,
						   uint64_t id);

/* Make session @id, of whose handle there is none yet. */
enum vcrypto_virtio_status vcrypto_virtio_create_at(struct vcrypto_virtio *device, uint64_t id,
						    enum vcrypto_virtio_service service,
						    const struct vcrypto_virtio_numbers *numbers,
						    struct vcrypto_cursor keys);

/* Make the session @handle of @store: all but its number. */
enum vcrypto_virtio_status vcrypto_virtio_make_session(struct vcrypto_virtio *device,
						       struct vcrypto_store *store, uint32_t handle,
						       enum vcrypto_virtio_service service,
						       const struct vcrypto_virtio_numbers *numbers,
						       struct vcrypto_cursor keys,
						       struct virtio_session *session);

/* decode.c ----------------------------------------------------------------------------- */

/* A data request on its way. */
struct virtio_request {
	enum vcrypto_virtio_status status;	/* VCRYPTO_VIRTIO_OK: not refused so far */
	bool submitted;				/* its op has a status */
	bool deferred;				/* it is answered later */
	bool in_place;				/* it writes to what it reads, and @again says
						 * that it may have done so */
	bool stateless;
	bool decrypt;				/* by the opcode */
	uint8_t verb;				/* AKCIPHER: by the opcode */
	uint32_t written;			/* AKCIPHER: what to tell; 0: not known yet */
	uint32_t service;
	uint64_t id;				/* of the session */
	struct vcrypto_virtio_numbers numbers;
	uint32_t room;				/* bytes of destination, before the result */
	bool status_follows;			/* directly behind the result */
	uint64_t read;				/* bytes of the readable half, head included */
	/* The pieces of the readable half, as they follow each other. */
	struct vcrypto_cursor keys;
	struct vcrypto_cursor src;
	struct vcrypto_cursor aad;
	/* Of the writable. */
	struct vcrypto_cursor dst;
	struct vcrypto_cursor result;		/* digest or tag, if there is to be one */
	struct vcrypto_cursor status_byte;	/* the last of all */
	struct vcrypto_op op;
};

static inline bool is_chain(const struct virtio_request *request)
{
	return request->service == VCRYPTO_VIRTIO_CIPHER &&
	       request->numbers.op_type == VCRYPTO_VIRTIO_SYM_CHAIN;
}

/* False if there is no room for a status: such a request cannot be answered. */
VCRYPTO_MUST_CHECK
bool vcrypto_virtio_decode_data(const struct vcrypto_virtio *device, struct virtio_request *request,
				const struct vcrypto_io *io);

/* state.c ------------------------------------------------------------------------------ */

/*
 * What a session is to be made of, if it is to be kept, and then with the keys read from @keys;
 * else NULL.  False: no memory.
 */
VCRYPTO_MUST_CHECK
bool vcrypto_virtio_kept_new(const struct vcrypto_virtio *device, uint32_t service,
			     const struct vcrypto_virtio_numbers *numbers,
			     struct vcrypto_cursor keys, struct virtio_kept **kept);
struct iovec vcrypto_virtio_kept_keys(struct virtio_kept *kept);
uint64_t vcrypto_virtio_kept_id(const struct virtio_kept *kept);
void vcrypto_virtio_kept_free(const struct vcrypto_virtio *device, struct virtio_kept *kept);

/* It belongs to session @id; and no longer. */
void vcrypto_virtio_kept_add(struct vcrypto_virtio *device, struct virtio_kept *kept, uint64_t id);
void vcrypto_virtio_kept_remove(struct vcrypto_virtio *device, struct virtio_kept *kept);

/* data.c: bytes of an array of requests. */
size_t vcrypto_virtio_requests_size(void);

/* akcipher.c --------------------------------------------------------------------------- */

/* Make the session @handle of @store, which is an asymmetric key. */
enum vcrypto_virtio_status vcrypto_virtio_make_key(struct vcrypto_virtio *device,
						   struct vcrypto_store *store, uint32_t handle,
						   const struct vcrypto_virtio_numbers *numbers,
						   struct vcrypto_cursor der);

/* Run a request, chain @index of its call, with @key; or have it run later. */
void vcrypto_virtio_run_key(struct vcrypto_virtio *device, struct virtio_request *request,
			    const struct vcrypto_session *key, size_t index);

#endif /* VCRYPTO_FORMATS_VIRTIO_H */
