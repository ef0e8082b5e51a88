// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtio-demo, served by the host's kernel: the module behind /dev/vhost-demo.
 *
 * Theory of operation.  The process that opens the node says where its guest's
 * memory and ring are; the vhost core keeps that.  A kick is an eventfd that
 * the core waits for: it has handle_kick() run by the device's own kernel
 * thread, which has the process's address space.  So the iovecs that the core
 * makes of a chain are user addresses, and the request is copied in, executed
 * by the same model as everywhere, and the reply copied out.
 *
 * Whoever breaks a rule of the ring, or sends a request that has no room for
 * its reply, is not served any more (the backend pointer is cleared, and the
 * error eventfd signalled) until the next VHOST_DEMO_START.
 *
 * Locks: dev.mutex is taken by every ioctl, vq.mutex around everything that
 * the thread uses; the latter inside the former.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <vcrypto/small-devices/virtio-demo.h>

#include "vhost.h"
#include "vhost-demo.h"

/* Requests in one turn of the thread, before others have theirs. */
#define TURN 256

/*
 * What the vhost core does for any device.  Its own VHOST_FEATURES is a value
 * in Linux 6.12 and a list of bits in 7.3.
 */
#define FEATURES								\
	(BIT_ULL(VIRTIO_F_NOTIFY_ON_EMPTY) | BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) |	\
	 BIT_ULL(VIRTIO_RING_F_EVENT_IDX) | BIT_ULL(VHOST_F_LOG_ALL) |		\
	 BIT_ULL(VIRTIO_F_ANY_LAYOUT) | BIT_ULL(VIRTIO_F_VERSION_1))

struct vhost_demo {
	struct vhost_dev dev;
	struct vhost_virtqueue vq;
	struct vhost_virtqueue *vqs[1];	/* as the core wants it */
	struct vcrypto_virtio_demo model;	/* under vq.mutex */
};

/* Requests that this module has answered since it was loaded, by all devices. */
static atomic_long_t served = ATOMIC_LONG_INIT(0);

static int show_served(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%ld\n", atomic_long_read(&served));
}

static const struct kernel_param_ops served_ops = { .get = show_served };

module_param_cb(served, &served_ops, NULL, 0444);
MODULE_PARM_DESC(served, "requests answered so far (read-only)");

/*
 * Executes the chain in vq.iov: @out readable pieces, then @in writable ones.
 * Returns the bytes written, or an error if the chain cannot have an answer.
 */
static int serve(struct vhost_demo *demo, unsigned int out, unsigned int in)
{
	const struct iovec *readable = demo->vq.iov, *writable = readable + out;
	/* What the model refuses, for a request that is too short or too long. */
	struct vcrypto_virtio_demo_message request = { { VCRYPTO_VIRTIO_DEMO_REFUSED } };
	struct vcrypto_virtio_demo_message reply;
	struct iov_iter from, to;

	iov_iter_init(&from, ITER_SOURCE, readable, out, iov_length(readable, out));
	iov_iter_init(&to, ITER_DEST, writable, in, iov_length(writable, in));
	if (iov_iter_count(&to) < sizeof(reply))
		return -EINVAL;
	if (iov_iter_count(&from) == sizeof(request) &&
	    !copy_from_iter_full(&request, sizeof(request), &from))
		return -EFAULT;
	vcrypto_virtio_demo_execute(&demo->model, &request, &reply);
	if (copy_to_iter(&reply, sizeof(reply), &to) != sizeof(reply))
		return -EFAULT;
	return sizeof(reply);
}

/* Takes one chain.  Returns whether there may be more. */
static bool handle_one(struct vhost_demo *demo)
{
	struct vhost_virtqueue *vq = &demo->vq;
	/* While a machine migrates, what is written is noted in a bitmap. */
	struct vhost_log *log = vhost_has_feature(vq, VHOST_F_LOG_ALL) ? vq->log : NULL;
	unsigned int out, in, log_count;
	int head, written;

	head = vhost_get_vq_desc(vq, vq->iov, ARRAY_SIZE(vq->iov), &out, &in, log, &log_count);
	if (head == vq->num) {
		/* A driver that added one just before did not kick: look again. */
		if (!vhost_enable_notify(&demo->dev, vq))
			return false;
		vhost_disable_notify(&demo->dev, vq);
		return true;
	}
	written = head < 0 ? head : serve(demo, out, in);
	if (written < 0) {
		vq_err(vq, "ring 0 is not served any more: error %d\n", written);
		vhost_vq_set_backend(vq, NULL);
		return false;
	}
	if (log)
		vhost_log_write(vq, log, log_count, written, vq->iov + out, in);
	atomic_long_inc(&served);
	vhost_add_used_and_signal(&demo->dev, vq, head, written);
	return true;
}

static void handle_kick(struct vhost_work *work)
{
	struct vhost_virtqueue *vq = container_of(work, struct vhost_virtqueue, poll.work);
	struct vhost_demo *demo = container_of(vq, struct vhost_demo, vq);
	int count = 0;

	mutex_lock(&vq->mutex);
	if (vhost_vq_get_backend(vq)) {
		vhost_disable_notify(&demo->dev, vq);
		/* If there may be more after this turn, it queues itself again. */
		while (handle_one(demo) && !vhost_exceeds_weight(vq, ++count, 0))
			;
	}
	mutex_unlock(&vq->mutex);
}

