// SPDX-License-Identifier: GPL-2.0-only
/* Operations' places and memory; and commands that nobody wants any more. */
#include <linux/poll.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "async.h"

int vc_place_take(struct vc_file *file)
{
	int ret = -EBUSY;

	spin_lock_irq(&file->async.spin);
	if (file->async.outstanding < VC_MAX_ASYNC) {
		WRITE_ONCE(file->async.outstanding, file->async.outstanding + 1);
		ret = 0;
	}
	spin_unlock_irq(&file->async.spin);
	return ret;
}

void vc_place_give(struct vc_file *file)
{
	spin_lock_irq(&file->async.spin);
	WRITE_ONCE(file->async.outstanding, file->async.outstanding - 1);
	spin_unlock_irq(&file->async.spin);
	wake_up_poll(&file->async.wait, EPOLLOUT | EPOLLWRNORM);
}

struct vc_operation *vc_operation_new(struct vc_file *file)
{
	struct vc_operation *operation;

	spin_lock_irq(&file->async.spin);
	operation = list_first_entry_or_null(&file->async.spare, struct vc_operation, link);
	if (operation)
		list_del_init(&operation->link);
	spin_unlock_irq(&file->async.spin);
	if (!operation)
		operation = kzalloc(sizeof(*operation), GFP_KERNEL_ACCOUNT);
	if (operation)
		operation->file = file;
	return operation;
}

void vc_operation_spare(struct vc_operation *operation)
{
	struct vc_file *file = operation->file;

	memzero_explicit(operation, sizeof(*operation));
	spin_lock_irq(&file->async.spin);
	list_add(&operation->link, &file->async.spare);
	spin_unlock_irq(&file->async.spin);
}

void vc_operation_free(struct vc_operation *operation)
{
	vc_request_put(operation->request);
	vc_payer_put(&operation->call.payer);
	if (operation->task)
		put_task_struct(operation->task);
	if (operation->command)
		mmput(operation->mm);
	mmdrop(operation->mm);
	vc_session_put(operation->call.session);
	vc_operation_spare(operation);
}

/* With async.spin. */
static void cancel(struct vc_operation *operation)
{
	WRITE_ONCE(operation->canceled, true);
	vc_async_kick(operation->file);
}

void vc_command_cancel(struct vc_file *file, struct vc_command *command)
{
	unsigned long flags;

	spin_lock_irqsave(&file->async.spin, flags);
	if (command->operation)
		cancel(command->operation);
	spin_unlock_irqrestore(&file->async.spin, flags);
}

/* Killed, too, though a thread may be left that waits for its commands. */
static bool has_ended(const struct task_struct *task)
{
	const struct signal_struct *signal = task->signal;

	return READ_ONCE(signal->flags) & SIGNAL_GROUP_EXIT || !atomic_read(&signal->live);
}

void vc_commands_cancel_orphans(struct vc_file *file)
{
	struct vc_operation *operation;

	spin_lock_irq(&file->async.spin);
	list_for_each_entry(operation, &file->async.begun, link)
		if (operation->task && has_ended(operation->task))
			cancel(operation);
	spin_unlock_irq(&file->async.spin);
}
