/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Internal to vcrypto.ko.
 *
 * Theory of operation
 * -------------------
 * An ioctl becomes a call (struct vc_call): what is to be done with which memory of
 * the program's.  A call is cut into requests (struct vc_request), one after the
 * other: memory for the device to read and to write, plus the user's pages where
 * payload is not copied.  The file's queue takes a request, in the order of
 * submission: into the ring, or, while that is full or the device is away, into the
 * queue's list of pending requests.  So there is one order for all requests of a queue,
 * and the driver relies on it: a SESSION_FREE is not waited for, and its handle
 * is given to somebody else as soon as it is in the ring.
 *
 * Who owns a request.  It is counted: who makes it has a reference, and puts it whatever
 * becomes of the request; the queue has one from vc_queue_submit() until the device has
 * returned the request, or never will.  Then the queue puts its own, and tells the owner
 * (tell), who therefore has to have his; so what he waits for is unpinned by him.
 * A request without tell is called a post: nobody waits for it.
 * Those that close and free are allocated long before they are needed (with the
 * context, with the session), so that this cannot fail.
 * A waiter that is killed is not told any more (vc_queue_abandon()), and leaves.  What
 * the device may still write to, copies and pinned pages alike, is in
 * the request, and lives until the device has returned it or has been reset.
 * So does what the request takes of its user's share and RLIMIT_MEMLOCK.
 *
 * Lives.  A device that sleeps, asks to be reset, or is reset by its host loses its
 * contexts and sessions.  The driver keeps the keys, the IV and the handles, and
 * makes a session again before the next request that needs it (vc_session_revive()):
 * a session remembers in which of its queue's lives it is there.  A request that the
 * device refused because it knows no such session (VC_EUNKNOWN) has changed nothing
 * and is repeated; one that the device had when it was reset (VC_EGONE) too, unless it
 * may have overwritten its own source.  What only the device knew, the middle of a hash
 * or of an AEAD message, is lost: ESTALE, until that message has ended.
 *
 * Asynchronous operations (struct vc_operation, async.c) are the same calls, made
 * on behalf of a process that does not wait: by a work item, with the process's
 * memory, and each with one request in flight at most.
 *
 * Other lifetimes.
 *  - struct vc_device: a virtio device from probe() to remove().  Counted: the slot
 *    has a reference, and each open file.  After remove() all that can be done with it
 *    is to be told the error and to drop the reference.  Requests have none: all are
 *    back when vc_device_down() with an error returns.
 *  - struct vc_file: from open to last close, or until nobody works on its operations
 *    any more.  Fixed to one queue, because the
 *    device's contexts are.  Its context comes with its first session.
 *  - struct vc_session: counted: the table of its file has a reference, each
 *    ioctl that uses it, and each operation.  The last one posts SESSION_FREE.
 *  - struct vc_share: what a user has of a queue; as long as it has anything.
 *
 * Locks, in the order in which they nest:
 *  - vc_async.lock: who starts and finishes operations.
 *  - vc_session.lock: order of a session's calls.  Held while waiting for the
 *    device; belongs to one open file.
 *  - vc_file.lock: its context.
 *  - the slots' mutex (slots.c): which device has which number.
 *  - vc_queue.lock, taken in the interrupt handler: ring, pending, state, error,
 *    link, result and tell of submitted requests; and what a file has of
 *    operations (struct vc_async), because tell needs them.
 *  - vc_shares.lock.
 * The table of sessions has the xarray's own lock, a wait queue its own below all.
 * A device goes up and down in probe(), remove(), freeze(), restore() and one work
 * item, which never run at once: remove() waits for the work, and its workqueue
 * sleeps before the devices do.
 *
 * The device is not trusted.  What it writes is copied, checked (vcrypto_check_
 * response()), and only then used; when it breaks the protocol or the ring,
 * it is reset and every call on it fails with EIO.
 */
#ifndef VCRYPTO_H
#define VCRYPTO_H

#include <linux/completion.h>
#include <linux/idr.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/virtio.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <crypto/cryptodev.h>
#include <vcrypto/cryptodev.h>

#include "compat.h"

/* Nodes /dev/cryptodev0 to 31. */
#define VC_MAX_DEVICES 32

