/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Chains for the small virtio devices: from the two streams of a descriptor
 * chain to a call of the model, and back.  For hosts that reach guest memory
 * through iovecs (QEMU, the tests); the Linux kernel's vhost does not, which
 * is why this is not in the models themselves.
 *
 * Each function reads all that it needs of @readable before it writes to
 * @writable, so buffers may overlap.  It returns how many bytes it has
 * written, or 0 if the chain has no room for even a refusal: nothing has been
 * executed then, and the host should stop the queue.
 */
#ifndef VCRYPTO_SMALL_DEVICES_CHAIN_H
#define VCRYPTO_SMALL_DEVICES_CHAIN_H

#include <vcrypto/cursor.h>

#include "caesar.h"
#include "virtio-demo.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A chain whose readable part is not exactly one message long is refused like
 * an unknown opcode.
 */
VCRYPTO_MUST_CHECK
uint32_t vcrypto_virtio_demo_chain(struct vcrypto_virtio_demo *demo,
				   struct vcrypto_cursor readable,
				   struct vcrypto_cursor writable);

VCRYPTO_MUST_CHECK
uint32_t vcrypto_caesar_chain(struct vcrypto_caesar *caesar, struct vcrypto_cursor readable,
			      struct vcrypto_cursor writable);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_SMALL_DEVICES_CHAIN_H */
