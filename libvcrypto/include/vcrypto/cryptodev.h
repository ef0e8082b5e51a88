/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The ioctls of /dev/crypto: what a call means, without a kernel.
 *
 * Pure functions over values.  The Linux module compiles them, and so does whoever wants
 * to know what the module would do: what copies, waits and locks is theirs.  Nothing here
 * touches the program's memory: its addresses are numbers that are compared and added.
 * A session begins with vcrypto_plan_new_session(); then, for each call:
 *
 *	struct crypt_op      copied in by the caller
 *	    |  vcrypto_plan_crypt(), vcrypto_plan_authcrypt()
 *	struct vcrypto_plan  where everything is, and how long
 *	    |  vcrypto_plan_fits()
 *	    |  ... the caller reads the IV, and the tag to be verified
 *	    |  vcrypto_plan_next(): the next request's part of the source
 *	    |  vcrypto_plan_crypt_args(), vcrypto_plan_authcrypt_args()
 *	driver.h             builds the request
 *
 * All structures are of the caller's; no function keeps a pointer but those to the rows of
 * the table of algorithms, which live forever.  Any value from a program is allowed.
 */
#ifndef VCRYPTO_CRYPTODEV_H
#define VCRYPTO_CRYPTODEV_H

#include <vcrypto/driver.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What op and flags of the structures say.  The numbers of <crypto/cryptodev.h>, COP_... */
enum vcrypto_cop {
	VCRYPTO_COP_ENCRYPT = 0,
	VCRYPTO_COP_DECRYPT = 1,
};

/* Bits of flags. */
enum vcrypto_cop_flag {
	VCRYPTO_COP_UPDATE = 1 << 0,	/* CRYPT: more data for the hash will follow */
	VCRYPTO_COP_FINAL = 1 << 1,	/* CRYPT: finish the hash */
	VCRYPTO_COP_WRITE_IV = 1 << 2,	/* store the next IV */
	VCRYPTO_COP_NO_ZC = 1 << 3,	/* copy, whatever the length */
	VCRYPTO_COP_TLS = 1 << 4,	/* AUTHCRYPT: a TLS record */
	VCRYPTO_COP_SRTP = 1 << 5,	/* AUTHCRYPT: an SRTP packet */
	VCRYPTO_COP_RESET = 1 << 6,	/* CRYPT: start the hash anew */
};

/* How far into auth_src the payload of an SRTP packet may begin, bytes. */
#define VCRYPTO_COP_MAX_SRTP_HEADER 256

/*
 * Longest call that may be cut whose destination begins within its source, bytes: all of
 * the source has to be read before.
 */
#define VCRYPTO_COP_MAX_OVERLAP (1u << 20)

/* The longest data unit of XTS, bytes: 2^20 blocks (SP 800-38E). */
#define VCRYPTO_COP_MAX_UNIT (16u << 20)

/* What a program is told.  Errno numbers differ between machines, so these have names. */
enum vcrypto_verdict {
	VCRYPTO_FINE,	/* to go on with */
	VCRYPTO_SAY_EINVAL,
	VCRYPTO_SAY_EFAULT,
	VCRYPTO_SAY_ENOENT,
	VCRYPTO_SAY_EDEADLK,
};

/* struct session_op, without the keys: their lengths are enough to judge it. */
struct vcrypto_session_op {
	uint32_t cipher;	/* CRYPTO_..., or 0: none */
	uint32_t mac;		/* likewise */
	uint32_t keylen;	/* bytes; may be anything */
	uint32_t mackeylen;	/* likewise */
};

/*
 * CIOCGSESSION.  EINVAL: a number that is none, or a MAC's where a cipher's belongs, or the
 * other way round; a MAC beside a cipher that makes tags, or a MAC key unless that is a TLS
 * record cipher; what the device does not take (vcrypto_check_session()).
 *
 * @args gets algorithms and lengths of keys, all else 0.  The length of a key that no
 * algorithm takes is not looked at, as programs leave anything there; in @args it is 0.
 * It is undefined unless the result is VCRYPTO_FINE.
 */
VCRYPTO_MUST_CHECK
enum vcrypto_verdict vcrypto_plan_new_session(const struct vcrypto_device_limits *limits,
					      const struct vcrypto_session_op *op,
					      struct vcrypto_session_args *args);

/* A session, and what the device behind it takes. */
struct vcrypto_plan_session {
	const struct vcrypto_cipher *cipher;	/* NULL: none */
	const struct vcrypto_mac *mac;		/* NULL: none */
	uint32_t payload;	/* bytes of a request, source and destination each */
	uint32_t aad;		/* bytes of AAD, and of a trailer */
};

/*
 * CIOCCPHASH from the session of number @from_ses to that of @to_ses, which are @from and
 * @to; NULL: there is no such session, ENOENT.  EDEADLK: they are one.  EINVAL: they do not
 * have the same hash.
 */
