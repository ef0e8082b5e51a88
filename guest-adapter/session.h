/* SPDX-License-Identifier: GPL-2.0-only */
/* Open files and their sessions. */
#ifndef VCRYPTO_SESSION_H
#define VCRYPTO_SESSION_H

#include <linux/mutex.h>
#include <linux/xarray.h>

#include <crypto/cryptodev.h>
#include <vcrypto/cryptodev.h>

#include "base.h"
#include "device.h"

struct task_struct;

/* An open file's asynchronous operations. */
struct vc_async {
	struct mutex lock;		/* of who works on them */
	struct work_struct work;
	struct delayed_work remind;
	bool closing;
	spinlock_t spin;		/* within a queue's lock, because tell has that */
	/* Under it: */
	struct list_head begun;		/* in the order of submission */
	struct list_head finished;
	struct list_head spare;		/* operations that are used again; with outstanding few */
	unsigned int outstanding;	/* places taken: begun, and not yet fetched */
	struct wait_queue_head wait;	/* poll() of the file */
	bool active;			/* somebody is working on them */
};

/* What a file has of one of the device's queues. */
struct vc_context {
	struct vc_file *file;
	struct vc_queue *queue;
	struct vc_share *share;		/* NULL: none yet, and nothing else of it */
	struct vc_request *close;	/* of the context; NULL: it has none yet */
	u32 number;			/* handle */
	u32 life;			/* of the queue, in which it is open; 0: in none */
	atomic_t sessions;		/* of the file, that belong to it */
	struct wait_queue_entry share_wait;	/* in that of the share, if one waits for it */
};

struct vc_file {
	struct vc_device *device;
	struct mutex lock;
	struct xarray sessions;		/* by index, see session.c */
	atomic_t tags;			/* for the numbers of its sessions */
	struct work_struct end;		/* closes it, if that may take long */
	struct vc_async async;
	struct vc_context contexts[];	/* one for each queue; the first always has a share */
};

/* All queues of a device fail together, so one says it for all. */
static inline struct vc_queue *vc_file_queue(const struct vc_file *file)
{
	return file->contexts[0].queue;
}

/* What its user has there. */
static inline struct vc_share *vc_file_share(const struct vc_file *file)
{
	return file->contexts[0].share;
}

/* Somebody may go on with a file's operations. */
static inline void vc_async_kick(struct vc_file *file)
{
	queue_work(vc_async_workqueue, &file->async.work);
}

/* A place among a session's calls, see turn.c. */
struct vc_turn {
	struct list_head link;		/* in the session's turns */
	struct vc_session *session;
	struct task_struct *task;	/* that waits for it, or has it; NULL: an operation's */
};

/* What is known of the hash or key stream that a session's calls go on from. */
enum vc_state {
	VC_FRESH,			/* nothing: the next call begins anew */
	VC_OPEN,			/* the device has it */
	VC_LOST,			/* the device has lost it */
};

struct vc_session {
	struct kref refs;
	refcount_t memory;	/* of who has it, and of each post that is to tell of itself */
	struct list_head turns;		/* under async.spin: of its calls, in their order */
	struct vc_file *file;
	struct vc_context *context;	/* of its file, on its queue; changes in its turn */
	u32 number;			/* what the program has */
	u32 life;		/* of the queue, in which it is on the device; 0: in none */
	u32 made;		/* how often it has been made there, or may have; 0: not yet */
	int refusal;	/* what became of that: 0, -errno, -EINPROGRESS: not known yet */
	bool hash_failed;	/* so has a post that was to change its hash, after its last call */
	const struct vcrypto_cipher *cipher;	/* or NULL */
	const struct vcrypto_mac *mac;		/* or NULL */
	struct vcrypto_session_args args;	/* what it is made of, keys among it */
	struct vc_handle handle;
	u8 iv[VCRYPTO_MAX_IV];		/* where a call without IV goes on */
	enum vc_state hash;
	enum vc_state stream;		/* the key stream, with VCRYPTO_CHAIN_STATE */
	/* What frees it on the device, so that closing needs no memory. */
	struct vc_request ending;
	u8 ending_room[VC_REQUEST_ROOM(sizeof(struct vcrypto_request_header), 0)];
	u8 keys[];
};

