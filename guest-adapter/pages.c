// SPDX-License-Identifier: GPL-2.0-only
/* User memory for the device, without copying. */
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "vcrypto.h"

/*
 * To the user and not to the process, which what a stuck device has in its hands
 * outlives.  Nobody else sees a charge that is then taken back.
 */
int vc_pages_charge(struct vc_pages *pages, unsigned int count)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	struct user_struct *user = current_user();
	long old = atomic_long_read(&user->locked_vm);

	if (capable(CAP_IPC_LOCK))
		return 0;
	do {
		if (old + count > limit)
			return -ENOMEM;
	} while (!atomic_long_try_cmpxchg(&user->locked_vm, &old, old + count));
	/* Whose credentials are kept is kept as well; free_uid() is not for all modules. */
	pages->payer = get_current_cred();
	pages->charged = count;
	return 0;
}

static void uncharge(struct vc_pages *pages)
{
	if (!pages->payer)
		return;
	atomic_long_sub(pages->charged, &pages->payer->user->locked_vm);
	put_cred(pages->payer);
	pages->payer = NULL;
}

static int pin(struct vc_pages *pages, unsigned long from, unsigned int count)
{
	int pinned;

	pages->pages = kvmalloc_array(count, sizeof(*pages->pages), GFP_KERNEL_ACCOUNT);
	if (!pages->pages)
		return -ENOMEM;
	pinned = pin_user_pages_fast(from, count, pages->write ? FOLL_WRITE : 0, pages->pages);
	if (pinned == count) {
		pages->count = count;
		return 0;
	}
	if (pinned > 0)
		unpin_user_pages(pages->pages, pinned);
	kvfree(pages->pages);
	pages->pages = NULL;
	return pinned == -ENOMEM || pinned == -EINTR ? pinned : -EFAULT;
}

int vc_pages_pin(struct vc_pages *pages, const void __user *from, u32 len, bool write,
		 unsigned int max_segment)
{
	unsigned int offset = offset_in_page(from);
	unsigned int count = DIV_ROUND_UP(offset + len, PAGE_SIZE);
	int ret;

	pages->write = write;
	ret = vc_pages_charge(pages, count);
	if (!ret)
		ret = pin(pages, (unsigned long)from, count);
	if (ret)
		return ret;
	return sg_alloc_table_from_pages_segment(&pages->table, pages->pages, pages->count,
						 offset, len, max_segment, GFP_KERNEL_ACCOUNT);
}

void vc_pages_unpin(struct vc_pages *pages)
{
	if (pages->count) {
		sg_free_table(&pages->table);
		unpin_user_pages_dirty_lock(pages->pages, pages->count, pages->write);
		kvfree(pages->pages);
		pages->count = 0;
	}
	uncharge(pages);
}
