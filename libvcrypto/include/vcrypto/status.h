/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What a piece of work may end with.
 */
#ifndef VCRYPTO_STATUS_H
#define VCRYPTO_STATUS_H

#include <vcrypto/platform.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * How a piece of work ended.  The numbers are those of our own request format
 * (protocol 5), of which this is the only list; another format translates them.
 */
enum vcrypto_status {
	VCRYPTO_OK = 0,
	/* The device failed where the request was correct. */
	VCRYPTO_ERROR = 1,
	/* Truncated, overlong, a reserved field set, lengths that contradict. */
	VCRYPTO_BAD_REQUEST = 2,
	/* Unknown version, operation, flag or algorithm, or one not offered. */
	VCRYPTO_NOT_SUPPORTED = 3,
	/* The context handle is not open on this queue. */
	VCRYPTO_NO_CONTEXT = 4,
	/* The session handle is not live in this context, for whatever reason. */
	VCRYPTO_NO_SESSION = 5,
	/* The handle that the driver chose for something new is taken. */
	VCRYPTO_HANDLE_IN_USE = 6,
	/* The handle is past the limit in config space, or a table is full. */
	VCRYPTO_NO_SPACE = 7,
	/* Key length not allowed, or a key the algorithm forbids. */
	VCRYPTO_BAD_KEY = 8,
	/* The request makes no sense for the algorithms of this session. */
	VCRYPTO_BAD_PARAMETER = 9,
	/* Tag, MAC or padding did not verify: one answer for all three. */
	VCRYPTO_AUTH_FAILED = 10,
};

/* One more than the highest status. */
#define VCRYPTO_STATUS_COUNT 11

/*
 * The name of a status, for messages: that of the enumerator without VCRYPTO_, such as
 * "BAD_KEY".  Any number may be asked for; of one that is no status, "UNKNOWN".  The
 * string is constant and always there, nobody frees it.
 */
const char *vcrypto_status_name(uint32_t status);

#ifdef __cplusplus
}
#endif

#endif /* VCRYPTO_STATUS_H */