/*
 * Up to this many bytes of payload are copied into the request itself: cheaper than
 * pinning pages, by far so on an emulated processor, which copies a byte at a time.
 */
#define VC_BOUNCE_MAX 512

/*
 * A request's payload at most, in bytes times weight (vcrypto_weight()): about a
 * millisecond of work.  Longer calls are cut, so that others get between.
 */
#define VC_CHUNK_MAX (1u << 20)

/* The same in bytes for payload that is copied, which bounds the memory for it. */
#define VC_COPY_MAX (64u << 10)

/*
 * What one user may have in flight on a queue, in bytes times weight.  Others come
 * behind this much at most.
 */
#define VC_SHARE_WORK (2u << 20)

/* What each request counts, besides its payload. */
#define VC_REQUEST_WORK 1024

/* Workers for operations that one user may have on a queue at once. */
#define VC_SHARE_WORKERS 8

/* Asynchronous operations of an open file that are not yet fetched, at most. */
#define VC_MAX_ASYNC 64

/* How often a waiter looks for itself, in case the device forgot to interrupt. */
#define VC_POLL_INTERVAL (HZ / 10)

/* How often something is begun anew because the device has lost its tables. */
#define VC_MAX_TRIES 16

/* Errors that no program sees.  The device knows no such context or session. */
#define VC_EUNKNOWN EBADHANDLE
/* The device had the request when it was reset, and may have done it. */
#define VC_EGONE ENOTSYNC

struct cred;
struct mm_struct;

/* On whose account memory is pinned. */
struct vc_payer {
	const struct cred *cred;	/* NULL: nobody's, as it is privileged */
	unsigned long limit;		/* RLIMIT_MEMLOCK, pages */
};

/* User memory for the device, or a copy of it, as a scatterlist; all zero: none. */
struct vc_pages {
	const struct cred *payer;	/* to whose user it is charged; NULL: to nobody */
	struct page **pages;
	unsigned int count;		/* of pages; 0: none */
	bool pinned;			/* the user's own pages, not a copy */
	bool wipe;			/* nobody is to see what they hold */
	bool write;			/* by the device */
	struct sg_table table;
};

enum vc_kind { VC_CONTEXT, VC_SESSION, VC_KINDS };

/* What users have of a queue; and its handles. */
struct vc_shares {
	spinlock_t lock;
	struct list_head users;
	struct ida handles[VC_KINDS];	/* in use */
	u32 in_use[VC_KINDS];
	u32 size[VC_KINDS];		/* of the device's tables */
};

/* What the open files of one user have of a queue.  Under the lock of all shares. */
struct vc_share {
	struct list_head link;
	struct vc_shares *shares;
	kuid_t uid;
	unsigned int files;
	u32 held[VC_KINDS];
	atomic_t workers;		/* at work on operations */
	u64 work;			/* in flight, bytes times weight */
	struct wait_queue_head wait;	/* for less of it */
};

/* A handle of the device's, and of whose share it is. */
struct vc_handle {
	struct vc_share *share;		/* NULL: none */
	enum vc_kind kind;
	u32 number;
};

struct vc_request {
	struct kref refs;
	struct list_head link;		/* in vc_queue.pending, or empty */
	struct completion done;
	int result;			/* 0 or -errno, once done */
	/*
	 * Called once it is done, in any context, with the queue's lock held.  NULL:
	 * nobody is to be told, or has been already.
	 */
	void (*tell)(struct vc_request *request);
	void *owner;			/* for tell */
	struct work_struct free;	/* for a last put that must not sleep */

	/* When in the ring, this handle is free again. */
	struct vc_handle handle;

	/* Of this share as long as the request lives. */
	struct vc_share *share;		/* NULL: of none */
	u64 work;

	/* One allocation: header and answer, which the device writes; control. */
	struct vcrypto_message message;	/* len: with what follows the control part there */
	u8 *answer;

	u32 len;			/* of its source */
	u32 life;			/* of the queue's, in which it went into the ring */
	bool unverified;		/* its destination, before the call has ended */
	size_t tail_len;		/* of control: how much of it stands behind src */

