// SPDX-License-Identifier: GPL-2.0-only
/*
 * CIOCASYNCCRYPT, CIOCASYNCFETCH and poll().
 *
 * An operation is a CIOCCRYPT call of a process that does not wait for it.  It is worked on
 * as far as that goes without waiting (advance()): by the ioctl itself, then, when a
 * request has come back, by a work item, which takes the process's memory for it.  So
 * nothing is pinned but for requests in flight, and when an operation is finished all its
 * results are where they belong.
 *
 * Order.  The operations of a file are in one list, in the order of submission.  One
 * that begins needs the session for itself, but for an earlier one whose last request
 * is in the queue, and only if it does not go on from what that will leave.  A call that
 * is waited for waits until its session has no operation (vc_session_enter()).
 *
 * An operation holds references to its session and to the process's memory map, not
 * to its contents, which the process may give up.  The file waits for none: when it is
 * closed, requests in flight are left to the queue.
 */
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/poll.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "vcrypto.h"

struct vc_operation {
	struct list_head link;		/* in begun or finished of async */
	struct vc_file *file;
	struct vc_call call;
	struct mm_struct *mm;
	struct crypt_op op;
	int result;
	unsigned int tries;
	struct vc_request *request;	/* in flight, or back */
	bool back;			/* under the queue's lock */
	bool repeatable;
	bool begun;
};

static void free_operation(struct vc_operation *operation)
{
	vc_request_free(operation->request);
	vc_payer_put(&operation->call.payer);
	mmdrop(operation->mm);
	vc_session_put(operation->call.session);
	kfree(operation);
}

/* For release: with the queue's lock held, so the file is not closed. */
static void request_returned(struct vc_request *request)
{
	struct vc_operation *operation = request->owner;

	operation->back = true;
	if (!operation->file->async.active)
		vc_async_kick(operation->file);
}

/* It is finished: nobody works on it any more. */
static void finish(struct vc_operation *operation, int result)
{
	struct vc_session *session = operation->call.session;
	struct vc_file *file = operation->file;

	vc_call_end(&operation->call, result);
	operation->result = result;
	spin_lock_irq(&file->queue->lock);
	list_move_tail(&operation->link, &file->async.finished);
	WRITE_ONCE(session->async, session->async - 1);
	wake_up(&session->idle);
	/* For whatever they wait: it may be the end of a device that has failed. */
	wake_up(&file->async.wait);
	/* From here on it may be fetched, and gone. */
	spin_unlock_irq(&file->queue->lock);
}

/* Whether the operation takes an IV or a hash state from where the last one leaves it. */
static bool goes_on(const struct vc_operation *operation)
{
	const struct vc_call *call = &operation->call;
	const struct vcrypto_cipher *cipher = call->session->cipher;

	return (cipher && cipher->iv_len && !call->iv_len) || (call->session->mac && !call->reset);
}

static bool sends_last(const struct vc_operation *operation)
{
	const struct vc_call *call = &operation->call;

	return operation->request && call->offset + operation->request->len == call->src_len;
}

/* Whether it may begin; with async.lock, so nobody else changes the list. */
static bool may_begin(struct vc_operation *operation)
{
	struct vc_session *session = operation->call.session;
	struct vc_operation *earlier;

	list_for_each_entry(earlier, &operation->file->async.begun, link) {
		if (earlier == operation)
			break;
		if (earlier->call.session == session &&
		    (goes_on(operation) || !sends_last(earlier)))
			return false;
	}
	/* A call that was there before; who comes later finds session->async set. */
	if (!mutex_trylock(&session->lock))
		return false;
	mutex_unlock(&session->lock);
	return true;
}

static int submit_next(struct vc_operation *operation)
{
	struct vc_call *call = &operation->call;
	struct vc_request *request;
	int ret = vc_session_revive(call->session, call->abort);

	if (!ret)
		ret = vc_call_check_state(call);
	if (ret)
		return ret;
	/* Said before, because the share may change at any time. */
	WRITE_ONCE(operation->file->async.starved, true);
	request = vc_call_next(call);
	if (IS_ERR(request))
		return PTR_ERR(request);
	WRITE_ONCE(operation->file->async.starved, false);
	operation->repeatable = vc_call_repeatable(call, request);
	operation->back = false;
	operation->request = request;
	request->owner = operation;
	request->release = request_returned;
	call->sent = true;
	call->reached = call->offset + request->expect.dst_len;
	vc_queue_submit(operation->file->queue, request);
	return 0;
}

/* Takes over what has come back. */
static int take_back(struct vc_operation *operation)
{
	struct vc_call *call = &operation->call;
	struct vc_request *request = operation->request;
	int ret = request->result;

	if (!ret)
		ret = vc_call_return(call, request);
	else if (vc_session_lost(call->session, ret, operation->repeatable) &&
		 operation->tries++ < VC_MAX_TRIES)
		ret = 0;
	operation->request = NULL;
	vc_request_free(request);
	return ret;
}

static bool is_back(const struct vc_operation *operation)
{
	bool back;

	spin_lock_irq(&operation->file->queue->lock);
	back = operation->back;
	spin_unlock_irq(&operation->file->queue->lock);
	return back;
}

