/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel as a client: its crypto API's keys and requests on the device.
 *
 * With the module's parameter kernel_api ciphers, AEADs and hashes of the device are registered
 * with the crypto API.  A transform there (tfm) has a key here (struct vc_key), a session of the
 * device's, in the context that the kernel has of the transform's queue.  A request there
 * has a job here (struct vc_job) in its own memory, and a job is one request to the
 * device.  What does not fit into one is left to a software transform that each has, and so is
 * all when there is no device for it, or no more.
 *
 * Nothing is allocated and nobody sleeps for a request, so block devices may lie on this.
 * What a job has to wait for, sessions to be made, is waited for by the queue's one work
 * item; that also ends jobs, because the crypto API wants to be told where it may submit the
 * next request, which tell may not do.
 */
#ifndef VCRYPTO_CLIENT_H
#define VCRYPTO_CLIENT_H

#include <crypto/internal/aead.h>
#include <crypto/internal/hash.h>
#include <crypto/internal/skcipher.h>
#include <linux/scatterlist.h>

#include "base.h"
#include "compat.h"
#include "device.h"

/* Pieces of memory that a request may read, and may write: a packet's, a record's. */
#define VC_JOB_PIECES 18

/* Jobs of a queue that the device may have, and that wait besides without having been told so. */
#define VC_JOBS_MAX 128
#define VC_JOBS_WAITING 4096

/* What a request gets back besides its text: a digest, or a tag and an IV. */
#define VC_JOB_ANSWER VCRYPTO_MAX_DIGEST

/* Of either kind, in bytes. */
#define VC_MAX_KEY VCRYPTO_MAX_MAC_KEY
static_assert(VC_MAX_KEY >= VCRYPTO_MAX_CIPHER_KEY);

/* What a transform in software must not have: one itself, or less than ours promises. */
#define VC_SOFTWARE_MASK (CRYPTO_ALG_NEED_FALLBACK | CRYPTO_ALG_ALLOCATES_MEMORY)

/* That of a hash runs where it is called: another device's state would be of another form. */
#define VC_HASH_SOFTWARE_MASK (VC_SOFTWARE_MASK | CRYPTO_ALG_ASYNC | VC_NO_EXPORT_CORE)

struct vc_client;

/* What the kernel has of a queue. */
struct vc_channel {
	struct vc_client *client;
	struct vc_queue *queue;
	spinlock_t lock;		/* below the queue's */
	struct list_head todo;		/* jobs: back, or not to be begun without waiting */
	struct list_head backlog;	/* that wait until others are done */
	unsigned int to_begin;		/* in todo, those that are not back; others keep behind */
	unsigned int waiting;		/* those of them whose owners have not been told */
	unsigned int jobs;		/* neither done nor in the backlog */
	unsigned int done;		/* counts */
	struct work_struct work;
	struct delayed_work remind;	/* looks after a device that forgets to interrupt */
	unsigned int seen;		/* of done; remind's */
	struct vc_share *share;
	struct vc_handle context;
	/* Of the work alone. */
	u32 life;			/* of the queue's, in which the context is open */
	struct vc_request request;	/* that opens it */
	u8 room[VC_REQUEST_ROOM(sizeof(struct vcrypto_request_header), 0)];
};

/* What the kernel has of a device.  Counted: as long as that works; by keys and works. */
struct vc_client {
	struct kref refs;
	struct list_head link;
	struct vc_device *device;
	atomic_t next_channel;
	unsigned int channel_count;
	struct vc_channel channels[];
};

/* A transform's key, which that of a plain hash is without. */
struct vc_key {
	struct vc_channel *channel;
	const struct vcrypto_cipher *cipher;	/* or NULL */
	const struct vcrypto_mac *mac;		/* or NULL */
	struct vc_handle handle;
	u32 life;	/* of the queue's, in which the device has this key; 0: in none */
	u32 held;	/* in which it has a session of that handle, maybe of an earlier key */
	u32 made;	/* how often it has been made */
	struct vcrypto_session_args args;
	struct vc_request request;	/* that makes and frees it */
	u8 room[VC_REQUEST_ROOM(VCRYPTO_MAX_CONTROL, 0)];
	u8 bytes[VC_MAX_KEY];
};

struct vc_job;

/* What skcipher.c, aead.c and ahash.c differ in. */
struct vc_job_type {
	bool (*build)(struct vc_job *job);
	/* Where another may be submitted.  The job is gone afterwards. */
	void (*end)(struct vc_job *job, int ret);
	/* It has left the backlog. */
	void (*begun)(struct vc_job *job);
};

