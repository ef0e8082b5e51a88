/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests: what they are made of, and what they take of whom. */
#ifndef VCRYPTO_REQUEST_H
#define VCRYPTO_REQUEST_H

#include <linux/align.h>
#include <linux/idr.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <vcrypto/driver.h>

/*
 * What one user may have in flight on a queue, in bytes times weight.  Others come
 * behind this much at most.
 */
#define VC_SHARE_WORK (2u << 20)

/* What each request counts of it, besides its payload; and one that nobody waits for. */
#define VC_REQUEST_WORK 1024
#define VC_POST_WORK (16u << 10)

/* Workers for operations that one user may have on a queue at once. */
#define VC_SHARE_WORKERS 8

struct cred;
struct virtqueue;

/* On whose account memory is pinned. */
struct vc_payer {
	const struct cred *cred;	/* NULL: nobody's, as it is privileged */
	unsigned long limit;		/* RLIMIT_MEMLOCK, pages */
};

/* So many pages, 4 KiB from anywhere in a page, need no further memory. */
#define VC_FEW_PAGES 2

/* User memory for the device, or a copy of it, as a scatterlist; all zero: none. */
struct vc_pages {
	const struct cred *payer;	/* to whose user it is charged; NULL: to nobody */
	struct page **pages;
	unsigned int count;		/* of pages; 0: none */
	bool pinned;			/* the user's own pages, not a copy */
	bool wipe;			/* nobody is to see what they hold */
	bool write;			/* by the device */
	struct sg_table table;
	/* What pages and table point to if they are few. */
	struct page *few[VC_FEW_PAGES];
	struct scatterlist few_sg[VC_FEW_PAGES];
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

/* Source and destination of a request, if they are not in the request itself. */
struct vc_payload {
	struct vc_pages src;
	struct vc_pages dst;
	struct work_struct free;	/* for a last put that must not sleep */
};

struct vc_request {
	struct kref refs;
	int result;			/* 0 or -errno, once done */
	struct list_head link;		/* in vc_queue.pending or .kept, or empty */
	/*
	 * Called once it is done, in any context, with the queue's lock held.  NULL:
	 * nobody is to be told, or has been already.
	 */
	void (*tell)(struct vc_request *request);
	void *owner, *other;		/* for tell */
	/*
	 * Takes its memory back, wiped; in any context.  NULL: that is the caller's again when he
	 * is told.
	 */
	void (*release)(struct vc_request *request);
	struct vc_pool *pool;		/* for release */

	/* When in the ring, this handle is free again. */
	struct vc_handle handle;

	/* Of this share as long as the request lives. */
	struct vc_share *share;		/* NULL: of none */
	u64 work;

	/* One piece of memory: header and answer, which the device writes; control. */
	struct vcrypto_message message;	/* len: with what follows the control part there */
	u8 *answer;
	struct vc_payload *payload;	/* NULL: there is no memory for one */

	u32 len;			/* of its source */
	u32 dst_len;			/* what the device has filled of dst, once done */
	u32 tail_len;			/* of control: how much of it stands behind src */
	u32 life;			/* of the queue's, in which it went into the ring */
	bool unverified;		/* its destination, before the call has ended */
};

/* pages.c: memory for the device */
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

/*
 * share.c: what each user may have of a queue.  Of contexts and of sessions as many as
 * are left for others (-EDQUOT; -ENOSPC if none is), unless it has CAP_SYS_RESOURCE; of
 * work in flight VC_SHARE_WORK, or one request of any size.
 */
void vc_shares_init(struct vc_shares *shares, const struct vcrypto_device_limits *limits);
void vc_shares_destroy(struct vc_shares *shares);
/* That of a user, for an open file.  NULL: no memory. */
struct vc_share *vc_share_get(struct vc_shares *shares, kuid_t uid);
void vc_share_put(struct vc_share *share);
int vc_handle_take(struct vc_share *share, enum vc_kind kind, struct vc_handle *handle);
/* Also where there is none.  In any context. */
void vc_handle_give(struct vc_handle *handle);
/* Waits, killable (-EINTR); or, with @nowait, does not (-EAGAIN). */
int vc_share_take_work(struct vc_share *share, u64 work, bool nowait);
/* In any context.  The share may be gone afterwards. */
void vc_share_give_work(struct vc_share *share, u64 work);

/*
 * Requests of a queue that are used again, so that a usual one, with payload of up to 4 KiB,
 * takes no memory of the kernel's.  They belong to nobody's account.
 */
struct vc_pool {
	spinlock_t lock;
	struct list_head free;
	unsigned int taken;
	bool closed;			/* freed with the last that is given back */
};

/* So many; who needs more at once has them allocated. */
#define VC_POOL_REQUESTS 64

/* The room for header, answer, and control part, which is aligned. */
#define VC_REQUEST_CONTROL_AT(answer_size) \
	ALIGN(sizeof(struct vcrypto_response_header) + (answer_size), 16)
#define VC_REQUEST_ROOM(control_size, answer_size) \
	(VC_REQUEST_CONTROL_AT(answer_size) + (control_size))

/* request.c: requests */
/* NULL: no memory. */
struct vc_pool *vc_pool_new(void);
/* Nobody takes of it any more.  What is taken may outlive it. */
void vc_pool_close(struct vc_pool *pool);
/* With one reference.  NULL: no memory.  Without @pool for one that is kept for long. */
struct vc_request *vc_request_new(struct vc_pool *pool, size_t control_size, size_t answer_size);
/*
 * The same without payload in memory of the caller's, which @release, if there is one, gets
 * back, in any context.  All of it is zeros; @room is VC_REQUEST_ROOM() bytes.
 */
void vc_request_init(struct vc_request *request, void *room, size_t control_size,
		     size_t answer_size, void (*release)(struct vc_request *request));
/* Gives up a reference; with the last one all is wiped and freed.  May sleep.  NULL: none. */
void vc_request_put(struct vc_request *request);
/* The same in any context. */
void vc_request_put_atomic(struct vc_request *request);
/* Gives its share of work back before its memory, once.  In any context. */
void vc_request_give_work(struct vc_request *request);
/* Into the ring, with the lock that guards it. */
int vc_request_add(struct vc_request *request, struct virtqueue *vq);
/* Whether source, destination are apart from it. */
static inline bool vc_request_has_src(const struct vc_request *request)
{
	return request->payload && request->payload->src.count;
}

static inline bool vc_request_has_dst(const struct vc_request *request)
{
	return request->payload && request->payload->dst.count;
}

#endif /* VCRYPTO_REQUEST_H */
