/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device's node in /dev: NAME for the first of its kind, then NAME1, NAME2
 * and so on.  Everybody may use it.
 *
 *	probe()				remove()
 *		node_init()
 *		... start ...			node_remove()
 *		node_add()			... stop ...
 *						node_put()
 *
 * Lifetime.  The node is part of its owner, the driver's structure for the
 * device, and counts who needs that: the device until remove(), and each open
 * file.  The last one frees it.  The kernel holds one lock while it opens a
 * misc device and while it removes one, so node_open() either comes before
 * node_remove() or finds nothing.  Files that are open then stay open; what
 * they get from now on is the owner's business (ENODEV).
 */
#ifndef SMALL_NODE_H
#define SMALL_NODE_H

#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/slab.h>

struct node {
	struct miscdevice misc;
	struct kref refs;
	void *owner;			/* from kmalloc() */
	struct ida *numbers;		/* of this kind, in use */
	int number;
	char name[32];
};

static inline void node_init(struct node *node, void *owner)
{
	kref_init(&node->refs);
	node->owner = owner;
}

static inline void node_free(struct kref *refs)
{
	kfree(container_of(refs, struct node, refs)->owner);
}

static inline void node_put(struct node *node)
{
	kref_put(&node->refs, node_free);
}

/* From here on it can be opened, so everything else must be ready. */
static inline int node_add(struct node *node, const char *name, struct ida *numbers,
			   const struct file_operations *fops,
			   const struct attribute_group **groups, struct device *parent)
{
	int number = ida_alloc(numbers, GFP_KERNEL);
	int ret;

	if (number < 0)
		return number;
	node->numbers = numbers;
	node->number = number;
	if (number)
		snprintf(node->name, sizeof(node->name), "%s%d", name, number);
	else
		strscpy(node->name, name, sizeof(node->name));
	node->misc = (struct miscdevice) {
		.minor = MISC_DYNAMIC_MINOR,
		.name = node->name,
		.fops = fops,
		.groups = groups,
		.parent = parent,
		.mode = 0666,
	};
	ret = misc_register(&node->misc);
	if (ret)
		ida_free(numbers, number);
	return ret;
}

/* Nobody opens it any more, nor uses its attributes in sysfs. */
static inline void node_remove(struct node *node)
{
	misc_deregister(&node->misc);
	ida_free(node->numbers, node->number);
}

/* The file operations open and release. */
static inline int node_open(struct inode *inode, struct file *filp)
{
	struct node *node = container_of(filp->private_data, struct node, misc);

	kref_get(&node->refs);
	filp->private_data = node;
	return 0;
}

static inline int node_release(struct inode *inode, struct file *filp)
{
	node_put(filp->private_data);
	return 0;
}

/* Whose node is open. */
static inline void *node_owner(struct file *filp)
{
	return ((struct node *)filp->private_data)->owner;
}

#endif /* SMALL_NODE_H */
