/* SPDX-License-Identifier: GPL-2.0-only */
/* What async.c, the ioctls, and operation.c, their work, share. */
#ifndef VCRYPTO_ASYNC_H
#define VCRYPTO_ASYNC_H

#include <crypto/cryptodev.h>

#include "call.h"

/* Asynchronous operations of an open file that are not yet fetched, at most. */
#define VC_MAX_ASYNC 64

struct mm_struct;
struct task_struct;
struct vc_command;

/* What commands of a kind have in common; the roof's. */
struct vc_command_type {
	/* In the program's memory, of a call that has succeeded: 0, -EFAULT.  NULL: nothing */
	int (*report)(const struct vc_command *command, const struct vc_call *call);
	/* With its result.  In any context; the command may be gone, and its file closed. */
	void (*done)(struct vc_command *command);
};

/*
 * A command of io_uring's: an operation that nobody fetches, but that tells of its end.  It
 * has a reference to the file as long as it is not done.
 */
struct vc_command {
	const struct vc_command_type *type;
	struct vc_operation *operation;	/* under async.spin; NULL: it has ended */
	void __user *user;		/* the structure that it came with */
	int result;
};

struct vc_operation {
	struct list_head link;		/* in begun, finished or spare of async */
	struct vc_file *file;
	struct vc_turn turn;
	struct vc_call call;
	struct mm_struct *mm;
	struct crypt_op op;		/* to be told by fetch */
	struct vc_command *command;	/* that it belongs to; or NULL */
	struct task_struct *task;	/* a command's: one of the process that gave it */
	bool canceled;			/* a command's: nobody wants it any more */
	int result;
	unsigned int tries;
	struct vc_request *request;	/* in flight, or back */
	bool back;			/* under async.spin */
	bool repeatable;
};

/* place.c */
/* One of VC_MAX_ASYNC: 0, -EBUSY. */
int vc_place_take(struct vc_file *file);
void vc_place_give(struct vc_file *file);
/* NULL: no memory.  All zeros; those that are freed are used again. */
struct vc_operation *vc_operation_new(struct vc_file *file);
/* For one that has nothing as yet; it is in no list. */
void vc_operation_spare(struct vc_operation *operation);
/* It is in no list, and nobody works on it. */
void vc_operation_free(struct vc_operation *operation);
/* The command is to end soon, if it has not; in any context. */
void vc_command_cancel(struct vc_file *file, struct vc_command *command);
/* The same for all commands of processes that have ended. */
void vc_commands_cancel_orphans(struct vc_file *file);

/* operation.c */
/*
 * Work on all operations of the file as far as that goes, here and now.  With @defer the device
 * is perhaps told of some later, by vc_operations_tell() at the latest.
 */
void vc_operations_advance(struct vc_file *file, bool defer);
/* Whether there were some; are some. */
bool vc_operations_tell(struct vc_file *file);
bool vc_operations_deferred(const struct vc_file *file);

#endif /* VCRYPTO_ASYNC_H */
