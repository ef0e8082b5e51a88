// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/virtio_demo: a register behind a virtqueue.  Reading 4 bytes loads it,
 * writing 4 bytes stores it; the caller sleeps until the device has replied.
 * Who the device is, QEMU or the host's kernel, is not for us to know.
 */
#include <linux/module.h>
#include <linux/uaccess.h>

#include <vcrypto/small-devices/ids.h>
#include <vcrypto/small-devices/virtio-demo.h>

#include "call.h"
#include "node.h"

/* Lives as long as the device is there or a file is open. */
struct demo {
	struct call call;
	struct node node;
	/* What the device reads and writes, in cache lines of their own. */
	struct vcrypto_virtio_demo_message request ____cacheline_aligned;
	struct vcrypto_virtio_demo_message reply ____cacheline_aligned;
};

static DEFINE_IDA(numbers);

/* The device is not trusted: a reply that is not one is an error. */
static int demo_send(struct demo *demo, u32 opcode, u32 *operand)
{
	int ret;

	demo->request.opcode = vcrypto_put32(opcode);
	demo->request.operand = vcrypto_put32(*operand);
	ret = call_device(&demo->call, &demo->request, sizeof(demo->request),
			  &demo->reply, sizeof(demo->reply));
	if (ret < 0)
		return ret;
	if (ret != sizeof(demo->reply) || vcrypto_get32(demo->reply.opcode) != opcode)
		return -EIO;
	*operand = vcrypto_get32(demo->reply.operand);
	return 0;
}

static int demo_call(struct demo *demo, u32 opcode, u32 *operand)
{
	int ret = call_begin(&demo->call);

	if (ret)
		return ret;
	ret = demo_send(demo, opcode, operand);
	call_end(&demo->call);
	return ret;
}

static ssize_t demo_read(struct file *filp, char __user *to, size_t count, loff_t *pos)
{
	u32 value = 0;
	int ret;

	if (count != sizeof(value))
		return -EINVAL;
	ret = demo_call(node_owner(filp), VCRYPTO_VIRTIO_DEMO_READ, &value);
	if (ret)
		return ret;
	return copy_to_user(to, &value, sizeof(value)) ? -EFAULT : sizeof(value);
}

static ssize_t demo_write(struct file *filp, const char __user *from, size_t count, loff_t *pos)
{
	u32 value;
	int ret;

	if (count != sizeof(value))
		return -EINVAL;
	if (copy_from_user(&value, from, sizeof(value)))
		return -EFAULT;
	ret = demo_call(node_owner(filp), VCRYPTO_VIRTIO_DEMO_WRITE, &value);
	return ret ? ret : sizeof(value);
}

static const struct file_operations demo_fops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.read = demo_read,
	.write = demo_write,
};

static int demo_probe(struct virtio_device *vdev)
{
	struct demo *demo = kzalloc(sizeof(*demo), GFP_KERNEL);
	int ret;

	if (!demo)
		return -ENOMEM;
	node_init(&demo->node, demo);
	ret = call_start(&demo->call, vdev);
	if (ret)
		goto no_call;
	ret = node_add(&demo->node, "virtio_demo", &numbers, &demo_fops, NULL, &vdev->dev);
	if (!ret)
		return 0;
	call_stop(&demo->call, vdev);
no_call:
	node_put(&demo->node);
	return ret;
}

static void demo_remove(struct virtio_device *vdev)
{
	struct demo *demo = container_of(vdev->priv, struct demo, call);

	node_remove(&demo->node);
	call_stop(&demo->call, vdev);
	node_put(&demo->node);
}

static const struct virtio_device_id demo_ids[] = {
	{ VCRYPTO_VIRTIO_DEMO_ID, VIRTIO_DEV_ANY_ID },
	{ 0 },
};
MODULE_DEVICE_TABLE(virtio, demo_ids);

static struct virtio_driver demo_driver = {
	.driver.name = KBUILD_MODNAME,
	.driver.owner = THIS_MODULE,
	.id_table = demo_ids,
	.probe = demo_probe,
	.remove = demo_remove,
};
module_virtio_driver(demo_driver);

MODULE_VERSION(SMALL_VERSION);
MODULE_AUTHOR("The libvcrypto authors");
MODULE_DESCRIPTION("virtio-demo: a register behind a virtqueue");
MODULE_LICENSE("GPL");
