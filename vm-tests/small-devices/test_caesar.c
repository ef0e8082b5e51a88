// SPDX-License-Identifier: GPL-2.0-or-later
/* Two devices: /dev/caesardev and /dev/caesardev1. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "small.h"

#define MAX 4096

static const char *const nodes[] = { "/dev/caesardev", "/dev/caesardev1" };

static void path_of(char path[64], int device, const char *attribute)
{
	snprintf(path, 64, "/sys/class/misc/%s/%s", small_name(nodes[device]), attribute);
}

/* As write(): -1 and errno. */
static ssize_t set(int device, const char *attribute, const char *value)
{
	char path[64];
	int fd, error;
	ssize_t ret;

	path_of(path, device, attribute);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = write(fd, value, strlen(value));
	error = errno;
	close(fd);
	errno = error;
	return ret;
}

static long get(int device, const char *attribute)
{
	char path[64];
	long value = -1;
	FILE *file;

	path_of(path, device, attribute);
	file = fopen(path, "re");
	REQUIRE(file && fscanf(file, "%ld", &value) == 1);
	fclose(file);
	return value;
}

static void send(int fd, const char *text)
{
	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
}

static void assert_result(int fd, const char *expected)
{
	char result[MAX + 1] = { 0 };

	CHECK_EQ(read(fd, result, MAX), strlen(expected));
	CHECK(!strcmp(result, expected));
}

static void one_open_file_does_it_all(void)
{
	int fd = small_open(nodes[0]);
	char byte;

	send(fd, "+");
	send(fd, "Hello");
	assert_result(fd, "Khoor");
	CHECK_EQ(read(fd, &byte, 1), 0);
	CHECK_ERRNO(write(fd, "Hello1", 6), EINVAL);
	assert_result(fd, "Khoor");
	CHECK_ERRNO(write(fd, "++", 2), EINVAL);
	CHECK_EQ(pread(fd, &byte, 1, 4), 1);
	CHECK_EQ(byte, 'r');
	send(fd, "-");
	assert_result(fd, "Khoor");
	send(fd, "Khoor");
	assert_result(fd, "Hello");
	CHECK_EQ(write(fd, "", 0), 0);
	CHECK_OK(lseek(fd, 1, SEEK_SET));
	assert_result(fd, "ello");
	CHECK_ERRNO(write(fd, small_nowhere, 4), EFAULT);
	CHECK_OK(lseek(fd, 0, SEEK_SET));
	CHECK_ERRNO(read(fd, small_nowhere, 4), EFAULT);
	assert_result(fd, "Hello");
	send(fd, "+");
	close(fd);
}

static void parameters_live_in_the_device(void)
{
	static const char *const bad_sizes[] = { "0", "4097", "-1", "4294967295", "99999999999", "x" };
	static const char *const bad_keys[] = { "", "x", "2147483648", "1 2" };

	for (size_t i = 0; i < ARRAY_SIZE(bad_sizes); i++)
		CHECK(set(0, "size", bad_sizes[i]) < 0);
	CHECK_EQ(get(0, "size"), 100);
	for (size_t i = 1; i < ARRAY_SIZE(bad_keys); i++)
		CHECK(set(0, "key", bad_keys[i]) < 0);
	CHECK_EQ(get(0, "key"), 3);
	CHECK_OK(set(1, "key", "-2147483648"));
	CHECK_OK(set(1, "size", "4096"));
	CHECK_EQ(get(1, "key"), -2147483648L);
	CHECK_EQ(get(1, "size"), 4096);
	CHECK_EQ(get(0, "key"), 3);
	CHECK_OK(set(1, "key", "0x1d\n"));
	CHECK_EQ(get(1, "key"), 29);
}

static void text_up_to_size(void)
{
	char text[MAX + 1], expected[MAX + 1], result[MAX + 1];
	int fd = small_open(nodes[1]);

	memset(text, 'z', sizeof(text));
	memset(expected, 'c', sizeof(expected));
	CHECK_EQ(write(fd, text, MAX), MAX);
	CHECK_EQ(read(fd, result, sizeof(result)), MAX);
	CHECK_MEM(result, expected, MAX);
	CHECK_ERRNO(write(fd, text, MAX + 1), EMSGSIZE);
	CHECK_OK(set(1, "size", "100"));
	CHECK_ERRNO(write(fd, text, 101), EMSGSIZE);
	CHECK_EQ(write(fd, text, 100), 100);
	CHECK_EQ(read(fd, result, sizeof(result)), 100);
	close(fd);
}

