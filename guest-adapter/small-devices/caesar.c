// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/caesardev: Caesar's cipher.
 *
 *	printf + >/dev/caesardev		encrypt what follows; '-' decrypts
 *	printf Hello >/dev/caesardev
 *	cat /dev/caesardev			Khoor
 *	echo 7 >/sys/class/misc/caesardev/key	a parameter, in the device; or size
 *
 * The node reads like a file that holds the result of the last write; a write
 * takes its file back to the start.
 */
#include <linux/module.h>
#include <linux/uaccess.h>

#include <vcrypto/small-devices/caesar.h>
#include <vcrypto/small-devices/ids.h>

#include "call.h"
#include "node.h"

struct caesar_message {
	struct vcrypto_le32 word;	/* operation or status */
	u8 text[VCRYPTO_CAESAR_MAX_SIZE];
};

/* Lives as long as the device is there or a file is open. */
struct caesar {
	struct virtio_device *vdev;	/* only for sysfs, which goes first */
	struct mutex config_lock;
	struct node node;
	struct call call;
	/* Between call_begin() and call_end(): */
	enum vcrypto_caesar_operation operation;
	size_t result_len;
	u8 result[VCRYPTO_CAESAR_MAX_SIZE];
	struct caesar_message request ____cacheline_aligned;
	struct caesar_message reply ____cacheline_aligned;
};

static DEFINE_IDA(numbers);

/* The device is not trusted: a reply that is not one is an error. */
static int caesar_judge(const struct caesar *caesar, unsigned int used_len, size_t len)
{
	const struct caesar_message *reply = &caesar->reply;

	if (used_len < sizeof(reply->word))
		return -EIO;
	switch (vcrypto_get32(reply->word)) {
	case VCRYPTO_CAESAR_OK:
		return used_len == sizeof(reply->word) + len ? 0 : -EIO;
	case VCRYPTO_CAESAR_TOO_LONG:
		return -EMSGSIZE;
	case VCRYPTO_CAESAR_NOT_LETTERS:
		return -EINVAL;
	default:
		return -EIO;
	}
}

/* The result changes only if all went well. */
static int caesar_process(struct caesar *caesar, const char __user *from, size_t len)
{
	unsigned int message_len = sizeof(caesar->request.word) + len;
	int ret;

	if (copy_from_user(caesar->request.text, from, len))
		return -EFAULT;
	if (len == 1 && (caesar->request.text[0] == '+' || caesar->request.text[0] == '-')) {
		caesar->operation = caesar->request.text[0] == '+' ? VCRYPTO_CAESAR_ENCRYPT :
								     VCRYPTO_CAESAR_DECRYPT;
		return 0;
	}
	caesar->request.word = vcrypto_put32(caesar->operation);
	ret = call_device(&caesar->call, &caesar->request, message_len,
			  &caesar->reply, message_len);
	if (ret >= 0)
		ret = caesar_judge(caesar, ret, len);
	if (ret)
		return ret;
	memcpy(caesar->result, caesar->reply.text, len);
	caesar->result_len = len;
	return 0;
}

static ssize_t caesar_write(struct file *filp, const char __user *from, size_t count, loff_t *pos)
{
	struct caesar *caesar = node_owner(filp);
	int ret;

	if (!count)
		return 0;
	if (count > VCRYPTO_CAESAR_MAX_SIZE)
		return -EMSGSIZE;
	ret = call_begin(&caesar->call);
	if (ret)
		return ret;
	ret = caesar_process(caesar, from, count);
	call_end(&caesar->call);
	/* Also when it has failed, in which case the kernel does not look at *pos. */
	filp->f_pos = 0;
	*pos = 0;
	return ret ? ret : count;
}

static ssize_t caesar_read(struct file *filp, char __user *to, size_t count, loff_t *pos)
{
	struct caesar *caesar = node_owner(filp);
	ssize_t ret = call_begin(&caesar->call);

	if (ret)
		return ret;
	ret = simple_read_from_buffer(to, count, pos, caesar->result, caesar->result_len);
	call_end(&caesar->call);
	return ret;
}

static const struct file_operations caesar_fops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.read = caesar_read,
	.write = caesar_write,
	.llseek = default_llseek,
};

