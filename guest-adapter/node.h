/* SPDX-License-Identifier: GPL-2.0-only */
/* The roof: how programs come in. */
#ifndef VCRYPTO_NODE_H
#define VCRYPTO_NODE_H

#include <linux/fs.h>
#include <linux/sysfs.h>

#include "device.h"
#include "session.h"

/* file.c: an open file */
int vc_file_open(struct file *filp, struct vc_device *device);
int vc_file_release(struct inode *inode, struct file *filp);
long vc_ioctl(struct file *filp, unsigned int cmd, unsigned long arg);
/* What a program is told of @ret: no errors of ours. */
long vc_ioctl_result(int ret);
/* Why an ioctl cannot be tried; or 0. */
int vc_file_error(const struct vc_file *file, unsigned int cmd);
/* Tell a program what CIOCAUTHCRYPT has changed: 0, -EFAULT. */
int vc_file_report(struct crypt_auth_op __user *arg, const struct crypt_auth_op *op);

/* uring.c: commands of io_uring's */
struct io_uring_cmd;
int vc_uring_cmd(struct io_uring_cmd *cmd, unsigned int flags);

/* nodes.c: the names of devices in /dev */
int vc_nodes_init(void);
void vc_nodes_exit(void);
int vc_nodes_add(struct vc_device *device);
void vc_nodes_remove(struct vc_device *device);

/* counters.c: what is in the virtio device's folder in sysfs */
extern const struct attribute_group *vc_attribute_groups[];

#endif /* VCRYPTO_NODE_H */
