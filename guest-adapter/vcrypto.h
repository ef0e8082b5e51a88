/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Internal to vcrypto.ko.
 *
 * Theory of operation
 * -------------------
 * An ioctl becomes a request (struct vc_request): memory for the device to read
 * and to write, plus the user's pages where payload is not copied.  The file's
 * queue takes it, in the order of submission: into the ring, or, while that is
 * full, into the queue's list of pending requests, which the completion handler
 * empties into the ring.  So there is one order for all requests of a queue,
 * and the driver relies on it: a SESSION_FREE is not waited for, and its handle
 * is given to somebody else as soon as it is in the ring.
 *
 * Who owns a request.  The submitter, until vc_queue_submit().  Then the queue.
 * When the device has returned it, or never will, the queue gives it back:
 *  - if release is NULL, to the one waiting for done;
 *  - else by calling release, which frees it.  Such a request is called a post.
 *    Posts are allocated long before they are needed (with the open file, with
 *    the session), so that closing and freeing cannot fail.
 * A waiter that is killed turns its request into a post, and leaves.  What the
 * device may still write to, bounce buffers and pinned pages alike, is in
 * the request, and lives until the device has returned it or has been reset.
 * So does the charge for the pages to their user's RLIMIT_MEMLOCK.
 *
 * Asynchronous operations (struct vc_operation, async.c).  All requests of one are
 * built before the first is submitted, so it is begun as a whole or not at all.
 * They are submitted with the session's lock, and not waited for: the queue's one
 * order is what keeps an operation in its place, as it keeps a SESSION_FREE
 * behind it.  So an operation needs its session no more when it has been begun.
 * Requests that come back stay with their operation; the last puts it on the
 * file's list of finished ones and wakes who polls.  Fetching frees it, in the
 * process that fetches, where also goes what was not written to pinned pages.
 * Closing the file frees those that are finished and makes the others orphans,
 * which the last of their requests has freed.
 *
 * Other lifetimes.
 *  - struct vc_device: one life of a virtio device, from its start to its reset
 *    (remove, suspend, failure).  Counted: the slot has a reference, and each
 *    open file.  After the reset all that can be done with it is to be told
 *    the error and to drop the reference.  Requests have none: all are back
 *    when vc_device_shutdown() returns, and it runs before the slot's is dropped.
 *  - struct vc_file: from open to last close.  Fixed to one queue, because the
 *    device's contexts are.
 *  - struct vc_session: counted: the table of its file has a reference, and
 *    each ioctl that uses it.  The last one posts SESSION_FREE.
 *
 * Locks, in the order in which they nest:
 *  - vc_session.lock: order of a session's calls.  Held while waiting for the
 *    device, as the only one; belongs to one open file.
 *  - vc_device.stop_lock: one shutdown at a time.
 *  - the slots' mutex (nodes.c): which device is behind which node.
 *  - vc_queue.lock, taken in the interrupt handler: ring, pending, error, and
 *    link, result and release of submitted requests; and what a file has of
 *    operations (struct vc_async), because release needs them.
 * The table of sessions has the xarray's own lock, a wait queue its own below all.
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
#include <vcrypto/request.h>

#include "compat.h"

/* Nodes /dev/cryptodev0 to 31. */
#define VC_MAX_DEVICES 32

/*
 * Up to this many bytes of payload copying is cheaper than pinning pages; by far
 * so on an emulated processor, which copies a byte at a time.
 */
#define VC_BOUNCE_MAX 512

/* Longer payload goes to the device in pieces, which bounds pinned memory. */
#define VC_PIECE_MAX (1u << 20)

/* Asynchronous operations of an open file that are not yet fetched, at most. */
#define VC_MAX_ASYNC 64

/* How often a waiter looks for itself, in case the device forgot to interrupt. */
#define VC_POLL_INTERVAL (HZ / 10)

struct cred;

/* Pinned user memory and its scatterlist; all zero: none. */
struct vc_pages {
	const struct cred *payer;	/* to whose user it is charged; NULL: to nobody */
	unsigned int charged;		/* pages */
	struct page **pages;
	unsigned int count;
	bool write;			/* by the device */
	struct sg_table table;
};

struct vc_operation;

struct vc_request {
	struct list_head link;		/* in vc_queue.pending, or empty */
	struct completion done;
	int result;			/* 0 or -errno, once done */
	/* In any context, with the queue's lock held. */
	void (*release)(struct vc_request *request);
	struct vc_operation *operation;	/* that it is part of, or NULL */
	struct work_struct work;	/* for a release that needs to sleep */