static void permissions(void)
{
	struct stat status;
	pid_t child;
	int result;

	CHECK_OK(stat(nodes[0], &status));
	CHECK_EQ(status.st_mode & 0777, 0666);
	child = fork();
	if (!child) {
		if (setgid(1000) || setuid(1000))
			_exit(1);
		if (get(0, "key") != 3 || set(0, "key", "7") >= 0 || errno != EACCES)
			_exit(2);
		send(small_open(nodes[0]), "Hello");
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &result, 0), child);
	CHECK_EQ(result, 0);
	CHECK_EQ(get(0, "key"), 3);
}

/* Writes one of 26 texts, and reads the result of one of them, whole. */
static bool write_and_read(void *fd)
{
	char text[100], result[100];
	ssize_t len;

	memset(text, 'a' + rand() % 26, sizeof(text));
	if (write(*(int *)fd, text, sizeof(text)) < 0) {
		CHECK_EQ(errno, ENODEV);
		return false;
	}
	len = pread(*(int *)fd, result, sizeof(result), 0);
	if (len < 0) {
		CHECK_EQ(errno, ENODEV);
		return false;
	}
	CHECK_EQ(len, sizeof(result));
	memset(text, result[0], sizeof(text));
	return CHECK_MEM(result, text, sizeof(text));
}

static void unplug(void *fd)
{
	(void)fd;
	usleep(20000);
	small_unplug(nodes[1]);
}

static void unplugged_under_load(void)
{
	for (int round = 0; round < 5; round++) {
		int fd = small_open(nodes[1]);
		struct small_load users = { write_and_read, unplug, &fd, 4, 0 };
		char byte;

		small_run(&users);
		CHECK_ERRNO(access(nodes[1], F_OK), ENOENT);
		CHECK(set(1, "key", "7") < 0);
		CHECK_ERRNO(read(fd, &byte, 1), ENODEV);
		small_rescan(nodes[1]);
		CHECK_ERRNO(write(fd, "Hello", 5), ENODEV);
		CHECK_OK(close(fd));
		CHECK_EQ(get(1, "key"), 3);
		fd = small_open(nodes[1]);
		send(fd, "Hello");
		assert_result(fd, "Khoor");
		close(fd);
	}
}

/* An attribute may be in use when it goes. */
static void attributes_vanish_in_use(void)
{
	pid_t child = fork();

	if (!child)
		for (;;)
			if (set(1, "key", "5") < 0)
				usleep(100);
	for (int round = 0; round < 5; round++) {
		usleep(20000);
		small_unplug(nodes[1]);
		small_rescan(nodes[1]);
	}
	kill(child, SIGKILL);
	CHECK_EQ(waitpid(child, NULL, 0), child);
}

static void killed_at_any_moment(void)
{
	int fd = small_open(nodes[0]);

	for (int i = 0; i < 100; i++) {
		pid_t child = fork();

		if (!child)
			for (;;)
				write_and_read(&fd);
		usleep((useconds_t)(2000 + 37 * i));
		kill(child, SIGKILL);
		CHECK_EQ(waitpid(child, NULL, 0), child);
	}
	send(fd, "Hello");
	assert_result(fd, "Khoor");
	close(fd);
}

static const struct check_case cases[] = {
	{ "one open file does it all, and a refused write changes nothing", one_open_file_does_it_all },
	{ "key and size live in the device, which checks them", parameters_live_in_the_device },
	{ "text may be as long as size says", text_up_to_size },
	{ "everybody may cipher, only root may set parameters", permissions },
	{ "calls end with ENODEV when it is unplugged; plugged again it works", unplugged_under_load },
	{ "attributes may be in use when it is unplugged", attributes_vanish_in_use },
	{ "users may be killed at any moment", killed_at_any_moment },
};

CHECK_MAIN(cases)
