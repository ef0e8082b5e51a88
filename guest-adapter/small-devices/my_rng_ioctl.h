/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* The ioctls of /dev/my_rng, for the driver and for programs. */
#ifndef MY_RNG_IOCTL_H
#define MY_RNG_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Draws the next number: rand(). */
#define MY_RNG_GET _IOR(0xe7, 1, __u32)

/* Seeds the generator: srand(). */
#define MY_RNG_SEED _IOW(0xe7, 2, __u32)

#endif /* MY_RNG_IOCTL_H */
