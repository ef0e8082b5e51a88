// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turns: the order of a session's calls.
 *
 * A session has a list of what is to be done with it: calls that are waited for, and
 * asynchronous operations.  Each is added at the end by its ioctl.  A call has the session when it
 * is the first; an operation may begin a little earlier, see operation.c.  So none is overtaken.
 *
 * All turns of a file are under one lock.  CIOCCPHASH, which needs two sessions, takes its turns
 * in both at once.  So each call waits for earlier ones only, and no two for each other.
 */
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "session.h"

void vc_turn_take(struct vc_turn *turn, struct vc_session *session, struct task_struct *task)
{
	turn->session = session;
	turn->task = task;
	list_add_tail(&turn->link, &session->turns);
}

struct vc_turn *vc_turn_before(struct vc_turn *turn)
{
	if (list_is_first(&turn->link, &turn->session->turns))
		return NULL;
	return list_prev_entry(turn, link);
}

bool vc_turn_give(struct vc_turn *turn)
{
	struct list_head *turns = &turn->session->turns;
	bool last = list_is_last(&turn->link, turns);
	struct vc_turn *next = list_next_entry(turn, link);

	list_del(&turn->link);
	if (last)
		return false;
	if (next->task && list_is_first(&next->link, turns))
		wake_up_process(next->task);
	return !next->task;
}

static bool is_first(struct vc_turn *turn)
{
	struct vc_async *async = &turn->session->file->async;
	bool first;

	spin_lock_irq(&async->spin);
	first = !vc_turn_before(turn);
	spin_unlock_irq(&async->spin);
	return first;
}

/* What is before it may be deferred, so the device is told of that. */
static int wait_for(struct vc_turn *turn)
{
	int ret = 0;

	vc_queue_tell(READ_ONCE(turn->session->context)->queue);
	for (;;) {
		set_current_state(TASK_KILLABLE);
		if (is_first(turn))
			break;
		ret = fatal_signal_pending(current) ? -EINTR : 0;
		if (ret)
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return ret;
}

int vc_session_enter(struct vc_session *session, struct vc_turn *turn)
{
	struct vc_async *async = &session->file->async;
	bool first;
	int ret;

	spin_lock_irq(&async->spin);
	vc_turn_take(turn, session, current);
	first = !vc_turn_before(turn);
	spin_unlock_irq(&async->spin);
	if (first)
		return 0;
	ret = wait_for(turn);
	if (ret)
		vc_session_leave(turn);
	return ret;
}

int vc_session_enter_both(struct vc_session *one, struct vc_turn *first, struct vc_session *two,
			  struct vc_turn *second)
{
	struct vc_async *async = &one->file->async;
	int ret;

	spin_lock_irq(&async->spin);
	vc_turn_take(first, one, current);
	vc_turn_take(second, two, current);
	spin_unlock_irq(&async->spin);
	ret = is_first(first) ? 0 : wait_for(first);
	if (!ret)
		ret = is_first(second) ? 0 : wait_for(second);
	if (ret) {
		vc_session_leave(second);
		vc_session_leave(first);
	}
	return ret;
}

void vc_session_leave(struct vc_turn *turn)
{
	struct vc_file *file = turn->session->file;
	bool operation;

	spin_lock_irq(&file->async.spin);
	operation = vc_turn_give(turn);
	spin_unlock_irq(&file->async.spin);
	if (operation)
		vc_async_kick(file);
}
