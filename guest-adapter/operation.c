// SPDX-License-Identifier: GPL-2.0-only
/*
 * Asynchronous operations at work.
 *
 * An operation is a call of a process that does not wait for it: CIOCASYNCCRYPT, or a command.
 * It is worked on as far as that goes without waiting: by the ioctl itself, then, when a request
 * has come back, by a work item, which takes the process's memory for it.  So nothing is pinned
 * but for requests in flight, and when an operation is finished all its results are
 * where they belong.
 *
 * Order.  The operations of a file are in one list, in the order of submission, and each has its
 * turn (turn.c).  One that begins needs the session for itself, but for operations before it whose
 * last requests are in the queue, and only if it does not go on from what they will leave.  If they
 * are lost they are sent again first: else it would be done before, and keep the share that they
 * need.  A call that is waited for begins when all before it has ended, and all behind it after.
 */
#include <linux/kthread.h>
#include <linux/sched/mm.h>

#include "async.h"

/* For tell: with the queue's lock held, so the file is not closed. */
static void request_returned(struct vc_request *request)
{
	struct vc_operation *operation = request->owner;
	struct vc_async *async = &operation->file->async;

	spin_lock(&async->spin);
	operation->back = true;
	if (!async->active)
		vc_async_kick(operation->file);
	spin_unlock(&async->spin);
}

/* A command is not fetched: its place is free.  With async.spin. */
static void leave(struct vc_operation *operation)
{
	struct vc_command *command = operation->command;

	list_del_init(&operation->link);
	WRITE_ONCE(operation->file->async.outstanding, operation->file->async.outstanding - 1);
	command->result = operation->result;
	command->operation = NULL;
}

/*
 * It is finished: nobody works on it any more.  Its request, if it has one, is back, or left
 * to the queue.
 */
static void finish(struct vc_operation *operation, int result)
{
	struct vc_command *command = operation->command;
	struct vc_file *file = operation->file;

	vc_request_put(operation->request);
	operation->request = NULL;
	operation->result = result;
	spin_lock_irq(&file->async.spin);
	if (command)
		leave(operation);
	else
		list_move_tail(&operation->link, &file->async.finished);
	/* Operations behind it are looked at next, or left to the worker: set_active(). */
	vc_turn_give(&operation->turn);
	/* For whatever they wait: it may be the end of a device that has failed. */
	wake_up(&file->async.wait);
	/* From here on it may be fetched, and gone. */
	spin_unlock_irq(&file->async.spin);
	if (!command)
		return;
	vc_operation_free(operation);
	command->type->done(command);
}

/* Whether the operation goes on from an IV or state that the last one leaves. */
static bool goes_on(const struct vc_operation *operation)
{
	const struct vc_call *call = &operation->call;
	const struct vcrypto_cipher *cipher = call->session->cipher;

	if (cipher && cipher->chaining == VCRYPTO_CHAIN_STATE)
		return true;
	return (cipher && cipher->iv_len && !call->plan.iv_len) ||
	       (call->session->mac && !call->plan.reset);
}

static bool sends_last(const struct vc_operation *operation)
{
	const struct vc_call *call = &operation->call;

	return operation->request && call->offset + operation->request->len == call->plan.src_len;
}

/*
 * The one before it of the same session, or NULL.  It has begun, so none before it is a call; and
 * operations leave with async.lock only.
 */
static struct vc_operation *predecessor(struct vc_operation *operation)
{
	struct vc_turn *turn = vc_turn_before(&operation->turn);

	return turn ? container_of(turn, struct vc_operation, turn) : NULL;
}

/*
 * Whether the device does it before what is sent now: it has all of it, and has not lost it.
 * So it has what is further ahead, or this one would not have been sent.
 */
static bool goes_before(const struct vc_operation *operation)
{
	const struct vc_call *call = &operation->call;

	return sends_last(operation) && call->made == call->session->made &&
	       vc_session_is_there(call->session);
}