	u32 dst_len;			/* what the device has filled of it, once done */
	struct scatterlist sg_control;
	struct scatterlist sg_tail;
	struct scatterlist sg_header;
	struct scatterlist sg_answer;	/* apart only if dst stands between */
	struct vc_pages src;
	struct vc_pages dst;
};

struct vc_device;

enum vc_queue_state {
	VC_DOWN,			/* there is no ring */
	VC_DRAINING,			/* nothing is put into the ring any more */
	VC_UP,
};

struct vc_queue {
	struct virtqueue *vq;		/* used only with state not VC_DOWN and error 0 */
	/* Of the device: looks at its health.  Queued, never called, as it may reset us. */
	struct delayed_work *check;
	spinlock_t lock;
	struct list_head pending;	/* submitted, not yet in the ring */
	unsigned int in_ring;
	enum vc_queue_state state;
	u32 life;			/* counts how often it came up; from 1 */
	int error;			/* once set no request is taken any more */
	bool distrusted;		/* the device broke the protocol; stays */
	u32 size;			/* of the ring, entries */
	u32 limit;			/* what the device takes at once, bytes */
	u32 max_payload;		/* of one request, a multiple of all blocks */
	struct wait_queue_head refused;	/* poll() of its files; woken when error is set */

	struct vc_shares shares;
};

struct vc_device {
	struct kref refs;
	struct virtio_device *vdev;	/* valid until remove(); its priv is this device */
	unsigned int max_segment;	/* bytes that may be mapped in one piece */
	struct vcrypto_device_limits limits;
	bool up;
	bool removed;
	struct delayed_work check;
	unsigned long restarted;	/* jiffies */
	unsigned int number;		/* its slot, and that of its node */
	atomic_t next_queue;		/* for the next open file */
	unsigned int queue_count;
	struct vc_queue queues[];
};

/* An open file's asynchronous operations. */
struct vc_async {
	struct mutex lock;		/* of who works on them */
	struct work_struct work;
	struct delayed_work remind;
	bool closing;
	/* Under the queue's lock: */
	struct list_head begun;		/* in the order of submission */
	struct list_head finished;
	unsigned int outstanding;	/* places taken: begun, and not yet fetched */
	struct wait_queue_head wait;	/* poll() of the file */
	bool active;			/* somebody is working on them */
	struct wait_queue_entry share_wait;	/* in that of the share, if one waits for it */
};

struct vc_file {
	struct vc_device *device;
	struct vc_queue *queue;
	struct vc_share *share;
	struct mutex lock;
	struct vc_request *close;	/* of its context; NULL: it has none yet */
	u32 context;			/* handle */
	u32 context_life;		/* in which it is open; 0: in none */
	struct xarray sessions;		/* by index, see session.c */
	atomic_t tags;			/* for the numbers of its sessions */
	struct work_struct end;		/* closes it, if that may take long */
	struct vc_async async;
};

/* What is known of the hash or key stream that a session's calls go on from. */
enum vc_state {
	VC_FRESH,			/* nothing: the next call begins anew */
	VC_OPEN,			/* the device has it */
	VC_LOST,			/* the device has lost it */
};

struct vc_session {
	struct kref refs;
	struct mutex lock;
	struct vc_file *file;
	u32 number;			/* what the program has */
	u32 life;		/* of the queue, in which it is on the device; 0: in none */
	u32 made;			/* how often it has been made there */
	u32 async;			/* operations begun; under the queue's lock */
	struct wait_queue_head idle;	/* for no operations */
	const struct vcrypto_cipher *cipher;	/* or NULL */
	const struct vcrypto_mac *mac;		/* or NULL */
	struct vcrypto_session_args args;	/* what it is made of, keys among it */
	u8 *keys;
	u8 iv[VCRYPTO_MAX_IV];		/* where a call without IV goes on */
	enum vc_state hash;
	enum vc_state stream;		/* the key stream, with VCRYPTO_CHAIN_STATE */
	struct vc_request *free;
};

/*
 * A CIOCCRYPT or CIOCAUTHCRYPT on its way, checked: what the rest of the driver knows of
 * it.  All user pointers are of the process that made it.
 */
