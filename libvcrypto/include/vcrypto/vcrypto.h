/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * libvcrypto: requests of a paravirtual crypto device, both halves.
 *
 *	platform.h   where this is compiled; little-endian types
 *	version.h    which version this is
 *	limits.h     the longest key, the largest table, ...
 *	status.h     how a piece of work ended
 *	algorithm.h  the table of ciphers and MACs
 *	cursor.h     byte streams over iovecs
 * The core, which knows no request format:
 *	op.h         one piece of work
 *	key.h        the same with asymmetric keys
 *	backend.h    what a crypto provider looks like
 *	backends.h   those that this build has
 *	lane.h       where ops are executed
 *	store.h      contexts and sessions
 * Our request format:
 *	wire.h       its bytes
 *	driver.h     the driver's half: build requests, check responses
 *	format.h     the device's half: requests to ops and back
 * The standard's crypto device:
 *	virtio_crypto.h  its format, both halves
 * The ioctls of /dev/crypto:
 *	cryptodev.h  what a call means, as requests of our format
 * And a device:
 *	engine.h     store, lane and format in one piece
 *	vring.h      the device side of a split virtqueue
 *	serve.h      what a device does with it: pop, run, push
 *
 * docs/protocol.md holds the format, docs/architecture.md the reasons.
 */
#ifndef VCRYPTO_VCRYPTO_H
#define VCRYPTO_VCRYPTO_H

#include <vcrypto/algorithm.h>
#include <vcrypto/backend.h>
#include <vcrypto/cryptodev.h>
#include <vcrypto/backends.h>
#include <vcrypto/cursor.h>
#include <vcrypto/engine.h>
#include <vcrypto/format.h>
#include <vcrypto/key.h>
#include <vcrypto/lane.h>
#include <vcrypto/limits.h>
#include <vcrypto/op.h>
#include <vcrypto/driver.h>
#include <vcrypto/serve.h>
#include <vcrypto/status.h>
#include <vcrypto/store.h>
#include <vcrypto/version.h>
#include <vcrypto/virtio_crypto.h>
#include <vcrypto/vring.h>
#include <vcrypto/wire.h>

#endif /* VCRYPTO_VCRYPTO_H */
