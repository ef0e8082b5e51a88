// SPDX-License-Identifier: GPL-2.0-only
/* A virtio device: up, down, and what is done when it fails. */
#include <linux/delay.h>
#include <linux/dev_printk.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/virtio_config.h>

#include "base.h"
#include "compat.h"
#include "device.h"

/* How long a device may take to answer before it sleeps, and rests before it starts again. */
#define DRAIN_TIME (2 * HZ)
#define RESTART_INTERVAL (HZ / 10)

/*
 * A device's status, where there is no device.  A living one's is another: two of these bits are
 * reserved.
 */
#define STATUS_GONE 0xff

/* How often somebody else may have the device locked, jiffies. */
#define LOCK_INTERVAL 1

/* Read once in each life; the device cannot change its limits under us. */
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

/* May come at any time between the setting up of queues and a reset. */
static void interrupt(struct virtqueue *vq)
{
	struct vc_device *device = vq->vdev->priv;

	vc_queue_poll(&device->queues[vq->index]);
}

/* As long as any request needs; and as before: requests may wait that were made for that. */
static int check_rings(const struct vc_device *device, struct virtqueue *const *vqs)
{
	unsigned int i, size;

	for (i = 0; i < device->queue_count; i++) {
		size = virtqueue_get_vring_size(vqs[i]);
		if (size < VC_RING_MIN || size < device->queues[i].size) {
			dev_err(&device->vdev->dev, "a ring of %u entries is too short\n", size);
			return -ENODEV;
		}
	}
	return 0;
}

static int attach_queues(struct vc_device *device, struct virtqueue *const *vqs)
{
	int ret = check_rings(device, vqs);
	unsigned int i;

	if (ret)
		device->vdev->config->del_vqs(device->vdev);
	for (i = 0; !ret && i < device->queue_count; i++)
		vc_queue_attach(&device->queues[i], vqs[i]);
	return ret;
}

static int find_queues(struct vc_device *device)
{
	struct virtqueue **vqs = kcalloc(device->queue_count, sizeof(*vqs), GFP_KERNEL);
	int ret;

	if (!vqs)
		return -ENOMEM;
	ret = vc_find_vqs(device->vdev, device->queue_count, vqs, interrupt, "requests");
	if (ret)
		dev_err(&device->vdev->dev, "cannot set up %u queues: %d\n", device->queue_count,
			ret);
	else
		ret = attach_queues(device, vqs);
	kfree(vqs);
	return ret;
}

/*
 * Of how much there is, what files and sessions have been promised has to be there in each of its
 * lives.  Of the algorithms each session finds out for itself: the machine may have moved to
 * another backend, and what others need is no business of those whose algorithm is gone.
 */
static bool covers(const struct vcrypto_device_limits *now,
		   const struct vcrypto_device_limits *before)
{
	return now->queues >= before->queues && now->contexts >= before->contexts &&
	       now->sessions >= before->sessions && now->cipher_key >= before->cipher_key &&
	       now->mac_key >= before->mac_key && now->payload >= before->payload &&
	       now->aad >= before->aad;
}

static int check_limits(struct vc_device *device)
{
	struct vcrypto_device_limits limits;
	int ret = read_limits(device->vdev, &limits);

	if (ret)
		return ret;
	if (!covers(&limits, &device->limits)) {
		dev_err(&device->vdev->dev, "device offers less than it did before\n");
		return -ENODEV;
	}
	memcpy(device->limits.backend, limits.backend, sizeof(limits.backend));
	WRITE_ONCE(device->limits.ciphers, limits.ciphers);
	WRITE_ONCE(device->limits.macs, limits.macs);
	return 0;
}

int vc_device_up(struct vc_device *device)
{
	unsigned int i;
	int ret = check_limits(device);

	if (!ret)
		ret = find_queues(device);
	if (ret)
		return ret;
	device->up = true;
	virtio_device_ready(device->vdev);
	for (i = 0; i < device->queue_count; i++)
		vc_queue_run(&device->queues[i]);
	return 0;
}

static bool ring_broken(const struct vc_device *device)
{
	unsigned int i;

	for (i = 0; i < device->queue_count; i++)
		if ((device->up && virtqueue_is_broken(device->queues[i].vq)) ||
		    READ_ONCE(device->queues[i].distrusted))
			return true;
	return false;
}

static u8 status_of(const struct vc_device *device)
{
	return device->vdev->config->get_status(device->vdev);
}

static bool needs_reset(const struct vc_device *device)
{
	return status_of(device) & VIRTIO_CONFIG_S_NEEDS_RESET;
}

/*
 * Linux resets a device by waiting, as long as that takes, until it says that it has been
 * reset.  One that has gone never does, so all that wait are told without a reset.  It stays
 * gone, whatever it says later.
 */
static bool is_gone(struct vc_device *device)
{
	unsigned int i;

	if (device->gone || !device->up || status_of(device) != STATUS_GONE)
		return device->gone;
	dev_err(&device->vdev->dev, "device has gone: nothing but ones can be read from it\n");
	device->gone = true;
	for (i = 0; i < device->queue_count; i++)
		vc_queue_forsake(&device->queues[i], -ENODEV);
	return true;
}

static bool idle(struct vc_device *device)
{
	unsigned int i;

	for (i = 0; i < device->queue_count; i++) {
		vc_queue_poll(&device->queues[i]);
		if (READ_ONCE(device->queues[i].in_ring))
			return false;
	}
	return true;
}