/* context.c: contexts */
/* That of queue @first is the file's first.  -ENOMEM */
int vc_contexts_init(struct vc_file *file, unsigned int first);
/* Nobody uses the file any more, and it has no sessions. */
void vc_contexts_end(struct vc_file *file);
/* The session gets a handle there, and the context one if it has none. */
int vc_context_admit(struct vc_context *context, struct vc_session *session);
/* See that it is open in that life of the queue's. */
int vc_context_open(struct vc_context *context, u32 life);

/* session.c: CIOCGSESSION, CIOCFSESSION */
int vc_session_create(struct vc_file *file, struct session_op *op);
void vc_session_free(struct vc_file *file, u32 number);
void vc_session_free_all(struct vc_file *file);
/* Takes a reference; NULL: no such session in this file. */
struct vc_session *vc_session_get(struct vc_file *file, u32 number);
void vc_session_put(struct vc_session *session);
/* Gives up a reference to its memory alone.  In any context. */
void vc_session_forget(struct vc_session *session);

/* turn.c: the order of a session's calls */
/* Wait for a turn, after all that was begun before: killable, -EINTR.  Then it is given up. */
int vc_session_enter(struct vc_session *session, struct vc_turn *turn);
/* The same for two sessions of a file. */
int vc_session_enter_both(struct vc_session *one, struct vc_turn *first, struct vc_session *two,
			  struct vc_turn *second);
void vc_session_leave(struct vc_turn *turn);
/* What these do, with async.spin: a turn behind all others, of @task or of an operation (NULL). */
void vc_turn_take(struct vc_turn *turn, struct vc_session *session, struct task_struct *task);
/* Whoever waits for its end is woken.  Returns whether there is an operation behind it. */
bool vc_turn_give(struct vc_turn *turn);
/* The one before it of its session, or NULL. */
struct vc_turn *vc_turn_before(struct vc_turn *turn);

/* revive.c: sessions on the device, which may lose them */
/* Whether vc_session_revive() has nothing to do, for which it might have to wait. */
bool vc_session_is_there(const struct vc_session *session);
/* Within the session's turn.  See that the device has it.  @abort may be NULL. */
int vc_session_revive(struct vc_session *session, const bool *abort);
/*
 * Within its turn.  Have it belong to another of its file's contexts.  The device has nothing of
 * it there: a hash that has been begun is lost, and where a key stream has been it fails with
 * -ESTALE and changes nothing.  -EAGAIN: it has to be tried again.
 */
int vc_session_move(struct vc_session *session, struct vc_context *to);
/*
 * Have a request done that is about the session, and about @other, which may be NULL.
 * -EINPROGRESS: it is posted, and @tell will be called; it has to put the request and to
 * forget both.  Else it was waited for, because the user has much in flight, and this is
 * the result.  The caller's reference to the request remains.
 */
int vc_session_post(struct vc_session *session, struct vc_session *other,
		    struct vc_request *request, void (*tell)(struct vc_request *request),
		    const bool *abort);
/*
 * The same for a request that counts of a share already, VC_POST_WORK or more: it is posted.
 */
void vc_session_hand_over(struct vc_session *session, struct vc_session *other,
			  struct vc_request *request, void (*tell)(struct vc_request *request));
/* What became of its hash: with @from, of which it is a copy or goes on, as of that; or as @ret. */
void vc_session_note_hash(struct vc_session *session, const struct vc_session *from, int ret);
/*
 * To be told: the session's hash begins anew with the post, or, with @other, which may be the
 * session itself, goes on from what that has.
 */
void vc_session_tell_hash(struct vc_request *request);
/*
 * What is to be made of the result of a request: -EAGAIN, it has to be tried again; -ESTALE,
 * it is perhaps half done, and not @repeatable; else @ret.
 */
int vc_session_judge(struct vc_session *session, int ret, bool repeatable);

#endif /* VCRYPTO_SESSION_H */
