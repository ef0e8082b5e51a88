/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernel versions (6.1 to 7.3) and configurations.  No
 * other file of the module has an #if.
 */
#ifndef VCRYPTO_COMPAT_H
#define VCRYPTO_COMPAT_H

#include <crypto/internal/hash.h>
#include <linux/blkdev.h>
#include <linux/compat.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/virtio_config.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#include <linux/io_uring/cmd.h>
#else
#include <linux/io_uring.h>
#endif

struct crypt_op;
struct crypt_auth_op;
struct vc_call;
struct vc_command;

#ifdef CONFIG_COMPAT
long vc_compat_ioctl(struct file *filp, unsigned int cmd, unsigned long arg);
/* Commands of 32-bit programs, whose numbers differ: -EOPNOTSUPP, it is not that one. */
int vc_compat_read_crypt(u32 cmd, struct crypt_op *op, const void __user *user);
int vc_compat_read_auth(u32 cmd, struct crypt_auth_op *op, const void __user *user);
int vc_compat_report(const struct vc_command *command, const struct vc_call *call);
#else
#define vc_compat_ioctl NULL
static inline int vc_compat_read_crypt(u32 cmd, struct crypt_op *op, const void __user *user)
{
	return -EOPNOTSUPP;
}

static inline int vc_compat_read_auth(u32 cmd, struct crypt_auth_op *op, const void __user *user)
{
	return -EOPNOTSUPP;
}

#define vc_compat_report NULL
#endif

/* Which processor work runs on is said from 6.17 on, and must be said later. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define VC_WQ_PERCPU WQ_PERCPU
#else
#define VC_WQ_PERCPU 0
#endif

/* What a program has put into a command, where it may still change it; 16 bytes. */
static inline const void *vc_uring_area(const struct io_uring_cmd *cmd)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	return cmd->sqe->cmd;
#else
	return cmd->cmd;
#endif
}

/* Older kernels cannot take a command back. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define VC_URING_CANCEL IO_URING_F_CANCEL
#define vc_uring_mark_cancelable io_uring_cmd_mark_cancelable
#else
#define VC_URING_CANCEL 0
static inline void vc_uring_mark_cancelable(struct io_uring_cmd *cmd, unsigned int flags)
{
}
#endif

/* Flags of a program's that a driver may be asked to follow. */
#ifdef IORING_URING_CMD_MASK
#define VC_URING_MASK IORING_URING_CMD_MASK
#else
#define VC_URING_MASK IORING_URING_CMD_FIXED
#endif

/* What io_uring calls in a command's task (io_uring_cmd_complete_in_task()), and what it says. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define VC_URING_TASK_ARGS struct io_tw_req tw_req, io_tw_token_t token
#define VC_URING_TASK_CMD io_uring_cmd_from_tw(tw_req)
#define VC_URING_TASK_FLAGS IO_URING_CMD_TASK_WORK_ISSUE_FLAGS
#else
#define VC_URING_TASK_ARGS struct io_uring_cmd *task_cmd, unsigned int task_flags
#define VC_URING_TASK_CMD task_cmd
#define VC_URING_TASK_FLAGS task_flags
#endif

static inline void vc_uring_done(struct io_uring_cmd *cmd, int result, unsigned int flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	io_uring_cmd_done(cmd, result, flags);
#else
	io_uring_cmd_done(cmd, result, 0, flags);
#endif
}

/*
 * Whether @unplug will be called when the program's submission, of which this may be a part, has
 * been gone through, or is to sleep.  It has to free what it gets.
 */
static inline bool vc_plugged(blk_plug_cb_fn unplug, void *data)
{
#ifdef CONFIG_BLOCK
	return blk_check_plugged(unplug, data, sizeof(struct blk_plug_cb));
#else
	return false;
#endif
}

/* The driver has no such members without power management. */
#ifdef CONFIG_PM
#define VC_PM_OPS(freeze_, restore_) .freeze = (freeze_), .restore = (restore_),
#else
#define VC_PM_OPS(freeze_, restore_)
#endif

/* Resets a device and starts it again as after sleep, with what its driver has for that. */
static inline int vc_restart(struct virtio_device *vdev)
{
#ifdef CONFIG_PM_SLEEP
	int ret = virtio_device_freeze(vdev);

	return ret ? ret : virtio_device_restore(vdev);
#else
	return -EOPNOTSUPP;
#endif
}

/*
 * From 6.16 on the crypto API has software of its own beside a hash that says it needs that, and
 * takes none with this flag.  Without such software no transform of ours can be made.
 */
#ifdef CRYPTO_AHASH_ALG_NO_EXPORT_CORE
#define VC_NO_EXPORT_CORE CRYPTO_AHASH_ALG_NO_EXPORT_CORE
#else
#define VC_NO_EXPORT_CORE 0
#endif

/* The argument of class.devnode became constant. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define VC_DEVNODE_DEVICE const struct device
#else
#define VC_DEVNODE_DEVICE struct device
#endif

/* Finds @count queues that all have the same @callback and @name. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
static inline int vc_find_vqs(struct virtio_device *vdev, unsigned int count,
			      struct virtqueue *vqs[], vq_callback_t *callback, const char *name)
{
	struct virtqueue_info *info = kcalloc(count, sizeof(*info), GFP_KERNEL);
	unsigned int i;
	int ret;

	if (!info)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		info[i].name = name;
		info[i].callback = callback;
	}
	ret = virtio_find_vqs(vdev, count, vqs, info, NULL);
	kfree(info);
	return ret;
}
#else
static inline int vc_find_vqs(struct virtio_device *vdev, unsigned int count,
			      struct virtqueue *vqs[], vq_callback_t *callback, const char *name)
{
	vq_callback_t **callbacks = kcalloc(count, sizeof(*callbacks), GFP_KERNEL);
	const char **names = kcalloc(count, sizeof(*names), GFP_KERNEL);
	unsigned int i;
	int ret = -ENOMEM;

	if (callbacks && names) {
		for (i = 0; i < count; i++) {
			callbacks[i] = callback;
			names[i] = name;
		}
		ret = virtio_find_vqs(vdev, count, vqs, callbacks, names, NULL);
	}
	kfree(names);
	kfree(callbacks);
	return ret;
}
#endif

#endif /* VCRYPTO_COMPAT_H */
