/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A ring of io_uring's, by the system calls. */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stdint.h>

#include <crypto/cryptodev_uring.h>

struct ring {
	int fd;
	unsigned int entries;
	void *memory;			/* both queues */
	size_t memory_size;
	struct io_uring_sqe *sqes;
	struct io_uring_params params;
	unsigned int filled;		/* submissions, not yet told of */
};

/* A completion. */
struct ring_result {
	uint64_t user_data;
	int res;
};

/* With IORING_SETUP_... of @flags.  The program ends if that fails. */
void ring_open(struct ring *ring, unsigned int entries, unsigned int flags);
/* With its memory; what is under way is left to the kernel. */
void ring_close(struct ring *ring);
/* Whether the kernel lets us have one; if not, says SKIP. */
bool ring_offered(void);
/* Whether one with these flags can be had; if not, errno says why. */
bool ring_has(unsigned int flags);

/* The next submission; all of it is 0. */
struct io_uring_sqe *ring_next(struct ring *ring);
/* The same, a command for @op, which is known by its address. */
struct io_uring_sqe *ring_crypt(struct ring *ring, int fd, struct crypt_op *op);
struct io_uring_sqe *ring_auth(struct ring *ring, int fd, struct crypt_auth_op *op);
/* All of them in one system call, which waits for so many completions; all have to be taken. */
void ring_submit(struct ring *ring, unsigned int wait);
/* The next completion if there is one; whether there is. */
bool ring_try(struct ring *ring, struct ring_result *result);
/* The same, for which it waits, at most a minute. */
struct ring_result ring_wait(struct ring *ring);
/* One command from beginning to end: its result. */
int ring_do_crypt(struct ring *ring, int fd, struct crypt_op *op);
int ring_do_auth(struct ring *ring, int fd, struct crypt_auth_op *op);

/* Whether, within a minute, a worker of io_uring's sleeps that does this process's work. */
bool ring_worker_sleeps(void);

#endif /* RING_H */