	/* When in the ring, this handle is free again; or NULL. */
	struct ida *handles;
	unsigned int handle;

	/* One allocation: header and answer, which the device writes; control. */
	struct vcrypto_response_header *header;
	u8 *answer;
	u8 *control;
	size_t control_size;

	u32 offset;			/* of its payload in the call's */
	size_t tail_len;		/* of control: how much of it stands behind src */

	struct vcrypto_expect expect;
	u32 dst_len;			/* what the device has filled of it, once done */
	struct scatterlist sg_control;
	struct scatterlist sg_tail;
	struct scatterlist sg_header;
	struct scatterlist sg_answer;	/* apart only if dst stands between */
	struct vc_pages src;
	struct vc_pages dst;
};

struct vc_device;

struct vc_queue {
	struct vc_device *device;
	struct virtqueue *vq;		/* valid while error is 0 */
	spinlock_t lock;
	struct list_head pending;	/* submitted, not yet in the ring */
	unsigned int in_ring;
	int error;			/* once set no request is taken any more */
	u32 size;			/* of the ring, entries */
	u32 max_payload;		/* of one request, a multiple of all blocks */
	struct ida contexts;		/* handles in use */
	struct ida sessions;
	struct wait_queue_head refused;	/* poll() of its files; woken when error is set */
};

struct vc_device {
	struct kref refs;
	struct virtio_device *vdev;	/* valid until shutdown */
	unsigned int max_segment;	/* bytes that may be mapped in one piece */
	struct vcrypto_device_limits limits;
	struct mutex stop_lock;
	bool stopped;
	bool broken;			/* it broke the protocol */
	struct work_struct check;
	atomic_t next_queue;		/* for the next open file */
	unsigned int queue_count;
	struct vc_queue queues[];
};

/* An open file's asynchronous operations; under the queue's lock. */
struct vc_async {
	struct list_head running;
	struct list_head finished;
	unsigned int outstanding;	/* places taken: begun, and not yet fetched */
	struct wait_queue_head wait;	/* poll() of the file */
	struct delayed_work remind;
};

struct vc_file {
	struct vc_device *device;
	struct vc_queue *queue;
	u32 context;			/* handle */
	struct vc_request *close;
	struct xarray sessions;		/* by index, see session.c */
	atomic_t tags;			/* for the numbers of its sessions */
	struct vc_async async;
};

struct vc_session {
	struct kref refs;
	struct mutex lock;
	struct vc_queue *queue;
	u32 number;			/* what the program has */
	u32 context;			/* handles */
	u32 handle;
	const struct vcrypto_cipher *cipher;	/* or NULL */
	const struct vcrypto_mac *mac;		/* or NULL */
	struct vc_request *free;
};

/* A crypt_op on its way into one request or several. */
struct vc_call {
	struct vc_session *session;
	struct crypt_op op;
	u8 iv[VCRYPTO_MAX_IV];		/* read from the user, once */
	u32 offset;			/* of the next request's payload */
	u32 left;			/* requests to be built */
};

/* main.c */
extern struct workqueue_struct *vc_workqueue;

/* device.c: start, stop, failure */
struct vc_device *vc_device_start(struct virtio_device *vdev);
void vc_device_stop(struct vc_device *device);
void vc_device_put(struct vc_device *device);
/* Have the device's health looked at; in any context. */
void vc_device_check(struct vc_device *device);
/* The same for a device that has broken the protocol. */
void vc_device_distrust(struct vc_device *device);

/* nodes.c: devices and their names in /dev */
int vc_nodes_init(void);
void vc_nodes_exit(void);
int vc_nodes_add(struct virtio_device *vdev, struct vc_device *device);
void vc_nodes_remove(struct virtio_device *vdev);
/* Replaces the device of a slot, by NULL perhaps; returns the old one. */
struct vc_device *vc_nodes_exchange(struct virtio_device *vdev, struct vc_device *device);
/* Without a reference: for interrupt handlers, which a reset waits for.  NULL: none. */
struct vc_device *vc_nodes_peek(struct virtio_device *vdev);
/* Takes a reference; NULL: none. */
struct vc_device *vc_nodes_get(struct virtio_device *vdev);

/* counters.c: what is in the virtio device's folder in sysfs */
extern const struct attribute_group *vc_attribute_groups[];

/* queue.c: the ring */
void vc_queue_init(struct vc_queue *queue, struct vc_device *device);
void vc_queue_start(struct vc_queue *queue, struct virtqueue *vq);
void vc_queue_interrupt(struct virtqueue *vq);
void vc_queue_submit(struct vc_queue *queue, struct vc_request *request);
/* Take what the device has returned; the second one reminds it first. */
void vc_queue_poll(struct vc_queue *queue);
void vc_queue_nudge(struct vc_queue *queue);
/*
 * Stop waiting for a request.  False: it is done after all.  True: it must not
 * be touched any more.
 */