struct vc_call {
	struct vc_session *session;
	struct vc_payer payer;
	bool nowait;			/* for the share: -EAGAIN */
	const bool *abort;		/* give up (-EINTR) when it becomes true; or NULL */
	struct vcrypto_plan plan;	/* user pointers in it as numbers */
	u8 iv[VCRYPTO_MAX_IV];		/* read from the user, once */
	u8 tag[VCRYPTO_MAX_DIGEST];	/* likewise, if it is to be verified */
	/* How far it is. */
	u32 offset;			/* done, of src_len */
	u32 made;			/* session->made when its last request was built */
	bool sent;			/* the device may have changed something */
	bool gone;			/* so it may, by a request that was lost */
	u32 reached;			/* of dst, what it may have written */
	bool done;
	u32 content_len;		/* of what has come back */
	u8 *snapshot;		/* all of the source, if dst would overwrite it; or NULL */
};

/* The program's memory in which the parts of a call are. */
static inline const u8 __user *vc_call_src(const struct vc_call *call)
{
	return u64_to_user_ptr(call->plan.src);
}

static inline u8 __user *vc_call_dst(const struct vc_call *call)
{
	return u64_to_user_ptr(call->plan.dst);
}

static inline const u8 __user *vc_call_aad(const struct vc_call *call)
{
	return u64_to_user_ptr(call->plan.aad);
}

static inline const u8 __user *vc_call_trailer(const struct vc_call *call)
{
	return u64_to_user_ptr(call->plan.trailer);
}

static inline u8 __user *vc_call_iv(const struct vc_call *call)
{
	return u64_to_user_ptr(call->plan.iv);
}

static inline u8 __user *vc_call_mac(const struct vc_call *call)
{
	return u64_to_user_ptr(call->plan.mac_at);
}

/* main.c */
extern struct workqueue_struct *vc_workqueue;
/*
 * For operations: their work may wait for a program's memory, and that for anybody, so
 * nothing else may have to wait for it, sleep neither.
 */
extern struct workqueue_struct *vc_async_workqueue;

/* device.c: up and down, failure */
struct vc_device *vc_device_new(struct virtio_device *vdev);
/* Find queues, go on with what is pending. */
int vc_device_up(struct vc_device *device);
/*
 * Reset the device.  @error is 0: it will be up again, and requests wait; else all of
 * them are given back, and no more are taken.
 */
void vc_device_down(struct vc_device *device, int error);
/* Down for good, because the driver leaves. */
void vc_device_remove(struct vc_device *device);
void vc_device_put(struct vc_device *device);
/* Have the device's health looked at; in any context. */
void vc_device_check(struct vc_device *device);

/* slots.c: which device has which number */
/* The lowest that is free.  -ENOSPC: none is. */
int vc_slots_add(struct vc_device *device);
void vc_slots_remove(struct vc_device *device);
/* The device with that number; the first that works.  They take a reference; NULL: none. */
struct vc_device *vc_slots_get(unsigned int number);
struct vc_device *vc_slots_first(void);

/* nodes.c: the names of devices in /dev */
int vc_nodes_init(void);
void vc_nodes_exit(void);
int vc_nodes_add(struct vc_device *device);
void vc_nodes_remove(struct vc_device *device);

/* counters.c: what is in the virtio device's folder in sysfs */
extern const struct attribute_group *vc_attribute_groups[];

/* queue.c: the ring */
/* @check is queued when the device may have failed. */
void vc_queue_init(struct vc_queue *queue, const struct vcrypto_device_limits *limits,
		   struct delayed_work *check);
/* A new life begins: with a ring; then, with the device ready, with what is pending. */
void vc_queue_attach(struct vc_queue *queue, struct virtqueue *vq);
void vc_queue_run(struct vc_queue *queue);
/* It ends: put nothing more into the ring; use it no more; with the device reset, leave it. */
void vc_queue_drain(struct vc_queue *queue);
void vc_queue_close(struct vc_queue *queue);
void vc_queue_detach(struct vc_queue *queue);
/* Take no more requests, whatever happens. */
void vc_queue_refuse(struct vc_queue *queue, int error);
/* It is sealed.  The queue takes a reference. */
void vc_queue_submit(struct vc_queue *queue, struct vc_request *request);
/* Take what the device has returned; the second one reminds it first. */
void vc_queue_poll(struct vc_queue *queue);
void vc_queue_nudge(struct vc_queue *queue);
/*
 * Nobody is to be told of a request any more.  False: it is done after all.  True: it
 * may be with the device, and nothing of it must be looked at.
 */
