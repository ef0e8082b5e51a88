// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* list: what the device offers is what it makes sessions of. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tool.h"

/* The key lengths that worked, out of many. */
struct found {
	size_t lens[64];
	size_t count;
	struct session_info_op info;
};

static void get_info(int fd, uint32_t ses, struct session_info_op *info)
{
	info->ses = ses;
	if (ioctl(fd, CIOCGSESSINFO, info))
		die("the device says nothing about a session: %s", device_problem(errno));
}

static void try_len(int fd, const struct algorithm *algorithm, size_t len, struct found *found)
{
	struct bytes key;
	uint32_t ses;
	int error;

	device_test_key(&key, len);
	error = device_try(fd, algorithm, key.at, key.len, &ses);
	if (error && !device_lacks(error))
		die("the device makes no session: %s", device_problem(error));
	if (error)
		return;
	if (!found->count)
		get_info(fd, ses, &found->info);
	found->lens[found->count++] = len;
	device_free(fd, ses);
}

/* All lengths; of the 512 that a MAC's key may have, the ends and one that is usual. */
static void try_all(int fd, const struct algorithm *algorithm, struct found *found)
{
	if (algorithm->kind == KIND_MAC && algorithm->key_step == 1) {
		try_len(fd, algorithm, algorithm->key_min, found);
		try_len(fd, algorithm, algorithm->result_len, found);
		try_len(fd, algorithm, algorithm->key_max, found);
		return;
	}
	for (size_t len = algorithm->key_min; len <= algorithm->key_max;
	     len += algorithm->key_step) {
		try_len(fd, algorithm, len, found);
		if (!algorithm->key_step)
			break;
	}
}

static void print_lens(const struct algorithm *algorithm, const struct found *found)
{
	char text[80] = "-";
	int at = 0;

	if (algorithm->key_step == 1 && found->count > 1)
		snprintf(text, sizeof(text), "%zu-%zu", found->lens[0],
			 found->lens[found->count - 1]);
	else if (algorithm->key_max)
		for (size_t i = 0; i < found->count && at < (int)sizeof(text); i++)
			at += snprintf(text + at, sizeof(text) - (size_t)at, "%s%zu",
				       i ? "," : "", found->lens[i]);
	printf(" %-9s", text);
}

static void print_number(unsigned int number)
{
	if (number)
		printf(" %6u", number);
	else
		printf(" %6s", "-");
}

static void print_row(const struct algorithm *algorithm, const struct found *found)
{
	bool hash = algorithm->kind == KIND_HASH || algorithm->kind == KIND_MAC;
	const struct alg_info *info = hash ? &found->info.hash_info : &found->info.cipher_info;

	printf("%-18s %-6s", algorithm->name, kind_name(algorithm->kind));
	print_number(hash ? 0 : algorithm->block);
	print_number(algorithm->iv_len);
	print_number(algorithm->result_len);
	print_lens(algorithm, found);
	printf(" %-26.*s %.*s%s\n", CRYPTODEV_MAX_ALG_NAME, info->cra_name, CRYPTODEV_MAX_ALG_NAME,
	       info->cra_driver_name,
	       found->info.flags & SIOP_FLAG_KERNEL_DRIVER_ONLY ? "" : " (not a device)");
}

int run_list(const struct arguments *arguments)
{
	int fd = device_open(arguments->device);
	size_t count = 0;

	printf("%-18s %-6s %6s %6s %6s %-9s %-26s %s\n", "NAME", "KIND", "BLOCK", "IV", "TAG",
	       "KEY", "KERNEL NAME", "DRIVER");
	for (size_t i = 0; i < algorithm_count; i++) {
		struct found found = { .count = 0 };

		try_all(fd, &algorithms[i], &found);
		if (!found.count)
			continue;
		print_row(&algorithms[i], &found);
		count++;
	}
	close(fd);
	printf("\n%zu algorithms; block, IV, tag or digest, and key in bytes\n", count);
	print_driver(arguments->device, false);
	finish_stdout();
	return 0;
}
