// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <inttypes.h>
#include <string.h>

#include "adapter.h"

void counters_end(struct counters *counters, const char *why)
{
	struct reason *reason = counters->reasons;
	struct reason *end = reason + REASONS;

	if (!why) {
		counters->gone++;
		return;
	}
	while (reason < end && reason->why && strcmp(reason->why, why) != 0)
		reason++;
	if (reason == end) {
		counters->others++;
		return;
	}
	reason->why = why;
	reason->count++;
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