bool vc_queue_abandon(struct vc_queue *queue, struct vc_request *request);

/*
 * share.c: what each user may have of a queue.  Of contexts and of sessions as many as
 * are left for others (-EDQUOT; -ENOSPC if none is), unless it has CAP_SYS_RESOURCE; of
 * work in flight VC_SHARE_WORK, or one request of any size.
 */
void vc_shares_init(struct vc_shares *shares, const struct vcrypto_device_limits *limits);
void vc_shares_destroy(struct vc_shares *shares);
/* That of the current user, for an open file.  NULL: no memory. */
struct vc_share *vc_share_get(struct vc_shares *shares);
void vc_share_put(struct vc_share *share);
int vc_handle_take(struct vc_share *share, enum vc_kind kind, struct vc_handle *handle);
/* Also where there is none.  In any context. */
void vc_handle_give(struct vc_handle *handle);
/* Waits, killable (-EINTR); or, with @nowait, does not (-EAGAIN). */
int vc_share_take_work(struct vc_share *share, u64 work, bool nowait);
/* In any context.  The share may be gone afterwards. */
void vc_share_give_work(struct vc_share *share, u64 work);

/* request.c: requests */
/* With one reference.  NULL: no memory. */
struct vc_request *vc_request_new(size_t control_size, size_t answer_size);
/* Gives up a reference; with the last one all is wiped and freed.  May sleep.  NULL: none. */
void vc_request_put(struct vc_request *request);
/* The same in any context. */
void vc_request_put_atomic(struct vc_request *request);
/* It is complete, and can be submitted.  -EINVAL: it was not built. */
int vc_request_seal(struct vc_request *request, bool built);

/* wait.c: waiting for a request */
/*
 * Submit and wait, killable.  @built is what the builder returned (false gives
 * -EINVAL).  The caller's reference remains, but only on success may it look at more.
 */
int vc_request_call(struct vc_queue *queue, struct vc_request *request, bool built);
/* The same, for at most @timeout jiffies (-ETIMEDOUT). */
int vc_request_call_timeout(struct vc_queue *queue, struct vc_request *request,
			    bool built, unsigned long timeout);
/* The same, until @abort (-EINTR), which may be NULL, for a request that is sealed. */
int vc_request_call_sealed(struct vc_queue *queue, struct vc_request *request,
			   const bool *abort);

/* pages.c */
/* Of the current process.  Takes a reference to its credentials. */
void vc_payer_init(struct vc_payer *payer);
void vc_payer_put(struct vc_payer *payer);
/*
 * Pin user memory: charged to @payer's RLIMIT_MEMLOCK as long as it is pinned.  -ENOMEM
 * or -EFAULT if that cannot be; then it has to be copied.
 */
int vc_pages_pin(struct vc_pages *pages, const struct vc_payer *payer, const void __user *from,
		 u32 len, bool write, unsigned int max_segment);
/* Memory of the kernel's for a copy. */
int vc_pages_alloc(struct vc_pages *pages, u32 len, bool write, unsigned int max_segment);
int vc_pages_fill(struct vc_pages *pages, const void __user *from, const u8 *or_from, u32 len);
int vc_pages_return(const struct vc_pages *pages, void __user *to, u32 len);
/* Unpins, or wipes and frees; and returns the charge. */
void vc_pages_free(struct vc_pages *pages);

/* file.c: an open file */
int vc_file_open(struct file *filp, struct vc_device *device);
int vc_file_release(struct inode *inode, struct file *filp);
long vc_ioctl(struct file *filp, unsigned int cmd, unsigned long arg);
/* What a program is told of @ret: no errors of ours. */
long vc_ioctl_result(int ret);
/* Why an ioctl cannot be tried; or 0. */
int vc_file_error(const struct vc_file *file, unsigned int cmd);
/* Have its context opened in the queue's @life. */
int vc_file_open_context(struct vc_file *file, u32 life);

