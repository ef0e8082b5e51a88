// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions: CIOCGSESSION and CIOCFSESSION.
 *
 * A session's number has to be hard to hit by accident: programs free twice, keep
 * numbers across fork(), use them on another file.  Its low bits are an index into
 * the file's table, which is used again at once, as the table is to be dense.
 * The others are a tag, of which the file has another one for each session it makes,
 * beginning at random.  So a number is valid again after 2^18 - 1 creations at the
 * earliest, and one of another file is with a chance of 2^-18.  Tag 0 is not used,
 * so that small integers are no numbers.
 */
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "asked.h"
#include "session.h"

#define INDEX_BITS 14
#define MAX_INDEX ((1u << INDEX_BITS) - 1)

static unsigned int max_sessions = MAX_INDEX + 1;
module_param(max_sessions, uint, 0644);
MODULE_PARM_DESC(max_sessions, "sessions of one open file, at most");

/* What it is made of, as the library understands it; the keys come later. */
static int plan(struct vc_session *session, const struct session_op *op)
{
	const struct vcrypto_device_limits *limits = &session->file->device->limits;
	const struct vcrypto_session_op asked = vc_asked_session(op);
	int ret = vc_errno(vcrypto_plan_new_session(limits, &asked, &session->args));

	if (ret)
		return ret;
	session->cipher = vcrypto_cipher_find(session->args.cipher);
	session->mac = vcrypto_mac_find(session->args.mac);
	return 0;
}

/* The user's keys, which are kept because the device may lose them. */
static int copy_keys(struct vc_session *session, const struct session_op *op)
{
	struct vcrypto_session_args *args = &session->args;
	u8 *keys = kmalloc(args->cipher_key_len + args->mac_key_len, GFP_KERNEL_ACCOUNT);

	if (!keys)
		return -ENOMEM;
	session->keys = keys;
	args->cipher_key = keys;
	args->mac_key = keys + args->cipher_key_len;
	if (copy_from_user(keys, op->key, args->cipher_key_len) ||
	    copy_from_user(keys + args->cipher_key_len, op->mackey, args->mac_key_len))
		return -EFAULT;
	return 0;
}

static struct vc_request *build_free(const struct vcrypto_session_args *args)
{
	struct vc_request *request = vc_request_new(NULL, sizeof(struct vcrypto_request_header),
						    0);

	if (!request)
		return NULL;
	if (vcrypto_build_session_free(&request->message, args->context, args->session))
		return request;
	vc_request_put(request);
	return NULL;
}

/*
 * A handle, and the request that will free it.  The file's context comes after: who may
 * have no session needs none.
 */
static int reserve_handle(struct vc_session *session)
{
	struct vc_file *file = session->file;
	struct vc_handle handle;
	int ret = vc_handle_take(file->share, VC_SESSION, &handle);

	if (ret)
		return ret;
	ret = vc_file_open_context(file, READ_ONCE(file->queue->life));
	if (!ret) {
		session->args.context = file->context;
		session->args.session = handle.number;
		session->free = build_free(&session->args);
		if (session->free) {
			session->free->handle = handle;
			return 0;
		}
		ret = -ENOMEM;
	}
	vc_handle_give(&handle);
	return ret;
}

/* The device's, if it has answered already; usually that is told by the first call. */
static int known_refusal(const struct vc_session *session)
{
	int refusal = READ_ONCE(session->refusal);

	switch (refusal) {
	case -EINPROGRESS:
	case -VC_EUNKNOWN:
	case -VC_EGONE:
		return 0;
	default:
		return refusal;
	}
}

/*
 * Who is killed while waiting does not know whether the device has made the
 * session, and so has to free it there.
 */
static int create_on_device(struct vc_session *session)
{
	struct vc_file *file = session->file;
	int ret = reserve_handle(session);

	if (ret)
		return ret;
	ret = vc_session_revive(session, NULL);
	if (!ret)
		ret = known_refusal(session);
	if (!ret)
		return 0;
	if (ret == -EINTR)
		vc_queue_submit(file->queue, session->free);
	else
		vc_handle_give(&session->free->handle);
	vc_request_put(session->free);
	return ret;
}

