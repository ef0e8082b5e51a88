// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <inttypes.h>
#include <string.h>

#include "adapter.h"

/* Where connections that ended because of @why are counted. */
static uint64_t *count_of(struct counters *counters, const char *why)
{
	struct reason *reason = counters->reasons;
	struct reason *end = reason + REASONS;

	while (reason < end && reason->why && strcmp(reason->why, why) != 0)
		reason++;
	if (reason == end)
		return &counters->others;
	reason->why = why;
	return &reason->count;
}

void counters_end(struct counters *counters, const char *why)
{
	if (why)
		++*count_of(counters, why);
	else
		counters->gone++;
}

static void sum_reasons(struct counters *sum, const struct counters *more)
{
	size_t i;

	for (i = 0; i < REASONS && more->reasons[i].why; i++)
		*count_of(sum, more->reasons[i].why) += more->reasons[i].count;
	sum->others += more->others;
}

void counters_sum(struct counters *sum, const struct counters *more)
{
	size_t i;

	sum->connections += more->connections;
	sum->gone += more->gone;
	sum->broken += more->broken;
	sum_reasons(sum, more);
	for (i = 0; i < VCRYPTO_VIRTIO_SERVICES; i++) {
		sum->data.requests[i] += more->data.requests[i];
		sum->data.bytes[i] += more->data.bytes[i];
	}
	for (i = 0; i < VCRYPTO_VIRTIO_STATUSES; i++)
		sum->data.statuses[i] += more->data.statuses[i];
	sum->own.requests += more->own.requests;
	sum->own.failures += more->own.failures;
	sum->own.bytes += more->own.bytes;
}

static uint64_t added(struct vcrypto_le64 before, struct vcrypto_le64 after)
{
	return vcrypto_get64(after) - vcrypto_get64(before);
}

void counters_add(struct counters *counters, const struct vcrypto_counters *before,
		  const struct vcrypto_counters *after)
{
	counters->own.requests += added(before->requests, after->requests);
	counters->own.failures += added(before->failures, after->failures);
	counters->own.bytes += added(before->bytes_in, after->bytes_in);
}

void counters_print(const struct counters *counters, uint32_t now)
{
	static const char *const services[VCRYPTO_VIRTIO_SERVICES] = {
		"cipher", "hash", "mac", "aead", "akcipher",
	};
	static const char *const statuses[VCRYPTO_VIRTIO_STATUSES] = {
		"ok", "err", "badmsg", "notsupp", "invsess", "nospc", "key-rejected",
	};
	const struct vcrypto_virtio_counts *data = &counters->data;
	size_t i;

	say_always("counters: connections: %" PRIu32 " now, %" PRIu64 " in all, %" PRIu64 " left",
		   now, counters->connections, counters->gone);
	for (i = 0; i < VCRYPTO_VIRTIO_SERVICES; i++)
		say_always("counters: %s: %" PRIu64 " requests, %" PRIu64 " bytes", services[i],
			   data->requests[i], data->bytes[i]);
	for (i = 0; i < VCRYPTO_VIRTIO_STATUSES; i++)
		say_always("counters: answered %s: %" PRIu64, statuses[i], data->statuses[i]);
	say_always("counters: cryptodev: %" PRIu64 " requests, %" PRIu64 " failed, %" PRIu64 " bytes",
		   counters->own.requests, counters->own.failures, counters->own.bytes);
	say_always("counters: broken rings: %" PRIu64, counters->broken);
	for (i = 0; i < REASONS && counters->reasons[i].why; i++)
		say_always("counters: ended: %" PRIu64 ": %s", counters->reasons[i].count,
			   counters->reasons[i].why);
	if (counters->others)
		say_always("counters: ended: %" PRIu64 ": for other reasons", counters->others);
	say_always("counters: that is all");
}
