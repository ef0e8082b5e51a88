// SPDX-License-Identifier: GPL-2.0-only
/* The virtio driver. */
#include <linux/dev_printk.h>
#include <linux/module.h>
#include <linux/virtio_config.h>

#include "vcrypto.h"

struct workqueue_struct *vc_workqueue, *vc_async_workqueue;

static int vc_validate(struct virtio_device *vdev)
{
	if (virtio_has_feature(vdev, VIRTIO_F_VERSION_1))
		return 0;
	dev_err(&vdev->dev, "the device's modern interface is needed (disable-modern=off)\n");
	return -EINVAL;
}

static int vc_probe(struct virtio_device *vdev)
{
	struct vc_device *device = vc_device_new(vdev);
	int ret;

	if (IS_ERR(device))
		return PTR_ERR(device);
	ret = vc_device_up(device);
	if (!ret) {
		ret = vc_nodes_add(device);
		if (ret)
			dev_err(&vdev->dev, "no name for the device: %d\n", ret);
	}
	if (ret) {
		vc_device_remove(device);
		vc_device_put(device);
	}
	return ret;
}

static void vc_remove(struct virtio_device *vdev)
{
	struct vc_device *device = vdev->priv;

	vc_device_remove(device);
	vc_nodes_remove(device);
	vc_device_put(device);
}

/* Not called before probe() or restore() has ended, nor after remove() begins. */
static void vc_config_changed(struct virtio_device *vdev)
{
	vc_device_check(vdev->priv);
}

/* Before and after sleep, and around a reset that the device has asked for. */
static int __maybe_unused vc_freeze(struct virtio_device *vdev)
{
	vc_device_down(vdev->priv, 0);
	return 0;
}

static int __maybe_unused vc_restore(struct virtio_device *vdev)
{
	struct vc_device *device = vdev->priv;
	int ret = vc_device_up(device);

	if (ret)
		vc_device_down(device, -EIO);
	return ret;
}

static const struct virtio_device_id vc_ids[] = {
	{ VCRYPTO_VIRTIO_ID, VIRTIO_DEV_ANY_ID },
	{ 0 },
};
MODULE_DEVICE_TABLE(virtio, vc_ids);

static struct virtio_driver vc_driver = {
	.driver.name = KBUILD_MODNAME,
	.driver.owner = THIS_MODULE,
	.driver.dev_groups = vc_attribute_groups,
	.id_table = vc_ids,
	.validate = vc_validate,
	.probe = vc_probe,
	.remove = vc_remove,
	.config_changed = vc_config_changed,
	VC_PM_OPS(vc_freeze, vc_restore)
};

/* The driver comes last, as it finds devices at once. */
static int __init vc_init(void)
{
	int ret;

	/* Freezable, so that no device is started again while the machine goes to sleep. */
	vc_workqueue = alloc_workqueue(KBUILD_MODNAME, WQ_FREEZABLE | WQ_UNBOUND, 0);
	if (!vc_workqueue)
		return -ENOMEM;
	ret = -ENOMEM;
	vc_async_workqueue = alloc_workqueue(KBUILD_MODNAME "_async", WQ_UNBOUND, 0);
	if (!vc_async_workqueue)
		goto no_async;
	ret = vc_nodes_init();
	if (ret)
		goto no_nodes;
	ret = register_virtio_driver(&vc_driver);
	if (ret)
		goto no_driver;
	return 0;
no_driver:
	vc_nodes_exit();
no_nodes:
	destroy_workqueue(vc_async_workqueue);
no_async:
	destroy_workqueue(vc_workqueue);
	return ret;
}

/* The workqueues go last: they free what killed processes have left. */
static void __exit vc_exit(void)
{
	unregister_virtio_driver(&vc_driver);
	vc_nodes_exit();
	destroy_workqueue(vc_async_workqueue);
	destroy_workqueue(vc_workqueue);
}

module_init(vc_init);
module_exit(vc_exit);

MODULE_DESCRIPTION("Paravirtual crypto device for /dev/crypto");
MODULE_LICENSE("GPL");
