// SPDX-License-Identifier: GPL-2.0-only
/* Sessions: CIOCGSESSION and CIOCFSESSION. */
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "vcrypto.h"

static unsigned int max_sessions = 16384;
module_param(max_sessions, uint, 0644);
MODULE_PARM_DESC(max_sessions, "sessions of one open file, at most");

struct keys {
	u8 cipher[VCRYPTO_MAX_CIPHER_KEY];
	u8 mac[VCRYPTO_MAX_MAC_KEY];
};

/*
 * What was asked for, in the numbers of the device.  The length of a key that
 * no algorithm takes is not looked at, as programs leave anything there.
 */
static int translate(const struct vc_session *session, const struct session_op *op,
		     struct vcrypto_session_args *args)
{
	const struct vcrypto_cipher *cipher = session->cipher;
	const struct vcrypto_mac *mac = session->mac;
	bool record = cipher && cipher->record_mac;

	if ((op->cipher && !cipher) || (op->mac && !mac))
		return -EINVAL;
	if (cipher && cipher->tag_len && (op->mac || (op->mackeylen && !record)))
		return -EINVAL;
	args->cipher = cipher ? cipher->id : VCRYPTO_CIPHER_NONE;
	args->cipher_key_len = cipher ? op->keylen : 0;
	args->mac = mac ? mac->id : VCRYPTO_MAC_NONE;
	args->mac_key_len = record || (mac && mac->keyed) ? op->mackeylen : 0;
	return 0;
}

static struct vc_request *build_free(const struct vc_session *session)
{
	struct vc_request *request = vc_request_new(sizeof(struct vcrypto_request_header), 0);
	size_t len;

	if (!request)
		return NULL;
	len = vcrypto_build_session_free(request->control, request->control_size,
					 session->context, session->handle,
					 request->header, &request->expect);
	request->handles = &session->queue->sessions;
	request->handle = session->handle;
	if (!vc_request_seal(request, len))
		return request;
	vc_request_free(request);
	return NULL;
}

/* A handle, and the request that will free it. */
static int reserve_handle(struct vc_file *file, struct vc_session *session)
{
	struct vc_queue *queue = file->queue;
	int handle = ida_alloc_max(&queue->sessions, file->device->limits.sessions - 1,
				   GFP_KERNEL);

	if (handle < 0)
		return handle;
	session->queue = queue;
	session->context = file->context;
	session->handle = handle;
	session->free = build_free(session);
	if (session->free)
		return 0;
	ida_free(&queue->sessions, handle);
	return -ENOMEM;
}

/* For a session that the device has never had. */
static void release_handle(struct vc_session *session)
{
	vc_request_free(session->free);
	ida_free(&session->queue->sessions, session->handle);
}

static int send_new(struct vc_session *session, const struct vcrypto_session_args *args)
{
	struct vc_request *request = vc_request_new(VCRYPTO_MAX_CONTROL, 0);
	size_t len;
	int ret;

	if (!request)
		return -ENOMEM;
	len = vcrypto_build_session_new(request->control, request->control_size, args,
					request->header, &request->expect);
	ret = vc_request_call(session->queue, request, len);
	if (!ret)
		vc_request_free(request);
	return ret;
}

static int send_keys(struct vc_session *session, const struct session_op *op,
		     struct vcrypto_session_args *args)
{
	struct keys *keys = kmalloc(sizeof(*keys), GFP_KERNEL_ACCOUNT);
	int ret = -EFAULT;

	if (!keys)
		return -ENOMEM;
	args->context = session->context;
	args->session = session->handle;
	args->cipher_key = keys->cipher;
	args->mac_key = keys->mac;
	if (!copy_from_user(keys->cipher, op->key, args->cipher_key_len) &&
	    !copy_from_user(keys->mac, op->mackey, args->mac_key_len))
		ret = send_new(session, args);
	kfree_sensitive(keys);
	return ret;
}

/*
 * Who is killed while waiting does not know whether the device has made the
 * session, and so has to free it there.
 */
static int create_on_device(struct vc_file *file, struct vc_session *session,
			    const struct session_op *op, struct vcrypto_session_args *args)
{
	int ret = reserve_handle(file, session);

	if (ret)
		return ret;
	ret = send_keys(session, op, args);
	if (ret == -EINTR)
		vc_request_post(session->queue, session->free);
	else if (ret)
		release_handle(session);
	return ret;
}

/* The number is reserved first, as the limit, and becomes valid last. */
static int create(struct vc_file *file, struct vc_session *session, struct session_op *op,
		  struct vcrypto_session_args *args)
{
	u32 id;
	int ret = xa_alloc(&file->sessions, &id, NULL,
			   XA_LIMIT(1, READ_ONCE(max_sessions)), GFP_KERNEL_ACCOUNT);

	if (ret)
		return ret == -EBUSY ? -EMFILE : ret;
	ret = create_on_device(file, session, op, args);
	if (ret) {
		xa_release(&file->sessions, id);
		return ret;
	}
	op->ses = id;
	xa_store(&file->sessions, id, session, GFP_KERNEL_ACCOUNT);
	return 0;
}

int vc_session_create(struct vc_file *file, struct session_op *op)
{
	struct vc_session *session = kzalloc(sizeof(*session), GFP_KERNEL_ACCOUNT);
	struct vcrypto_session_args args = {};
	int ret;

	if (!session)
		return -ENOMEM;
	kref_init(&session->refs);
	mutex_init(&session->lock);
	session->cipher = vcrypto_cipher_from_cryptodev(op->cipher);
	session->mac = vcrypto_mac_from_cryptodev(op->mac);
	ret = translate(session, op, &args);
	if (!ret && vcrypto_check_session(&file->device->limits, &args) != VCRYPTO_OK)
		ret = -EINVAL;
	if (!ret)
		ret = create(file, session, op, &args);
	if (ret)
		kfree(session);
	return ret;
}

static void free_session(struct kref *refs)
{
	struct vc_session *session = container_of(refs, struct vc_session, refs);

	vc_request_post(session->queue, session->free);
	kfree(session);
}

void vc_session_put(struct vc_session *session)
{
	kref_put(&session->refs, free_session);
}

struct vc_session *vc_session_get(struct vc_file *file, u32 id)
{
	struct vc_session *session;

	xa_lock(&file->sessions);
	session = xa_load(&file->sessions, id);
	if (session)
		kref_get(&session->refs);
	xa_unlock(&file->sessions);
	return session;
}

/* A number that is reserved reads as NULL, and must stay reserved. */
void vc_session_free(struct vc_file *file, u32 id)
{
	struct vc_session *session;

	xa_lock(&file->sessions);
	session = xa_load(&file->sessions, id);
	if (session)
		__xa_erase(&file->sessions, id);
	xa_unlock(&file->sessions);
	if (session)
		vc_session_put(session);
}

void vc_session_free_all(struct vc_file *file)
{
	struct vc_session *session;
	unsigned long id;

	xa_for_each(&file->sessions, id, session) {
		vc_session_put(session);
		cond_resched();
	}
	xa_destroy(&file->sessions);
}