static u32 new_number(struct vc_file *file, u32 index)
{
	u32 tag;

	do {
		tag = (u32)atomic_inc_return(&file->tags) << INDEX_BITS;
	} while (!tag);
	return tag | index;
}

/* Its place in the table is reserved first, as the limit, and filled last. */
static int create(struct vc_file *file, struct vc_session *session, struct session_op *op)
{
	u32 limit = min(READ_ONCE(max_sessions), MAX_INDEX + 1);
	u32 index;
	int ret;

	if (!limit)
		return -EMFILE;
	ret = xa_alloc(&file->sessions, &index, NULL, XA_LIMIT(0, limit - 1), GFP_KERNEL_ACCOUNT);
	if (ret)
		return ret == -EBUSY ? -EMFILE : ret;
	ret = create_on_device(session);
	if (ret) {
		xa_release(&file->sessions, index);
		return ret;
	}
	session->number = new_number(file, index);
	op->ses = session->number;
	xa_store(&file->sessions, index, session, GFP_KERNEL_ACCOUNT);
	return 0;
}

static void free_memory(struct vc_session *session)
{
	kfree_sensitive(session->keys);
	session->keys = NULL;
	vc_session_forget(session);
}

static struct vc_session *new_session(struct vc_file *file)
{
	struct vc_session *session = kzalloc(sizeof(*session), GFP_KERNEL_ACCOUNT);

	if (!session)
		return NULL;
	kref_init(&session->refs);
	refcount_set(&session->memory, 1);
	mutex_init(&session->lock);
	init_waitqueue_head(&session->idle);
	session->file = file;
	return session;
}

int vc_session_create(struct vc_file *file, struct session_op *op)
{
	struct vc_session *session = new_session(file);
	int ret;

	if (!session)
		return -ENOMEM;
	ret = plan(session, op);
	if (!ret)
		ret = copy_keys(session, op);
	if (!ret)
		ret = create(file, session, op);
	if (ret)
		free_memory(session);
	return ret;
}

static void free_session(struct kref *refs)
{
	struct vc_session *session = container_of(refs, struct vc_session, refs);

	vc_queue_post(session->file->queue, session->free);
	vc_request_put(session->free);
	free_memory(session);
}

void vc_session_put(struct vc_session *session)
{
	kref_put(&session->refs, free_session);
}

/* With the table's lock.  A place that is only reserved reads as NULL. */
static struct vc_session *find(struct vc_file *file, u32 number)
{
	struct vc_session *session = xa_load(&file->sessions, number & MAX_INDEX);

	return session && session->number == number ? session : NULL;
}

struct vc_session *vc_session_get(struct vc_file *file, u32 number)
{
	struct vc_session *session;

	xa_lock(&file->sessions);
	session = find(file, number);
	if (session)
		kref_get(&session->refs);
	xa_unlock(&file->sessions);
	return session;
}

void vc_session_free(struct vc_file *file, u32 number)
{
	struct vc_session *session;

	xa_lock(&file->sessions);
	session = find(file, number);
	if (session)
		__xa_erase(&file->sessions, number & MAX_INDEX);
	xa_unlock(&file->sessions);
	if (session)
		vc_session_put(session);
}

void vc_session_free_all(struct vc_file *file)
{
	struct vc_session *session;
	unsigned long index;

	xa_for_each(&file->sessions, index, session) {
		vc_session_put(session);
		cond_resched();
	}
	xa_destroy(&file->sessions);
}

static int enter(struct vc_session *session, unsigned int subclass)
{
	for (;;) {
		if (wait_event_killable(session->idle, !READ_ONCE(session->async)) ||
		    mutex_lock_killable_nested(&session->lock, subclass))
			return -EINTR;
		if (!READ_ONCE(session->async))
			return 0;
		vc_session_leave(session);
	}
}

int vc_session_enter(struct vc_session *session)
{
	return enter(session, 0);
}

int vc_session_enter_second(struct vc_session *session)
{
	return enter(session, SINGLE_DEPTH_NESTING);
}

void vc_session_leave(struct vc_session *session)
{
	mutex_unlock(&session->lock);
	/* With that in may_begin(): one of the two sees what the other has done. */
	smp_mb();
	if (READ_ONCE(session->async))
		vc_async_kick(session->file);
}
