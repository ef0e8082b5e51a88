// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtio driver.
 *
 * Theory of operation
 * -------------------
 * An ioctl becomes a call (struct vc_call): what is to be done with which memory of
 * the program's.  A call is cut into requests (struct vc_request), one after the
 * other: memory for the device to read and to write, plus the user's pages where
 * payload is not copied.  The session's queue takes a request, in the order of
 * submission: into the ring, or, while that is full or the device is away, into the
 * queue's list of pending requests.  So there is one order for all requests of a queue,
 * and the driver relies on it: a SESSION_FREE is not waited for, and its handle
 * is given to somebody else as soon as it is in the ring.
 *
 * Who owns a request.  It is counted: who makes it has a reference, and puts it whatever
 * becomes of the request; the queue has one from vc_queue_submit() until the device has
 * returned the request, or never will.  Then the queue puts its own, and tells the owner
 * (tell), who therefore has to have his; so what he waits for is unpinned by him.
 * What carries no data is a post (vc_queue_post()): nobody waits for it, and the device is
 * told of it together with the next request that somebody waits for, or a little later.
 * Those that close and free are allocated long before they are needed (with the
 * context, with the session), so that this cannot fail.  Those that make a session or
 * copy a hash count for their user's share of work, so there are not many; if that is used
 * up, they are waited for.  What has become of them is noted in the session, whose memory
 * lives until then (vc_session.memory), and told by the next call (vc_call_judge()):
 * a device returns requests of a session in their order, so it is known by then.
 * Short asynchronous operations are posted likewise, if their program has others to fetch
 * before (vc_queue_defer()); but whoever waits for one, or for what it keeps from others, has
 * the device told of it (vc_queue_tell()).
 * A waiter that is killed is not told any more (vc_queue_abandon()), and leaves.  What
 * the device may still write to, copies and pinned pages alike, is in
 * the request, and lives until the device has returned it or has been reset.
 * So does what the request takes of its user's share and RLIMIT_MEMLOCK.
 *
 * Lives.  A device that sleeps, asks to be reset, or is reset by its host loses its
 * contexts and sessions.  The driver keeps the keys, the IV and the handles, and
 * makes a session again before the next request that needs it (vc_session_revive()):
 * a session remembers in which of its queue's lives it is there.  A request that the
 * device refused because it knows no such session (VC_EUNKNOWN) has changed nothing
 * and is repeated; one that the device had when it was reset (VC_EGONE) too, unless it
 * may have overwritten its own source.  What only the device knew, the middle of a hash
 * or of an AEAD message, is lost: ESTALE, until that message has ended.
 *
 * Asynchronous operations (struct vc_operation, async.c) are the same calls, made
 * on behalf of a process that does not wait: by a work item, with the process's
 * memory, and each with one request in flight at most.  Commands of io_uring's (struct
 * vc_command, uring.c) are such operations, too; they end by themselves.
 *
 * Other lifetimes.
 *  - struct vc_device: a virtio device from probe() to remove().  Counted: the slot
 *    has a reference, and each open file.  After remove() all that can be done with it
 *    is to be told the error and to drop the reference.  Requests have none: all are
 *    back when vc_device_down() with an error returns.
 *  - struct vc_file: from open to last close, or until nobody works on its operations
 *    any more.  It has a context on each queue on which it has had a session.
 *  - struct vc_session: counted: the table of its file has a reference, each
 *    ioctl that uses it, and each operation.  The last one posts SESSION_FREE.  It
 *    belongs to one queue, so its calls keep their order, and goes to another only in
 *    its turn, when nothing that is about it is under way (vc_session_move()).
 *  - struct vc_share: what a user has of a queue; as long as it has anything.
 *  - struct vc_client: what the kernel has of a device, for its crypto API (client.h).
 *    Counted: from probe() to remove(), and by keys of transforms.  It has a reference to
 *    the device.
 *
 * Locks, in the order in which they nest:
 *  - vc_async.lock: who starts and finishes operations.
 *  - a session's turn (turn.c): order of its calls.  No lock, but held like one while waiting
 *    for the device; belongs to one open file.
 *  - vc_file.lock: its contexts.
 *  - the slots' mutex (slots.c): which device has which number; that of client.c, which
 *    the kernel has.
 *  - vc_queue.lock, taken in the interrupt handler: ring, pending, state, error,
 *    link, result and tell of submitted requests.
 *  - vc_async.spin: what a file has of operations, also for their tell; and of turns.
 *  - vc_shares.lock; vc_channel.lock, of the kernel's jobs.
 * The table of sessions has the xarray's own lock, a wait queue its own below all.
 * A device goes up and down in probe(), remove(), freeze(), restore() and one work
 * item, which never run at once: remove() waits for the work, and its workqueue
 * sleeps before the devices do.
 *
 * The device is not trusted.  What it writes is copied, checked (vcrypto_check_
 * response()), and only then used; when it breaks the protocol or the ring,
 * it is reset and every call on it fails with EIO.  One that has gone without a word cannot be
 * reset: calls fail with ENODEV, and the queue keeps what the device had (vc_queue_forsake()).
 */
#include <linux/dev_printk.h>
#include <linux/module.h>
#include <linux/virtio_config.h>

#include "base.h"
#include "client.h"
#include "compat.h"
#include "node.h"

static int vc_validate(struct virtio_device *vdev)
{
	if (!virtio_has_feature(vdev, VIRTIO_F_VERSION_1)) {
		/* The second is for devices that are not on a PCI bus. */
		dev_err(&vdev->dev, "the device's modern interface is needed (disable-modern=off, "
			"or -global virtio-mmio.force-legacy=false)\n");
		return -EINVAL;
	}
	/* A PCI device may be without. */
	if (!vdev->config->get) {
		dev_err(&vdev->dev, "device has no configuration\n");
		return -EINVAL;
	}
	return 0;
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
		return ret;
	}
	vc_kernel_add(device);
	return 0;
}

static void vc_remove(struct virtio_device *vdev)
{
	struct vc_device *device = vdev->priv;

	vc_device_remove(device);
	vc_client_remove(device);
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
	return vc_device_down(vdev->priv, 0);
}

static int __maybe_unused vc_restore(struct virtio_device *vdev)
{
	struct vc_device *device = vdev->priv;
	int ret = vc_device_up(device);

	if (ret)
		vc_device_down(device, -EIO);
	else
		vc_kernel_again();
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
	int ret = vc_workqueues_init();

	if (ret)
		return ret;
	ret = vc_nodes_init();
	if (ret)
		goto no_nodes;
	ret = vc_kernel_init();
	if (ret)
		goto no_kernel;
	ret = register_virtio_driver(&vc_driver);
	if (ret)
		goto no_driver;
	return 0;
no_driver:
	vc_kernel_exit();
no_kernel:
	vc_nodes_exit();
no_nodes:
	vc_workqueues_exit();
	return ret;
}

/* The workqueues go last: they free what killed processes have left. */
static void __exit vc_exit(void)
{
	unregister_virtio_driver(&vc_driver);
	vc_kernel_exit();
	vc_nodes_exit();
	vc_workqueues_exit();
}

module_init(vc_init);
module_exit(vc_exit);

MODULE_VERSION(VC_VERSION);
MODULE_AUTHOR("The libvcrypto authors");
MODULE_DESCRIPTION("Paravirtual crypto device for /dev/crypto");
MODULE_LICENSE("GPL");
