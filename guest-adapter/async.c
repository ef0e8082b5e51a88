// SPDX-License-Identifier: GPL-2.0-only
/*
 * CIOCASYNCCRYPT, CIOCASYNCFETCH and poll().
 *
 * An operation is a CIOCCRYPT whose requests are all built first, so that what
 * can fail fails before the device sees any, and then submitted back to back.
 * The session's lock is held only for that: the queue keeps the order, among
 * operations as well as with calls that are waited for.
 *
 * It belongs to its requests until the last has come back, then to the file's
 * list of finished ones, then to whoever fetches it.  When the file is closed
 * before, it forgets the file, and the last request frees it.
 */
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "vcrypto.h"

struct vc_operation {
	struct list_head link;		/* in running or finished of async */
	struct vc_async *async;		/* NULL: the file is closed */
	struct crypt_op op;
	int result;
	u32 running;			/* requests that have not come back */
	u32 count;
	struct work_struct work;
	struct vc_request *requests[];
};

static void free_operation(struct vc_operation *operation)
{
	u32 i;

	for (i = 0; i < operation->count; i++) {
		vc_request_free(operation->requests[i]);
		cond_resched();
	}
	kvfree(operation);
}

static void free_in_process(struct work_struct *work)
{
	free_operation(container_of(work, struct vc_operation, work));
}

/* For release: like all releases it is called with the queue's lock held. */
static void request_returned(struct vc_request *request)
{
	struct vc_operation *operation = request->operation;
	struct vc_async *async = operation->async;

	if (!operation->result)
		operation->result = request->result;
	if (--operation->running)
		return;
	if (!async) {
		queue_work(vc_workqueue, &operation->work);
		return;
	}
	list_move_tail(&operation->link, &async->finished);
	/* For whatever they wait: it may be the end of a device that has failed. */
	wake_up(&async->wait);
}

static struct vc_operation *new_operation(const struct vc_call *call)
{
	struct vc_operation *operation;

	operation = kvzalloc(struct_size(operation, requests, call->left), GFP_KERNEL_ACCOUNT);

	if (!operation)
		return NULL;
	INIT_LIST_HEAD(&operation->link);
	INIT_WORK(&operation->work, free_in_process);
	operation->op = call->op;
	return operation;
}

/* In the context of the caller, whose memory it is. */
static struct vc_operation *build(struct vc_call *call)
{
	struct vc_operation *operation = new_operation(call);
	struct vc_request *request;

	if (!operation)
		return ERR_PTR(-ENOMEM);
	while (call->left) {
		request = fatal_signal_pending(current) ? ERR_PTR(-EINTR) : vc_call_next(call);
		if (IS_ERR(request)) {
			free_operation(operation);
			return ERR_CAST(request);
		}
		request->operation = operation;
		request->release = request_returned;
		operation->requests[operation->count++] = request;
		cond_resched();
	}
	operation->running = operation->count;
	return operation;
}

/* The operation may be gone when its last request has been submitted. */
static int submit(struct vc_file *file, struct vc_session *session, struct vc_operation *operation)
{
	u32 i, count = operation->count;

	if (mutex_lock_killable(&session->lock))
		return -EINTR;
	spin_lock_irq(&file->queue->lock);
	operation->async = &file->async;
	list_add_tail(&operation->link, &file->async.running);
	spin_unlock_irq(&file->queue->lock);
	for (i = 0; i < count; i++) {
		vc_queue_submit(file->queue, operation->requests[i]);
		cond_resched();
	}
	mutex_unlock(&session->lock);
	queue_delayed_work(vc_workqueue, &file->async.remind, VC_POLL_INTERVAL);
	return 0;
}

static int start(struct vc_file *file, struct vc_session *session, const struct crypt_op *op)
{
	struct vc_operation *operation;
	struct vc_call call;
	int ret = vc_call_begin(&call, session, op);

	if (ret)
		return ret;
	operation = build(&call);
	if (IS_ERR(operation))
		return PTR_ERR(operation);
	ret = submit(file, session, operation);
	if (ret)
		free_operation(operation);
	return ret;
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
	if (!ret) {
		ret = start(file, session, op);
		if (ret)
			release_place(file);
	}
	vc_session_put(session);
	return ret;
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
	else if (list_empty(&async->running) && file->queue->error)
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

static int return_answers(const struct vc_operation *operation)
{
	int ret = operation->result;
	u32 i;

	for (i = 0; !ret && i < operation->count; i++)
		ret = vc_call_return(&operation->op, operation->requests[i]);
	return ret;
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
	ret = return_answers(operation);
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
	if (queue->error && list_empty(&file->async.running))
		events |= EPOLLERR | EPOLLHUP;
	spin_unlock_irq(&queue->lock);
	return events;
}

/* Nobody may be waiting, in the way that vc_request_call() does. */
static void remind(struct work_struct *work)
{
	struct vc_file *file = container_of(to_delayed_work(work), struct vc_file, async.remind);

	if (list_empty_careful(&file->async.running))
		return;
	vc_queue_nudge(file->queue);
	queue_delayed_work(vc_workqueue, &file->async.remind, VC_POLL_INTERVAL);
}

void vc_async_init(struct vc_async *async)
{
	INIT_LIST_HEAD(&async->running);
	INIT_LIST_HEAD(&async->finished);
	init_waitqueue_head(&async->wait);
	INIT_DELAYED_WORK(&async->remind, remind);
}

void vc_async_close(struct vc_file *file)
{
	struct vc_operation *operation, *next;
	LIST_HEAD(finished);

	cancel_delayed_work_sync(&file->async.remind);
	spin_lock_irq(&file->queue->lock);
	list_for_each_entry_safe(operation, next, &file->async.running, link) {
		operation->async = NULL;
		list_del_init(&operation->link);
	}
	list_splice(&file->async.finished, &finished);
	spin_unlock_irq(&file->queue->lock);
	list_for_each_entry_safe(operation, next, &finished, link)
		free_operation(operation);
}