/* Whether it may begin; with async.lock.  A call that leaves later has this asked again. */
static bool may_begin(struct vc_operation *operation)
{
	struct vc_async *async = &operation->file->async;
	const struct vc_turn *before;
	bool may;

	spin_lock_irq(&async->spin);
	before = vc_turn_before(&operation->turn);
	may = !before || (!before->task && !goes_on(operation) &&
			  goes_before(container_of(before, struct vc_operation, turn)));
	spin_unlock_irq(&async->spin);
	return may;
}

/*
 * -EAGAIN: it has to wait for the user's other requests.  Tried once more with the entry in
 * the wait queue, because they may have come back meanwhile.
 */
static struct vc_request *next_request(struct vc_operation *operation)
{
	struct vc_context *context = operation->call.session->context;
	struct wait_queue_entry *entry = &context->share_wait;
	struct wait_queue_head *wait = &context->share->wait;
	struct vc_request *request = vc_call_next(&operation->call);

	if (request != ERR_PTR(-EAGAIN))
		return request;
	vc_queue_tell(context->queue);
	if (list_empty_careful(&entry->entry))
		add_wait_queue(wait, entry);
	request = vc_call_next(&operation->call);
	if (!IS_ERR(request))
		finish_wait(wait, entry);
	return request;
}

/* It is made again for the first one only: what is lost goes before. */
static int see_session(struct vc_operation *operation)
{
	struct vc_session *session = operation->call.session;

	if (predecessor(operation))
		return vc_session_is_there(session) ? 0 : -EAGAIN;
	return vc_session_revive(session, operation->call.abort);
}

static int submit_next(struct vc_operation *operation)
{
	struct vc_call *call = &operation->call;
	struct vc_request *request;
	struct vc_queue *queue;
	int ret = see_session(operation);

	if (!ret)
		ret = vc_call_check_state(call);
	if (ret)
		return ret;
	request = next_request(operation);
	if (IS_ERR(request))
		return PTR_ERR(request);
	queue = call->session->context->queue;
	operation->repeatable = vc_call_repeatable(call, request);
	operation->back = false;
	operation->request = request;
	request->owner = operation;
	request->tell = request_returned;
	call->sent = true;
	call->reached = call->offset + request->message.expect.dst_len;
	if (request->work <= VC_DEFER_WORK && sends_last(operation))
		vc_queue_defer(queue, request, true);
	else
		vc_queue_submit(queue, request);
	return 0;
}

/* Takes over what has come back. */
static int take_back(struct vc_operation *operation)
{
	struct vc_call *call = &operation->call;
	struct vc_request *request = operation->request;
	int ret = vc_call_judge(call, request->result, operation->repeatable);

	if (!ret)
		ret = vc_call_return(call, request);
	if (ret == -EAGAIN)
		ret = operation->tries++ < VC_MAX_TRIES ? 0 : -EIO;
	operation->request = NULL;
	vc_request_put(request);
	return ret;
}

static bool is_back(const struct vc_operation *operation)
{
	bool back;

	spin_lock_irq(&operation->file->async.spin);
	back = operation->back;
	spin_unlock_irq(&operation->file->async.spin);
	return back;
}

/*
 * What comes back is taken over in the order of the session's operations, whoever looks: the
 * last has the next IV, and one before may have the session made again.
 */
static bool may_take_back(struct vc_operation *operation)
{
	return is_back(operation) && !predecessor(operation);
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
			if (!may_take_back(operation))
				return -EAGAIN;
			ret = take_back(operation);
			if (ret || operation->call.done)
				return ret;
		}
		ret = submit_next(operation);
	} while (!ret && (current->flags & PF_KTHREAD || sends_last(operation)));
	return ret ? ret : -EAGAIN;
}

/* As when a call is killed: what the device has is left to the queue. */
static int give_up(struct vc_operation *operation)
{
	if (operation->request)
		vc_queue_disown(operation->call.session->context->queue, operation->request);
	return -ECANCELED;
}