static long start(struct vhost_demo *demo, const u32 __user *value)
{
	struct vhost_virtqueue *vq = &demo->vq;
	long ret;
	u32 reg;

	if (get_user(reg, value))
		return -EFAULT;
	ret = vhost_dev_check_owner(&demo->dev);
	if (ret)
		return ret;
	mutex_lock(&vq->mutex);
	if (vhost_vq_get_backend(vq)) {
		ret = -EBUSY;
	} else if (!vhost_vq_is_setup(vq)) {
		ret = -EFAULT;
	} else {
		vhost_vq_set_backend(vq, demo);
		ret = vhost_vq_init_access(vq);
		if (ret)
			vhost_vq_set_backend(vq, NULL);
		else
			demo->model.value = reg;
	}
	mutex_unlock(&vq->mutex);
	if (!ret)
		vhost_poll_queue(&vq->poll);
	return ret;
}

/* After this the thread does nothing, and the register does not change. */
static void quiesce(struct vhost_demo *demo)
{
	mutex_lock(&demo->vq.mutex);
	vhost_vq_set_backend(&demo->vq, NULL);
	mutex_unlock(&demo->vq.mutex);
	vhost_dev_flush(&demo->dev);
}

static long stop(struct vhost_demo *demo, u32 __user *value)
{
	long ret = vhost_dev_check_owner(&demo->dev);

	if (ret)
		return ret;
	quiesce(demo);
	return put_user(demo->model.value, value);
}

static long set_features(struct vhost_demo *demo, const u64 __user *argument)
{
	u64 features;

	if (copy_from_user(&features, argument, sizeof(features)))
		return -EFAULT;
	if (features & ~FEATURES)
		return -EOPNOTSUPP;
	if (features & BIT_ULL(VHOST_F_LOG_ALL) && !vhost_log_access_ok(&demo->dev))
		return -EFAULT;
	mutex_lock(&demo->vq.mutex);
	demo->vq.acked_features = features;
	mutex_unlock(&demo->vq.mutex);
	return 0;
}

/* Everything as it was when the file was opened. */
static long reset_owner(struct vhost_demo *demo)
{
	struct vhost_iotlb *umem;
	long ret = vhost_dev_check_owner(&demo->dev);

	if (ret)
		return ret;
	umem = vhost_dev_reset_owner_prepare();
	if (!umem)
		return -ENOMEM;
	quiesce(demo);
	vhost_dev_stop(&demo->dev);
	vhost_dev_reset_owner(&demo->dev, umem);
	vcrypto_virtio_demo_reset(&demo->model);
	return 0;
}

static long core_ioctl(struct vhost_demo *demo, unsigned int request, void __user *argument)
{
	long ret = vhost_dev_ioctl(&demo->dev, request, argument);

	if (ret == -ENOIOCTLCMD)
		ret = vhost_vring_ioctl(&demo->dev, request, argument);
	return ret;
}

static long vhost_demo_ioctl(struct file *file, unsigned int request, unsigned long arg)
{
	static const u64 features = FEATURES;
	struct vhost_demo *demo = file->private_data;
	void __user *argument = (void __user *)arg;
	long ret;

	mutex_lock(&demo->dev.mutex);
	switch (request) {
	case VHOST_GET_FEATURES:
		ret = copy_to_user(argument, &features, sizeof(features)) ? -EFAULT : 0;
		break;
	case VHOST_SET_FEATURES:
		ret = set_features(demo, argument);
		break;
	case VHOST_DEMO_START:
		ret = start(demo, argument);
		break;
	case VHOST_DEMO_STOP:
		ret = stop(demo, argument);
		break;
	case VHOST_RESET_OWNER:
		ret = reset_owner(demo);
		break;
	default:
		ret = core_ioctl(demo, request, argument);
	}
	mutex_unlock(&demo->dev.mutex);
	return ret;
}

static int vhost_demo_open(struct inode *inode, struct file *file)
{
	/* Some 20 KiB, most of it the core's room for iovecs. */
	struct vhost_demo *demo = kvzalloc(sizeof(*demo), GFP_KERNEL);

	if (!demo)
		return -ENOMEM;
	vcrypto_virtio_demo_reset(&demo->model);
	demo->vqs[0] = &demo->vq;
	demo->vq.handle_kick = handle_kick;
	vhost_dev_init(&demo->dev, demo->vqs, ARRAY_SIZE(demo->vqs), UIO_MAXIOV, TURN, 0, true,
		       NULL);
	file->private_data = demo;
	return 0;
}

static int vhost_demo_release(struct inode *inode, struct file *file)
{
	struct vhost_demo *demo = file->private_data;

	quiesce(demo);
	vhost_dev_stop(&demo->dev);
	vhost_dev_cleanup(&demo->dev);
	kvfree(demo);
	return 0;
}

static const struct file_operations vhost_demo_fops = {
	.owner = THIS_MODULE,
	.open = vhost_demo_open,
	.release = vhost_demo_release,
	.unlocked_ioctl = vhost_demo_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice vhost_demo_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vhost-demo",
	.fops = &vhost_demo_fops,
};
module_misc_device(vhost_demo_misc);

MODULE_VERSION(SMALL_VERSION);
MODULE_AUTHOR("The libvcrypto authors");
MODULE_DESCRIPTION("virtio-demo device served by the host's kernel");
MODULE_LICENSE("GPL");