VCRYPTO_MUST_CHECK
enum vcrypto_verdict vcrypto_plan_hash_copy(uint32_t to_ses, uint32_t from_ses,
					    const struct vcrypto_plan_session *to,
					    const struct vcrypto_plan_session *from);

/* struct crypt_op; addresses may be anything, 0 is NULL. */
struct vcrypto_crypt_op {
	uint16_t op;	/* enum vcrypto_cop */
	uint16_t flags;	/* of enum vcrypto_cop_flag */
	uint32_t len;	/* bytes of source, and of destination */
	uint64_t src;	/* where the source is */
	uint64_t dst;	/* the destination */
	uint64_t mac;	/* where the digest goes */
	uint64_t iv;	/* the IV, which VCRYPTO_COP_WRITE_IV replaces */
};

/* struct crypt_auth_op, likewise. */
struct vcrypto_auth_op {
	uint16_t op;		/* enum vcrypto_cop */
	uint16_t flags;		/* of enum vcrypto_cop_flag */
	uint32_t len;		/* bytes of source; AEAD, decrypting: the tag included */
	uint32_t auth_len;	/* bytes at auth_src */
	uint32_t tag_len;	/* bytes; 0: the whole tag */
	uint64_t auth_src;	/* AAD; SRTP: the packet */
	uint64_t src;		/* where the source is */
	uint64_t dst;		/* the destination */
	uint64_t tag;		/* TLS, SRTP: the tag */
	uint64_t iv;		/* the IV */
};

/* What a call does with which memory of the program's. */
struct vcrypto_plan {
	const struct vcrypto_cipher *cipher;	/* the session's */
	const struct vcrypto_mac *mac;	/* likewise */
	enum vcrypto_auth_mode mode;	/* 0: CIOCCRYPT */
	bool decrypt;		/* else it encrypts */
	bool copy;		/* no page of the program's is to be given to the device */
	bool can_cut;		/* into requests that continue each other */
	bool write_iv;		/* if the call has given one */
	bool reset;		/* CIOCCRYPT: start the hash anew */
	uint64_t src;		/* the source */
	uint64_t dst;		/* the destination; 0: none */
	uint64_t aad;		/* AAD */
	uint64_t trailer;	/* SRTP: what is authenticated behind the payload */
	uint64_t iv;		/* read from there, and written to */
	uint64_t mac_at;	/* the digest, or the tag */
	uint32_t src_len;	/* without a tag */
	uint32_t dst_len;	/* likewise; TLS: the record */
	uint32_t aad_len;	/* bytes, as all lengths here */
	uint32_t trailer_len;	/* SRTP only */
	uint16_t iv_len;	/* of what is to be read; 0: go on from the session's last */
	uint16_t mac_len;	/* digest or tag; 0: none */
};

/*
 * CIOCCRYPT.  EINVAL: neither encrypting nor decrypting; an AEAD, which is for
 * CIOCAUTHCRYPT; a length that is no multiple of the block.  EFAULT: no destination.
 * Without a cipher any length is hashed and dst not used.  Where the session's MAC takes an
 * IV, a call that begins a message has one, and no other has: the device refuses it else.
 *
 * The hash is started anew with VCRYPTO_COP_RESET or no flag at all.  It is finished with
 * VCRYPTO_COP_FINAL, without VCRYPTO_COP_UPDATE, or if there is no data.
 *
 * @plan is undefined unless the result is VCRYPTO_FINE.
 */
VCRYPTO_MUST_CHECK
enum vcrypto_verdict vcrypto_plan_crypt(const struct vcrypto_plan_session *session,
					const struct vcrypto_crypt_op *op,
					struct vcrypto_plan *plan);

/*
 * CIOCAUTHCRYPT.  EINVAL is all that it refuses with.  The mode, in the order of precedence:
 *
 *	SRTP	with VCRYPTO_COP_SRTP; a stream cipher (block of 1) and an HMAC, else EINVAL
 *	TLS	a TLS record cipher
 *	AEAD	a cipher that makes tags
 *	TLS	with VCRYPTO_COP_TLS; a cipher and an HMAC
 *
 * A tag_len of 0 means all of it.  An AEAD has the lengths of vcrypto_tag_len_ok(), the
 * others any up to the digest's.
 *
 * AEAD: the tag is behind the ciphertext, which is the source when decrypting, and then
 * counts in len.  EINVAL without an IV, because going on from the last one would be
 * the same nonce again; if len has no room for the tag; if what is reported would
 * be more than 2^32 - 1.  Only an AEAD can be cut.
 *
 * TLS: src = dst, unless it is a record cipher.  EINVAL if the record would be longer
 * than 2^32 - 1.  What is behind the content is the driver's to know: vcrypto_record_len().
 *
 * SRTP: src = dst, len not 0, and within auth_src: at most VCRYPTO_COP_MAX_SRTP_HEADER
 * bytes before it, AAD, and any behind it, the trailer.
 *
 * @plan is undefined unless the result is VCRYPTO_FINE.
 */
