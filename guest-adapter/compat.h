/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernel versions (6.1 to 7.3) and configurations.  No
 * other file of the module has an #if.
 */
#ifndef VCRYPTO_COMPAT_H
#define VCRYPTO_COMPAT_H

#include <linux/compat.h>
#include <linux/slab.h>
#include <linux/version.h>
#include <linux/virtio_config.h>

#ifdef CONFIG_COMPAT
long vc_compat_ioctl(struct file *filp, unsigned int cmd, unsigned long arg);
#else
#define vc_compat_ioctl NULL
#endif

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
