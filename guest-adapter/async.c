// SPDX-License-Identifier: GPL-2.0-only
/*
 * CIOCASYNCCRYPT, CIOCASYNCFETCH and poll(); and the commands of io_uring's.
 *
 * An operation is begun here and fetched here; what lies between is in operation.c.  It
 * holds references to its session and to the process's memory map, not to its contents,
 * which the process may give up.  The file waits for none: when it is closed, requests
 * in flight are left to the queue.
 *
 * A command is an operation that is not fetched.  It keeps its file open, so it has to end
 * before; and its process's memory, so that what has not been verified can be wiped from it.
 */
#include <linux/freezer.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "async.h"
#include "ioctls.h"

/*
 * Memory that a program never brings keeps a worker for ever.  So a user has a few of
 * them, and others of its files try again a little later.
 */
static void work(struct work_struct *work)
{
	struct vc_file *file = container_of(work, struct vc_file, async.work);

	if (atomic_inc_return(&vc_file_share(file)->workers) <= VC_SHARE_WORKERS) {
		mutex_lock(&file->async.lock);
		vc_operations_advance(file, false);
		mutex_unlock(&file->async.lock);
	} else if (!READ_ONCE(file->async.closing)) {
		mod_delayed_work(vc_workqueue, &file->async.remind, 1);
	}
	atomic_dec(&vc_file_share(file)->workers);
}

/*
 * What this process cannot do for others is left to the work item.  Whoever has others to fetch
 * before will ask for them, so it need not be told of each: notifications are dear.
 */
static void advance_here(struct vc_file *file, bool defer)
{
	queue_delayed_work(vc_workqueue, &file->async.remind, VC_POLL_INTERVAL);
	if (!mutex_trylock(&file->async.lock)) {
		vc_async_kick(file);
		return;
	}
	vc_operations_advance(file, defer);
	mutex_unlock(&file->async.lock);
}

/* Nobody is waited for, who may be at work on others. */
static void add_operation(struct vc_operation *operation)
{
	struct vc_file *file = operation->file;

	spin_lock_irq(&file->async.spin);
	list_add_tail(&operation->link, &file->async.begun);
	vc_turn_take(&operation->turn, operation->call.session, NULL);
	spin_unlock_irq(&file->async.spin);
}

static int prepare(struct vc_call *call, struct vc_session *session, const struct vc_work *work)
{
	return work->auth ? vc_auth_prepare(call, session, work->auth) :
			    vc_crypt_prepare(call, session, work->crypt);
}

/* Takes over the reference to the session, also if it fails. */
static struct vc_operation *new_operation(struct vc_file *file, struct vc_session *session,
					  const struct vc_work *work)
{
	struct vc_operation *operation = vc_operation_new(file);
	int ret = operation ? prepare(&operation->call, session, work) : -ENOMEM;

	if (ret) {
		if (operation)
			vc_operation_spare(operation);
		vc_session_put(session);
		return ERR_PTR(ret);
	}
	vc_payer_init(&operation->call.payer);
	operation->call.nowait = true;
	operation->call.abort = &file->async.closing;
	operation->mm = current->mm;
	mmgrab(operation->mm);
	return operation;
}

static struct vc_operation *take_place(struct vc_file *file, const struct vc_work *work)
{
	u32 number = work->auth ? work->auth->ses : work->crypt->ses;
	struct vc_session *session = vc_session_get(file, number);
	struct vc_operation *operation;
	int ret;

	if (!session)
		return ERR_PTR(-EINVAL);
	ret = vc_place_take(file);
	if (ret) {
		vc_session_put(session);
		return ERR_PTR(ret);
	}
	operation = new_operation(file, session, work);
	if (IS_ERR(operation))
		vc_place_give(file);
	return operation;
}

int vc_async_start(struct vc_file *file, const struct crypt_op *op)
{
	const struct vc_work work = { .crypt = op };
	struct vc_operation *operation;

	if (op->flags & COP_FLAG_NO_ZC)
		return -EINVAL;
	operation = take_place(file, &work);
	if (IS_ERR(operation))
		return PTR_ERR(operation);
	operation->op = *op;
	add_operation(operation);
	advance_here(file, READ_ONCE(file->async.outstanding) > 1);
	return 0;
}

