/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the daemon has done so far, for SIGUSR1. */
#ifndef VCRYPTOD_COUNTERS_H
#define VCRYPTOD_COUNTERS_H

#include <vcrypto/virtio_crypto.h>
#include <vcrypto/wire.h>

/* More than there are; what comes beyond that counts as others. */
#define REASONS 64

struct counters {
	uint64_t connections;	/* that have been accepted */
	uint64_t gone;		/* whose front end has left */
	uint64_t broken;	/* rings */
	uint64_t others;
	struct reason {
		const char *why;
		uint64_t count;
	} reasons[REASONS];	/* why others have been ended; those that have been met */
	struct vcrypto_virtio_counts data;
	struct own_counts {
		uint64_t requests;
		uint64_t failures;	/* of those */
		uint64_t bytes;		/* of source, of those that succeeded */
	} own;			/* of our own device */
};

/* A connection is over, @why, a text that lasts; NULL: the front end has left. */
void counters_end(struct counters *counters, const char *why);

/* What a queue of our own device has done between two looks at what it says of itself. */
void counters_add(struct counters *counters, const struct vcrypto_counters *before,
		  const struct vcrypto_counters *after);

/* Add @more, of another loop, to @sum. */
void counters_sum(struct counters *sum, const struct counters *more);

/* A block of lines, to standard error.  @now: connections that there are. */
void counters_print(const struct counters *counters, uint32_t now);

#endif /* VCRYPTOD_COUNTERS_H */
