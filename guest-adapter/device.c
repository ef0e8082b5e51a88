// SPDX-License-Identifier: GPL-2.0-only
/* One life of a virtio device: from its start to its reset. */
#include <linux/dev_printk.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>

#include "vcrypto.h"

/* Read once; the device cannot change its limits under us. */
static int read_limits(struct virtio_device *vdev, struct vcrypto_device_limits *limits)
{
	struct vcrypto_config config;

	virtio_cread_bytes(vdev, 0, &config, sizeof(config));
	if (vcrypto_check_config(&config, limits))
		return 0;
	dev_err(&vdev->dev, "version %u of the device or its configuration is not supported\n",
		vcrypto_get16(config.version));
	return -ENODEV;
}

static int find_queues(struct vc_device *device)
{
	struct virtqueue **vqs = kcalloc(device->queue_count, sizeof(*vqs), GFP_KERNEL);
	unsigned int i;
	int ret;

	if (!vqs)
		return -ENOMEM;
	ret = vc_find_vqs(device->vdev, device->queue_count, vqs, vc_queue_interrupt, "requests");
	for (i = 0; !ret && i < device->queue_count; i++)
		vc_queue_start(&device->queues[i], vqs[i]);
	kfree(vqs);
	return ret;
}

static void shutdown(struct vc_device *device, int error)
{
	unsigned int i;

	for (i = 0; i < device->queue_count; i++)
		vc_queue_refuse(&device->queues[i], error);
	/* See vc_queue_submit(). */
	synchronize_rcu();
	virtio_break_device(device->vdev);
	virtio_reset_device(device->vdev);
	virtio_synchronize_cbs(device->vdev);
	for (i = 0; i < device->queue_count; i++)
		vc_queue_give_back(&device->queues[i]);
}

/* Reset the device and give all requests back; the first caller's error counts. */
static void vc_device_shutdown(struct vc_device *device, int error)
{
	mutex_lock(&device->stop_lock);
	if (!device->stopped)
		shutdown(device, error);
	device->stopped = true;
	mutex_unlock(&device->stop_lock);
}

static bool failed(struct vc_device *device)
{
	struct virtio_device *vdev = device->vdev;
	unsigned int i;

	if (READ_ONCE(device->broken))
		return true;
	for (i = 0; i < device->queue_count; i++)
		if (virtqueue_is_broken(device->queues[i].vq))
			return true;
	return vdev->config->get_status(vdev) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

/* vc_device_stop() waits for this, so vdev is there. */
static void check(struct work_struct *work)
{
	struct vc_device *device = container_of(work, struct vc_device, check);

	if (device->stopped || !failed(device))
		return;
	dev_err(&device->vdev->dev, "device has failed and is not used any more\n");
	vc_device_shutdown(device, -EIO);
}

void vc_device_check(struct vc_device *device)
{
	queue_work(vc_workqueue, &device->check);
}

void vc_device_distrust(struct vc_device *device)
{
	WRITE_ONCE(device->broken, true);
	vc_device_check(device);
}

static struct vc_device *new_device(struct virtio_device *vdev,
				    const struct vcrypto_device_limits *limits)
{
	unsigned int count = min(limits->queues, num_possible_cpus());
	struct vc_device *device = kzalloc(struct_size(device, queues, count), GFP_KERNEL);
	unsigned int i;

	if (!device)
		return NULL;
	kref_init(&device->refs);
	device->vdev = vdev;
	device->max_segment = min_t(size_t, virtio_max_dma_size(vdev), UINT_MAX) & PAGE_MASK;
	device->limits = *limits;
	mutex_init(&device->stop_lock);
	INIT_WORK(&device->check, check);
	device->queue_count = count;
	for (i = 0; i < count; i++)
		vc_queue_init(&device->queues[i], device);
	return device;
}

struct vc_device *vc_device_start(struct virtio_device *vdev)
{
	struct vcrypto_device_limits limits;
	struct vc_device *device;
	int ret;

	ret = read_limits(vdev, &limits);
	if (ret)
		return ERR_PTR(ret);
	device = new_device(vdev, &limits);
	if (!device)
		return ERR_PTR(-ENOMEM);
	ret = find_queues(device);
	if (ret) {
		dev_err(&vdev->dev, "cannot set up %u queues: %d\n", device->queue_count, ret);
		vc_device_put(device);
		return ERR_PTR(ret);
	}
	virtio_device_ready(vdev);
	return device;
}

/* After the shutdown nothing starts the work any more. */
void vc_device_stop(struct vc_device *device)
{
	vc_device_shutdown(device, -ENODEV);
	cancel_work_sync(&device->check);
	device->vdev->config->del_vqs(device->vdev);
	vc_device_put(device);
}

static void free_device(struct kref *refs)
{
	struct vc_device *device = container_of(refs, struct vc_device, refs);
	unsigned int i;

	for (i = 0; i < device->queue_count; i++) {
		ida_destroy(&device->queues[i].contexts);
		ida_destroy(&device->queues[i].sessions);
	}
	kfree(device);
}

void vc_device_put(struct vc_device *device)
{
	kref_put(&device->refs, free_device);
}