static bool may_have_place(struct vc_file *file)
{
	return READ_ONCE(file->async.outstanding) < VC_MAX_ASYNC ||
	       READ_ONCE(vc_file_queue(file)->error);
}

/* What has the places may have ended, so the end of the device is waited for as well. */
static int wait_for_place(struct vc_file *file)
{
	struct wait_queue_head *refused = &vc_file_queue(file)->refused;
	DECLARE_WAITQUEUE(entry, current);
	int ret;

	add_wait_queue(refused, &entry);
	ret = wait_event_freezable(file->async.wait, may_have_place(file));
	remove_wait_queue(refused, &entry);
	return ret;
}

/*
 * Not only killable: io_uring has its workers leave by a signal of its own, when the ring
 * is closed and for IORING_OP_ASYNC_CANCEL.  Freezable, because sleep's signal is none.
 */
static struct vc_operation *await_place(struct vc_file *file, const struct vc_work *work)
{
	struct vc_operation *operation;

	for (;;) {
		operation = take_place(file, work);
		if (operation != ERR_PTR(-EBUSY))
			return operation;
		if (wait_for_place(file))
			return ERR_PTR(-ECANCELED);
		if (READ_ONCE(vc_file_queue(file)->error))
			return ERR_PTR(vc_file_queue(file)->error);
	}
}

int vc_command_prepare(struct vc_file *file, struct vc_command *command,
		       const struct vc_work *work, bool nowait)
{
	struct vc_operation *operation = nowait ? take_place(file, work) : await_place(file, work);

	if (operation == ERR_PTR(-EBUSY))
		return -EAGAIN;
	if (IS_ERR(operation))
		return PTR_ERR(operation);
	mmget(operation->mm);
	operation->task = get_task_struct(current);
	operation->call.abort = &operation->canceled;
	operation->command = command;
	command->operation = operation;
	return 0;
}

void vc_command_begin(struct vc_file *file, struct vc_command *command, bool defer)
{
	struct vc_operation *operation = command->operation;
	bool here = vc_session_is_there(operation->call.session);

	add_operation(operation);
	if (here) {
		advance_here(file, defer);
		return;
	}
	queue_delayed_work(vc_workqueue, &file->async.remind, VC_POLL_INTERVAL);
	vc_async_kick(file);
}

void vc_commands_advance(struct vc_file *file, bool may_sleep)
{
	if (may_sleep)
		advance_here(file, false);
	else
		vc_operations_tell(file);
}

/* A device that is gone gives back all that it had, so that is to be fetched first. */
static struct vc_operation *take_finished(struct vc_file *file)
{
	struct vc_async *async = &file->async;
	struct vc_operation *operation;
	int refused = READ_ONCE(vc_file_queue(file)->error), error = -EBUSY;

	spin_lock_irq(&file->async.spin);
	operation = list_first_entry_or_null(&async->finished, struct vc_operation, link);
	if (operation)
		list_del_init(&operation->link);
	else if (list_empty(&async->begun) && refused)
		error = refused;
	spin_unlock_irq(&file->async.spin);
	return operation ? operation : ERR_PTR(error);
}

static void put_back(struct vc_file *file, struct vc_operation *operation)
{
	spin_lock_irq(&file->async.spin);
	list_add(&operation->link, &file->async.finished);
	spin_unlock_irq(&file->async.spin);
	wake_up_poll(&file->async.wait, EPOLLIN | EPOLLRDNORM);
}

/* Who cannot be told which operation it is has not fetched it. */
int vc_async_fetch(struct vc_file *file, void __user *to,
		   int (*tell)(void __user *to, const struct crypt_op *op))
{
	struct vc_operation *operation = take_finished(file);
	int ret;

	if (operation == ERR_PTR(-EBUSY) && vc_operations_deferred(file)) {
		advance_here(file, false);
		operation = take_finished(file);
	}
	if (IS_ERR(operation))
		return PTR_ERR(operation);
	ret = tell(to, &operation->op);
	if (ret) {
		put_back(file, operation);
		return ret;
	}
	ret = operation->result;
	vc_operation_free(operation);
	vc_place_give(file);
	return ret;
}

