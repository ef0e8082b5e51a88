/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The standard's crypto device, id 20 (OASIS virtio 1.3, 5.9), both halves: a second
 * format over the same core as our own (format.h).  Section numbers below are those of
 * virtio 1.3.
 *
 * The services CIPHER (with algorithm chaining), HASH, MAC and AEAD, and if asked for AKCIPHER,
 * with and without VCRYPTO_VIRTIO_F_REVISION_1, in sessions and stateless.  Not offered as
 * MAC: GMAC, because a MAC request has no place for its IV.
 *
 * A device is what one guest has: its sessions, on one lane.  Lanes may be shared by
 * devices.  All calls for one device, and those for its lane, must not overlap.
 *
 * Where the standard leaves something open:
 *  - Both halves of a request may be longer than its lengths say: Linux passes whole
 *    scatterlists.  What is behind the last readable byte is not looked at; writable bytes
 *    between the result and the status, which is the last of all, are left alone.
 *  - The request's direction must be the session's; else the status is ERR.
 *  - AEAD: the tag follows the text directly, in the source when decrypting, and src_len
 *    counts it then.  dst_len is that of the text, or says how much room there is, for the
 *    tag as well when encrypting, at least: what is beyond is left alone.  An IV of AES-GCM
 *    has 12 bytes; one of AES-CCM is the nonce, 7 ... 13 bytes.
 *  - What a request writes, as the used ring says it: the result, and the status if that
 *    follows at once; of one that fails, or that has no result, 1.
 *  - Chains: with sessions the AAD follows the source, stateless it stands before it, as
 *    the text has it.  What lies outside the range of the cipher is copied from source to
 *    destination.  The digest is made of the AAD and the hash's range: of the source where
 *    the hash comes first, else of the destination; it is not compared with anything.
 *    Source and destination are the same bytes, or have none in common; else the result
 *    is not defined.
 *  - A digest may be cut: result_len is 1 ... its length.  A request's is at most its
 *    session's; the tag of an AEAD is exactly as long as the session's.
 *  - AKCIPHER: a key that cannot be one is ERR, as is a request that needs the private half
 *    of a public one.  ECDSA has number 2.  Padding RAW neither signs nor verifies: NOTSUPP.
 *    Bytes of the destination behind the result are zeros, and the used ring says how long
 *    the result is, and one more.  To verify, the digest follows the signature, and dst_len
 *    is the digest's.  Keys are of RSA from 512 to 8192 bits, above 3072 with a public
 *    exponent of at most 64; a private one of ECDSA has to name its curve.
 *  - Stateless mode of a service has heads of its own, also for requests of sessions.
 *  - A reset ends all sessions.  Their numbers do not come again soon.
 */
#ifndef VCRYPTO_VIRTIO_CRYPTO_H
#define VCRYPTO_VIRTIO_CRYPTO_H

#include <vcrypto/store.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VCRYPTO_VIRTIO_CRYPTO_ID 20	/* virtio device id (5) */

/* Feature bits (5.9.3).  The others are of no use without the first. */
#define VCRYPTO_VIRTIO_F_REVISION_1 ((uint64_t)1 << 0)
#define VCRYPTO_VIRTIO_F_CIPHER_STATELESS ((uint64_t)1 << 1)
#define VCRYPTO_VIRTIO_F_HASH_STATELESS ((uint64_t)1 << 2)
#define VCRYPTO_VIRTIO_F_MAC_STATELESS ((uint64_t)1 << 3)
#define VCRYPTO_VIRTIO_F_AEAD_STATELESS ((uint64_t)1 << 4)
#define VCRYPTO_VIRTIO_F_AKCIPHER_STATELESS ((uint64_t)1 << 5)

/* Services; bits of crypto_services, and the upper byte of opcodes (5.9.4). */
enum vcrypto_virtio_service {
	VCRYPTO_VIRTIO_CIPHER = 0,
	VCRYPTO_VIRTIO_HASH = 1,
	VCRYPTO_VIRTIO_MAC = 2,
	VCRYPTO_VIRTIO_AEAD = 3,
	VCRYPTO_VIRTIO_AKCIPHER = 4,
};