/* What the device gives back now has not to be given up; but it may not answer at all. */
static void drain(struct vc_device *device)
{
	unsigned long end = jiffies + DRAIN_TIME;
	unsigned int i;

	for (i = 0; i < device->queue_count; i++)
		vc_queue_drain(&device->queues[i]);
	if (ring_broken(device) || needs_reset(device))
		return;
	while (!idle(device) && time_before(jiffies, end))
		msleep(1);
}

static void take_down(struct vc_device *device)
{
	unsigned int i;

	for (i = 0; i < device->queue_count; i++)
		vc_queue_close(&device->queues[i]);
	/* See vc_queue_submit(). */
	synchronize_rcu();
	virtio_break_device(device->vdev);
	virtio_reset_device(device->vdev);
	virtio_synchronize_cbs(device->vdev);
	device->up = false;
}

static void end_life(struct vc_device *device)
{
	bool up = device->up;
	unsigned int i;

	if (up)
		take_down(device);
	for (i = 0; i < device->queue_count; i++)
		vc_queue_detach(&device->queues[i]);
	if (up)
		device->vdev->config->del_vqs(device->vdev);
}

int vc_device_down(struct vc_device *device, int error)
{
	unsigned int i;

	for (i = 0; error && i < device->queue_count; i++)
		vc_queue_refuse(&device->queues[i], error);
	if (device->up && !error)
		drain(device);
	if (is_gone(device))
		return -ENODEV;
	end_life(device);
	return 0;
}

/*
 * Not again at once, because a device may fail again and again.  It is started as
 * after sleep; if it does not start nobody waits for it any longer.
 */
static void restart(struct vc_device *device)
{
	unsigned long earliest = device->restarted + RESTART_INTERVAL;

	if (time_before(jiffies, earliest)) {
		queue_delayed_work(vc_workqueue, &device->check, earliest - jiffies);
		return;
	}
	dev_warn(&device->vdev->dev, "device needs to be reset, and is started again\n");
	if (vc_restart(device->vdev)) {
		dev_err(&device->vdev->dev, "device does not start again\n");
		vc_device_down(device, -EIO);
	}
	device->restarted = jiffies;
}

static void mend(struct vc_device *device)
{
	if (!device->up || is_gone(device))
		return;
	if (ring_broken(device)) {
		dev_err(&device->vdev->dev, "device has failed and is not used any more\n");
		vc_device_down(device, -EIO);
	} else if (needs_reset(device)) {
		restart(device);
	}
}

/*
 * vc_device_remove() waits for this, so vdev is there.  It does so with the lock, as
 * probe() has it too; and who changes the device's status below virtio, while that
 * ends a probe(), would have it made ready without its queues.
 */
static void check(struct work_struct *work)
{
	struct vc_device *device = container_of(to_delayed_work(work), struct vc_device, check);

	if (READ_ONCE(device->removed))
		return;
	if (!device_trylock(&device->vdev->dev)) {
		queue_delayed_work(vc_workqueue, &device->check, LOCK_INTERVAL);
		return;
	}
	mend(device);
	device_unlock(&device->vdev->dev);
}

void vc_device_check(struct vc_device *device)
{
	queue_delayed_work(vc_workqueue, &device->check, 0);
}

static void free_device(struct kref *refs)
{
	struct vc_device *device = container_of(refs, struct vc_device, refs);
	unsigned int i;

	for (i = 0; i < device->queue_count; i++)
		vc_queue_fini(&device->queues[i]);
	kfree(device);
}

static struct vc_device *allocate(struct virtio_device *vdev,
				  const struct vcrypto_device_limits *limits)
{
	unsigned int count = min(limits->queues, num_possible_cpus());
	struct vc_device *device = kzalloc(struct_size(device, queues, count), GFP_KERNEL);

	if (!device)
		return NULL;
	kref_init(&device->refs);
	device->vdev = vdev;
	device->max_segment = min_t(size_t, virtio_max_dma_size(vdev), UINT_MAX) & PAGE_MASK;
	device->limits = *limits;
	device->restarted = jiffies - RESTART_INTERVAL;
	INIT_DELAYED_WORK(&device->check, check);
	while (device->queue_count < count)
		if (!vc_queue_init(&device->queues[device->queue_count++], &device->limits,
				   &device->check)) {
			free_device(&device->refs);
			return NULL;
		}
	return device;
}

struct vc_device *vc_device_new(struct virtio_device *vdev)
{
	struct vcrypto_device_limits limits;
	struct vc_device *device;
	int ret = read_limits(vdev, &limits);

	if (ret)
		return ERR_PTR(ret);
	device = allocate(vdev, &limits);
	if (!device)
		return ERR_PTR(-ENOMEM);
	vdev->priv = device;
	return device;
}

/*
 * Once it is down nothing starts the work any more.  One that has gone is reset all the same,
 * because then its memory is freed.  The last reset is for a device that failed during
 * probe(): it was down already when virtio made it ready.
 */
void vc_device_remove(struct vc_device *device)
{
	unsigned int i;

	WRITE_ONCE(device->removed, true);
	for (i = 0; i < device->queue_count; i++)
		vc_queue_refuse(&device->queues[i], -ENODEV);
	cancel_delayed_work_sync(&device->check);
	for (i = 0; i < device->queue_count; i++)
		cancel_delayed_work_sync(&device->queues[i].flush);
	if (vc_device_down(device, -ENODEV))
		end_life(device);
	cancel_delayed_work_sync(&device->check);
	virtio_reset_device(device->vdev);
	device->vdev->priv = NULL;
}

void vc_device_put(struct vc_device *device)
{
	kref_put(&device->refs, free_device);
}
