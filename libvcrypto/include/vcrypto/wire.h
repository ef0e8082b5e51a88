/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The request format, version 1, as C.  docs/protocol.md is the same thing in
 * prose; the section numbers below are its own.  Both the driver in the guest
 * and the device in the host include this file, and nothing else defines a
 * byte that crosses between them.
 *
 * Rules that hold for every structure (protocol 2.1):
 *  - little-endian, fixed width, naturally aligned, no pointers;
 *  - reserved fields are zero, and a request that breaks this is refused;
 *  - sizes and offsets are frozen by the assertions beside each structure.
 *
 * A request is one descriptor chain (protocol 3).  R: the device reads it,
 * W: the device writes it.
 *
 *	R  struct vcrypto_request_header      16 bytes
 *	R  parameters                         the operation's structure, or nothing
 *	R  variable parameters                keys, or IV and AAD
 *	R  source                             payload
 *	R  trailer, tag to verify             only VCRYPTO_OP_AUTHCRYPT
 *	W  struct vcrypto_response_header     16 bytes
 *	W  destination or result              payload, or a structure
 *	W  digest or tag
 *	W  IV
 */
#ifndef VCRYPTO_WIRE_H
#define VCRYPTO_WIRE_H

#include <vcrypto/algorithm.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Virtio device id (virtio 1.2, 5).  The specification has not assigned this
 * number; it is the one place to change it.  At most 63, because a modern
 * PCI device is numbered 0x1040 + id and the range ends at 0x107f.
 */
#ifndef VCRYPTO_VIRTIO_ID
#define VCRYPTO_VIRTIO_ID 60
#endif

/* PCI device id in transitional mode, vendor 1af4 (protocol 1.2). */
#define VCRYPTO_PCI_DEVICE_ID 0x1013

/* The only version that this header describes (protocol 2.2). */
#define VCRYPTO_WIRE_VERSION 1

/* Operations (protocol 4). */
enum vcrypto_operation {
	VCRYPTO_OP_CONTEXT_OPEN = 1,	/* 4.1 */
	VCRYPTO_OP_CONTEXT_CLOSE = 2,	/* 4.2 */
	VCRYPTO_OP_SESSION_NEW = 3,	/* 4.3 */
	VCRYPTO_OP_SESSION_FREE = 4,	/* 4.4 */
	VCRYPTO_OP_SESSION_INFO = 5,	/* 4.5 */
	VCRYPTO_OP_HASH_COPY = 6,	/* 4.6 */
	VCRYPTO_OP_CRYPT = 7,		/* 4.7 */
	VCRYPTO_OP_AUTHCRYPT = 8,	/* 4.8 */
	VCRYPTO_OP_COUNTERS = 9,	/* 4.9 */
};

/*
 * Statuses are those of status.h (protocol 5).  A driver treats a number that is not
 * listed there as a broken device.  Algorithms are those of algorithm.h (protocol 6).
 */

/*
 * What a driver writes into the status of a response header before it hands
 * the buffer over, so that a device that wrote nothing is noticed.  Never a
 * status.
 */
#define VCRYPTO_STATUS_UNSET 0xffffffffu

/*
 * R, at offset 0 of every request (protocol 3.1).
 *
 *	 0        2        4            8            12           16
 *	+--------+--------+------------+------------+------------+
 *	|version |   op   |   flags    |  context   |  session   |
 *	+--------+--------+------------+------------+------------+
 */
struct vcrypto_request_header {
	struct vcrypto_le16 version;	/* VCRYPTO_WIRE_VERSION */
	struct vcrypto_le16 op;		/* enum vcrypto_operation */
	struct vcrypto_le32 flags;	/* of the operation; unknown ones are refused */
	struct vcrypto_le32 context;	/* handle; below config.max_contexts */
	struct vcrypto_le32 session;	/* handle; 0 where the operation has none */
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_request_header) == 16, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_request_header, op) == 2, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_request_header, flags) == 4, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_request_header, context) == 8, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_request_header, session) == 12, "wire layout");