static int report(const struct vc_operation *operation)
{
	const struct vc_command *command = operation->command;

	return command && command->type->report ?
	       command->type->report(command, &operation->call) : 0;
}

/* What is left of a call that has failed is wiped from the process's memory. */
static int work_to_the_end(struct vc_operation *operation)
{
	int ret = READ_ONCE(operation->canceled) ? give_up(operation) : work_on(operation);

	if (ret == -EAGAIN)
		return ret;
	if (ret == -EINTR && READ_ONCE(operation->canceled))
		ret = -ECANCELED;
	vc_call_end(&operation->call, ret);
	return ret ? ret : report(operation);
}

/* The session goes on all the same.  A command holds its memory, so it is none. */
static int end_without_mm(struct vc_operation *operation)
{
	if (operation->request && !operation->request->result)
		vc_call_advance(&operation->call, operation->request);
	vc_call_end(&operation->call, -EFAULT);
	return -EFAULT;
}

static int work_in_mm(struct vc_operation *operation)
{
	int ret;

	if (operation->mm == current->mm)
		return work_to_the_end(operation);
	if (!mmget_not_zero(operation->mm))
		return end_without_mm(operation);
	kthread_use_mm(operation->mm);
	ret = work_to_the_end(operation);
	kthread_unuse_mm(operation->mm);
	mmput(operation->mm);
	return ret;
}

/* Whether there is something to do for it at present, by who is asking. */
static bool is_ready(struct vc_operation *operation)
{
	if (current->mm && operation->mm != current->mm)
		return false;
	if (READ_ONCE(operation->canceled))
		return true;
	/* Who gives commands is not to wait for the device. */
	if (current->mm && operation->command && !vc_session_is_there(operation->call.session))
		return false;
	if (operation->request)
		return may_take_back(operation);
	return operation->call.offset || may_begin(operation);
}

/*
 * While somebody is active, who will look, what comes back starts no work.  Returns whether
 * he has left something: also what another process may begin, which is passed over here.
 */
static bool set_active(struct vc_file *file, bool active)
{
	struct vc_operation *operation;
	bool left = false;

	spin_lock_irq(&file->async.spin);
	file->async.active = active;
	list_for_each_entry(operation, &file->async.begun, link)
		left |= operation->request ? operation->back && !predecessor(operation) :
			current->mm && operation->mm != current->mm &&
			!vc_turn_before(&operation->turn);
	spin_unlock_irq(&file->async.spin);
	return left;
}

/* The one behind it, or the first; NULL: none.  Others are added meanwhile, none is taken out. */
static struct vc_operation *next_begun(struct vc_file *file, const struct vc_operation *operation)
{
	struct list_head *begun = &file->async.begun;
	const struct list_head *at = operation ? &operation->link : begun;
	struct vc_operation *next;

	spin_lock_irq(&file->async.spin);
	next = at->next == begun ? NULL : list_entry(at->next, struct vc_operation, link);
	spin_unlock_irq(&file->async.spin);
	return next;
}

/* With async.lock. */
static void work_on_all(struct vc_file *file)
{
	struct vc_operation *operation, *next;
	int ret;

	for (operation = next_begun(file, NULL); operation; operation = next) {
		next = next_begun(file, operation);
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

bool vc_operations_deferred(const struct vc_file *file)
{
	bool deferred = false;
	unsigned int i;

	for (i = 0; i < file->device->queue_count; i++)
		deferred |= READ_ONCE(file->contexts[i].queue->awaited);
	return deferred;
}

bool vc_operations_tell(struct vc_file *file)
{
	bool told = false;
	unsigned int i;

	for (i = 0; i < file->device->queue_count; i++)
		told |= vc_queue_tell(file->contexts[i].queue);
	return told;
}

void vc_operations_advance(struct vc_file *file, bool defer)
{
	bool told, left;

	do {
		set_active(file, true);
		work_on_all(file);
		told = !defer && vc_operations_tell(file);
		left = set_active(file, false);
	} while (told && left);
	if (left)
		vc_async_kick(file);
}