/* The lower byte of opcodes (5.9.7.2, 5.9.7.3).  A hash or MAC has but the first. */
#define VCRYPTO_VIRTIO_ENCRYPT 0
#define VCRYPTO_VIRTIO_DECRYPT 1
#define VCRYPTO_VIRTIO_CREATE 2
#define VCRYPTO_VIRTIO_DESTROY 3
/* Of AKCIPHER: */
#define VCRYPTO_VIRTIO_SIGN 2
#define VCRYPTO_VIRTIO_VERIFY 3
#define VCRYPTO_VIRTIO_CREATE_KEY 4
#define VCRYPTO_VIRTIO_DESTROY_KEY 5

/* Of any service: @op is one of the above. */
#define VCRYPTO_VIRTIO_OPCODE(service, op) ((uint32_t)(service) << 8 | (op))

/* The flag of a data request: it names a session (5.9.7.3). */
#define VCRYPTO_VIRTIO_SESSION_MODE 1u

/* How a request ended (5.9.6). */
enum vcrypto_virtio_status {
	VCRYPTO_VIRTIO_OK = 0,
	VCRYPTO_VIRTIO_ERR = 1,		/* whatever no other says */
	VCRYPTO_VIRTIO_BADMSG = 2,	/* an AEAD's tag does not verify */
	VCRYPTO_VIRTIO_NOTSUPP = 3,	/* operation or algorithm */
	VCRYPTO_VIRTIO_INVSESS = 4,	/* no such session, or of another kind */
	VCRYPTO_VIRTIO_NOSPC = 5,	/* no session left; only with REVISION_1 */
	VCRYPTO_VIRTIO_KEY_REJECTED = 6,	/* not a signature of that digest */
};

/* Config space, 56 bytes (5.9.5). */
struct vcrypto_virtio_config {
	struct vcrypto_le32 status;		/* 0: VCRYPTO_VIRTIO_HW_READY, or 0 */
	struct vcrypto_le32 max_dataqueues;	/* 4: 1 ... 65535 */
	struct vcrypto_le32 crypto_services;	/* 8: a bit for each service */
	/* Masks of algorithms: bit n is number n, so bit 0 is never set. */
	struct vcrypto_le32 cipher_algo_l;	/* 12 */
	struct vcrypto_le32 cipher_algo_h;	/* 16: numbers from 32 on */
	struct vcrypto_le32 hash_algo;		/* 20 */
	struct vcrypto_le32 mac_algo_l;		/* 24 */
	struct vcrypto_le32 mac_algo_h;		/* 28 */
	struct vcrypto_le32 aead_algo;		/* 32 */
	struct vcrypto_le32 max_cipher_key_len;	/* 36: bytes, of CIPHER and AEAD */
	struct vcrypto_le32 max_auth_key_len;	/* 40: bytes, of MAC */
	struct vcrypto_le32 akcipher_algo;	/* 44 */
	struct vcrypto_le64 max_size;		/* 48: bytes that follow the head of a data
						 * request, both halves, without the status */
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_virtio_config) == 56, "5.9.5");

/* The device can be used. */
#define VCRYPTO_VIRTIO_HW_READY 1u

/*
 * The numbers of a head, of control and of data requests, in host byte order.  A head has
 * some of them; the others are 0.  All lengths are bytes.
 */
struct vcrypto_virtio_numbers {
	uint32_t algo;		/* of the service; of a chain the cipher's */
	uint32_t key_len;	/* the cipher's, or the only one */
	uint32_t direction;	/* VCRYPTO_VIRTIO_DIR_... */
	/* Cipher: VCRYPTO_VIRTIO_SYM_... */
	uint32_t op_type;
	/* Chains. */
	uint32_t order;		/* VCRYPTO_VIRTIO_..._THEN_... */
	uint32_t hash_mode;	/* VCRYPTO_VIRTIO_MODE_... */
	uint32_t auth_algo;	/* a hash or a MAC, as @hash_mode says */
	uint32_t auth_key_len;	/* of MACs, too */
	uint32_t result_len;	/* digest or tag */
	uint32_t iv_len;
	uint32_t aad_len;
	uint32_t src_len;
	uint32_t dst_len;
	uint32_t cipher_start;	/* the ranges of a chain, in the source */
	uint32_t cipher_len;
	uint32_t hash_start;
	uint32_t hash_len;
	/* AKCIPHER. */
	uint32_t key_type;	/* VCRYPTO_VIRTIO_KEY_... */
	uint32_t padding;	/* RSA: VCRYPTO_VIRTIO_PADDING_...; ECDSA: the curve, 1 ... 5 */
	uint32_t padding_hash;	/* RSA with PKCS1: 5 SHA1, 6 SHA256, 7 SHA384, 8 SHA512, ... */
};