/*
 * W, at offset 0 of every response (protocol 3.2).  The lengths say what
 * follows the header; with any status but VCRYPTO_OK they are all zero and
 * nothing follows.
 *
 *	 0            4            8        10       12           16
 *	+------------+------------+--------+--------+------------+
 *	|   status   |  dst_len   |mac_len | iv_len |  reserved  |
 *	+------------+------------+--------+--------+------------+
 */
struct vcrypto_response_header {
	struct vcrypto_le32 status;	/* enum vcrypto_status */
	struct vcrypto_le32 dst_len;	/* bytes of destination or result written */
	struct vcrypto_le16 mac_len;	/* bytes of digest or tag written */
	struct vcrypto_le16 iv_len;	/* bytes of IV written */
	struct vcrypto_le32 reserved;	/* zero */
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_response_header) == 16, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_response_header, dst_len) == 4, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_response_header, mac_len) == 8, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_response_header, iv_len) == 10, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_response_header, reserved) == 12, "wire layout");

/*
 * R, parameters of VCRYPTO_OP_SESSION_NEW (protocol 4.3), followed by the
 * cipher key and the MAC key without padding.
 *
 *	16       18       20               24            28           32
 *	+--------+--------+----------------+-------------+------------+
 *	| cipher |  mac   | cipher_key_len | mac_key_len |  reserved  |
 *	+--------+--------+----------------+-------------+------------+
 *	| cipher key (cipher_key_len) | MAC key (mac_key_len) |
 *	+-----------------------------+-----------------------+
 */
struct vcrypto_session_new {
	struct vcrypto_le16 cipher;		/* enum vcrypto_cipher_id */
	struct vcrypto_le16 mac;		/* enum vcrypto_mac_id */
	struct vcrypto_le32 cipher_key_len;	/* bytes */
	struct vcrypto_le32 mac_key_len;	/* bytes; 0 for a plain hash */
	struct vcrypto_le32 reserved;		/* zero */
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_session_new) == 16, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_session_new, mac) == 2, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_session_new, cipher_key_len) == 4, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_session_new, mac_key_len) == 8, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_session_new, reserved) == 12, "wire layout");

/* Session information flag: a device outside the guest does the work (4.5). */
#define VCRYPTO_SESSION_INFO_OFFLOADED 1u

/*
 * W, the result of VCRYPTO_OP_SESSION_INFO (protocol 4.5): who does the work.
 * Names are printable ASCII, NUL-terminated and NUL-padded; empty where the
 * session has no such part.
 */
struct vcrypto_session_info {
	char cipher_driver[VCRYPTO_NAME_LEN];	/* for example "cbc-aes-libcrypto" */
	char mac_driver[VCRYPTO_NAME_LEN];	/* likewise, "hmac-sha1-libcrypto" */
	struct vcrypto_le32 alignmask;		/* address bits that should be zero; 0: any */
	struct vcrypto_le32 flags;		/* VCRYPTO_SESSION_INFO_... */
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_session_info) == 136, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_session_info, mac_driver) == 64, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_session_info, alignmask) == 128, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_session_info, flags) == 132, "wire layout");

/*
 * R, parameters of VCRYPTO_OP_HASH_COPY (protocol 4.6).  The header names the
 * session that receives the state, and with an HMAC the key of that message; its
 * own key holds again from the next start of the hash.
 */
struct vcrypto_hash_copy {
	struct vcrypto_le32 source;	/* session handle, of the same context */
	struct vcrypto_le32 reserved;	/* zero */
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_hash_copy) == 8, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_hash_copy, reserved) == 4, "wire layout");