/*
 * As far as it goes, in the process's memory.  -EAGAIN: it has to wait.  A process does not
 * wait until the device, which may do it all at once, has gone through a long one.
 */
static int work_on(struct vc_operation *operation)
{
	int ret;

	do {
		if (operation->request) {
			if (!is_back(operation))
				return -EAGAIN;
			ret = take_back(operation);
			if (ret || operation->call.done)
				return ret;
		}
		ret = submit_next(operation);
	} while (!ret && (!current->mm || sends_last(operation)));
	return ret ? ret : -EAGAIN;
}

static int work_in_mm(struct vc_operation *operation)
{
	int ret;

	if (operation->mm == current->mm)
		return work_on(operation);
	if (!mmget_not_zero(operation->mm))
		return -EFAULT;
	kthread_use_mm(operation->mm);
	ret = work_on(operation);
	kthread_unuse_mm(operation->mm);
	mmput(operation->mm);
	return ret;
}

/* Whether there is something to do for it at present, by who is asking. */
static bool is_ready(struct vc_operation *operation)
{
	if (current->mm && operation->mm != current->mm)
		return false;
	if (operation->request)
		return is_back(operation);
	if (!operation->begun)
		operation->begun = may_begin(operation);
	return operation->begun;
}

/*
 * While somebody is active, who will look, what comes back starts no work.  Returns whether
 * he has left something.
 */
static bool set_active(struct vc_file *file, bool active)
{
	struct vc_operation *operation;
	bool left = false;

	spin_lock_irq(&file->queue->lock);
	file->async.active = active;
	list_for_each_entry(operation, &file->async.begun, link)
		left |= operation->request && operation->back;
	spin_unlock_irq(&file->queue->lock);
	return left;
}

/* With async.lock. */
static void work_on_all(struct vc_file *file)
{
	struct vc_operation *operation, *next;
	int ret;

	list_for_each_entry_safe(operation, next, &file->async.begun, link) {
		if (READ_ONCE(file->async.closing))
			return;
		if (!is_ready(operation))
			continue;
		ret = work_in_mm(operation);
		if (ret != -EAGAIN)
			finish(operation, ret);
		cond_resched();
	}
}

/* With async.lock. */
static void advance(struct vc_file *file)
{
	set_active(file, true);
	work_on_all(file);
	if (set_active(file, false))
		vc_async_kick(file);
}

static void work(struct work_struct *work)
{
	struct vc_file *file = container_of(work, struct vc_file, async.work);

	mutex_lock(&file->async.lock);
	advance(file);
	mutex_unlock(&file->async.lock);
}

void vc_async_kick(struct vc_file *file)
{
	queue_work(vc_workqueue, &file->async.work);
}

/* What this process cannot do for others is left to the work item. */
static void advance_here(struct vc_file *file)
{
	if (!mutex_trylock(&file->async.lock)) {
		vc_async_kick(file);
		return;
	}
	advance(file);
	mutex_unlock(&file->async.lock);
	if (!list_empty_careful(&file->async.begun))
		queue_delayed_work(vc_workqueue, &file->async.remind, VC_POLL_INTERVAL);
}

static int reserve_place(struct vc_file *file)
{
	int ret = -EBUSY;

	spin_lock_irq(&file->queue->lock);
	if (file->async.outstanding < VC_MAX_ASYNC) {
		file->async.outstanding++;
		ret = 0;
	}
	spin_unlock_irq(&file->queue->lock);
	return ret;
}

static void release_place(struct vc_file *file)
{
	spin_lock_irq(&file->queue->lock);
	file->async.outstanding--;
	spin_unlock_irq(&file->queue->lock);
	wake_up_poll(&file->async.wait, EPOLLOUT | EPOLLWRNORM);
}

static int add_operation(struct vc_operation *operation)
{
	struct vc_session *session = operation->call.session;
	struct vc_file *file = operation->file;

	if (mutex_lock_killable(&file->async.lock))
		return -EINTR;
	spin_lock_irq(&file->queue->lock);
	list_add_tail(&operation->link, &file->async.begun);
	WRITE_ONCE(session->async, session->async + 1);
	spin_unlock_irq(&file->queue->lock);
	mutex_unlock(&file->async.lock);
	return 0;
}

/* Takes over the reference to the session. */
static int begin(struct vc_file *file, struct vc_session *session, const struct crypt_op *op)
{
	struct vc_operation *operation = kzalloc(sizeof(*operation), GFP_KERNEL_ACCOUNT);
	int ret = operation ? vc_crypt_prepare(&operation->call, session, op) : -ENOMEM;

	if (ret) {
		kfree(operation);
		vc_session_put(session);
		return ret;
	}
	vc_payer_init(&operation->call.payer);
	operation->call.nowait = true;
	operation->call.abort = &file->async.closing;
	operation->file = file;
	operation->op = *op;
	operation->mm = current->mm;
	mmgrab(operation->mm);
	ret = add_operation(operation);
	if (ret)
		free_operation(operation);
	return ret;
}

