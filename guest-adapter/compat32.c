// SPDX-License-Identifier: GPL-2.0-only
/* 32-bit programs: the structures that contain pointers. */
#include <linux/fs.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "ioctls.h"
#include "node.h"

struct session_op32 {
	u32 cipher;
	u32 mac;
	u32 keylen;
	compat_uptr_t key;
	u32 mackeylen;
	compat_uptr_t mackey;
	u32 ses;
};

struct crypt_op32 {
	u32 ses;
	u16 op;
	u16 flags;
	u32 len;
	compat_uptr_t src;
	compat_uptr_t dst;
	compat_uptr_t mac;
	compat_uptr_t iv;
};

struct crypt_auth_op32 {
	u32 ses;
	u16 op;
	u16 flags;
	u32 len;
	u32 auth_len;
	compat_uptr_t auth_src;
	compat_uptr_t src;
	compat_uptr_t dst;
	compat_uptr_t tag;
	u32 tag_len;
	compat_uptr_t iv;
	u32 iv_len;
};

#define CIOCGSESSION32 _IOWR('c', 102, struct session_op32)
#define CIOCCRYPT32 _IOWR('c', 104, struct crypt_op32)
#define CIOCASYNCCRYPT32 _IOW('c', 110, struct crypt_op32)
#define CIOCASYNCFETCH32 _IOR('c', 111, struct crypt_op32)
#define CIOCAUTHCRYPT32 _IOWR('c', 109, struct crypt_auth_op32)

static int session_create(struct vc_file *file, struct session_op32 __user *arg)
{
	struct session_op32 op32;
	struct session_op op;
	int ret;

	if (copy_from_user(&op32, arg, sizeof(op32)))
		return -EFAULT;
	op = (struct session_op) {
		.cipher = op32.cipher,
		.mac = op32.mac,
		.keylen = op32.keylen,
		.key = compat_ptr(op32.key),
		.mackeylen = op32.mackeylen,
		.mackey = compat_ptr(op32.mackey),
	};
	ret = vc_session_create(file, &op);
	if (ret || !put_user(op.ses, &arg->ses))
		return ret;
	vc_session_free(file, op.ses);
	return -EFAULT;
}

static int read_crypt(struct crypt_op *op, const struct crypt_op32 __user *arg)
{
	struct crypt_op32 op32;

	if (copy_from_user(&op32, arg, sizeof(op32)))
		return -EFAULT;
	*op = (struct crypt_op) {
		.ses = op32.ses,
		.op = op32.op,
		.flags = op32.flags,
		.len = op32.len,
		.src = compat_ptr(op32.src),
		.dst = compat_ptr(op32.dst),
		.mac = compat_ptr(op32.mac),
		.iv = compat_ptr(op32.iv),
	};
	return 0;
}

/* @begin is vc_crypt() or vc_async_start(). */
static int crypt(struct vc_file *file, const struct crypt_op32 __user *arg,
		 int (*begin)(struct vc_file *file, const struct crypt_op *op))
{
	struct crypt_op op;
	int ret = read_crypt(&op, arg);

	return ret ? ret : begin(file, &op);
}

static int tell(void __user *to, const struct crypt_op *op)
{
	struct crypt_op32 op32 = {
		.ses = op->ses,
		.op = op->op,
		.flags = op->flags,
		.len = op->len,
		.src = ptr_to_compat(op->src),
		.dst = ptr_to_compat(op->dst),
		.mac = ptr_to_compat(op->mac),
		.iv = ptr_to_compat(op->iv),
	};

	return copy_to_user(to, &op32, sizeof(op32)) ? -EFAULT : 0;
}

static int read_auth(struct crypt_auth_op *op, const struct crypt_auth_op32 __user *arg)
{
	struct crypt_auth_op32 op32;

	if (copy_from_user(&op32, arg, sizeof(op32)))
		return -EFAULT;
	*op = (struct crypt_auth_op) {
		.ses = op32.ses,
		.op = op32.op,
		.flags = op32.flags,
		.len = op32.len,
		.auth_len = op32.auth_len,
		.auth_src = compat_ptr(op32.auth_src),
		.src = compat_ptr(op32.src),
		.dst = compat_ptr(op32.dst),
		.tag = compat_ptr(op32.tag),
		.tag_len = op32.tag_len,
		.iv = compat_ptr(op32.iv),
		.iv_len = op32.iv_len,
	};
	return 0;
}

static int report(struct crypt_auth_op32 __user *arg, const struct crypt_auth_op *op)
{
	return put_user(op->len, &arg->len) || put_user(ptr_to_compat(op->tag), &arg->tag) ||
	       put_user(op->tag_len, &arg->tag_len) ? -EFAULT : 0;
}

static int authcrypt(struct vc_file *file, struct crypt_auth_op32 __user *arg)
{
	struct crypt_auth_op op;
	int ret = read_auth(&op, arg);

	if (!ret)
		ret = vc_authcrypt(file, &op);
	return ret ? ret : report(arg, &op);
}

int vc_compat_read_crypt(u32 cmd, struct crypt_op *op, const void __user *user)
{
	return cmd == CIOCCRYPT32 ? read_crypt(op, user) : -EOPNOTSUPP;
}

int vc_compat_read_auth(u32 cmd, struct crypt_auth_op *op, const void __user *user)
{
	return cmd == CIOCAUTHCRYPT32 ? read_auth(op, user) : -EOPNOTSUPP;
}

int vc_compat_report(const struct vc_command *command, const struct vc_call *call)
{
	struct crypt_auth_op op;

	vc_auth_report(call, &op);
	return report(command->user, &op);
}

static int dispatch(struct vc_file *file, unsigned int cmd, void __user *user)
{
	switch (cmd) {
	case CIOCGSESSION32:
		return session_create(file, user);
	case CIOCCRYPT32:
		return crypt(file, user, vc_crypt);
	case CIOCASYNCCRYPT32:
		return crypt(file, user, vc_async_start);
	case CIOCASYNCFETCH32:
		return vc_async_fetch(file, user, tell);
	case CIOCAUTHCRYPT32:
		return authcrypt(file, user);
	case CIOCGSESSION:
	case CIOCCRYPT:
	case CIOCASYNCCRYPT:
	case CIOCASYNCFETCH:
	case CIOCAUTHCRYPT:
		/* Of 64-bit programs: for this one unknown numbers. */
		return -EINVAL;
	default:
		return -ENOIOCTLCMD;
	}
}

long vc_compat_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	void __user *user = compat_ptr(arg);
	int ret = vc_file_error(filp->private_data, cmd);

	if (!ret)
		ret = dispatch(filp->private_data, cmd, user);
	if (ret == -ENOIOCTLCMD)
		return vc_ioctl(filp, cmd, (unsigned long)user);
	return vc_ioctl_result(ret);
}