/* Flags of VCRYPTO_OP_CRYPT and VCRYPTO_OP_AUTHCRYPT (protocol 4.7, 4.8). */
#define VCRYPTO_FLAG_DECRYPT 1u	/* otherwise encrypt */
#define VCRYPTO_FLAG_RESET 2u	/* start the hash anew; CRYPT only */
/*
 * An AEAD message (protocol 4.8.2) or a data unit of XTS (4.7.4) in several
 * requests.
 */
#define VCRYPTO_FLAG_MORE 4u	/* this request does not end it */
#define VCRYPTO_FLAG_CONTINUE 8u	/* this request does not begin it; AUTHCRYPT only */

/*
 * R, parameters of VCRYPTO_OP_CRYPT (protocol 4.7), followed by the IV and the
 * source.  W: destination, digest, IV.
 *
 *	16           20           24       26         28        30       32
 *	+------------+------------+--------+----------+---------+--------+
 *	|  src_len   |  dst_len   | iv_len |iv_out_len| mac_len |reserved|
 *	+------------+------------+--------+----------+---------+--------+
 *	| IV (iv_len) | source (src_len) |
 *	+-------------+------------------+
 */
struct vcrypto_crypt {
	struct vcrypto_le32 src_len;	/* bytes */
	struct vcrypto_le32 dst_len;	/* src_len with a cipher, 0 without */
	struct vcrypto_le16 iv_len;	/* the algorithm's, or 0: go on from the last */
	struct vcrypto_le16 iv_out_len;	/* the algorithm's, or 0: not wanted */
	struct vcrypto_le16 mac_len;	/* the digest's: finish the hash; or 0 */
	struct vcrypto_le16 reserved;	/* zero */
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_crypt) == 16, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_crypt, dst_len) == 4, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_crypt, iv_len) == 8, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_crypt, iv_out_len) == 10, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_crypt, mac_len) == 12, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_crypt, reserved) == 14, "wire layout");

/* Modes of VCRYPTO_OP_AUTHCRYPT (protocol 4.8). */
enum vcrypto_auth_mode {
	VCRYPTO_AUTH_AEAD = 1,
	VCRYPTO_AUTH_TLS = 2,
	VCRYPTO_AUTH_SRTP = 3,
};

/*
 * R, parameters of VCRYPTO_OP_AUTHCRYPT (protocol 4.8), followed by IV, AAD,
 * source, trailer and, when decrypting AEAD or SRTP, the tag.  W: destination,
 * when encrypting AEAD or SRTP the tag, IV.
 *
 *	16       18       20         22        24           28           32
 *	+--------+--------+----------+---------+------------+------------+
 *	|  mode  | iv_len |iv_out_len| tag_len |  aad_len   |  src_len   |
 *	+--------+--------+----------+---------+------------+------------+
 *	32           36            40                       48
 *	+------------+-------------+------------------------+
 *	|  dst_len   | trailer_len |      message_len       |
 *	+------------+-------------+------------------------+
 *	| IV | AAD (aad_len) | source (src_len) | trailer | tag (tag_len) |
 *	+----+---------------+------------------+---------+---------------+
 */
struct vcrypto_authcrypt {
	struct vcrypto_le16 mode;	/* enum vcrypto_auth_mode */
	struct vcrypto_le16 iv_len;	/* the cipher's; TLS, SRTP: or 0, go on from the last */
	struct vcrypto_le16 iv_out_len;	/* the cipher's, or 0: not wanted */
	/* Bytes of the tag; TLS: of the MAC in the record. */
	struct vcrypto_le16 tag_len;
	struct vcrypto_le32 aad_len;	/* authenticated before the payload, not encrypted */
	struct vcrypto_le32 src_len;	/* payload without a tag; TLS decrypting: the record */
	struct vcrypto_le32 dst_len;	/* room for the result */
	struct vcrypto_le32 trailer_len;	/* SRTP: authenticated after the payload */
	/* Payload of all parts, where it is known first; or 0. */
	struct vcrypto_le64 message_len;
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_authcrypt) == 32, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_authcrypt, iv_len) == 2, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_authcrypt, iv_out_len) == 4, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_authcrypt, tag_len) == 6, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_authcrypt, aad_len) == 8, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_authcrypt, src_len) == 12, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_authcrypt, dst_len) == 16, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_authcrypt, trailer_len) == 20, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_authcrypt, message_len) == 24, "wire layout");

