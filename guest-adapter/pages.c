// SPDX-License-Identifier: GPL-2.0-only
/* User memory for the device: pinned, so that nothing is copied; or a copy, where it cannot be. */
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/highmem.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "request.h"

/* Whose credentials are kept is kept as well; free_uid() is not for all modules. */
void vc_payer_init(struct vc_payer *payer)
{
	payer->cred = capable(CAP_IPC_LOCK) ? NULL : get_current_cred();
	payer->limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
}

void vc_payer_put(struct vc_payer *payer)
{
	put_cred(payer->cred);
}

/*
 * To the user and not to the process, which what a stuck device has in its hands
 * outlives.  Nobody else sees a charge that is then taken back.
 */
static int charge(struct vc_pages *pages, const struct vc_payer *payer, unsigned int count)
{
	atomic_long_t *locked;
	long old;

	if (!payer->cred)
		return 0;
	locked = &payer->cred->user->locked_vm;
	old = atomic_long_read(locked);
	do {
		if (old + count > payer->limit)
			return -ENOMEM;
	} while (!atomic_long_try_cmpxchg(locked, &old, old + count));
	pages->payer = get_cred(payer->cred);
	return 0;
}

static void uncharge(struct vc_pages *pages, unsigned int count)
{
	if (!pages->payer)
		return;
	atomic_long_sub(count, &pages->payer->user->locked_vm);
	put_cred(pages->payer);
	pages->payer = NULL;
}

static int new_array(struct vc_pages *pages, unsigned int count)
{
	if (count <= VC_FEW_PAGES) {
		pages->pages = pages->few;
		return 0;
	}
	pages->pages = kvcalloc(count, sizeof(*pages->pages), GFP_KERNEL_ACCOUNT);
	return pages->pages ? 0 : -ENOMEM;
}

static void free_array(struct vc_pages *pages)
{
	if (pages->pages != pages->few)
		kvfree(pages->pages);
	pages->pages = NULL;
}

static void make_few(struct vc_pages *pages, unsigned int offset, u32 len)
{
	unsigned int i;
	u32 here;

	memset(pages->few_sg, 0, sizeof(pages->few_sg));
	sg_mark_end(&pages->few_sg[pages->count - 1]);
	for (i = 0; i < pages->count; i++, len -= here, offset = 0) {
		here = min_t(u32, len, PAGE_SIZE - offset);
		sg_set_page(&pages->few_sg[i], pages->few[i], here, offset);
	}
	pages->table = (struct sg_table) { pages->few_sg, pages->count, pages->count };
}

static int make_table(struct vc_pages *pages, unsigned int offset, u32 len,
		      unsigned int max_segment)
{
	int ret;

	if (pages->pages == pages->few) {
		make_few(pages, offset, len);
		return 0;
	}
	ret = sg_alloc_table_from_pages_segment(&pages->table, pages->pages, pages->count,
						offset, len, max_segment, GFP_KERNEL_ACCOUNT);
	if (ret)
		vc_pages_free(pages);
	return ret;
}

static int pin(struct vc_pages *pages, unsigned long from, unsigned int count)
{
	int pinned = pin_user_pages_fast(from, count, pages->write ? FOLL_WRITE : 0, pages->pages);

	if (pinned == count)
		return 0;
	if (pinned > 0)
		unpin_user_pages(pages->pages, pinned);
	return pinned == -ENOMEM || pinned == -EINTR ? pinned : -EFAULT;
}

int vc_pages_pin(struct vc_pages *pages, const struct vc_payer *payer, const void __user *from,
		 u32 len, bool write, unsigned int max_segment)
{
	unsigned int offset = offset_in_page(from);
	unsigned int count = DIV_ROUND_UP(offset + len, PAGE_SIZE);
	int ret = charge(pages, payer, count);

	if (ret)
		return ret;
	pages->write = write;
	pages->pinned = true;
	ret = new_array(pages, count);
	if (!ret)
		ret = pin(pages, (unsigned long)from, count);
	if (ret) {
		uncharge(pages, count);
		free_array(pages);
		return ret;
	}
	pages->count = count;
	return make_table(pages, offset, len, max_segment);
}

int vc_pages_alloc(struct vc_pages *pages, u32 len, bool write, unsigned int max_segment)
{
	unsigned int i, count = DIV_ROUND_UP(len, PAGE_SIZE);
	int ret = new_array(pages, count);

	if (ret)
		return ret;
	pages->write = write;
	pages->pinned = false;
	/* Zeroed, because the user gets to see it if the device writes less than it says. */
	for (i = 0; i < count; i++) {
		pages->pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | (write ? __GFP_ZERO : 0));
		if (!pages->pages[i])
			break;
	}
	pages->count = i;
	if (i == count)
		return make_table(pages, 0, len, max_segment);
	vc_pages_free(pages);
	return -ENOMEM;
}

int vc_pages_fill(struct vc_pages *pages, const void __user *from, const u8 *or_from, u32 len)
{
	unsigned int i;
	u32 here;

	for (i = 0; len; i++, len -= here) {
		here = min_t(u32, len, PAGE_SIZE);
		if (or_from)
			memcpy(page_address(pages->pages[i]), or_from + i * PAGE_SIZE, here);
		else if (copy_from_user(page_address(pages->pages[i]), from + i * PAGE_SIZE, here))
			return -EFAULT;
	}
	return 0;
}

int vc_pages_return(const struct vc_pages *pages, void __user *to, u32 len)
{
	unsigned int i;
	u32 here;

	for (i = 0; len; i++, len -= here) {
		here = min_t(u32, len, PAGE_SIZE);
		if (copy_to_user(to + i * PAGE_SIZE, page_address(pages->pages[i]), here))
			return -EFAULT;
	}
	return 0;
}

static void free_copies(struct vc_pages *pages)
{
	unsigned int i;

	for (i = 0; i < pages->count; i++) {
		clear_page(page_address(pages->pages[i]));
		__free_page(pages->pages[i]);
	}
}

static void give_back(struct vc_pages *pages)
{
	if (pages->wipe)
		sg_zero_buffer(pages->table.sgl, pages->table.orig_nents, SIZE_MAX, 0);
	if (pages->pages != pages->few)
		sg_free_table(&pages->table);
	if (pages->pinned)
		unpin_user_pages_dirty_lock(pages->pages, pages->count, pages->write);
	else
		free_copies(pages);
	uncharge(pages, pages->count);
	free_array(pages);
}

/* Afterwards it is as if it had never been used, but for what counts only with pages. */
void vc_pages_free(struct vc_pages *pages)
{
	if (pages->pages)
		give_back(pages);
	pages->table.sgl = NULL;
	pages->count = 0;
	pages->pinned = false;
	pages->wipe = false;
}