/* Values of the numbers (5.9.7). */
#define VCRYPTO_VIRTIO_DIR_ENCRYPT 1
#define VCRYPTO_VIRTIO_DIR_DECRYPT 2
#define VCRYPTO_VIRTIO_SYM_CIPHER 1
#define VCRYPTO_VIRTIO_SYM_CHAIN 2
#define VCRYPTO_VIRTIO_HASH_THEN_CIPHER 1
#define VCRYPTO_VIRTIO_CIPHER_THEN_HASH 2
#define VCRYPTO_VIRTIO_MODE_PLAIN 1	/* a hash */
#define VCRYPTO_VIRTIO_MODE_AUTH 2	/* a MAC */
#define VCRYPTO_VIRTIO_RSA 1
#define VCRYPTO_VIRTIO_ECDSA 2
#define VCRYPTO_VIRTIO_KEY_PUBLIC 1
#define VCRYPTO_VIRTIO_KEY_PRIVATE 2
#define VCRYPTO_VIRTIO_PADDING_RAW 0
#define VCRYPTO_VIRTIO_PADDING_PKCS1 1

/* ---- The driver's half ------------------------------------------------------------- */

/* Bytes of the longest head. */
#define VCRYPTO_VIRTIO_MAX_HEAD 100

/* Replies: to create a session, to destroy one, and the status of a data request. */
#define VCRYPTO_VIRTIO_CREATE_REPLY 16	/* session id, 64 bits; status, 32 bits; padding */
#define VCRYPTO_VIRTIO_STATUS_REPLY 1

/*
 * Write the head of a control request that creates a session of @service to @head, and
 * return its length.  The keys follow it: the cipher's, then the MAC's.  @features are those
 * negotiated.
 */
size_t vcrypto_virtio_put_create(uint64_t features, enum vcrypto_virtio_service service,
				 const struct vcrypto_virtio_numbers *numbers,
				 uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD]);

/* Likewise, to destroy session @id; nothing follows. */
size_t vcrypto_virtio_put_destroy(uint64_t features, enum vcrypto_virtio_service service,
				  uint64_t id, uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD]);

/* A data request. */
struct vcrypto_virtio_data {
	enum vcrypto_virtio_service service;	/* whose request it is */
	bool decrypt;				/* else encrypt; nothing to HASH and MAC */
	/* AKCIPHER, instead of @decrypt: VCRYPTO_VIRTIO_ENCRYPT ... VCRYPTO_VIRTIO_VERIFY. */
	uint32_t op;
	/* The keys come with it; only where that has been negotiated.  Else @session. */
	bool stateless;
	uint64_t session;
	/* Of a session only lengths, ranges and op_type count. */
	struct vcrypto_virtio_numbers numbers;
};

/*
 * Likewise, of a data request.  What follows, readable: stateless the keys; the IV; the source;
 * the AAD (of a stateless chain before the source).  Writable: destination, digest or
 * tag, status.  AKCIPHER to verify: readable the signature and the digest, writable the status.
 */
size_t vcrypto_virtio_put_data(uint64_t features, const struct vcrypto_virtio_data *data,
			       uint8_t head[VCRYPTO_VIRTIO_MAX_HEAD]);

/* ---- The device's half ------------------------------------------------------------- */

/* What a device holds and takes at most. */
struct vcrypto_virtio_limits {
	uint32_t sessions;	/* 1 ... VCRYPTO_MAX_SESSIONS */
	uint32_t max_size;	/* VCRYPTO_MIN_PAYLOAD ... VCRYPTO_MAX_PAYLOAD bytes */
};

/* What a device has if nobody says otherwise. */
#define VCRYPTO_VIRTIO_LIMITS_DEFAULT { VCRYPTO_MAX_SESSIONS, 1u << 20 }

/* Opaque; lives in the caller's memory. */
struct vcrypto_virtio;

/*
 * Bytes of memory, aligned to VCRYPTO_ALIGNMENT, that a device for @limits on a lane of
 * @backend needs; 0 if the limits are out of range.
 */
size_t vcrypto_virtio_size(const struct vcrypto_virtio_limits *limits,
			   const struct vcrypto_backend *backend);

