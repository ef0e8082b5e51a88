/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A small virtio device behind a real ring, against a hostile guest.
 *
 * Each target describes its device by one of these; device.c does the rest.
 * The reference is the device written a second time, from the drawings in its
 * header: naive, over plain arrays.
 */
#ifndef FUZZ_SMALL_DEVICE_H
#define FUZZ_SMALL_DEVICE_H

#include <vcrypto/small-devices/chain.h>

#include "../ring_guest.h"

struct fuzz_device {
	/* Of device and reference. */
	void (*reset)(void);
	/* Makes up a request of @len bytes, mostly a good one. */
	void (*plant)(struct input *in, uint8_t *request, size_t len);
	/*
	 * What the reference replies, for at most @room bytes; returns how many of
	 * them, or 0 if the chain cannot be answered.  @reply has room for as many
	 * bytes as the request, and 16.
	 */
	size_t (*expect)(const uint8_t *request, size_t len, uint64_t room, uint8_t *reply);
	/* The device. */
	uint32_t (*process)(struct vcrypto_cursor readable, struct vcrypto_cursor writable);
	/* Something beside requests: to device and reference. */
	void (*poke)(struct input *in);
	/* The state of device and reference is the same. */
	void (*check)(void);
};

extern const struct fuzz_device fuzz_device;

#endif /* FUZZ_SMALL_DEVICE_H */
