/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Sizes that hold in the whole project: for the core, for every request format and
 * for both sides of each.  A format may allow less, never more.
 */
#ifndef VCRYPTO_LIMITS_H
#define VCRYPTO_LIMITS_H

#include <vcrypto/platform.h>

/* Hard limits, in bytes (protocol 2.4). */
#define VCRYPTO_MAX_CIPHER_KEY 64
#define VCRYPTO_MAX_MAC_KEY 512
#define VCRYPTO_MAX_IV 16
#define VCRYPTO_MAX_BLOCK 16
#define VCRYPTO_MAX_DIGEST 64
#define VCRYPTO_MAX_AAD 65536
#define VCRYPTO_MIN_PAYLOAD 4096	/* what every device takes at least */
#define VCRYPTO_MAX_PAYLOAD (64u << 20)

/* Largest tables a device may offer, in entries for each queue (protocol 2.4). */
#define VCRYPTO_MAX_CONTEXTS 65536
#define VCRYPTO_MAX_SESSIONS 65536
#define VCRYPTO_MAX_QUEUES 64

/* Bytes of an algorithm or provider name, terminating NUL included. */
#define VCRYPTO_NAME_LEN 64
#define VCRYPTO_BACKEND_NAME_LEN 16

#endif /* VCRYPTO_LIMITS_H */