/*
 * W, the result of VCRYPTO_OP_COUNTERS (protocol 4.9): what this queue has
 * done since the device was last reset.  Wraps at 2^64.
 */
struct vcrypto_counters {
	struct vcrypto_le64 requests;		/* answered, this one not yet among them */
	struct vcrypto_le64 failures;		/* of those, answered with other than OK */
	struct vcrypto_le64 crypt_requests;	/* of those, CRYPT and AUTHCRYPT */
	struct vcrypto_le64 bytes_in;		/* source bytes processed */
	struct vcrypto_le64 bytes_out;		/* destination bytes produced */
	struct vcrypto_le64 sessions_created;	/* since the last reset */
	struct vcrypto_le32 contexts;		/* open now */
	struct vcrypto_le32 sessions;		/* live now */
	struct vcrypto_le64 reserved;		/* zero */
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_counters) == 64, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_counters, failures) == 8, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_counters, crypt_requests) == 16, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_counters, bytes_in) == 24, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_counters, bytes_out) == 32, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_counters, sessions_created) == 40, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_counters, contexts) == 48, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_counters, sessions) == 52, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_counters, reserved) == 56, "wire layout");

/*
 * Config space (protocol 2.3), read-only and constant from reset to reset.
 *
 *	 0        2        4            8               12              16
 *	+--------+--------+------------+---------------+---------------+
 *	|version |reserved|   queues   | max_contexts  | max_sessions  |
 *	+--------+--------+------------+---------------+---------------+
 *	16                20            24              28              32
 *	+-----------------+------------+---------------+---------------+
 *	| max_cipher_key  |max_mac_key |  max_payload  |    max_aad    |
 *	+-----------------+------------+---------------+---------------+
 *	32                              40                             48
 *	+------------------------------+-------------------------------+
 *	|           ciphers            |             macs              |
 *	+------------------------------+-------------------------------+
 *	48                                                             64
 *	+--------------------------------------------------------------+
 *	|                      backend, NUL-padded                     |
 *	+--------------------------------------------------------------+
 */
struct vcrypto_config {
	struct vcrypto_le16 version;		/* VCRYPTO_WIRE_VERSION */
	struct vcrypto_le16 reserved;		/* zero */
	struct vcrypto_le32 queues;		/* request queues */
	struct vcrypto_le32 max_contexts;	/* handles of one queue: 0 ... this - 1 */
	struct vcrypto_le32 max_sessions;	/* handles of one queue: 0 ... this - 1 */
	struct vcrypto_le32 max_cipher_key;	/* bytes */
	struct vcrypto_le32 max_mac_key;	/* bytes */
	struct vcrypto_le32 max_payload;	/* source bytes of one request */
	struct vcrypto_le32 max_aad;		/* AAD bytes of one request */
	struct vcrypto_le64 ciphers;		/* bit n: enum vcrypto_cipher_id n */
	struct vcrypto_le64 macs;		/* bit n: enum vcrypto_mac_id n */
	char backend[VCRYPTO_BACKEND_NAME_LEN];	/* the provider's name */
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_config) == 64, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_config, reserved) == 2, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_config, queues) == 4, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_config, max_contexts) == 8, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_config, max_sessions) == 12, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_config, max_cipher_key) == 16, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_config, max_mac_key) == 20, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_config, max_payload) == 24, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_config, max_aad) == 28, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_config, ciphers) == 32, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_config, macs) == 40, "wire layout");
VCRYPTO_ASSERT(offsetof(struct vcrypto_config, backend) == 48, "wire layout");

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_WIRE_H */
