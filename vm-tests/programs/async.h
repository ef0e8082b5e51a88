/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asynchronous calls in short, and a device that does not answer, so that it can
 * be seen what is in its hands.
 */
#ifndef ASYNC_H
#define ASYNC_H

#include <stddef.h>
#include <stdint.h>

#include <crypto/cryptodev.h>

/* How many operations of an open file may be outstanding. */
#define ASYNC_MAX 64

/* CIOCASYNCCRYPT with flags 0 and without a digest; returns what ioctl() does. */
int async_encrypt(int fd, uint32_t ses, const void *src, size_t len, void *dst, void *iv);
/* CIOCASYNCFETCH at once, and when poll() says that there is something (within a minute). */
int async_try_fetch(int fd, struct crypt_op *op);
int async_fetch(int fd, struct crypt_op *op);
/* What poll() says of POLLIN and POLLOUT within so many milliseconds. */
int async_poll(int fd, short events, int milliseconds);

/*
 * The first device goes on taking requests, but does not look at them; and looks
 * at them again.  Needs the kernel argument iomem=relaxed, as the next one does.
 */
void hang_begin(void);
void hang_end(void);
/* The first device finds its ring destroyed, and says that it needs a reset. */
void hang_break(void);
/* Requests in the hands of the first device. */
long long hang_in_flight(void);
/* As many as its ring holds. */
long long hang_ring(void);

#endif /* ASYNC_H */
