// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "hook.h"
#include "sim.h"

#define MAX_READS 16384

static struct {
	bool on;
	bool twice;
	hook_fn call;
	void *argument;
	size_t count;
	struct {
		const uint8_t *at;
		size_t len;
	} reads[MAX_READS];
} hook;

void hook_start(hook_fn call, void *argument)
{
	hook.on = true;
	hook.twice = false;
	hook.call = call;
	hook.argument = argument;
	hook.count = 0;
}

void hook_stop(void)
{
	hook.on = false;
}

size_t hook_reads(void)
{
	return hook.count;
}

bool hook_twice(void)
{
	return hook.twice;
}

static bool was_read(const uint8_t *at, size_t len)
{
	size_t i;

	for (i = 0; i < hook.count; i++)
		if (at < hook.reads[i].at + hook.reads[i].len && hook.reads[i].at < at + len)
			return true;
	return false;
}

bool hook_was_read(const void *shared)
{
	return was_read(shared, 1);
}

void vcrypto_read_hook(const void *shared, size_t len)
{
	if (!hook.on)
		return;
	if (was_read(shared, len))
		hook.twice = true;
	if (hook.count == MAX_READS)
		sim_die("too many reads to record");
	hook.reads[hook.count].at = shared;
	hook.reads[hook.count].len = len;
	hook.count++;
	if (hook.call)
		hook.call(hook.argument, shared, len, hook.count - 1);
}
