// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/demo: a register of a PCI device.  Reading 4 bytes loads it, writing 4
 * bytes stores it.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include <vcrypto/small-devices/ids.h>
#include <vcrypto/small-devices/pci-demo.h>

#include "bar.h"
#include "node.h"

/* Lives as long as the device is there or a file is open. */
struct demo {
	struct mutex lock;
	void __iomem *bar;		/* NULL: the device has gone; under lock */
	struct node node;
};

static DEFINE_IDA(numbers);

static ssize_t demo_read(struct file *filp, char __user *to, size_t count, loff_t *pos)
{
	struct demo *demo = node_owner(filp);
	u32 value = 0;
	int ret = -ENODEV;

	if (count != sizeof(value))
		return -EINVAL;
	mutex_lock(&demo->lock);
	if (demo->bar) {
		value = ioread32(demo->bar + VCRYPTO_PCI_DEMO_VALUE);
		ret = 0;
	}
	mutex_unlock(&demo->lock);
	if (ret)
		return ret;
	return copy_to_user(to, &value, sizeof(value)) ? -EFAULT : sizeof(value);
}

static ssize_t demo_write(struct file *filp, const char __user *from, size_t count, loff_t *pos)
{
	struct demo *demo = node_owner(filp);
	ssize_t ret = -ENODEV;
	u32 value;

	if (count != sizeof(value))
		return -EINVAL;
	if (copy_from_user(&value, from, sizeof(value)))
		return -EFAULT;
	mutex_lock(&demo->lock);
	if (demo->bar) {
		iowrite32(value, demo->bar + VCRYPTO_PCI_DEMO_VALUE);
		ret = sizeof(value);
	}
	mutex_unlock(&demo->lock);
	return ret;
}

static const struct file_operations demo_fops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.read = demo_read,
	.write = demo_write,
};

static int demo_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct demo *demo = kzalloc(sizeof(*demo), GFP_KERNEL);
	int ret;

	if (!demo)
		return -ENOMEM;
	node_init(&demo->node, demo);
	mutex_init(&demo->lock);
	demo->bar = bar_map(pdev, VCRYPTO_PCI_DEMO_BAR_SIZE);
	ret = PTR_ERR_OR_ZERO((void __force *)demo->bar);
	if (ret)
		goto no_bar;
	pci_set_drvdata(pdev, demo);
	ret = node_add(&demo->node, "demo", &numbers, &demo_fops, NULL, &pdev->dev);
	if (!ret)
		return 0;
	bar_unmap(pdev, demo->bar);
no_bar:
	node_put(&demo->node);
	return ret;
}

static void demo_remove(struct pci_dev *pdev)
{
	struct demo *demo = pci_get_drvdata(pdev);

	node_remove(&demo->node);
	mutex_lock(&demo->lock);
	bar_unmap(pdev, demo->bar);
	demo->bar = NULL;
	mutex_unlock(&demo->lock);
	node_put(&demo->node);
}

static const struct pci_device_id demo_ids[] = {
	{ PCI_DEVICE(VCRYPTO_SMALL_PCI_VENDOR, VCRYPTO_PCI_DEMO_DEVICE) },
	{ 0 },
};
MODULE_DEVICE_TABLE(pci, demo_ids);

static struct pci_driver demo_driver = {
	.name = KBUILD_MODNAME,
	.id_table = demo_ids,
	.probe = demo_probe,
	.remove = demo_remove,
};
module_pci_driver(demo_driver);

MODULE_VERSION(SMALL_VERSION);
MODULE_AUTHOR("The libvcrypto authors");
MODULE_DESCRIPTION("pci-demo: a register of a PCI device");
MODULE_LICENSE("GPL");
