// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of devices: /dev/cryptodev0 to 31, one for each virtio device, and
 * /dev/crypto, which is the first of them that works.
 *
 * All minors belong to one cdev from the start.  What is behind a minor is
 * looked up when it is opened, so a node may appear late or stay too long.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>

#include "vcrypto.h"

struct slot {
	struct virtio_device *vdev;	/* NULL: free */
	struct vc_device *device;
};

static struct slot slots[VC_MAX_DEVICES];
static DEFINE_MUTEX(slots_lock);
static dev_t first_node;
static struct cdev nodes;

static char *devnode(VC_DEVNODE_DEVICE *dev, umode_t *mode)
{
	if (mode)
		*mode = 0666;
	return NULL;
}

static struct class node_class = {
	.name = "cryptodev",
	.devnode = devnode,
};

static struct vc_device *get_slot(const struct slot *slot)
{
	if (slot->device)
		kref_get(&slot->device->refs);
	return slot->device;
}

static bool works(const struct slot *slot)
{
	return slot->device && !READ_ONCE(slot->device->queues[0].error);
}

static struct vc_device *get_first(void)
{
	struct vc_device *device = NULL;
	unsigned int i;

	mutex_lock(&slots_lock);
	for (i = 0; i < VC_MAX_DEVICES && !device; i++)
		if (works(&slots[i]))
			device = get_slot(&slots[i]);
	mutex_unlock(&slots_lock);
	return device;
}

static struct vc_device *get_minor(unsigned int minor)
{
	struct vc_device *device;

	mutex_lock(&slots_lock);
	device = get_slot(&slots[minor]);
	mutex_unlock(&slots_lock);
	return device;
}

struct vc_device *vc_nodes_get(struct virtio_device *vdev)
{
	return get_minor((struct slot *)vdev->priv - slots);
}

struct vc_device *vc_nodes_peek(struct virtio_device *vdev)
{
	const struct slot *slot = READ_ONCE(vdev->priv);

	return slot ? READ_ONCE(slot->device) : NULL;
}

static int open_minor(struct inode *inode, struct file *filp)
{
	return vc_file_open(filp, get_minor(iminor(inode) - MINOR(first_node)));
}

/* Called with a lock that all misc devices share, so nothing here may wait. */
static int open_first(struct inode *inode, struct file *filp)
{
	return vc_file_open(filp, get_first());
}

static const struct file_operations minor_fops = {
	.owner = THIS_MODULE,
	.open = open_minor,
	.release = vc_file_release,
	.poll = vc_async_poll,
	.unlocked_ioctl = vc_ioctl,
	.compat_ioctl = vc_compat_ioctl,
	.llseek = noop_llseek,
};

static const struct file_operations first_fops = {
	.owner = THIS_MODULE,
	.open = open_first,
	.release = vc_file_release,
	.poll = vc_async_poll,
	.unlocked_ioctl = vc_ioctl,
	.compat_ioctl = vc_compat_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice first = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "crypto",
	.mode = 0666,
	.fops = &first_fops,
};

static struct slot *claim(struct virtio_device *vdev, struct vc_device *device)
{
	struct slot *slot;

	mutex_lock(&slots_lock);
	for (slot = slots; slot < slots + VC_MAX_DEVICES && slot->vdev; slot++)
		;
	if (slot < slots + VC_MAX_DEVICES) {
		slot->vdev = vdev;
		WRITE_ONCE(vdev->priv, slot);
		WRITE_ONCE(slot->device, device);
	} else {
		slot = NULL;
	}
	mutex_unlock(&slots_lock);
	return slot;
}

static void unclaim(struct slot *slot)
{
	WRITE_ONCE(slot->vdev->priv, NULL);
	mutex_lock(&slots_lock);
	slot->vdev = NULL;
	WRITE_ONCE(slot->device, NULL);
	mutex_unlock(&slots_lock);
}

/* The node comes last: whoever sees it can use it. */
int vc_nodes_add(struct virtio_device *vdev, struct vc_device *device)
{
	struct slot *slot = claim(vdev, device);
	struct device *node;

	if (!slot)
		return -ENOSPC;
	node = device_create(&node_class, &vdev->dev, first_node + (slot - slots), NULL,
			     "cryptodev%u", (unsigned int)(slot - slots));
	if (IS_ERR(node))
		unclaim(slot);
	return PTR_ERR_OR_ZERO(node);
}

void vc_nodes_remove(struct virtio_device *vdev)
{
	struct slot *slot = vdev->priv;

	device_destroy(&node_class, first_node + (slot - slots));
	unclaim(slot);
}

static int add_nodes(void)
{
	int ret = alloc_chrdev_region(&first_node, 0, VC_MAX_DEVICES, "cryptodev");

	if (ret)
		return ret;
	cdev_init(&nodes, &minor_fops);
	nodes.owner = THIS_MODULE;
	ret = cdev_add(&nodes, first_node, VC_MAX_DEVICES);
	if (ret)
		unregister_chrdev_region(first_node, VC_MAX_DEVICES);
	return ret;
}

static void remove_nodes(void)
{
	cdev_del(&nodes);
	unregister_chrdev_region(first_node, VC_MAX_DEVICES);
}

int vc_nodes_init(void)
{
	int ret = class_register(&node_class);

	if (ret)
		return ret;
	ret = add_nodes();
	if (ret)
		goto no_nodes;
	ret = misc_register(&first);
	if (ret)
		goto no_first;
	return 0;
no_first:
	remove_nodes();
no_nodes:
	class_unregister(&node_class);
	return ret;
}

void vc_nodes_exit(void)
{
	misc_deregister(&first);
	remove_nodes();
	class_unregister(&node_class);
}
