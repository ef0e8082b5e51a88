// SPDX-License-Identifier: GPL-2.0-only
/* User memory for the device, without copying. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "vcrypto.h"

/*
 * Pinned for the duration of one request, like the buffers of direct I/O, so it
 * is not accounted as locked memory.  Bounded by VC_PIECE_MAX for each thread.
 */
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
	int ret;

	pages->write = write;
	ret = pin(pages, (unsigned long)from, DIV_ROUND_UP(offset + len, PAGE_SIZE));
	if (ret)
		return ret;
	return sg_alloc_table_from_pages_segment(&pages->table, pages->pages, pages->count,
						 offset, len, max_segment, GFP_KERNEL_ACCOUNT);
}

void vc_pages_unpin(struct vc_pages *pages)
{
	if (!pages->count)
		return;
	sg_free_table(&pages->table);
	unpin_user_pages_dirty_lock(pages->pages, pages->count, pages->write);
	kvfree(pages->pages);
	pages->count = 0;
}
