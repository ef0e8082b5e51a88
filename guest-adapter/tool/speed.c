// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* speed: one call after the other, as long as is wanted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tool.h"

struct test {
	const struct arguments *arguments;
	int fd;
	uint8_t *data;		/* of the largest size, and a tag */
	const struct algorithm *algorithm;
	uint32_t ses;
};

static uint8_t iv[16] = { 3 };	/* for CCM: the length has four bytes */
static uint8_t digest[AALG_MAX_RESULT_LEN];

static int call_once(const struct test *test, size_t size)
{
	struct crypt_op crypt = {
		.ses = test->ses,
		.len = (uint32_t)size,
		.src = test->data,
		.dst = test->data,
		.mac = digest,
		.iv = test->algorithm->iv_len ? iv : NULL,
	};
	struct crypt_auth_op auth = {
		.ses = test->ses,
		.len = (uint32_t)size,
		.src = test->data,
		.dst = test->data,
		.tag_len = test->algorithm->result_len,
		.iv = iv,
		.iv_len = test->algorithm->iv_len,
	};

	if (test->algorithm->kind == KIND_AEAD)
		return ioctl(test->fd, CIOCAUTHCRYPT, &auth);
	return ioctl(test->fd, CIOCCRYPT, &crypt);
}

/* Calls a second, or 0 if the algorithm does not take this size. */
static double measure(const struct test *test, size_t size)
{
	double begin = now(), time = begin;
	double calls = 0;

	while (calls < 1 || time < begin + test->arguments->seconds) {
		if (call_once(test, size)) {
			if (errno == EINVAL)
				return 0;
			die("%s", device_problem(errno));
		}
		calls++;
		time = now();
	}
	return calls / (time - begin);
}

/* Without it a table that goes into a file would look as if nothing happened. */
static void show(const struct test *test, const char *name, size_t size)
{
	if (!test->arguments->quiet && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO))
		fprintf(stderr, "\r%s, %zu bytes\033[K", name, size);
}

static void hide(const struct test *test)
{
	if (!test->arguments->quiet && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO))
		fputs("\r\033[K", stderr);
}

static void print_cell(const struct test *test, size_t size)
{
	double rate = measure(test, size);

	if (rate <= 0)
		printf(" %10s", "-");
	else if (test->arguments->ops)
		printf(" %10.0f", rate);
	else
		printf(" %10.2f", rate * (double)size / 1e6);
	fflush(stdout);
}

/* The shortest key unless the name says more; of a MAC, one as long as its digest. */
static size_t key_len(const struct choice *choice)
{
	if (choice->key_len)
		return choice->key_len;
	if (choice->algorithm->kind == KIND_MAC)
		return choice->algorithm->result_len;
	return choice->algorithm->key_min;
}

/* Returns false if the device does not offer it. */
static bool print_row(struct test *test, const struct choice *choice, const char *name)
{
	const struct arguments *arguments = test->arguments;
	struct bytes key;
	int error;

	device_test_key(&key, key_len(choice));
	test->algorithm = choice->algorithm;
	error = device_try(test->fd, test->algorithm, key.at, key.len, &test->ses);
	if (error && !device_lacks(error))
		die("the device makes no session: %s", device_problem(error));
	if (error)
		return false;
	printf("%-20s", name);
	fflush(stdout);
	for (size_t i = 0; i < arguments->size_count; i++) {
		show(test, name, arguments->sizes[i]);
		print_cell(test, arguments->sizes[i]);
	}
	hide(test);
	putchar('\n');
	device_free(test->fd, test->ses);
	return true;
}

static void print_header(const struct arguments *arguments)
{
	printf("%-20s", arguments->ops ? "calls/s" : "MB/s");
	for (size_t i = 0; i < arguments->size_count; i++)
		printf(" %8zu B", arguments->sizes[i]);
	putchar('\n');
}

static int run_named(struct test *test)
{
	int status = 0;

	for (size_t i = 0; i < test->arguments->operand_count; i++) {
		const char *name = test->arguments->operands[i];
		struct choice choice;

		/* arguments_check() has seen that there is such a name. */
		algorithm_find(name, &choice);
		if (!print_row(test, &choice, name)) {
			complain("the device does not offer %s: see vcrypto list", name);
			status = EXIT_FAILED;
		}
	}
	return status;
}

static void run_all(struct test *test)
{
	for (size_t i = 0; i < algorithm_count; i++)
		print_row(test, &(struct choice){ &algorithms[i], 0 }, algorithms[i].name);
}

int run_speed(const struct arguments *arguments)
{
	struct test test = { .arguments = arguments, .fd = device_open(arguments->device) };
	size_t largest = 0;
	int status = 0;

	for (size_t i = 0; i < arguments->size_count; i++)
		if (arguments->sizes[i] > largest)
			largest = arguments->sizes[i];
	test.data = allocate(largest + EALG_MAX_BLOCK_LEN);
	memset(test.data, 0, largest + EALG_MAX_BLOCK_LEN);
	print_header(arguments);
	if (arguments->operand_count)
		status = run_named(&test);
	else
		run_all(&test);
	wipe_free(test.data, largest + EALG_MAX_BLOCK_LEN);
	close(test.fd);
	finish_stdout();
	return status;
}
