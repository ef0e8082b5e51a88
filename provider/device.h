/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * /dev/crypto as the provider uses it: one open file for each process, sessions in it.
 *
 * Any thread may call anything here, but for one session at a time.  There is no lock, so none
 * can be held by another thread when a process forks.
 *
 * A child shares the parent's open file and could change what its sessions hold, or free
 * them.  So it leaves both alone: it opens the device for itself, and a session of the
 * parent's is none of its own.
 */
#ifndef VC_DEVICE_H
#define VC_DEVICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <crypto/cryptodev.h>

struct vc_file;

struct vc_device {
	const char *path;		/* the caller's */
	_Atomic(struct vc_file *) file;	/* the newest; the older ones hang behind it */
	_Atomic int64_t next_try;	/* milliseconds: no open() before */
	atomic_uint *mark;		/* which process this is; wiped in a child */
	atomic_uint last_mark;
};

/* Zeros are a session that is not open. */
struct vc_session {
	struct vc_file *file;
	uint32_t number;
};

/* Opens nothing yet.  Fails if the kernel cannot tell a child from its parent. */
bool vc_device_start(struct vc_device *device, const char *path);

/* No session is open. */
void vc_device_stop(struct vc_device *device);

/* @op as for CIOCGSESSION; returns 0 or an errno, ENODEV if there is no device. */
int vc_session_open(struct vc_device *device, struct vc_session *session, struct session_op *op);

/* Any session, open or not, of this process or not.  It is not open afterwards. */
void vc_session_close(struct vc_device *device, struct vc_session *session);

/* Whether it is open, of this process, and its device there, as far as is known. */
bool vc_session_usable(struct vc_device *device, const struct vc_session *session);

/* Whether it is usable, or has been opened anew, as @op says. */
bool vc_session_ready(struct vc_device *device, struct vc_session *session, struct session_op *op);

/* An ioctl for a usable session whose number @argument has; returns 0 or an errno. */
int vc_session_ioctl(struct vc_session *session, unsigned long number, void *argument);

/* An open @to of the same algorithm goes on with the hash that @from has begun. */
int vc_session_copy_hash(struct vc_session *to, const struct vc_session *from);

#endif /* VC_DEVICE_H */
