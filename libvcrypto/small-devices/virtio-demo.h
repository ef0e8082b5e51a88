/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * virtio-demo: one 32-bit register, this time behind a virtqueue.
 *
 * New here: the driver does not touch the device.  It leaves a message in
 * memory, tells the device that there is one, and is told when the reply has
 * come.  What messages look like is said below, and by nothing else: driver
 * and device both include this file.
 *
 * A request is one descriptor chain (R: the device reads it, W: it writes it).
 * All integers are little-endian.
 *
 *	   byte 0           4           8
 *	R       +-----------+-----------+
 *	        | opcode    | operand   |	struct vcrypto_virtio_demo_message
 *	        +-----------+-----------+
 *	W       +-----------+-----------+
 *	        | opcode    | operand   |	struct vcrypto_virtio_demo_message
 *	        +-----------+-----------+
 *
 *	opcode          operand of the request   operand of the reply
 *	0 READ          ignored                  the register
 *	1 WRITE         the new value            the new value
 *
 * The reply's opcode is the request's.  Anything else is refused: with the
 * opcode REFUSED and operand 0, and the register stays as it is.
 */
#ifndef VCRYPTO_VIRTIO_DEMO_H
#define VCRYPTO_VIRTIO_DEMO_H

#include <vcrypto/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Entries of the one queue. */
#define VCRYPTO_VIRTIO_DEMO_QUEUE 128

/* What is in the register after a reset. */
#define VCRYPTO_VIRTIO_DEMO_INITIAL 0x1333u

enum vcrypto_virtio_demo_opcode {
	VCRYPTO_VIRTIO_DEMO_READ = 0,
	VCRYPTO_VIRTIO_DEMO_WRITE = 1,
};

/* In replies only. */
#define VCRYPTO_VIRTIO_DEMO_REFUSED 0xffffffffu

struct vcrypto_virtio_demo_message {
	struct vcrypto_le32 opcode;
	struct vcrypto_le32 operand;
};

VCRYPTO_ASSERT(sizeof(struct vcrypto_virtio_demo_message) == 8, "wire format");

/* The device's state; the caller provides the memory and calls reset first. */
struct vcrypto_virtio_demo {
	uint32_t value;
};

void vcrypto_virtio_demo_reset(struct vcrypto_virtio_demo *demo);

/* Does what @request says and fills @reply.  Both are private copies. */
void vcrypto_virtio_demo_execute(struct vcrypto_virtio_demo *demo,
				 const struct vcrypto_virtio_demo_message *request,
				 struct vcrypto_virtio_demo_message *reply);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_VIRTIO_DEMO_H */
