/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The driver side: builds requests and checks responses.  Pure functions over
 * flat buffers; the same sources are compiled into the Linux module, into the
 * tests and into the round-trip fuzzer.
 *
 * A driver sends a chain of four parts, each wherever it likes to keep it:
 *
 *	R  control    what vcrypto_build_...() put into a buffer of the driver's
 *	R  source     payload, from where the user has it
 *	W  header     struct vcrypto_response_header, prepared by vcrypto_build_...()
 *	W  result     destination, digest and IV (layout: struct vcrypto_expect)
 *
 * and, when it comes back, gives a private copy of the header together with
 * the used length to vcrypto_check_response().  The device is not trusted:
 * nothing that it says is used before that check.
 */
#ifndef VCRYPTO_DRIVER_H
#define VCRYPTO_DRIVER_H

#include <vcrypto/wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The longest control part of any request, in bytes: SESSION_NEW with both keys. */
#define VCRYPTO_MAX_CONTROL \
	(sizeof(struct vcrypto_request_header) + sizeof(struct vcrypto_session_new) + \
	 VCRYPTO_MAX_CIPHER_KEY + VCRYPTO_MAX_MAC_KEY)

/* The longest control part of CRYPT, in bytes. */
#define VCRYPTO_MAX_CRYPT_CONTROL \
	(sizeof(struct vcrypto_request_header) + sizeof(struct vcrypto_crypt) + VCRYPTO_MAX_IV)

/* The longest control part of AUTHCRYPT, in bytes, without the AAD that follows it. */
#define VCRYPTO_MAX_AUTHCRYPT_CONTROL \
	(sizeof(struct vcrypto_request_header) + sizeof(struct vcrypto_authcrypt) + VCRYPTO_MAX_IV)

/*
 * A device's config space in host byte order, checked: every value is within
 * the limits of the format, so that a driver can size tables by it.
 */
struct vcrypto_device_limits {
	uint32_t queues;		/* 1 ... VCRYPTO_MAX_QUEUES */
	uint32_t contexts;		/* of one queue; 1 ... VCRYPTO_MAX_CONTEXTS */
	uint32_t sessions;		/* of one queue; 1 ... VCRYPTO_MAX_SESSIONS */
	uint32_t cipher_key;		/* bytes; at most VCRYPTO_MAX_CIPHER_KEY */
	uint32_t mac_key;		/* bytes; at most VCRYPTO_MAX_MAC_KEY */
	uint32_t payload;		/* bytes; VCRYPTO_MIN_PAYLOAD ... VCRYPTO_MAX_PAYLOAD */
	uint32_t aad;			/* bytes; at most VCRYPTO_MAX_AAD */
	uint64_t ciphers;		/* only numbers that algorithm.h knows */
	uint64_t macs;			/* likewise */
	char backend[VCRYPTO_BACKEND_NAME_LEN];	/* printable ASCII, terminated */
};

/*
 * Check a private copy of a device's config space (protocol 2.3).  False if
 * the device cannot be used: another version, a table of no entries, or
 * nonsense such as all ones.  Values above the format's limits are lowered to
 * them, unknown algorithm bits are dropped.
 */
VCRYPTO_MUST_CHECK
bool vcrypto_check_config(const struct vcrypto_config *config,
			  struct vcrypto_device_limits *limits);

/* What a driver wants a new session to be. */
struct vcrypto_session_args {
	uint32_t context;		/* the handle of an open one */
	uint32_t session;		/* a handle of the driver's choice, not in use */
	uint32_t cipher;		/* enum vcrypto_cipher_id; 0: none */
	uint32_t mac;			/* enum vcrypto_mac_id; 0: none */
	const uint8_t *cipher_key;	/* the caller's, until the request is built */
	uint32_t cipher_key_len;	/* bytes */
	const uint8_t *mac_key;		/* likewise */
	uint32_t mac_key_len;		/* bytes */
};

/*
 * Whether a device with @limits would take these algorithms and key lengths
 * (protocol 4.3.1): VCRYPTO_OK, or the status that it would answer with.  Looks
 * at numbers and lengths only, so it can be asked before the keys are fetched.
 */
enum vcrypto_status vcrypto_check_session(const struct vcrypto_device_limits *limits,
					  const struct vcrypto_session_args *args);

/* What a driver wants done with data (protocol 4.7). */
struct vcrypto_crypt_args {
	uint32_t context;	/* the session's */
	uint32_t session;	/* its handle */
	bool decrypt;		/* else encrypt */
	bool reset;		/* start the hash anew */
	/*
	 * XTS: the data unit goes on in the next request without an IV, or in any
	 * that has the one of which this request returns iv_out_len bytes.  All its
	 * requests together have at most 2^24 bytes: whoever cuts a unit sees to
	 * that, because a device cannot.
	 */
	bool more;
	uint32_t src_len;	/* bytes of source that follow the control part */
	uint32_t dst_len;	/* bytes of destination; src_len, or 0 without a cipher */
	const uint8_t *iv;	/* iv_len bytes */
	/*
	 * 0: go on from the last request's.  With a MAC that takes an IV: its iv_len where
	 * a message begins, else 0.
	 */
	uint16_t iv_len;
	uint16_t iv_out_len;	/* 0: the new IV is not wanted */
	uint16_t mac_len;	/* the digest's length: finish the hash; 0: do not */
};