static struct caesar *caesar_of(struct device *dev)
{
	return container_of(dev_get_drvdata(dev), struct caesar, node.misc);
}

/* The device ignores what it does not allow, so we look what has become of it. */
static ssize_t caesar_set(struct caesar *caesar, unsigned int offset, u32 value, size_t count)
{
	u32 now;

	mutex_lock(&caesar->config_lock);
	virtio_cwrite32(caesar->vdev, offset, value);
	now = virtio_cread32(caesar->vdev, offset);
	mutex_unlock(&caesar->config_lock);
	return now == value ? count : -EINVAL;
}

static ssize_t key_show(struct device *dev, struct device_attribute *attr, char *to)
{
	return sysfs_emit(to, "%d\n", (s32)virtio_cread32(caesar_of(dev)->vdev,
			  offsetof(struct vcrypto_caesar_config, key)));
}

static ssize_t key_store(struct device *dev, struct device_attribute *attr, const char *from,
			 size_t count)
{
	s32 key;
	int ret = kstrtos32(from, 0, &key);

	return ret ? ret : caesar_set(caesar_of(dev), offsetof(struct vcrypto_caesar_config, key),
				      key, count);
}
static DEVICE_ATTR_RW(key);

static ssize_t size_show(struct device *dev, struct device_attribute *attr, char *to)
{
	return sysfs_emit(to, "%u\n", virtio_cread32(caesar_of(dev)->vdev,
			  offsetof(struct vcrypto_caesar_config, size)));
}

static ssize_t size_store(struct device *dev, struct device_attribute *attr, const char *from,
			  size_t count)
{
	u32 size;
	int ret = kstrtou32(from, 0, &size);

	return ret ? ret : caesar_set(caesar_of(dev), offsetof(struct vcrypto_caesar_config, size),
				      size, count);
}
static DEVICE_ATTR_RW(size);

static struct attribute *caesar_attrs[] = { &dev_attr_key.attr, &dev_attr_size.attr, NULL };
ATTRIBUTE_GROUPS(caesar);

/* A PCI device may be without configuration, which has the parameters. */
static int caesar_validate(struct virtio_device *vdev)
{
	return vdev->config->get && vdev->config->set ? 0 : -EINVAL;
}

static int caesar_probe(struct virtio_device *vdev)
{
	struct caesar *caesar = kzalloc(sizeof(*caesar), GFP_KERNEL);
	int ret;

	if (!caesar)
		return -ENOMEM;
	node_init(&caesar->node, caesar);
	mutex_init(&caesar->config_lock);
	caesar->vdev = vdev;
	caesar->operation = VCRYPTO_CAESAR_ENCRYPT;
	ret = call_start(&caesar->call, vdev);
	if (ret)
		goto no_call;
	ret = node_add(&caesar->node, "caesardev", &numbers, &caesar_fops, caesar_groups,
		       &vdev->dev);
	if (!ret)
		return 0;
	call_stop(&caesar->call, vdev);
no_call:
	node_put(&caesar->node);
	return ret;
}

static void caesar_remove(struct virtio_device *vdev)
{
	struct caesar *caesar = container_of(vdev->priv, struct caesar, call);

	node_remove(&caesar->node);
	call_stop(&caesar->call, vdev);
	node_put(&caesar->node);
}

static const struct virtio_device_id caesar_ids[] = {
	{ VCRYPTO_CAESAR_ID, VIRTIO_DEV_ANY_ID },
	{ 0 },
};
MODULE_DEVICE_TABLE(virtio, caesar_ids);

static struct virtio_driver caesar_driver = {
	.driver.name = KBUILD_MODNAME,
	.driver.owner = THIS_MODULE,
	.id_table = caesar_ids,
	.validate = caesar_validate,
	.probe = caesar_probe,
	.remove = caesar_remove,
};
module_virtio_driver(caesar_driver);

MODULE_VERSION(SMALL_VERSION);
MODULE_AUTHOR("The libvcrypto authors");
MODULE_DESCRIPTION("caesar: Caesar's cipher as a virtio device; not for security");
MODULE_LICENSE("GPL");
