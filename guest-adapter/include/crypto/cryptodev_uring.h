/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * /dev/crypto by io_uring: many calls in one submission, without waiting for each.
 *
 * CIOCCRYPT and CIOCAUTHCRYPT are commands (IORING_OP_URING_CMD) of libvcrypto's driver, on
 * kernels 6.1 and later.  The functions here fill in a submission; the ring is the program's own:
 * liburing's, or one that it has made with the system calls.
 *
 *	struct crypt_op op = { .ses = ses, .len = len, .src = src, .dst = dst, .iv = iv };
 *	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
 *
 *	cryptodev_prep_crypt(sqe, fd, &op);
 *	io_uring_sqe_set_data(sqe, &op);
 *	io_uring_submit(&ring);
 *
 * The structure, and all that it points to, belongs to the driver until the completion, whose
 * res is 0 or the negative errno that the ioctl would have set.  Results are then where the ioctl
 * would have put them.  Beside the ioctl's there are
 *
 *	-EOPNOTSUPP	the driver or the kernel has no such command; or the ring polls
 *			(IORING_SETUP_IOPOLL)
 *	-ECANCELED	the ring or the process has ended meanwhile, or IORING_OP_ASYNC_CANCEL
 *			has taken the command away, before it was begun
 *
 * Commands of a session are done in the order in which they are submitted, and among calls and
 * asynchronous operations likewise, as long as the open file has no more than 64 of both that have
 * not ended.  More wait for a place, and get it in any order; IOSQE_IO_LINK keeps theirs.
 */
#ifndef CRYPTO_CRYPTODEV_URING_H
#define CRYPTO_CRYPTODEV_URING_H

#include <stdint.h>
#include <string.h>

#include <linux/io_uring.h>

#include <crypto/cryptodev.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What the others are made of.  @number is the ioctl's.  In the submission it is cmd_op; the
 * first eight bytes of cmd, which are those of addr3, are the structure's address, and the
 * other eight are 0.  user_data is 0 afterwards.
 */
static inline void cryptodev_prep(struct io_uring_sqe *sqe, int fd, __u32 number, void *op)
{
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = fd;
	sqe->cmd_op = number;
	sqe->addr3 = (uintptr_t)op;
}

/* CIOCCRYPT */
static inline void cryptodev_prep_crypt(struct io_uring_sqe *sqe, int fd, struct crypt_op *op)
{
	cryptodev_prep(sqe, fd, (__u32)CIOCCRYPT, op);
}

/* CIOCAUTHCRYPT */
static inline void cryptodev_prep_authcrypt(struct io_uring_sqe *sqe, int fd,
					    struct crypt_auth_op *op)
{
	cryptodev_prep(sqe, fd, (__u32)CIOCAUTHCRYPT, op);
}

#ifdef __cplusplus
}
#endif

#endif /* CRYPTO_CRYPTODEV_URING_H */