/* session.c: CIOCGSESSION, CIOCFSESSION */
int vc_session_create(struct vc_file *file, struct session_op *op);
void vc_session_free(struct vc_file *file, u32 number);
void vc_session_free_all(struct vc_file *file);
/* Takes a reference; NULL: no such session in this file. */
struct vc_session *vc_session_get(struct vc_file *file, u32 number);
void vc_session_put(struct vc_session *session);
/* The session's turn, after all that was begun before: killable, -EINTR. */
int vc_session_enter(struct vc_session *session);
/* The same for who has that of another already. */
int vc_session_enter_second(struct vc_session *session);
void vc_session_leave(struct vc_session *session);

/* revive.c: sessions on the device, which may lose them */
/* Within the session's turn.  See that the device has it.  @abort may be NULL. */
int vc_session_revive(struct vc_session *session, const bool *abort);
/*
 * What is to be made of the result of a request: -EAGAIN, it has to be tried again; -ESTALE,
 * it is perhaps half done, and not @repeatable; else @ret.
 */
int vc_session_judge(struct vc_session *session, int ret, bool repeatable);

/* info.c: CIOCGSESSINFO */
int vc_session_info(struct vc_file *file, struct session_info_op *op);

/* call.c, run.c: what CIOCCRYPT and CIOCAUTHCRYPT have in common */
/* What the library has to know of a session to judge a call; what its verdict is here. */
struct vcrypto_plan_session vc_call_limits(const struct vc_session *session);
int vc_errno(enum vcrypto_verdict verdict);
/* Session and plan are set: whether it fits the device, and its IV. */
int vc_call_begin(struct vc_call *call);
/* Its next request, sealed. */
struct vc_request *vc_call_next(struct vc_call *call);
/* Whether that may be repeated even if the device has perhaps done it. */
bool vc_call_repeatable(const struct vc_call *call, const struct vc_request *request);
/* The device has moved the session's key stream on, or may have. */
void vc_call_use_stream(struct vc_call *call);
/* A data unit of XTS has ended: the next begins with the IV that was given last. */
void vc_call_end_unit(struct vc_call *call);
/* Takes over how far a request has brought the call; and, with the second, its results. */
void vc_call_advance(struct vc_call *call, const struct vc_request *request);
int vc_call_return(struct vc_call *call, const struct vc_request *request);
/* Within the session's turn: can the call go on from what is known?  0, -ESTALE */
int vc_call_check_state(struct vc_call *call);
/*
 * What is to be made of @ret, with which a request of it has failed: as vc_session_judge().
 */
int vc_call_failed(struct vc_call *call, int ret, bool repeatable);
/* It ends, well or not (@ret). */
void vc_call_end(struct vc_call *call, int ret);
/* All of it, in the session's turn, waited for. */
int vc_call_run(struct vc_call *call);

/* crypt.c: CIOCCRYPT, CIOCCPHASH */
int vc_crypt_prepare(struct vc_call *call, struct vc_session *session, const struct crypt_op *op);
int vc_crypt(struct vc_file *file, const struct crypt_op *op);
int vc_copy_hash(struct vc_file *file, const struct cphash_op *op);

/* auth.c: CIOCAUTHCRYPT.  Changes len, tag and tag_len as the caller has to report them. */
int vc_authcrypt(struct vc_file *file, struct crypt_auth_op *op);

/* async.c: CIOCASYNCCRYPT, CIOCASYNCFETCH, poll() */
void vc_async_init(struct vc_file *file);
/* Whether there is nothing that vc_async_close() could wait for. */
bool vc_async_is_idle(struct vc_file *file);
/* Nobody uses the file any more.  Waits for who works on operations, not for the device. */
void vc_async_close(struct vc_file *file);
/* Somebody may go on who had to wait for a session. */
void vc_async_kick(struct vc_file *file);
int vc_async_start(struct vc_file *file, const struct crypt_op *op);
/* @tell is to store the operation, as it was given, at @to; or to fail with an errno. */
int vc_async_fetch(struct vc_file *file, void __user *to,
		   int (*tell)(void __user *to, const struct crypt_op *op));
__poll_t vc_async_poll(struct file *filp, poll_table *table);

#endif /* VCRYPTO_H */
