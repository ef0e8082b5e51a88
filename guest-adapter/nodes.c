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

#include "compat.h"
#include "ioctls.h"
#include "node.h"

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

static int open_minor(struct inode *inode, struct file *filp)
{
	return vc_file_open(filp, vc_slots_get(iminor(inode) - MINOR(first_node)));
}

/* Called with a lock that all misc devices share, so nothing here may wait. */
static int open_first(struct inode *inode, struct file *filp)
{
	return vc_file_open(filp, vc_slots_first());
}

static const struct file_operations minor_fops = {
	.owner = THIS_MODULE,
	.open = open_minor,
	.release = vc_file_release,
	.poll = vc_async_poll,
	.unlocked_ioctl = vc_ioctl,
	.compat_ioctl = vc_compat_ioctl,
	.uring_cmd = vc_uring_cmd,
	.llseek = noop_llseek,
};

static const struct file_operations first_fops = {
	.owner = THIS_MODULE,
	.open = open_first,
	.release = vc_file_release,
	.poll = vc_async_poll,
	.unlocked_ioctl = vc_ioctl,
	.compat_ioctl = vc_compat_ioctl,
	.uring_cmd = vc_uring_cmd,
	.llseek = noop_llseek,
};

static struct miscdevice first = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "crypto",
	.mode = 0666,
	.fops = &first_fops,
};

/* The node comes last: whoever sees it can use it. */
int vc_nodes_add(struct vc_device *device)
{
	struct device *node;
	int ret = vc_slots_add(device);

	if (ret)
		return ret;
	node = device_create(&node_class, &device->vdev->dev, first_node + device->number, NULL,
			     "cryptodev%u", device->number);
	if (IS_ERR(node))
		vc_slots_remove(device);
	return PTR_ERR_OR_ZERO(node);
}

void vc_nodes_remove(struct vc_device *device)
{
	device_destroy(&node_class, first_node + device->number);
	vc_slots_remove(device);
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
