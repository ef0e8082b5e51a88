/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * libvcrypto: requests of a paravirtual crypto device, both halves.
 *
 *	platform.h   where this is compiled; little-endian types
 *	limits.h     the longest key, the largest table, ...
 *	status.h     how a piece of work ended
 *	wire.h       the request format
 *	algorithm.h  the table of ciphers and MACs
 *	request.h    the driver's half: build requests, check responses
 *	cursor.h     byte streams over iovecs
 *	backend.h    what a crypto provider looks like
 *	engine.h     the device's half: execute requests
 *	vring.h      the device side of a split virtqueue
 *
 * docs/protocol.md holds the format, docs/architecture.md the reasons.
 */
#ifndef VCRYPTO_VCRYPTO_H
#define VCRYPTO_VCRYPTO_H

#include <vcrypto/algorithm.h>
#include <vcrypto/backend.h>
#include <vcrypto/cursor.h>
#include <vcrypto/engine.h>
#include <vcrypto/request.h>
#include <vcrypto/vring.h>
#include <vcrypto/wire.h>

#endif /* VCRYPTO_VCRYPTO_H */