VCRYPTO_MUST_CHECK
enum vcrypto_verdict vcrypto_plan_authcrypt(const struct vcrypto_plan_session *session,
					    const struct vcrypto_auth_op *op,
					    struct vcrypto_plan *plan);

/*
 * CCM has its message's length in the first block that it authenticates (SP 800-38C, A.2.1):
 * whether that of @plan fits, @first being the first byte of the IV.  True for all other
 * ciphers, for which vcrypto_plan_needs_first() is false.
 */
VCRYPTO_MUST_CHECK
bool vcrypto_plan_first_ok(const struct vcrypto_plan *plan, uint8_t first);

static inline bool vcrypto_plan_needs_first(const struct vcrypto_plan *plan)
{
	return plan->mode && plan->cipher->len_first;
}

/*
 * Whether mac_at is to be read before anything is written, as the destination may come to
 * lie on top of it: a tag to be verified.  In a TLS record it is part of the source.
 */
static inline bool vcrypto_plan_reads_tag(const struct vcrypto_plan *plan)
{
	return plan->decrypt &&
	       (plan->mode == VCRYPTO_AUTH_AEAD || plan->mode == VCRYPTO_AUTH_SRTP);
}

/*
 * What a CIOCAUTHCRYPT that has succeeded returns in len: @content_len is the bytes of
 * result that the device has said, in all its requests.  tag is mac_at, tag_len mac_len.
 */
static inline uint32_t vcrypto_plan_result_len(const struct vcrypto_plan *plan,
					       uint32_t content_len)
{
	bool tag_behind = plan->mode == VCRYPTO_AUTH_AEAD && !plan->decrypt;

	return content_len + (tag_behind ? plan->mac_len : 0);
}

/*
 * Whether the device takes what @plan says.  False (EINVAL): one request that is longer than
 * a request may be; AAD or a trailer that is; a data unit of XTS longer than
 * VCRYPTO_COP_MAX_UNIT; a long call whose destination overtakes the source.
 */
VCRYPTO_MUST_CHECK
bool vcrypto_plan_fits(const struct vcrypto_plan_session *session,
		       const struct vcrypto_plan *plan);

/*
 * Whether writing would begin before all that is written over has been read, if the call
 * were cut: the destination begins within the source, behind its start.
 */
bool vcrypto_plan_overtakes(const struct vcrypto_plan *plan);

/*
 * Bytes of source for the next request of a call that has done @offset.  @longest is what
 * a request may have, more than 0 and a multiple of all blocks; a call that cannot be cut
 * takes no notice.
 */
uint32_t vcrypto_plan_next(const struct vcrypto_plan *plan, uint32_t offset, uint32_t longest);

/* A request of a call: @len bytes of its source from @offset on. */
struct vcrypto_plan_step {
	uint32_t offset;	/* bytes of source before it */
	uint32_t len;		/* bytes of source */
	bool fresh;		/* CIOCCRYPT: the session's hash has to begin anew anyway */
	const uint8_t *first_iv;	/* the call's, or where the session goes on */
	const uint8_t *next_iv;	/* what the request before has left; not used by the first */
};

/* Whether the step begins the call, and whether it ends it. */
static inline bool vcrypto_step_is_first(const struct vcrypto_plan_step *step)
{
	return !step->offset;
}

static inline bool vcrypto_step_is_last(const struct vcrypto_plan *plan,
					const struct vcrypto_plan_step *step)
{
	return step->offset + step->len == plan->src_len;
}

/*
 * The arguments of a CIOCCRYPT's request, but for context and session, which are 0.  The
 * first request has the call's IV and resets the hash, each later one has the IV that the
 * one before has left, the last finishes the hash.  A cipher's IV is always given, never
 * left to the device: it may have lost it; a MAC's goes with the first request.  One is
 * asked for if it changes, or if XTS goes on.
 */
void vcrypto_plan_crypt_args(const struct vcrypto_plan *plan,
			     const struct vcrypto_plan_step *step,
			     struct vcrypto_crypt_args *args);

/*
 * The same for a CIOCAUTHCRYPT's request, of which the first has IV and AAD, the last
 * the tag.  CCM is told the whole message's length and the tag's with the first.
 */
void vcrypto_plan_authcrypt_args(const struct vcrypto_plan *plan,
				 const struct vcrypto_plan_step *step,
				 struct vcrypto_authcrypt_args *args);

/* Whether a request leaves an IV behind from which the session's next call goes on. */
static inline bool vcrypto_leaves_iv(const struct vcrypto_cipher *cipher)
{
	return cipher && cipher->chaining != VCRYPTO_CHAIN_NONE;
}

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_CRYPTODEV_H */