/* A request of the crypto API's, in its private memory. */
struct vc_job {
	struct list_head link;		/* in todo or backlog */
	const struct vc_job_type *type;
	struct vc_key *key;
	bool decrypt;
	bool back;			/* the device has done it, or never will */
	bool told;			/* its owner, that it is in the backlog */
	unsigned int tries;
	u32 made;			/* of its key, when it was sent */
	struct vc_request request;
	struct vc_payload payload;
	struct scatterlist src[VC_JOB_PIECES], dst[VC_JOB_PIECES];
	u8 room[VC_REQUEST_ROOM(VCRYPTO_MAX_AUTHCRYPT_CONTROL, VC_JOB_ANSWER)];
};

/* client.c: the devices that the kernel has; their contexts */
/* @work is that of a channel, with a reference that it has to put. */
int vc_clients_init(work_func_t work);
/* With no device left, and no key.  Waits for works. */
void vc_clients_exit(void);
/* The device has begun to work; it has ended, which may be also of one that was not added. */
int vc_client_add(struct vc_device *device);
void vc_client_remove(struct vc_device *device);
/*
 * Whether its device works and offers one of the two, as the other is NULL; whether one of all
 * does.
 */
bool vc_client_offers(const struct vc_client *client, const struct vcrypto_cipher *cipher,
		      const struct vcrypto_mac *mac);
bool vc_clients_offer(const struct vcrypto_cipher *cipher, const struct vcrypto_mac *mac);
/* A queue's of a device that offers it.  Takes a reference to its client; NULL: none. */
struct vc_channel *vc_channel_get(const struct vcrypto_cipher *cipher,
				  const struct vcrypto_mac *mac);
void vc_channel_put(struct vc_channel *channel);
/* Its work has something to do.  By who has a reference; in any context. */
void vc_channel_kick(struct vc_channel *channel);
/* There is something to be reminded of, until there are no jobs. */
void vc_channel_remind(struct vc_channel *channel);
/* Within its work.  See that its context is open. */
int vc_channel_open(struct vc_channel *channel);
/*
 * Within its work.  Have a request done that is in the caller's memory and will be used
 * again; @request->life says when.
 */
int vc_channel_call(struct vc_channel *channel, struct vc_request *request, bool built);

/* key.c: keys */
/* For one of the two, without bytes as yet.  NULL: no device offers it or has room for a key. */
struct vc_key *vc_key_new(const struct vcrypto_cipher *cipher, const struct vcrypto_mac *mac);
/* While no job of it is under way; of a length that the crypto API takes. */
void vc_key_set(struct vc_key *key, const u8 *bytes, unsigned int len);
/* Whether there is one and its device can work with it; else software has to. */
bool vc_key_usable(const struct vc_key *key);
void vc_key_free(struct vc_key *key);
/* Whether the device has it, as far as is known. */
bool vc_key_ready(const struct vc_key *key);
/* Within its channel's work.  See that the device has it. */
int vc_key_make(struct vc_key *key);
/* The device does not know what was made as the @made-th, as a job has been told. */
void vc_key_lost(struct vc_key *key, u32 made);

/* job.c: jobs */
/* What the job is to read and write.  False: it does not fit into a request. */
bool vc_job_attach_src(struct vc_job *job, struct scatterlist *from, u32 len);
bool vc_job_attach_dst(struct vc_job *job, struct scatterlist *from, u32 skip, u32 len);
/*
 * What the crypto API is to be told: -EINPROGRESS, or -EBUSY, where @backlog is its leave to wait.
 * Who has none waits all the same, as software would overtake those before it, and IPsec
 * takes packets that come too late for repeated ones.  -ENOSPC: too many do.  Their memory
 * is their owners', so this bounds what who floods a guest may have waiting.
 */
int vc_job_start(struct vc_job *job, bool backlog);
/* That of a channel. */
void vc_job_work(struct work_struct *work);

/* What is registered with the crypto API. */
struct vc_algorithm {
	const struct vcrypto_cipher *cipher;	/* or NULL */
	const struct vcrypto_mac *mac;		/* or NULL */
	bool registered;
	union {
		struct skcipher_alg skcipher;
		struct aead_alg aead;
		struct ahash_alg ahash;
	};
};

/* skcipher.c, aead.c, ahash.c: one of them, but for its names and priority */
void vc_skcipher_fill(struct vc_algorithm *algorithm);
void vc_aead_fill(struct vc_algorithm *algorithm);
/* Some of it is as software has it, without which it cannot be: -errno. */
int vc_ahash_fill(struct vc_algorithm *algorithm);

/* kernel.c: registers, if the module's parameters say so */
int vc_kernel_init(void);
void vc_kernel_exit(void);
/* The device works; it does again, after sleep or a reset. */
void vc_kernel_add(struct vc_device *device);
void vc_kernel_again(void);

#endif /* VCRYPTO_CLIENT_H */
