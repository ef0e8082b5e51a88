// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/my_rng: numbers that anybody can predict.  NOT FOR SECURITY: it is rand()
 * of the C library in a device, which is why it is kept from the kernel's own
 * random numbers (there is a framework for such devices, hwrng).
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

#include <vcrypto/small-devices/ids.h>
#include <vcrypto/small-devices/my_rng.h>

#include "bar.h"
#include "my_rng_ioctl.h"
#include "node.h"

/* Lives as long as the device is there or a file is open. */
struct rng {
	struct mutex lock;
	void __iomem *bar;		/* NULL: the device has gone; under lock */
	struct node node;
};

static DEFINE_IDA(numbers);

static int rng_get(struct rng *rng, u32 __user *to)
{
	u32 number = 0;
	int ret = -ENODEV;

	mutex_lock(&rng->lock);
	if (rng->bar) {
		number = ioread32(rng->bar + VCRYPTO_MY_RNG_RNG);
		ret = 0;
	}
	mutex_unlock(&rng->lock);
	return ret ? ret : put_user(number, to);
}

static int rng_seed(struct rng *rng, const u32 __user *from)
{
	int ret = -ENODEV;
	u32 seed;

	if (get_user(seed, from))
		return -EFAULT;
	mutex_lock(&rng->lock);
	if (rng->bar) {
		iowrite32(seed, rng->bar + VCRYPTO_MY_RNG_SEED);
		ret = 0;
	}
	mutex_unlock(&rng->lock);
	return ret;
}

static long rng_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case MY_RNG_GET:
		return rng_get(node_owner(filp), (u32 __user *)arg);
	case MY_RNG_SEED:
		return rng_seed(node_owner(filp), (const u32 __user *)arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations rng_fops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.unlocked_ioctl = rng_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static int rng_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct rng *rng = kzalloc(sizeof(*rng), GFP_KERNEL);
	int ret;

	if (!rng)
		return -ENOMEM;
	node_init(&rng->node, rng);
	mutex_init(&rng->lock);
	rng->bar = bar_map(pdev, VCRYPTO_MY_RNG_BAR_SIZE);
	ret = PTR_ERR_OR_ZERO((void __force *)rng->bar);
	if (ret)
		goto no_bar;
	pci_set_drvdata(pdev, rng);
	ret = node_add(&rng->node, "my_rng", &numbers, &rng_fops, NULL, &pdev->dev);
	if (!ret)
		return 0;
	bar_unmap(pdev, rng->bar);
no_bar:
	node_put(&rng->node);
	return ret;
}

static void rng_remove(struct pci_dev *pdev)
{
	struct rng *rng = pci_get_drvdata(pdev);

	node_remove(&rng->node);
	mutex_lock(&rng->lock);
	bar_unmap(pdev, rng->bar);
	rng->bar = NULL;
	mutex_unlock(&rng->lock);
	node_put(&rng->node);
}

static const struct pci_device_id rng_ids[] = {
	{ PCI_DEVICE(VCRYPTO_SMALL_PCI_VENDOR, VCRYPTO_MY_RNG_DEVICE) },
	{ 0 },
};
MODULE_DEVICE_TABLE(pci, rng_ids);

static struct pci_driver rng_driver = {
	.name = KBUILD_MODNAME,
	.id_table = rng_ids,
	.probe = rng_probe,
	.remove = rng_remove,
};
module_pci_driver(rng_driver);

MODULE_VERSION(SMALL_VERSION);
MODULE_AUTHOR("The libvcrypto authors");
MODULE_DESCRIPTION("my_rng: srand() and rand() as a PCI device; not for security");
MODULE_LICENSE("GPL");
