/* SPDX-License-Identifier: GPL-2.0-only */
/* The ground floor: what all of vcrypto.ko has. */
#ifndef VCRYPTO_BASE_H
#define VCRYPTO_BASE_H

#include <linux/errno.h>
#include <linux/workqueue.h>

#include <vcrypto/cryptodev.h>

/* Errors that no program sees.  The device knows no such context or session. */
#define VC_EUNKNOWN EBADHANDLE
/* The device had the request when it was reset, and may have done it. */
#define VC_EGONE ENOTSYNC

/* base.c */
extern struct workqueue_struct *vc_workqueue;
/*
 * For operations: their work may wait for a program's memory, and that for anybody, so
 * nothing else may have to wait for it, sleep neither.
 */
extern struct workqueue_struct *vc_async_workqueue;
int vc_workqueues_init(void);
/* Waits for what they have to do. */
void vc_workqueues_exit(void);

/* What the library's verdict on a call is here. */
int vc_errno(enum vcrypto_verdict verdict);
/* And what a status of the device's, below VCRYPTO_STATUS_COUNT. */
int vc_status_errno(int status);

#endif /* VCRYPTO_BASE_H */