bool vc_queue_abandon(struct vc_queue *queue, struct vc_request *request);
/* Shutdown: take no more requests; and, with the device quiet, give all back. */
void vc_queue_refuse(struct vc_queue *queue, int error);
void vc_queue_give_back(struct vc_queue *queue);

/* request.c: requests, and waiting for them */
struct vc_request *vc_request_new(size_t control_size, size_t answer_size);
void vc_request_free(struct vc_request *request);
/* For release: frees what the device has returned, in any context. */
void vc_request_release(struct vc_request *request);
/*
 * Submit and wait, killable.  @control_len is what the builder returned (0 gives
 * -EINVAL), plus what follows it in control.  On failure the request is gone.
 */
int vc_request_call(struct vc_queue *queue, struct vc_request *request, size_t control_len);
/* The same, for at most @timeout jiffies (-ETIMEDOUT). */
int vc_request_call_timeout(struct vc_queue *queue, struct vc_request *request,
			    size_t control_len, unsigned long timeout);
/* The same, without end, for a request that is sealed. */
int vc_request_call_sealed(struct vc_queue *queue, struct vc_request *request);
/* Submit and forget; in two steps, of which only the first can fail. */
int vc_request_seal(struct vc_request *request, size_t control_len);
void vc_request_post(struct vc_queue *queue, struct vc_request *request);

/*
 * pages.c: user memory for the device.  Pinned pages are charged to the user's
 * RLIMIT_MEMLOCK (-ENOMEM), unless it is privileged (CAP_IPC_LOCK), for as long
 * as they are pinned.
 */
int vc_pages_pin(struct vc_pages *pages, const void __user *from, u32 len, bool write,
		 unsigned int max_segment);
/* The same charge for memory of the kernel's that somebody can take much of. */
int vc_pages_charge(struct vc_pages *pages, unsigned int count);
/* Returns the charge as well. */
void vc_pages_unpin(struct vc_pages *pages);

/* file.c: an open file */
int vc_file_open(struct file *filp, struct vc_device *device);
int vc_file_release(struct inode *inode, struct file *filp);
long vc_ioctl(struct file *filp, unsigned int cmd, unsigned long arg);
/* Why an ioctl cannot be tried; or 0. */
int vc_file_error(const struct vc_file *file, unsigned int cmd);

/* session.c: CIOCGSESSION, CIOCFSESSION */
int vc_session_create(struct vc_file *file, struct session_op *op);
void vc_session_free(struct vc_file *file, u32 number);
void vc_session_free_all(struct vc_file *file);
/* Takes a reference; NULL: no such session in this file. */
struct vc_session *vc_session_get(struct vc_file *file, u32 number);
void vc_session_put(struct vc_session *session);

/* info.c: CIOCGSESSINFO */
int vc_session_info(struct vc_file *file, struct session_info_op *op);

/* crypt.c: CIOCCRYPT, CIOCCPHASH */
int vc_crypt(struct vc_file *file, const struct crypt_op *op);
int vc_copy_hash(struct vc_file *file, const struct cphash_op *op);
/*
 * Parts of CIOCCRYPT: check it and read its IV; build its next request, sealed,
 * while some are left; and copy to the user what the device has answered to one.
 * The requests have to be submitted one after the other under the session's lock.
 */
int vc_call_begin(struct vc_call *call, struct vc_session *session, const struct crypt_op *op);
struct vc_request *vc_call_next(struct vc_call *call);
int vc_call_return(const struct crypt_op *op, const struct vc_request *request);

/* async.c: CIOCASYNCCRYPT, CIOCASYNCFETCH, poll() */
void vc_async_init(struct vc_async *async);
/* Nobody uses the file any more.  Does not wait for operations that are running. */
void vc_async_close(struct vc_file *file);
int vc_async_start(struct vc_file *file, const struct crypt_op *op);
/* @tell is to store the operation, as it was given, at @to; or to fail with an errno. */
int vc_async_fetch(struct vc_file *file, void __user *to,
		   int (*tell)(void __user *to, const struct crypt_op *op));
__poll_t vc_async_poll(struct file *filp, poll_table *table);

/* auth.c: CIOCAUTHCRYPT.  Changes len, tag and tag_len as the caller has to report them. */
int vc_authcrypt(struct vc_file *file, struct crypt_auth_op *op);

#endif /* VCRYPTO_H */
