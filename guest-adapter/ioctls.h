/* SPDX-License-Identifier: GPL-2.0-only */
/* What the ioctls do. */
#ifndef VCRYPTO_IOCTLS_H
#define VCRYPTO_IOCTLS_H

#include <linux/poll.h>

#include <crypto/cryptodev.h>

#include "async.h"

/* info.c: CIOCGSESSINFO */
int vc_session_info(struct vc_file *file, struct session_info_op *op);

/* crypt.c: CIOCCRYPT, CIOCCPHASH */
int vc_crypt_prepare(struct vc_call *call, struct vc_session *session, const struct crypt_op *op);
int vc_crypt(struct vc_file *file, const struct crypt_op *op);
int vc_copy_hash(struct vc_file *file, const struct cphash_op *op);

/* auth.c: CIOCAUTHCRYPT */
int vc_auth_prepare(struct vc_call *call, struct vc_session *session,
		    const struct crypt_auth_op *op);
/* Changes len, tag and tag_len as the caller has to report them. */
void vc_auth_report(const struct vc_call *call, struct crypt_auth_op *op);
/* All of that, waiting. */
int vc_authcrypt(struct vc_file *file, struct crypt_auth_op *op);

/* async.c: CIOCASYNCCRYPT, CIOCASYNCFETCH, poll() */
void vc_async_init(struct vc_file *file);
/* Whether there is nothing that vc_async_close() could wait for. */
bool vc_async_is_idle(struct vc_file *file);
/* Nobody uses the file any more.  Waits for who works on operations, not for the device. */
void vc_async_close(struct vc_file *file);
int vc_async_start(struct vc_file *file, const struct crypt_op *op);
/* @tell is to store the operation, as it was given, at @to; or to fail with an errno. */
int vc_async_fetch(struct vc_file *file, void __user *to,
		   int (*tell)(void __user *to, const struct crypt_op *op));
__poll_t vc_async_poll(struct file *filp, poll_table *table);

/* What a command asks for: one of the two. */
struct vc_work {
	const struct crypt_op *crypt;
	const struct crypt_auth_op *auth;
};

/*
 * The command's operation, which vc_command_begin() has to follow.  If there are as many as may
 * be it is waited for one to end, or with @nowait this is -EAGAIN; -ECANCELED: by a signal.
 */
int vc_command_prepare(struct vc_file *file, struct vc_command *command,
		       const struct vc_work *work, bool nowait);
/* With @defer the device is perhaps told of it later: vc_commands_advance(). */
void vc_command_begin(struct vc_file *file, struct vc_command *command, bool defer);
void vc_commands_advance(struct vc_file *file, bool may_sleep);

#endif /* VCRYPTO_IOCTLS_H */