/*
 * Make a device in @memory, vcrypto_virtio_size() bytes of zeros, which belongs to it
 * until vcrypto_virtio_fini().  @lane must outlive it, and have bounce memory of
 * limits->max_size bytes.  @seed: any number, better one that nobody guesses: session
 * ids start from it.  NULL if the limits are out of range or the memory is misaligned.
 */
struct vcrypto_virtio *vcrypto_virtio_init(void *memory,
					   const struct vcrypto_virtio_limits *limits,
					   struct vcrypto_lane *lane, uint32_t seed);

/* End all sessions, wipe. */
void vcrypto_virtio_fini(struct vcrypto_virtio *device);

/* The services, and the statuses, that there are counts of. */
#define VCRYPTO_VIRTIO_SERVICES 5
#define VCRYPTO_VIRTIO_STATUSES 7

/* Of data requests.  They only grow. */
struct vcrypto_virtio_counts {
	uint64_t requests[VCRYPTO_VIRTIO_SERVICES];	/* done or put off, by service */
	uint64_t bytes[VCRYPTO_VIRTIO_SERVICES];	/* of their source */
	uint64_t statuses[VCRYPTO_VIRTIO_STATUSES];	/* what all requests were answered */
};

/*
 * Count into @counts, the caller's, from now on; NULL, as in the beginning: do not.  Devices
 * that are used by one thread may share it.  It must last as long as the device, and as jobs
 * of it that are finished later: those have their status counted then, by who finishes them.
 */
void vcrypto_virtio_count(struct vcrypto_virtio *device, struct vcrypto_virtio_counts *counts);

/* A device reset: sessions end, no feature is negotiated.  Keys are wiped. */
void vcrypto_virtio_reset(struct vcrypto_virtio *device);

/* End @most sessions at most, before a reset that would last; how many that were. */
uint32_t vcrypto_virtio_end_some(struct vcrypto_virtio *device, uint32_t most);

/*
 * Jobs of AKCIPHER last as long as thousands of others, so they may be done later, by another
 * thread, while requests behind them go on.  Opaque; lives in memory that was taken.
 */
struct vcrypto_virtio_job;

/* How they are put off: functions of the caller's. */
struct vcrypto_virtio_later {
	/*
	 * @size bytes for a job, aligned to VCRYPTO_ALIGNMENT.  NULL: there are none, and the
	 * request fails.
	 */
	void *(*take)(void *context, size_t size);
	/*
	 * The job of chain @index of the call of vcrypto_virtio_data() that this comes from, in
	 * memory that was taken.  It is to be run and finished, or dropped.
	 */
	void (*put)(void *context, struct vcrypto_virtio_job *job, size_t index);
	void *context;
};

/*
 * Offer AKCIPHER as well, if the backend has it; before a driver looks.  NULL: its jobs are
 * done where they come, like all others.  @later must outlive the device.  A guest's kernel
 * that finds RSA here checks signatures of its modules with it.
 */
void vcrypto_virtio_offer_akcipher(struct vcrypto_virtio *device,
				   const struct vcrypto_virtio_later *later);

/*
 * Run the job.  By any thread, several jobs at once; it touches neither the device nor the
 * guest's memory, and goes on with a key that has been destroyed.  The lane must be there.
 */
void vcrypto_virtio_job_run(struct vcrypto_virtio_job *job);

/*
 * All bytes of the chain that vcrypto_virtio_job_finish() may write, the status last.  For those
 * who have to tell what was written.  Valid as long as the job's memory, also after its end.
 */
struct vcrypto_cursor vcrypto_virtio_job_writes(const struct vcrypto_virtio_job *job);

/*
 * Write what came of it to the chain, whose memory must still be there; never 0: what is to
 * be told to the used ring.  A job that has not been run fails.  The job is over, and wiped:
 * its memory is the caller's.
 */
uint32_t vcrypto_virtio_job_finish(struct vcrypto_virtio_job *job);

/* The job is over, without an answer, whether it has been run or not. */
void vcrypto_virtio_job_drop(struct vcrypto_virtio_job *job);

/* What of VCRYPTO_VIRTIO_F_... the device offers: all of it, but for AKCIPHER. */
uint64_t vcrypto_virtio_features(const struct vcrypto_virtio *device);

/* The driver has accepted @features; bits that are not VCRYPTO_VIRTIO_F_... do not matter. */
void vcrypto_virtio_negotiate(struct vcrypto_virtio *device, uint64_t features);