__poll_t vc_async_poll(struct file *filp, poll_table *table)
{
	struct vc_file *file = filp->private_data;
	struct vc_queue *queue = vc_file_queue(file);
	__poll_t events = 0;
	bool error;

	poll_wait(filp, &file->async.wait, table);
	poll_wait(filp, &queue->refused, table);
	error = READ_ONCE(queue->error);
	spin_lock_irq(&file->async.spin);
	if (!list_empty(&file->async.finished))
		events |= EPOLLIN | EPOLLRDNORM;
	if (!error && file->async.outstanding < VC_MAX_ASYNC)
		events |= EPOLLOUT | EPOLLWRNORM;
	/* What is running will be finished at once: not a moment of which to tell. */
	if (error && list_empty(&file->async.begun))
		events |= EPOLLERR | EPOLLHUP;
	spin_unlock_irq(&file->async.spin);
	if (!(events & EPOLLIN))
		vc_operations_tell(file);
	return events;
}

static void nudge_all(struct vc_file *file)
{
	unsigned int i;

	for (i = 0; i < file->device->queue_count; i++)
		if (READ_ONCE(file->contexts[i].life))
			vc_queue_nudge(file->contexts[i].queue);
}

/* Nobody may be waiting, in the way that vc_request_call() does. */
static void remind(struct work_struct *work)
{
	struct vc_file *file = container_of(to_delayed_work(work), struct vc_file, async.remind);

	if (list_empty_careful(&file->async.begun) || READ_ONCE(file->async.closing))
		return;
	nudge_all(file);
	vc_commands_cancel_orphans(file);
	vc_async_kick(file);
	queue_delayed_work(vc_workqueue, &file->async.remind, VC_POLL_INTERVAL);
}

/* Another request of the user's has come back.  With the wait queue's lock. */
static int share_changed(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key)
{
	list_del_init(&entry->entry);
	vc_async_kick(container_of(entry, struct vc_context, share_wait)->file);
	return 0;
}

void vc_async_init(struct vc_file *file)
{
	struct vc_async *async = &file->async;
	unsigned int i;

	mutex_init(&async->lock);
	spin_lock_init(&async->spin);
	INIT_WORK(&async->work, work);
	INIT_DELAYED_WORK(&async->remind, remind);
	INIT_LIST_HEAD(&async->begun);
	INIT_LIST_HEAD(&async->finished);
	INIT_LIST_HEAD(&async->spare);
	init_waitqueue_head(&async->wait);
	for (i = 0; i < file->device->queue_count; i++) {
		init_waitqueue_func_entry(&file->contexts[i].share_wait, share_changed);
		INIT_LIST_HEAD(&file->contexts[i].share_wait.entry);
	}
}

/* Its request, if it is in flight, is left to the queue. */
static void give_up(struct vc_operation *operation)
{
	struct vc_request *request = operation->request;

	if (request)
		vc_queue_disown(operation->call.session->context->queue, request);
	vc_call_end(&operation->call, 0);
	vc_operation_free(operation);
}

/* Not finish_wait(): it does not wait for a share_changed() that is about to kick. */
static void leave_shares(struct vc_file *file)
{
	struct vc_context *context;
	unsigned int i;

	for (i = 0; i < file->device->queue_count; i++) {
		context = &file->contexts[i];
		if (context->share)
			remove_wait_queue(&context->share->wait, &context->share_wait);
	}
}

bool vc_async_is_idle(struct vc_file *file)
{
	return list_empty_careful(&file->async.begun);
}

void vc_async_close(struct vc_file *file)
{
	struct vc_async *async = &file->async;
	struct vc_operation *operation, *next;

	/* Each may start the other, but not once it has seen that. */
	WRITE_ONCE(async->closing, true);
	cancel_work_sync(&async->work);
	cancel_delayed_work_sync(&async->remind);
	cancel_work_sync(&async->work);
	leave_shares(file);
	/*
	 * What comes back meanwhile may have started the work again.  Nobody waits for a turn any
	 * more, so those of the operations are not given up.
	 */
	mutex_lock(&async->lock);
	spin_lock_irq(&file->async.spin);
	list_splice_tail_init(&async->begun, &async->finished);
	spin_unlock_irq(&file->async.spin);
	mutex_unlock(&async->lock);
	list_for_each_entry_safe(operation, next, &async->finished, link)
		give_up(operation);
	list_for_each_entry_safe(operation, next, &async->spare, link)
		kfree(operation);
	cancel_work_sync(&async->work);
}
