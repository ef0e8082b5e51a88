// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands of io_uring's (IORING_OP_URING_CMD): CIOCCRYPT and CIOCAUTHCRYPT that are submitted.
 *
 * A command is an asynchronous operation (async.c) that ends with an entry in the ring's
 * completion queue.  Its number is that of the ioctl, which says whose layout the structure
 * has: a 32-bit program's numbers are others.  The structure is read where the command is
 * submitted.  Where that must not wait and has to, io_uring submits once more by a worker of
 * its own, which may.
 *
 * Parts of one submission share a notification: the device is told when io_uring has gone
 * through it, as block drivers are (struct blk_plug).
 */
#include <linux/fs.h>
#include <linux/slab.h>

#include "compat.h"
#include "ioctls.h"
#include "node.h"

/* What is in the submission. */
struct area {
	u64 address;
	u64 reserved;			/* 0 */
};

static struct vc_command *command_of(struct io_uring_cmd *cmd)
{
	static_assert(sizeof(struct vc_command) <= sizeof(cmd->pdu));
	static_assert(!(offsetof(struct io_uring_cmd, pdu) % __alignof__(struct vc_command)));
	return (struct vc_command *)cmd->pdu;
}

/* In the task that has submitted it, or where that is gone. */
static void tell(VC_URING_TASK_ARGS)
{
	struct io_uring_cmd *cmd = VC_URING_TASK_CMD;

	vc_uring_done(cmd, vc_ioctl_result(command_of(cmd)->result), VC_URING_TASK_FLAGS);
}

static void done(struct vc_command *command)
{
	io_uring_cmd_complete_in_task(container_of((void *)command, struct io_uring_cmd, pdu),
				      tell);
}

static int report(const struct vc_command *command, const struct vc_call *call)
{
	struct crypt_auth_op op;

	vc_auth_report(call, &op);
	return vc_file_report(command->user, &op);
}

static const struct vc_command_type crypt_type = {
	.done = done,
};

static const struct vc_command_type auth_type = {
	.report = report,
	.done = done,
};

static const struct vc_command_type compat_auth_type = {
	.report = vc_compat_report,
	.done = done,
};

/* What is asked for: a crypt_op, or else an auth_op, of the command's type. */
union asked {
	struct crypt_op crypt;
	struct crypt_auth_op auth;
};

static int read(const struct io_uring_cmd *cmd, struct vc_command *command, union asked *asked)
{
	int ret;

	switch (cmd->cmd_op) {
	case CIOCCRYPT:
		command->type = &crypt_type;
		return copy_from_user(&asked->crypt, command->user, sizeof(asked->crypt)) ?
		       -EFAULT : 0;
	case CIOCAUTHCRYPT:
		command->type = &auth_type;
		return copy_from_user(&asked->auth, command->user, sizeof(asked->auth)) ?
		       -EFAULT : 0;
	default:
		command->type = &crypt_type;
		ret = vc_compat_read_crypt(cmd->cmd_op, &asked->crypt, command->user);
		if (ret != -EOPNOTSUPP)
			return ret;
		command->type = &compat_auth_type;
		return vc_compat_read_auth(cmd->cmd_op, &asked->auth, command->user);
	}
}

/* By who submits, at the end or before he sleeps, where nothing else may sleep. */
static void unplug(struct blk_plug_cb *plug, bool from_schedule)
{
	vc_commands_advance(plug->data, !from_schedule);
	kfree(plug);
}

static int start(struct vc_file *file, struct io_uring_cmd *cmd, unsigned int flags)
{
	struct vc_command *command = command_of(cmd);
	union asked asked;
	struct vc_work work = { 0 };
	int ret = read(cmd, command, &asked);

	if (ret)
		return ret;
	if (command->type == &crypt_type)
		work.crypt = &asked.crypt;
	else
		work.auth = &asked.auth;
	ret = vc_command_prepare(file, command, &work, flags & IO_URING_F_NONBLOCK);
	if (ret)
		return ret;
	/* From here on it can only be completed. */
	vc_uring_mark_cancelable(cmd, flags);
	vc_command_begin(file, command, vc_plugged(unplug, file));
	return -EIOCBQUEUED;
}

/* @area is the program's as well, so it is read once. */
static int check(struct io_uring_cmd *cmd, const struct area *area, unsigned int flags)
{
	u64 address = READ_ONCE(area->address);

	if (flags & IO_URING_F_IOPOLL)
		return -EOPNOTSUPP;
	if (cmd->flags & VC_URING_MASK || READ_ONCE(area->reserved))
		return -EINVAL;
	if (address != (uintptr_t)address)
		return -EFAULT;
	command_of(cmd)->user = u64_to_user_ptr(address);
	return 0;
}

int vc_uring_cmd(struct io_uring_cmd *cmd, unsigned int flags)
{
	struct vc_file *file = cmd->file->private_data;
	int ret;

	if (flags & VC_URING_CANCEL) {
		vc_command_cancel(file, command_of(cmd));
		return 0;
	}
	ret = check(cmd, vc_uring_area(cmd), flags);
	if (!ret)
		ret = vc_file_error(file, cmd->cmd_op);
	return ret ? ret : start(file, cmd, flags);
}
