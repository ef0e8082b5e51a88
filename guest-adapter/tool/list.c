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

/* A driver need not end a name that is as long as it may be. */
static const char *ended(const char *name, char text[CRYPTODEV_MAX_ALG_NAME + 1])
{
	snprintf(text, CRYPTODEV_MAX_ALG_NAME + 1, "%.*s", CRYPTODEV_MAX_ALG_NAME, name);
	return text;
}

static void print_json_row(const struct algorithm *algorithm, const struct found *found)
{
	bool hash = algorithm->kind == KIND_HASH || algorithm->kind == KIND_MAC;
	const struct alg_info *info = hash ? &found->info.hash_info : &found->info.cipher_info;
	char name[CRYPTODEV_MAX_ALG_NAME + 1];

	json_begin(NULL, '{');
	json_string("name", algorithm->name);
	json_string("kind", kind_name(algorithm->kind));
	json_count("block", hash ? 0 : algorithm->block);
	json_count("iv", algorithm->iv_len);
	json_count("tag", algorithm->result_len);
	json_count("key_min", found->lens[0]);
	json_count("key_max", found->lens[found->count - 1]);
	json_count("key_step", algorithm->key_step);
	json_string("kernel_name", ended(info->cra_name, name));
	json_string("driver", ended(info->cra_driver_name, name));
	json_bool("is_device", found->info.flags & SIOP_FLAG_KERNEL_DRIVER_ONLY);
	json_end('}');
}

/* Returns how many there are. */
static size_t print_rows(const struct arguments *arguments, int fd)
{
	size_t count = 0;

	for (size_t i = 0; i < algorithm_count; i++) {
		struct found found = { .count = 0 };

		try_all(fd, &algorithms[i], &found);
		if (!found.count)
			continue;
		if (arguments->json)
			print_json_row(&algorithms[i], &found);
		else
			print_row(&algorithms[i], &found);
		count++;
	}
	return count;
}

static void list_json(const struct arguments *arguments, int fd)
{
	json_begin(NULL, '{');
	json_begin("algorithms", '[');
	print_rows(arguments, fd);
	json_end(']');
	print_driver(arguments, false);
	json_end('}');
}

static void list_text(const struct arguments *arguments, int fd)
{
	size_t count;

	printf("%-18s %-6s %6s %6s %6s %-9s %-26s %s\n", "NAME", "KIND", "BLOCK", "IV", "TAG",
	       "KEY", "KERNEL NAME", "DRIVER");
	count = print_rows(arguments, fd);
	printf("\n%zu algorithms; block, IV, tag or digest, and key in bytes\n", count);
	print_driver(arguments, false);
}

int run_list(struct arguments *arguments)
{
	int fd = device_open(arguments->device);

	if (arguments->json)
		list_json(arguments, fd);
	else
		list_text(arguments, fd);
	close(fd);
	finish_stdout();
	return 0;
}
