/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device's node in /dev: NAME for the first of its kind, then NAME1, NAME2
 * and so on.  Everybody may use it.
 *
 * Lifetime.  The kernel holds one lock while it opens a misc device and while
 * it removes one.  So node_open() either finds the node or is not called at
 * all, and may take a reference to what the node is part of.  Files that are
 * open outlive the node.
 */
#ifndef SMALL_NODE_H
#define SMALL_NODE_H

#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/miscdevice.h>

struct node {
	struct miscdevice misc;
	struct ida *numbers;		/* of this kind, in use */
	int number;
	char name[32];
};

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

/* The node that a file operation open() is called for. */
static inline struct node *node_opened(struct file *filp)
{
	return container_of(filp->private_data, struct node, misc);
}

#endif /* SMALL_NODE_H */
