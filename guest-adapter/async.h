/* SPDX-License-Identifier: GPL-2.0-only */
/* What async.c, the ioctls, and operation.c, their work, share. */
#ifndef VCRYPTO_ASYNC_H
#define VCRYPTO_ASYNC_H

#include <crypto/cryptodev.h>

#include "call.h"

/* Asynchronous operations of an open file that are not yet fetched, at most. */
#define VC_MAX_ASYNC 64

struct mm_struct;

struct vc_operation {
	struct list_head link;		/* in begun or finished of async */
	struct vc_file *file;
	struct vc_call call;
	struct mm_struct *mm;
	struct crypt_op op;
	int result;
	unsigned int tries;
	struct vc_request *request;	/* in flight, or back */
	bool back;			/* under async.spin */
	bool repeatable;
};

/* It is in no list, and nobody works on it. */
void vc_operation_free(struct vc_operation *operation);
/*
 * Work on all operations of the file as far as that goes, here and now.  With @defer the device
 * is perhaps told of some later, by vc_operations_tell() at the latest.
 */
void vc_operations_advance(struct vc_file *file, bool defer);
/* Whether there were some; are some. */
bool vc_operations_tell(struct vc_file *file);
bool vc_operations_deferred(const struct vc_file *file);

#endif /* VCRYPTO_ASYNC_H */