/* Fill @config, the whole of it, for a device with @queues data queues. */
void vcrypto_virtio_config(const struct vcrypto_virtio *device, uint32_t queues,
			   struct vcrypto_virtio_config *config);

/* How many sessions there are. */
struct vcrypto_census vcrypto_virtio_census(const struct vcrypto_virtio *device);

/*
 * Make a session of @service, and give its number, which is never negative, in @id.  @keys
 * are those of the cipher and of the MAC, or the asymmetric one; what follows them is not
 * looked at.  OK,
 * NOTSUPP, NOSPC (whatever has been negotiated) or ERR.
 */
enum vcrypto_virtio_status vcrypto_virtio_create(struct vcrypto_virtio *device,
						 enum vcrypto_virtio_service service,
						 const struct vcrypto_virtio_numbers *numbers,
						 struct vcrypto_cursor keys, uint64_t *id);

/* End session @id, of whatever service.  OK; ERR: there is none. */
enum vcrypto_virtio_status vcrypto_virtio_destroy(struct vcrypto_virtio *device, uint64_t id);

/*
 * Execute @count requests from the control queue, in order.  Returns how many were
 * answered; the others have written == 0, because there is no room for a reply: the device
 * is to be marked broken.
 */
size_t vcrypto_virtio_control(struct vcrypto_virtio *device, struct vcrypto_io *chains,
			      size_t count);

/*
 * The same for a data queue.  Requests that are done later count as answered, and have
 * written == 0.
 */
size_t vcrypto_virtio_data(struct vcrypto_virtio *device, struct vcrypto_io *chains,
			   size_t count);

/*
 * The same for requests that may have been done before, all or part of them, by a device that
 * did not get to say so.  One that has left its source, key or head as they were is done once
 * more.  Where what it writes shares bytes with what it reads it cannot be told from one that is
 * done already, and fails: ERR.
 */
size_t vcrypto_virtio_data_again(struct vcrypto_virtio *device, struct vcrypto_io *chains,
				 size_t count);

/* ---- Moving a device ---------------------------------------------------------------- */

/*
 * Sessions can go to another device, on another machine, or of another backend that has their
 * algorithms; their numbers stay.  What is saved has all their keys: so it needs a channel that
 * nobody reads, and devices keep what they need for it only if they are asked to.
 */
struct vcrypto_virtio_keep {
	/* @size bytes, aligned to VCRYPTO_ALIGNMENT.  NULL: there are none, and no session is. */
	void *(*take)(void *context, size_t size);
	/* They are wiped, and the caller's again. */
	void (*give)(void *context, void *memory, size_t size);
	void *context;
};

/* From now on, before there is a session.  @keep must outlive the device. */
void vcrypto_virtio_keep_keys(struct vcrypto_virtio *device,
			      const struct vcrypto_virtio_keep *keep);

/* Bytes of the longest piece of a state. */
#define VCRYPTO_VIRTIO_STATE_PIECE (64 + VCRYPTO_MAX_DER)

/*
 * Save from the beginning on.  The device goes on as it was; sessions that are made before all is
 * saved are not in it.
 */
void vcrypto_virtio_save_start(struct vcrypto_virtio *device);

/*
 * The next bytes of the state, at most @room, at least VCRYPTO_VIRTIO_STATE_PIECE.  Returns how
 * many; 0: that was all.  The caller wipes them.
 */
size_t vcrypto_virtio_save(struct vcrypto_virtio *device, uint8_t *to, size_t room);

/* What became of a piece of a state. */
enum vcrypto_virtio_load {
	VCRYPTO_VIRTIO_LOAD_MORE,	/* there has to be more */
	VCRYPTO_VIRTIO_LOAD_DONE,	/* that was all of it */
	VCRYPTO_VIRTIO_LOAD_BAD,	/* no state, or not for this device */
};

/*
 * Load a state into a device that has no session, piece by piece: the next @len of its bytes, of
 * which @taken are done with; the others come again, with more behind them.  They may be
 * anything, and are read as they lie there, so nobody else may write to them.  A reset begins
 * anew.  Until then all that follows on a bad state, or on the end of a good one, is bad; the
 * sessions that were good stay.  The caller ends them: of half a state none should be used.
 */
VCRYPTO_MUST_CHECK
enum vcrypto_virtio_load vcrypto_virtio_load(struct vcrypto_virtio *device, const uint8_t *bytes,
					     size_t len, size_t *taken);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_VIRTIO_CRYPTO_H */
