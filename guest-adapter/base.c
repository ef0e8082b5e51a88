// SPDX-License-Identifier: GPL-2.0-only
/* Workqueues; the library's verdicts, and the device's. */
#include <linux/module.h>

#include <vcrypto/status.h>

#include "base.h"

struct workqueue_struct *vc_workqueue, *vc_async_workqueue;

int vc_workqueues_init(void)
{
	/* Freezable, so that no device is started again while the machine goes to sleep. */
	vc_workqueue = alloc_workqueue(KBUILD_MODNAME, WQ_FREEZABLE | WQ_UNBOUND, 0);
	if (!vc_workqueue)
		return -ENOMEM;
	vc_async_workqueue = alloc_workqueue(KBUILD_MODNAME "_async", WQ_UNBOUND, 0);
	if (vc_async_workqueue)
		return 0;
	destroy_workqueue(vc_workqueue);
	return -ENOMEM;
}

void vc_workqueues_exit(void)
{
	destroy_workqueue(vc_async_workqueue);
	destroy_workqueue(vc_workqueue);
}

int vc_errno(enum vcrypto_verdict verdict)
{
	switch (verdict) {
	case VCRYPTO_FINE:
		return 0;
	case VCRYPTO_SAY_EFAULT:
		return -EFAULT;
	case VCRYPTO_SAY_ENOENT:
		return -ENOENT;
	case VCRYPTO_SAY_EDEADLK:
		return -EDEADLK;
	default:
		return -EINVAL;
	}
}

static const int statuses[VCRYPTO_STATUS_COUNT] = {
	[VCRYPTO_OK] = 0,
	[VCRYPTO_ERROR] = -EIO,
	[VCRYPTO_BAD_REQUEST] = -EIO,
	[VCRYPTO_NOT_SUPPORTED] = -EINVAL,
	[VCRYPTO_NO_CONTEXT] = -VC_EUNKNOWN,
	[VCRYPTO_NO_SESSION] = -VC_EUNKNOWN,
	[VCRYPTO_HANDLE_IN_USE] = -EEXIST,
	[VCRYPTO_NO_SPACE] = -ENOSPC,
	[VCRYPTO_BAD_KEY] = -EINVAL,
	[VCRYPTO_BAD_PARAMETER] = -EINVAL,
	[VCRYPTO_AUTH_FAILED] = -EBADMSG,
};

int vc_status_errno(int status)
{
	return statuses[status];
}
