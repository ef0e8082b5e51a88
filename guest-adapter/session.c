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

/* The user's keys, which are kept because the device may lose them. */
static int copy_keys(struct vc_session *session, const struct session_op *op)
{
	struct vcrypto_session_args *args = &session->args;

	args->cipher_key = session->keys;
	args->mac_key = session->keys + args->cipher_key_len;
	if (copy_from_user(session->keys, op->key, args->cipher_key_len) ||
	    copy_from_user(session->keys + args->cipher_key_len, op->mackey, args->mac_key_len))
		return -EFAULT;
	return 0;
}

/* Where it would get stuck, see vc_session_move(): then all such are together. */
static bool is_bound(const struct vc_session *session)
{
	return session->mac && session->cipher &&
	       session->cipher->chaining == VCRYPTO_CHAIN_STATE;
}

/* The queue, from the file's first, with the fewest of its sessions. */
static unsigned int emptiest(struct vc_file *file)
{
	unsigned int i, best = 0;

	for (i = 1; i < file->device->queue_count; i++)
		if (atomic_read(&file->contexts[i].sessions) <
		    atomic_read(&file->contexts[best].sessions))
			best = i;
	return best;
}

/*
 * A handle: of the next queue where there is one, if need be.  The device is told when
 * the session is first used: one that never is costs it nothing.
 */
static int reserve_handle(struct vc_session *session)
{
	struct vc_file *file = session->file;
	unsigned int first = is_bound(session) ? 0 : emptiest(file);
	unsigned int i, count = file->device->queue_count;
	int ret, result = -ENOSPC;

	for (i = 0; i < count; i++) {
		ret = vc_context_admit(&file->contexts[(first + i) % count], session);
		if (ret != -EDQUOT && ret != -ENOSPC)
			return ret;
		if (ret == -EDQUOT)
			result = ret;
	}
	return result;
}

static u32 new_number(struct vc_file *file, u32 index)
{
	u32 tag;

	do {
		tag = (u32)atomic_inc_return(&file->tags) << INDEX_BITS;
	} while (!tag);
	return tag | index;
}

/* Without its number it is not found in the table, so that comes last. */
static int create(struct vc_file *file, struct vc_session *session, struct session_op *op)
{
	u32 limit = min(READ_ONCE(max_sessions), MAX_INDEX + 1);
	u32 index;
	int ret;

	if (!limit)
		return -EMFILE;
	ret = xa_alloc(&file->sessions, &index, session, XA_LIMIT(0, limit - 1),
		       GFP_KERNEL_ACCOUNT);
	if (ret)
		return ret == -EBUSY ? -EMFILE : ret;
	ret = reserve_handle(session);
	if (ret) {
		xa_lock(&file->sessions);
		__xa_erase(&file->sessions, index);
		xa_unlock(&file->sessions);
		return ret;
	}
	op->ses = new_number(file, index);
	xa_lock(&file->sessions);
	session->number = op->ses;
	xa_unlock(&file->sessions);
	return 0;
}

static void free_memory(struct vc_session *session)
{
	memzero_explicit(session->keys, session->args.cipher_key_len + session->args.mac_key_len);
	memzero_explicit(session->iv, sizeof(session->iv));
	vc_session_forget(session);
}

/* With what it is made of, as the library understands it, and room for the keys. */
static struct vc_session *new_session(struct vc_file *file, const struct vcrypto_session_args *args)
{
	size_t keys_len = args->cipher_key_len + args->mac_key_len;
	struct vc_session *session = kzalloc(sizeof(*session) + keys_len, GFP_KERNEL_ACCOUNT);

	if (!session)
		return NULL;
	kref_init(&session->refs);
	refcount_set(&session->memory, 1);
	INIT_LIST_HEAD(&session->turns);
	session->file = file;
	session->args = *args;
	session->cipher = vcrypto_cipher_find(args->cipher);
	session->mac = vcrypto_mac_find(args->mac);
	return session;
}

int vc_session_create(struct vc_file *file, struct session_op *op)
{
	const struct vcrypto_session_op asked = vc_asked_session(op);
	struct vcrypto_session_args args;
	struct vc_session *session;
	int ret = vc_errno(vcrypto_plan_new_session(&file->device->limits, &asked, &args));

	if (ret)
		return ret;
	session = new_session(file, &args);
	if (!session)
		return -ENOMEM;
	ret = copy_keys(session, op);
	if (!ret)
		ret = create(file, session, op);
	if (ret)
		free_memory(session);
	return ret;
}

static void forget_ended(struct vc_request *request)
{
	vc_session_forget(container_of(request, struct vc_session, ending));
}

/* There is room for it, so it is built. */
static void free_on_device(struct vc_session *session)
{
	struct vc_request *request = &session->ending;
	bool built;

	vc_request_init(request, session->ending_room, sizeof(struct vcrypto_request_header), 0,
			forget_ended);
	built = vcrypto_build_session_free(&request->message, session->args.context,
					   session->args.session);
	WARN_ON_ONCE(!built);
	request->handle = session->handle;
	refcount_inc(&session->memory);
	vc_queue_post(session->context->queue, request);
	vc_request_put(request);
}

static void free_session(struct kref *refs)
{
	struct vc_session *session = container_of(refs, struct vc_session, refs);

	atomic_dec(&session->context->sessions);
	if (session->made)
		free_on_device(session);
	else
		vc_handle_give(&session->handle);
	free_memory(session);
}

void vc_session_put(struct vc_session *session)
{
	kref_put(&session->refs, free_session);
}

/* With the table's lock.  One that is not ready has no number, and 0 is none. */
static struct vc_session *find(struct vc_file *file, u32 number)
{
	struct vc_session *session = xa_load(&file->sessions, number & MAX_INDEX);

	return number && session && session->number == number ? session : NULL;
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
