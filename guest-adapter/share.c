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

#include "request.h"

void vc_shares_init(struct vc_shares *shares, const struct vcrypto_device_limits *limits)
{
	spin_lock_init(&shares->lock);
	INIT_LIST_HEAD(&shares->users);
	ida_init(&shares->handles[VC_CONTEXT]);
	ida_init(&shares->handles[VC_SESSION]);
	shares->size[VC_CONTEXT] = limits->contexts;
	shares->size[VC_SESSION] = limits->sessions;
}

void vc_shares_destroy(struct vc_shares *shares)
{
	ida_destroy(&shares->handles[VC_CONTEXT]);
	ida_destroy(&shares->handles[VC_SESSION]);
}

/* With the lock. */
static struct vc_share *find(struct vc_shares *shares, kuid_t uid)
{
	struct vc_share *share;

	list_for_each_entry(share, &shares->users, link)
		if (uid_eq(share->uid, uid))
			return share;
	return NULL;
}

struct vc_share *vc_share_get(struct vc_shares *shares, kuid_t uid)
{
	struct vc_share *new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	struct vc_share *share;

	if (!new)
		return NULL;
	new->shares = shares;
	new->uid = uid;
	init_waitqueue_head(&new->wait);
	spin_lock_irq(&shares->lock);
	share = find(shares, new->uid);
	if (!share) {
		list_add(&new->link, &shares->users);
		swap(share, new);
	}
	share->files++;
	spin_unlock_irq(&shares->lock);
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

void vc_share_put(struct vc_share *share)
{
	struct vc_shares *shares = share->shares;

	spin_lock_irq(&shares->lock);
	share->files--;
	free_if_unused(share);
	spin_unlock_irq(&shares->lock);
}

static int take(struct vc_share *share, enum vc_kind kind, bool all)
{
	struct vc_shares *shares = share->shares;
	u32 left;
	int ret = 0;

	spin_lock_irq(&shares->lock);
	left = shares->size[kind] - shares->in_use[kind];
	if (!left) {
		ret = -ENOSPC;
	} else if (share->held[kind] >= left && !all) {
		ret = -EDQUOT;
	} else {
		shares->in_use[kind]++;
		share->held[kind]++;
	}
	spin_unlock_irq(&shares->lock);
	return ret;
}

static void give(struct vc_share *share, enum vc_kind kind)
{
	struct vc_shares *shares = share->shares;
	unsigned long flags;

	spin_lock_irqsave(&shares->lock, flags);
	shares->in_use[kind]--;
	share->held[kind]--;
	free_if_unused(share);
	spin_unlock_irqrestore(&shares->lock, flags);
}

int vc_handle_take(struct vc_share *share, enum vc_kind kind, struct vc_handle *handle)
{
	struct vc_shares *shares = share->shares;
	int ret = take(share, kind, false);

	/* Not before it is needed, because that would be noted as a use of the privilege. */
	if (ret == -EDQUOT && capable(CAP_SYS_RESOURCE))
		ret = take(share, kind, true);
	if (ret)
		return ret;
	ret = ida_alloc_max(&shares->handles[kind], shares->size[kind] - 1, GFP_KERNEL);
	if (ret < 0) {
		give(share, kind);
		return ret;
	}
	*handle = (struct vc_handle) { .share = share, .kind = kind, .number = ret };
	return 0;
}

void vc_handle_give(struct vc_handle *handle)
{
	if (!handle->share)
		return;
	ida_free(&handle->share->shares->handles[handle->kind], handle->number);
	give(handle->share, handle->kind);
	handle->share = NULL;
}

static bool try_work(struct vc_share *share, u64 work)
{
	struct vc_shares *shares = share->shares;
	bool ok;

	spin_lock_irq(&shares->lock);
	ok = !share->work || share->work + work <= VC_SHARE_WORK;
	if (ok)
		share->work += work;
	spin_unlock_irq(&shares->lock);
	return ok;
}

int vc_share_take_work(struct vc_share *share, u64 work, bool nowait)
{
	if (nowait)
		return try_work(share, work) ? 0 : -EAGAIN;
	return wait_event_killable(share->wait, try_work(share, work)) ? -EINTR : 0;
}

void vc_share_give_work(struct vc_share *share, u64 work)
{
	struct vc_shares *shares = share->shares;
	unsigned long flags;

	spin_lock_irqsave(&shares->lock, flags);
	share->work -= work;
	wake_up(&share->wait);
	free_if_unused(share);
	spin_unlock_irqrestore(&shares->lock, flags);
}