int vc_async_start(struct vc_file *file, const struct crypt_op *op)
{
	struct vc_session *session;
	int ret;

	if (op->flags & COP_FLAG_NO_ZC)
		return -EINVAL;
	session = vc_session_get(file, op->ses);
	if (!session)
		return -EINVAL;
	ret = reserve_place(file);
	if (ret) {
		vc_session_put(session);
		return ret;
	}
	ret = begin(file, session, op);
	if (ret) {
		release_place(file);
		return ret;
	}
	advance_here(file);
	return 0;
}

/* A device that is gone gives back all that it had, so that is to be fetched first. */
static struct vc_operation *take_finished(struct vc_file *file)
{
	struct vc_async *async = &file->async;
	struct vc_operation *operation;
	int error = -EBUSY;

	spin_lock_irq(&file->queue->lock);
	operation = list_first_entry_or_null(&async->finished, struct vc_operation, link);
	if (operation)
		list_del_init(&operation->link);
	else if (list_empty(&async->begun) && file->queue->error)
		error = file->queue->error;
	spin_unlock_irq(&file->queue->lock);
	return operation ? operation : ERR_PTR(error);
}

static void put_back(struct vc_file *file, struct vc_operation *operation)
{
	spin_lock_irq(&file->queue->lock);
	list_add(&operation->link, &file->async.finished);
	spin_unlock_irq(&file->queue->lock);
	wake_up_poll(&file->async.wait, EPOLLIN | EPOLLRDNORM);
}

/* Who cannot be told which operation it is has not fetched it. */
int vc_async_fetch(struct vc_file *file, void __user *to,
		   int (*tell)(void __user *to, const struct crypt_op *op))
{
	struct vc_operation *operation = take_finished(file);
	int ret;

	if (IS_ERR(operation))
		return PTR_ERR(operation);
	ret = tell(to, &operation->op);
	if (ret) {
		put_back(file, operation);
		return ret;
	}
	ret = operation->result;
	free_operation(operation);
	release_place(file);
	return ret;
}

__poll_t vc_async_poll(struct file *filp, poll_table *table)
{
	struct vc_file *file = filp->private_data;
	struct vc_queue *queue = file->queue;
	__poll_t events = 0;

	poll_wait(filp, &file->async.wait, table);
	poll_wait(filp, &queue->refused, table);
	spin_lock_irq(&queue->lock);
	if (!list_empty(&file->async.finished))
		events |= EPOLLIN | EPOLLRDNORM;
	if (!queue->error && file->async.outstanding < VC_MAX_ASYNC)
		events |= EPOLLOUT | EPOLLWRNORM;
	/* What is running will be finished at once: not a moment of which to tell. */
	if (queue->error && list_empty(&file->async.begun))
		events |= EPOLLERR | EPOLLHUP;
	spin_unlock_irq(&queue->lock);
	return events;
}

/* Nobody may be waiting, in the way that vc_request_call() does. */
static void remind(struct work_struct *work)
{
	struct vc_file *file = container_of(to_delayed_work(work), struct vc_file, async.remind);

	if (list_empty_careful(&file->async.begun))
		return;
	vc_queue_nudge(file->queue);
	vc_async_kick(file);
	queue_delayed_work(vc_workqueue, &file->async.remind, VC_POLL_INTERVAL);
}

/* Another request of the user's has come back. */
static int share_changed(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key)
{
	struct vc_file *file = container_of(entry, struct vc_file, async.share_wait);

	if (READ_ONCE(file->async.starved))
		vc_async_kick(file);
	return 0;
}

void vc_async_init(struct vc_file *file)
{
	struct vc_async *async = &file->async;

	mutex_init(&async->lock);
	INIT_WORK(&async->work, work);
	INIT_DELAYED_WORK(&async->remind, remind);
	INIT_LIST_HEAD(&async->begun);
	INIT_LIST_HEAD(&async->finished);
	init_waitqueue_head(&async->wait);
	init_waitqueue_func_entry(&async->share_wait, share_changed);
	add_wait_queue(&file->share->wait, &async->share_wait);
}

/* Its request, if it is in flight, is left to the queue. */
static void give_up(struct vc_operation *operation)
{
	struct vc_request *request = operation->request;

	spin_lock_irq(&operation->file->queue->lock);
	if (request && !operation->back) {
		request->release = vc_request_release;
		operation->request = NULL;
	}
	spin_unlock_irq(&operation->file->queue->lock);
	vc_call_end(&operation->call, 0);
	free_operation(operation);
}

void vc_async_close(struct vc_file *file)
{
	struct vc_async *async = &file->async;
	struct vc_operation *operation, *next;

	remove_wait_queue(&file->share->wait, &async->share_wait);
	WRITE_ONCE(async->closing, true);
	cancel_delayed_work_sync(&async->remind);
	cancel_work_sync(&async->work);
	list_splice_tail_init(&async->begun, &async->finished);
	list_for_each_entry_safe(operation, next, &async->finished, link)
		give_up(operation);
	/* What came back meanwhile has started it again. */
	cancel_work_sync(&async->work);
}