/*
 * What a driver wants done with a message (protocol 4.8).  The control part is
 * followed by aad_len bytes of AAD, src_len of source, trailer_len of trailer
 * and, if vcrypto_sends_tag(), tag_len of tag: the driver appends them, each
 * from where it has it.
 */
struct vcrypto_authcrypt_args {
	uint32_t context;	/* the session's */
	uint32_t session;	/* its handle */
	enum vcrypto_auth_mode mode;	/* what kind of message it is */
	bool decrypt;		/* and verify; else encrypt and make a tag */
	bool more;		/* AEAD: the message goes on in the next request */
	bool go_on;		/* AEAD: the message goes on from the last request */
	const uint8_t *iv;	/* iv_len bytes */
	uint16_t iv_len;	/* bytes, as all lengths here */
	uint16_t iv_out_len;	/* 0: the new IV is not wanted */
	uint16_t tag_len;	/* 0 if @more, but for the first request of CCM */
	uint32_t aad_len;	/* AEAD, TLS, SRTP; may be 0 */
	uint32_t src_len;	/* without the tag */
	uint32_t trailer_len;	/* SRTP only */
	uint32_t dst_len;	/* AEAD, SRTP: src_len.  TLS: vcrypto_record_len(), or src_len */
	/*
	 * CCM with @more and without @go_on: the sum of src_len over all requests of
	 * the message, because CCM has to know it first.  Else 0.
	 */
	uint64_t message_len;
};

/* Whether the tag is in the readable part: to be verified. */
static inline bool vcrypto_sends_tag(const struct vcrypto_authcrypt_args *args)
{
	return args->mode != VCRYPTO_AUTH_TLS && args->decrypt && !args->more;
}

/*
 * What a request may get back: the room that the driver provides behind the
 * response header, as three consecutive parts, and what to hold the device to.
 * Filled by vcrypto_build_...(); a driver only reads it.
 */
struct vcrypto_expect {
	uint32_t dst_len;	/* destination or result structure, bytes */
	uint32_t dst_min;	/* the least of it that may be filled: dst_len but for TLS */
	uint16_t mac_len;	/* then the digest */
	uint16_t iv_len;	/* then the IV */
	bool verifies;		/* a tag, a MAC or padding: it may be VCRYPTO_AUTH_FAILED */
};

/*
 * A request while it is built.  The driver gives @control, @size and @header; the rest
 * is filled by vcrypto_build_...().
 */
struct vcrypto_message {
	void *control;			/* where the control part goes */
	size_t size;			/* the room there, bytes */
	size_t len;			/* the length of the control part; 0 if it was not built */
	struct vcrypto_response_header *header;	/* where the device will write; the driver's */
	struct vcrypto_expect expect;	/* out */
};

/*
 * Each of these builds a request in @message: the control part, the header as the device
 * has to find it, and what is expected.  False if the control part does not fit, or if a key,
 * an IV or the number of an algorithm is larger than the format allows; nothing else can fail.
 * @control holds keys
 * after vcrypto_build_session_new(): wipe it when the device has answered.
 */
VCRYPTO_MUST_CHECK
bool vcrypto_build_context_open(struct vcrypto_message *message, uint32_t context);
VCRYPTO_MUST_CHECK
bool vcrypto_build_context_close(struct vcrypto_message *message, uint32_t context);
VCRYPTO_MUST_CHECK
bool vcrypto_build_session_new(struct vcrypto_message *message,
			       const struct vcrypto_session_args *args);
VCRYPTO_MUST_CHECK
bool vcrypto_build_session_free(struct vcrypto_message *message, uint32_t context,
				uint32_t session);
/* The result is a struct vcrypto_session_info. */
VCRYPTO_MUST_CHECK
bool vcrypto_build_session_info(struct vcrypto_message *message, uint32_t context,
				uint32_t session);
VCRYPTO_MUST_CHECK
bool vcrypto_build_hash_copy(struct vcrypto_message *message, uint32_t context,
			     uint32_t to_session, uint32_t from_session);
VCRYPTO_MUST_CHECK
bool vcrypto_build_crypt(struct vcrypto_message *message, const struct vcrypto_crypt_args *args);
VCRYPTO_MUST_CHECK
bool vcrypto_build_authcrypt(struct vcrypto_message *message,
			     const struct vcrypto_authcrypt_args *args);
/* The result is a struct vcrypto_counters. */
VCRYPTO_MUST_CHECK
bool vcrypto_build_counters(struct vcrypto_message *message);

/*
 * Judge a response.  @header is a private copy, taken once; @used_len is what
 * the used ring says was written.
 *
 * Returns the device's status, which is VCRYPTO_OK only if all parts that
 * @expect names have been written in full; of a decrypted TLS record the dst_len
 * of @header says how much is content, the rest of the room is zeros (protocol
 * 4.8.3).  Returns -1 if the device breaks the protocol (5.2): a status that does not
 * exist, that was never written, or that says of a request which verifies nothing that
 * it does not verify; lengths that contradict each other, @used_len or @expect.  The
 * driver then fails the request (-EIO) and need not believe the device any more.
 */
VCRYPTO_MUST_CHECK
int vcrypto_check_response(const struct vcrypto_response_header *header, uint32_t used_len,
			   const struct vcrypto_expect *expect);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_DRIVER_H */
