// SPDX-License-Identifier: GPL-2.0-only
/* An open file, and its ioctls. */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "base.h"
#include "ioctls.h"
#include "node.h"

static void end(struct vc_file *file)
{
	vc_async_close(file);
	vc_session_free_all(file);
	vc_contexts_end(file);
	vc_device_put(file->device);
	kfree(file);
}

static void end_later(struct work_struct *work)
{
	end(container_of(work, struct vc_file, end));
}

/* Each begins with another queue. */
static struct vc_file *new_file(struct vc_device *device)
{
	unsigned int turn = atomic_inc_return(&device->next_queue);
	struct vc_file *file = kzalloc(struct_size(file, contexts, device->queue_count),
				       GFP_KERNEL_ACCOUNT);

	if (!file)
		return NULL;
	file->device = device;
	if (vc_contexts_init(file, turn % device->queue_count)) {
		kfree(file);
		return NULL;
	}
	mutex_init(&file->lock);
	xa_init_flags(&file->sessions, XA_FLAGS_ALLOC);
	atomic_set(&file->tags, get_random_u32());
	INIT_WORK(&file->end, end_later);
	vc_async_init(file);
	return file;
}

/* The file takes over the reference to the device, which may be NULL. */
int vc_file_open(struct file *filp, struct vc_device *device)
{
	int ret;

	if (!device)
		return -ENODEV;
	ret = READ_ONCE(device->queues[0].error);
	if (!ret) {
		filp->private_data = new_file(device);
		ret = filp->private_data ? 0 : -ENOMEM;
	}
	if (ret) {
		vc_device_put(device);
		return ret;
	}
	return nonseekable_open(file_inode(filp), filp);
}

/* Who works on an operation may wait for memory that the one that closes is to bring. */
int vc_file_release(struct inode *inode, struct file *filp)
{
	struct vc_file *file = filp->private_data;

	if (vc_async_is_idle(file))
		end(file);
	else
		queue_work(vc_async_workqueue, &file->end);
	return 0;
}

/*
 * The ioctl does not say through which descriptor it came, so the new one is closed
 * on exec if all that the process has of this file are.
 */
static int stays_open(const void *filp, struct file *other, unsigned int fd)
{
	return other == filp && !test_bit(fd, files_fdtable(current->files)->close_on_exec);
}

/* CRIOGET.  The new descriptor is seen by other threads last. */
static int duplicate(struct file *filp, u32 __user *arg)
{
	bool open = iterate_fd(current->files, 0, stays_open, filp);
	int fd = get_unused_fd_flags(open ? 0 : O_CLOEXEC);

	if (fd < 0)
		return fd;
	if (put_user((u32)fd, arg)) {
		put_unused_fd(fd);
		return -EFAULT;
	}
	fd_install(fd, get_file(filp));
	return 0;
}

static int session_create(struct vc_file *file, struct session_op __user *arg)
{
	struct session_op op;
	int ret;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	ret = vc_session_create(file, &op);
	if (ret || !put_user(op.ses, &arg->ses))
		return ret;
	vc_session_free(file, op.ses);
	return -EFAULT;
}

static int session_free(struct vc_file *file, u32 __user *arg)
{
	u32 id;

	if (get_user(id, arg))
		return -EFAULT;
	vc_session_free(file, id);
	return 0;
}

static int session_info(struct vc_file *file, struct session_info_op __user *arg)
{
	struct session_info_op op;
	int ret;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	ret = vc_session_info(file, &op);
	if (ret)
		return ret;
	return copy_to_user(arg, &op, sizeof(op)) ? -EFAULT : 0;
}

static int copy_hash(struct vc_file *file, const struct cphash_op __user *arg)
{
	struct cphash_op op;

	return copy_from_user(&op, arg, sizeof(op)) ? -EFAULT : vc_copy_hash(file, &op);
}

/* Nothing is copied back, because nothing in the structure changes. */
static int crypt(struct vc_file *file, const struct crypt_op __user *arg)
{
	struct crypt_op op;

	return copy_from_user(&op, arg, sizeof(op)) ? -EFAULT : vc_crypt(file, &op);
}

int vc_file_report(struct crypt_auth_op __user *arg, const struct crypt_auth_op *op)
{
	return put_user(op->len, &arg->len) || put_user(op->tag, &arg->tag) ||
	       put_user(op->tag_len, &arg->tag_len) ? -EFAULT : 0;
}

static int authcrypt(struct vc_file *file, struct crypt_auth_op __user *arg)
{
	struct crypt_auth_op op;
	int ret;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	ret = vc_authcrypt(file, &op);
	return ret ? ret : vc_file_report(arg, &op);
}

static int async_start(struct vc_file *file, const struct crypt_op __user *arg)
{
	struct crypt_op op;

	return copy_from_user(&op, arg, sizeof(op)) ? -EFAULT : vc_async_start(file, &op);
}

/* Around the padding, which would be what the kernel's stack had there. */
static int tell(void __user *to, const struct crypt_op *op)
{
	struct crypt_op __user *user = to;

	if (copy_to_user(user, op, offsetofend(struct crypt_op, len)) ||
	    copy_to_user(&user->src, &op->src, sizeof(*op) - offsetof(struct crypt_op, src)))
		return -EFAULT;
	return 0;
}

/*
 * A file whose device is gone is told so whatever it asks for; but first it can
 * fetch what is finished.
 */
int vc_file_error(const struct vc_file *file, unsigned int cmd)
{
	return _IOC_NR(cmd) == _IOC_NR(CIOCASYNCFETCH) ? 0 : READ_ONCE(vc_file_queue(file)->error);
}

long vc_ioctl_result(int ret)
{
	switch (ret) {
	case -VC_EUNKNOWN:
	case -VC_EGONE:
	case -EEXIST:
	case -EAGAIN:
		return -EIO;
	default:
		return ret;
	}
}

static int dispatch(struct file *filp, unsigned int cmd, void __user *user)
{
	struct vc_file *file = filp->private_data;

	switch (cmd) {
	case CRIOGET:
		return duplicate(filp, user);
	case CIOCGSESSION:
		return session_create(file, user);
	case CIOCFSESSION:
		return session_free(file, user);
	case CIOCCRYPT:
		return crypt(file, user);
	case CIOCAUTHCRYPT:
		return authcrypt(file, user);
	case CIOCGSESSINFO:
		return session_info(file, user);
	case CIOCCPHASH:
		return copy_hash(file, user);
	case CIOCASYNCCRYPT:
		return async_start(file, user);
	case CIOCASYNCFETCH:
		return vc_async_fetch(file, user, tell);
	case CIOCASYMFEAT:
		return put_user(0, (u32 __user *)user);
	default:
		/* Not ENOTTY: programs expect this one. */
		return -EINVAL;
	}
}

long vc_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	int ret = vc_file_error(filp->private_data, cmd);

	return ret ? ret : vc_ioctl_result(dispatch(filp, cmd, (void __user *)arg));
}
