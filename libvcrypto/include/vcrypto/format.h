/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Our own request format (docs/protocol.md), the device's half: bytes to ops, and what
 * became of them to bytes.  Pure functions that keep nothing; the driver's half is
 * driver.h.
 *
 * Another format is a second set of functions of this kind over the same ops, stores
 * and lanes.
 */
#ifndef VCRYPTO_FORMAT_H
#define VCRYPTO_FORMAT_H

#include <vcrypto/store.h>
#include <vcrypto/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What one queue holds and takes at most.  The device shows these in config space.
 * Start from VCRYPTO_LIMITS_DEFAULT.
 */
struct vcrypto_limits {
	uint32_t contexts;	/* 1 ... VCRYPTO_MAX_CONTEXTS open files */
	uint32_t sessions;	/* 1 ... VCRYPTO_MAX_SESSIONS, of all contexts together */
	uint32_t payload;	/* VCRYPTO_MIN_PAYLOAD ... VCRYPTO_MAX_PAYLOAD source bytes */
	uint32_t aad;		/* 0 ... VCRYPTO_MAX_AAD bytes */
};

/* What a device has if nobody says otherwise, in the units of struct vcrypto_limits. */
#define VCRYPTO_DEFAULT_CONTEXTS 1024
#define VCRYPTO_DEFAULT_SESSIONS 65536
#define VCRYPTO_DEFAULT_PAYLOAD (1u << 20)
#define VCRYPTO_DEFAULT_AAD 4096

/* The same as an initialiser. */
#define VCRYPTO_LIMITS_DEFAULT \
	{ VCRYPTO_DEFAULT_CONTEXTS, VCRYPTO_DEFAULT_SESSIONS, VCRYPTO_DEFAULT_PAYLOAD, \
	  VCRYPTO_DEFAULT_AAD }

/* Whether every limit is within its bounds. */
bool vcrypto_limits_ok(const struct vcrypto_limits *limits);

/* What a SESSION_NEW says, as it was written: neither algorithm need be one. */
struct vcrypto_new_numbers {
	uint32_t cipher;		/* its number */
	uint32_t mac;			/* likewise */
	uint32_t cipher_key_len;	/* bytes */
	uint32_t mac_key_len;		/* bytes */
};

/* What a HASH_COPY says. */
struct vcrypto_copy_numbers {
	uint32_t source;		/* the session from which the state comes */
};

/* Of a request that is none for data, by its operation. */
union vcrypto_values {
	struct vcrypto_new_numbers session_new;	/* of SESSION_NEW */
	struct vcrypto_copy_numbers hash_copy;	/* of HASH_COPY */
	struct vcrypto_session_info info;	/* of SESSION_INFO: the result */
	struct vcrypto_counters counters;	/* of COUNTERS: likewise */
};

/*
 * One request on its way through the three steps.  The caller provides the
 * memory (any, not zeroed) and need not look inside; the members are public
 * for VMMs that schedule by operation, session or size.  Holds no key.
 */
struct vcrypto_request {
	enum vcrypto_status status;	/* VCRYPTO_OK: not refused so far */
	uint16_t number;		/* enum vcrypto_operation, if status is OK */
	/* CRYPT or AUTHCRYPT: there is an op.  If @status is OK, its own is what counts. */
	bool data;
	uint32_t context;		/* a handle, as the driver wrote it */
	uint32_t session;		/* likewise */
	uint32_t room;			/* bytes between response header and digest */
	uint16_t mac_len;		/* of digest or tag to be returned */
	struct vcrypto_cursor input;	/* the readable half; of SESSION_NEW then the keys */
	struct vcrypto_cursor output;	/* for result structure, or digest and IV */
	struct vcrypto_cursor header;	/* where the response header goes */
	union {				/* by @data and @number, in host byte order */
		struct vcrypto_op op;	/* with @data */
		union vcrypto_values u;	/* without */
	};
};

/*
 * Take the bytes of a request apart (protocol 3).  The caller has set @request's input
 * and output to the readable and the writable half of a chain, and nothing else; each
 * control byte is read exactly once.
 *
 * False if there is no room for a response header, which no honest driver
 * does: the request cannot even be refused, and the device should be marked
 * broken.  Otherwise true, and @request is either complete or carries the
 * status with which it will be refused; give it to the next two steps either
 * way.
 */
VCRYPTO_MUST_CHECK
bool vcrypto_format_decode(const struct vcrypto_limits *limits, struct vcrypto_request *request);

/*
 * What executing a decoded request will cost, in the unit of vcrypto_weight(): about
 * nanoseconds, the way from and to the ring included.  A session that is not in @store
 * (yet) counts as the dearest.
 */
uint64_t vcrypto_format_cost(const struct vcrypto_store *store,
			     const struct vcrypto_request *request);

/*
 * Execute @count requests in order, any number, for a queue whose sessions are in
 * @store, and all of them on @lane.  The chains of all must stay mapped until they are encoded.
 * A request that is refused changes nothing.
 */
void vcrypto_format_execute(struct vcrypto_store *store, struct vcrypto_lane *lane,
			    struct vcrypto_request *requests, size_t count);

/* What has been answered (protocol 4.9). */
struct vcrypto_tally {
	uint64_t answered;		/* requests, of any operation */
	uint64_t failures;		/* of these with a status other than VCRYPTO_OK */
	uint64_t crypt_requests;	/* CRYPT and AUTHCRYPT */
};

/*
 * Write the response of an executed request and return how many bytes of the
 * writable half are now defined, counted from its start: the length for the
 * used ring.  At least sizeof(struct vcrypto_response_header).  Wipes what
 * @request held of digests and IVs, and adds it to @tally.
 */
uint32_t vcrypto_format_encode(struct vcrypto_request *request, struct vcrypto_tally *tally);

/* Fill @config, the whole of it, for a device with @queues such queues (protocol 2.3). */
void vcrypto_format_config(const struct vcrypto_limits *limits, const struct vcrypto_lane *lane,
			   uint32_t queues, struct vcrypto_config *config);

/* The counters of protocol 4.9, as they stand now. */
void vcrypto_format_counters(const struct vcrypto_store *store, const struct vcrypto_lane *lane,
			     const struct vcrypto_tally *tally, struct vcrypto_counters *counters);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_FORMAT_H */
