// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each user may have of a queue.
 *
 * Contexts and sessions: no more than are left for others.  So whoever comes finds some
 * as long as there are any, whatever one user does; the first may have half of all,
 * the next a quarter.  A fixed part for each would be less for those who are alone, and
 * nothing for the last when they are many.
 *
 * Work in flight: so much that the device is not idle between two requests, and so little
 * that another user's request does not stand behind a long line of them.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/slab.h>

#include "vcrypto.h"

/* With the lock. */
static struct vc_share *find(struct vc_queue *queue, kuid_t uid)
{
	struct vc_share *share;

	list_for_each_entry(share, &queue->shares, link)
		if (uid_eq(share->uid, uid))
			return share;
	return NULL;
}

struct vc_share *vc_share_get(struct vc_queue *queue)
{
	struct vc_share *new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	struct vc_share *share;

	if (!new)
		return NULL;
	new->uid = current_uid();
	init_waitqueue_head(&new->wait);
	spin_lock_irq(&queue->shares_lock);
	share = find(queue, new->uid);
	if (!share) {
		list_add(&new->link, &queue->shares);
		swap(share, new);
	}
	share->files++;
	spin_unlock_irq(&queue->shares_lock);
	kfree(new);
	return share;
}

/* With the lock.  What is held or in flight outlives the files. */
static void free_if_unused(struct vc_share *share)
{
	if (share->files || share->held[VC_CONTEXT] || share->held[VC_SESSION] || share->work)
		return;
	list_del(&share->link);
	kfree(share);
}

void vc_share_put(struct vc_queue *queue, struct vc_share *share)
{
	spin_lock_irq(&queue->shares_lock);
	share->files--;
	free_if_unused(share);
	spin_unlock_irq(&queue->shares_lock);
}

static u32 table_size(const struct vc_queue *queue, enum vc_kind kind)
{
	const struct vcrypto_device_limits *limits = &queue->device->limits;

	return kind == VC_CONTEXT ? limits->contexts : limits->sessions;
}

static int take(struct vc_queue *queue, struct vc_share *share, enum vc_kind kind, bool all)
{
	u32 left;
	int ret = 0;

	spin_lock_irq(&queue->shares_lock);
	left = table_size(queue, kind) - queue->in_use[kind];
	if (!left) {
		ret = -ENOSPC;
	} else if (share->held[kind] >= left && !all) {
		ret = -EDQUOT;
	} else {
		queue->in_use[kind]++;
		share->held[kind]++;
	}
	spin_unlock_irq(&queue->shares_lock);
	return ret;
}

static void give(struct vc_queue *queue, struct vc_share *share, enum vc_kind kind)
{
	unsigned long flags;

	spin_lock_irqsave(&queue->shares_lock, flags);
	queue->in_use[kind]--;
	share->held[kind]--;
	free_if_unused(share);
	spin_unlock_irqrestore(&queue->shares_lock, flags);
}

int vc_handle_take(struct vc_queue *queue, struct vc_share *share, enum vc_kind kind,
		   struct vc_handle *handle)
{
	int ret = take(queue, share, kind, false);

	/* Not before it is needed, because that would be noted as a use of the privilege. */
	if (ret == -EDQUOT && capable(CAP_SYS_RESOURCE))
		ret = take(queue, share, kind, true);
	if (ret)
		return ret;
	ret = ida_alloc_max(&queue->handles[kind], table_size(queue, kind) - 1, GFP_KERNEL);
	if (ret < 0) {
		give(queue, share, kind);
		return ret;
	}
	*handle = (struct vc_handle) { .share = share, .kind = kind, .number = ret };
	return 0;
}

void vc_handle_give(struct vc_queue *queue, struct vc_handle *handle)
{
	if (!handle->share)
		return;
	ida_free(&queue->handles[handle->kind], handle->number);
	give(queue, handle->share, handle->kind);
	handle->share = NULL;
}

static bool try_work(struct vc_queue *queue, struct vc_share *share, u64 work)
{
	bool ok;

	spin_lock_irq(&queue->shares_lock);
	ok = !share->work || share->work + work <= VC_SHARE_WORK;
	if (ok)
		share->work += work;
	spin_unlock_irq(&queue->shares_lock);
	return ok;
}

int vc_share_take_work(struct vc_queue *queue, struct vc_share *share, u64 work, bool nowait)
{
	if (nowait)
		return try_work(queue, share, work) ? 0 : -EAGAIN;
	return wait_event_killable(share->wait, try_work(queue, share, work)) ? -EINTR : 0;
}

void vc_share_give_work(struct vc_queue *queue, struct vc_share *share, u64 work)
{
	unsigned long flags;

	spin_lock_irqsave(&queue->shares_lock, flags);
	share->work -= work;
	wake_up(&share->wait);
	free_if_unused(share);
	spin_unlock_irqrestore(&queue->shares_lock, flags);
}
